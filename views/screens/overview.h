/* overview.h - the first screen. */
#ifndef SPOTOP_VIEWS_OVERVIEW_H
#define SPOTOP_VIEWS_OVERVIEW_H
#include "views/model/view.h"
extern const struct view view_overview;
#endif
