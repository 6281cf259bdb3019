/* sheet_paint.c - a sheet on the grid: column heads, the visible rows, why there are none. */
#include "views/table/sheet_paint.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/fmt.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "tui/layout.h"
#include "views/model/page.h"
#include "views/nav/ask.h"
#include "views/nav/links.h"
#include "views/nav/nav.h"
#include "views/table/sheet.h"
#include "views/table/sheet_rows.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_COLS = 48, NARROW = 60, MESSAGE_FITS = 100 };

static size_t shown_cols(const struct sheet *s, struct layout_col *lc, const struct col **cols, int width)
{
	size_t n = 0;
	char list[sizeof s->columns], *rest = list;
	snprintf(list, sizeof list, "%s", s->columns);
	for (size_t i = 0; n < MAX_COLS; i++) {
		const struct col *c;
		if (s->columns[0]) {
			const char *name = strsep(&rest, ",");
			if (!name) break;
			c = view_col(s->view, name);
		} else {
			if (i == s->view->n_cols) break;
			c = &s->view->cols[i];
			if (c->is_hidden && !nav_has(s->nav, NAV_WIDE)) continue;
		}
		if (!c) continue;
		cols[n] = c;
		int head = (int)strlen(c->header) + (strcmp(c->name, s->sort) == 0); /* the arrow */
		lc[n] = (struct layout_col){ .min = c->min > head ? c->min : head,
			                     .want = c->want ? c->want : c->min,
			                     .flex = c->flex,
			                     .rank = c->rank };
		if (width < NARROW && c->as == AS_TIME && lc[n].min > 8 && head <= 8)
			lc[n].min = 8, lc[n].want = 8; /* cell_narrow leaves out the month */
		if (lc[n].want < lc[n].min) lc[n].want = lc[n].min;
		n++;
	}
	if (nav_has(s->nav, NAV_WIDE))
		layout_scrolled(lc, (int)n, width, width < NARROW ? 1 : 2, s->skip_cols);
	else
		layout_columns(lc, (int)n, width, width < NARROW ? 1 : 2, s->skip_cols);
	return n;
}

static void paint_heads(struct sheet *s, struct grid *g, struct rect r, const struct layout_col *lc,
                        const struct col **cols, size_t n)
{
	grid_fill(g, r.y, r.x, r.w, ST_HEADER, ' ');
	for (size_t i = 0; i < n; i++) {
		if (!lc[i].width) continue;
		bool is_sorted = strcmp(cols[i]->name, s->sort) == 0;
		char head[64];
		const char *arrow = !is_sorted    ? ""
		                    : g->is_ascii ? (s->is_desc ? "v" : "^")
		                                  : (s->is_desc ? "▾" : "▴");
		snprintf(head, sizeof head, "%s%s", cols[i]->header, arrow);
		enum style st = strcmp(cols[i]->name, s->col_at) == 0 ? ST_INPUT : ST_HEADER;
		if (cell_is_right(cols[i]))
			grid_right(g, r.y, r.x + lc[i].x, lc[i].width, st, head);
		else
			grid_text(g, r.y, r.x + lc[i].x, lc[i].width, st, head);
	}
}

static void add_cell(const struct sheet *s, size_t row, const struct col *c, struct buf *out)
{
	struct cell_env env = nav_env(s->nav);
	int col = table_col(s->t, c->name);
	if (col < 0) return;
	const char *v = s->t->cells[row * s->t->n_cols + (size_t)col].s;
	/* An age given in seconds was true when it was read; it goes on counting here. */
	if (c->as == AS_SECONDS && v && !nav_is_past(s->nav)) {
		char aged[32];
		snprintf(aged, sizeof aged, "%.1f",
		         strtod(v, NULL) + (double)clock_age_ms(s->t->read_at_mono_ms) / 1000);
		cell_text(out, c, s->t->types[col], aged, &env);
		return;
	}
	cell_text(out, c, s->t->types[col], v, &env);
}

static void paint_row(struct sheet *s, struct grid *g, struct rect r, int y, size_t i,
                      const struct layout_col *lc, const struct col **cols, size_t n)
{
	struct buf text = { .max = 4096 };
	size_t row = s->order[i];
	bool is_marked = rows_is_marked(&s->rows, sheet_key_at(s, i));
	for (size_t k = 0; k < n; k++) {
		if (!lc[k].width) continue;
		buf_cut(&text, 0);
		add_cell(s, row, cols[k], &text);
		cell_narrow(&text, cols[k], (size_t)lc[k].width, g->is_ascii);
		const char *value = table_get(s->t, row, cols[k]->name);
		enum style st = !value ? ST_DIM : cols[k]->style ? cols[k]->style(value) : ST_TEXT;
		if (cell_is_right(cols[k]))
			grid_right(g, y, r.x + lc[k].x, lc[k].width, st, buf_str(&text));
		else
			grid_text(g, y, r.x + lc[k].x, lc[k].width, st, buf_str(&text));
	}
	if (is_marked) {
		grid_mark_row(g, y, r.x, r.w);
		grid_text(g, y, r.x, 1, ST_MARK, "*");
	}
	buf_free(&text);
}

/* --- what the selected row says, in full --- */

/* How many rows stand ready under the list: the same ones whatever row is selected, so that the list does not jump. */
static int message_rows(const struct layout_col *lc, const struct col **cols, size_t n, const struct sheet *s,
                        struct rect r)
{
	int width = 0;
	bool any = false;
	for (size_t i = 0; i < s->view->n_cols; i++) any |= s->view->cols[i].is_message;
	for (size_t i = 0; i < n; i++)
		if (cols[i]->is_message) width = lc[i].width > width ? lc[i].width : width;
	return !any || width >= MESSAGE_FITS             ? 0
	       : r.h >= 12 || (r.h >= 7 && r.w < NARROW) ? 2
	       : r.h >= 7                                ? 1
	                                                 : 0;
}

static void paint_message(struct sheet *s, struct grid *g, struct rect r, int rows)
{
	struct buf text = { .max = 4096 };
	for (size_t i = 0; i < s->view->n_cols; i++) {
		const struct col *c = &s->view->cols[i];
		const char *v = c->is_message ? table_get(s->t, s->order[s->rows.cursor], c->name) : NULL;
		if (!v || !*v) continue;
		if (text.len) buf_addf(&text, "  %s: ", c->header);
		add_cell(s, s->order[s->rows.cursor], c, &text);
	}
	for (int i = 0; i < rows; i++) grid_fill(g, r.y + r.h - rows + i, r.x, r.w, ST_TEXT, ' ');
	grid_wrap(g, r.y + r.h - rows, r.x + 2, r.w - 4, rows, ST_ACCENT, buf_str(&text));
	buf_free(&text);
}

/* Why there is no row: waiting, failed, filtered away or truly none. Unknown never looks like empty. */
static void paint_nothing(struct sheet *s, struct grid *g, struct rect r)
{
	int y = r.y + 1 + (r.h > 6 ? 1 : 0);
	if (s->error.code)
		grid_textf(g, y, r.x + 2, r.w - 4, ST_WARN, "not read: %s", s->error.text);
	else if (!s->t || s->other_since_ms) {
		int64_t since = ask_since(s->ask);
		if (since && clock_mono_ms() - since > 300)
			grid_textf(g, y, r.x + 2, r.w - 4, ST_DIM, "reading for %.1f s; Esc stops it",
			           (double)(clock_mono_ms() - since) / 1000);
		else
			grid_text(g, y, r.x + 2, r.w - 4, ST_DIM,
			          nav_is_stale(s->nav) ? "not known: no database" : "reading");
	} else if (s->filter || s->faults_only)
		grid_textf(g, y, r.x + 2, r.w - 4, ST_DIM, "none of %s matches %s; Esc clears it",
		           COUNTED(s->t->n_rows, "row", "rows"),
		           s->filter ? s->filter_text : "\"faults only\"");
	else
		grid_wrap(g, y, r.x + 2, r.w - 4, r.y + r.h - y, ST_DIM,
		          s->view->empty ? s->view->empty : "no rows");
}

/* What takes long says so, why, and how to be rid of it. */
static void paint_wait(const struct sheet *s, struct grid *g, struct rect r)
{
	double seconds = sheet_waits(s);
	if (seconds <= 0) return;
	const char *why = s->filter                                    ? "this filter reads every row"
	                  : page_is_fast(s->view, s->sort, s->is_desc) ? "the database is busy"
	                                                               : "no index has this order";
	grid_fill(g, r.y + r.h - 1, r.x, r.w, ST_TEXT, ' ');
	grid_textf(g, r.y + r.h - 1, r.x + 2, r.w - 4, ST_INFO, "reading for %.0f s: %s; Esc stops it",
	           seconds, why);
}

void sheet_paint(struct sheet *s, struct grid *g, struct rect r, bool is_focused)
{
	struct layout_col lc[MAX_COLS];
	const struct col *cols[MAX_COLS];
	s->at = r;
	if (r.h < 2) return;
	size_t n = shown_cols(s, lc, cols, r.w - 2);
	for (size_t i = 0; i < n; i++) lc[i].x += 2; /* the marks' gutter */
	paint_heads(s, g, r, lc, cols, n);
	int below = message_rows(lc, cols, n, s, r);
	rows_set_height(&s->rows, (size_t)(r.h - 1 - below));
	if (!s->n || nav_is_of_other_time(s->other_since_ms)) {
		paint_nothing(s, g, r);
		return;
	}
	for (size_t i = s->rows.top; i < s->n && i - s->rows.top < s->rows.height; i++) {
		int y = r.y + 1 + (int)(i - s->rows.top);
		paint_row(s, g, r, y, i, lc, cols, n);
		if (i == s->rows.cursor && is_focused) {
			grid_cursor_row(g, y, r.x, r.w);
			g->cur_y = y;
			g->cur_x = r.x;
		}
	}
	if (below) paint_message(s, g, r, below);
	paint_wait(s, g, r);
	if (s->error.code) {
		grid_fill(g, r.y + r.h - 1, r.x, r.w, ST_TEXT, ' ');
		grid_textf(g, r.y + r.h - 1, r.x + 2, r.w - 4, ST_WARN, "not refreshed: %s", s->error.text);
	}
	if (nav_is_stale(s->nav)) grid_dim(g, r.y + 1, r.y + r.h);
}

int sheet_click(struct sheet *s, int y, int x)
{
	struct layout_col lc[MAX_COLS];
	const struct col *cols[MAX_COLS];
	struct rect r = s->at;
	if (y < r.y || y >= r.y + r.h || x < r.x || x >= r.x + r.w) return 0;
	if (y == r.y) {
		size_t n = shown_cols(s, lc, cols, r.w - 2);
		for (size_t i = 0; i < n; i++) {
			int from = r.x + lc[i].x + 2;
			if (!lc[i].width || x < from || x >= from + lc[i].width) continue;
			sheet_sort(s, cols[i]->name, strcmp(cols[i]->name, s->sort) == 0 && !s->is_desc);
			return 1;
		}
		return 0;
	}
	size_t i = s->rows.top + (size_t)(y - r.y - 1);
	if (i >= s->n || i - s->rows.top >= s->rows.height) return 0;
	if (i == s->rows.cursor) return 2;
	rows_to(&s->rows, i, sheet_key_at, s);
	return 1;
}

bool sheet_scroll(struct sheet *s, int by)
{
	struct layout_col lc[MAX_COLS];
	const struct col *cols[MAX_COLS];
	size_t n = shown_cols(s, lc, cols, s->at.w - 2), hidden = 0;
	for (size_t i = (size_t)s->skip_cols + 1; i < n; i++) hidden += !lc[i].width;
	if (by > 0 ? !hidden : !s->skip_cols) return false;
	s->skip_cols += by;
	return true;
}

/* "columns 1, 4 to 9 of 23" where all of them are passed by, "columns 1, 4 on" where only those that fit are shown. */
static void describe_columns(const struct sheet *s, struct buf *out)
{
	struct layout_col lc[MAX_COLS];
	const struct col *cols[MAX_COLS];
	size_t n = shown_cols(s, lc, cols, s->at.w - 2), last = 0;
	for (size_t i = 0; i < n; i++)
		if (lc[i].width) last = i;
	if (nav_has(s->nav, NAV_WIDE) && s->at.w && last) /* the first one stays */
		buf_addf(out, "  columns %s%d to %zu of %zu", s->skip_cols ? "1, " : "",
		         s->skip_cols ? s->skip_cols + 2 : 1, last + 1, n);
	else if (s->skip_cols && s->at.w)
		buf_addf(out, "  columns 1, %d on", s->skip_cols + 2);
}

void sheet_step_column(struct sheet *s, int by)
{
	struct layout_col lc[MAX_COLS];
	const struct col *cols[MAX_COLS];
	int n = (int)shown_cols(s, lc, cols, s->at.w - 2), at = by > 0 ? -1 : n;
	for (int i = 0; i < n; i++)
		if (strcmp(cols[i]->name, s->col_at) == 0) at = i;
	at += by;
	if (at < 0 || at >= n) { /* beyond either end: none is chosen */
		s->col_at[0] = 0;
		nav_dirty(s->nav);
		return;
	}
	snprintf(s->col_at, sizeof s->col_at, "%s", cols[at]->name);
	while (s->skip_cols && (at == 0 || s->skip_cols >= at)) /* scrolled away to the left */
		s->skip_cols--, shown_cols(s, lc, cols, s->at.w - 2);
	while (!lc[at].width && s->skip_cols + 1 < at) s->skip_cols++, shown_cols(s, lc, cols, s->at.w - 2);
	const char *about = cols[at]->about;
	nav_say(s->nav, ST_DIM, "%s: c copies it, O orders by it%s%s", cols[at]->name, about ? "; " : "",
	        about ? about : "");
}

bool sheet_has_column(const struct sheet *s, const char *name)
{
	size_t n = strlen(name);
	for (const char *p = s->columns; (p = strstr(p, name)); p += n)
		if ((p == s->columns || p[-1] == ',') && (!p[n] || p[n] == ',')) return true;
	return false;
}

bool sheet_columns(struct sheet *s, const char *list, struct err *e)
{
	char copy[sizeof s->columns], *rest = copy;
	if (strlen(list) >= sizeof copy) return err_set(e, ERR_USAGE, "too many columns");
	snprintf(copy, sizeof copy, "%s", list);
	for (const char *name; *list && (name = strsep(&rest, ","));)
		if (!view_col(s->view, name))
			return err_set(e, ERR_USAGE, "no column '%s' here; ? lists them", name);
	snprintf(s->columns, sizeof s->columns, "%s", list);
	s->skip_cols = 0;
	nav_dirty(s->nav);
	return true;
}

void sheet_describe(const struct sheet *s, struct buf *out)
{
	char num[32];
	int64_t n;
	if (!s->t) return;
	if (s->is_fed)
		buf_addf(out, "%zu here", s->n);
	else if (s->is_paged) {
		if (sheet_matches(s, &n))
			buf_addf(out, "%s", COUNTED(n, "row", "rows"));
		else if (s->filter)
			buf_adds(out, s->is_uncounted ? "too many to count" : "counting");
		else
			buf_addf(out, "more than %d rows", SHEET_LOCAL);
	} else if (s->n != s->t->n_rows)
		buf_addf(out, "%zu of %zu", s->n, s->t->n_rows);
	else {
		snprintf(num, sizeof num, "%zu", s->n);
		buf_adds(out, num);
	}
	describe_columns(s, out);
	if (s->filter) buf_addf(out, "  filter %s", s->filter_text);
	if (s->faults_only) buf_adds(out, "  faults only");
	if (s->follow[0])
		buf_addf(out, "  following %s%s", s->follow_name,
		         strcmp(s->rows.key, s->follow) == 0 ? "" : " (not here)");
	if (s->rows.has_range) buf_adds(out, "  marking a range");
	if (s->rows.n_marks) {
		size_t hidden = rows_marks_hidden(&s->rows, sheet_key_at, s);
		buf_addf(out, "  %zu marked", s->rows.n_marks);
		if (hidden) buf_addf(out, " (%zu %s)", hidden, s->filter ? "hidden" : "not here");
	}
}
