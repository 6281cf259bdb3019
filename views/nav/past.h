/* past.h - the time machine: everything as it was at a time, from what the database keeps. Read-only. */
#ifndef SPOTOP_VIEWS_PAST_H
#define SPOTOP_VIEWS_PAST_H
#include "views/nav/nav.h"

void nav_switch_at(struct nav *nav, const char *when); /* "02:41", "-8h", "now" */
void nav_step(struct nav *nav, int by);                /* in the past: to the event before (-1) or after (1) */
void past_close(struct nav *nav);                      /* its question is let go */
#endif
