/* serve.c - the endpoint's life: links, tail, clients, the second's work. */
#include "core/serve/serve.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/db/rights.h"
#include "core/fleet/schema.h"
#include "core/serve/complain.h"
#include "core/serve/feed.h"
#include "core/serve/http.h"
#include "core/serve/mark.h"
#include "core/serve/metrics.h"
#include "core/serve/ring.h"
#include "core/serve/serve_int.h"
#include "core/serve/wait.h"
#include "sql.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void free_clients(struct serve *s)
{
	for (size_t i = 0; i < s->n_clients; i++) free(s->clients[i].name);
	free(s->clients);
	s->clients = NULL;
	s->n_clients = 0;
}

static void got_clients(void *ctx, struct table *t, const struct err *e)
{
	struct serve *s = ctx;
	s->asking_clients = false;
	if (!e) {
		free_clients(s);
		s->clients = mem_alloc(sizeof *s->clients * (t->n_rows + 1));
		for (size_t i = 0; i < t->n_rows; i++) {
			struct client *c = &s->clients[s->n_clients++];
			snprintf(c->id, sizeof c->id, "%s", table_get(t, i, "client_id"));
			snprintf(c->token_hash, sizeof c->token_hash, "%s", table_get(t, i, "client_token"));
			c->name = mem_dup(table_get(t, i, "name"));
			c->is_active = table_int(t, i, "is_active", 0);
		}
		s->has_clients = true;
		feed_revoke(s);
	} else if (rights_lacking(e) && s->o.ended) /* nobody could ever be let in */
		s->o.ended(s->o.ctx, e);
	table_free(t);
}

static void all_is_well(struct serve *s)
{
	if (!s->failing_since_ms) return;
	log_line(LOG_WARN_, "serve: events are read again after %lld s",
	         (long long)(clock_mono_ms() - s->failing_since_ms) / 1000);
	s->failing_since_ms = 0;
	s->complaint[0] = 0;
}

static void on_turn(void *ctx)
{
	struct serve *s = ctx;
	all_is_well(s);
	s->is_placed = true;
	if (s->is_rewinding) {
		s->is_rewinding = false;
		feed_rewind(s);
	}
	wait_admit(s);
	feed_wake(s);
	http_run(s);
}

static void on_error(void *ctx, const struct err *e, bool has_stopped)
{
	struct serve *s = ctx;
	if (!s->failing_since_ms) s->failing_since_ms = clock_mono_ms();
	serve_complain(s, "", e->text);
	s->has_stopped = has_stopped;
	s->must_begin_anew = has_stopped && !rights_lacking(e);
	snprintf(s->why, sizeof s->why, "%s", e->text);
	if (has_stopped && rights_lacking(e) && s->o.ended) s->o.ended(s->o.ctx, e);
}

/* The tail has set itself back to the last event that was kept. */
static void on_lost(void *ctx, uint64_t from, uint64_t to)
{
	struct serve *s = ctx;
	const struct cursor *kept = tail_place(s->tail);
	char text[200];
	snprintf(text, sizeof text,
	         "a failover lost the events %" PRIu64 " to %" PRIu64 " after they had been told", from, to);
	serve_complain(s, "", text);
	if (!s->lost_to || from < s->lost_from) {
		s->lost_from = from;
		s->kept.high = kept->high;
		s->kept.sign = kept->sign;
	}
	if (to > s->lost_to) s->lost_to = to;
	mark_forget(s);
	feed_set_back(s);
	http_run(s);
}

static bool open_tail(struct serve *s, struct err *e)
{
	struct tail_opts t = { .from = "now",
		               .poll_ms = 100,
		               .on_event = ring_event,
		               .on_turn = on_turn,
		               .on_lost = on_lost,
		               .on_error = on_error,
		               .ctx = s };
	return tail_open(s->loop, s->read, &t, &s->tail, e);
}

/* The table was emptied, or an older copy is in its place: from now on, as at a start. */
static void begin_anew(struct serve *s)
{
	feed_stop(s);
	tail_close(s->tail);
	mark_forget(s);
	s->lost_from = s->lost_to = 0;
	s->has_stopped = s->must_begin_anew = s->is_placed = false;
	s->is_rewinding = true;
	open_tail(s, NULL); /* of "now" it cannot fail */
}

static void looked(void *ctx, struct table *t, const struct err *e)
{
	struct serve *s = ctx;
	struct err other;
	s->is_looking = false;
	if (!e) s->must_look = false;
	if (!e && schema_says_old(t, &other) && s->o.ended) s->o.ended(s->o.ctx, &other);
	table_free(t);
}

/* What the command looks at before it opens anything, when there was nobody to ask. */
static void look(struct serve *s)
{
	if (!s->must_look || s->is_looking || db_status(s->read).phase != DB_UP) return;
	s->is_looking = true;
	db_submit(s->read, &sql_queries_schema_present, NULL, 0, NULL, looked, s);
}

static void on_second(uv_timer_t *timer)
{
	struct serve *s = timer->data;
	int64_t now = clock_mono_ms();
	if (s->must_begin_anew) begin_anew(s);
	look(s);
	if (now >= s->next_clients_ms && !s->asking_clients) {
		s->next_clients_ms = now + CLIENTS_MS;
		s->asking_clients = true;
		db_submit(s->read, &sql_queries_serve_clients, NULL, 0,
		          &(struct db_opts){ .max_rows = 100000 }, got_clients, s);
	}
	if (now >= s->next_metrics_ms && now - s->scraped_ms < SCRAPED_MS) {
		s->next_metrics_ms = now + METRICS_MS;
		metrics_refresh(s);
	}
	wait_admit(s);
	feed_comments(s);
	feed_wake_all(s);
	mark_flush(s);
	http_run(s);
}

bool serve_open(struct uv_loop_s *loop, struct db *read, struct db *write, const struct serve_opts *o,
                struct serve **out, struct err *e)
{
	struct serve *s = mem_alloc(sizeof *s);
	s->loop = loop;
	s->read = read;
	s->write = write;
	s->o = *o;
	s->scraped_ms = clock_mono_ms();
	snprintf(s->host, sizeof s->host, "%s", o->host);
	if (!http_open(s, e)) {
		free(s);
		return false;
	}
	s->must_look = o->must_look;
	if (!open_tail(s, e)) return false;
	uv_timer_init(loop, &s->second);
	s->second.data = s;
	uv_timer_start(&s->second, on_second, 0, MARK_MS);
	*out = s;
	return true;
}

/* Answers may still be due: the loop is turned until they have come. */
void serve_close(struct serve *s)
{
	s->is_closing = true;
	uv_timer_stop(&s->second);
	http_close(s);
	mark_flush(s);
	tail_close(s->tail);
	uv_close((uv_handle_t *)&s->second, NULL);
	while (s->asking_clients || s->asking_metrics || s->asking_mark || s->is_looking)
		uv_run(s->loop, UV_RUN_ONCE);
	for (int i = 0; i < 3; i++) uv_run(s->loop, UV_RUN_NOWAIT);
	free_clients(s);
	ring_free(s);
	free(s->marks);
	buf_free(&s->db_metrics);
	free(s);
}
