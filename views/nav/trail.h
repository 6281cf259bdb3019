/* trail.h - going to a view, going back, and the places that were looked at. */
#ifndef SPOTOP_VIEWS_TRAIL_H
#define SPOTOP_VIEWS_TRAIL_H
#include "views/nav/nav.h"

/* Without a crumb it begins a new trail, with one it goes deeper; false, and says so: no deeper. The screen it
 * is called from lives until the end of the loop turn, and so do the rows it was given. */
bool nav_open(struct nav *nav, const struct view *v, const struct view_args *args, const char *crumb);
void nav_back(struct nav *nav); /* from a list: to the overview; from there: out of the console */
bool nav_is_home(const struct nav *nav); /* in the overview: back leaves the console */
void nav_history(struct nav *nav, int by);
void nav_history_last(struct nav *nav);
void nav_reopen(struct nav *nav); /* the place where one is, its screens new: their time is another one */
void trail_clear(struct nav *nav);
#endif
