/* judge.c - see judge.h: the session, the statements, the worker's look. */
#include "tests/support/judge.h"
#include "core/base/mem.h"
#include "core/db/conf.h"
#include "core/db/db.h"
#include "core/jobs/job.h"
#include "sql.h"
#include "tests/support/judge_rows.h"
#include "tests/support/loop.h"
#include "tests/support/rig.h"
#include "tests/support/server.h"
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATIENCE_MS = 300000 }; /* a busy machine makes a statement slower, not wrong */

/* --- the session --- */
void judge_open(struct judge *j, const struct rig *rig)
{
	struct db_conf conf;
	struct err e = { 0 };
	*j = (struct judge){ .rig = rig };
	server_conf(rig->server, &conf);
	uv_loop_init(&j->loop);
	ck_assert(conf_set(&conf, "database", "spot_optimizer", "test", &e));
	ck_assert_msg(conf_check(&conf, &e), "%s", e.text);
	j->db = db_open(&j->loop, &conf, DB_WRITE, "judge");
	conf_free(&conf);
}

void judge_close(struct judge *j)
{
	db_close_wait(j->db);
	loop_end(&j->loop);
}

static bool run(void *ctx, const char *sql)
{
	struct judge *j = ctx;
	struct db_opts o = { .is_write = true, .deadline_ms = PATIENCE_MS };
	struct err e = { 0 };
	bool ok = db_call_text(j->db, sql, strlen(sql), &o, NULL, &e);
	ck_assert_msg(ok, "%.300s: %s", sql, e.text);
	return ok;
}

void judge_do(struct judge *j, const char *sql) { run(j, sql); }

static struct table *ask_text(struct judge *j, const char *sql)
{
	struct db_opts o = { .is_write = true, .deadline_ms = PATIENCE_MS };
	struct err e = { 0 };
	struct table *t = NULL;
	ck_assert_msg(db_call_text(j->db, sql, strlen(sql), &o, &t, &e), "%s: %s", sql, e.text);
	return t;
}

struct table *judge_ask(struct judge *j, const struct query *q)
{
	struct db_opts o = { .is_write = true, .deadline_ms = PATIENCE_MS };
	struct err e = { 0 };
	struct table *t = NULL;
	struct arg args[2];
	size_t n = 0;
	for (size_t i = 0; i < q->n_params; i++)
		if (strcmp(q->params[i].name, "at") == 0) args[n++] = arg_time("at", (j->now + j->at) * 1000);
	ck_assert_msg(db_call(j->db, q, args, n, &o, &t, &e), "%s: %s", q->name, e.text);
	return t;
}

void judge_clock(struct judge *j, int64_t at)
{
	char sql[60];
	j->at = at;
	snprintf(sql, sizeof sql, "SET timestamp = %" PRId64, j->now + at);
	run(j, sql);
}

void judge_load(struct judge *j, const struct raw *f, const struct truth *t)
{
	run(j, "SET timestamp = DEFAULT");
	struct table *clock = ask_text(j, "SELECT UNIX_TIMESTAMP() AS now");
	j->now = table_int(clock, 0, "now", 0), j->at = 0;
	table_free(clock);
	raw_load(f, t, j->now, run, j);
	judge_clock(j, 0);
}

char *judge_second(struct judge *j, const struct raw *f, const struct truth *t)
{
	struct table *rows = judge_ask(j, &sql_queries_agents_trouble);
	OR(and_free(trouble_is(f, t, rows), rows));
	rows = judge_ask(j, &sql_queries_rescue);
	OR(and_free(rescue_is(f, t, rows), rows));
	rows = judge_ask(j, &sql_jobs_alerts_now);
	return and_free(conditions_are(j, f, t, rows), rows);
}

char *judge_views(struct judge *j, const struct raw *f, const struct truth *t)
{
	OR(judge_second(j, f, t));
	struct table *rows = judge_ask(j, &sql_queries_agents);
	OR(and_free(agents_are(j, f, t, rows), rows));
	rows = judge_ask(j, &sql_queries_check_kinds);
	OR(and_free(kinds_are(t, rows), rows));
	rows = judge_ask(j, &sql_queries_check);
	OR(and_free(check_is(f, t, rows), rows));
	rows = judge_ask(j, &sql_queries_overview);
	OR(and_free(overview_is(f, t, rows), rows));
	rows = judge_ask(j, &sql_queries_deadlines);
	OR(and_free(deadlines_are(f, t, rows), rows));
	rows = judge_ask(j, &sql_queries_zones);
	OR(and_free(zones_are(f, t, rows), rows));
	rows = judge_ask(j, &sql_queries_metrics);
	OR(and_free(metrics_are(t, rows), rows));
	rows = judge_ask(j, &sql_queries_clients);
	OR(and_free(clients_are(f, t, rows), rows));
	rows = judge_ask(j, &sql_queries_outages);
	OR(and_free(outages_are(f, t, rows), rows));
	rows = judge_ask(j, &sql_queries_header);
	return and_free(header_is(f, t, rows), rows);
}

/* --- the worker's look --- */
char *judge_worker(struct judge *j, const struct truth *t)
{
	struct job_env env = { .db = j->db, .holder = "judge" };
	struct job_run done;
	struct err e = { 0 };
	if (!jobs_schedule(j->db, &e) || !job_run(job_find("alerts"), &env, &done, &e))
		return mem_printf("the look: %s", e.text);
	run(j, "DELETE FROM job_schedules"); /* a worker that led and is gone is no part of the fleet */
	judge_clock(j, j->at);
	struct table *rows = ask_text(j, "SELECT alert_key, kind, severity, snoozed_until > NOW() AS "
	                                 "is_snoozed, agent_id FROM alerts "
	                                 "WHERE resolved_at IS NULL");
	for (size_t k = 0; k < t->n_conditions; k++) {
		const struct truth_condition *c = &t->conditions[k];
		size_t i = row_of(rows, "alert_key", c->key);
		if (i == rows->n_rows)
			return and_free(mem_printf("alerts: none is open for %s", c->key), rows);
		char *found = text_is("alerts", rows, i, c->key, "severity", c->severity);
		if (!found && table_int(rows, i, "is_snoozed", 0) != c->is_snoozed)
			found = mem_printf("alerts: %s is %ssnoozed", c->key, c->is_snoozed ? "not " : "");
		if (found) return and_free(found, rows);
	}
	char *found = rows->n_rows == t->n_conditions
	                      ? NULL
	                      : mem_printf("alerts: %zu are open, not %zu", rows->n_rows, t->n_conditions);
	return and_free(found, rows);
}

/* --- the sums that the worker keeps --- */
static struct table *sums(struct judge *j)
{
#define MONEY                                                                                               \
	"cost_usd_per_hour, measured_savings_usd_per_hour AS saved_usd_per_hour, zombie_cost_usd_per_hour " \
	"AS zombie_usd_per_hour, unpriced_count AS unpriced, unmeasured_count AS unmeasured, "              \
	"UNIX_TIMESTAMP(priced_at) AS priced, CAST(UNIX_TIMESTAMP(summed_at) AS INT) AS summed FROM "
	return ask_text(j, "SELECT 'all' AS who, " MONEY "v_fleet_money UNION ALL SELECT name, " MONEY
	                   "v_client_money m JOIN clients c ON c.id = m.client_id");
}

static char *dated(const struct judge *j, const struct table *rows, bool is_kept)
{
	for (size_t i = 0; i < rows->n_rows; i++)
		OR(is_kept ? number_is("sums", rows, i, table_get(rows, i, "who"), "summed",
		                       (double)(j->now + j->at))
		           : text_is("sums", rows, i, table_get(rows, i, "who"), "summed", NULL));
	return NULL;
}

char *judge_sums(struct judge *j, const struct raw *f, const struct truth *t)
{
	struct arg args[] = { arg_str("holder", "judge"), arg_int("fence", 1), arg_int("least", 1) };
	struct db_opts o = { .is_write = true, .deadline_ms = PATIENCE_MS };
	struct err e = { 0 };
	struct table *rows = sums(j);
	bool is_any = t->all.total > 0;
	OR(and_free(sums_are(j, f, t, rows), rows));
	run(j, "INSERT INTO job_schedules (name, kind, holder, fence, lease_until) VALUES ('leader', "
	       "'lease', 'judge', 1, NOW(3) + INTERVAL 1 MINUTE)");
	if (!db_call(j->db, &sql_jobs_sums, args, ARRAY_LEN(args), &o, NULL, &e))
		return mem_printf("sums: %s", e.text);
	run(j, "DELETE FROM job_schedules");
	/* Nothing of these is looked at while they are told. */
	run(j, "UPDATE spot_pools SET last_price = last_price + 1");
	rows = sums(j);
	char *found = dated(j, rows, is_any);
	if (!found && is_any) found = sums_are(j, f, t, rows);
	OR(and_free(found, rows));
	rows = judge_ask(j, &sql_queries_clients);
	if (is_any) OR(and_free(clients_are(f, t, rows), rows));
	judge_clock(j, j->at + 6);
	rows = sums(j);
	found = dated(j, rows, false);
	judge_clock(j, j->at - 6);
	run(j, "UPDATE spot_pools SET last_price = last_price - 1");
	run(j, "DELETE FROM spotop_sums");
	return and_free(found, rows);
}

/* --- the past --- */
/* Nothing was changed since, so all is known but what only heartbeats tell: of who is well, whether it was heard. */
static char *agents_were(const struct raw *f, const struct truth *t, const struct table *rows)
{
	for (int k = 0; k < f->n_agents; k++) {
		const struct truth_agent *is = &t->agents[k];
		char name[RAW_ID];
		if (f->agents[k].is_gone) continue;
		raw_agent_name(k, name);
		size_t i = row_of(rows, "agent", name);
		if (i == rows->n_rows) return mem_printf("agents --at: no %s", name);
		OR(number_is("agents --at", rows, i, name, "primary_count", is->sum.primary));
		OR(number_is("agents --at", rows, i, name, "zombie_count", is->sum.zombie));
		/* a heartbeat of a time to come: what was said before it is not kept */
		if (f->agents[k].last_heartbeat > 0 || (!table_get(rows, i, "health") && is->health == WELL))
			continue;
		OR(text_is("agents --at", rows, i, name, "cause", is->cause));
		OR(text_is("agents --at", rows, i, name, "health", truth_healths[is->health]));
		OR(number_is("agents --at", rows, i, name, "impact", is->place));
	}
	return NULL;
}

static char *overview_was(const struct raw *f, const struct truth *t, const struct table *rows)
{
	static const char *const lines[] = { "fleet/instances",   "fleet/primary",    "fleet/replica",
		                             "fleet/zombie",      "fleet/launching",  "fleet/terminating",
		                             "verdict/unhealthy", "verdict/critical", "verdict/errors",
		                             "verdict/warnings" };
	int n[] = { t->all.total,
		    t->all.primary,
		    t->all.replica,
		    t->all.zombie,
		    t->all.launching,
		    t->all.terminating,
		    t->unhealthy,
		    0,
		    0,
		    0 };
	bool is_ahead = false;
	for (int k = 0; k < f->n_agents; k++)
		is_ahead |= !f->agents[k].is_gone && f->agents[k].last_heartbeat != NEVER &&
		            f->agents[k].last_heartbeat > 0;
	bool is_snoozed = false; /* by hand, not by the verb that the audit log would tell of */
	for (size_t k = 0; k < t->n_conditions; k++) {
		const struct truth_condition *c = &t->conditions[k];
		is_snoozed |= c->is_snoozed;
		n[*c->severity == 'c' ? 7 : *c->severity == 'e' ? 8 : 9]++;
	}
	for (int l = 0; l < 10; l++) {
		size_t i = row_of(rows, "line", lines[l]);
		if ((l > 6 && is_snoozed) || (l == 6 && is_ahead)) continue;
		if (i == rows->n_rows) return mem_printf("overview --at: no line %s", lines[l]);
		OR(number_is("overview --at", rows, i, lines[l], "value", n[l]));
	}
	for (int k = 0; k < f->n_agents; k++) {
		const struct raw_agent *a = &f->agents[k];
		char line[60], name[RAW_ID];
		if (a->is_gone || !a->is_enabled || a->notice != TERMINATION) continue;
		raw_agent_name(k, name);
		snprintf(line, sizeof line, "deadline/%s", name);
		size_t i = row_of(rows, "line", line);
		const char *says = i < rows->n_rows ? table_get(rows, i, "detail") : "no line",
		           *must = truth_verdicts[t->agents[k].rescue.verdict];
		if (!strstr(says, must))
			return mem_printf("overview --at: deadline of %s is '%s', not %s", name, says, must);
	}
	return NULL;
}

char *judge_past(struct judge *j, const struct raw *f, const struct truth *t)
{
	struct table *rows = judge_ask(j, &sql_queries_agents_at);
	OR(and_free(agents_were(f, t, rows), rows));
	rows = judge_ask(j, &sql_queries_overview_at);
	return and_free(overview_was(f, t, rows), rows);
}
