/* sheet.c - what a sheet reads and where its window lies; sheet_rows.c orders it, sheet_actions.c is what hands do to
 * it, sheet_paint.c draws it. */
#include "views/table/sheet.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "views/model/page.h"
#include "views/nav/ask.h"
#include "views/nav/kept.h"
#include "views/nav/links.h"
#include "views/nav/nav.h"
#include "views/table/sheet_actions.h"
#include "views/table/sheet_paint.h"
#include "views/table/sheet_rows.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PLACE_MS = 2000 };
static void got_rows(void *owner, struct table *t, const struct err *e);
static void got_count(void *owner, struct table *t, const struct err *e);
static void got_place(void *owner, struct table *t, const struct err *e);

struct sheet *sheet_new(struct nav *nav, const struct view *v, const struct view_args *args)
{
	struct sheet *s = mem_alloc(sizeof *s);
	s->nav = nav;
	s->view = v;
	if (args) s->args = *args;
	s->ask = ask_new(nav, s, got_rows);
	s->count_ask = ask_new(nav, s, got_count);
	s->place_ask = ask_new(nav, s, got_place);
	if (v->sort) snprintf(s->sort, sizeof s->sort, "%s", v->sort);
	s->is_desc = v->is_desc;
	s->at_top = true;
	if (nav_is_stale(nav)) s->t = nav_kept(nav, v, &s->args, &s->is_paged);
	if (s->t) sheet_arrange(s);
	return s;
}

static void forget_anchor(struct sheet *s)
{
	table_free(s->after);
	s->after = NULL;
	s->at_top = true;
	s->want_end = s->want_back = false;
	s->owed = 0;
}

/* What is here is what the view shows when it is opened: it is kept for when it is opened without a database. */
static void keep(struct sheet *s)
{
	bool is_whole = !s->is_paged || (s->at_top && !s->filter &&
	                                 strcmp(s->sort, s->view->sort ? s->view->sort : "") == 0 &&
	                                 s->is_desc == s->view->is_desc);
	if (s->t && is_whole && !s->is_fed && !s->other_since_ms)
		nav_keep(s->nav, s->view, &s->args, s->t, s->is_paged);
	else
		table_free(s->t);
	s->t = NULL;
}

void sheet_free(struct sheet *s)
{
	if (!s) return;
	ask_free(s->ask);
	ask_free(s->count_ask);
	ask_free(s->place_ask);
	keep(s);
	free(s->order);
	filter_free(s->filter);
	filter_free(s->sought);
	rows_free(&s->rows);
	forget_anchor(s);
	free(s);
}

/* --- reading --- */

static void ask_count(struct sheet *s)
{
	if (!s->is_paged || ask_is_busy(s->count_ask) || clock_mono_ms() < s->count_at_ms) return;
	struct arg args[8];
	const struct query *q = view_query(s->view, &s->args);
	struct compose c = { .query = q,
		             .args = args,
		             .n_args = view_args_bind(&s->args, q, args, ARRAY_LEN(args)),
		             .filter = s->filter };
	struct buf sql = BUF_EMPTY;
	if (compose_count(&sql, &c, NULL)) ask_text(s->count_ask, s->view->name, buf_str(&sql), sql.len, 1);
	s->count_sent_ms = clock_mono_ms();
	buf_free(&sql);
}

static void ask_rows(struct sheet *s)
{
	if (ask_is_busy(s->ask)) ask_hurry(s->ask);
	if (s->is_fed || ask_is_busy(s->ask)) return;
	struct page p = { .sort = s->sort[0] ? s->sort : NULL,
		          .is_desc = s->is_desc,
		          .limit = s->is_paged ? SHEET_WINDOW : SHEET_LOCAL + 1 };
	if (s->is_paged) {
		p.filter = s->filter;
		p.after = s->after;
		p.is_backward = s->want_end || s->want_back;
	}
	struct buf sql = BUF_EMPTY;
	ask_be_patient(s->ask, s->is_paged && (s->filter || !page_is_fast(s->view, s->sort, s->is_desc)));
	if (page_select(&sql, s->view, &s->args, &p, &s->error))
		ask_text(s->ask, s->view->name, buf_str(&sql), sql.len, p.limit);
	s->sent_ms = clock_mono_ms();
	buf_free(&sql);
	ask_count(s);
}

void sheet_give(struct sheet *s, struct table *t)
{
	err_clear(&s->error);
	table_free(s->t);
	s->t = t;
	s->at_end = true;
	sheet_arrange(s);
}

void sheet_fetch(struct sheet *s)
{
	if (!s->is_stopped && clock_mono_ms() >= s->rest_until_ms) ask_rows(s);
}

void sheet_again(struct sheet *s)
{
	s->is_stopped = false;
	s->rest_until_ms = 0;
}

/* The question under way, if any, is no longer the right one. */
static void ask_anew(struct sheet *s)
{
	s->is_stopped = false;
	err_clear(&s->error);
	s->again = ask_is_busy(s->ask);
	ask_cancel(s->count_ask);
	if (s->again)
		ask_cancel(s->ask);
	else
		ask_rows(s);
}

bool sheet_matches(const struct sheet *s, int64_t *n)
{
	bool is_whole = !s->is_paged || (s->t && s->at_top && s->at_end && !s->again && !ask_is_busy(s->ask));
	*n = s->has_total ? s->total : (int64_t)s->n;
	return s->has_total || is_whole;
}

void sheet_retime(struct sheet *s, const struct view_args *args)
{
	s->args = *args;
	forget_anchor(s);
	s->has_total = false;
	s->count_at_ms = s->rest_until_ms = 0;
	if (s->t && !s->other_since_ms) s->other_since_ms = clock_mono_ms();
	ask_anew(s);
}

double sheet_waits(const struct sheet *s)
{
	int64_t ms = ask_is_busy(s->ask) ? clock_mono_ms() - s->sent_ms : 0;
	return ms < SHEET_SLOW_MS ? 0 : (double)ms / 1000;
}

bool sheet_stop(struct sheet *s)
{
	if (sheet_waits(s) <= 0) return false;
	s->is_stopped = true;
	s->again = false;
	ask_cancel(s->ask);
	return true;
}

/* A page read backwards comes last row first. */
static void reverse_rows(struct table *t)
{
	for (size_t i = 0, j = t->n_rows; i + 1 < j; i++) {
		j--;
		for (size_t c = 0; c < t->n_cols; c++) {
			struct cell tmp = t->cells[i * t->n_cols + c];
			t->cells[i * t->n_cols + c] = t->cells[j * t->n_cols + c];
			t->cells[j * t->n_cols + c] = tmp;
		}
	}
}

/* A row alone, for when its table is gone. */
static struct table *one_row(const struct table *t, size_t row)
{
	struct table *one = table_new(t->n_cols);
	struct cell *to = table_add_row(one);
	for (size_t c = 0; c < t->n_cols; c++) {
		const struct cell *from = &t->cells[row * t->n_cols + c];
		one->names[c] = arena_str(&one->arena, t->names[c]);
		one->types[c] = t->types[c];
		if (from->s) to[c] = (struct cell){ arena_dup(&one->arena, from->s, from->len), from->len };
	}
	return one;
}

static void set_anchor(struct sheet *s, const struct table *t, size_t row)
{
	struct table *one = one_row(t, row);
	long owed = s->owed;
	forget_anchor(s);
	s->owed = owed;
	s->after = one;
	s->at_top = false;
}

/* After a page read backwards the window starts at its first row: the anchor is the row before. It is
 * not known, so the first row itself is dropped and serves as the anchor. */
static void settle_backward(struct sheet *s, struct table *t)
{
	bool is_whole = t->n_rows < SHEET_WINDOW, was_end = s->want_end;
	reverse_rows(t);
	if (is_whole || t->n_rows == 0) {
		forget_anchor(s);
		s->at_end = was_end;
		return;
	}
	set_anchor(s, t, 0);
	memmove(t->cells, t->cells + t->n_cols, sizeof *t->cells * t->n_cols * (t->n_rows - 1));
	t->n_rows--;
	s->at_end = was_end;
}

/* --- a row that is wanted and lies outside the window: asked for by its key, then the window is put around it --- */

static void ask_place(struct sheet *s)
{
	struct err e;
	struct filter *f;
	struct buf text = BUF_EMPTY, sql = BUF_EMPTY;
	size_t n;
	struct filter_col *cols = view_filter_cols(s->view, &n);
	buf_addf(&text, "%s=\"%s\" %s", s->view->row_key, sheet_wanted(s),
	         s->filter ? s->filter_text : ""); /* what the filter hides is no place to go to */
	f = filter_parse(buf_str(&text), cols, n, &e);
	struct page p = {
		.sort = s->sort[0] ? s->sort : NULL, .is_desc = s->is_desc, .filter = f, .limit = 1
	};
	if (f && page_select(&sql, s->view, &s->args, &p, &e))
		ask_text(s->place_ask, s->view->name, buf_str(&sql), sql.len, 1);
	else
		s->seek[0] = 0;
	filter_free(f);
	free(cols);
	buf_free(&text);
	buf_free(&sql);
}

static void got_place(void *owner, struct table *t, const struct err *e)
{
	struct sheet *s = owner;
	const char *key = e ? NULL : table_get(t, 0, s->view->row_key);
	if (e) return;
	if (!t->n_rows || !s->is_paged || !key || strcmp(key, sheet_wanted(s)) != 0)
		s->seek[0] = 0; /* there is no such row any more; one that is followed may come back */
	else {
		set_anchor(s, t, 0);
		s->want_back = s->is_placing = true;
		ask_anew(s);
	}
	table_free(t);
}

/* The rows before the wanted one are here: from their end the window slides over it. False: it is asked for. */
static bool keep_placing(struct sheet *s)
{
	bool was_placing = s->is_placing;
	s->is_placing = false;
	if (strcmp(s->rows.key, sheet_wanted(s)) == 0) return true;
	if (!was_placing) {
		int64_t now = clock_mono_ms();
		if (!ask_is_busy(s->place_ask) && now >= s->place_at_ms)
			ask_place(s), s->place_at_ms = now + PLACE_MS;
		return true;
	}
	if (s->n) rows_to(&s->rows, s->n - 1, sheet_key_at, s);
	if (!s->at_top) return true;
	ask_rows(s);
	return false;
}

/* The rest of the way past the window's edge. What a reading of the same window cannot give is gone when the next is here. */
static void go_on(struct sheet *s)
{
	long from = (long)s->rows.cursor;
	if (!s->owed) return;
	rows_move(&s->rows, s->owed, sheet_key_at, s);
	s->owed -= (long)s->rows.cursor - from;
	if (s->owed > 0 ? s->at_end : s->at_top) s->owed = 0;
}

static void got_rows(void *owner, struct table *t, const struct err *e)
{
	struct sheet *s = owner;
	int64_t now = clock_mono_ms(), took = now - s->sent_ms;
	s->rest_until_ms = took > SHEET_SLOW_MS / 4 ? now + (took < 6000 ? took * 10 : 60000) : 0;
	if (e && e->code == ERR_CANCELLED && s->again) {
		s->again = false;
		ask_rows(s);
		return;
	}
	if (e && e->code == ERR_CANCELLED && s->is_stopped) {
		err_set(&s->error, ERR_CANCELLED, "stopped; R reads it, < and > order by another column");
		nav_dirty(s->nav);
		return;
	}
	if (e) {
		s->error = *e;
		nav_dirty(s->nav);
		return;
	}
	err_clear(&s->error);
	s->other_since_ms = 0;
	if (!s->is_paged && t->n_rows > SHEET_LOCAL) { /* too many to hold: from now on a window */
		s->is_paged = true;
		if (s->filter) { /* of these rows it says nothing */
			table_free(t);
			ask_rows(s);
			return;
		}
		t->n_rows = SHEET_WINDOW;
		ask_count(s);
	}
	if (s->is_paged) {
		bool to_end = s->want_end;
		if (s->want_end || s->want_back)
			settle_backward(s, t);
		else
			s->at_end = t->n_rows < SHEET_WINDOW;
		s->want_end = s->want_back = false;
		table_free(s->t);
		s->t = t;
		sheet_arrange(s);
		if (to_end && s->n) rows_to(&s->rows, s->n - 1, sheet_key_at, s);
		go_on(s);
		if (sheet_wanted(s)[0] && !keep_placing(s)) return;
		sheet_slide(s); /* the cursor may have moved on meanwhile */
		return;
	}
	table_free(s->t);
	s->t = t;
	s->at_end = true;
	sheet_arrange(s);
}

static void got_count(void *owner, struct table *t, const struct err *e)
{
	struct sheet *s = owner;
	if (!e) {
		s->total = table_int(t, 0, "n", -1);
		s->has_total = s->total >= 0;
		s->is_uncounted = false;
		int64_t now = clock_mono_ms(), took = now - s->count_sent_ms;
		s->count_at_ms = now + (took < 200 ? 10000 : took * 50);
		nav_dirty(s->nav);
	} else if (e->code != ERR_CANCELLED) { /* too many to count while one waits */
		s->is_uncounted = true;
		s->count_at_ms = clock_mono_ms() + 60000;
	}
	table_free(t);
}

/* --- what the operator does --- */

static void restart_window(struct sheet *s)
{
	forget_anchor(s);
	s->has_total = s->is_uncounted = false;
	s->count_at_ms = 0;
	ask_anew(s);
}

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

bool sheet_filter(struct sheet *s, const char *text, struct err *e)
{
	size_t n;
	struct filter_col *cols = view_filter_cols(s->view, &n);
	struct filter *f = filter_parse(text, cols, n, e);
	free(cols);
	if (!f) return false;
	filter_free(s->filter);
	s->filter = filter_is_empty(f) ? NULL : f;
	if (!s->filter)
		filter_free(f);
	else
		sheet_seek_text(s, text, NULL);
	snprintf(s->filter_text, sizeof s->filter_text, "%s", text);
	if (s->is_paged)
		restart_window(s);
	else
		sheet_arrange(s);
	return true;
}

void sheet_stand(struct sheet *s, const char *key, size_t top)
{
	s->seek[0] = 0;
	if (s->follow[0]) return;
	s->rows.top = top;
	if (rows_find_key(&s->rows, key, sheet_key_at, s) && !s->is_paged) return;
	rows_to(&s->rows, 0, sheet_key_at, s);
	if (!s->is_paged && s->n) return;
	s->rows.key[0] = 0; /* its rows are still to come: they are asked whether it is among them */
	snprintf(s->seek, sizeof s->seek, "%s", key);
	s->place_at_ms = 0;
}

bool sheet_sort(struct sheet *s, const char *col, bool is_desc)
{
	const struct col *by = col ? view_col(s->view, col) : NULL;
	if (col && !by) return false;
	/* the declaration's name: what was passed may be the sheet's own copy of it */
	snprintf(s->sort, sizeof s->sort, "%s", by ? by->name : "");
	s->is_desc = is_desc;
	if (s->is_paged)
		restart_window(s);
	else
		sheet_arrange(s);
	return true;
}

/* In a window, coming near an edge slides it; the cursor's row stays where it is. */
enum reaction sheet_slide(struct sheet *s)
{
	if (!s->is_paged || ask_is_busy(s->ask) || !s->n) return R_DRAW;
	size_t c = s->rows.cursor,
	       near = 40 + (s->rows.height < 50 ? 2 * s->rows.height : 100); /* two pages ahead */
	if (!s->at_end && c + near > s->n) {
		size_t from = c > 150 ? c - 150 : 0;
		if (from > 0) {
			set_anchor(s, s->t, s->order[from]);
			ask_rows(s);
		}
	} else if (!s->at_top && c < near) {
		size_t to = c + 200 < s->n ? c + 200 : s->n - 1;
		set_anchor(s, s->t, s->order[to]);
		s->want_back = true;
		ask_rows(s);
	}
	return R_DRAW;
}

enum reaction sheet_go_end(struct sheet *s)
{
	if (s->is_paged && !s->at_end) {
		forget_anchor(s);
		s->want_end = true;
		s->at_top = false;
		ask_anew(s);
		return R_DRAW;
	}
	rows_to(&s->rows, s->n ? s->n - 1 : 0, sheet_key_at, s);
	return R_DRAW;
}

enum reaction sheet_go_top(struct sheet *s)
{
	if (s->is_paged && !s->at_top) {
		forget_anchor(s);
		ask_anew(s);
	}
	rows_to(&s->rows, 0, sheet_key_at, s);
	return R_DRAW;
}
