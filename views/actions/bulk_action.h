/* bulk_action.h - one action on several rows: what it touches first, which of it would be refused, then one of them
 * alone, then batches, each waited for until ready. One at a time in a console; it goes on when its
 * window is closed, and :bulk shows it again or resumes one that was interrupted. */
#ifndef SPOTOP_VIEWS_BULK_ACTION_H
#define SPOTOP_VIEWS_BULK_ACTION_H
#include "views/actions/target.h"
#include <stdbool.h>
#include <stddef.h>
struct nav;
struct verb;

/* Takes over list (from mem_alloc) and what its args point to. args: JSON; reason may be NULL; note: a sentence to begin
 * with, or NULL. Nothing is sent before it is confirmed. */
void bulk_action_open(struct nav *nav, const struct verb *v, struct bulk_action_target *list, size_t n,
                      const char *args, const char *reason, const char *note);
void bulk_action_show(struct nav *nav); /* :bulk */
bool bulk_action_is_running(const struct nav *nav);
/* The console ends: a bulk under way stays in the journal. Before and after the engine is closed. */
void bulk_action_abandon(struct nav *nav);
void bulk_action_free(struct nav *nav);
#endif
