/* plans_mishaps.c - what goes wrong while a plan runs: a failure holds its agent alone; a place without capacity, or taken away, is
 * planned anew; a notice that comes later is urgent; a worker that is killed is followed by another. */
#include "tests/support/plan_rig.h"
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

Suite *suite_plans_mishaps(void);

START_TEST(a_failure_holds_its_agent_alone)
{
	char id[40];
	plan_make_and_run(id, "share");
	plan_wait(PENDING, 10);
	plan_carry_out("agent-003", "the volume vol-1 did not attach: it is attached elsewhere");
	plan_all_carry_out();
	plan_wait("SELECT COUNT(*) FROM spotop_plans WHERE state = 'done'", 1);
	ck_assert_int_eq(plan_rows("done"), 9);
	char *said = rig_text(&plan_rig, "SELECT message FROM spotop_plan_rows WHERE state = 'failed'");
	ck_assert_str_eq(said,
	                 "its command failed: the volume vol-1 did not attach: it is attached elsewhere");
	free(said);
}
END_TEST

START_TEST(a_place_without_capacity_is_planned_anew)
{
	char id[40];
	plan_make_and_run(id, "share");
	plan_wait(PENDING, 10);
	char *agent =
	        rig_text(&plan_rig, "SELECT a.logical_agent_id FROM spotop_plan_rows r JOIN agents a ON "
	                            "a.id = r.agent_id WHERE r.target_pool_id = '" E "' LIMIT 1");
	plan_carry_out(agent, "InsufficientInstanceCapacity: none in us-east-1e");
	plan_wait("SELECT COUNT(*) FROM spotop_plan_rows WHERE attempts = 2 AND state = 'released'", 1);
	ck_assert_int_eq(rig_number(&plan_rig,
	                            "SELECT COUNT(*) FROM commands c JOIN agents a ON a.id = c.agent_id "
	                            "WHERE a.logical_agent_id = '%s' AND c.status = 'pending' AND NOT "
	                            "c.target_pool_id <=> '" E "'",
	                            agent),
	                 1);
	char *said = rig_text(&plan_rig, "SELECT message FROM spotop_plan_rows WHERE attempts = 2");
	ck_assert_msg(strstr(said, E
	                     ": InsufficientInstanceCapacity: none in us-east-1e; planned anew to ") == said,
	              "%s", said);
	free(said), free(agent);
	plan_all_carry_out();
	plan_wait("SELECT COUNT(*) FROM spotop_plan_rows WHERE state = 'done'", 10);
}
END_TEST

START_TEST(a_target_taken_away_is_planned_anew)
{
	char id[40];
	plan_make_and_run(id, NULL);
	plan_wait(PENDING, 2);
	static const char *const cordon[] = { "cordon",     E,       "--for", "1h", "--reason",
		                              "it is full", "--yes", NULL };
	plan_want(rig_spotop(&plan_rig, false, cordon), 0, NULL);
	plan_wait("SELECT COUNT(*) FROM spotop_plan_rows WHERE state = 'held' AND target_pool_id = '" E "'",
	          0);
	ck_assert_int_gt(rig_number(&plan_rig, "SELECT COUNT(*) FROM spotop_plan_rows WHERE message LIKE '" E
	                                       " is cordoned; planned anew to %%'"),
	                 0);
}
END_TEST

START_TEST(a_pool_that_an_agent_is_to_avoid_from_now_on_is_left)
{
	char id[40];
	plan_make_and_run(id, NULL);
	plan_wait(PENDING, 2);
	char *agent =
	        rig_text(&plan_rig, "SELECT MAX(agent_id) FROM spotop_plan_rows WHERE state = 'held' AND "
	                            "target_pool_id = '" E "'");
	rig_do(&plan_rig,
	       "INSERT INTO agent_configs (agent_id, blacklist_pools) VALUES ('%s', JSON_ARRAY('" E
	       "')) ON DUPLICATE KEY UPDATE blacklist_pools = VALUES(blacklist_pools)",
	       agent);
	plan_wait("SELECT COUNT(*) FROM spotop_plan_rows WHERE message LIKE '" E
	          " is on the agent''s blacklist; planned anew to %'",
	          1);
	ck_assert_int_eq(rig_number(&plan_rig,
	                            "SELECT COUNT(*) FROM spotop_plan_rows WHERE agent_id = '%s' AND "
	                            "NOT target_pool_id <=> '" E "'",
	                            agent),
	                 1);
	free(agent);
}
END_TEST

START_TEST(a_notice_that_comes_later_makes_it_urgent)
{
	char id[40];
	plan_make_and_run(id, NULL);
	plan_wait(PENDING, 2);
	plan_notice("agent-010", 100);
	plan_wait("SELECT COUNT(*) FROM spotop_plan_rows WHERE deadline IS NOT NULL", 1);
	/* two are in flight already: it has the next turn, not this one */
	ck_assert_int_gt(rig_number(&plan_rig,
	                            "SELECT r.expected_s - r.hears_s - r.takes_s - TIMESTAMPDIFF(SECOND, "
	                            "p.started_at, NOW()) FROM spotop_plan_rows r JOIN spotop_plans p ON "
	                            "p.id = "
	                            "r.plan_id WHERE r.deadline IS NOT NULL"),
	                 20);
	plan_all_carry_out();
	plan_wait("SELECT COUNT(*) FROM commands c JOIN agents a ON a.id = c.agent_id WHERE "
	          "a.logical_agent_id = 'agent-010' AND c.status = 'pending'",
	          1);
}
END_TEST

START_TEST(another_worker_goes_on_and_releases_nothing_twice)
{
	char id[40];
	plan_make_and_run(id, "share");
	for (int i = 0; i < 3; i++) {
		usleep(150000);
		plan_worker_end(SIGKILL);
		rig_do(&plan_rig, "UPDATE job_schedules SET lease_until = NULL, holder = NULL");
		plan_worker_start();
	}
	plan_wait(PENDING, 10);
	ck_assert_int_eq(rig_number(&plan_rig, "SELECT COUNT(*) FROM commands"), 10);
	ck_assert_int_eq(rig_number(&plan_rig,
	                            "SELECT COUNT(*) FROM audit_log WHERE action = 'plan_release' AND result "
	                            "= 'done' AND JSON_VALUE(after_state, '$.plan') = '%s'",
	                            id),
	                 10);
}
END_TEST

Suite *suite_plans_mishaps(void)
{
	Suite *s = suite_create("plans_mishaps");
	TCase *t = plan_case(s, "mishaps");
	tcase_add_test(t, a_failure_holds_its_agent_alone);
	tcase_add_test(t, a_place_without_capacity_is_planned_anew);
	tcase_add_test(t, a_target_taken_away_is_planned_anew);
	tcase_add_test(t, a_pool_that_an_agent_is_to_avoid_from_now_on_is_left);
	tcase_add_test(t, a_notice_that_comes_later_makes_it_urgent);
	tcase_add_test(t, another_worker_goes_on_and_releases_nothing_twice);
	return s;
}
