/* leftovers.h - what became of actions that nobody follows any more: those that an earlier run sent and never heard of
 * again, asked for when the database is first reached, and those that were done and that a failover lost, asked for
 * with each new session. Both are found in the journal, and said. */
#ifndef SPOTOP_VIEWS_LEFTOVERS_H
#define SPOTOP_VIEWS_LEFTOVERS_H
struct nav;
void leftovers_look(struct nav *nav);   /* at every turn while the link is up; mostly there is nothing to do */
void leftovers_close(struct nav *nav);  /* before the links close: the reading is waited for */
#endif
