/* dialog.h - one act, from its arguments to its outcome: target wizard, arguments, preview with the
 * guardrails, typed confirmation, sending, and what became of it. Bound to an id and to what was read of
 * it, never to a screen row. Enter never confirms; the trigger key never confirms; a paste never does;
 * keys are ignored for 300 ms after it opens. */
#ifndef SPOTOP_VIEWS_DIALOG_H
#define SPOTOP_VIEWS_DIALOG_H
#include <stddef.h>
#include <stdint.h>
struct app;
struct verb;
struct dialog_target {
	char id[130], label[200], agent_id[40], instance_id[24];
	char scope[200]; /* what a verb on a scope begins with: "agent:acme/web-1", "fleet" */
	int64_t read_at_mono_ms;
};
/* args: JSON to begin with (the inverse of an act), or NULL. */
void dialog_open(struct app *a, const struct verb *v, const struct dialog_target *t, const char *args);
struct many_target;
/* The same for many rows: its arguments are asked for, then many.h takes over. Takes list over. */
void dialog_open_many(struct app *a, const struct verb *v, const struct dialog_target *t,
                      struct many_target *list, size_t n);
/* The engine of this console's acts; opens the write link on first use. */
struct verb_engine *dialog_engine(struct app *a);
#endif
