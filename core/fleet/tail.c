/* tail.c - the questions of a tail, one after the other: where to stand, what is new, the gaps, the probe. */
#include "core/fleet/tail.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/db/db.h"
#include "core/db/rights.h"
#include "core/fleet/cursor.h"
#include "core/fleet/tail_int.h"
#include "sql.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	BATCH = 2000,
	LEAST_BATCH = 16,
	MAX_BATCH_BYTES = 8 << 20,
	GAPS_A_TURN = 500,
	START_WINDOW = 20000, /* how far back a row may be in flight when it begins at "now" */
	WATCH_MS = 120000,
	LONGEST_MS = 900000, /* how long a transaction may live on another server than the one that is read */
	LEAST_PAUSE_MS = 15,
	HISTORY_MS = 5000,
	PROBE_MS = 50,  /* how often at most it is asked whether a gap will stay one */
	ROUND_MS = 100, /* and a slice of the closed ones is read again */
};

static const struct tail_source stream = {
	.fresh = &sql_queries_tail_new,
	.gaps = &sql_queries_tail_gaps,
	.probe = &sql_queries_tail_probe,
	.bounds = &sql_queries_tail_bounds,
	.history = &sql_queries_tail_history,
	.id_col = "id",
	.is_constant = true,
};

static void turn(struct tail *t);

/* A closed tail goes when both its timer is closed and the answer that was due has come. */
static void release(struct tail *t)
{
	if (t->is_waiting || !t->is_timer_closed) return;
	cursor_free(&t->c);
	free(t->from);
	free(t->told);
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

static uint64_t id_of(const struct tail *t, const struct table *rows, size_t i)
{
	const char *id = table_get(rows, i, t->source->id_col);
	return id ? strtoull(id + t->source->id_skip, NULL, 10) : 0;
}

static void deliver(struct tail *t, const struct table *rows)
{
	int64_t now = clock_mono_ms();
	for (size_t i = 0; i < rows->n_rows && !t->is_closed; i++) {
		struct tail_event ev = {
			.id = id_of(t, rows, i),
			.client_id = table_get(rows, i, "client_id"),
			.event_type = table_get(rows, i, "event_type"),
			.event_data = table_get(rows, i, "event_data"),
			.created_at = table_get(rows, i, "created_at"),
			.rows = rows,
			.row = i,
		};
		if (!cursor_take(&t->c, ev.id, now, &ev.is_late)) continue;
		t->events++;
		t->late += ev.is_late;
		if (ev.id == t->c.high && t->source->is_constant) {
			t->last_id = ev.id;
			t->c.sign = t->last_hash = tail_sign(rows, i);
		}
		tail_note_told(t, ev.id, ev.id == t->last_id ? t->last_hash : tail_sign(rows, i));
		t->o.on_event(t->o.ctx, &ev);
	}
}

/* Rows of a megabyte come a few at a time, so that no answer is a gigabyte. */
static void fit_batch(struct tail *t, const struct table *rows)
{
	size_t bytes = 0;
	unsigned most = t->o.batch ? t->o.batch : BATCH;
	for (size_t i = 0; i < rows->n_rows * rows->n_cols; i++) bytes += rows->cells[i].len;
	if (bytes > MAX_BATCH_BYTES)
		t->batch = t->batch / 4 > LEAST_BATCH ? t->batch / 4 : LEAST_BATCH;
	else if (bytes < MAX_BATCH_BYTES / 8)
		t->batch = t->batch * 2 < most ? t->batch * 2 : most;
}

/* A full batch of the newest: what lies between it and the mark is left out. */
static void skip_to(struct tail *t, const struct table *rows)
{
	uint64_t first = id_of(t, rows, 0), from = t->c.high + 1;
	if (first <= from) return;
	t->skipped += first - from;
	t->c.high = first - 1;
	if (t->o.on_skipped) t->o.on_skipped(t->o.ctx, from, first - 1);
}

/* --- where to stand --- */

/* "now": at the newest, with what is missing among the last ids as gaps (they may be in flight). */
static void place_now(struct tail *t, const struct table *rows, uint64_t newest)
{
	bool is_late;
	t->c.high = newest > START_WINDOW ? newest - START_WINDOW : 0;
	for (size_t i = 0; i < rows->n_rows; i++) {
		const char *id = table_get(rows, i, "id");
		if (id) cursor_take(&t->c, strtoull(id, NULL, 10), clock_mono_ms(), &is_late);
	}
	if (t->c.high < newest) t->c.high = newest;
}

static void place_at_cursor(struct tail *t, uint64_t oldest, uint64_t next)
{
	unsigned step = t->c.step;
	struct err e;
	cursor_parse(&t->c, t->from, clock_mono_ms(), &e); /* checked at the start */
	t->c.step = step;
	if (next && t->c.high >= next && db_status(t->db).is_replica) {
		err_set(&e, ERR_TIMEOUT,
		        "this replica server has not got to the cursor yet; it is waited for");
		t->is_placed = false;
		t->o.on_error(t->o.ctx, &e, false);
		return;
	}
	if (next && t->c.high >= next) {
		stop(t, ERR_CONFLICT,
		     "history changed: the table's ids are below the cursor; it is another database "
		     "or an older copy");
		return;
	}
	if (t->c.sign) { /* it is looked whether the row is what it was */
		t->last_id = t->c.high;
		t->last_hash = t->c.sign;
		t->session = 0;
	}
	if (oldest <= t->c.high + 1) return;
	if (t->o.on_purged) t->o.on_purged(t->o.ctx, t->c.high + 1, oldest - 1);
	t->c.high = oldest - 1;
	t->c.sign = 0;
}

static void place(struct tail *t, const struct table *rows)
{
	uint64_t oldest = strtoull(table_get(rows, 0, "oldest"), NULL, 10),
	         newest = strtoull(table_get(rows, 0, "newest"), NULL, 10);
	const char *next = table_get(rows, 0, "next_id");
	t->is_placed = true;
	t->session = t->asked_session;
	t->c.step = (unsigned)table_int(rows, 0, "id_step", 1);
	if (strcmp(t->from, "start") == 0)
		t->c.high = oldest ? oldest - 1 : newest;
	else if (strcmp(t->from, "now") == 0)
		place_now(t, rows, newest);
	else
		place_at_cursor(t, oldest, next ? strtoull(next, NULL, 10) : 0);
}

/* --- the questions --- */

static void answered(void *ctx, struct table *rows, const struct err *e);

static void ask(struct tail *t, const struct query *q, const struct arg *args, size_t n, unsigned session)
{
	struct db_opts o = { .max_rows = START_WINDOW + 1, .deadline_ms = 10000, .session = session };
	t->is_waiting = true;
	t->asked_session = db_status(t->db).n_connects;
	db_submit(t->db, q, args, n, &o, answered, t);
}

static void ask_new(struct tail *t)
{
	struct arg args[] = { arg_int("after", (int64_t)t->c.high), arg_int("batch", t->batch) };
	t->step = AT_NEW;
	ask(t, t->o.may_skip ? t->source->newest : t->source->fresh, args, 2, t->session);
}

/* Another session may be another server's: what was told last has to be there, and be the same. */
static void ask_same(struct tail *t)
{
	char gap[64];
	snprintf(gap, sizeof gap, "[[%llu,%llu]]", (unsigned long long)t->last_id,
	         (unsigned long long)t->last_id);
	struct arg args[] = { arg_str("gaps", gap), arg_int("batch", 1) };
	t->step = AT_SAME;
	t->is_taking_up = true;
	ask(t, t->source->gaps, args, 2, 0);
}

static void ask_history(struct tail *t)
{
	struct arg args[] = { arg_int("mark", (int64_t)t->c.high), arg_int("anchor", (int64_t)t->anchor) };
	t->step = AT_HISTORY;
	t->next_history_ms = clock_mono_ms() + HISTORY_MS;
	t->asked_mark = t->c.high;
	ask(t, t->source->history, args, 2, 0);
}

/* Another history. False: there is nobody to tell what of the old one is in it, or nothing to ask for. */
static bool ask_kept(struct tail *t)
{
	struct buf json = BUF_EMPTY;
	bool ok = t->o.on_lost && t->step != AT_KEPT && tail_kept_gaps(t, &json);
	struct arg args[] = { arg_strn("gaps", buf_str(&json), json.len), arg_int("batch", TOLD) };
	t->is_live = false;
	if (ok) t->step = AT_KEPT;
	if (ok) ask(t, t->source->gaps, args, 2, t->asked_session);
	buf_free(&json);
	return ok;
}

/* The open gaps, some hundred a turn, and now and then as many of the closed ones, all of them in rounds. A
 * round that has ended has read every gap that was closed when it began. */
static void ask_gaps(struct tail *t)
{
	struct buf json = BUF_EMPTY;
	int64_t now = clock_mono_ms();
	buf_addc(&json, '[');
	t->probe_lo = t->open_from;
	bool at_end = cursor_slice(&t->c, false, t->open_from, GAPS_A_TURN, &json, &t->probe_hi);
	t->open_from = at_end ? 0 : t->probe_hi + 1;
	/* in slices, each is probed when it was read, or the same one might be read each time that it is due */
	t->must_probe =
	        t->probe_hi >= t->probe_lo && (t->probe_lo || t->open_from || now >= t->next_probe_ms);
	if (now >= t->next_round_ms) {
		uint64_t hi;
		t->next_round_ms = now + ROUND_MS;
		if (!t->watched_from) t->round_ms = now;
		at_end = cursor_slice(&t->c, true, t->watched_from, GAPS_A_TURN, &json, &hi);
		t->watched_from = at_end ? 0 : hi + 1;
	}
	buf_addc(&json, ']');
	struct arg args[] = { arg_strn("gaps", buf_str(&json), json.len), arg_int("batch", t->batch * 2) };
	t->step = AT_GAPS;
	ask(t, t->source->gaps, args, 2, t->session);
	buf_free(&json);
}

static void dirty_set(void *ctx, struct table *rows, const struct err *e)
{
	struct tail *t = ctx;
	t->is_dirty = !e;
	table_free(rows);
}

/* Two statements of one session, one after the other: the first makes the second see everything. */
static void ask_probe(struct tail *t)
{
	struct buf json = BUF_EMPTY;
	uint64_t hi;
	struct db_opts o = { .session = db_status(t->db).n_connects };
	buf_addc(&json, '[');
	cursor_slice(&t->c, false, t->probe_lo, GAPS_A_TURN, &json, &hi);
	if (hi < t->probe_hi) t->probe_hi = hi;
	buf_addc(&json, ']');
	struct arg gaps = arg_strn("gaps", buf_str(&json), json.len);
	t->step = AT_PROBE;
	t->is_dirty = false;
	t->next_probe_ms = clock_mono_ms() + PROBE_MS;
	db_submit(t->db, &sql_queries_tail_dirty, NULL, 0, &o, dirty_set, t);
	ask(t, t->source->probe, &gaps, 1, o.session);
	buf_free(&json);
}

static void turn(struct tail *t)
{
	if (t->is_closed || t->has_stopped || t->is_waiting) return;
	t->turn_ns = uv_hrtime();
	if (t->is_placed) {
		if (t->session == db_status(t->db).n_connects)
			ask_new(t);
		else
			ask_same(t);
		return;
	}
	struct arg window = arg_int("window", START_WINDOW);
	t->step = AT_BOUNDS;
	ask(t, t->source->bounds, &window, 1, 0);
}

/* The pause follows the traffic: short after a turn that had events, and twice as long after each that had none,
 * until it is what was asked for. A server that is slow needs no longer pause: it is asked once at a time. Eyes see no
 * difference. */
static unsigned next_pause(struct tail *t)
{
	unsigned most = t->o.poll_ms ? t->o.poll_ms : 200;
	bool has_news = t->events != t->events_before;
	t->events_before = t->events;
	t->pause_ms = t->o.may_skip ? most : has_news ? LEAST_PAUSE_MS : t->pause_ms * 2;
	if (t->pause_ms > most || !t->pause_ms) t->pause_ms = most;
	return t->pause_ms;
}

static void end_turn(struct tail *t)
{
	if (!t->watched_from) cursor_forget(&t->c, t->round_ms - (t->o.watch_ms ? t->o.watch_ms : WATCH_MS));
	t->is_live = !t->is_full || t->o.may_skip;
	t->turn_ms = (double)(uv_hrtime() - t->turn_ns) / 1e6;
	if (t->o.on_turn) t->o.on_turn(t->o.ctx);
	bool at_once = t->is_full && !t->o.may_skip;
	unsigned pause = next_pause(t);
	if (!t->is_closed && !t->has_stopped) later(t, at_once ? 0 : pause);
}

static void next_step(struct tail *t)
{
	if (t->step == AT_NEW && (cursor_open(&t->c) || (t->c.n && clock_mono_ms() >= t->next_round_ms)))
		ask_gaps(t);
	else if (t->step == AT_GAPS && t->must_probe && cursor_open(&t->c))
		ask_probe(t);
	else if (t->step == AT_SAME || (t->step != AT_HISTORY && clock_mono_ms() >= t->next_history_ms))
		ask_history(t);
	else if (t->step == AT_HISTORY && t->is_taking_up)
		later(t, tail_take_up(t));
	else
		end_turn(t);
}

static int by_id(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

/* A replica server, or a node of a cluster, sees nothing of what is under way where other writers are: a gap is held to be filled yet until no
 * transaction there can be that old. */
static size_t add_young(const struct tail *t, uint64_t *busy, size_t n)
{
	int64_t before_ms = clock_mono_ms() - LONGEST_MS;
	for (size_t i = 0; i < t->c.n; i++)
		if (!t->c.gaps[i].is_closed && t->c.gaps[i].seen_ms > before_ms) busy[n++] = t->c.gaps[i].lo;
	qsort(busy, n, sizeof *busy, by_id);
	return n;
}

static void probed(struct tail *t, const struct table *rows)
{
	if (!t->is_dirty) return; /* what it said was about committed rows only: no evidence */
	size_t n = rows->n_rows;
	uint64_t *busy = mem_alloc(sizeof *busy * (n + t->c.n + 1));
	for (size_t i = 0; i < n; i++) busy[i] = strtoull(rows->cells[i * rows->n_cols].s, NULL, 10);
	struct db_status st = db_status(t->db);
	if (st.is_replica || st.is_node) n = add_young(t, busy, n);
	cursor_close(&t->c, t->probe_lo, t->probe_hi, busy, n);
	free(busy);
}

static void take_rows(struct tail *t, const struct table *rows)
{
	if (t->step == AT_NEW) {
		t->is_full = rows->n_rows >= t->batch;
		if (t->is_full && t->o.may_skip) skip_to(t, rows);
		fit_batch(t, rows);
	} else if (rows->n_rows >= t->batch * 2) { /* the answer was cut: this round has not read them all */
		t->watched_from = 0;
		t->round_ms = 0;
	}
	deliver(t, rows);
}

/* What the failover kept is known, or that it kept nothing: then it is another history altogether. */
static void set_back(struct tail *t, const struct table *rows)
{
	uint64_t from, to;
	if (!tail_set_back(t, rows, &from, &to)) {
		stop(t, ERR_CONFLICT,
		     "history changed: nothing that was told of late is there; it was emptied or restored "
		     "from an older copy");
		return;
	}
	t->o.on_lost(t->o.ctx, from, to);
	if (!t->is_closed) later(t, 0);
}

static void answered(void *ctx, struct table *rows, const struct err *e)
{
	struct tail *t = ctx;
	struct err other;
	bool is_same = true;
	t->is_waiting = false;
	if (t->is_closed) {
		table_free(rows);
		release(t);
		return;
	}
	if (e) {
		t->is_live = false;
		t->has_stopped = rights_lacking(e);
		t->o.on_error(t->o.ctx, e, t->has_stopped);
		if (t->has_stopped) return;
		t->is_taking_up = false;
		if (!t->is_closed) later(t, 1000);
		return;
	}
	switch (t->step) {
	case AT_BOUNDS: place(t, rows); break;
	case AT_SAME: is_same = tail_check_same(t, rows, &other); break;
	case AT_PROBE: probed(t, rows); break;
	case AT_HISTORY: is_same = tail_check_history(t, rows, &other); break;
	case AT_KEPT: set_back(t, rows); break;
	default: take_rows(t, rows); break;
	}
	table_free(rows);
	if (t->step == AT_KEPT || (!is_same && ask_kept(t))) return;
	if (!is_same) stop(t, other.code, other.text);
	if (t->is_closed || t->has_stopped) return;
	if (t->step == AT_BOUNDS)
		later(t, t->is_placed ? 0 : 1000);
	else
		next_step(t);
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
	t->source = o->source ? o->source : &stream;
	t->from = mem_dup(from);
	t->batch = o->batch ? o->batch : BATCH;
	if (t->batch > 256) t->batch = 256; /* grows when rows are small */
	uv_timer_init(loop, &t->timer);
	t->timer.data = t;
	later(t, 0);
	*out = t;
	return true;
}

void tail_cursor(const struct tail *t, struct buf *out) { cursor_format(&t->c, false, out); }
void tail_cursor_short(const struct tail *t, struct buf *out) { cursor_format(&t->c, true, out); }
const struct cursor *tail_place(const struct tail *t) { return &t->c; }
bool tail_watch(struct tail *t, uint64_t lo, uint64_t hi)
{
	return cursor_miss(&t->c, lo, hi, clock_mono_ms());
}
uint64_t tail_high(const struct tail *t) { return t->c.high; }

struct tail_stats tail_stats(const struct tail *t)
{
	size_t open = 0;
	int64_t since = 0, now = clock_mono_ms();
	for (size_t i = 0; i < t->c.n; i++) {
		if (t->c.gaps[i].is_closed) continue;
		if (!open++ || t->c.gaps[i].seen_ms < since) since = t->c.gaps[i].seen_ms;
	}
	return (struct tail_stats){ .events = t->events,
		                    .late = t->late,
		                    .skipped = t->skipped,
		                    .open_gaps = open,
		                    .watched_gaps = t->c.n - open,
		                    .oldest_gap_ms = open ? now - since : 0,
		                    .turn_ms = t->turn_ms,
		                    .is_live = t->is_live };
}

void tail_close(struct tail *t)
{
	if (!t) return;
	t->is_closed = true;
	uv_timer_stop(&t->timer);
	uv_close((uv_handle_t *)&t->timer, on_timer_closed);
}
