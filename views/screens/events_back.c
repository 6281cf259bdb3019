/* events_back.c - what the tables keep, read back in pages: by span of ids, so that each question is bounded
 * however far apart what matches lies; two sources, merged by time. */
#include "views/screens/events_back.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "sql.h"
#include "views/nav/ask.h"
#include "views/nav/nav.h"
#include "views/screens/events_live.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RETRY_MS = 2000 };
static const struct query *const page_queries[SOURCES] = { &sql_queries_events_stream_page,
	                                                   &sql_queries_events_system_page };
static void step(struct events *e);

/* --- rows --- */

struct table *event_table(void)
{
	struct table *t = table_new(EV_COLS);
	for (int i = 0; i < EV_COLS; i++) {
		t->names[i] = event_columns[i];
		t->types[i] = i == C_AT ? CELL_TIME : i == EV_COLS - 1 ? CELL_JSON : CELL_TEXT;
	}
	t->read_at_mono_ms = clock_mono_ms();
	t->read_at_wall_ms = clock_wall_ms();
	return t;
}

static void event_row(struct table *t, const struct table *from, size_t row, size_t skip_cols)
{
	struct cell *c = table_add_row(t);
	const struct cell *in = from->cells + row * from->n_cols + skip_cols;
	for (int i = 0; i < EV_COLS; i++)
		if (in[i].s) c[i] = (struct cell){ arena_dup(&t->arena, in[i].s, in[i].len), in[i].len };
}

static uint64_t id_at(const struct table *t, size_t row)
{
	return strtoull(t->cells[row * t->n_cols + C_ID].s + 1, NULL, 10);
}

/* A late one stands in the ring, or the page made of it, and again where its id belongs. */
static bool is_there(const struct table *t, size_t n, const char *event_id)
{
	for (size_t i = 0; i < n; i++)
		if (strncmp(t->cells[i * t->n_cols + C_MESSAGE].s ? t->cells[i * t->n_cols + C_MESSAGE].s
		                                                  : "",
		            "LATE ", 5) == 0 &&
		    strcmp(t->cells[i * t->n_cols + C_ID].s, event_id) == 0)
			return true;
	return false;
}

void back_rows(const struct events *e, struct table *t)
{
	bool has_late = tail_stats(e->feed[STREAM].tail).late || tail_stats(e->feed[LOG].tail).late;
	for (int p = 0; p < e->n_pages; p++) {
		const struct table *from = e->pages[p].t;
		size_t before = t->n_rows;
		for (size_t i = 0; i < from->n_rows; i++)
			if (!has_late || !is_there(t, before, from->cells[i * from->n_cols + C_ID].s))
				event_row(t, from, i, 0);
	}
}

/* --- pages --- */

static void end_load(struct load *l)
{
	for (int i = 0; i < SOURCES; i++) {
		table_free(l->rows[i]);
		l->rows[i] = NULL;
	}
	l->is_active = false;
}

void back_forget(struct events *e)
{
	for (int i = 0; i < e->n_pages; i++) table_free(e->pages[i].t);
	e->n_pages = 0;
	e->at_oldest = e->at_newest = false;
	e->is_new = true;
	if (ask_is_busy(e->load.ask)) {
		e->load.is_again = true; /* its answer is no longer wanted */
		ask_cancel(e->load.ask);
	}
	e->load.next_dir = 0;
	end_load(&e->load);
}

/* Nothing was found there: the page beside it speaks of that span too. */
static bool widen(struct events *e, const struct page *p, bool is_first)
{
	if (p->t->n_rows || !e->n_pages) return false;
	struct page *beside = &e->pages[is_first ? 0 : e->n_pages - 1];
	memcpy(is_first ? beside->hi : beside->lo, is_first ? p->hi : p->lo, sizeof beside->hi);
	table_free(p->t);
	return true;
}

static void put_page(struct events *e, const struct page *p, bool is_first)
{
	if (widen(e, p, is_first)) return;
	if (is_first) memmove(e->pages + 1, e->pages, sizeof e->pages[0] * (size_t)e->n_pages);
	e->pages[is_first ? 0 : e->n_pages] = *p;
	if (++e->n_pages <= EV_PAGES) return;
	int gone = is_first ? e->n_pages - 1 : 0; /* the far end of the window */
	if (e->is_following) return;
	table_free(e->pages[gone].t);
	e->n_pages--;
	if (gone == 0) {
		memmove(e->pages, e->pages + 1, sizeof e->pages[0] * (size_t)e->n_pages);
		e->at_newest = false;
	} else
		e->at_oldest = false;
}

void back_stand(struct events *e)
{
	struct page p = { .t = event_table() };
	live_rows(e, p.t);
	for (int i = 0; i < SOURCES; i++) {
		p.lo[i] = e->feed[i].low;
		p.hi[i] = tail_high(e->feed[i].tail);
	}
	memcpy(e->stood_hi, p.hi, sizeof e->stood_hi);
	put_page(e, &p, true);
	e->at_newest = true;
}

/* --- a load: bounds, then spans of either source until each has a page or an end, then the merge --- */

static void take(struct load *l, int which, const struct table *t)
{
	if (!l->rows[which]) l->rows[which] = event_table();
	for (size_t i = 0; i < t->n_rows; i++) event_row(l->rows[which], t, i, 1);
}

/* How many rows of each source make the page: the EV_PAGE nearest in time. */
static void merge(struct load *l, struct table *out, size_t used[SOURCES])
{
	memset(used, 0, sizeof(size_t) * SOURCES);
	while (out->n_rows < EV_PAGE) {
		const char *at[SOURCES];
		for (int i = 0; i < SOURCES; i++) {
			const struct table *t = l->rows[i];
			at[i] = t && used[i] < t->n_rows ? t->cells[used[i] * t->n_cols + C_AT].s : NULL;
		}
		if (!at[STREAM] && !at[LOG]) return;
		int later = at[STREAM] && at[LOG] ? strcmp(at[LOG], at[STREAM]) : 0; /* is the log's? */
		int c = !at[STREAM] ? 1 : !at[LOG] ? -1 : l->dir < 0 ? later : -later;
		int i = c > 0 || (c == 0 && l->dir < 0) ? LOG : STREAM;
		event_row(out, l->rows[i], used[i]++, 0);
	}
}

static void reverse(struct table *t)
{
	for (size_t i = 0, j = t->n_rows; i + 1 < j; i++)
		for (size_t c = (j--, 0); c < t->n_cols; c++) {
			struct cell tmp = t->cells[i * t->n_cols + c];
			t->cells[i * t->n_cols + c] = t->cells[j * t->n_cols + c];
			t->cells[j * t->n_cols + c] = tmp;
		}
}

static void finish(struct events *e)
{
	struct load *l = &e->load;
	struct page p = { .t = event_table() };
	size_t used[SOURCES];
	bool is_end = true;
	merge(l, p.t, used);
	for (int i = 0; i < SOURCES; i++) {
		size_t n = l->rows[i] ? l->rows[i]->n_rows : 0;
		uint64_t edge = l->scanned[i]; /* the first id that the page does not speak of */
		if (used[i] < n) {
			edge = used[i] ? id_at(l->rows[i], used[i] - 1) : l->from[i];
			if (used[i]) edge = l->dir < 0 ? edge - 1 : edge + 1;
			is_end = false;
		} else if (l->dir < 0 ? l->scanned[i] >= l->oldest[i] && l->oldest[i]
		                      : l->scanned[i] <= l->newest[i])
			is_end = false;
		p.lo[i] = l->dir < 0 ? edge + 1 : l->from[i];
		p.hi[i] = l->dir < 0 ? l->from[i] : edge - 1;
	}
	if (l->dir > 0) reverse(p.t);
	if (l->dir < 0 && !e->has_counted) live_count(e, p.t);
	e->has_counted = true;
	bool is_older = l->dir < 0;
	end_load(l);
	put_page(e, &p, !is_older);
	if (is_older && is_end) e->at_oldest = true;
	if (!is_older && is_end) e->at_newest = true;
	e->is_new = e->is_asked = true;
	nav_dirty(e->base.nav);
}

static bool ask_span(struct events *e)
{
	struct load *l = &e->load;
	struct err why;
	int w = l->which;
	uint64_t lo, hi;
	if (l->dir < 0) {
		hi = l->scanned[w];
		lo = hi > l->oldest[w] + EV_CHUNK ? hi - EV_CHUNK + 1 : l->oldest[w];
	} else {
		lo = l->scanned[w];
		hi = l->newest[w] > lo + EV_CHUNK ? lo + EV_CHUNK - 1 : l->newest[w];
	}
	struct arg args[] = { arg_int("lo", (int64_t)lo), arg_int("hi", (int64_t)hi),
		              arg_str("at", view_args_get(&e->base.args, "at")) };
	struct compose c = { .query = page_queries[w],
		             .args = args,
		             .n_args = ARRAY_LEN(args),
		             .filter = e->filter,
		             .key = "seq",
		             .is_backward = l->dir < 0,
		             .limit = EV_PAGE };
	struct buf sql = BUF_EMPTY;
	bool ok =
	        compose_select(&sql, &c, &why) && ask_text(l->ask, "events", buf_str(&sql), sql.len, EV_PAGE);
	buf_free(&sql);
	return ok;
}

/* What a span's answer means: so far has been looked at. */
static void took_span(struct load *l, const struct table *t)
{
	int w = l->which;
	uint64_t was = l->scanned[w];
	take(l, w, t);
	if (t->n_rows == EV_PAGE) {
		uint64_t last = id_at(l->rows[w], l->rows[w]->n_rows - 1);
		l->scanned[w] = l->dir < 0 ? last - 1 : last + 1;
	} else if (l->dir < 0)
		l->scanned[w] = was > l->oldest[w] + EV_CHUNK ? was - EV_CHUNK : l->oldest[w] - 1;
	else
		l->scanned[w] = l->newest[w] > was + EV_CHUNK ? was + EV_CHUNK : l->newest[w] + 1;
	l->looked_at += l->dir < 0 ? was - l->scanned[w] : l->scanned[w] - was;
	if (l->rows[w]->n_rows >= EV_PAGE) l->is_done[w] = true;
}

static void step(struct events *e)
{
	struct load *l = &e->load;
	for (l->which = 0; l->which < SOURCES; l->which++) {
		int w = l->which;
		bool is_end = !l->newest[w] ||
		              (l->dir < 0 ? l->scanned[w] < l->oldest[w] : l->scanned[w] > l->newest[w]);
		if (l->is_done[w] || is_end) continue;
		if (!ask_span(e)) end_load(l);
		return;
	}
	finish(e);
}

/* Where the window ends: the first id beyond it, older or newer, of each source. */
static void place(struct events *e, const struct table *t)
{
	struct load *l = &e->load;
	static const char *const names[SOURCES][2] = { { "stream_oldest", "stream_newest" },
		                                       { "system_oldest", "system_newest" } };
	for (int i = 0; i < SOURCES; i++) {
		l->oldest[i] = strtoull(table_get(t, 0, names[i][0]), NULL, 10);
		l->newest[i] = strtoull(table_get(t, 0, names[i][1]), NULL, 10);
		if (l->dir > 0 && e->stood_hi[i] && e->stood_hi[i] < l->newest[i])
			l->newest[i] = e->stood_hi[i];
		if (l->dir < 0 && e->n_pages)
			l->from[i] = e->pages[e->n_pages - 1].lo[i] - 1;
		else if (l->dir < 0)
			l->from[i] = e->is_following ? e->feed[i].low - 1 : l->newest[i];
		else
			l->from[i] = e->n_pages ? e->pages[0].hi[i] + 1 : l->oldest[i];
		l->scanned[i] = l->from[i];
	}
}

static void got(void *owner, struct table *t, const struct err *why)
{
	struct events *e = owner;
	struct load *l = &e->load;
	bool is_bounds = !why && table_col(t, "stream_oldest") >= 0;
	if (l->is_again || !l->is_active) {
		int next = l->is_again ? l->next_dir : 0;
		l->is_again = false;
		l->next_dir = 0;
		table_free(t);
		if (next) back_load(e, next);
		return;
	}
	if (why) {
		l->error = *why;
		l->retry_ms = clock_mono_ms() + RETRY_MS;
		end_load(l);
		return;
	}
	l->error.code = 0;
	if (is_bounds)
		place(e, t);
	else
		took_span(l, t);
	table_free(t);
	step(e);
}

void back_load(struct events *e, int dir)
{
	struct load *l = &e->load;
	if (l->is_again) l->next_dir = dir;
	if (l->is_active || ask_is_busy(l->ask) || clock_mono_ms() < l->retry_ms) return;
	if (dir < 0 ? e->at_oldest : e->at_newest) return;
	end_load(l);
	l->is_active = true;
	l->dir = dir;
	l->looked_at = 0;
	l->is_done[STREAM] = l->is_done[LOG] = false;
	if (!ask_query(l->ask, &sql_queries_events_bounds, NULL)) end_load(l);
}

void back_open(struct events *e) { e->load.ask = ask_new(e->base.nav, e, got); }

void back_close(struct events *e)
{
	for (int i = 0; i < e->n_pages; i++) table_free(e->pages[i].t);
	e->n_pages = 0;
	end_load(&e->load);
	ask_free(e->load.ask);
	filter_free(e->filter);
}
