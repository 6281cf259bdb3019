/* sheet_actions.c - what hands do to a sheet: move, mark, find, follow, order, choose a column. */
#include "views/table/sheet_actions.h"
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/fmt.h"
#include "core/base/mem.h"
#include "views/nav/nav.h"
#include "views/table/sheet.h"
#include "views/table/sheet_paint.h"
#include "views/table/sheet_rows.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A hand that moves ends what the cursor was bound to. */
static void let_go(struct sheet *s)
{
	if (s->follow[0]) nav_say(s->nav, ST_DIM, "%s is followed no more", s->follow_name);
	s->follow[0] = s->seek[0] = 0;
}

static enum reaction move(struct sheet *s, long by)
{
	let_go(s);
	/* past the window's edge: the rest of the way is gone when its rows are here */
	long to = (long)s->rows.cursor + by, last = (long)s->n - 1;
	if ((by > 0) != (s->owed > 0)) s->owed = 0;
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
		nav_say(s->nav, ST_WARN,
		        "the row where the range begins is not here any more; nothing is marked");
		return;
	}
	size_t was = s->rows.n_marks;
	for (size_t i = from < to ? from : to; i <= (from < to ? to : from); i++)
		rows_mark(&s->rows, sheet_key_at(s, i), true);
	nav_say(s->nav, ST_INFO, "%zu more marked, %zu in all; a for actions", s->rows.n_marks - was,
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
	bool gave_up = filter_gave_up(f, e);
	filter_free(f);
	if (gave_up) return false;
	nav_say(s->nav, ST_INFO, "%zu more marked, %zu in all", s->rows.n_marks - was, s->rows.n_marks);
	return true;
}

/* --- finding without hiding --- */

static enum reaction find(struct sheet *s, int by)
{
	size_t hits = 0, nth = 0, to = s->n;
	if (!s->sought) {
		nav_say(s->nav, ST_DIM,
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
		nav_say(s->nav, ST_DIM, "%s: no hit %s, %zu among the %s here", s->sought_text,
		        by > 0 ? "further down" : "further up", hits, COUNTED(s->n, "row", "rows"));
		return R_DRAW;
	}
	let_go(s);
	rows_to(&s->rows, to, sheet_key_at, s);
	nav_say(s->nav, ST_INFO, "%s: hit %zu of %zu%s", s->sought_text, nth, hits,
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
	nav_say(s->nav, ST_INFO, "the cursor stays on %s wherever it goes; moving or F ends that",
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
	nav_say(s->nav, ST_INFO, "sorted by %s, %s (I turns it)", s->view->cols[at].header,
	        s->is_desc ? "largest first" : "smallest first");
	return R_DRAW;
}

static enum reaction sort_like(struct sheet *s, const char *const *names, bool is_desc)
{
	for (; *names; names++)
		if (sheet_sort(s, *names, is_desc)) return R_DRAW;
	nav_say(s->nav, ST_WARN, "no such column here");
	return R_DRAW;
}

/* --- the table: what keys are bound to --- */

static enum reaction move_rows(void *on, int by) { return move(on, by); }

static enum reaction move_half_pages(void *on, int by)
{
	struct sheet *s = on;
	return move(s, (long)s->rows.height * by / 2);
}

static enum reaction move_top(void *on, int arg)
{
	(void)arg;
	let_go(on);
	return sheet_go_top(on);
}

static enum reaction move_end(void *on, int arg)
{
	(void)arg;
	let_go(on);
	return sheet_go_end(on);
}

static enum reaction scroll(void *on, int by)
{
	struct sheet *s = on;
	if (!sheet_scroll(s, by))
		nav_say(s->nav, ST_DIM, "no more columns on the %s", by > 0 ? "right" : "left");
	return R_DRAW;
}

static enum reaction choose_column(void *on, int by)
{
	sheet_step_column(on, by);
	return R_DRAW;
}

static enum reaction find_row(void *on, int by) { return find(on, by); }

static enum reaction follow_row(void *on, int arg)
{
	(void)arg;
	return follow(on);
}

static enum reaction mark_and_move(void *on, int by)
{
	mark_one(on);
	return move(on, by);
}

static enum reaction mark_a_range(void *on, int arg)
{
	(void)arg;
	mark_range(on);
	return R_DRAW;
}

static enum reaction mark_all(void *on, int arg)
{
	struct sheet *s = on;
	(void)arg;
	for (size_t i = 0; i < s->n; i++) rows_mark(&s->rows, sheet_key_at(s, i), true);
	if (s->is_paged)
		nav_say(s->nav, ST_WARN, "%s marked: those that are here, not all that match",
		        COUNTED(s->rows.n_marks, "row is", "rows are"));
	return R_DRAW;
}

static enum reaction clear_marks(void *on, int arg)
{
	struct sheet *s = on;
	(void)arg;
	rows_clear_marks(&s->rows);
	return R_DRAW;
}

static enum reaction faults_only(void *on, int arg)
{
	struct sheet *s = on;
	(void)arg;
	s->faults_only = !s->faults_only;
	sheet_arrange(s);
	return R_DRAW;
}

static enum reaction sort_next(void *on, int by) { return sort_step(on, by); }

static enum reaction sort_reverse(void *on, int arg)
{
	struct sheet *s = on;
	(void)arg;
	sheet_sort(s, s->sort[0] ? s->sort : s->view->row_key, !s->is_desc);
	return R_DRAW;
}

static enum reaction sort_here(void *on, int arg)
{
	struct sheet *s = on;
	(void)arg;
	if (s->col_at[0])
		sheet_sort(s, s->col_at, strcmp(s->sort, s->col_at) == 0 && !s->is_desc);
	else {
		sheet_sort(s, s->view->sort, s->view->is_desc);
		nav_say(s->nav, ST_INFO, "the view's own order");
	}
	return R_DRAW;
}

enum { BY_AGE, BY_NAME, BY_STATE };
static const char *const by_names[][6] = {
	[BY_AGE] = { "created_at", "seconds_since_heartbeat", "at", "launch_requested_at", NULL },
	[BY_NAME] = { "agent", "name", "id", "pool", NULL },
	[BY_STATE] = { "health_rank", "instance_status", "status", "severity", NULL },
};
static enum reaction sort_by(void *on, int what) { return sort_like(on, by_names[what], what == BY_AGE); }

// clang-format off
const struct action sheet_actions[] = {
	{ "move.down",      "j Down",       "down", move_rows, 1 },
	{ "move.up",        "k Up",         "up", move_rows, -1 },
	{ "move.top",       "g Home",       "first row", move_top, 0 },
	{ "move.end",       "G End",        "last row", move_end, 0 },
	{ "move.half_down", "C-d",          "half a page down", move_half_pages, 1 },
	{ "move.half_up",   "C-u",          "half a page up", move_half_pages, -1 },
	{ "move.page_down", "C-f PgDn",     "page down", move_half_pages, 2 },
	{ "move.page_up",   "C-b PgUp",     "page up", move_half_pages, -2 },
	{ "move.left",      "Left",         "columns to the left, the first stays", scroll, -1 },
	{ "move.right",     "Right",        "columns to the right, the first stays", scroll, 1 },
	{ "find.next",      "n",            "next row that the last filter matches, the others stay", find_row, 1 },
	{ "find.prev",      "p",            "such a row before", find_row, -1 },
	{ "mark.one",       "Space S-Down", "mark the row, go down", mark_and_move, 1 },
	{ "mark.up",        "S-Up",         "mark the row, go up", mark_and_move, -1 },
	{ "mark.range",     "v C-Space",    "mark a range: here, then there", mark_a_range, 0 },
	{ "mark.all",       "*",            "mark all that are shown", mark_all, 0 },
	{ "mark.clear",     "C-\\",         "clear marks", clear_marks, 0 },
	{ "sort.next",      ">",            "sort by the next column", sort_next, 1 },
	{ "sort.prev",      "<",            "sort by the column before", sort_next, -1 },
	{ "sort.invert",    "I",            "reverse the sort order", sort_reverse, 0 },
	{ "column.right",   "S-Right",      "choose the next column", choose_column, 1 },
	{ "column.left",    "S-Left",       "choose the column before", choose_column, -1 },
	{ "sort.here",      "O",            "sort by the chosen column, again: the other way; none chosen: the view's own order", sort_here, 0 },
	{ "sort.age",       "A",            "sort by age", sort_by, BY_AGE },
	{ "sort.name",      "N",            "sort by name", sort_by, BY_NAME },
	{ "sort.state",     "S",            "sort by state", sort_by, BY_STATE },
	{ "faults",         "x",            "only what is wrong", faults_only, 0 },
	{ "follow.row",     "F",            "follow the row: the cursor stays on it wherever it goes", follow_row, 0 },
	{ 0 },
};
// clang-format on

bool sheet_can(const struct sheet *s, const char *action)
{
	const struct view *v = s->view;
	for (const struct action *a = sheet_actions; a->name; a++) {
		if (strcmp(a->name, action) != 0) continue;
		bool any = a->run != sort_by && a->run != faults_only;
		for (const char *const *n = by_names[a->run == sort_by ? a->arg : 0]; a->run == sort_by && *n;
		     n++)
			any |= view_col(v, *n) != NULL;
		for (size_t i = 0; a->run == faults_only && i < v->n_cols; i++)
			any |= v->cols[i].style != NULL;
		return any;
	}
	return false;
}

/* What is done to a row, where there is none, is said to be done to nothing. */
static bool needs_row(const char *action)
{
	return strncmp(action, "mark.", 5) == 0 ? strcmp(action, "mark.clear") != 0
	                                        : strcmp(action, "follow.row") == 0;
}

enum reaction sheet_action(struct sheet *s, const char *action)
{
	if (!s->n && needs_row(action)) {
		nav_say(s->nav, ST_DIM, "no row here");
		return R_DRAW;
	}
	return action_run(sheet_actions, action, s);
}
