/* plans.c - evacuation by the program, the leading worker and agents that answer: a plan is shown and nothing moves; exactly that
 * one is run, at its pace; paused, resumed, cancelled; refused where another has its agents. */
#include "core/base/mem.h"
#include "tests/support/plan_rig.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

Suite *suite_plans(void);

/* --- what is shown --- */
START_TEST(a_plan_is_shown_and_nothing_moves)
{
	plan_notice("agent-007", 100);
	plan_notice("agent-004", 60);
	plan_notice("agent-009", 10);
	plan_notice("agent-002", 50);
	rig_do(&plan_rig, "UPDATE agents SET status = 'offline' WHERE logical_agent_id = 'agent-002'");
	/* a replica beside its primary is no way out */
	rig_do(&plan_rig,
	       "INSERT INTO instances (id, client_id, agent_id, instance_type, region, az, instance_status, "
	       "current_mode, current_pool_id) SELECT 'r-010', client_id, id, 'r3.large', 'us-east-1', '" ZONE
	       "', 'running_replica', 'spot', current_pool_id FROM agents WHERE logical_agent_id = "
	       "'agent-010'");
	json_t *p = plan_made(plan_spotop(ZONE, "--dry-run", "-o", "json", NULL)), *row;
	static const char *const order[] = { "agent-001", "agent-009", "agent-004", "agent-007",
		                             "agent-003" };
	const json_t *rows = json_object_get(p, "rows");
	ck_assert_uint_eq(json_array_size(rows), 10);
	for (size_t i = 0; i < ARRAY_LEN(order); i++)
		ck_assert_str_eq(plan_text(json_array_get(rows, i), "agent"), order[i]);
	row = json_array_get(rows,
	                     9); /* whoever hears nothing comes last, and nobody knows when it hears again */
	ck_assert_str_eq(plan_text(row, "agent"), "agent-002");
	ck_assert_msg(strstr(plan_text(row, "verdict"), "NOT KNOWN") ||
	                      strstr(plan_text(row, "verdict"), "MISSES"),
	              "%s", plan_text(row, "verdict"));
	row = json_array_get(rows, 0);
	ck_assert_str_eq(plan_text(row, "what"), "promote");
	ck_assert_str_eq(plan_text(row, "target"), "r-001");
	row = json_array_get(rows, 1);
	ck_assert_msg(strncmp(plan_text(row, "verdict"), "MISSES BY", 9) == 0, "%s",
	              plan_text(row, "verdict"));
	row = json_array_get(rows, 4); /* nothing hurries it: the cheapest */
	ck_assert_str_eq(plan_text(row, "target"), E);
	ck_assert_int_eq(plan_sum(p, "agents"), 10);
	ck_assert_int_eq(plan_sum(p, "under_notice"), 4);
	ck_assert_int_eq(plan_sum(p, "promote"), 1);
	ck_assert_int_ge(plan_sum(p, "misses"), 1);
	ck_assert_int_eq(plan_sum(p, "in_flight"), 2);
	double now =
	        json_number_value(json_object_get(json_object_get(p, "after_state"), "usd_per_hour_before"));
	ck_assert_msg(now > 0.3309 && now < 0.3311, "%f", now);
	ck_assert_int_eq(plan_moving(), 0);
	ck_assert_int_eq(rig_number(&plan_rig, "SELECT COUNT(*) FROM spotop_plans WHERE state = 'planned'"),
	                 1);
	ck_assert_int_eq(rig_number(&plan_rig,
	                            "SELECT COUNT(*) FROM audit_log WHERE action = 'evacuate' AND result = "
	                            "'done' AND target_type = 'plan' AND target_id = '%s'",
	                            plan_text(p, "plan_id")),
	                 1);
	/* No pool gets more than half of it, as long as another makes it. */
	ck_assert_int_le(rig_number(&plan_rig,
	                            "SELECT MAX(n) FROM (SELECT COUNT(*) AS n FROM spotop_plan_rows "
	                            "WHERE target_pool_id IS NOT NULL GROUP BY target_pool_id) t"),
	                 5);
	json_decref(p);
	plan_want(plan_spotop("--filter", "agent~agent-00", "--dry-run", "-o", "csv", NULL), 0, "agent-003");
	plan_want(plan_spotop("nowhere-1x", "--dry-run", NULL), 1, "no zone or pool 'nowhere-1x'");
	plan_want(plan_spotop(ZONE, "--run", "abcd", "--yes", NULL), 2, "at a time");
	plan_want(plan_spotop("--run", "abcd", "--yes", NULL), 1, "no plan abcd");
}
END_TEST

/* --- what is run --- */
START_TEST(exactly_that_plan_is_run_and_all_at_once_when_overridden)
{
	char id[40];
	plan_make_and_run(id, "share");
	plan_wait(PENDING, 10);
	ck_assert_int_eq(rig_number(&plan_rig,
	                            "SELECT COUNT(*) FROM commands c JOIN spotop_plan_rows r ON r.command_id "
	                            "= c.id AND c.target_pool_id <=> IF(r.what = 'switch', r.target_pool_id, "
	                            "NULL) AND JSON_VALUE(c.metadata, '$.plan') = r.plan_id"),
	                 10);
	ck_assert_int_eq(rig_number(&plan_rig,
	                            "SELECT COUNT(*) FROM audit_log WHERE action = 'plan_release' AND result "
	                            "= 'done' AND reason LIKE 'plan %%: the zone dies' AND "
	                            "JSON_VALUE(after_state, '$.plan') = '%s'",
	                            id),
	                 10);
	ck_assert_int_eq(rig_number(&plan_rig, "SELECT COUNT(*) FROM commands WHERE priority = 75 AND "
	                                       "trigger_type = 'manual'"),
	                 10);
	plan_all_carry_out();
	plan_wait("SELECT COUNT(*) FROM spotop_plans WHERE state = 'done'", 1);
	ck_assert_int_eq(plan_rows("done"), 10);
	ck_assert_int_eq(rig_number(&plan_rig, "SELECT COUNT(*) FROM instances WHERE az = '" ZONE
	                                       "' AND is_primary AND is_active AND agent_id IS NOT NULL"),
	                 0);
	static const char *const plans[] = { "plans", "-o", "json", NULL }, *const plan[] = { "plan", "-o",
		                                                                              "json", NULL };
	struct rig_run r = rig_spotop(&plan_rig, false, plans);
	plan_want(r, 0, "\"state\":\"done\"");
	plan_want(rig_spotop(&plan_rig, false, plan), 0, "agent-010");
	/* what is done is expected no more: it made its deadline, or missed it */
	rig_do(&plan_rig, "UPDATE spotop_plan_rows r JOIN commands c ON c.id = r.command_id SET r.verdict = "
	                  "'MISSES BY', r.deadline = c.completed_at + INTERVAL 7 SECOND");
	plan_want(rig_spotop(&plan_rig, false, plan), 0, "\"verdict\":\"MADE IT +7 s\"");
	rig_do(&plan_rig, "UPDATE spotop_plan_rows r JOIN commands c ON c.id = r.command_id SET r.verdict = "
	                  "'MAKES IT', r.deadline = c.completed_at - INTERVAL 7 SECOND");
	plan_want(rig_spotop(&plan_rig, false, plan), 0, "\"verdict\":\"MISSED BY 7 s\"");
	rig_do(&plan_rig, "UPDATE spotop_plan_rows SET state = 'skipped'");
	plan_want(rig_spotop(&plan_rig, false, plan), 0, "\"verdict\":null");
	rig_do(&plan_rig,
	       "UPDATE spotop_plan_rows r JOIN commands c ON c.id = r.command_id SET r.state = "
	       "'released', r.takes_s = 40, r.hears_s = 25, r.expected_s = 65, r.is_slowest = FALSE, "
	       "r.deadline = c.executed_at + INTERVAL 50 SECOND");
	plan_want(rig_spotop(&plan_rig, false, plan), 0, "\"verdict\":\"MAKES IT +10 s\"");
	rig_do(&plan_rig, "UPDATE spotop_plan_rows SET state = 'done'");
	plan_want(plan_spotop("--cancel", id, "--yes", NULL), 4, "plan_state: it is done");
}
END_TEST

START_TEST(without_an_override_it_keeps_to_the_share_limit_and_to_what_is_ready)
{
	char id[40];
	plan_make_and_run(id, NULL);
	plan_wait(PENDING, 2);
	sleep(2);
	ck_assert_int_eq(plan_moving(), 2);
	plan_all_carry_out();
	plan_wait(PENDING, 2); /* the next two */
	ck_assert_int_eq(plan_rows("done") + plan_rows("released"), 4);
	ck_assert_int_eq(rig_number(&plan_rig,
	                            "SELECT COUNT(*) FROM audit_log WHERE action = 'plan_release' AND "
	                            "result = 'refused'"),
	                 0);
	plan_want(plan_spotop(ZONE, "--in-flight", "7", "--yes", NULL), 4, "in_another_plan");
}
END_TEST

START_TEST(it_is_paused_resumed_and_cancelled_by_anybody)
{
	char id[40];
	plan_make_and_run(id, NULL);
	plan_wait(PENDING, 2);
	plan_want(plan_spotop("--pause", id, "--yes", "--reason", "look first", NULL), 0, NULL);
	plan_all_carry_out();
	plan_wait("SELECT COUNT(*) FROM spotop_plan_rows WHERE state = 'done'", 2);
	sleep(2);
	ck_assert_int_eq(plan_moving(), 0);
	plan_want(plan_spotop("--pause", id, "--yes", NULL), 4, "it is paused by");
	plan_want(plan_spotop("--resume", id, "--yes", NULL), 0, NULL);
	plan_wait(PENDING, 2);
	plan_want(plan_spotop("--cancel", id, "--yes", NULL), 0, "6 agents stay where they are");
	ck_assert_int_eq(plan_rows("skipped"), 6);
	plan_all_carry_out(); /* what moved goes on to its end */
	plan_wait("SELECT COUNT(*) FROM spotop_plan_rows WHERE state = 'done'", 4);
	plan_want(plan_spotop("--run", id, "--yes", NULL), 4, "it is cancelled");
	ck_assert_int_eq(rig_number(&plan_rig,
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
	json_t *p = plan_made(plan_spotop("--filter", "agent=agent-002", "--dry-run", "-o", "json", NULL));
	plan_id(p, other);
	json_decref(p);
	plan_make_and_run(id, NULL);
	plan_want(plan_spotop("--run", other, "--yes", NULL), 4, "1 agent of it is in plan ");
	plan_want(plan_spotop("r3.large." ZONE, "--dry-run", NULL), 4, "10 agents of it are in plan ");
	plan_want(plan_spotop("--cancel", id, "--yes", NULL), 0, "stay where they are");
	rig_do(&plan_rig, "UPDATE commands SET status = 'cancelled' WHERE status = 'pending'");
	plan_wait("SELECT COUNT(*) FROM spotop_plan_rows WHERE is_live", 0);
	plan_want(plan_spotop("--run", other, "--yes", NULL), 0, NULL);
}
END_TEST

START_TEST(a_plan_of_long_ago_is_not_run)
{
	json_t *p = plan_made(plan_spotop(ZONE, "--dry-run", "-o", "json", NULL));
	char id[40];
	plan_id(p, id);
	json_decref(p);
	plan_worker_start();
	rig_do(&plan_rig, "UPDATE spotop_plans SET created_at = created_at - INTERVAL 20 MINUTE");
	plan_want(plan_spotop("--run", id, "--yes", NULL), 4, "plan_age: it was made 20 m ago");
	plan_want(plan_spotop("--run", id, "--yes", "--override", "plan_age", "--reason", "nothing changed",
	                      NULL),
	          0, NULL);
}
END_TEST

/* Of two plans one waits for its share and has more rows than anybody looks at: the other one goes on beside it. */
START_TEST(a_plan_that_waits_keeps_no_other_waiting)
{
	rig_do(&plan_rig,
	       "INSERT IGNORE INTO clients (id, name, email, client_token) VALUES "
	       "('00000000-0000-4000-8000-00000000ff01', 'globex', 'g@example.com', SHA2('g', 256))");
	rig_do(&plan_rig,
	       "INSERT INTO agents (id, client_id, logical_agent_id, instance_type, region, az, "
	       "current_mode, "
	       "current_pool_id, status, last_heartbeat_at) VALUES ('00000000-0000-4000-8000-00000000ff02', "
	       "'00000000-0000-4000-8000-00000000ff01', 'globex-1', 'r3.large', 'us-east-1', '" ZONE
	       "', 'spot', "
	       "'" A "', 'online', NOW())");
	rig_do(&plan_rig,
	       "INSERT INTO instances (id, client_id, agent_id, instance_type, region, az, instance_status, "
	       "is_primary, current_mode, current_pool_id) VALUES ('i-g01', "
	       "'00000000-0000-4000-8000-00000000ff01', '00000000-0000-4000-8000-00000000ff02', 'r3.large', "
	       "'us-east-1', 'us-east-1a', 'running_primary', TRUE, 'spot', '" A "')");
	json_t *p = plan_made(plan_spotop(ZONE, "--client", "acme", "--dry-run", "-o", "json", NULL));
	char id[40], other[40];
	plan_id(p, id);
	json_decref(p);
	p = plan_made(plan_spotop("--filter", "agent=globex-1", "--dry-run", "-o", "json", NULL));
	plan_id(p, other);
	json_decref(p);
	/* and hundreds more that are held in the first */
	rig_do(&plan_rig,
	       "INSERT INTO agents (client_id, logical_agent_id, instance_type, region, az, current_mode, "
	       "current_pool_id, status, last_heartbeat_at, enabled) SELECT a.client_id, CONCAT('x-', "
	       "q.seq), "
	       "a.instance_type, a.region, a.az, a.current_mode, a.current_pool_id, 'online', NOW(), FALSE "
	       "FROM "
	       "agents a JOIN seq_1_to_250 q WHERE a.logical_agent_id = 'agent-002'");
	rig_do(&plan_rig,
	       "INSERT INTO spotop_plan_rows (plan_id, agent_id, place, what, target_pool_id, state) SELECT "
	       "'%s', "
	       "id, 50, 'switch', '" E "', 'held' FROM agents WHERE logical_agent_id LIKE 'x-%%'",
	       id);
	/* all of the first are more urgent, and their share is used up */
	rig_do(&plan_rig, "UPDATE spotop_plans SET in_flight = 999");
	rig_do(&plan_rig,
	       "UPDATE spotop_plan_rows SET deadline = NOW() + INTERVAL 1 HOUR WHERE plan_id = '%s'", id);
	rig_do(&plan_rig, "UPDATE spotop_plans SET state = 'running', started_at = NOW(), run_by = 'ann'");
	rig_do(&plan_rig, "CALL job_plan_next()"), rig_do(&plan_rig, "CALL job_plan_next()");
	ck_assert_int_eq(plan_moving(), 2);
	rig_do(&plan_rig, "CALL job_plan_next()");
	ck_assert_int_eq(rig_number(&plan_rig,
	                            "SELECT COUNT(*) FROM spotop_plan_rows WHERE plan_id = '%s' AND state = "
	                            "'released'",
	                            other),
	                 1);
	static const char *const plans[] = { "plans", "-o", "json", NULL };
	plan_want(rig_spotop(&plan_rig, false, plans), 0, "\"client\":\"globex\"");
}
END_TEST

START_TEST(a_freeze_is_told_and_another_pace_gives_each_its_turn)
{
	char id[40];
	json_t *p = plan_made(plan_spotop(ZONE, "--dry-run", "-o", "json", NULL));
	plan_id(p, id);
	json_decref(p);
	static const char *const freeze[] = { "freeze",   "acme",    "--for", "1h",
		                              "--reason", "release", "--yes", NULL };
	plan_want(rig_spotop(&plan_rig, false, freeze), 0, NULL);
	plan_worker_start();
	plan_want(plan_spotop("--run", id, "--dry-run", "-o", "json", NULL), 0,
	          "a manual plan passes; automation of 10 agents of it is frozen by ");
	/* as if there were 25 more before the last two */
	rig_do(&plan_rig, "UPDATE spotop_plan_rows SET place = place + 25 WHERE place > 8");
	plan_want(plan_spotop("--run", id, "--yes", "--override", "share", "--reason", "the zone dies", NULL),
	          0, NULL);
	ck_assert_int_eq(rig_number(&plan_rig,
	                            "SELECT COUNT(*) FROM spotop_plan_rows WHERE place > 25 AND expected_s > "
	                            "hears_s + takes_s + 10"),
	                 2);
	ck_assert_int_eq(rig_number(&plan_rig,
	                            "SELECT COUNT(*) FROM spotop_plan_rows WHERE place <= 8 AND expected_s = "
	                            "hears_s + takes_s"),
	                 8);
}
END_TEST

START_TEST(a_pace_that_costs_agents_is_decided_by_somebody)
{
	for (int k = 2; k < 8; k++) {
		char agent[24];
		snprintf(agent, sizeof agent, "agent-%03d", k);
		plan_notice(agent, 110);
	}
	json_t *p = plan_made(plan_spotop(ZONE, "--dry-run", "-o", "json", NULL));
	char id[40];
	plan_id(p, id);
	ck_assert_int_gt(plan_sum(p, "misses"), 0);
	ck_assert_int_eq(plan_sum(p, "misses_at_once"), 0);
	json_decref(p);
	plan_worker_start();
	plan_want(plan_spotop("--run", id, "--yes", NULL), 4, "miss their deadlines; all at once 0");
	ck_assert_int_eq(plan_moving(), 0);
	plan_want(plan_spotop("--run", id, "--yes", "--override", "share", "--reason", "the zone dies", NULL),
	          0, NULL);
	plan_wait(PENDING, 10);
	plan_want(plan_spotop("--cancel", id, "--yes", NULL), 0, "stay where they are");
	rig_do(&plan_rig, "UPDATE commands SET status = 'cancelled' WHERE status = 'pending'");
	plan_wait("SELECT COUNT(*) FROM spotop_plan_rows WHERE is_live", 0);
	p = plan_made(plan_spotop(ZONE, "--dry-run", "--in-flight", "2", "-o", "json",
	                          NULL)); /* who says so has decided */
	plan_id(p, id);
	json_decref(p);
	plan_want(plan_spotop("--run", id, "--yes", NULL), 0, NULL);
}
END_TEST

/* What InnoDB tells of transactions is looked at anew only where nobody asked for a tenth of a second. */
static void wait_for_trx(const char *what)
{
	for (int i = 0; i < 100; i++) {
		usleep(200000);
		if (rig_number(&plan_rig, "%s", what) == 1) return;
	}
	ck_abort_msg("never 1: %s", what);
}

/* What a plan waits for or takes long to reckon holds no other action up: here it waits for an agent's row. */
START_TEST(a_plan_that_is_reckoned_holds_no_action_up)
{
	static const char waits[] =
	        "SELECT COUNT(*) FROM information_schema.INNODB_TRX WHERE trx_state = 'LOCK WAIT'";
	static const char *const freeze[] = { "freeze",   "acme",    "--for", "1h",
		                              "--reason", "release", "--yes", NULL };
	rig_do(&plan_rig, "SET GLOBAL event_scheduler = ON");
	rig_do(&plan_rig,
	       "CREATE EVENT holds ON SCHEDULE AT NOW() + INTERVAL 1 SECOND DO BEGIN START TRANSACTION; "
	       "UPDATE agents SET "
	       "agent_version = 'x' WHERE logical_agent_id = 'agent-003'; DO SLEEP(20); ROLLBACK; END");
	wait_for_trx("SELECT COUNT(*) FROM information_schema.INNODB_TRX WHERE trx_rows_modified > 0");
	rig_do(&plan_rig,
	       "CREATE EVENT plans ON SCHEDULE AT NOW() + INTERVAL 1 SECOND DO CALL verb_evacuate(UUID(), "
	       "'" ZONE "', '{\"scope\":\"az\"}', NULL, FALSE, NULL, NULL, 'bob', 'desk')");
	wait_for_trx(waits);
	plan_want(rig_spotop(&plan_rig, false, freeze), 0, NULL);
	wait_for_trx(waits); /* it waits still: the freeze did not wait for it */
	plan_wait("SELECT COUNT(*) FROM spotop_plans WHERE state = 'planned'", 1);
	ck_assert_int_eq(rig_number(&plan_rig, "SELECT COUNT(*) FROM spotop_plan_rows"), 10);
}
END_TEST

/* Which replica an agent has is only looked at: who changes an instance goes on, and the plan does not wait for it. */
START_TEST(a_plan_waits_for_nobody_who_changes_an_instance)
{
	static const char changes[] =
	        "SELECT COUNT(*) FROM information_schema.INNODB_TRX WHERE trx_rows_modified > 0";
	rig_do(&plan_rig, "SET GLOBAL event_scheduler = ON");
	rig_do(&plan_rig,
	       "CREATE EVENT changes ON SCHEDULE AT NOW() + INTERVAL 1 SECOND DO BEGIN START TRANSACTION; "
	       "UPDATE instances SET version = version + 1; DO SLEEP(20); ROLLBACK; END");
	wait_for_trx(changes);
	plan_want(plan_spotop(ZONE, "--dry-run", NULL), 0, NULL);
	ck_assert_int_gt(rig_number(&plan_rig, changes), 0); /* it was not waited for */
}
END_TEST

START_TEST(wait_tells_that_another_cancelled_it)
{
	char id[40];
	json_t *p = plan_made(plan_spotop(ZONE, "--dry-run", "-o", "json", NULL));
	plan_id(p, id);
	json_decref(p);
	plan_worker_start();
	char event[300];
	snprintf(event, sizeof event,
	         "CREATE EVENT cancels ON SCHEDULE AT NOW() + INTERVAL 4 SECOND DO CALL "
	         "verb_cancel_plan(UUID(), "
	         "'%s', '{}', NULL, FALSE, NULL, 'enough', 'bob', 'desk')",
	         id);
	rig_do(&plan_rig, "SET GLOBAL event_scheduler = ON");
	rig_do(&plan_rig, "%s", event);
	rig_do(&plan_rig,
	       "UPDATE agents SET status = 'offline'"); /* nobody hears: all is held until it is cancelled */
	plan_want(plan_spotop("--run", id, "--yes", "--wait=60", NULL), 1, "was cancelled by ");
}
END_TEST

START_TEST(wait_tells_how_it_ended)
{
	char id[40];
	json_t *p = plan_made(plan_spotop("--filter", "agent=agent-003", "--dry-run", "-o", "json", NULL));
	plan_id(p, id);
	json_decref(p);
	plan_worker_start();
	plan_want(plan_spotop("--run", id, "--yes", "--wait=1", NULL), 1, "still running");
	plan_wait(PENDING, 1);
	plan_carry_out("agent-003", "it broke");
	plan_wait("SELECT COUNT(*) FROM spotop_plans WHERE state = 'done'", 1);
	plan_want(plan_spotop("--filter", "agent=agent-003", "--dry-run", "-o", "table", NULL), 0,
	          "run it with: spotop evacuate --run ");
}
END_TEST

Suite *suite_plans(void)
{
	Suite *s = suite_create("plans");
	TCase *t = plan_case(s, "shown"), *u = plan_case(s, "run");
	tcase_add_test(t, a_plan_is_shown_and_nothing_moves);
	tcase_add_test(t, a_plan_of_long_ago_is_not_run);
	tcase_add_test(t, wait_tells_how_it_ended);
	tcase_add_test(t, wait_tells_that_another_cancelled_it);
	tcase_add_test(t, a_plan_that_is_reckoned_holds_no_action_up);
	tcase_add_test(t, a_plan_waits_for_nobody_who_changes_an_instance);
	tcase_add_test(u, exactly_that_plan_is_run_and_all_at_once_when_overridden);
	tcase_add_test(u, without_an_override_it_keeps_to_the_share_limit_and_to_what_is_ready);
	tcase_add_test(u, it_is_paused_resumed_and_cancelled_by_anybody);
	tcase_add_test(u, a_second_plan_over_the_same_agents_is_refused);
	tcase_add_test(u, a_plan_that_waits_keeps_no_other_waiting);
	tcase_add_test(u, a_freeze_is_told_and_another_pace_gives_each_its_turn);
	tcase_add_test(u, a_pace_that_costs_agents_is_decided_by_somebody);
	return s;
}
