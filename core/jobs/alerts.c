/* alerts.c - conditions become alerts: raised when they appear, kept while they hold, cleared when gone.
 *
 * The view v_alert_conditions says what is wrong now; `spotop check` and the overview read the same. All
 * changes of one look are one step, and with them the list of what the operator's hook has to be told
 * (telling.h): it is told after the commit, and what a dead worker did not get to say is said by the
 * next one. So the hook hears of every change at least once. Snoozed alerts do not call it; one that becomes more
 * than its snooze saw (sql/parts/conditions.sql) is snoozed no longer, and the hook is told that it changed. Each look is
 * noted, so that what is told of the past can say how old the look was that it is told by (sql/parts/looked.sql). */
#include "core/base/err.h"
#include "core/db/table.h"
#include "core/jobs/job.h"
#include "core/jobs/telling.h"
#include "sql.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

struct look {
	struct table *now, *open;
	json_t *tell; /* for the hook */
};

static void tell(struct look *l, const char *what, const struct table *t, size_t i)
{
	static const char *const keys[] = { "alert_key", "kind",        "severity", "client_id",
		                            "agent_id",  "instance_id", "pool_id",  "message" };
	json_t *j = json_pack("{s:s}", "event", what);
	for (size_t k = 0; k < ARRAY_LEN(keys); k++) {
		const char *v = table_get(t, i, keys[k]);
		json_object_set_new(j, keys[k], v ? json_string(v) : json_null());
	}
	const char *evidence = table_get(t, i, "evidence");
	json_t *ev = evidence ? json_loads(evidence, JSON_DECODE_ANY, NULL) : NULL;
	json_object_set_new(j, "evidence", ev ? ev : json_null());
	json_array_append_new(l->tell, j);
}

static bool event(struct job_run *r, const char *type, const char *severity, const struct table *t, size_t i,
                  struct err *e)
{
	struct arg a[] = { arg_str("type", type),
		           arg_str("severity", severity),
		           arg_str("message", table_get(t, i, "message")),
		           arg_str("client", table_get(t, i, "client_id")),
		           arg_str("agent", table_get(t, i, "agent_id")),
		           arg_str("instance", table_get(t, i, "instance_id")),
		           arg_str("key", table_get(t, i, "alert_key")) };
	return job_exec(r, &sql_jobs_alert_event, a, 7, NULL, e);
}

static bool raise_alert(struct job_run *r, struct look *l, size_t i, struct err *e)
{
	const struct table *t = l->now;
	const char *severity = table_get(t, i, "severity"), *client = table_get(t, i, "client_id");
	struct arg a[] = { arg_str("key", table_get(t, i, "alert_key")),
		           arg_str("kind", table_get(t, i, "kind")),
		           arg_str("severity", severity),
		           arg_str("client", client),
		           arg_str("agent", table_get(t, i, "agent_id")),
		           arg_str("instance", table_get(t, i, "instance_id")),
		           arg_str("pool", table_get(t, i, "pool_id")),
		           arg_str("message", table_get(t, i, "message")),
		           arg_str("evidence", table_get(t, i, "evidence")) };
	struct arg n[] = { arg_str("client", client), arg_str("message", table_get(t, i, "message")),
		           arg_str("kind", strcmp(severity, "warning") == 0 ? "warning" : "error") };
	tell(l, "raised", t, i);
	return job_change(r, &sql_jobs_alert_raise, a, 9, e) && event(r, "alert_raised", severity, t, i, e) &&
	       (!client || job_exec(r, &sql_jobs_alert_notify, n, 3, NULL, e));
}

static bool keep_alert(struct job_run *r, struct look *l, size_t i, struct err *e)
{
	const struct table *t = l->now;
	const char *severity = table_get(t, i, "severity"), *message = table_get(t, i, "message");
	bool is_woken = table_int(t, i, "is_woken", 0) != 0;
	struct arg a[] = { arg_int("id", table_int(t, i, "open_id", 0)),
		           arg_str("severity", severity),
		           arg_str("message", message),
		           arg_str("instance", table_get(t, i, "instance_id")),
		           arg_str("evidence", table_get(t, i, "evidence")),
		           arg_bool("is_woken", is_woken) };
	bool changed = is_woken || strcmp(severity, table_get(t, i, "open_severity")) != 0;
	if (changed && !table_int(t, i, "is_snoozed", 0)) tell(l, "changed", t, i);
	return job_exec(r, &sql_jobs_alert_seen, a, 6, NULL, e) &&
	       (!is_woken || event(r, "snooze_ended", severity, t, i, e));
}

static bool still_there(const struct table *now, int64_t id)
{
	for (size_t i = 0; i < now->n_rows; i++)
		if (table_int(now, i, "open_id", 0) == id) return true;
	return false;
}

static bool clear_alert(struct job_run *r, struct look *l, size_t i, struct err *e)
{
	struct arg id = arg_int("id", table_int(l->open, i, "open_id", 0));
	tell(l, "cleared", l->open, i);
	return job_change(r, &sql_jobs_alert_clear, &id, 1, e) &&
	       event(r, "alert_cleared", "info", l->open, i, e);
}

static void add_agent(json_t *ids, const struct table *t, size_t i)
{
	const char *id = table_get(t, i, "agent_id");
	if (id) json_array_append_new(ids, json_string(id));
}

/* A call of many agents locks them by their keys; in another order it and this would wait for each other. */
static bool lock_agents(struct job_run *r, const struct look *l, struct err *e)
{
	json_t *ids = json_array();
	for (size_t i = 0; i < l->now->n_rows; i++)
		if (!table_get(l->now, i, "open_id") || table_int(l->now, i, "is_woken", 0))
			add_agent(ids, l->now, i);
	for (size_t i = 0; i < l->open->n_rows; i++)
		if (!still_there(l->now, table_int(l->open, i, "open_id", 0))) add_agent(ids, l->open, i);
	char *text = json_dumps(ids, JSON_COMPACT);
	struct arg a = arg_str("ids", text);
	bool ok = !json_array_size(ids) || job_exec(r, &sql_jobs_alert_agents, &a, 1, NULL, e);
	free(text);
	json_decref(ids);
	return ok;
}

static bool apply(struct job_run *r, void *ctx, struct err *e)
{
	struct look *l = ctx;
	bool ok = true;
	json_array_clear(l->tell);
	table_free(l->now);
	table_free(l->open);
	l->now = l->open = NULL;
	if (!job_exec(r, &sql_jobs_alerts_now, NULL, 0, &l->now, e) ||
	    !job_exec(r, &sql_jobs_alerts_open, NULL, 0, &l->open, e) || !lock_agents(r, l, e))
		return false;
	for (size_t i = 0; ok && i < l->now->n_rows; i++)
		ok = table_get(l->now, i, "open_id") ? keep_alert(r, l, i, e) : raise_alert(r, l, i, e);
	for (size_t i = 0; ok && i < l->open->n_rows; i++)
		if (!still_there(l->now, table_int(l->open, i, "open_id", 0))) ok = clear_alert(r, l, i, e);
	return ok && job_exec(r, &sql_jobs_alerts_looked, NULL, 0, NULL, e) && telling_add(r, l->tell, e);
}

bool alerts_run(struct job_run *r, struct err *e)
{
	struct look l = { .tell = json_array() };
	bool ok = job_step(r, apply, &l, e) && telling_run(r, e);
	table_free(l.now);
	table_free(l.open);
	json_decref(l.tell);
	return ok;
}
