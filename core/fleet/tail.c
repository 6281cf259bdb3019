/* tail.c - the questions of a tail, one after the other: where to stand, what is new, the gaps, the probe. */
#include "core/fleet/tail.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/db/db.h"
#include "core/fleet/cursor.h"
#include "sql.h"
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum { BATCH = 2000, GAPS_A_TURN = 500, PROBES_A_TURN = 8, HISTORY_MS = 5000, START_WINDOW = 1000 };
enum step { AT_BOUNDS, AT_NEW, AT_GAPS, AT_PROBE, AT_HISTORY };
struct tail {
	uv_timer_t timer;
	struct db *db;
	struct tail_opts o;
	char *from;
	struct cursor c;
	enum step step;
	bool is_placed, is_waiting, is_closed, is_timer_closed, is_full, has_stopped, probe_one, is_live;
	uint64_t probe_lo, probe_hi;
	size_t probe_at, probes_left;
	int64_t next_history_ms;
	uint64_t events, late;
};

static void turn(struct tail *t);

/* A closed tail goes when both its timer is closed and the answer that was due has come. */
static void release(struct tail *t)
{
	if (t->is_waiting || !t->is_timer_closed) return;
	cursor_free(&t->c);
	free(t->from);
	free(t);
}

static void on_timer_closed(uv_handle_t *h)
{
	struct tail *t = h->data;
	t->is_timer_closed = true;
	release(t);
}

static void on_timer(uv_timer_t *h) { turn(h->data); }
static void later(struct tail *t, unsigned ms) { uv_timer_start(&t->timer, on_timer, ms, 0); }

static void stop(struct tail *t, enum err_code code, const char *why)
{
	struct err e;
	t->has_stopped = true;
	err_set(&e, code, "%s", why);
	t->o.on_error(t->o.ctx, &e, true);
}

/* --- rows --- */

static void deliver(struct tail *t, const struct table *rows)
{
	int64_t now = clock_mono_ms();
	for (size_t i = 0; i < rows->n_rows && !t->is_closed; i++) {
		const char *id = table_get(rows, i, "id");
		struct tail_event ev = {
			.id = strtoull(id, NULL, 10),
			.client_id = table_get(rows, i, "client_id"),
			.event_type = table_get(rows, i, "event_type"),
			.event_data = table_get(rows, i, "event_data"),
			.created_at = table_get(rows, i, "created_at"),
		};
		if (!cursor_take(&t->c, ev.id, now, &ev.is_late)) continue;
		t->events++;
		t->late += ev.is_late;
		t->o.on_event(t->o.ctx, &ev);
	}
}

/* --- where to stand --- */

/* "now": at the newest, with what is missing among the last ids as gaps (they may be in flight). */
static void place(struct tail *t, const struct table *rows)
{
	uint64_t oldest = strtoull(table_get(rows, 0, "oldest"), NULL, 10),
	         newest = strtoull(table_get(rows, 0, "newest"), NULL, 10);
	uint64_t next = strtoull(table_get(rows, 0, "next_id"), NULL, 10);
	struct err e;
	t->is_placed = true;
	if (strcmp(t->from, "start") == 0)
		t->c.high = oldest ? oldest - 1 : newest;
	else if (strcmp(t->from, "now") == 0) {
		bool is_late;
		t->c.high = newest > START_WINDOW ? newest - START_WINDOW : 0;
		for (size_t i = 0; i < rows->n_rows; i++) {
			const char *id = table_get(rows, i, "id");
			if (id) cursor_take(&t->c, strtoull(id, NULL, 10), clock_mono_ms(), &is_late);
		}
		if (t->c.high < newest) t->c.high = newest;
	} else {
		cursor_parse(&t->c, t->from, clock_mono_ms(), &e); /* checked at the start */
		if (next && t->c.high >= next)
			stop(t, ERR_CONFLICT,
			     "history changed: the table's ids are below the cursor; it is another database "
			     "or an older copy");
		else if (oldest > t->c.high + 1 && t->o.on_purged)
			t->o.on_purged(t->o.ctx, t->c.high + 1, oldest - 1);
		if (oldest > t->c.high + 1) t->c.high = oldest - 1;
	}
}

/* --- the questions --- */

static void answered(void *ctx, struct table *rows, const struct err *e);

static void ask(struct tail *t, const struct query *q, const struct arg *args, size_t n)
{
	struct db_opts o = { .max_rows = BATCH * 4, .deadline_ms = 10000 };
	t->is_waiting = true;
	db_submit(t->db, q, args, n, &o, answered, t);
}

static void ask_gaps(struct tail *t, const struct query *q, bool open_only, size_t skip, size_t max)
{
	struct buf json = BUF_EMPTY;
	cursor_json(&t->c, open_only, skip, max, &json);
	struct arg gaps = arg_strn("gaps", buf_str(&json), json.len);
	ask(t, q, &gaps, 1);
	buf_free(&json);
}

/* The span that the next probe speaks of: all open gaps at once, or, after that met a transaction, one. */
static void ask_probe(struct tail *t)
{
	size_t seen = 0, i = 0;
	if (t->probe_one)
		for (; i < t->c.n; i++)
			if (!t->c.gaps[i].is_closed && seen++ == t->probe_at) break;
	t->probe_lo = t->probe_one && i < t->c.n ? t->c.gaps[i].lo : 1;
	t->probe_hi = t->probe_one && i < t->c.n ? t->c.gaps[i].hi : t->c.high;
	ask_gaps(t, &sql_queries_tail_probe, true, t->probe_one ? t->probe_at : 0,
	         t->probe_one ? 1 : GAPS_A_TURN);
}

static void turn(struct tail *t)
{
	struct arg args[] = { arg_int("after", (int64_t)t->c.high), arg_int("batch", BATCH) };
	if (t->is_closed || t->has_stopped || t->is_waiting) return;
	if (!t->is_placed) {
		struct arg window = arg_int("window", START_WINDOW);
		t->step = AT_BOUNDS;
		ask(t, &sql_queries_tail_bounds, &window, 1);
		return;
	}
	t->step = AT_NEW;
	ask(t, &sql_queries_tail_new, args, 2);
}

static void end_turn(struct tail *t)
{
	cursor_forget(&t->c, clock_mono_ms() - (t->o.watch_ms ? t->o.watch_ms : 120000));
	t->is_live = !t->is_full;
	if (t->o.on_turn) t->o.on_turn(t->o.ctx);
	if (!t->is_closed && !t->has_stopped) later(t, t->is_full ? 0 : t->o.poll_ms ? t->o.poll_ms : 200);
}

static void next_step(struct tail *t)
{
	if (t->step == AT_NEW && t->c.n) {
		t->step = AT_GAPS;
		ask_gaps(t, &sql_queries_tail_gaps, false, 0, GAPS_A_TURN);
		return;
	}
	if (t->step == AT_GAPS && cursor_open(&t->c)) {
		t->step = AT_PROBE;
		t->probe_one = false;
		t->probes_left = PROBES_A_TURN;
		ask_probe(t);
		return;
	}
	if (t->step == AT_PROBE && t->probe_one && t->probes_left && t->probe_at < cursor_open(&t->c)) {
		ask_probe(t);
		return;
	}
	if (t->step != AT_HISTORY && clock_mono_ms() >= t->next_history_ms) {
		t->step = AT_HISTORY;
		t->next_history_ms = clock_mono_ms() + HISTORY_MS;
		ask(t, &sql_queries_tail_history, NULL, 0);
		return;
	}
	end_turn(t);
}

/* 1205: somebody's transaction holds a row in the gaps. Then each is asked for by itself, some a turn. */
static void probed(struct tail *t, bool is_free)
{
	if (is_free) cursor_close(&t->c, t->probe_lo, t->probe_hi);
	if (t->probe_one) {
		t->probes_left--;
		if (!is_free) t->probe_at++;
	} else if (!is_free) {
		t->probe_one = true;
		if (t->probe_at >= cursor_open(&t->c)) t->probe_at = 0;
	}
}

static bool is_locked(const struct err *e) { return e->sql_errno == 1205 || e->sql_errno == 1213; }

static void answered(void *ctx, struct table *rows, const struct err *e)
{
	struct tail *t = ctx;
	t->is_waiting = false;
	if (t->is_closed) {
		table_free(rows);
		release(t);
		return;
	}
	if (t->step == AT_PROBE && (!e || is_locked(e)))
		probed(t, !e);
	else if (e) {
		t->o.on_error(t->o.ctx, e, false);
		t->is_live = false;
		if (!t->is_closed) later(t, 1000);
		return;
	} else if (t->step == AT_BOUNDS) {
		place(t, rows);
		table_free(rows);
		if (!t->is_closed && !t->has_stopped) later(t, 0);
		return;
	} else if (t->step == AT_HISTORY) {
		const char *next = table_get(rows, 0, "next_id");
		if (next && strtoull(next, NULL, 10) <= t->c.high)
			stop(t, ERR_CONFLICT,
			     "history changed: the table's ids went back; it was emptied or restored from an "
			     "older copy");
	} else {
		if (t->step == AT_NEW) t->is_full = rows->n_rows == BATCH;
		deliver(t, rows);
	}
	table_free(rows);
	if (!t->is_closed && !t->has_stopped) next_step(t);
}

/* --- life --- */

bool tail_open(struct uv_loop_s *loop, struct db *read, const struct tail_opts *o, struct tail **out,
               struct err *e)
{
	struct cursor check = { 0 };
	const char *from = o->from ? o->from : "now";
	if (strcmp(from, "now") != 0 && strcmp(from, "start") != 0 && !cursor_parse(&check, from, 0, e))
		return false;
	cursor_free(&check);
	struct tail *t = mem_alloc(sizeof *t);
	t->db = read;
	t->o = *o;
	t->from = mem_dup(from);
	t->next_history_ms = clock_mono_ms() + HISTORY_MS;
	uv_timer_init(loop, &t->timer);
	t->timer.data = t;
	later(t, 0);
	*out = t;
	return true;
}

void tail_cursor(const struct tail *t, struct buf *out) { cursor_format(&t->c, out); }

struct tail_stats tail_stats(const struct tail *t)
{
	size_t open = cursor_open(&t->c);
	return (struct tail_stats){ .events = t->events,
		                    .late = t->late,
		                    .open_gaps = open,
		                    .watched_gaps = t->c.n - open,
		                    .is_live = t->is_live };
}

void tail_close(struct tail *t)
{
	if (!t) return;
	t->is_closed = true;
	uv_timer_stop(&t->timer);
	uv_close((uv_handle_t *)&t->timer, on_timer_closed);
}
