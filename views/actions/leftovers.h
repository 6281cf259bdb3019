/* leftovers.h - actions that an earlier run sent and never heard of again: found in the journal when the
 * database is first reached, asked for, and said. */
#ifndef SPOTOP_VIEWS_LEFTOVERS_H
#define SPOTOP_VIEWS_LEFTOVERS_H
struct nav;
void leftovers_settle(struct nav *nav); /* once, when the link is up; without any it does nothing */
void leftovers_close(struct nav *nav);  /* before the links close: the reading is waited for */
#endif
