/* no_past.h - the screen, in the past, of a view that has none: it says so. */
#ifndef SPOTOP_VIEWS_NO_PAST_H
#define SPOTOP_VIEWS_NO_PAST_H
#include "views/nav/screen.h"
extern const struct screen_ops no_past_screen;
#endif
