/* plans.c - evacuation by the program, the leading worker and agents that answer: a plan is shown and nothing moves; exactly that
 * one is run, at its pace; paused, resumed, cancelled; refused where another has its agents; a failure holds its agent alone; a
 * place without capacity, or taken away, is planned anew; a worker that is killed is followed by another. */
#include "core/base/mem.h"
#include "core/db/table.h"
#include "tests/support/rig.h"
#include <check.h>
#include <jansson.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

Suite *suite_plans(void);
static struct rig rig;
static pid_t worker;

#define A    "r3.large.us-east-1a"
#define E    "r3.large.us-east-1e"
#define ZONE "us-east-1b"

static void start(void) { rig_start(&rig); }
static void stop(void) { rig_stop(&rig); }

static void worker_start(void)
{
	static const char *const argv[] = { "worker", NULL };
	int out, err;
	worker = rig_spawn(&rig, false, argv, &out, &err);
	close(out), close(err);
	for (int i = 0; i < 600 && rig_number(&rig, "SELECT COUNT(*) FROM job_schedules WHERE name = "
	                                            "'leader' AND lease_until > NOW(3)") != 1;
	     i++)
		usleep(50000);
}

static void worker_end(int signo)
{
	int status;
	if (worker) kill(worker, signo), waitpid(worker, &status, 0);
	worker = 0;
}

/* Ten agents, so that a share of all is two at once; boots of 40 s were seen in both pools, and on demand of 20 s. */
static void fresh(void)
{
	rig_fresh(&rig);
	rig_do(&rig, "DELETE FROM spotop_plans");
	rig_do(&rig, "DELETE FROM job_schedules");
	rig_do(&rig, "DELETE FROM agents WHERE logical_agent_id > 'agent-010'");
	rig_do(&rig,
	       "INSERT INTO switches (client_id, agent_id, new_pool_id, new_region, new_instance_type, "
	       "new_mode, success, boot_seconds, downtime_seconds, initiated_at, switched_at) "
	       "SELECT a.client_id, a.id, p.pool, 'us-east-1', 'r3.large', IF(p.pool IS NULL, 'ondemand', "
	       "'spot'), TRUE, IF(p.pool IS NULL, 20, 40), 2, NOW() - INTERVAL 9 DAY, NOW() - INTERVAL 9 DAY "
	       "FROM agents a JOIN (SELECT '" A "' AS pool UNION ALL SELECT '" E
	       "' UNION ALL SELECT NULL) p JOIN seq_1_to_3 WHERE a.logical_agent_id <= 'agent-010'");
}
static void end(void) { worker_end(SIGTERM); }

/* --- the program --- */
static struct rig_run run(const char *first, ...)
{
	const char *argv[24] = { "evacuate", first };
	va_list ap;
	int n = 2;
	va_start(ap, first);
	while (n < 22 && (argv[n] = va_arg(ap, const char *))) n++;
	va_end(ap);
	argv[n] = NULL;
	return rig_spotop(&rig, false, argv);
}

static void want_code(struct rig_run r, int code, const char *said)
{
	ck_assert_msg(r.code == code, "exit %d, not %d: %s%s", r.code, code, r.out, r.err);
	ck_assert_msg(!said || strstr(r.out, said) || strstr(r.err, said), "'%s' is not in: %s%s",
	              said ? said : "", r.out, r.err);
	rig_run_free(&r);
}

static json_t *plan_of(struct rig_run r)
{
	ck_assert_msg(r.code == 0, "%d: %s%s", r.code, r.out, r.err);
	json_t *j = json_loads(r.out, 0, NULL);
	ck_assert_msg(json_is_object(j), "no plan: %s", r.out);
	rig_run_free(&r);
	return j;
}

static const char *text(const json_t *j, const char *key)
{
	const char *s = json_string_value(json_object_get(j, key));
	return s ? s : "";
}

static void id_of(const json_t *plan, char id[40]) { snprintf(id, 40, "%s", text(plan, "plan_id")); }
static long sum(const json_t *plan, const char *key)
{
	return (long)json_integer_value(json_object_get(json_object_get(plan, "after_state"), key));
}

static long count(const char *state)
{
	return rig_number(&rig, "SELECT COUNT(*) FROM spotop_plan_rows WHERE state = '%s'", state);
}
static long moving(void)
{
	return rig_number(&rig, "SELECT COUNT(*) FROM commands WHERE status = 'pending'");
}

static void wait_until(const char *what, long n)
{
	for (int i = 0; i < 400; i++) {
		if (rig_number(&rig, "%s", what) == n) return;
		usleep(50000);
	}
	char *rows = rig_text(&rig, "SELECT GROUP_CONCAT(CONCAT_WS(' ', a.logical_agent_id, r.what, "
	                            "r.target_pool_id, r.state, r.message) ORDER BY r.place SEPARATOR '\n') "
	                            "FROM spotop_plan_rows r JOIN agents a ON a.id = r.agent_id");
	ck_abort_msg("never %ld: %s\n%s", n, what, rows ? rows : "");
}
#define PENDING "SELECT COUNT(*) FROM commands WHERE status = 'pending'"

/* --- the agents --- */
static void notice(const char *agent, int seconds)
{
	rig_do(&rig,
	       "CALL agent_notice((SELECT id FROM agents WHERE logical_agent_id = '%s'), 'termination', "
	       "NOW() + INTERVAL %d SECOND)",
	       agent, seconds);
}

/* One agent claims what waits for it and carries it out, or fails with that. */
static void carry_out(const char *agent, const char *error)
{
	char *id = rig_text(&rig, "SELECT id FROM agents WHERE logical_agent_id = '%s'", agent);
	rig_do(&rig, "CALL agent_claim('%s', 600)", id);
	char *command =
	        rig_text(&rig, "SELECT id FROM commands WHERE agent_id = '%s' AND status = 'executing'", id);
	ck_assert_msg(command != NULL, "%s has nothing to do", agent);
	char *type = rig_text(&rig,
	                      "SELECT CONCAT(command_type, ' ', COALESCE(target_mode, '')) FROM commands "
	                      "WHERE id = '%s'",
	                      command);
	long fence = rig_number(&rig, "SELECT fence FROM commands WHERE id = '%s'", command);
	if (error) {
		rig_do(&rig, "CALL agent_fail('%s', '%s', %ld, '%s', NULL)", id, command, fence, error);
	} else if (strncmp(type, "switch", 6) == 0) {
		char *pool = rig_text(&rig, "SELECT target_pool_id FROM commands WHERE id = '%s'", command);
		rig_do(&rig, "CALL instance_launching('%s', 'n-%s', %s%s%s, '%s', 'replica', '%s')", id,
		       agent + 6, pool ? "'" : "", pool ? pool : "NULL", pool ? "'" : "",
		       pool ? "spot" : "ondemand", command);
		rig_do(&rig, "CALL instance_running('n-%s')", agent + 6);
		rig_do(&rig, "CALL agent_progress('%s', '%s', %ld, 'ready', NULL)", id, command, fence);
		rig_do(&rig, "CALL promote_instance_to_primary('n-%s', NULL)", agent + 6);
		rig_do(&rig,
		       "CALL agent_complete('%s', '%s', %ld, "
		       "'{\"new_instance_id\":\"n-%s\",\"boot_seconds\":40,\"downtime_seconds\":2}')",
		       id, command, fence, agent + 6);
		free(pool);
	} else {
		rig_do(&rig, "CALL promote_instance_to_primary('r-001', NULL)");
		rig_do(&rig, "CALL agent_complete('%s', '%s', %ld, NULL)", id, command, fence);
	}
	free(id), free(command), free(type);
}

static void all_carry_out(void)
{
	struct table *t = rig_table(&rig, "SELECT DISTINCT a.logical_agent_id AS agent FROM commands c JOIN "
	                                  "agents a ON a.id = c.agent_id WHERE c.status = 'pending'");
	for (size_t i = 0; i < t->n_rows; i++) carry_out(table_get(t, i, "agent"), NULL);
	table_free(t);
}

/* --- what is shown --- */
START_TEST(a_plan_is_shown_and_nothing_moves)
{
	notice("agent-007", 100);
	notice("agent-004", 60);
	notice("agent-009", 10);
	notice("agent-002", 50);
	rig_do(&rig, "UPDATE agents SET status = 'offline' WHERE logical_agent_id = 'agent-002'");
	/* a replica beside its primary is no way out */
	rig_do(&rig,
	       "INSERT INTO instances (id, client_id, agent_id, instance_type, region, az, instance_status, "
	       "current_mode, current_pool_id) SELECT 'r-010', client_id, id, 'r3.large', 'us-east-1', '" ZONE
	       "', 'running_replica', 'spot', current_pool_id FROM agents WHERE logical_agent_id = "
	       "'agent-010'");
	json_t *p = plan_of(run(ZONE, "--dry-run", "-o", "json", NULL)), *row;
	static const char *const order[] = { "agent-001", "agent-009", "agent-004", "agent-007",
		                             "agent-003" };
	const json_t *rows = json_object_get(p, "rows");
	ck_assert_uint_eq(json_array_size(rows), 10);
	for (size_t i = 0; i < ARRAY_LEN(order); i++)
		ck_assert_str_eq(text(json_array_get(rows, i), "agent"), order[i]);
	row = json_array_get(rows,
	                     9); /* whoever hears nothing comes last, and nobody knows when it hears again */
	ck_assert_str_eq(text(row, "agent"), "agent-002");
	ck_assert_msg(strstr(text(row, "says"), "NOT KNOWN") || strstr(text(row, "says"), "MISSES"), "%s",
	              text(row, "says"));
	row = json_array_get(rows, 0);
	ck_assert_str_eq(text(row, "what"), "promote");
	ck_assert_str_eq(text(row, "target"), "r-001");
	row = json_array_get(rows, 1);
	ck_assert_msg(strncmp(text(row, "says"), "MISSES BY", 9) == 0, "%s", text(row, "says"));
	row = json_array_get(rows, 4); /* nothing hurries it: the cheapest */
	ck_assert_str_eq(text(row, "target"), E);
	ck_assert_int_eq(sum(p, "agents"), 10);
	ck_assert_int_eq(sum(p, "under_notice"), 4);
	ck_assert_int_eq(sum(p, "promote"), 1);
	ck_assert_int_ge(sum(p, "misses"), 1);
	ck_assert_int_eq(sum(p, "in_flight"), 2);
	double now =
	        json_number_value(json_object_get(json_object_get(p, "after_state"), "usd_per_hour_before"));
	ck_assert_msg(now > 0.3309 && now < 0.3311, "%f", now);
	ck_assert_int_eq(moving(), 0);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM spotop_plans WHERE state = 'planned'"), 1);
	ck_assert_int_eq(rig_number(&rig,
	                            "SELECT COUNT(*) FROM audit_log WHERE action = 'evacuate' AND result = "
	                            "'done' AND target_type = 'plan' AND target_id = '%s'",
	                            text(p, "plan_id")),
	                 1);
	/* No pool gets more than half of it, as long as another makes it. */
	ck_assert_int_le(rig_number(&rig, "SELECT MAX(n) FROM (SELECT COUNT(*) AS n FROM spotop_plan_rows "
	                                  "WHERE target_pool_id IS NOT NULL GROUP BY target_pool_id) t"),
	                 5);
	json_decref(p);
	want_code(run("--filter", "agent~agent-00", "--dry-run", "-o", "csv", NULL), 0, "agent-003");
	want_code(run("nowhere-1x", "--dry-run", NULL), 1, "no zone or pool 'nowhere-1x'");
	want_code(run(ZONE, "--run", "abcd", "--yes", NULL), 2, "at a time");
	want_code(run("--run", "abcd", "--yes", NULL), 1, "no plan abcd");
}
END_TEST

/* --- what is run --- */
static void make_and_run(char id[40], const char *override)
{
	json_t *p = plan_of(override ? run(ZONE, "--dry-run", "--override", override, "--reason",
	                                   "the zone dies", "-o", "json", NULL)
	                             : run(ZONE, "--dry-run", "-o", "json", NULL));
	id_of(p, id);
	json_decref(p);
	worker_start();
	want_code(run("--run", id, "--yes", NULL), 0, NULL);
}

START_TEST(exactly_that_plan_is_run_and_all_at_once_when_overridden)
{
	char id[40];
	make_and_run(id, "share");
	wait_until(PENDING, 10);
	ck_assert_int_eq(rig_number(&rig,
	                            "SELECT COUNT(*) FROM commands c JOIN spotop_plan_rows r ON r.command_id "
	                            "= c.id AND c.target_pool_id <=> IF(r.what = 'switch', r.target_pool_id, "
	                            "NULL) AND JSON_VALUE(c.metadata, '$.plan') = r.plan_id"),
	                 10);
	ck_assert_int_eq(rig_number(&rig,
	                            "SELECT COUNT(*) FROM audit_log WHERE action = 'plan_release' AND result "
	                            "= 'done' AND reason LIKE 'plan %%: the zone dies' AND "
	                            "JSON_VALUE(after_state, '$.plan') = '%s'",
	                            id),
	                 10);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM commands WHERE priority = 75 AND "
	                                  "trigger_type = 'manual'"),
	                 10);
	all_carry_out();
	wait_until("SELECT COUNT(*) FROM spotop_plans WHERE state = 'done'", 1);
	ck_assert_int_eq(count("done"), 10);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM instances WHERE az = '" ZONE
	                                  "' AND is_primary AND is_active AND agent_id IS NOT NULL"),
	                 0);
	static const char *const plans[] = { "plans", "-o", "json", NULL }, *const plan[] = { "plan", "-o",
		                                                                              "json", NULL };
	struct rig_run r = rig_spotop(&rig, false, plans);
	want_code(r, 0, "\"state\":\"done\"");
	want_code(rig_spotop(&rig, false, plan), 0, "agent-010");
	/* what is done is expected no more: it made its deadline, or missed it */
	rig_do(&rig, "UPDATE spotop_plan_rows r JOIN commands c ON c.id = r.command_id SET r.verdict = "
	             "'MISSES BY', r.deadline = c.completed_at + INTERVAL 7 SECOND");
	want_code(rig_spotop(&rig, false, plan), 0, "\"says\":\"MADE IT +7 s\"");
	rig_do(&rig, "UPDATE spotop_plan_rows r JOIN commands c ON c.id = r.command_id SET r.verdict = "
	             "'MAKES IT', r.deadline = c.completed_at - INTERVAL 7 SECOND");
	want_code(rig_spotop(&rig, false, plan), 0, "\"says\":\"MISSED BY 7 s\"");
	rig_do(&rig, "UPDATE spotop_plan_rows SET state = 'skipped'");
	want_code(rig_spotop(&rig, false, plan), 0, "\"says\":null");
	rig_do(&rig, "UPDATE spotop_plan_rows r JOIN commands c ON c.id = r.command_id SET r.state = "
	             "'released', r.takes_s = 40, r.hears_s = 25, r.expected_s = 65, r.is_slowest = FALSE, "
	             "r.deadline = c.executed_at + INTERVAL 50 SECOND");
	want_code(rig_spotop(&rig, false, plan), 0, "\"says\":\"MAKES IT +10 s\"");
	rig_do(&rig, "UPDATE spotop_plan_rows SET state = 'done'");
	want_code(run("--cancel", id, "--yes", NULL), 4, "plan_state: it is done");
}
END_TEST

START_TEST(without_an_override_it_keeps_to_the_share_limit_and_to_what_is_ready)
{
	char id[40];
	make_and_run(id, NULL);
	wait_until(PENDING, 2);
	sleep(2);
	ck_assert_int_eq(moving(), 2);
	all_carry_out();
	wait_until(PENDING, 2); /* the next two */
	ck_assert_int_eq(count("done") + count("released"), 4);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM audit_log WHERE action = 'plan_release' AND "
	                                  "result = 'refused'"),
	                 0);
	want_code(run(ZONE, "--in-flight", "7", "--yes", NULL), 4, "in_another_plan");
}
END_TEST

START_TEST(it_is_paused_resumed_and_cancelled_by_anybody)
{
	char id[40];
	make_and_run(id, NULL);
	wait_until(PENDING, 2);
	want_code(run("--pause", id, "--yes", "--reason", "look first", NULL), 0, NULL);
	all_carry_out();
	wait_until("SELECT COUNT(*) FROM spotop_plan_rows WHERE state = 'done'", 2);
	sleep(2);
	ck_assert_int_eq(moving(), 0);
	want_code(run("--pause", id, "--yes", NULL), 4, "it is paused by");
	want_code(run("--resume", id, "--yes", NULL), 0, NULL);
	wait_until(PENDING, 2);
	want_code(run("--cancel", id, "--yes", NULL), 0, "6 agents stay where they are");
	ck_assert_int_eq(count("skipped"), 6);
	all_carry_out(); /* what moved goes on to its end */
	wait_until("SELECT COUNT(*) FROM spotop_plan_rows WHERE state = 'done'", 4);
	want_code(run("--run", id, "--yes", NULL), 4, "it is cancelled");
	ck_assert_int_eq(rig_number(&rig,
	                            "SELECT COUNT(*) FROM audit_log WHERE action IN ('run_plan', "
	                            "'pause_plan', 'resume_plan', 'cancel_plan') AND result = 'done' AND "
	                            "target_id = '%s'",
	                            id),
	                 4);
}
END_TEST

START_TEST(a_second_plan_over_the_same_agents_is_refused)
{
	char id[40], other[40];
	json_t *p = plan_of(run("--filter", "agent=agent-002", "--dry-run", "-o", "json", NULL));
	id_of(p, other);
	json_decref(p);
	make_and_run(id, NULL);
	want_code(run("--run", other, "--yes", NULL), 4, "1 agent of it is in plan ");
	want_code(run("r3.large." ZONE, "--dry-run", NULL), 4, "10 agents of it are in plan ");
	want_code(run("--cancel", id, "--yes", NULL), 0, "stay where they are");
	rig_do(&rig, "UPDATE commands SET status = 'cancelled' WHERE status = 'pending'");
	wait_until("SELECT COUNT(*) FROM spotop_plan_rows WHERE is_live", 0);
	want_code(run("--run", other, "--yes", NULL), 0, NULL);
}
END_TEST

START_TEST(a_plan_of_long_ago_is_not_run)
{
	json_t *p = plan_of(run(ZONE, "--dry-run", "-o", "json", NULL));
	char id[40];
	id_of(p, id);
	json_decref(p);
	worker_start();
	rig_do(&rig, "UPDATE spotop_plans SET created_at = created_at - INTERVAL 20 MINUTE");
	want_code(run("--run", id, "--yes", NULL), 4, "plan_age: it was made 20 m ago");
	want_code(run("--run", id, "--yes", "--override", "plan_age", "--reason", "nothing changed", NULL), 0,
	          NULL);
}
END_TEST

START_TEST(a_pace_that_costs_agents_is_decided_by_somebody)
{
	for (int k = 2; k < 8; k++) {
		char agent[16];
		snprintf(agent, sizeof agent, "agent-%03d", k);
		notice(agent, 110);
	}
	json_t *p = plan_of(run(ZONE, "--dry-run", "-o", "json", NULL));
	char id[40];
	id_of(p, id);
	ck_assert_int_gt(sum(p, "misses"), 0);
	ck_assert_int_eq(sum(p, "misses_at_once"), 0);
	json_decref(p);
	worker_start();
	want_code(run("--run", id, "--yes", NULL), 4, "miss their deadlines; all at once 0");
	ck_assert_int_eq(moving(), 0);
	want_code(run("--run", id, "--yes", "--override", "share", "--reason", "the zone dies", NULL), 0,
	          NULL);
	wait_until(PENDING, 10);
	want_code(run("--cancel", id, "--yes", NULL), 0, "stay where they are");
	rig_do(&rig, "UPDATE commands SET status = 'cancelled' WHERE status = 'pending'");
	wait_until("SELECT COUNT(*) FROM spotop_plan_rows WHERE is_live", 0);
	p = plan_of(
	        run(ZONE, "--dry-run", "--in-flight", "2", "-o", "json", NULL)); /* who says so has decided */
	id_of(p, id);
	json_decref(p);
	want_code(run("--run", id, "--yes", NULL), 0, NULL);
}
END_TEST

/* --- what goes wrong --- */
START_TEST(a_failure_holds_its_agent_alone)
{
	char id[40];
	make_and_run(id, "share");
	wait_until(PENDING, 10);
	carry_out("agent-003", "the volume vol-1 did not attach: it is attached elsewhere");
	all_carry_out();
	wait_until("SELECT COUNT(*) FROM spotop_plans WHERE state = 'done'", 1);
	ck_assert_int_eq(count("done"), 9);
	char *said = rig_text(&rig, "SELECT message FROM spotop_plan_rows WHERE state = 'failed'");
	ck_assert_str_eq(said,
	                 "its command failed: the volume vol-1 did not attach: it is attached elsewhere");
	free(said);
}
END_TEST

START_TEST(a_place_without_capacity_is_planned_anew)
{
	char id[40];
	make_and_run(id, "share");
	wait_until(PENDING, 10);
	char *agent = rig_text(&rig, "SELECT a.logical_agent_id FROM spotop_plan_rows r JOIN agents a ON "
	                             "a.id = r.agent_id WHERE r.target_pool_id = '" E "' LIMIT 1");
	carry_out(agent, "InsufficientInstanceCapacity: none in us-east-1e");
	wait_until("SELECT COUNT(*) FROM spotop_plan_rows WHERE attempts = 2 AND state = 'released'", 1);
	ck_assert_int_eq(rig_number(&rig,
	                            "SELECT COUNT(*) FROM commands c JOIN agents a ON a.id = c.agent_id "
	                            "WHERE a.logical_agent_id = '%s' AND c.status = 'pending' AND NOT "
	                            "c.target_pool_id <=> '" E "'",
	                            agent),
	                 1);
	char *said = rig_text(&rig, "SELECT message FROM spotop_plan_rows WHERE attempts = 2");
	ck_assert_msg(strstr(said, E
	                     ": InsufficientInstanceCapacity: none in us-east-1e; planned anew to ") == said,
	              "%s", said);
	free(said), free(agent);
	all_carry_out();
	wait_until("SELECT COUNT(*) FROM spotop_plan_rows WHERE state = 'done'", 10);
}
END_TEST

START_TEST(a_target_taken_away_is_planned_anew)
{
	char id[40];
	make_and_run(id, NULL);
	wait_until(PENDING, 2);
	static const char *const cordon[] = { "cordon",     E,       "--for", "1h", "--reason",
		                              "it is full", "--yes", NULL };
	want_code(rig_spotop(&rig, false, cordon), 0, NULL);
	wait_until("SELECT COUNT(*) FROM spotop_plan_rows WHERE state = 'held' AND target_pool_id = '" E "'",
	           0);
	ck_assert_int_gt(rig_number(&rig, "SELECT COUNT(*) FROM spotop_plan_rows WHERE message LIKE '" E
	                                  " is cordoned; planned anew to %%'"),
	                 0);
}
END_TEST

START_TEST(a_notice_that_comes_later_makes_it_urgent)
{
	char id[40];
	make_and_run(id, NULL);
	wait_until(PENDING, 2);
	notice("agent-010", 100);
	wait_until("SELECT COUNT(*) FROM spotop_plan_rows WHERE deadline IS NOT NULL", 1);
	all_carry_out();
	wait_until("SELECT COUNT(*) FROM commands c JOIN agents a ON a.id = c.agent_id WHERE "
	           "a.logical_agent_id = 'agent-010' AND c.status = 'pending'",
	           1);
}
END_TEST

START_TEST(another_worker_goes_on_and_releases_nothing_twice)
{
	char id[40];
	make_and_run(id, "share");
	for (int i = 0; i < 3; i++) {
		usleep(150000);
		worker_end(SIGKILL);
		rig_do(&rig, "UPDATE job_schedules SET lease_until = NULL, holder = NULL");
		worker_start();
	}
	wait_until(PENDING, 10);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM commands"), 10);
	ck_assert_int_eq(rig_number(&rig,
	                            "SELECT COUNT(*) FROM audit_log WHERE action = 'plan_release' AND result "
	                            "= 'done' AND JSON_VALUE(after_state, '$.plan') = '%s'",
	                            id),
	                 10);
}
END_TEST

START_TEST(wait_tells_how_it_ended)
{
	char id[40];
	json_t *p = plan_of(run("--filter", "agent=agent-003", "--dry-run", "-o", "json", NULL));
	id_of(p, id);
	json_decref(p);
	worker_start();
	want_code(run("--run", id, "--yes", "--wait=1", NULL), 1, "still running");
	wait_until(PENDING, 1);
	carry_out("agent-003", "it broke");
	wait_until("SELECT COUNT(*) FROM spotop_plans WHERE state = 'done'", 1);
	want_code(run("--filter", "agent=agent-003", "--dry-run", "-o", "table", NULL), 0,
	          "run it with: spotop evacuate --run ");
}
END_TEST

Suite *suite_plans(void)
{
	Suite *s = suite_create("plans");
	TCase *t = tcase_create("shown"), *u = tcase_create("run"), *w = tcase_create("wrong");
	TCase *all[] = { t, u, w };
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		tcase_add_unchecked_fixture(all[i], start, stop);
		tcase_add_checked_fixture(all[i], fresh, end);
		tcase_set_timeout(all[i], 120);
		suite_add_tcase(s, all[i]);
	}
	tcase_add_test(t, a_plan_is_shown_and_nothing_moves);
	tcase_add_test(t, a_plan_of_long_ago_is_not_run);
	tcase_add_test(t, wait_tells_how_it_ended);
	tcase_add_test(u, exactly_that_plan_is_run_and_all_at_once_when_overridden);
	tcase_add_test(u, without_an_override_it_keeps_to_the_share_limit_and_to_what_is_ready);
	tcase_add_test(u, it_is_paused_resumed_and_cancelled_by_anybody);
	tcase_add_test(u, a_second_plan_over_the_same_agents_is_refused);
	tcase_add_test(u, a_pace_that_costs_agents_is_decided_by_somebody);
	tcase_add_test(w, a_failure_holds_its_agent_alone);
	tcase_add_test(w, a_place_without_capacity_is_planned_anew);
	tcase_add_test(w, a_target_taken_away_is_planned_anew);
	tcase_add_test(w, a_notice_that_comes_later_makes_it_urgent);
	tcase_add_test(w, another_worker_goes_on_and_releases_nothing_twice);
	return s;
}
