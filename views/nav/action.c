/* action.c - from an action's name to its function. */
#include "views/nav/action.h"
#include <string.h>

enum reaction action_run(const struct action *table, const char *name, void *on)
{
	for (const struct action *a = table; a && a->name; a++)
		if (a->run && strcmp(a->name, name) == 0) return a->run(on, a->arg);
	return R_UNKNOWN;
}
