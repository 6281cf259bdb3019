/* past_now.c - a moment ago as told now is what was told then: a fleet in many states is read by every statement of the
 * present, some seconds go by, in which nothing or much happens, and the statements of the past tell the same or n/a. */
#include "core/base/mem.h"
#include "core/db/db.h"
#include "core/db/table.h"
#include "core/jobs/job.h"
#include "sql.h"
#include "tests/support/loop.h"
#include "tests/support/rig.h"
#include "tests/support/server.h"
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

Suite *suite_past_now(void);

/* A statement and its past; key: names a row. kept: columns that must never be n/a when nothing happened since; the others
 * may, where the row says so. */
static const struct twin {
	const char *name;
	const struct query *now, *then;
	const char *key, *kept;
	bool is_of_the_known; /* lists only what is known to have been so */
} twins[] = {
	{ "overview", &sql_queries_overview, &sql_queries_overview_at, "line",
	  " state value seconds agent detail place ", true },
	{ "verdict", &sql_queries_overview_verdict, &sql_queries_overview_verdict_at, NULL,
	  " critical errors warnings snoozed first first_seconds kinds agents unhealthy worst "
	  "termination_notices rebalance_notices ",
	  false },
	{ "deadlines", &sql_queries_overview_deadlines, &sql_queries_overview_deadlines_at, "agent_id",
	  " seconds_left received_seconds_ago verdict margin_seconds basis boot_seconds boot_samples "
	  "launching_id replica_id boot_pool ",
	  false },
	{ "the deadline board", &sql_queries_deadlines, &sql_queries_deadlines_at, "agent_id",
	  " seconds_left deadline_at verdict margin_seconds basis place ", false },
	{ "zones", &sql_queries_zones, &sql_queries_zones_at, "zone",
	  " noticed missed at_risk rebalances since next_deadline_at ", false },
	{ "storms", &sql_queries_overview_storm, &sql_queries_overview_storm_at, "zone",
	  " noticed missed at_risk ", false },
	{ "unhealthy", &sql_queries_overview_stale, &sql_queries_overview_stale_at, "agent_id",
	  " health cause cause_seconds seconds_since_heartbeat ", true },
	{ "health", &sql_queries_overview_health, &sql_queries_overview_health_at, "health", " agents ",
	  true },
	{ "fleet", &sql_queries_overview_fleet, &sql_queries_overview_fleet_at, NULL,
	  " instances primaries zombies cost_usd_per_hour saved_usd_per_hour zombie_usd_per_hour outages "
	  "outages_24h ",
	  false },
	{ "agents", &sql_queries_agents, &sql_queries_agents_at, "agent_id",
	  " health cause impact urgency status enabled notice_status notice_deadline "
	  "seconds_since_heartbeat ",
	  false },
	{ "alerts", &sql_queries_alerts_open, &sql_queries_alerts_at, "alert_id",
	  " severity state message since urgency ", false },
	{ "clients", &sql_queries_clients, &sql_queries_clients_at, "client_id",
	  " agents agents_off total_instances cost_usd_per_hour saved_usd_per_hour zombies ", false },
	{ "outages", &sql_queries_outages, &sql_queries_outages_at, "agent",
	  " cause seconds is_planned began_at ", false },
	{ "instances", &sql_queries_instances, &sql_queries_instances_at, "instance_id",
	  " instance_status agent in_state_seconds ", false },
	{ "pools", &sql_queries_pools, &sql_queries_pools_at, "pool",
	  " spot_usd_per_hour instances outages_30d outage_seconds_30d ", false },
	{ "tiers", &sql_queries_tiers, &sql_queries_tiers_at, "tier", " newest_at ", false },
	{ "header", &sql_queries_header, &sql_queries_header_at, NULL,
	  " clients agents agents_off instances freezes ", false },
	{ "unhealthy of the report", &sql_queries_report_unhealthy, &sql_queries_report_unhealthy_at, "agent",
	  " health cause silent_seconds ", true },
};
enum { N_TWINS = sizeof twins / sizeof *twins };

static struct rig rig;
static void start(void) { rig_start(&rig); }
static void stop(void) { rig_stop(&rig); }

#define AGENT(n) "logical_agent_id = 'agent-0" n "'"
#define LOSE(n, s)                                                                                          \
	"UPDATE instances SET is_primary = FALSE, instance_status = 'terminated', terminated_at = NOW() - " \
	"INTERVAL " s " SECOND WHERE primary_of = (SELECT id FROM agents WHERE " AGENT(n) ")"
#define NOTICE(n, s)                                                                                         \
	"UPDATE agents SET notice_status = 'termination', notice_received_at = NOW() - INTERVAL 40 SECOND, " \
	"notice_deadline = NOW() + INTERVAL " s " SECOND WHERE " AGENT(n)
#define SILENT(n, s) "UPDATE agents SET last_heartbeat_at = NOW() - INTERVAL " s " SECOND WHERE " AGENT(n)
#define PLUS(id, n, state, role, asked)                                                                    \
	"INSERT INTO instances (id, client_id, agent_id, instance_type, region, az, current_mode, "        \
	"current_pool_id, spot_price, ondemand_price, instance_status, launch_role, launch_requested_at, " \
	"launch_confirmed_at, termination_requested_at) SELECT '" id "', client_id, id, 'r3.large', "      \
	"'us-east-1', 'us-east-1e', 'spot', 'r3.large.us-east-1e', 0.02, 0.17, '" state "', '" role        \
	"', " asked " FROM agents WHERE " AGENT(n)

static const char *const states[] = {
	"INSERT INTO switches (client_id, agent_id, new_instance_type, new_region, new_az, new_mode, "
	"new_pool_id, "
	"initiated_at, switched_at, boot_seconds) SELECT a.client_id, a.id, 'r3.large', 'us-east-1', "
	"'us-east-1e', "
	"'spot', 'r3.large.us-east-1e', NOW() - INTERVAL seq + 2 MINUTE, NOW() - INTERVAL seq MINUTE, 20 + "
	"seq FROM "
	"seq_1_to_40 JOIN agents a WHERE a." AGENT("39"),
	LOSE("11", "200"),
	LOSE("12", "20"),
	NOTICE("20", "-30"), /* missed */
	NOTICE("21", "100"), /* a pool makes it */
	NOTICE("22", "30"),  /* a launch does not */
	PLUS("i-boot", "22", "launching", "primary", "NOW() - INTERVAL 20 SECOND, NULL, NULL"),
	NOTICE("01", "60"), /* r-001 is ready */
	NOTICE("23", "60"), /* rescued */
	PLUS("r-023", "23", "running_replica", "replica",
	     "NOW() - INTERVAL 100 SECOND, NOW() - INTERVAL 50 SECOND, NULL"),
	"CALL promote_instance_to_primary('r-023', NULL)",
	"UPDATE agents SET notice_status = 'rebalance' WHERE " AGENT("24"),
	"UPDATE agents SET status = 'offline' WHERE " AGENT("30"),
	SILENT("31", "100"),
	SILENT("32", "60"),
	SILENT("33", "400"),
	PLUS("i-late", "35", "launching", "primary", "NOW() - INTERVAL 400 SECOND, NULL, NULL"),
	PLUS("i-stay", "36", "terminating", "primary",
	     "NOW() - INTERVAL 4000 SECOND, NOW() - INTERVAL 3900 SECOND, NOW() - INTERVAL 500 SECOND"),
	PLUS("i-zomb", "37", "running_replica", "replica",
	     "NOW() - INTERVAL 4000 SECOND, NOW() - INTERVAL 3900 SECOND, NULL"),
	"UPDATE instances SET instance_status = 'zombie' WHERE id = 'i-zomb'",
	"UPDATE agents SET enabled = FALSE WHERE " AGENT("38"),
	"INSERT INTO agents (client_id, logical_agent_id) SELECT id, 'agent-new' FROM clients WHERE name = "
	"'acme'",
	"INSERT INTO automation_freezes (scope_type, reason, created_by, expires_at) VALUES ('all', 'storm', "
	"'ann', NOW() + INTERVAL 1 HOUR)",
};
/* What happens in the seconds between. */
static const char *const events[] = {
	"UPDATE agents SET last_heartbeat_at = NOW(), status = 'online' WHERE logical_agent_id BETWEEN "
	"'agent-030' AND 'agent-033'",
	"UPDATE instances SET instance_status = 'running_replica', launch_confirmed_at = NOW() WHERE id = "
	"'i-boot'",
	"CALL promote_instance_to_primary('r-001', NULL)",
	"UPDATE agents SET notice_status = 'none' WHERE " AGENT("23"),
	"UPDATE agents SET notice_status = 'termination', notice_deadline = NOW() + INTERVAL 120 SECOND "
	"WHERE " AGENT("24"),
	"UPDATE agents SET enabled = TRUE WHERE " AGENT("38"),
	"UPDATE agents SET enabled = FALSE WHERE " AGENT("37"),
	"UPDATE instances SET instance_status = 'running_primary', is_primary = TRUE, launch_confirmed_at = "
	"NOW() WHERE id = 'i-late' AND FALSE",
	LOSE("05", "0"),
	"UPDATE automation_freezes SET thawed_at = NOW()",
};

static struct db *link_up(uv_loop_t *loop, struct db_conf *conf)
{
	server_conf(rig.server, conf);
	free(conf->database);
	conf->database = mem_dup("spot_optimizer");
	return db_open(loop, conf, DB_WRITE, "test");
}

static void run(struct db *db, const char *sql)
{
	struct err e;
	struct db_opts o = { .is_write = true };
	ck_assert_msg(db_call_text(db, sql, strlen(sql), &o, NULL, &e), "%s: %s", sql, e.text);
}

static struct table *ask(struct db *db, const struct query *q, const char *at)
{
	struct db_opts patient = { .deadline_ms = 60000 };
	struct err e;
	struct arg args[] = { arg_str("at", at) };
	struct table *t;
	ck_assert_msg(db_call(db, q, args, at ? 1 : 0, &patient, &t, &e), "%s: %s", q->name, e.text);
	return t;
}

static size_t row_of(const struct table *t, const char *key, const char *name)
{
	size_t i = 0;
	while (i < t->n_rows && key && strcmp(table_get(t, i, key), name) != 0) i++;
	return i;
}

static bool is_same(const char *a, const char *b)
{
	char *end_a, *end_b;
	if (strcmp(a, b) == 0) return true;
	double x = strtod(a, &end_a), y = strtod(b, &end_b);
	return !*end_a && !*end_b && fabs(x - y) < 0.000001;
}

/* Every row of then is a row of now with the same values, or n/a. */
static void compare(const struct twin *w, const struct table *was, const struct table *told, bool is_quiet)
{
	if (is_quiet)
		ck_assert_msg(was->n_rows == told->n_rows, "%s: %zu rows, told %zu", w->name, was->n_rows,
		              told->n_rows);
	for (size_t i = 0; i < was->n_rows; i++) {
		const char *name = w->key ? table_get(was, i, w->key) : "it";
		size_t j = row_of(told, w->key, name);
		if (j == told->n_rows) {
			ck_assert_msg(!is_quiet && w->is_of_the_known, "%s: %s is not told", w->name, name);
			continue;
		}
		for (size_t c = 0; c < was->n_cols; c++) {
			const char *col = was->names[c], *a = table_get(was, i, col);
			char padded[80];
			if (table_col(told, col) < 0) continue;
			const char *b = table_get(told, j, col);
			snprintf(padded, sizeof padded, " %s ", col);
			bool is_kept = strstr(w->kept, padded) != NULL;
			/* a place is among those that are known */
			if (!is_kept ||
			    (!is_quiet && (strcmp(col, "place") == 0 || strcmp(col, "urgency") == 0 ||
			                   strcmp(col, "worst") == 0)))
				continue;
			if (!a && b && !is_quiet && strcmp(b, "at least") == 0) continue;
			if (a && (!b || strstr(b, " is not kept"))) {
				ck_assert_msg(!is_quiet, "%s: %s of %s was %s, told n/a", w->name, col, name,
				              a);
				continue;
			}
			if (!is_quiet && a && b &&
			    (strcmp(w->name, "health") == 0 || strncmp(name, "health/", 7) == 0 ||
			     strcmp(name, "verdict/unhealthy") == 0 || strcmp(col, "unhealthy") == 0) &&
			    strtod(b, NULL) <= strtod(a, NULL))
				continue; /* the others are counted as n/a, and it says at least */
			if (!is_quiet && (strstr(col, "usd") || strncmp(name, "money/", 6) == 0))
				continue; /* what changed since has its pool's price of then */
			ck_assert_msg((!a && !b) || (a && b && is_same(a, b)), "%s: %s of %s was %s, told %s",
			              w->name, col, name, a ? a : "n/a", b ? b : "n/a");
		}
	}
}

/* is_quiet: nothing happened since, so that nothing may be n/a of what is looked at. */
static void looked_back(bool is_quiet)
{
	struct db_conf conf;
	uv_loop_t loop;
	char at[32];
	struct table *was[N_TWINS];
	rig_fresh(&rig);
	rig_do(&rig, "SET GLOBAL event_scheduler = OFF");
	rig_do(&rig, "DELETE FROM alerts");
	rig_do(&rig, "DELETE FROM system_events");
	rig_do(&rig, "UPDATE agents SET created_at = NOW() - INTERVAL 1 HOUR");
	for (size_t i = 0; i < sizeof states / sizeof *states; i++) rig_do(&rig, "%s", states[i]);
	rig_do(&rig, "DELETE FROM job_schedules");
	static const char *const look[] = { "job", "run", "alerts", NULL };
	struct rig_run r = rig_spotop(&rig, false, look);
	ck_assert_msg(r.code == 0, "%s%s", r.out, r.err);
	rig_run_free(&r);
	rig_do(&rig, "DELETE FROM job_schedules");
	/* with it goes that a worker led: the alert says what is so without it, as it would have been raised */
	rig_do(&rig, "UPDATE alerts a JOIN v_alert_conditions c ON c.alert_key = a.alert_key SET a.message = "
	             "c.message, "
	             "a.evidence = c.evidence WHERE a.kind = 'scheduler_off'");
	uv_loop_init(&loop);
	struct db *db = link_up(&loop, &conf);
	run(db, "CALL clock_hold()");
	run(db, "SET @t = UNIX_TIMESTAMP() + 1");
	run(db, "SET timestamp = @t");
	struct table *t = NULL;
	struct err e;
	ck_assert(db_call_text(db, "SELECT NOW() AS at", 18, NULL, &t, &e));
	snprintf(at, sizeof at, "%s", table_get(t, 0, "at"));
	table_free(t);
	for (int i = 0; i < N_TWINS; i++) was[i] = ask(db, twins[i].now, NULL);
	run(db, "SET timestamp = @t + 3");
	for (size_t i = 0; !is_quiet && i < sizeof events / sizeof *events; i++) run(db, events[i]);
	run(db, "SET timestamp = @t + 5");
	for (int i = 0; i < N_TWINS; i++) {
		struct table *told = ask(db, twins[i].then, at);
		compare(&twins[i], was[i], told, is_quiet);
		table_free(told), table_free(was[i]);
	}
	db_close_wait(db);
	conf_free(&conf);
	loop_end(&loop);
}

START_TEST(a_moment_ago_is_now) { looked_back(true); }
END_TEST
START_TEST(what_changed_since_is_as_it_was_or_not_told) { looked_back(false); }
END_TEST

/* --- the worker's look --- */
static void look(struct db *db)
{
	struct job_env env = { .db = db, .holder = "test" };
	struct job_run done;
	struct err e;
	ck_assert_msg(job_run(job_find("alerts"), &env, &done, &e), "%s", e.text);
}

/* Of the moment `at`: how many alerts are critical, and how old the look is that this is known by; n/a: "-". */
static void tells(struct db *db, const char *at, const char *critical, const char *age)
{
	struct table *t = ask(db, &sql_queries_overview_verdict_at, at);
	const char *is = table_get(t, 0, "looked_seconds");
	ck_assert_str_eq(table_get(t, 0, "critical"), critical);
	ck_assert_str_eq(is ? is : "-", age);
	table_free(t);
	t = ask(db, &sql_queries_overview_at, at);
	is = table_get(t, row_of(t, "line", "verdict/critical"), "seconds");
	ck_assert_str_eq(is ? is : "-", age);
	table_free(t);
	t = ask(db, &sql_queries_overview_jobs_at, at);
	is = table_get(t, row_of(t, "name", "alerts"), "seconds_since_last");
	ck_assert_str_eq(is ? is : "-", age);
	table_free(t);
	t = ask(db, &sql_queries_report_ages, at);
	is = table_get(t, row_of(t, "what", "look for alerts"), "age_seconds");
	ck_assert_str_eq(is ? is : "-", age);
	table_free(t);
}

START_TEST(alerts_of_a_moment_ago_say_how_old_the_look_is)
{
	struct db_conf conf;
	uv_loop_t loop;
	char at[4][32];
	static const int seconds[] = { -10, 9, 12, 24 };
	rig_fresh(&rig);
	rig_do(&rig, "SET GLOBAL event_scheduler = OFF");
	rig_do(&rig, "DELETE FROM alerts");
	rig_do(&rig, "DELETE FROM job_schedules");
	rig_do(&rig, "UPDATE agents SET created_at = NOW() - INTERVAL 1 HOUR, last_heartbeat_at = NOW()");
	uv_loop_init(&loop);
	struct db *db = link_up(&loop, &conf);
	struct err e;
	ck_assert_msg(jobs_schedule(db, &e), "%s", e.text);
	run(db, "CALL clock_hold()");
	run(db, "SET @t = UNIX_TIMESTAMP()");
	run(db, "SET timestamp = @t");
	for (int i = 0; i < 4; i++) {
		struct table *t = NULL;
		char sql[80];
		snprintf(sql, sizeof sql, "SELECT NOW() + INTERVAL %d SECOND AS at", seconds[i]);
		ck_assert(db_call_text(db, sql, strlen(sql), NULL, &t, NULL));
		snprintf(at[i], sizeof at[i], "%s", table_get(t, 0, "at"));
		table_free(t);
	}
	look(db);
	run(db, "SET timestamp = @t + 9");
	run(db, LOSE("11", "0")); /* nobody has looked since */
	struct table *now = ask(db, &sql_queries_overview_verdict, NULL);
	ck_assert_str_eq(table_get(now, 0, "critical"), "1");
	table_free(now);
	run(db, "SET timestamp = @t + 10");
	tells(db, at[1], "0", "9");
	run(db, "SET timestamp = @t + 15");
	look(db);
	tells(db, at[1], "0", "9");
	tells(db, at[2], "0", "12"); /* the look after it is not of it */
	run(db, "SET timestamp = @t + 30");
	tells(db, at[3], "1", "9");
	tells(db, at[0], "0", "-"); /* before the first look that is kept */
	now = ask(db, &sql_queries_alerts_at, at[3]);
	ck_assert_str_eq(table_get(now, 0, "last_seen_at"), table_get(now, 0, "opened_at"));
	table_free(now);
	run(db, "SET timestamp = @t + 710"); /* they are kept for ten minutes */
	look(db);
	tells(db, at[1], "0", "-");
	db_close_wait(db);
	conf_free(&conf);
	loop_end(&loop);
}
END_TEST

Suite *suite_past_now(void)
{
	Suite *s = suite_create("past_now");
	TCase *t = tcase_create("past_now");
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_moment_ago_is_now);
	tcase_add_test(t, what_changed_since_is_as_it_was_or_not_told);
	tcase_add_test(t, alerts_of_a_moment_ago_say_how_old_the_look_is);
	suite_add_tcase(s, t);
	return s;
}
