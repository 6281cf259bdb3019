/* scope.h - which agent, pool or client the words of a command line mean. */
#ifndef SPOTOP_VIEWS_SCOPE_H
#define SPOTOP_VIEWS_SCOPE_H
#include "core/base/err.h"
#include <stdbool.h>

struct db;
struct view_args;
struct scope {
	char kind[8]; /* "agent", "pool", "client" */
	char id[104], name[264];
};
/* An id, a name, or CLIENT/AGENT. kind NULL: whichever it is. ERR_NO when there is none, or several. */
bool scope_find(struct db *db, const char *kind, const char *word, struct scope *out, struct err *e);
/* The same for a plan's id or its beginning. */
bool plan_resolve(struct db *db, const char *word, struct view_args *args, struct err *e);
/* For a view's `resolve`: the word becomes the argument of its kind. */
bool scope_resolve(struct db *db, const char *word, struct view_args *args, struct err *e);
#endif
