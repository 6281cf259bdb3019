/* metrics.c - what a Prometheus reads: the fleet from the database, the endpoint from itself. */
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/serve/serve_int.h"
#include "sql.h"
#include <inttypes.h>

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

void metrics_text(struct serve *s, struct buf *out)
{
	struct tail_stats t = tail_stats(s->tail);
	struct db_status st = db_status(s->read);
	buf_addf(out, "spotop_up %d\n", st.phase == DB_UP && !s->has_stopped);
	buf_addf(out,
	         "spotop_subscribers %u\nspotop_events_sent_total %" PRIu64
	         "\nspotop_requests_refused_total %" PRIu64 "\n",
	         s->n_subs, s->n_sent, s->n_refused);
	buf_addf(out,
	         "spotop_tail_events_total %" PRIu64 "\nspotop_tail_late_total %" PRIu64
	         "\nspotop_tail_open_gaps %zu\nspotop_tail_live %d\n",
	         t.events, t.late, t.open_gaps, t.is_live);
	buf_add(out, buf_str(&s->db_metrics), s->db_metrics.len);
}
