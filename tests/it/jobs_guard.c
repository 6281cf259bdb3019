/* jobs_guard.c - what the jobs hold against: rows that come while their day is dropped, a clock that is moved,
 * a worker beside one that leads, a login that has the worker's role and nothing else. */
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/db/conf.h"
#include "core/db/db.h"
#include "core/jobs/job.h"
#include "tests/support/loop.h"
#include "tests/support/rig.h"
#include "tests/support/server.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

Suite *suite_jobs_guard(void);

static struct rig rig;
static void start(void)
{
	rig_start(&rig);
	rig_do(&rig, "CREATE USER t_worker");
	rig_do(&rig, "GRANT spotop_worker TO t_worker");
	rig_do(&rig, "SET DEFAULT ROLE spotop_worker FOR t_worker");
}
static void stop(void) { rig_stop(&rig); }

#define POOL "r3.large.us-east-1b"

static void fresh(void)
{
	static const char *const tables[] = { "spot_price_snapshots", "pricing_consolidated",
		                              "pricing_canonical",    "pool_price_hourly",
		                              "consolidation_jobs",   "alerts",
		                              "job_schedules" };
	rig_fresh(&rig);
	for (size_t i = 0; i < ARRAY_LEN(tables); i++) rig_do(&rig, "DELETE FROM %s", tables[i]);
}

static void snapshot(int days_ago, int arrived_minutes_ago, const char *price)
{
	rig_do(&rig,
	       "INSERT INTO spot_price_snapshots (agent_id, pool_id, price, observed_at, created_at, "
	       "source_instance_role) SELECT MIN(id), '" POOL
	       "', %s, UTC_DATE() - INTERVAL %d DAY + INTERVAL 10 "
	       "HOUR + INTERVAL %d MINUTE, NOW() - INTERVAL %d MINUTE, 'primary' FROM agents",
	       price, days_ago, arrived_minutes_ago % 50, arrived_minutes_ago);
}

/* --- a job in this process, with a hand in between its statements --- */
struct hand {
	const char *before; /* this statement of the job ... */
	void (*act)(void);  /* ... this happens, once */
	int skip;           /* so many of them go by first */
};

static void on_statement(void *ctx, const char *name)
{
	struct hand *h = ctx;
	if (!h->before || strcmp(name, h->before) != 0 || h->skip-- > 0) return;
	h->before = NULL;
	h->act();
}

static bool is_told_to_end;
static void tell_to_end(void) { is_told_to_end = true; }
static bool is_stopping(void *ctx)
{
	(void)ctx;
	return is_told_to_end;
}

static bool run_with(const char *name, struct hand *h, struct err *e)
{
	struct db_conf conf;
	struct job_run r;
	uv_loop_t loop;
	char holder[160];
	server_conf(rig.server, &conf);
	ck_assert(conf_set(&conf, "database", "spot_optimizer", "test", e) && conf_check(&conf, e));
	uv_loop_init(&loop);
	struct db *db = db_open(&loop, &conf, DB_WRITE, "jobs");
	conf_free(&conf);
	lease_holder_name(holder);
	struct job_env env = { .db = db,
		               .holder = holder,
		               .server = "test",
		               .statement = on_statement,
		               .stop = is_stopping,
		               .ctx = h };
	bool ok = jobs_session(db, e) && jobs_schedule(db, e) && job_run(job_find(name), &env, &r, e);
	db_close_wait(db);
	loop_end(&loop);
	return ok;
}

static void run(const char *name, const char *before, void (*act)(void))
{
	struct hand h = { before, act, 0 };
	struct err e = { 0 };
	ck_assert_msg(run_with(name, &h, &e), "%s: %s", name, e.text);
	ck_assert_msg(!h.before, "%s never came to %s", name, before ? before : "");
}

static long count(const char *what) { return rig_number(&rig, "SELECT COUNT(*) FROM %s", what); }

/* A worker that is stopped, as each upgrade does, raises no alert: the job is due for the next one. */
START_TEST(who_is_told_to_end_has_not_failed)
{
	struct hand h = { "jobs/fence", tell_to_end, 0 };
	struct err e = { 0 };
	rig_do(&rig, "UPDATE job_schedules SET next_run_at = NOW() - INTERVAL 1 SECOND");
	ck_assert(!run_with("retention", &h, &e));
	ck_assert_int_eq(e.code, ERR_CANCELLED);
	is_told_to_end = false;
	ck_assert_int_eq(count("job_schedules WHERE name = 'retention' AND consecutive_failures = 0 AND "
	                       "lease_until IS NULL "
	                       "AND next_run_at <= NOW()"),
	                 1);
	ck_assert_int_eq(count("v_alert_conditions WHERE kind = 'job_failed'"), 0);
	run("retention", NULL, NULL);
}
END_TEST

/* --- rows that come while their day goes --- */

static void late_snapshot(void) { snapshot(3, 0, "0.0442"); }

/* A back end's price that names no agent is a report, and no history that somebody brought from a file. */
START_TEST(a_price_without_an_agent_is_no_import)
{
	rig_do(&rig,
	       "CALL partitions_ensure('spot_price_snapshots', UTC_DATE() - INTERVAL 5 DAY, UTC_DATE())");
	rig_do(&rig,
	       "INSERT INTO spot_price_snapshots (pool_id, price, observed_at, created_at) VALUES ('" POOL
	       "', 0.03, UTC_DATE() - INTERVAL 3 DAY, NOW() - INTERVAL 1 HOUR)");
	run("consolidate", NULL, NULL);
	run("retention", NULL, NULL);
	ck_assert_int_eq(count("spot_price_snapshots"), 0);
	rig_do(&rig, "INSERT INTO spot_price_snapshots (id, pool_id, price, observed_at, created_at) VALUES "
	             "(0, '" POOL "', 0.03, UTC_DATE() - INTERVAL 3 DAY, NOW() - INTERVAL 1 HOUR)");
	snapshot(3, 70, "0.04");
	run("consolidate", NULL, NULL);
	run("retention", NULL, NULL);
	ck_assert_int_eq(count("spot_price_snapshots WHERE id = 0"), 1);
	rig_do(&rig,
	       "INSERT INTO spot_price_snapshots (pool_id, price, observed_at, created_at) VALUES ('" POOL
	       "', 0.05, UTC_DATE() - INTERVAL 3 DAY, NOW() - INTERVAL 1 HOUR)");
	run("consolidate", NULL, NULL);
	run("retention", NULL, NULL); /* the import keeps the day, and not what else lies there */
	ck_assert_int_eq(count("spot_price_snapshots"), 1);
}
END_TEST

/* It comes after the look at what may go and before the day goes. */
START_TEST(a_late_snapshot_outlives_its_day)
{
	rig_do(&rig,
	       "CALL partitions_ensure('spot_price_snapshots', UTC_DATE() - INTERVAL 5 DAY, UTC_DATE())");
	snapshot(3, 70, "0.03");
	snapshot(4, 71, "0.03");
	run("consolidate", NULL, NULL);
	run("retention", "jobs/retention_drop", late_snapshot);
	ck_assert_int_eq(count("spot_price_snapshots"), 1);
	ck_assert_int_eq(count("spot_price_snapshots WHERE price = 0.0442"), 1);
	ck_assert_int_eq(count("information_schema.TABLES WHERE TABLE_NAME LIKE 'dropping%'"), 0);
	run("consolidate", NULL, NULL);
	ck_assert_int_eq(count("pricing_consolidated WHERE price = 0.0442 AND NOT is_interpolated"), 1);
	ck_assert_int_eq(count("pricing_consolidated WHERE price = 0.03 AND NOT is_interpolated"), 2);
}
END_TEST

/* A run died with a day taken aside: the next one gives back what has to stay, and throws the rest away. */
START_TEST(a_day_taken_aside_is_not_forgotten)
{
	rig_do(&rig,
	       "CALL partitions_ensure('spot_price_snapshots', UTC_DATE() - INTERVAL 5 DAY, UTC_DATE())");
	snapshot(3, 70, "0.03");
	run("consolidate", NULL, NULL);
	late_snapshot();
	rig_do(&rig, "CREATE TABLE dropping_spot_price_snapshots LIKE spot_price_snapshots");
	rig_do(&rig, "ALTER TABLE dropping_spot_price_snapshots REMOVE PARTITIONING");
	rig_do(&rig, "INSERT INTO dropping_spot_price_snapshots SELECT * FROM spot_price_snapshots");
	rig_do(&rig, "DELETE FROM spot_price_snapshots");
	run("retention", NULL, NULL);
	ck_assert_int_eq(count("spot_price_snapshots"), 1);
	ck_assert_int_eq(count("spot_price_snapshots WHERE price = 0.0442"), 1);
	ck_assert_int_eq(count("information_schema.TABLES WHERE TABLE_NAME LIKE 'dropping%'"), 0);
}
END_TEST

static void consolidate_late(void)
{
	snapshot(9, 0, "0.0551");
	run("consolidate", NULL, NULL);
}

/* Consolidated by hand after the look, and not yet canonical: the third tier still gets it. */
START_TEST(a_late_consolidated_row_waits_for_the_next_tier)
{
	snapshot(9, 70, "0.03");
	run("consolidate", NULL, NULL);
	run("canonicalize", NULL, NULL);
	run("hourly", NULL, NULL);
	run("retention", "jobs/retention_drop", consolidate_late);
	ck_assert_int_eq(count("pricing_consolidated WHERE price = 0.0551"), 1);
	run("canonicalize", NULL, NULL);
	run("hourly", NULL, NULL);
	ck_assert_int_eq(count("pricing_canonical WHERE price = 0.0551"), 1);
	ck_assert_int_eq(count("pricing_canonical WHERE price = 0.03 AND NOT is_interpolated"), 1);
	run("retention", NULL, NULL);
	ck_assert_int_eq(count("pricing_consolidated"), 0);
	ck_assert_int_eq(count("pricing_canonical WHERE price IN (0.0551, 0.03) AND NOT is_interpolated"), 2);
}
END_TEST

START_TEST(runs_of_imports_are_kept)
{
	rig_do(&rig, "INSERT INTO consolidation_jobs (job_type, status, started_at, chunk) VALUES "
	             "('import', 'completed', NOW() - INTERVAL 400 DAY, 'fingerprint'), "
	             "('consolidate', 'completed', NOW() - INTERVAL 400 DAY, 'fingerprint')");
	run("retention", NULL, NULL);
	ck_assert_int_eq(count("consolidation_jobs WHERE chunk = 'fingerprint'"), 1);
	ck_assert_int_eq(count("consolidation_jobs WHERE chunk = 'fingerprint' AND job_type = 'import'"), 1);
}
END_TEST

/* --- the clock; all that is kept of it is in the schedule, so moving that is moving it --- */

static void an_hour_on(void)
{
	rig_do(&rig, "UPDATE job_schedules SET lease_until = lease_until - INTERVAL 1 HOUR");
}

START_TEST(a_clock_put_forward_ends_the_run_and_the_next_makes_it_whole)
{
	struct hand h = { "jobs/begin", an_hour_on, 2 }; /* between the two days */
	struct err e = { 0 };
	snapshot(2, 70, "0.03");
	snapshot(1, 71, "0.04");
	ck_assert(!run_with("consolidate", &h, &e));
	ck_assert_msg(e.code == ERR_CONFLICT, "%s", e.text);
	run("consolidate", NULL, NULL);
	ck_assert_int_eq(count("pricing_consolidated WHERE NOT is_interpolated"), 2);
	ck_assert_int_eq(count("consolidation_jobs WHERE status = 'running'"), 0);
}
END_TEST

START_TEST(a_clock_put_back_stops_nothing_and_loses_no_row)
{
	const char *once[] = { "worker", "--once", NULL };
	snapshot(2, 300, "0.03");
	run("consolidate", NULL, NULL);
	/* Two hours back: what was said before lies ahead now, a dead worker's leases too. */
	rig_do(&rig,
	       "UPDATE job_schedules SET next_run_at = NOW() + INTERVAL every_seconds + 7200 SECOND, "
	       "state = IF(name = 'consolidate', JSON_SET(state, '$.mark', DATE_FORMAT(NOW() + INTERVAL 2 "
	       "HOUR, '%%Y-%%m-%%d %%H:%%i:%%s')), state), holder = 'dead:1:x', lease_until = NOW(3) + "
	       "INTERVAL 7215 SECOND, fence = fence + 1");
	snapshot(1, 0, "0.0777");
	struct rig_run r = rig_spotop(&rig, false, once);
	ck_assert_msg(r.code == 0, "exit %d: %s", r.code, r.err);
	rig_run_free(&r);
	ck_assert_int_eq(count("job_schedules WHERE name = 'consolidate' AND JSON_VALUE(state, '$.mark') <= "
	                       "NOW() "
	                       "AND next_run_at <= NOW() + INTERVAL every_seconds SECOND"),
	                 1);
	run("consolidate", NULL, NULL);
	ck_assert_int_eq(count("pricing_consolidated WHERE price = 0.0777"), 1);
}
END_TEST

/* --- beside a leader; by the worker's rights --- */

START_TEST(once_beside_a_leader_has_nothing_to_do)
{
	const char *once[] = { "worker", "--once", NULL };
	struct rig_run r = rig_spotop(&rig, false, once);
	ck_assert_int_eq(r.code, 0);
	rig_run_free(&r);
	rig_do(&rig, "UPDATE job_schedules SET last_run_at = NULL, next_run_at = NOW()");
	rig_do(&rig,
	       "UPDATE job_schedules SET holder = 'elsewhere:1:x', lease_until = NOW(3) + INTERVAL 60 SECOND "
	       "WHERE name = 'leader'");
	r = rig_spotop(&rig, false, once);
	ck_assert_msg(r.code == 0, "exit %d: %s", r.code, r.err);
	ck_assert_ptr_nonnull(strstr(r.err, "elsewhere:1:x"));
	rig_run_free(&r);
	ck_assert_int_eq(count("job_schedules WHERE last_run_at IS NOT NULL"), 0);
}
END_TEST

/* Something for each job to do, done twice: the second time retention may drop what the first took in. */
START_TEST(the_workers_role_runs_every_job)
{
	const char *once[] = { "worker", "--once", "-u", "t_worker", NULL };
	rig_do(&rig,
	       "CALL partitions_ensure('spot_price_snapshots', UTC_DATE() - INTERVAL 5 DAY, UTC_DATE())");
	snapshot(3, 70, "0.03");
	snapshot(4, 71, "0.03");
	snapshot(9, 72, "0.03");
	rig_do(&rig, "INSERT INTO sse_events (client_id, event_type, event_data, expires_at) SELECT MIN(id), "
	             "'HEARTBEAT', "
	             "'{}', NOW() - INTERVAL 1 DAY FROM clients");
	rig_do(&rig, "INSERT INTO system_events (event_type, severity, message, created_at) VALUES ('x', "
	             "'info', 'x', "
	             "NOW() - INTERVAL 100 DAY), ('y', 'error', 'y', NOW() - INTERVAL 500 DAY)");
	rig_do(&rig,
	       "INSERT INTO consolidation_jobs (job_type, status, started_at) VALUES ('alerts', 'completed', "
	       "NOW() - INTERVAL 400 DAY)");
	rig_do(&rig, "INSERT INTO pool_price_hourly (pool_id, hour_at, price_avg, price_min, price_max, "
	             "price_open, "
	             "price_close) VALUES ('" POOL "', '2020-01-01', 1, 1, 1, 1, 1)");
	rig_do(&rig, "INSERT INTO notifications (client_id, message, notification_type, created_at) SELECT "
	             "MIN(id), "
	             "'x', 'info', NOW() - INTERVAL 400 DAY FROM clients");
	rig_do(&rig,
	       "INSERT INTO commands (client_id, agent_id, command_type, status, expires_at) SELECT "
	       "client_id, "
	       "id, 'APPLY_CONFIG', 'pending', NOW() - INTERVAL 1 HOUR FROM agents ORDER BY id LIMIT 1");
	rig_do(&rig, "UPDATE agents SET last_heartbeat_at = NOW() - INTERVAL 1 HOUR ORDER BY id LIMIT 1");
	for (int i = 0; i < 2; i++) {
		rig_do(&rig, "UPDATE job_schedules SET next_run_at = NOW()");
		rig_do(&rig, "UPDATE spotop_agent_counts SET total_instances = total_instances + 1 LIMIT 1");
		struct rig_run r = rig_spotop(&rig, false, once);
		ck_assert_msg(r.code == 0, "exit %d: %s", r.code, r.err);
		rig_run_free(&r);
		char *failed =
		        rig_text(&rig,
		                 "SELECT GROUP_CONCAT(name, ': ', last_status, ' ', COALESCE(last_error, "
		                 "'') SEPARATOR '; ') FROM job_schedules WHERE kind = 'job' AND "
		                 "last_status <> 'ok'");
		ck_assert_msg(!failed, "%s", failed ? failed : "");
	}
	for (size_t i = 0; jobs[i]; i++)
		ck_assert_int_eq(rig_number(&rig,
		                            "SELECT COUNT(*) FROM job_schedules WHERE name = '%s' AND "
		                            "last_status "
		                            "= 'ok'",
		                            jobs[i]->name),
		                 1);
	ck_assert_int_eq(count("spot_price_snapshots"), 0);
	ck_assert_int_eq(count("pricing_consolidated WHERE observed_at < NOW() - INTERVAL 8 DAY"), 0);
	ck_assert_int_eq(count("pricing_canonical WHERE NOT is_interpolated"), 3);
	ck_assert_int_gt(count("system_events WHERE event_type = 'retention_dropped'"), 1);
	ck_assert_int_eq(count("system_events WHERE event_type IN ('x', 'y')"), 0);
	ck_assert_int_eq(count("pool_price_hourly WHERE hour_at = '2020-01-01'"), 0);
	ck_assert_int_eq(count("alerts WHERE kind = 'agent_dead'"), 1);
	ck_assert_int_eq(count("commands WHERE status = 'pending'"), 0);
}
END_TEST

Suite *suite_jobs_guard(void)
{
	Suite *s = suite_create("jobs_guard");
	TCase *t = tcase_create("jobs_guard");
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_checked_fixture(t, fresh, NULL);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, who_is_told_to_end_has_not_failed);
	tcase_add_test(t, a_price_without_an_agent_is_no_import);
	tcase_add_test(t, a_late_snapshot_outlives_its_day);
	tcase_add_test(t, a_day_taken_aside_is_not_forgotten);
	tcase_add_test(t, a_late_consolidated_row_waits_for_the_next_tier);
	tcase_add_test(t, runs_of_imports_are_kept);
	tcase_add_test(t, a_clock_put_forward_ends_the_run_and_the_next_makes_it_whole);
	tcase_add_test(t, a_clock_put_back_stops_nothing_and_loses_no_row);
	tcase_add_test(t, once_beside_a_leader_has_nothing_to_do);
	tcase_add_test(t, the_workers_role_runs_every_job);
	suite_add_tcase(s, t);
	return s;
}
