/* sheet_act.c - what hands do to a sheet: move, mark, find, follow, order, choose a column. */
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "views/table/sheet.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A hand that moves ends what the cursor was bound to. */
static void let_go(struct sheet *s)
{
	if (s->follow[0]) app_say(s->app, ST_DIM, "%s is followed no more", s->follow_name);
	s->follow[0] = s->seek[0] = 0;
}

static enum reaction move(struct sheet *s, long by)
{
	let_go(s);
	/* past the window's edge: the rest of the way is gone when its rows are here */
	long to = (long)s->rows.cursor + by, last = (long)s->n - 1;
	if (s->is_paged && s->n && to > last && !s->at_end) s->owed += to - last;
	if (s->is_paged && s->n && to < 0 && !s->at_top) s->owed += to;
	rows_move(&s->rows, by, sheet_key_at, s);
	return sheet_slide(s);
}

/* --- marks --- */

static void mark_one(struct sheet *s)
{
	const char *key = sheet_key_at(s, s->rows.cursor);
	if (*key) rows_mark(&s->rows, key, !rows_is_marked(&s->rows, key));
}

/* The range begins at a row, not at a place: what comes in between meanwhile belongs to it. */
static void mark_range(struct sheet *s)
{
	size_t from = 0, to = s->rows.cursor;
	if (!s->n) return;
	if (!s->rows.has_range) {
		s->rows.has_range = true;
		snprintf(s->rows.range_from, sizeof s->rows.range_from, "%s", s->rows.key);
		return;
	}
	s->rows.has_range = false;
	while (from < s->n && strcmp(sheet_key_at(s, from), s->rows.range_from) != 0) from++;
	if (from == s->n) {
		app_say(s->app, ST_WARN,
		        "the row where the range begins is not here any more; nothing is marked");
		return;
	}
	size_t was = s->rows.n_marks;
	for (size_t i = from < to ? from : to; i <= (from < to ? to : from); i++)
		rows_mark(&s->rows, sheet_key_at(s, i), true);
	app_say(s->app, ST_INFO, "%zu more marked, %zu in all; a acts on them", s->rows.n_marks - was,
	        s->rows.n_marks);
}

bool sheet_mark(struct sheet *s, const char *text, struct err *e)
{
	size_t n, was = s->rows.n_marks;
	struct filter_col *cols = view_filter_cols(s->view, &n);
	struct filter *f = filter_parse(text, cols, n, e);
	free(cols);
	if (!f) return false;
	for (size_t i = 0; i < s->n; i++)
		if (filter_match(f, s->t, s->order[i])) rows_mark(&s->rows, sheet_key_at(s, i), true);
	filter_free(f);
	app_say(s->app, ST_INFO, "%zu more marked, %zu in all", s->rows.n_marks - was, s->rows.n_marks);
	return true;
}

static void mark_all(struct sheet *s)
{
	for (size_t i = 0; i < s->n; i++) rows_mark(&s->rows, sheet_key_at(s, i), true);
}

/* --- finding without hiding --- */

bool sheet_seek_text(struct sheet *s, const char *text, struct err *e)
{
	size_t n;
	struct filter_col *cols = view_filter_cols(s->view, &n);
	struct filter *f = filter_parse(text, cols, n, e);
	free(cols);
	if (!f) return false;
	filter_free(s->sought);
	s->sought = filter_is_empty(f) ? NULL : f;
	if (!s->sought) filter_free(f);
	snprintf(s->sought_text, sizeof s->sought_text, "%s", text);
	return true;
}

static enum reaction find(struct sheet *s, int by)
{
	size_t hits = 0, nth = 0, to = s->n;
	if (!s->sought) {
		app_say(s->app, ST_DIM,
		        "nothing was looked for yet: / filters, Esc shows all again, n goes on to the next");
		return R_DRAW;
	}
	for (size_t i = 0; i < s->n; i++) {
		if (!filter_match(s->sought, s->t, s->order[i])) continue;
		hits++;
		bool is_next = by > 0 ? i > s->rows.cursor && to == s->n : i < s->rows.cursor;
		if (is_next) to = i, nth = hits;
	}
	if (to == s->n) {
		app_say(s->app, ST_DIM, "%s: no hit %s, %zu among the %zu rows here", s->sought_text,
		        by > 0 ? "further down" : "further up", hits, s->n);
		return R_DRAW;
	}
	let_go(s);
	rows_to(&s->rows, to, sheet_key_at, s);
	app_say(s->app, ST_INFO, "%s: hit %zu of %zu%s", s->sought_text, nth, hits,
	        s->is_paged ? " among the rows that are here" : "");
	return sheet_slide(s);
}

static enum reaction follow(struct sheet *s)
{
	size_t row;
	if (s->follow[0]) {
		let_go(s);
		return R_DRAW;
	}
	struct table *t = sheet_row(s, &row);
	if (!t) return R_NONE;
	const char *name = table_get(t, row, s->view->label ? s->view->label : s->view->row_key);
	snprintf(s->follow, sizeof s->follow, "%s", s->rows.key);
	snprintf(s->follow_name, sizeof s->follow_name, "%.63s", name ? name : s->rows.key);
	app_say(s->app, ST_INFO, "the cursor stays on %s wherever it goes; moving or F ends that",
	        s->follow_name);
	return R_DRAW;
}

/* --- order --- */

/* The next column to sort by, to the left or right, among those that are shown. */
static enum reaction sort_step(struct sheet *s, int by)
{
	int n = (int)s->view->n_cols, at = -1;
	for (int i = 0; i < n; i++)
		if (strcmp(s->view->cols[i].name, s->sort) == 0) at = i;
	for (int tries = 0; tries < n; tries++) {
		at = (at + by + n) % n;
		if (!s->view->cols[at].is_hidden) break;
	}
	sheet_sort(s, s->view->cols[at].name, s->is_desc);
	app_say(s->app, ST_INFO, "sorted by %s, %s (I turns it)", s->view->cols[at].header,
	        s->is_desc ? "largest first" : "smallest first");
	return R_DRAW;
}

static enum reaction sort_like(struct sheet *s, const char *const *names, bool is_desc)
{
	for (; *names; names++)
		if (sheet_sort(s, *names, is_desc)) return R_DRAW;
	app_say(s->app, ST_WARN, "no such column here");
	return R_DRAW;
}

static const struct {
	const char *action;
	long rows;
	int pages2;
} moves[] = {
	/* pages2: half pages */
	{ "move.down", 1, 0 },     { "move.up", -1, 0 },       { "move.half_down", 0, 1 },
	{ "move.half_up", 0, -1 }, { "move.page_down", 0, 2 }, { "move.page_up", 0, -2 },
};

static enum reaction act_sort(struct sheet *s, const char *what)
{
	static const char *const age[] = { "created_at", "seconds_since_heartbeat", "at",
		                           "launch_requested_at", NULL };
	static const char *const name[] = { "agent", "name", "id", "pool", NULL };
	static const char *const state[] = { "health_rank", "instance_status", "status", "severity", NULL };
	if (strcmp(what, "next") == 0) return sort_step(s, 1);
	if (strcmp(what, "prev") == 0) return sort_step(s, -1);
	if (strcmp(what, "invert") == 0) {
		sheet_sort(s, s->sort[0] ? s->sort : s->view->row_key, !s->is_desc);
		return R_DRAW;
	}
	if (strcmp(what, "age") == 0) return sort_like(s, age, true);
	if (strcmp(what, "name") == 0) return sort_like(s, name, false);
	if (strcmp(what, "state") == 0) return sort_like(s, state, false);
	if (strcmp(what, "here") == 0 && s->col_at[0]) {
		sheet_sort(s, s->col_at, strcmp(s->sort, s->col_at) == 0 && !s->is_desc);
		return R_DRAW;
	}
	if (strcmp(what, "here") == 0 || strcmp(what, "default") == 0) {
		sheet_sort(s, s->view->sort, s->view->is_desc);
		app_say(s->app, ST_INFO, "the view's own order");
		return R_DRAW;
	}
	return R_UNKNOWN;
}

enum reaction sheet_act(struct sheet *s, const char *action)
{
	for (size_t i = 0; i < ARRAY_LEN(moves); i++)
		if (strcmp(action, moves[i].action) == 0)
			return move(s, moves[i].rows ? moves[i].rows
			                             : (long)s->rows.height * moves[i].pages2 / 2);
	if (strcmp(action, "move.top") == 0 || strcmp(action, "move.end") == 0) let_go(s);
	if (strcmp(action, "move.top") == 0) return sheet_go_top(s);
	if (strcmp(action, "move.end") == 0) return sheet_go_end(s);
	if (strcmp(action, "column.left") == 0 || strcmp(action, "column.right") == 0) {
		sheet_step_column(s, action[7] == 'r' ? 1 : -1);
		return R_DRAW;
	}
	if (strcmp(action, "find.next") == 0) return find(s, 1);
	if (strcmp(action, "find.prev") == 0) return find(s, -1);
	if (strcmp(action, "follow.row") == 0) return follow(s);
	if (strcmp(action, "move.right") == 0) {
		s->skip_cols++;
		return R_DRAW;
	}
	if (strcmp(action, "move.left") == 0) {
		if (s->skip_cols) s->skip_cols--;
		return R_DRAW;
	}
	if (strcmp(action, "refresh") == 0) {
		s->is_stopped = false;
		s->rest_until_ms = 0;
		return R_UNKNOWN; /* the console does the rest */
	}
	if (strncmp(action, "sort.", 5) == 0) return act_sort(s, action + 5);
	if (strcmp(action, "mark.one") == 0) {
		mark_one(s);
		return move(s, 1);
	}
	if (strcmp(action, "mark.up") == 0) {
		mark_one(s);
		return move(s, -1);
	}
	if (strcmp(action, "mark.range") == 0) {
		mark_range(s);
		return R_DRAW;
	}
	if (strcmp(action, "mark.all") == 0) {
		mark_all(s);
		if (s->is_paged)
			app_say(s->app, ST_WARN,
			        "%zu rows are marked: those that are here, not all that match",
			        s->rows.n_marks);
		return R_DRAW;
	}
	if (strcmp(action, "mark.clear") == 0) {
		rows_clear_marks(&s->rows);
		return R_DRAW;
	}
	if (strcmp(action, "faults") == 0) {
		s->faults_only = !s->faults_only;
		sheet_arrange(s);
		return R_DRAW;
	}
	return R_UNKNOWN;
}
