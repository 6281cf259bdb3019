/* action.h - what may be done by name: one row each. Keys, the palette, the `:` prompt and help are made from
 * these rows; they stand in three places: what hands do to a table (sheet_actions.c), what the console does
 * (app/actions.c), and what a screen does of its own (its screen_ops). */
#ifndef SPOTOP_VIEWS_ACTION_H
#define SPOTOP_VIEWS_ACTION_H
#include "views/nav/screen.h"

struct action {
	const char *name; /* "zoom.in"; NULL ends the table */
	const char *keys; /* its usual keys, "j Down"; NULL: those that another table has for this name */
	const char *help; /* "" beside another row's action: not listed twice */
	/* on: the sheet, the console or the screen that the table is of. NULL: a key more for another's action */
	enum reaction (*run)(void *on, int arg);
	int arg;
};
/* table may be NULL; R_UNKNOWN: it has no such action. */
enum reaction action_run(const struct action *table, const char *name, void *on);
#endif
