/* run.h - what may be typed after `:` besides views, actions on the fleet and keys: one table. */
#ifndef SPOTOP_VIEWS_RUN_H
#define SPOTOP_VIEWS_RUN_H
#include "core/base/err.h"
#include <stdbool.h>
struct app;

struct line_command {
	const char *name, *action; /* the action that does the same alone; its key is shown; NULL: none */
	const char *args, *about;
	/* rest: what stands after the name. False: the sentence is in *e, the prompt stays open. NULL: the action */
	bool (*run)(struct app *a, const char *rest, struct err *e);
};
extern const struct line_command line_commands[]; /* NULL-ended */
const struct line_command *line_command_find(const struct app *a, const char *name);
bool line_command_is_here(const struct app *a, const struct line_command *c); /* some are of a demo alone */
#endif
