/* cli.h - what every command is given, and what it may ask of the command line.
 *
 * The line is read in one pass (line.c) by the rows of options.c; general and connection options may stand
 * before or after the command. A command asks for an option by its name. Errors go to stderr as one
 * sentence, data to stdout. */
#ifndef SPOTOP_VIEWS_CLI_H
#define SPOTOP_VIEWS_CLI_H
#include "core/base/err.h"
#include "core/db/conf.h"
#include "core/db/db.h"
#include "core/db/out.h"
#include <stdbool.h>
#include <stdint.h>

struct command;
struct option;
struct given {
	const struct option *option;
	const char *value; /* NULL: a flag, or --wait alone */
};
struct demo_servers;
struct cli {
	const struct command *command;  /* NULL: the console */
	const struct command *commands; /* all of them */
	int argc;
	char **argv;                    /* the words after the command and its subcommand, options taken out */
	struct db_conf conf;            /* loaded and checked */
	struct conf_files files;
	enum out_format format;
	bool has_format, is_wide; /* is_wide: a table with all that there is */
	bool yes, write, slow, mouse, local_time, fail_empty;
	const char *color, *theme, *at, *view; /* NULL when not given */
	int64_t at_ms;                         /* TIME_NONE: now */
	struct uv_loop_s *loop;                /* of the process; made on first use */
	const char *self;                      /* absolute path of this program, for children */
	const struct demo_servers *demo;       /* of a demo, for its console; NULL */
	/* what the line gave, and the rows that the command could have been given */
	struct given *given;
	size_t n_given;
	struct option *rows;
	size_t n_rows;
};

/* --- the line; the name must be a row of options.c, of the verb or of the view --- */
bool cli_has(const struct cli *c, const char *name);
/* The last one given, else its normal value; NULL: neither. */
const char *cli_text(const struct cli *c, const char *name);
int64_t cli_number(const struct cli *c, const char *name); /* O_NUMBER; O_SPAN in ms; 0: neither */
double cli_real(const struct cli *c, const char *name);
/* The i-th of one that may be repeated; NULL past the end. */
const char *cli_nth(const struct cli *c, const char *name, size_t i);
/* True when there are at most n words; else the sentence is in *e. */
bool cli_words(const struct cli *c, int n, struct err *e);

/* --- the ground --- */
struct uv_loop_s *cli_loop(struct cli *c);
/* A link; the first statement waits for the connection. Never NULL. Close with db_close_wait. */
struct db *cli_db(struct cli *c, enum db_role role);
/* Prints "spotop NAME: sentence" on stderr; returns the exit code. */
int cli_fail(const struct cli *c, const struct err *said);
/* A usage error, with the usage behind it. */
bool cli_is_csv(const struct cli *c);
int cli_usage(const struct cli *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* All of it, in the format asked for. What becomes of stdout is told at the end (line.c, core/base/output.h):
 * a command looks at output_is_lost() only to stop early. */
void cli_print(const struct cli *c, const char *schema, const struct table *t);
/* A table is for eyes: prices and durations in it are as their column says, that of the view, or where v is NULL of
 * whichever view has one of that name. */
struct out;
struct view;
void cli_shows(struct out *o, const struct view *v);
/* Begins a fit: on a terminal, unless the line asks for all, or for columns. */
struct fit;
void cli_fit(const struct cli *c, struct fit *fit);
/* Asks on the terminal; true for "y". With --yes true at once; without a terminal false and *e set. */
bool cli_confirm(struct cli *c, struct err *e, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
#endif
