/* verb_watch.c - looks at commands again and again until its caller has seen enough. One that was done and is gone, as after
 * a failover to a server that had not got it, is told as lost. */
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/db/db.h"
#include "core/fleet/lost.h"
#include "core/fleet/verb.h"
#include "sql.h"
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

struct followed {
	char id[37], gtid[64];
	bool is_lost;
};
struct verb_watch {
	struct db *db, *write;
	char *ids; /* JSON array */
	struct followed *list;
	size_t n;
	unsigned interval_ms;
	verb_watch_cb cb;
	void *ctx;
	uv_timer_t timer;
	uint64_t db_id, lost_id;
	struct table *last; /* what was told last */
	bool is_stopped, was_told;
};

static void watch_gone(uv_handle_t *h)
{
	struct verb_watch *w = h->data;
	table_free(w->last);
	free(w->list);
	free(w->ids);
	free(w);
}

/* The memory goes once neither the timer nor a statement knows it any more. */
static void watch_end(struct verb_watch *w)
{
	uv_handle_t *h = (uv_handle_t *)&w->timer;
	if (!w->db_id && !w->lost_id && !uv_is_closing(h)) uv_close(h, watch_gone);
}

void verb_watch_stop(struct verb_watch *w)
{
	if (!w || w->is_stopped) return;
	w->is_stopped = true;
	uv_timer_stop(&w->timer);
	if (w->db_id) db_cancel(w->db, w->db_id);
	if (w->lost_id) db_cancel(w->write, w->lost_id);
	watch_end(w);
}

/* Elapsed time moves all by itself and is no change. */
static bool is_same(const struct table *a, const struct table *b)
{
	static const char *const keys[] = { "command_id", "status", "stage", "message", "is_overrun" };
	if (!a || a->n_rows != b->n_rows) return false;
	for (size_t r = 0; r < a->n_rows; r++)
		for (size_t k = 0; k < ARRAY_LEN(keys); k++) {
			const char *x = table_get(a, r, keys[k]), *y = table_get(b, r, keys[k]);
			if ((!x != !y) || (x && strcmp(x, y) != 0)) return false;
		}
	return true;
}

static void read_row(struct verb_progress *p, const struct table *t, size_t row)
{
	*p = (struct verb_progress){
		.command_id = table_get(t, row, "command_id"),
		.target = table_get(t, row, "target"),
		.status = table_get(t, row, "status"),
		.stage = table_get(t, row, "stage"),
		.message = table_get(t, row, "message"),
		.elapsed_s = table_dec(t, row, "elapsed_s", -1),
		.p50_s = table_dec(t, row, "p50_s", -1),
		.p95_s = table_dec(t, row, "p95_s", -1),
		.expected_usd_per_hour = table_dec(t, row, "expected_usd_per_hour", 0),
		.has_expected = table_get(t, row, "expected_usd_per_hour") != NULL,
		.real_usd_per_hour = table_dec(t, row, "real_usd_per_hour", 0),
		.has_real = table_get(t, row, "real_usd_per_hour") != NULL,
		.downtime_s = table_dec(t, row, "downtime_seconds", -1),
		.is_overrun = table_int(t, row, "is_overrun", 0) != 0,
		.is_ready = table_int(t, row, "is_ready", 0) != 0,
		.is_over = table_int(t, row, "is_over", 0) != 0,
		.is_failed = table_int(t, row, "is_failed", 0) != 0,
	};
}

static bool tell(struct verb_watch *w, const struct table *t)
{
	struct verb_progress *list = mem_alloc((t->n_rows + w->n + 1) * sizeof *list);
	size_t n = t->n_rows;
	for (size_t i = 0; i < n; i++) read_row(&list[i], t, i);
	for (size_t i = 0; i < w->n; i++)
		if (w->list[i].is_lost)
			list[n++] = (struct verb_progress){ .command_id = w->list[i].id,
				                            .status = "lost",
				                            .stage = "lost",
				                            .message = lost_text,
				                            .elapsed_s = -1,
				                            .p50_s = -1,
				                            .p95_s = -1,
				                            .downtime_s = -1,
				                            .is_over = true,
				                            .is_failed = true };
	bool more = w->cb(w->ctx, list, n, NULL);
	free(list);
	return more;
}

static void on_tick(uv_timer_t *timer);

/* --- what a failover lost --- */

static struct followed *find(const struct verb_watch *w, const char *id)
{
	for (size_t i = 0; id && i < w->n; i++)
		if (strcmp(w->list[i].id, id) == 0) return &w->list[i];
	return NULL;
}

static void on_lost(void *ctx, struct table *rows, const struct err *e)
{
	struct verb_watch *w = ctx;
	(void)e; /* asked again with the next look */
	w->lost_id = 0;
	for (size_t i = 0; rows && i < rows->n_rows; i++) {
		struct followed *f = find(w, table_get(rows, i, "command_id"));
		if (f) f->is_lost = true, w->was_told = false;
	}
	table_free(rows);
	if (w->is_stopped) watch_end(w);
}

/* Those that the answer has not. A replica server may only be behind, so it is asked where writes go. */
static void look_for_lost(struct verb_watch *w, const struct table *t)
{
	json_t *absent = json_array();
	bool *is_there = mem_alloc((w->n + 1) * sizeof *is_there);
	for (size_t i = 0; i < t->n_rows; i++) {
		struct followed *f = find(w, table_get(t, i, "command_id"));
		if (f) is_there[f - w->list] = true;
	}
	for (size_t i = 0; i < w->n; i++)
		if (!is_there[i] && !w->list[i].is_lost && *w->list[i].gtid)
			json_array_append_new(absent, json_pack("{s:s, s:s}", "id", w->list[i].id, "gtid",
			                                        w->list[i].gtid));
	if (json_array_size(absent) && !w->lost_id) {
		char *text = json_dumps(absent, JSON_COMPACT);
		struct arg arg = arg_str("commands", text);
		w->lost_id = db_submit(w->write, &sql_queries_verb_lost, &arg, 1, NULL, on_lost, w);
		free(text);
	}
	free(is_there);
	json_decref(absent);
}

static void on_rows(void *ctx, struct table *rows, const struct err *e)
{
	struct verb_watch *w = ctx;
	bool more = !w->is_stopped;
	w->db_id = 0;
	if (more && !rows)
		more = w->cb(w->ctx, NULL, 0, e);
	else if (more && !(w->was_told && is_same(w->last, rows))) {
		more = tell(w, rows);
		w->was_told = true;
	}
	if (more && rows) look_for_lost(w, rows);
	if (rows) {
		table_free(w->last);
		w->last = rows;
	}
	if (!more || w->is_stopped) {
		w->is_stopped = true;
		watch_end(w);
	} else
		uv_timer_start(&w->timer, on_tick, w->interval_ms, 0);
}

static void on_tick(uv_timer_t *timer)
{
	struct verb_watch *w = timer->data;
	struct arg ids = arg_str("ids", w->ids);
	w->db_id = db_submit(w->db, &sql_queries_verb_progress, &ids, 1, NULL, on_rows, w);
}

struct verb_watch *verb_follow(struct uv_loop_s *loop, struct db *read, struct db *write,
                               const struct verb_followed *commands, size_t n, unsigned interval_ms,
                               verb_watch_cb cb, void *ctx)
{
	struct verb_watch *w = mem_alloc(sizeof *w);
	json_t *list = json_array();
	w->list = mem_alloc((n + 1) * sizeof *w->list);
	w->n = n;
	for (size_t i = 0; i < n; i++) {
		json_array_append_new(list, json_string(commands[i].command_id));
		snprintf(w->list[i].id, sizeof w->list[i].id, "%s", commands[i].command_id);
		snprintf(w->list[i].gtid, sizeof w->list[i].gtid, "%s",
		         commands[i].gtid ? commands[i].gtid : "");
	}
	w->ids = json_dumps(list, JSON_COMPACT);
	json_decref(list);
	w->db = read;
	w->write = write ? write : read;
	w->interval_ms = interval_ms ? interval_ms : 500;
	w->cb = cb;
	w->ctx = ctx;
	uv_timer_init(loop, &w->timer);
	w->timer.data = w;
	uv_timer_start(&w->timer, on_tick, 0, 0);
	return w;
}
