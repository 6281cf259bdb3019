/* capacity.c - a launch that fails for want of capacity or quota closes its place for a while: as an agent reports it,
 * and as the guardrail, the wizard, `why`, `pools` and the best pool say it; a launch that comes up opens it again.
 * And whom a notice closes its pool to. */
#include "tests/support/rig.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_capacity(void);
static struct rig rig;
static void start(void) { rig_start(&rig); }
static void stop(void) { rig_stop(&rig); }
static void fresh(void) { rig_fresh(&rig); }

#define A          "r3.large.us-east-1a"
#define E          "r3.large.us-east-1e"
#define ONLY_E     "pool=r3.large.us-east-1e"
#define NO_MORE    "InsufficientInstanceCapacity: no r3.large in us-east-1e"
#define ONE(agent) "(SELECT id FROM agents WHERE logical_agent_id = '" agent "')"

/* A command of the agent into a place (NULL: on-demand) ends, as its own procedures end it. */
static void launch_ends(const char *agent, const char *pool, const char *error)
{
	rig_do(&rig,
	       "INSERT INTO commands (id, client_id, agent_id, command_type, target_mode, target_pool_id) "
	       "SELECT "
	       "'00000000-0000-4000-8000-0000000000c9', client_id, id, 'switch', '%s', %s%s%s FROM agents "
	       "WHERE "
	       "logical_agent_id = '%s'",
	       pool ? "pool" : "ondemand", pool ? "'" : "", pool ? pool : "NULL", pool ? "'" : "", agent);
	rig_do(&rig, "CALL agent_claim((SELECT id FROM agents WHERE logical_agent_id = '%s'), 60)", agent);
	if (error)
		rig_do(&rig,
		       "CALL agent_fail((SELECT id FROM agents WHERE logical_agent_id = '%s'), "
		       "'00000000-0000-4000-8000-0000000000c9', 1, '%s', NULL)",
		       agent, error);
	else
		rig_do(&rig,
		       "CALL agent_complete((SELECT id FROM agents WHERE logical_agent_id = '%s'), "
		       "'00000000-0000-4000-8000-0000000000c9', 1, NULL)",
		       agent);
	rig_do(&rig, "DELETE FROM switches");
	rig_do(&rig, "DELETE FROM commands");
}

static void minutes_pass(int n)
{
	rig_do(&rig,
	       "UPDATE spotop_cooling SET failed_at = failed_at - INTERVAL %d MINUTE, cooled_until = "
	       "cooled_until - "
	       "INTERVAL %d MINUTE",
	       n, n);
}

/* What a switch of an agent into a pool is refused with; free(). */
static char *refusal(const char *agent, const char *args)
{
	return rig_text(&rig,
	                "SELECT COALESCE(JSON_VALUE(verb_try('switch', (SELECT id FROM agents WHERE "
	                "logical_agent_id = '%s'), NULL, '%s'), '$.refused'), '')",
	                agent, args);
}

static void refused(const char *agent, const char *args, const char *with)
{
	char *text = refusal(agent, args);
	ck_assert_msg(with ? strstr(text, with) != NULL : !*text, "%s %s: '%s', not '%s'", agent, args, text,
	              with ? with : "");
	free(text);
}

static void said_by(const char *const *argv, const char *text)
{
	struct rig_run run = rig_spotop(&rig, false, argv);
	ck_assert_msg(strstr(run.out, text) != NULL, "%s: '%s' is not in: %s%s", argv[0], text, run.out,
	              run.err);
	rig_run_free(&run);
}

/* A second client, with an agent of the same type and region. */
static void another_client(const char *name)
{
	rig_do(&rig,
	       "INSERT INTO clients (id, name, email, client_token) VALUES (UUID(), '%s', '%s@o.example', "
	       "SHA2('%s', 256))",
	       name, name, name);
	rig_do(&rig,
	       "INSERT INTO agents (id, client_id, logical_agent_id, instance_type, region, az, "
	       "current_mode, current_pool_id, status, "
	       "last_heartbeat_at) SELECT UUID(), id, '%s-1', 'r3.large', 'us-east-1', "
	       "'us-east-1b', 'spot', 'r3.large.us-east-1b', "
	       "'online', NOW() FROM clients WHERE name = '%s'",
	       name, name);
	rig_do(&rig, "CALL agent_bind('%s', SUBSTRING_INDEX(USER(), '@', 1))", name);
}

START_TEST(a_failure_for_capacity_closes_its_pool_for_its_client)
{
	launch_ends("agent-005", E, "the volume did not attach");
	refused("agent-002", "{\"pool\":\"" E "\"}", NULL);
	launch_ends("agent-005", E, NO_MORE);
	refused("agent-002", "{\"pool\":\"" E "\"}", "no_capacity: InsufficientInstanceCapacity");
	refused("agent-002", "{\"pool\":\"" A "\"}", NULL);
	refused("agent-002", "{\"mode\":\"ondemand\"}", NULL);
	char *best = rig_text(&rig, "SELECT verb_best_pool(" ONE("agent-002") ")");
	ck_assert_str_eq(best, A);
	free(best);
	minutes_pass(6);
	refused("agent-002", "{\"pool\":\"" E "\"}", NULL);
	/* one launch at a time, whoever issues it, until one comes up */
	rig_do(&rig, "INSERT INTO commands (client_id, agent_id, command_type, target_mode, target_pool_id, "
	             "stage) SELECT "
	             "client_id, id, 'switch', 'pool', '" E
	             "', 'queued' FROM agents WHERE logical_agent_id = 'agent-003'");
	refused("agent-002", "{\"pool\":\"" E "\"}",
	        "one launch at a time until one comes up: one is under way");
	best = rig_text(&rig, "SELECT verb_best_pool(" ONE("agent-002") ")");
	ck_assert_str_eq(best, A);
	free(best);
	rig_do(&rig, "UPDATE commands SET stage = 'ready'");
	refused("agent-002", "{\"pool\":\"" E "\"}", NULL);
	rig_do(&rig, "DELETE FROM commands");
}
END_TEST

START_TEST(one_clients_word_closes_no_pool_for_another)
{
	static const char *const pools[] = { "pools", "--filter", ONLY_E, "-o", "json", NULL };
	another_client("other");
	another_client("third");
	for (int k = 0; k < 3; k++) { /* as often, and by as many of its agents, as it likes */
		launch_ends("other-1", E, NO_MORE);
		minutes_pass(2);
	}
	refused("other-1", "{\"pool\":\"" E "\"}", "no_capacity: InsufficientInstanceCapacity");
	refused("agent-002", "{\"pool\":\"" E "\"}", NULL);
	said_by(pools, "other: InsufficientInstanceCapacity");
	launch_ends("agent-005", E, "MaxSpotInstanceCountExceeded"); /* a quota is no second word for it */
	refused("third-1", "{\"pool\":\"" E "\"}", NULL);
	launch_ends("agent-005", E, NO_MORE);
	refused("third-1", "{\"pool\":\"" E "\"}", "no_capacity: InsufficientInstanceCapacity");
	said_by(pools, "\"InsufficientInstanceCapacity");
	minutes_pass(45);
	launch_ends("other-1", E, NULL); /* nor does one client's success end what another met */
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM spotop_cooling WHERE client_id = (SELECT "
	                                  "client_id FROM "
	                                  "agents WHERE logical_agent_id = 'agent-005') AND place = '" E "'"),
	                 1);
}
END_TEST

/* An agent says of itself where it runs and that it is taken: its notice closes the pool that it names to its client. */
START_TEST(one_clients_notice_closes_no_pool_for_another)
{
	static const char *const pool_to_e = "{\"pool\":\"" E "\"}", *const pool_to_a =
	                                                                     "{\"pool\":\"" A "\"}";
	another_client("other");
	another_client("third");
	rig_do(&rig, "CALL instance_launching(" ONE("other-1") ", 'i-o1', '" E "', 'spot', 'primary', NULL)");
	rig_do(&rig, "CALL instance_running('i-o1')");
	rig_do(&rig, "CALL agent_notice(" ONE("other-1") ", 'termination', NOW() + INTERVAL 2 MINUTE)");
	refused("other-1", pool_to_e, "pool_notice: 1 instance in the pool is under notice");
	refused("agent-002", pool_to_e, NULL);
	refused("third-1", pool_to_e, NULL);
	ck_assert_int_eq(rig_number(&rig, "SELECT verb_best_pool(" ONE("agent-002") ") = '" E "'"), 1);
	ck_assert_int_eq(rig_number(&rig, "SELECT verb_best_pool(" ONE("other-1") ") = '" A "'"), 1);
	/* what waits for another client's agent is no worse off, and its own is */
	rig_do(&rig,
	       "INSERT INTO commands (client_id, agent_id, command_type, target_mode, target_pool_id) SELECT "
	       "client_id, id, 'switch', 'pool', '" E
	       "' FROM agents WHERE logical_agent_id IN ('other-1', 'third-1')");
	struct rig_run run =
	        rig_spotop(&rig, false,
	                   (const char *[]){ "landmines", "-o", "csv", "--columns", "agent,mine", NULL });
	ck_assert_msg(strstr(run.out, "other-1,target_closed") && !strstr(run.out, "third-1,target_closed"),
	              "%s%s", run.out, run.err);
	rig_run_free(&run);
	rig_do(&rig, "DELETE FROM commands");
	/* agents of two clients: EC2 takes instances from there, whose they are */
	rig_do(&rig,
	       "CALL agent_notice(" ONE(
	               "agent-005") ", 'rebalance', NULL)"); /* of the pool that agent-005 is in, not of this one */
	refused("third-1", pool_to_e, NULL);
	rig_do(&rig, "UPDATE instances SET current_pool_id = '" E "' WHERE primary_of = " ONE("agent-005"));
	refused("third-1", pool_to_e, "pool_notice: 2 instances in the pool are under notice");
	refused("third-1", pool_to_a, NULL);
}
END_TEST

START_TEST(it_is_left_alone_twice_as_long_each_time)
{
	launch_ends("agent-005", E, NO_MORE);
	launch_ends("agent-006", E, NO_MORE); /* of the same minute: of the same storm */
	ck_assert_int_eq(rig_number(&rig, "SELECT failures FROM spotop_cooling"), 1);
	minutes_pass(6);
	launch_ends("agent-005", E, NO_MORE);
	ck_assert_int_eq(rig_number(&rig, "SELECT failures FROM spotop_cooling"), 2);
	minutes_pass(6);
	refused("agent-002", "{\"pool\":\"" E "\"}", "no_capacity");
	minutes_pass(6);
	refused("agent-002", "{\"pool\":\"" E "\"}", NULL);
	minutes_pass(90); /* what is long ago does not count */
	launch_ends("agent-005", E, NO_MORE);
	ck_assert_int_eq(rig_number(&rig, "SELECT failures FROM spotop_cooling"), 1);
}
END_TEST

START_TEST(a_launch_that_comes_up_opens_it)
{
	launch_ends("agent-005", E, NO_MORE);
	launch_ends("agent-006", E, NULL); /* was under way before: it says nothing of now */
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM spotop_cooling"), 1);
	minutes_pass(6);
	launch_ends("agent-006", E, NULL);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM spotop_cooling"), 0);
}
END_TEST

START_TEST(a_quota_closes_the_clients_region)
{
	another_client("other");
	launch_ends("agent-005", E, "MaxSpotInstanceCountExceeded: Max spot instance count exceeded");
	refused("agent-002", "{\"pool\":\"" E "\"}", "no_capacity: MaxSpotInstanceCountExceeded");
	refused("agent-002", "{\"pool\":\"" A "\"}", "no_capacity: MaxSpotInstanceCountExceeded");
	refused("agent-002", "{\"mode\":\"ondemand\"}", NULL);
	refused("other-1", "{\"pool\":\"" E "\"}", NULL);
	launch_ends("agent-005", NULL,
	            "VcpuLimitExceeded: you have requested more vCPU capacity than your current limit");
	refused("agent-002", "{\"mode\":\"ondemand\"}", "no_capacity: VcpuLimitExceeded");
	refused("other-1", "{\"mode\":\"ondemand\"}", NULL);
}
END_TEST

START_TEST(it_is_said_where_one_chooses)
{
	static const char *const why[] = { "why", "agent-002", NULL }, *const pools[] = { "pools", "--filter",
		                                                                          ONLY_E,  "-o",
		                                                                          "json",  NULL };
	launch_ends("agent-005", E, NO_MORE);
	rig_do(&rig, "UPDATE agents SET notice_status = 'termination', notice_received_at = NOW(), "
	             "notice_deadline = NOW() + "
	             "INTERVAL 110 SECOND WHERE logical_agent_id = 'agent-002'");
	said_by(why, E ": InsufficientInstanceCapacity");
	said_by(pools, "InsufficientInstanceCapacity");
}
END_TEST

Suite *suite_capacity(void)
{
	Suite *s = suite_create("capacity");
	TCase *t = tcase_create("capacity");
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_checked_fixture(t, fresh, NULL);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_failure_for_capacity_closes_its_pool_for_its_client);
	tcase_add_test(t, one_clients_word_closes_no_pool_for_another);
	tcase_add_test(t, one_clients_notice_closes_no_pool_for_another);
	tcase_add_test(t, it_is_left_alone_twice_as_long_each_time);
	tcase_add_test(t, a_launch_that_comes_up_opens_it);
	tcase_add_test(t, a_quota_closes_the_clients_region);
	tcase_add_test(t, it_is_said_where_one_chooses);
	suite_add_tcase(s, t);
	return s;
}
