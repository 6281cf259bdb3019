/* why.h - why an agent is unhealthy. */
#ifndef SPOTOP_VIEWS_WHY_H
#define SPOTOP_VIEWS_WHY_H
#include "views/model/view.h"
extern const struct view view_why;
#endif
