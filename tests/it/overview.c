/* overview.c - the overview, the plugin and the alerts speak of the same: each trouble made in the database
 * is counted by all of them, to the number. */
#include "core/base/mem.h"
#include "core/db/conf.h"
#include "core/db/db.h"
#include "core/db/query.h"
#include "core/db/table.h"
#include "sql.h"
#include "tests/support/rig.h"
#include "tests/support/server.h"
#include <check.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

Suite *suite_overview(void);
static struct rig rig;

static void start(void) { rig_start(&rig); }
static void stop(void) { rig_stop(&rig); }

/* A number from the plugin's perfdata. */
static long perf(const char *out, const char *name)
{
	char key[64];
	snprintf(key, sizeof key, " %s=", name);
	const char *at = strstr(strchr(out, '|'), key);
	ck_assert_msg(at != NULL, "%s in %s", name, out);
	return atol(at + strlen(key));
}

static char *run(const char *const *argv, int code)
{
	struct rig_run r = rig_spotop(&rig, false, argv);
	ck_assert_msg(r.code == code, "%s: exit %d, not %d: %s%s", argv[0], r.code, code, r.out, r.err);
	char *out = mem_dup(r.out);
	rig_run_free(&r);
	return out;
}

static double value(const json_t *rows, const char *section, const char *item)
{
	size_t i;
	const json_t *row;
	json_array_foreach(rows, i, row)
	{
		if (strcmp(json_string_value(json_object_get(row, "section")), section) != 0) continue;
		if (strcmp(json_string_value(json_object_get(row, "item")), item) == 0)
			return json_number_value(json_object_get(row, "value"));
	}
	return -1;
}

/* Of the overview's lines: how many are of the section (item NULL), or the value of one. */
static long line(const json_t *rows, const char *section, const char *item)
{
	size_t i;
	const json_t *row;
	long n = 0;
	json_array_foreach(rows, i, row)
	{
		if (strcmp(json_string_value(json_object_get(row, "section")), section) != 0) continue;
		n++;
		if (item && strcmp(json_string_value(json_object_get(row, "item")), item) == 0)
			return (long)json_number_value(json_object_get(row, "value"));
	}
	return item ? -1 : n;
}

static const struct {
	const char *what, *sql[3];
	int check_code;
	long critical, errors, warnings, snoozed, unhealthy;
} troubles[] = {
	{ "all is well", { NULL }, 0, 0, 0, 0, 0, 0 },
	{ "one agent is silent",
	  { "UPDATE agents SET last_heartbeat_at = NOW() - INTERVAL 95 SECOND WHERE logical_agent_id = "
	    "'agent-003'" },
	  2,
	  0,
	  1,
	  0,
	  0,
	  1 },
	{ "an eighth of the fleet is silent: one condition for all",
	  { "UPDATE agents SET last_heartbeat_at = NOW() - INTERVAL 200 SECOND WHERE logical_agent_id <= "
	    "'agent-005'" },
	  2,
	  1,
	  0,
	  0,
	  0,
	  5 },
	{ "a launch is overdue, and its agent crit",
	  { "INSERT INTO instances (id, client_id, agent_id, instance_type, region, az, instance_status, "
	    "launch_requested_at) "
	    "SELECT 'i-late', client_id, id, 'r3.large', 'us-east-1', 'us-east-1b', 'launching', NOW() - "
	    "INTERVAL 400 SECOND "
	    "FROM agents WHERE logical_agent_id = 'agent-007'" },
	  2,
	  0,
	  1,
	  0,
	  0,
	  1 },
	{ "a job failed once",
	  { "INSERT INTO job_schedules (name, kind, every_seconds, consecutive_failures, next_run_at) "
	    "VALUES ('hourly', 'job', 3600, 1, NOW() + INTERVAL 1 HOUR)" },
	  2,
	  0,
	  1,
	  0,
	  0,
	  0 },
	{ "no primary",
	  { "UPDATE instances SET instance_status = 'zombie', is_primary = FALSE WHERE is_primary AND "
	    "agent_id = "
	    "(SELECT id FROM agents WHERE logical_agent_id = 'agent-009')" },
	  2,
	  1,
	  0,
	  0,
	  0,
	  1 },
};

static void agree(const char *what, int code, const long want[5])
{
	static const char *const check[] = { "check", NULL }, *const view[] = { "overview", "-o", "json",
		                                                                NULL };
	static const char *const agents[] = { "agents", "--unhealthy", "-o", "json", NULL };
	static const char *const names[] = { "critical", "errors", "warnings", "snoozed", "unhealthy" };
	char *plugin = run(check, code), *lines = run(view, 0), *sick = run(agents, 0);
	json_t *all = json_loads(lines, 0, NULL), *list = json_loads(sick, 0, NULL);
	const json_t *rows = json_object_get(all, "rows");
	for (int i = 0; i < 5; i++) {
		ck_assert_msg(perf(plugin, names[i]) == want[i], "%s: check says %s=%ld, not %ld", what,
		              names[i], perf(plugin, names[i]), want[i]);
		ck_assert_msg(line(rows, "verdict", names[i]) == want[i], "%s: overview says %s=%ld, not %ld",
		              what, names[i], line(rows, "verdict", names[i]), want[i]);
	}
	long conditions = want[0] + want[1] + want[2] + want[3];
	ck_assert_int_eq(line(rows, "condition", NULL), conditions);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM v_alert_conditions"), conditions);
	ck_assert_int_eq(line(rows, "unhealthy", NULL), want[4]);
	ck_assert_uint_eq(json_array_size(json_object_get(list, "rows")), (size_t)want[4]);
	ck_assert_int_eq(line(rows, "health", "dead") + line(rows, "health", "crit") +
	                         line(rows, "health", "unknown") + 3 - (line(rows, "health", "dead") >= 0) -
	                         (line(rows, "health", "crit") >= 0) - (line(rows, "health", "unknown") >= 0),
	                 want[4]);
	json_decref(all);
	json_decref(list);
	free(plugin);
	free(lines);
	free(sick);
}

START_TEST(all_count_the_same)
{
	rig_fresh(&rig);
	rig_do(&rig, "DELETE FROM alerts");
	rig_do(&rig, "DELETE FROM job_schedules");
	for (size_t i = 0; i < ARRAY_LEN(troubles[_i].sql) && troubles[_i].sql[i]; i++)
		rig_do(&rig, "%s", troubles[_i].sql[i]);
	long want[] = { troubles[_i].critical, troubles[_i].errors, troubles[_i].warnings,
		        troubles[_i].snoozed, troubles[_i].unhealthy };
	agree(troubles[_i].what, troubles[_i].check_code, want);
	rig_do(&rig, "DELETE FROM job_schedules WHERE name = 'hourly'");
}
END_TEST

/* What the worker opens is what the others count; a snoozed one moves from its severity to the snoozed. */
START_TEST(alerts_are_the_conditions)
{
	static const char *const job[] = { "job", "run", "alerts", NULL };
	rig_fresh(&rig);
	rig_do(&rig, "DELETE FROM alerts");
	rig_do(&rig, "DELETE FROM job_schedules");
	rig_do(&rig, "UPDATE agents SET last_heartbeat_at = NOW() - INTERVAL 100 SECOND WHERE "
	             "logical_agent_id = 'agent-004'");
	free(run(job, 0));
	rig_do(&rig, "DELETE FROM job_schedules"); /* what running the job left: a lease that is not held */
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM alerts WHERE resolved_at IS NULL"), 1);
	agree("an open alert", 2, (long[]){ 0, 1, 0, 0, 1 });
	rig_do(&rig, "UPDATE alerts SET snoozed_until = NOW() + INTERVAL 1 HOUR WHERE resolved_at IS NULL");
	agree("a snoozed alert", 0, (long[]){ 0, 0, 0, 1, 1 });
}
END_TEST

/* A figure of the last of the report's lines of money: the end. */
static double at_end(const json_t *report, const char *name)
{
	const json_t *money = json_object_get(report, "money");
	return json_number_value(json_object_get(json_array_get(money, json_array_size(money) - 1), name));
}

/* What instances cost is what their pools cost now, wherever it is told; they recorded something else at their launch. */
START_TEST(money_is_the_same_wherever_it_is_told)
{
	static const char *const check[] = { "check", NULL }, *const view[] = { "overview", "-o", "json",
		                                                                NULL };
	static const char *const handover[] = { "report", "-o", "json", NULL };
	static const struct {
		const char *name;
		double usd;
	} want[] = { { "cost_usd_per_hour", 40 * 0.06 + 0.04 + 0.06 + 2 },
		     { "saved_usd_per_hour", 40 * (0.175 - 0.06) },
		     { "zombie_usd_per_hour", 0.06 },
		     { "unpriced", 1 },
		     { "unmeasured", 0 } };
	rig_fresh(&rig);
	rig_do(&rig, "DELETE FROM alerts");
	rig_do(&rig, "DELETE FROM job_schedules");
	rig_do(&rig, "UPDATE instances SET spot_price = 0.05, ondemand_price = 0.15");
	rig_do(&rig, "UPDATE spot_pools SET last_price = IF(az = 'us-east-1b', 0.06, 0.04), last_price_at = "
	             "NOW() - INTERVAL 40 SECOND");
	rig_do(&rig,
	       "INSERT INTO instances (id, client_id, agent_id, instance_type, region, az, current_mode, "
	       "current_pool_id, spot_price, ondemand_price, instance_status, launch_confirmed_at) "
	       "SELECT 'i-old', client_id, id, 'r3.large', 'us-east-1', 'us-east-1b', 'spot', "
	       "'r3.large.us-east-1b', 0.07, 0.15, 'zombie', NOW() FROM agents WHERE logical_agent_id = "
	       "'agent-002'");
	rig_do(&rig,
	       "INSERT INTO instances (id, client_id, instance_type, region, az, current_mode, "
	       "ondemand_price, instance_status, launch_confirmed_at) SELECT 'i-dear', id, 'x9.huge', "
	       "'us-east-1', 'us-east-1b', 'ondemand', NULL, 'running_replica', NOW() FROM clients UNION "
	       "ALL SELECT 'i-own', id, 'x9.large', 'us-east-1', 'us-east-1b', 'ondemand', 2, "
	       "'running_replica', NOW() FROM clients");
	char *plugin = run(check, 0), *lines = run(view, 0), *told = run(handover, 0);
	json_t *all = json_loads(lines, 0, NULL), *report = json_loads(told, 0, NULL);
	ck_assert_ptr_nonnull(report);
	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		char key[64];
		snprintf(key, sizeof key, " %s=", want[i].name);
		ck_assert_msg(strstr(plugin, key) != NULL, "%s in %s", want[i].name, plugin);
		ck_assert_double_eq_tol(atof(strstr(plugin, key) + strlen(key)), want[i].usd, 1e-6);
		ck_assert_double_eq_tol(value(json_object_get(all, "rows"), "money", want[i].name),
		                        want[i].usd, 1e-6);
		ck_assert_double_eq_tol(at_end(report, want[i].name), want[i].usd, 1e-6);
	}
	json_decref(all);
	json_decref(report);
	free(plugin);
	free(lines);
	free(told);
}
END_TEST

/* A server that counts nothing says so beside each index, not only that nothing is known. */
START_TEST(what_is_not_counted_says_why)
{
	static const char *const indexes[] = { "indexes", "-o", "json", NULL };
	char *out = run(indexes, 0);
	json_t *all = json_loads(out, 0, NULL);
	const json_t *row;
	size_t i;
	ck_assert_uint_gt(json_array_size(json_object_get(all, "rows")), 50);
	json_array_foreach(json_object_get(all, "rows"), i, row)
	{
		ck_assert(json_is_null(json_object_get(row, "uses")));
		ck_assert_str_eq(json_string_value(json_object_get(row, "reason")),
		                 "performance_schema is off");
	}
	json_decref(all);
	free(out);
}
END_TEST

/* What the overview says of a moment that has just gone by is what it said then, line by line. */
START_TEST(the_overview_of_then_is_the_overview_read_then)
{
	static const char *const sections[] = { "fleet", "money", "deadline", "job", "saved a day" };
	static const char *const now[] = { "overview", "-o", "json", NULL }, *const then[] = {
		"overview", "-o", "json", "--at=-1s", NULL
	};
	rig_fresh(&rig);
	rig_do(&rig, "DELETE FROM alerts");
	rig_do(&rig, "DELETE FROM job_schedules");
	rig_do(&rig, "UPDATE agents SET created_at = NOW() - INTERVAL 1 DAY, updated_at = NOW() - INTERVAL 1 "
	             "MINUTE");
	rig_do(&rig, "UPDATE clients SET created_at = NOW() - INTERVAL 1 DAY");
	rig_do(&rig, "UPDATE spot_pools SET last_price_at = NOW() - INTERVAL 1 MINUTE");
	rig_do(&rig, "UPDATE instances SET spot_price = 0.05, ondemand_price = 0.15, created_at = NOW() - "
	             "INTERVAL 1 "
	             "DAY, launch_requested_at = NOW() - INTERVAL 1 DAY, launch_confirmed_at = NOW() - "
	             "INTERVAL 1 DAY, "
	             "updated_at = NOW() - INTERVAL 1 MINUTE");
	rig_do(&rig,
	       "UPDATE agents SET notice_status = 'termination', notice_received_at = NOW() - INTERVAL 1 "
	       "MINUTE, "
	       "notice_deadline = NOW() + INTERVAL 90 SECOND, updated_at = NOW() - INTERVAL 1 MINUTE WHERE "
	       "logical_agent_id = 'agent-001'");
	rig_do(&rig, "UPDATE system_events SET created_at = NOW() - INTERVAL 1 MINUTE");
	rig_do(&rig,
	       "INSERT INTO client_savings_daily (client_id, date, baseline_cost, actual_cost, savings, "
	       "savings_percentage, computed_at) SELECT id, CURRENT_DATE - INTERVAL 2 DAY, 10, 4, 6, 60, "
	       "NOW() "
	       "FROM clients");
	char *a = run(now, 0), *b = run(then, 0);
	json_t *x = json_loads(a, 0, NULL), *y = json_loads(b, 0, NULL);
	const json_t *rows = json_object_get(x, "rows"), *past = json_object_get(y, "rows"), *row;
	size_t i, n = 0;
	for (size_t k = 0; k < ARRAY_LEN(sections); k++) {
		ck_assert_msg(line(rows, sections[k], NULL) == line(past, sections[k], NULL),
		              "%s: %ld lines, then %ld", sections[k], line(rows, sections[k], NULL),
		              line(past, sections[k], NULL));
		json_array_foreach(rows, i, row)
		{
			const char *item = json_string_value(json_object_get(row, "item"));
			if (strcmp(json_string_value(json_object_get(row, "section")), sections[k]) != 0 ||
			    strcmp(item, "promoting") == 0)
				continue;
			n++;
			ck_assert_msg(fabs(value(rows, sections[k], item) - value(past, sections[k], item)) <
			                      1e-6,
			              "%s %s: %f, then %f", sections[k], item, value(rows, sections[k], item),
			              value(past, sections[k], item));
		}
	}
	ck_assert_uint_ge(n, 6 + 5 + 1 + 1);
	ck_assert_int_eq(line(past, "verdict", "unhealthy"), 1);
	json_decref(x);
	json_decref(y);
	free(a);
	free(b);
	rig_do(&rig, "DELETE FROM client_savings_daily");
}
END_TEST

/* A disabled agent is part of what is touched and of what that is a share of. */
START_TEST(a_bulk_never_touches_more_than_all)
{
	char *all = rig_text(&rig, "SELECT JSON_ARRAYAGG(id) FROM agents");
	rig_do(&rig, "UPDATE agents SET enabled = FALSE WHERE logical_agent_id = 'agent-002'");
	struct err e = { 0 };
	struct table *t;
	struct arg arg = arg_str("agents", all);
	struct db_conf conf;
	server_conf(rig.server, &conf);
	free(conf.database);
	conf.database = mem_dup("spot_optimizer");
	struct db *db = db_open(uv_default_loop(), &conf, DB_READ, "test");
	ck_assert_msg(db_call(db, &sql_queries_blast_radius, &arg, 1, NULL, &t, &e), "%s", e.text);
	ck_assert_uint_ge(t->n_rows, 3);
	for (size_t i = 0; i < t->n_rows; i++) {
		ck_assert_str_eq(table_get(t, i, "touched"), table_get(t, i, "total"));
		ck_assert_str_eq(table_get(t, i, "share_percent"), "100.0");
	}
	rig_do(&rig, "UPDATE agents SET enabled = TRUE WHERE logical_agent_id = 'agent-002'");
	table_free(t);
	free(all);
	db_close_wait(db);
	conf_free(&conf);
}
END_TEST

Suite *suite_overview(void)
{
	Suite *s = suite_create("overview");
	TCase *t = tcase_create("overview");
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, all_count_the_same, 0, (int)ARRAY_LEN(troubles));
	tcase_add_test(t, alerts_are_the_conditions);
	tcase_add_test(t, money_is_the_same_wherever_it_is_told);
	tcase_add_test(t, what_is_not_counted_says_why);
	tcase_add_test(t, a_bulk_never_touches_more_than_all);
	tcase_add_test(t, the_overview_of_then_is_the_overview_read_then);
	suite_add_tcase(s, t);
	return s;
}
