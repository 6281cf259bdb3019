/* dialog.h - one action, from its arguments to its outcome: target wizard, arguments, preview with the
 * guardrails, typed confirmation, sending, and what became of it. Bound to an id and to what was read of
 * it, never to a screen row. Enter never confirms; the trigger key never confirms; a paste never does;
 * keys are ignored for 300 ms after it opens. */
#ifndef SPOTOP_VIEWS_DIALOG_H
#define SPOTOP_VIEWS_DIALOG_H
#include "views/actions/target.h"
#include <stddef.h>

struct nav;
struct verb;
/* args: JSON to begin with (the inverse of an action), or NULL. */
void dialog_open(struct nav *nav, const struct verb *v, const struct dialog_target *t, const char *args);
/* The same for many rows: its arguments are asked for, then bulk_action.h takes over. Takes list over. */
void dialog_open_bulk(struct nav *nav, const struct verb *v, const struct dialog_target *t,
                      struct bulk_action_target *list, size_t n);
#endif
