/* jobs.c - the price tiers against a plain reference, whatever the snapshots look like and wherever the
 * worker dies; leases and fences; alerts, the hook and the plugin. */
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/db/conf.h"
#include "core/db/db.h"
#include "core/jobs/job.h"
#include "tests/support/loop.h"
#include "tests/support/rig.h"
#include "tests/support/series.h"
#include "tests/support/server.h"
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

Suite *suite_jobs(void);

static struct rig rig;
static void start(void) { rig_start(&rig); }
static void stop(void) { rig_stop(&rig); }

#define POOL   "r3.large.us-east-1b"
#define IMPORT "r3.large.us-east-1e"

/* --- a worker in this process --- */
struct hands {
	struct db_conf conf;
	uv_loop_t loop;
	struct db *db;
	char holder[160];
	long left; /* statements until `signum` hits this process */
	int signum;
	int lease_s, part_rows;
};

static void hands_open(struct hands *h)
{
	struct err e = { 0 };
	server_conf(rig.server, &h->conf);
	uv_loop_init(&h->loop);
	ck_assert(conf_set(&h->conf, "database", "spot_optimizer", "test", &e));
	ck_assert_msg(conf_check(&h->conf, &e), "%s", e.text);
	h->db = db_open(&h->loop, &h->conf, DB_WRITE, "jobs");
	lease_holder_name(h->holder);
	ck_assert_msg(jobs_session(h->db, &e) && jobs_schedule(h->db, &e), "%s", e.text);
}

static void hands_close(struct hands *h)
{
	db_close_wait(h->db);
	loop_end(&h->loop);
	conf_free(&h->conf);
}

static void on_statement(void *ctx, const char *name)
{
	struct hands *h = ctx;
	(void)name;
	if (h->signum && --h->left == 0) raise(h->signum);
}

static bool run_job(struct hands *h, const char *name, const char *hook, struct err *e)
{
	struct job_run r;
	struct lease leader = { .db = h->db, .name = "leader", .seconds = h->lease_s };
	struct job_env env = { .db = h->db,
		               .conf = &h->conf,
		               .links = 2,
		               .part_rows = h->part_rows,
		               .holder = h->holder,
		               .server = "test",
		               .hook = hook,
		               .statement = on_statement,
		               .ctx = h };
	snprintf(leader.holder, sizeof leader.holder, "%s", h->holder);
	if (h->lease_s) {
		if (!lease_take(&leader, e)) return false;
		env.leader = &leader;
	}
	bool ok = job_run(job_find(name), &env, &r, e);
	if (h->lease_s) lease_release(&leader);
	return ok;
}

static int part_rows; /* 1: each day is a step of its own */
static void run_whole(const char *name, const char *hook)
{
	struct hands h = { .part_rows = part_rows };
	struct err e = { 0 };
	hands_open(&h);
	bool ok = run_job(&h, name, hook, &e);
	hands_close(&h);
	ck_assert_msg(ok, "%s: %s", name, e.text);
}

static void run_tiers(void)
{
	run_whole("consolidate", NULL);
	run_whole("canonicalize", NULL);
	run_whole("hourly", NULL);
}

/* A child that runs a job and is hit by `signum` at its n-th statement. */
static pid_t run_and_hit(const char *name, long n, int signum, int lease_s)
{
	pid_t pid = fork();
	if (pid) return pid;
	struct hands h = { .left = n, .signum = signum, .lease_s = lease_s, .part_rows = 1 };
	struct err e = { 0 };
	hands_open(&h);
	bool ok = run_job(&h, name, NULL, &e);
	_exit(ok ? 0 : e.code == ERR_CONFLICT || e.code == ERR_DB_DOWN || e.code == ERR_UNKNOWN ? 7 : 8);
}

static void fresh(void)
{
	part_rows = 0;
	rig_fresh(&rig);
	rig_do(&rig, "DELETE FROM spot_price_snapshots");
	rig_do(&rig, "DELETE FROM pricing_consolidated");
	rig_do(&rig, "DELETE FROM pricing_canonical");
	rig_do(&rig, "DELETE FROM pool_price_hourly");
	rig_do(&rig, "DELETE FROM consolidation_jobs");
	rig_do(&rig, "DELETE FROM alerts");
	rig_do(&rig, "DELETE FROM job_schedules");
}

/* Days around a change to summer time in Europe and the USA: nothing of it may show. */
#define FROM 1774656000 /* 2026-03-28 00:00:00 UTC */

START_TEST(tiers_are_what_a_plain_reading_gives)
{
	int64_t id = 1;
	series_seed(7 + (unsigned)_i);
	part_rows = _i % 2;
	struct series *a = series_new(FROM + 3, 4, false, &id), *b = series_new(FROM + 11, 9, true, &id);
	/* out of order, and the last fifth late */
	for (size_t i = 0; i < a->n; i++) {
		size_t k = (size_t)series_random((long)a->n);
		struct snap s = a->s[i];
		a->s[i] = a->s[k];
		a->s[k] = s;
	}
	size_t late_a = a->n - a->n / 5, late_b = b->n - b->n / 5, whole_a = a->n, whole_b = b->n;
	series_insert_all(&rig, POOL, a->s, late_a);
	series_insert_all(&rig, IMPORT, b->s, late_b);
	run_tiers();
	a->n = late_a;
	b->n = late_b;
	series_compare(&rig, POOL, a);
	series_compare(&rig, IMPORT, b);
	series_insert_all(&rig, POOL, a->s + late_a, whole_a - late_a);
	series_insert_all(&rig, IMPORT, b->s + late_b, whole_b - late_b);
	run_tiers();
	a->n = whole_a;
	b->n = whole_b;
	series_compare(&rig, POOL, a);
	series_compare(&rig, IMPORT, b);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM spot_price_snapshots WHERE NOT is_duplicate"),
	                 rig_number(&rig,
	                            "SELECT COUNT(*) FROM pricing_consolidated WHERE NOT is_interpolated"));
	ck_assert_int_eq(rig_number(&rig,
	                            "SELECT COUNT(*) FROM pricing_consolidated c LEFT JOIN pool_price_hourly "
	                            "h ON h.pool_id "
	                            "= c.pool_id AND h.hour_at = DATE_FORMAT(c.observed_at, '%%Y-%%m-%%d "
	                            "%%H:00:00') WHERE "
	                            "h.pool_id IS NULL OR c.price NOT BETWEEN h.price_min AND h.price_max"),
	                 0);
	free(a);
	free(b);
}
END_TEST

START_TEST(a_second_run_changes_nothing)
{
	int64_t id = 1;
	series_seed(99);
	struct series *a = series_new(FROM + 3, 2, false, &id);
	series_insert_all(&rig, POOL, a->s, a->n);
	run_tiers();
	char *before = rig_text(&rig, "SELECT CONCAT(BIT_XOR(id), '-', COUNT(*), '-', MAX(consolidated_at)) "
	                              "FROM pricing_consolidated");
	rig_do(&rig, "UPDATE job_schedules SET state = NULL");
	run_tiers();
	char *after = rig_text(&rig, "SELECT CONCAT(BIT_XOR(id), '-', COUNT(*), '-', MAX(consolidated_at)) "
	                             "FROM pricing_consolidated");
	ck_assert_str_eq(before, after);
	series_compare(&rig, POOL, a);
	free(before);
	free(after);
	free(a);
}
END_TEST

static void wait_child(pid_t pid, int *status) { ck_assert_int_eq(waitpid(pid, status, 0), pid); }

START_TEST(killed_at_any_statement_the_next_run_makes_it_whole)
{
	int64_t id = 1;
	int status, n_killed = 0;
	series_seed(31);
	struct series *a = series_new(FROM + 3, 12, false, &id), *b = series_new(FROM + 11, 12, true, &id);
	series_insert_all(&rig, POOL, a->s, a->n);
	series_insert_all(&rig, IMPORT, b->s, b->n);
	for (long n = 1; n < 40; n += 1 + series_random(3)) {
		/* a dead holder's leases run out by themselves; here the wait is skipped */
		rig_do(&rig, "UPDATE job_schedules SET lease_until = NOW() - INTERVAL 1 SECOND");
		wait_child(run_and_hit(n % 3 == 0 ? "canonicalize" : "consolidate", n, SIGKILL, 0), &status);
		ck_assert_msg(WIFSIGNALED(status) || WEXITSTATUS(status) == 0, "status %d", status);
		if (WIFSIGNALED(status)) n_killed++;
	}
	ck_assert_int_gt(n_killed, 10);
	rig_do(&rig, "UPDATE job_schedules SET lease_until = NOW() - INTERVAL 1 SECOND");
	run_tiers();
	series_compare(&rig, POOL, a);
	series_compare(&rig, IMPORT, b);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM consolidation_jobs WHERE status IN "
	                                  "('running', 'pending')"),
	                 0);
	free(a);
	free(b);
}
END_TEST

/* A worker stands still in the middle of a step, longer than its lease; another takes over and ends the
 * work; the first wakes and must not write. */
START_TEST(a_holder_that_slept_past_its_lease_writes_nothing)
{
	int64_t id = 1;
	int status;
	series_seed(5 + (unsigned)_i);
	struct series *a = series_new(FROM + 3, 3, false, &id), *b = series_new(FROM + 11, 3, true, &id);
	series_insert_all(&rig, POOL, a->s, a->n);
	series_insert_all(&rig, IMPORT, b->s, b->n);
	/* in the first step, at its commit, or between two steps */
	pid_t pid = run_and_hit("consolidate", 12 + 7 * _i, SIGSTOP, 5);
	ck_assert_int_eq(waitpid(pid, &status, WUNTRACED), pid);
	ck_assert_msg(WIFSTOPPED(status), "it ended with %d", status);
	struct hands h = { .lease_s = 5, .part_rows = 1 };
	struct err e = { 0 };
	hands_open(&h);
	int64_t until = clock_mono_ms() + 30000;
	bool ok = false;
	while (!(ok = run_job(&h, "consolidate", NULL, &e)) && clock_mono_ms() < until) usleep(200000);
	hands_close(&h);
	ck_assert_msg(ok, "%s", e.text);
	run_whole("canonicalize", NULL);
	long fence = rig_number(&rig, "SELECT fence FROM job_schedules WHERE name = 'consolidate'");
	series_compare(&rig, POOL, a);
	series_compare(&rig, IMPORT, b);
	char *before = rig_text(&rig, "SELECT BIT_XOR(CRC32(CONCAT_WS(',', id, job_type, status, chunk, "
	                              "fence))) FROM consolidation_jobs");
	kill(pid, SIGCONT);
	wait_child(pid, &status);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 7, "the sleeper ended with %d", status);
	char *after = rig_text(&rig, "SELECT BIT_XOR(CRC32(CONCAT_WS(',', id, job_type, status, chunk, "
	                             "fence))) FROM consolidation_jobs");
	ck_assert_str_eq(before, after);
	series_compare(&rig, POOL, a);
	series_compare(&rig, IMPORT, b);
	ck_assert_int_eq(rig_number(&rig, "SELECT fence FROM job_schedules WHERE name = 'consolidate'"),
	                 fence);
	free(before);
	free(after);
	free(a);
	free(b);
}
END_TEST

START_TEST(alerts_are_raised_once_cleared_and_told_to_the_hook)
{
	char hook[300], *out;
	mkdir(rig.state, 0700);
	snprintf(hook, sizeof hook, "cat >> %s/hook; echo >> %s/hook", rig.state, rig.state);
	rig_do(&rig, "CALL instance_launching((SELECT MIN(id) FROM agents), 'i-0stuck', '" POOL
	             "', 'spot', 'replica', NULL)");
	rig_do(&rig, "UPDATE instances SET launch_requested_at = NOW() - INTERVAL 400 SECOND WHERE id = "
	             "'i-0stuck'");
	run_whole("alerts", hook);
	run_whole("alerts", hook);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM alerts WHERE alert_key = 'launch:i-0stuck' "
	                                  "AND resolved_at IS NULL AND seen_count = 2"),
	                 1);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM alerts WHERE resolved_at IS NULL"),
	                 rig_number(&rig, "SELECT COUNT(*) FROM v_alert_conditions"));
	const char *check[] = { "check", NULL };
	struct rig_run r = rig_spotop(&rig, false, check);
	ck_assert_int_eq(r.code, 2);
	ck_assert_ptr_nonnull(strstr(r.out, "i-0stuck has been launching for over 300 s"));
	ck_assert_ptr_nonnull(strstr(r.out, " launches_overdue=1 "));
	rig_run_free(&r);
	rig_do(&rig, "CALL instance_running('i-0stuck')");
	run_whole("alerts", hook);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM alerts WHERE alert_key = 'launch:i-0stuck' "
	                                  "AND resolved_at IS NOT NULL"),
	                 1);
	out = mem_printf("grep -c launch:i-0stuck %s/hook | grep -qx 2", rig.state);
	ck_assert_int_eq(system(out), 0);
	free(out);
}
END_TEST

START_TEST(retention_waits_for_the_next_tier)
{
	struct snap old = { .at = clock_wall_ms() / 1000 - 3 * 86400, .price = 30000, .role = 0, .id = 1 };
	series_insert(&rig, POOL, &old);
	rig_do(&rig,
	       "CALL partitions_ensure('spot_price_snapshots', UTC_DATE() - INTERVAL 5 DAY, UTC_DATE())");
	run_whole("retention", NULL);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM spot_price_snapshots"), 1);
	run_whole("consolidate", NULL);
	/* what arrived in the last ten minutes is read once more by the next run, so it stays as long */
	rig_do(&rig, "UPDATE spot_price_snapshots SET created_at = created_at - INTERVAL 1 HOUR");
	run_whole("retention", NULL);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM spot_price_snapshots"), 0);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM pricing_consolidated"), 1);
	ck_assert_int_gt(rig_number(&rig, "SELECT COUNT(*) FROM system_events WHERE event_type = "
	                                  "'retention_dropped'"),
	                 0);
}
END_TEST

START_TEST(a_dead_agents_command_is_parked_and_never_run_twice)
{
	rig_do(&rig, "INSERT INTO commands (client_id, agent_id, command_type, status, executed_at, "
	             "lease_until, fence, attempts, stage) "
	             "SELECT client_id, id, 'LAUNCH_INSTANCE', 'executing', NOW() - INTERVAL 1 HOUR, NOW() - "
	             "INTERVAL 10 MINUTE, 1, 1, 'launching' FROM agents ORDER BY id LIMIT 1");
	rig_do(&rig, "INSERT INTO commands (client_id, agent_id, command_type, status, executed_at, "
	             "lease_until, fence, attempts, stage) "
	             "SELECT client_id, id, 'APPLY_CONFIG', 'executing', NOW() - INTERVAL 1 HOUR, NOW() - "
	             "INTERVAL 10 MINUTE, 1, 1, 'claimed' FROM agents ORDER BY id LIMIT 1");
	run_whole("commands", NULL);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM commands WHERE status = 'executing'"), 2);
	rig_do(&rig, "UPDATE agents SET last_heartbeat_at = NOW() - INTERVAL 1 HOUR ORDER BY id LIMIT 1");
	run_whole("commands", NULL);
	ck_assert_int_eq(rig_number(&rig,
	                            "SELECT COUNT(*) FROM commands WHERE command_type = 'LAUNCH_INSTANCE' "
	                            "AND status = 'failed' AND message LIKE 'parked:%%'"),
	                 1);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM commands WHERE command_type = 'APPLY_CONFIG' "
	                                  "AND status = 'pending'"),
	                 1);
}
END_TEST

Suite *suite_jobs(void)
{
	Suite *s = suite_create("jobs");
	TCase *t = tcase_create("jobs");
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_checked_fixture(t, fresh, NULL);
	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, tiers_are_what_a_plain_reading_gives, 0, 3);
	tcase_add_test(t, a_second_run_changes_nothing);
	tcase_add_test(t, killed_at_any_statement_the_next_run_makes_it_whole);
	tcase_add_loop_test(t, a_holder_that_slept_past_its_lease_writes_nothing, 0, 2);
	tcase_add_test(t, alerts_are_raised_once_cleared_and_told_to_the_hook);
	tcase_add_test(t, retention_waits_for_the_next_tier);
	tcase_add_test(t, a_dead_agents_command_is_parked_and_never_run_twice);
	suite_add_tcase(s, t);
	return s;
}
