/* timeline.h - what happened, from every source. */
#ifndef SPOTOP_VIEWS_TIMELINE_H
#define SPOTOP_VIEWS_TIMELINE_H
#include "views/model/view.h"
extern const struct view view_timeline;
#endif
