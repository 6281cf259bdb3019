/* cli.h - the command line: global options, the command table, and what every command is given.
 *
 * Global and connection options may stand before or after the command; a command's own options are
 * long only and are parsed by it (cli_options). Errors go to stderr as one sentence, data to stdout. */
#ifndef SPOTOP_VIEWS_CLI_H
#define SPOTOP_VIEWS_CLI_H
#include "core/base/err.h"
#include "core/db/conf.h"
#include "core/db/db.h"
#include "core/db/out.h"
#include <stdbool.h>
#include <stdint.h>

struct command;
struct cli {
	const struct command *command; /* NULL: the console */
	int argc;
	char **argv;         /* after the command's name, global options taken out */
	struct db_conf conf; /* loaded and checked */
	struct conf_files files;
	enum out_format format;
	bool has_format;
	bool yes, write, slow, mouse, local_time, fail_empty;
	const char *color, *theme, *at, *view; /* NULL when not given */
	int64_t at_ms;                         /* TIME_NONE: now */
	struct uv_loop_s *loop;                /* of the process; made on first use */
	const char *self;                      /* absolute path of this program, for children */
};

struct command {
	const char *name;           /* "import" */
	const char *usage;          /* "prices FILE [--ondemand] [--shift-to-now]" */
	const char *about;          /* one sentence */
	const char *const *options; /* "to=POOL\0where to switch" lines for --help and completion; NULL-ended,
	                               may be NULL */
	int (*run)(struct cli *c);  /* returns the exit code */
	bool has_past;              /* understands --at; others refuse it ... */
	bool is_act;                /* ... as what it is: nothing can be done in the past */
	bool needs_no_conf;         /* runs without reading option files (version, completion, demo) */
};
extern const struct command *const commands[]; /* NULL-ended */
const struct command *command_find(const char *name);

/* A command's own options. `value` points at what is filled: char* for OPT_STR, int64_t for OPT_INT
 * and OPT_MS (durations as "2h"), bool for OPT_FLAG. Positional arguments are left in c->argv[0..].
 * False: the sentence is in *e (ERR_USAGE). */
enum opt_kind { OPT_FLAG, OPT_STR, OPT_INT, OPT_MS };
struct opt {
	const char *name;
	enum opt_kind kind;
	void *value;
};
bool cli_options(struct cli *c, const struct opt *opts, size_t n, struct err *e);

struct uv_loop_s *cli_loop(struct cli *c);
/* A link; the first statement waits for the connection. Never NULL. Close with db_close_wait. */
struct db *cli_db(struct cli *c, enum db_role role);
/* Prints "spotop: sentence" (and for ERR_USAGE where help is) on stderr; returns the exit code. */
int cli_fail(const struct cli *c, const struct err *e);
int cli_usage(const struct cli *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Asks on the terminal; true for "y". With --yes true at once; without a terminal false and *e set. */
bool cli_confirm(struct cli *c, struct err *e, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Every global option as "name" or "name=X", with what it means. */
void cli_each_global(void (*put)(void *ctx, const char *name, const char *about), void *ctx);
int cli_main(int argc, char **argv);
#endif
