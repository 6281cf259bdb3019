/* events.h - what happens, live and kept. */
#ifndef SPOTOP_VIEWS_EVENTS_H
#define SPOTOP_VIEWS_EVENTS_H
#include "views/model/view.h"
extern const struct view view_events;
#endif
