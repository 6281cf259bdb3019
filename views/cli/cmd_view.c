/* cmd_view.c - every view as a command: the same declaration, the same query, for programs and pipes.
 * The query's own parameters are options by their names (--client X, --unhealthy). */
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/near.h"
#include "core/base/output.h"
#include "core/base/text.h"
#include "core/db/filter.h"
#include "core/db/rights.h"
#include "core/fleet/schema.h"
#include "core/jobs/job.h"
#include "views/cli/cli.h"
#include "views/cli/cmd.h"
#include "views/cli/command.h"
#include "views/cli/fit.h"
#include "views/cli/sections.h"
#include "views/model/page.h"
#include "views/model/scope.h"
#include "views/model/view.h"
#include "views/screens/overview.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MAX_COLS = 64, MAX_OPTS = 16 };
struct ask_line {
	const char *filter, *sort, *columns, *watch;
	const char *client; /* --client of a view whose query has no such parameter, but a column */
	char client_name[264];
	bool has_watch;
	int64_t limit, watch_ms;
	struct view_args args;
	const char *strings[MAX_OPTS];
	bool flags[MAX_OPTS];
};

/* :since, :until and :t0 are "8h" back from now, or a time; the query gets a time of the server's. */
static bool is_time(const char *name)
{
	return strcmp(name, "since") == 0 || strcmp(name, "until") == 0 || strcmp(name, "t0") == 0;
}

static bool set_time(struct ask_line *q, const char *name, const char *text, int64_t now, struct err *e)
{
	int64_t ms;
	char at[32];
	if (duration_parse(text, &ms, NULL))
		ms = now - ms;
	else if (!time_parse(text, now, &ms, NULL))
		return err_set(e, ERR_USAGE, "--%s takes 8h, 02:41 or 2026-11-22T02:41:00Z, not '%s'", name,
		               text);
	time_to_sql(ms, at);
	view_args_set(&q->args, name, at);
	return true;
}

static bool set_params(struct ask_line *q, const struct view *v, int64_t now, struct err *e)
{
	for (size_t i = 0; i < v->query->n_params && i < MAX_OPTS; i++) {
		const char *name = v->query->params[i].name;
		if (q->strings[i] && is_time(name)) {
			if (!set_time(q, name, q->strings[i], now, e)) return false;
		} else if (q->strings[i])
			view_args_set(&q->args, name, q->strings[i]);
		if (q->flags[i]) view_args_set(&q->args, name, "1");
	}
	return true;
}

static bool read_options(struct cli *c, const struct view *v, struct ask_line *q, struct err *e)
{
	q->filter = cli_text(c, "filter");
	q->sort = cli_text(c, "sort");
	q->columns = cli_text(c, "columns");
	q->limit = cli_number(c, "limit");
	q->has_watch = cli_has(c, "watch");
	q->watch_ms = cli_number(c, "watch");
	if (view_takes_client(v)) q->client = cli_text(c, "client");
	for (size_t i = 0; i < v->query->n_params && i < MAX_OPTS; i++) {
		const struct query_param *p = &v->query->params[i];
		if (!view_has_option(v, p->name)) continue;
		if (strcmp(p->type, "bool") == 0)
			q->flags[i] = cli_has(c, p->name);
		else
			q->strings[i] = cli_text(c, p->name);
	}
	if (!set_params(q, v, c->at_ms != TIME_NONE ? c->at_ms : clock_wall_ms(), e)) return false;
	if (!cli_words(c, v->param ? 1 : 0, e)) return false;
	if (v->param && c->argc && !v->resolve) view_args_set(&q->args, v->param, c->argv[0]);
	if (v->param_is_needed && !view_args_get(&q->args, v->param))
		return err_set(e, ERR_USAGE, "which %s?", v->param);
	if (c->at_ms != TIME_NONE) {
		char at[32];
		time_to_sql(c->at_ms, at);
		view_args_set(&q->args, "at", at);
	}
	return true;
}

/* Agents, pools and clients go by their names; one that is not there is no empty list. */
static bool find_scopes(struct cli *c, struct db *db, const struct view *v, struct ask_line *q, struct err *e)
{
	struct scope s;
	for (size_t i = 0; i < v->query->n_params && i < MAX_OPTS; i++) {
		const char *kind = v->query->params[i].name;
		if (q->strings[i] && strcmp(kind, "job") == 0 && !job_find(q->strings[i]))
			return err_set(e, ERR_USAGE, "no job '%s'; spotop job list names them",
			               q->strings[i]);
		bool is_client = strcmp(kind, "client") == 0;
		if (!q->strings[i] || (!is_client && strcmp(kind, "agent") != 0 && strcmp(kind, "pool") != 0))
			continue;
		if (!scope_find(db, kind, q->strings[i], &s, e)) return err_prefix(e, "--%s", kind);
		view_args_set(&q->args, kind, is_client && !v->resolve ? s.name : s.id);
	}
	if (q->client) {
		if (!scope_find(db, "client", q->client, &s, e)) return err_prefix(e, "--client");
		snprintf(q->client_name, sizeof q->client_name, "%s", s.name);
	}
	return !v->resolve || !c->argc || v->resolve(db, c->argv[0], &q->args, e);
}

static bool no_column(const struct view *v, const char *name, struct err *e)
{
	struct near like;
	char hint[100];
	near_begin(&like, name, strlen(name));
	for (size_t i = 0; i < v->n_cols; i++) near_offer(&like, v->cols[i].name);
	near_hint(&like, hint, sizeof hint);
	return err_set(e, ERR_USAGE, "%s has no column '%s'%s%s", v->name, name, hint,
	               *hint ? "" : "; they are listed by --help");
}

/* "a,b" to names that the view has. */
static bool read_columns(const struct view *v, char *list, const char **out, size_t *n, struct err *e)
{
	*n = 0;
	for (char *save = NULL, *w = strtok_r(list, ",", &save); w; w = strtok_r(NULL, ",", &save)) {
		if (!view_col(v, w) && strcmp(w, v->row_key ? v->row_key : "") != 0)
			return no_column(v, w, e);
		if (*n == MAX_COLS) return err_set(e, ERR_USAGE, "at most %d columns", MAX_COLS);
		out[(*n)++] = w;
	}
	return true;
}

static bool read_sort(const struct view *v, const char *given, char *col, size_t size, bool *is_desc,
                      struct err *e)
{
	const char *comma = strchr(given, ',');
	snprintf(col, size, "%.*s", comma ? (int)(comma - given) : (int)strlen(given), given);
	*is_desc = comma && strcmp(comma + 1, "desc") == 0;
	if (comma && !*is_desc && strcmp(comma + 1, "asc") != 0)
		return err_set(e, ERR_USAGE, "--sort takes COLUMN or COLUMN,desc, not '%s'", given);
	return view_col(v, col) || no_column(v, col, e);
}

static struct filter *read_filter(const struct view *v, const struct ask_line *q, struct err *e)
{
	size_t n;
	struct filter_col *fc = view_filter_cols(v, &n);
	struct buf text = BUF_EMPTY;
	if (q->client) buf_addf(&text, "client=\"%s\" ", q->client_name);
	if (q->filter) buf_adds(&text, q->filter);
	struct filter *f = filter_parse(buf_str(&text), fc, n, e);
	buf_free(&text);
	free(fc);
	if (!f) err_prefix(e, "--filter");
	return f;
}

static bool compose(const struct view *v, const struct ask_line *q, struct buf *sql, struct err *e)
{
	char col[64];
	struct page p = { .sort = v->sort, .is_desc = v->is_desc, .limit = (size_t)q->limit };
	struct filter *f = NULL;
	if (q->sort) {
		if (!read_sort(v, q->sort, col, sizeof col, &p.is_desc, e)) return false;
		p.sort = col;
	}
	if (q->filter || q->client) {
		f = read_filter(v, q, e);
		if (!f) return false;
		p.filter = f;
	}
	bool ok = page_select(sql, v, &q->args, &p, e);
	filter_free(f);
	return ok;
}

/* Nothing was found: a word that its column has not may have been mistyped. */
static void tell_words(const struct view *v, const struct ask_line *q)
{
	const char *name, *word;
	struct err e;
	struct filter *f = q->filter ? read_filter(v, q, &e) : NULL;
	for (size_t i = 0; f && filter_word(f, i, &name, &word); i++) {
		const struct col *c = view_col(v, name);
		struct near like;
		char hint[100];
		if (!c || !c->ranks || text_contains(c->ranks, word)) continue;
		near_begin_words(&like, word, c->ranks);
		if (*near_hint(&like, hint, sizeof hint))
			fprintf(stderr, "spotop %s: no %s is '%s'%s\n", v->name, name, word, hint);
	}
	if (f) filter_free(f);
}

struct printer {
	struct out *out;
	size_t rows;
};

static bool print_row(void *ctx, const struct table *shape, const struct cell *cells)
{
	struct printer *p = ctx;
	out_row(p->out, shape, cells);
	p->rows++;
	return !output_is_lost();
}

/* A person reads the overview in its sections, unless columns or an order of his own were asked for. */
static bool is_in_sections(const struct cli *c, const struct view *v, const struct ask_line *q)
{
	return v == &view_overview && c->format == OUT_TABLE && !c->is_wide && !q->columns && !q->sort;
}

static bool ask_sections(struct cli *c, struct db *db, const struct buf *sql, size_t *rows, struct err *e)
{
	struct db_opts o = { .deadline_ms = 60000, .max_rows = SIZE_MAX };
	struct table *t = NULL;
	if (!db_call_text(db, buf_str(sql), sql->len, &o, &t, e)) return false;
	sections_print(c, t);
	*rows = t->n_rows;
	table_free(t);
	return true;
}

static bool ask_once(struct cli *c, struct db *db, const struct view *v, const struct buf *sql,
                     const char *const *cols, size_t n_cols, struct fit *fit, size_t *rows, struct err *e)
{
	char schema[64];
	snprintf(schema, sizeof schema, "spotop.%s/1", v->name);
	struct printer p = { out_begin(stdout, c->format, schema, n_cols ? cols : NULL, n_cols), 0 };
	out_set_at(p.out, c->at_ms);
	cli_shows(p.out, v);
	fit_out(fit, p.out);
	const char *bools[MAX_COLS]; /* what was so then is computed: the server knows it as a number */
	size_t n_bools = 0;
	for (size_t i = 0; i < v->n_cols && n_bools < MAX_COLS; i++)
		if (v->cols[i].as == AS_YESNO) bools[n_bools++] = v->cols[i].name;
	out_set_bools(p.out, bools, n_bools);
	struct db_opts o = { .deadline_ms = 60000, .max_rows = SIZE_MAX, .on_row = print_row, .ctx = &p };
	struct table *shape = NULL;
	bool ok = db_call_text(db, buf_str(sql), sql->len, &o, &shape, e);
	if (ok && !p.rows) out_rows(p.out, shape); /* the header, though no row came */
	table_free(shape);
	out_end(p.out);
	fit_tell(fit);
	*rows = p.rows;
	return ok;
}

/* What the view shows by itself: its visible columns, for the table meant for eyes. */
static size_t default_columns(const struct view *v, const struct ask_line *q, bool is_all, const char **out)
{
	size_t n = 0;
	for (size_t i = 0; i < v->n_cols && n < MAX_COLS; i++)
		if (!v->cols[i].is_hidden || is_all ||
		    (strcmp(v->cols[i].name, "offset_seconds") == 0 && view_args_get(&q->args, "t0")))
			out[n++] = v->cols[i].name;
	return n;
}

int cmd_view(struct cli *c)
{
	const struct view *v = c->command->view;
	struct ask_line q = { 0 };
	struct err e;
	struct buf sql = BUF_EMPTY;
	struct fit fit = { .view = c->command->view };
	const char *cols[MAX_COLS];
	size_t n_cols = 0, rows = 0;
	char *list = NULL;
	if (c->at_ms != TIME_NONE && !v->query_at) {
		if (v->screen_has_past)
			err_set(&e, ERR_USAGE,
			        "its past is in the console; here there is that of agents, instances and "
			        "alerts");
		else
			err_set(&e, ERR_USAGE, "history is not kept here%s%s", v->note_at ? ": " : "",
			        v->note_at ? v->note_at : "");
		return cli_fail(c, &e);
	}
	if (!read_options(c, v, &q, &e)) return cli_fail(c, &e);
	if (c->at_ms != TIME_NONE && v->note_at)
		fprintf(stderr, "spotop %s: as it was at %s; %s\n", v->name, view_args_get(&q.args, "at"),
		        v->note_at);
	if (q.columns) {
		list = mem_dup(q.columns);
		if (!read_columns(v, list, cols, &n_cols, &e)) {
			free(list);
			return cli_fail(c, &e);
		}
	} else if (c->format == OUT_TABLE || c->format == OUT_MD)
		n_cols = default_columns(v, &q, c->is_wide, cols);
	cli_fit(c, &fit);
	struct db *db = cli_db(c, DB_READ);
	bool ok = schema_not_old(db, &e) && find_scopes(c, db, v, &q, &e) && compose(v, &q, &sql, &e);
	while (ok) {
		ok = is_in_sections(c, v, &q) ? ask_sections(c, db, &sql, &rows, &e)
		                              : ask_once(c, db, v, &sql, cols, n_cols, &fit, &rows, &e);
		if (!ok || !q.has_watch || output_flush() != OUTPUT_WRITTEN) break;
		struct timespec wait = { q.watch_ms / 1000, q.watch_ms % 1000 * 1000000 };
		nanosleep(&wait, NULL);
	}
	db_close_wait(db);
	buf_free(&sql);
	free(list);
	fit_end(&fit);
	if (ok && rows == 0 && v->param_is_needed && !q.filter) /* what is there has at least one line */
		ok = err_set(&e, ERR_NO, "there is no %s '%s', or several clients have one: give its id",
		             v->param, view_args_get(&q.args, v->param));
	if (!ok && v->needs && rights_lacking(&e))
		err_set(&e, ERR_REFUSED,
		        "this login may not read it; who has that right with GRANT OPTION says %s TO its "
		        "role or to it",
		        v->needs);
	if (!ok) return cli_fail(c, &e);
	if (rows == 0) tell_words(v, &q);
	return rows == 0 && c->fail_empty ? 1 : 0;
}
