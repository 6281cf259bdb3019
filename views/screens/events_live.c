/* events_live.c - two tails into two rings, and how many a second of which type. */
#include "views/screens/events_live.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "sql.h"
#include "views/nav/links.h"
#include "views/nav/nav.h"
#include "views/nav/session.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { POLL_MS = 200, BURST_MS = 10000, RATE_SECONDS = 10 };

const char *const event_columns[EV_COLS] = { "event_id",   "source",    "at",          "severity",
	                                     "event_type", "message",   "agent_id",    "agent",
	                                     "client",     "client_id", "instance_id", "metadata" };
/* The stream's types and, last, everything of the log. */
const char *const event_kinds[EV_KINDS] = { "launching", "running", "terminating", "terminated", "agent",
	                                    "emergency", "command", "heartbeat",   "log" };
static const char *const kind_types[EV_KINDS - 1] = { "INSTANCE_LAUNCHING",   "INSTANCE_RUNNING",
	                                              "INSTANCE_TERMINATING", "INSTANCE_TERMINATED",
	                                              "AGENT_STATUS_CHANGED", "EMERGENCY_EVENT",
	                                              "COMMAND_EXECUTED",     "HEARTBEAT" };

static const struct tail_source sources[SOURCES] = {
	[STREAM] = { .newest = &sql_queries_events_stream_newest,
	             .gaps = &sql_queries_events_stream_gaps,
	             .probe = &sql_queries_tail_probe,
	             .bounds = &sql_queries_tail_bounds,
	             .history = &sql_queries_tail_history,
	             .id_col = "event_id",
	             .id_skip = 1 },
	[LOG] = { .newest = &sql_queries_events_system_newest,
	          .gaps = &sql_queries_events_system_gaps,
	          .probe = &sql_queries_events_system_probe,
	          .bounds = &sql_queries_events_system_bounds,
	          .history = &sql_queries_events_system_history,
	          .id_col = "event_id",
	          .id_skip = 1 },
};

/* --- rings --- */

static void drop(struct ev *ev)
{
	for (int c = 0; c < EV_COLS; c++) free(ev->cell[c]);
	*ev = (struct ev){ 0 };
}

static struct ev *slot(struct feed *f)
{
	if (f->n == EV_RING) { /* the oldest goes; pages below it would leave a hole */
		struct ev *old = &f->ring[f->first];
		if (!old->is_late && old->id >= f->low) f->low = old->id + 1;
		drop(old);
		f->first = (f->first + 1) % EV_RING;
		f->n--;
		if (f->e->is_following && f->e->n_pages) f->e->has_hole = true;
	}
	return &f->ring[(f->first + f->n++) % EV_RING];
}

static void empty(struct feed *f)
{
	for (size_t i = 0; i < f->n; i++) drop(&f->ring[(f->first + i) % EV_RING]);
	f->first = f->n = 0;
}

/* --- rates --- */

static int kind_of(int which, const char *type)
{
	for (int i = 0; which == STREAM && type && i < EV_KINDS - 1; i++)
		if (strcmp(kind_types[i], type) == 0) return i;
	return EV_KINDS - 1;
}

static void count(struct events *e, int kind, int64_t at_ms)
{
	int64_t sec = at_ms / 1000, now = nav_now_ms(e->base.nav) / 1000;
	int i = (int)(sec % EV_SECONDS);
	if (sec > now + 5 || sec <= now - EV_SECONDS) return;
	if (e->second[i] != sec) {
		e->second[i] = sec;
		for (int k = 0; k < EV_KINDS; k++) e->per_second[k][i] = 0;
	}
	e->per_second[kind][i]++;
}

void live_count(struct events *e, const struct table *t)
{
	for (size_t i = 0; i < t->n_rows; i++) {
		const struct cell *c = t->cells + i * t->n_cols;
		int64_t at_ms;
		if (!c[C_AT].s || !time_from_sql(c[C_AT].s, &at_ms)) continue;
		count(e, kind_of(strcmp(c[C_SOURCE].s, "stream") == 0 ? STREAM : LOG, c[C_TYPE].s), at_ms);
	}
}

/* The rate is that of the last ten seconds that are over. */
double live_rate(const struct events *e, int kind, double *spark, int n, double *in_all)
{
	int64_t now = nav_now_ms(e->base.nav) / 1000;
	double sum = 0;
	if (in_all) *in_all = 0;
	for (int i = 0; i < n; i++) spark[i] = 0;
	for (int64_t s = now - EV_SECONDS + 1; s <= now; s++) {
		int i = (int)(s % EV_SECONDS);
		double v = e->second[i] == s ? e->per_second[kind][i] : 0;
		if (n) spark[(s - (now - EV_SECONDS + 1)) * n / EV_SECONDS] += v;
		if (in_all) *in_all += v;
		if (s < now && s >= now - RATE_SECONDS) sum += v;
	}
	return sum / RATE_SECONDS;
}

/* --- the tails' callbacks --- */

static void on_event(void *ctx, const struct tail_event *in)
{
	struct feed *f = ctx;
	struct events *e = f->e;
	struct ev *ev = slot(f);
	const struct cell *cells = in->rows->cells + in->row * in->rows->n_cols;
	if (!f->is_placed) f->low = in->id;
	f->is_placed = true;
	ev->id = in->id;
	ev->is_late = in->is_late;
	for (int c = 0; c < EV_COLS; c++) ev->cell[c] = mem_dup(cells[c].s);
	if (!ev->cell[C_AT] || !time_from_sql(ev->cell[C_AT], &ev->at_ms)) ev->at_ms = 0;
	if (in->is_late) {
		int64_t late_ms = nav_now_ms(e->base.nav) - ev->at_ms;
		char *was = ev->cell[C_MESSAGE];
		if (late_ms > e->late_worst_ms) e->late_worst_ms = late_ms;
		ev->cell[C_MESSAGE] =
		        mem_printf("LATE %lld s  %s", (long long)late_ms / 1000, was ? was : "");
		free(was);
	}
	count(e, kind_of(f->which, ev->cell[C_TYPE]), ev->at_ms);
	e->arrived++;
	e->is_new = true;
}

static void on_turn(void *ctx)
{
	struct feed *f = ctx;
	if (!f->is_placed) f->low = tail_high(f->tail) + 1;
	f->is_placed = true;
	f->error.code = 0;
	f->e->last_turn_ms = clock_mono_ms();
}

static void on_skipped(void *ctx, uint64_t from, uint64_t to)
{
	struct feed *f = ctx;
	struct events *e = f->e;
	int64_t now = clock_mono_ms();
	empty(f);
	f->low = to + 1;
	e->arrived += to - from + 1;
	if (f->which == STREAM) {
		if (!e->skip_from || now - e->skipped_ms > BURST_MS) e->skip_from = from;
		e->skipped_ms = now;
	}
	if (e->is_following && e->n_pages) e->has_hole = true;
	e->is_new = true;
}

static void on_error(void *ctx, const struct err *why, bool has_stopped)
{
	struct feed *f = ctx;
	f->error = *why;
	f->has_stopped = has_stopped;
	nav_dirty(f->e->base.nav);
}

void live_open(struct events *e)
{
	for (int i = 0; i < SOURCES; i++) {
		struct feed *f = &e->feed[i];
		struct tail_opts o = { .source = &sources[i],
			               .from = "now",
			               .poll_ms = POLL_MS,
			               .batch = EV_RING,
			               .may_skip = true,
			               .on_event = on_event,
			               .on_turn = on_turn,
			               .on_skipped = on_skipped,
			               .on_error = on_error,
			               .ctx = f };
		*f = (struct feed){ .e = e, .which = i, .low = 1 };
		tail_open(nav_session(e->base.nav)->loop, nav_read_link(e->base.nav), &o, &f->tail, NULL);
	}
}

void live_close(struct events *e)
{
	for (int i = 0; i < SOURCES; i++) {
		tail_close(e->feed[i].tail);
		empty(&e->feed[i]);
	}
}

static void add(struct table *t, const struct ev *ev)
{
	struct cell *c = table_add_row(t);
	for (int i = 0; i < EV_COLS; i++)
		if (ev->cell[i])
			c[i] = (struct cell){ arena_str(&t->arena, ev->cell[i]), strlen(ev->cell[i]) };
}

void live_rows(const struct events *e, struct table *t)
{
	size_t left[SOURCES] = { e->feed[STREAM].n, e->feed[LOG].n };
	while (left[STREAM] || left[LOG]) {
		const struct ev *top[SOURCES];
		for (int i = 0; i < SOURCES; i++) {
			const struct feed *f = &e->feed[i];
			top[i] = left[i] ? &f->ring[(f->first + left[i] - 1) % EV_RING] : NULL;
		}
		int i = !top[STREAM] || (top[LOG] && top[LOG]->at_ms >= top[STREAM]->at_ms) ? LOG : STREAM;
		add(t, top[i]);
		left[i]--;
	}
}
