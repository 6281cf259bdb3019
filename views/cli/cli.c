/* cli.c - what the line gave, by name; the loop, a link, an error, a question. */
#include "views/cli/cli.h"
#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/base/output.h"
#include "core/db/db.h"
#include "core/fleet/schema.h"
#include "views/cli/command.h"
#include "views/cli/fit.h"
#include "views/cli/help.h"
#include "views/cli/meant.h"
#include "views/cli/options.h"
#include "views/model/view.h"
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

static bool is_option_name(const struct cli *c, const char *name)
{
	const struct option *o;
	for (size_t i = 0; i < c->n_rows; i++)
		if (strcmp(c->rows[i].name, name) == 0) return true;
	for (size_t i = 0; (o = option_each(i)); i++)
		if (strcmp(o->name, name) == 0) return true;
	return false;
}

static const struct given *given(const struct cli *c, const char *name)
{
	assert(is_option_name(c, name)); /* no row at all: a slip of ours */
	for (size_t i = c->n_given; i > 0; i--)
		if (strcmp(c->given[i - 1].option->name, name) == 0) return &c->given[i - 1];
	return NULL;
}

/* Its row, given or not. */
static const struct option *row(const struct cli *c, const char *name)
{
	const struct option *o;
	for (size_t i = 0; i < c->n_rows; i++)
		if (strcmp(c->rows[i].name, name) == 0) return &c->rows[i];
	for (size_t i = 0; (o = option_each(i)); i++)
		if (!o->of && strcmp(o->name, name) == 0) return o;
	return NULL;
}

bool cli_has(const struct cli *c, const char *name) { return given(c, name) != NULL; }

const char *cli_text(const struct cli *c, const char *name)
{
	const struct given *g = given(c, name);
	if (g && g->value) return g->value;
	const struct option *o = row(c, name);
	return o ? o->normal : NULL;
}

int64_t cli_number(const struct cli *c, const char *name)
{
	const char *s = cli_text(c, name);
	return s ? option_number(row(c, name), s) : 0;
}

double cli_real(const struct cli *c, const char *name)
{
	const char *s = cli_text(c, name);
	return s ? option_real(s) : 0;
}

const char *cli_nth(const struct cli *c, const char *name, size_t i)
{
	for (size_t k = 0; k < c->n_given; k++)
		if (strcmp(c->given[k].option->name, name) == 0 && i-- == 0) return c->given[k].value;
	return NULL;
}

bool cli_words(const struct cli *c, int n, struct err *e)
{
	return c->argc <= n || err_set(e, ERR_USAGE, "unexpected argument '%s'", c->argv[n]);
}

struct uv_loop_s *cli_loop(struct cli *c)
{
	if (!c->loop) {
		c->loop = mem_alloc(sizeof *c->loop);
		uv_loop_init(c->loop);
	}
	return c->loop;
}

struct db *cli_db(struct cli *c, enum db_role role)
{
	return db_open(cli_loop(c), &c->conf, role, role == DB_WRITE ? "write" : "read");
}

void cli_fit(const struct cli *c, struct fit *fit)
{
	const struct command *command = c->command;
	bool is_chosen = command && command->view && cli_has(c, "columns");
	fit_begin(fit, command ? command->name : NULL, c->is_wide || is_chosen);
}

void cli_print(const struct cli *c, const char *schema, const struct table *t)
{
	struct out *o = out_begin(stdout, c->format, schema, NULL, 0);
	struct fit fit = { 0 };
	cli_shows(o, NULL);
	cli_fit(c, &fit);
	fit_out(&fit, o);
	out_rows(o, t);
	out_end(o);
	fit_end(&fit);
}

static bool show(const void *ctx, const char *name, const char *value, struct buf *text)
{
	const struct view *v = ctx;
	static const struct col seconds = { .as = AS_DURATION };
	const struct col *c = v ? view_col(v, name) : view_any_col(name);
	const char *end = strstr(name, "seconds");
	if (!c && !v && end && !end[7]) c = &seconds; /* of what is no view, a report's */
	return c && (cell_for_line(text, c, value) || cell_time_for_line(text, c, value));
}

void cli_shows(struct out *o, const struct view *v) { out_set_show(o, show, v); }

/* "|" would begin a plugin's figures, a line's end its next line. */
static void put_plain(const char *s)
{
	for (; *s; s++) putchar(*s == '|' || (unsigned char)*s < ' ' || *s == 127 ? '?' : *s);
}

/* Nagios reads stdout and knows 3 as UNKNOWN; a program that asked for JSON gets the same as one row. */
static int cli_unknown(const struct cli *c, const char *sentence)
{
	if (!c->has_format || c->format == OUT_TABLE) {
		fputs("SPOTOP UNKNOWN - ", stdout);
		put_plain(sentence);
		putchar('\n');
		return 3;
	}
	char *text = mem_printf("SPOTOP UNKNOWN - %s", sentence);
	const char *names[] = { "severity", "message" };
	struct table *t = table_new(2);
	struct cell *row = table_add_row(t);
	for (size_t i = 0; i < 2; i++) t->names[i] = names[i];
	row[0] = (struct cell){ arena_str(&t->arena, "unknown"), 7 };
	row[1] = (struct cell){ arena_str(&t->arena, text), strlen(text) };
	cli_print(c, "spotop.check/1", t);
	table_free(t);
	free(text);
	return 3;
}

/* What is missing in an older database has a better name than the server's, and what is in none may be mistyped. */
static void explain(const struct cli *c, struct err *e)
{
	struct cli mine = *c;
	mine.loop = NULL;
	struct db *db = cli_db(&mine, DB_READ);
	if (schema_may_be_old(e))
		schema_explain(db, e);
	else
		meant_hint(db, e);
	db_close_wait(db);
	if (uv_loop_close(mine.loop) == 0) free(mine.loop);
}

int cli_fail(const struct cli *c, const struct err *said)
{
	struct err own = *said, *e = &own;
	bool has_link = c && c->command && !(c->command->can & NO_CONNECTION);
	if ((c && schema_may_be_old(e)) || (has_link && meant_may_be(e))) explain(c, e);
	if (e->code == ERR_CANCELLED && output_is_lost())
		return 0; /* it stopped because nobody reads; line.c says so */
	if (c && c->command && c->command->can & IS_PLUGIN && !output_is_lost())
		return cli_unknown(c, e->text);
	fprintf(stderr, "spotop%s%s: %s\n", c && c->command ? " " : "",
	        c && c->command ? c->command->name : "", e->text);
	return err_exit_code(e->code);
}

bool cli_is_csv(const struct cli *c) { return c->format == OUT_CSV || c->format == OUT_CSV_SAFE; }

int cli_usage(const struct cli *c, const char *fmt, ...)
{
	struct buf text = BUF_EMPTY, usage = BUF_EMPTY;
	va_list ap;
	va_start(ap, fmt);
	buf_vaddf(&text, fmt, ap);
	va_end(ap);
	help_usage(&usage, c->commands, c->command);
	struct err e;
	err_set(&e, ERR_USAGE, "%s; usage: %s", buf_str(&text), buf_str(&usage));
	buf_free(&text);
	buf_free(&usage);
	return cli_fail(c, &e);
}

bool cli_confirm(struct cli *c, struct err *e, const char *fmt, ...)
{
	if (c->yes) return true;
	if (!isatty(STDIN_FILENO)) return err_set(e, ERR_USAGE, "not a terminal: pass --yes");
	va_list ap;
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputs(" [y/N] ", stderr);
	char line[32] = "";
	if (fgets(line, sizeof line, stdin) && (line[0] == 'y' || line[0] == 'Y') &&
	    (line[1] == '\n' || line[1] == 0))
		return true;
	return err_set(e, ERR_NO, "not confirmed, nothing was sent");
}
