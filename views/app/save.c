/* save.c - a table into a file, as CSV or JSON: the rows that are here, or, of a list that is held as a window,
 * every row that its filter matches, read page by page. A file is whole or it is not there. */
#include "views/app/save.h"
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/fmt.h"
#include "core/base/mem.h"
#include "core/db/out.h"
#include "views/app/app.h"
#include "views/model/page.h"
#include "views/nav/ask.h"
#include "views/nav/layers.h"
#include "views/table/sheet_data.h"
#include "views/table/sheet_rows.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SAVE_PAGE = 1000 };
struct save {
	struct app *app;
	struct ask *ask;
	FILE *f;
	struct out *out;
	char path[300];
	const struct view *view;
	struct view_args args;
	struct filter *filter;
	char sort[48];
	bool is_desc, faults_only;
	struct table *page; /* the last one: the next begins after its last row */
	long long n, total; /* total -1: not known */
};

static void drop(struct save *x)
{
	x->app->saving = NULL;
	ask_free(x->ask);
	table_free(x->page);
	filter_free(x->filter);
	free(x);
}

static void end(struct save *x)
{
	bool ok = out_end(x->out);
	ok = fclose(x->f) == 0 && ok;
	if (ok)
		nav_say(x->app->nav, ST_OK, "%s saved to %s", COUNTED(x->n, "row", "rows"), x->path);
	else {
		nav_say(x->app->nav, ST_CRIT, "not saved: %s could not be written whole: %s", x->path,
		        strerror(errno));
		unlink(x->path);
	}
	drop(x);
}

static void give_up(struct save *x, const char *why)
{
	nav_say(x->app->nav, ST_WARN, "not saved: %s", why);
	out_end(x->out);
	fclose(x->f);
	unlink(x->path);
	drop(x);
}

static void next_page(struct save *x)
{
	struct err e;
	struct buf sql = BUF_EMPTY;
	struct page p = { .sort = x->sort[0] ? x->sort : NULL,
		          .is_desc = x->is_desc,
		          .filter = x->filter,
		          .after = x->page,
		          .after_row = x->page ? x->page->n_rows - 1 : 0,
		          .limit = SAVE_PAGE };
	bool ok = page_select(&sql, x->view, &x->args, &p, &e) &&
	          ask_text(x->ask, x->view->name, buf_str(&sql), sql.len, SAVE_PAGE);
	buf_free(&sql);
	if (!ok) give_up(x, e.text);
}

static void got_page(void *owner, struct table *t, const struct err *e)
{
	struct save *x = owner;
	char n[32];
	if (e) {
		give_up(x, e->code == ERR_CANCELLED ? "stopped" : e->text);
		return;
	}
	for (size_t i = 0; i < t->n_rows; i++) {
		if (x->faults_only && !sheet_is_fault(x->view, t, i)) continue;
		out_row(x->out, t, &t->cells[i * t->n_cols]);
		x->n++;
	}
	table_free(x->page);
	x->page = t;
	if (t->n_rows < SAVE_PAGE) {
		end(x);
		return;
	}
	if (x->total >= 0)
		nav_say(x->app->nav, ST_INFO, "saving, %s of %s; Esc stops", fmt_count(n, sizeof n, x->n),
		        COUNTED(x->total, "row", "rows"));
	else
		nav_say(x->app->nav, ST_INFO, "saving, %s; Esc stops", COUNTED(x->n, "row", "rows"));
	next_page(x);
}

bool save_stop(struct app *a)
{
	if (!a->saving) return false;
	ask_cancel(a->saving->ask);
	return true;
}

void save_abandon(struct app *a)
{
	if (a->saving) give_up(a->saving, "left before its end");
}

static void begin_pages(struct save *x, const struct sheet *s)
{
	struct err e;
	size_t n;
	struct filter_col *cols = view_filter_cols(s->view, &n);
	if (s->filter) x->filter = filter_parse(s->filter_text, cols, n, &e);
	free(cols);
	x->args = s->args;
	x->is_desc = s->is_desc;
	x->faults_only = s->faults_only;
	x->total = s->has_total && !s->faults_only ? s->total : -1;
	snprintf(x->sort, sizeof x->sort, "%s", s->sort);
	x->ask = ask_new(x->app->nav, x, got_page);
	next_page(x);
}

bool save_to(struct app *a, const char *path, struct err *e)
{
	struct sheet *s = nav_sheet(a->nav);
	size_t len = strlen(path);
	bool is_csv = len > 4 && strcmp(path + len - 4, ".csv") == 0,
	     is_json = len > 5 && strcmp(path + len - 5, ".json") == 0;
	if (!s || !s->t) return err_set(e, ERR_USAGE, "no rows to save");
	if (a->saving)
		return err_set(e, ERR_USAGE, "%s is still being written; Esc stops that", a->saving->path);
	if (!is_csv && !is_json) return err_set(e, ERR_USAGE, "the name ends in .csv or .json");
	if (len >= sizeof a->saving->path) return err_set(e, ERR_USAGE, "the name is too long");
	FILE *f = fopen(path, "wx");
	if (!f && errno == EEXIST) return err_set(e, ERR_USAGE, "such a file is there already");
	if (!f) return err_set(e, ERR_USAGE, "cannot write: %s", strerror(errno));
	struct save *x = mem_alloc(sizeof *x);
	char schema[64];
	snprintf(schema, sizeof schema, "spotop.%s/1", s->view->name);
	x->app = a;
	x->f = f;
	x->view = s->view;
	x->out = out_begin(f, is_csv ? OUT_CSV : OUT_JSON, schema, NULL, 0);
	snprintf(x->path, sizeof x->path, "%s", path);
	a->saving = x;
	if (s->is_paged) {
		begin_pages(x, s);
		return true;
	}
	for (size_t i = 0; i < s->n; i++) out_row(x->out, s->t, &s->t->cells[s->order[i] * s->t->n_cols]);
	x->n = (long long)s->n;
	end(x);
	return true;
}
