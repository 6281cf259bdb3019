/* command.h - what can stand first on the line: the rows of the command table, every verb and every view.
 * The table itself is commands.c; it is handed in at start, so that no command's file names it. */
#ifndef SPOTOP_VIEWS_COMMAND_H
#define SPOTOP_VIEWS_COMMAND_H
#include <stdbool.h>
#include <stddef.h>
struct cli;
struct verb;
struct view;

enum command_can {
	HAS_PAST = 1,      /* understands --at; others refuse it ... */
	IS_ACTION = 2,     /* ... as what it is: nothing can be done in the past */
	IS_PLUGIN = 8,     /* a monitoring plugin: every failure of its own is exit 3 and a line on stdout */
	NO_CONNECTION = 4, /* runs without reading option files and settings (version, completion, demo) */
};
enum command_all { ONE, ALL_VERBS, ALL_VIEWS };
struct command {
	const char *name;          /* "job" */
	const char *sub;           /* "run"; NULL: the whole, which comes before its subcommands */
	const char *words;         /* its arguments: "NAME"; NULL: none */
	const char *help;          /* one sentence */
	const char *notes;         /* lines below its own --help; NULL: none */
	int (*run)(struct cli *c); /* the exit code; NULL: a subcommand is needed */
	unsigned can;
	enum command_all all;    /* this row stands for every verb, every view */
	const struct verb *verb; /* filled in for those */
	const struct view *view; /* ... and for a command whose name is a view's */
};
/* Fills *out; false: nothing has that name. sub may be NULL. */
bool command_find(const struct command *table, const char *name, const char *sub, struct command *out);
/* Each in the order of --help, without subcommands; false from put ends it. A view whose name is a
 * command's comes once, as the command. */
void command_each(const struct command *table, bool (*put)(void *ctx, const struct command *c), void *ctx);
/* The i-th subcommand of a name; NULL past the end. */
const struct command *command_sub(const struct command *table, const char *name, size_t i);

/* Is this :param of its query an option of the command? */
bool view_has_option(const struct view *v, const char *param);
/* --client by its column: its query has no such parameter. */
bool view_takes_client(const struct view *v);
#endif
