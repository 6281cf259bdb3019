/* metrics.c - what a Prometheus reads: the fleet from the database, the endpoint from itself. */
#include "core/serve/metrics.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/serve/serve_int.h"
#include "sql.h"

static void got(void *ctx, struct table *t, const struct err *e)
{
	struct serve *s = ctx;
	s->asking_metrics = false;
	buf_cut(&s->db_metrics, 0);
	for (size_t i = 0; !e && i < t->n_rows; i++) {
		const char *name = table_get(t, i, "metric"), *label = table_get(t, i, "label"),
		           *value = table_get(t, i, "value");
		if (!name || !value) continue; /* unknown is left out, never 0 */
		buf_adds(&s->db_metrics, name);
		if (label) buf_addf(&s->db_metrics, "{%s}", label);
		buf_addf(&s->db_metrics, " %s\n", value);
	}
	table_free(t);
}

void metrics_refresh(struct serve *s)
{
	if (s->asking_metrics) return;
	s->asking_metrics = true;
	db_submit(s->read, &sql_queries_metrics, NULL, 0, NULL, got, s);
}

static void number(struct buf *out, const char *name, const char *kind, const char *help, double v)
{
	buf_addf(out, "# HELP %s %s\n# TYPE %s %s\n%s %.15g\n", name, help, name, kind, name, v);
}

void metrics_text(struct serve *s, struct buf *out)
{
	struct tail_stats t = tail_stats(s->tail);
	struct db_status st = db_status(s->read);
	number(out, "spotop_up", "gauge", "The database answers and the tail goes on.",
	       st.phase == DB_UP && !s->has_stopped);
	number(out, "spotop_subscribers", "gauge", "Open event streams.", s->n_subs);
	number(out, "spotop_events_sent_total", "counter", "Events given to streams.", (double)s->n_sent);
	number(out, "spotop_requests_refused_total", "counter", "Requests answered with an error.",
	       (double)s->n_refused);
	number(out, "spotop_subscribers_reaped_total", "counter", "Streams whose reader was found gone.",
	       (double)s->n_reaped);
	number(out, "spotop_catch_ups_total", "counter", "Times a stream read on from the table.",
	       (double)s->n_caught_up);
	number(out, "spotop_resets_total", "counter", "Streams whose place was purged.", (double)s->n_reset);
	number(out, "spotop_ring_bytes", "gauge", "Events held in memory.", (double)s->ring_bytes);
	number(out, "spotop_tail_events_total", "counter", "Events the tail has seen.", (double)t.events);
	number(out, "spotop_tail_late_total", "counter", "Of them, those committed after a higher id.",
	       (double)t.late);
	number(out, "spotop_tail_open_gaps", "gauge", "Ids handed out and not yet committed.",
	       (double)t.open_gaps);
	number(out, "spotop_tail_oldest_gap_seconds", "gauge", "Since when the oldest of them is missing.",
	       (double)t.oldest_gap_ms / 1000);
	number(out, "spotop_tail_turn_seconds", "gauge", "How long the tail's last turn took.",
	       t.turn_ms / 1000);
	number(out, "spotop_tail_lag_seconds", "gauge", "The newest event, from its statement to here.",
	       s->lag_ms / 1000);
	number(out, "spotop_tail_live", "gauge", "The tail has caught up.", t.is_live);
	buf_add(out, buf_str(&s->db_metrics), s->db_metrics.len);
}
