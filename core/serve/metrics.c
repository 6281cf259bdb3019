/* metrics.c - what a Prometheus reads: the fleet from the database, the endpoint from itself. */
#include "core/serve/metrics.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/serve/serve_int.h"
#include "sql.h"
#include <string.h>

static const struct {
	const char *name, *help;
} of_fleet[] = {
	{ "spotop_agents", "Agents by health." },
	{ "spotop_agents_enabled", "Enabled agents." },
	{ "spotop_alerts_open", "Alerts that are not resolved." },
	{ "spotop_commands_executing", "Commands that an agent has claimed and not completed." },
	{ "spotop_commands_oldest_pending_seconds",
	  "Age of the oldest pending command; none: there is none." },
	{ "spotop_commands_pending", "Commands that no agent has claimed." },
	{ "spotop_conditions", "Conditions that hold and are not snoozed, by kind." },
	{ "spotop_conditions_snoozed", "Conditions that hold and are snoozed, by kind." },
	{ "spotop_cost_usd_per_hour",
	  "What all active instances with a known price cost, by the newest prices." },
	{ "spotop_events_expired", "Events past their end that are still in the table, by client." },
	{ "spotop_events_kept", "Ids from the oldest event in the table to the newest." },
	{ "spotop_instances", "Active instances." },
	{ "spotop_instances_in_state", "Active instances by state." },
	{ "spotop_instances_unpriced", "Instances of unknown price: the cost is without theirs." },
	{ "spotop_job_seconds_since_ok", "Since a job last ended well; none: it never has." },
	{ "spotop_oldest_price_seconds", "Age of the oldest spot price in the cost; none: there is none." },
	{ "spotop_saved_usd_per_hour", "Measured savings of the primaries in spot mode." },
	{ "spotop_zombie_usd_per_hour", "What zombies with a known price cost." },
	{ "spotop_zombies", "Instances that should be gone and still cost." },
};

static void head(struct buf *out, const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(of_fleet); i++)
		if (strcmp(of_fleet[i].name, name) == 0)
			buf_addf(out, "# HELP %s %s\n# TYPE %s gauge\n", name, of_fleet[i].help, name);
}

/* The rows come by metric, since a metric's lines must stand together. */
static void got(void *ctx, struct table *t, const struct err *e)
{
	struct serve *s = ctx;
	const char *last = "";
	s->asking_metrics = false;
	buf_cut(&s->db_metrics, 0);
	for (size_t i = 0; !e && i < t->n_rows; i++) {
		const char *name = table_get(t, i, "metric"), *label = table_get(t, i, "label"),
		           *value = table_get(t, i, "value");
		if (strcmp(name, last) != 0) head(&s->db_metrics, name);
		last = name;
		if (!value) continue; /* unknown is left out, never 0 */
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
	number(out, "spotop_subscribers_waiting", "gauge",
	       "Open streams that wait for the database or a place.", s->n_waiting);
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
