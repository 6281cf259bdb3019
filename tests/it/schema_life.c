/* schema_life.c - the states an instance goes through and may not, exact durations, promotion, health, deletions: as the report has them. */
#include "core/base/mem.h"
#include "tests/support/rig.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_schema_life(void);

static struct rig rig;
static void start(void) { rig_start(&rig); }
static void stop(void) { rig_stop(&rig); }
static void fresh(void) { rig_fresh(&rig); }

#define CLIENT "(SELECT id FROM clients)"
#define AGENT  "(SELECT id FROM agents WHERE logical_agent_id = 'agent-001')"
#define NOBODY "'11111111-1111-4111-8111-111111111111'"
#define INSTANCE                                                                                       \
	"INSERT INTO instances (id, client_id, agent_id, instance_type, region, az, instance_status, " \
	"is_primary"
#define INSTANCE_OF ") SELECT 'x-1', client_id, id, 'r3.large', 'us-east-1', 'us-east-1a', "
#define OF_1        " FROM agents WHERE logical_agent_id = 'agent-001'"
#define OF_2        " FROM agents WHERE logical_agent_id = 'agent-002'"
/* Every state to every other: what 13-instances.sql says is legal goes, the rest is refused and named. */
static const struct {
	const char *from, *to;
} moves[] = {
	{ "launching", "running_primary running_replica terminating terminated" },
	{ "running_primary", "zombie terminating terminated" },
	{ "running_replica", "promoting running_primary zombie terminating terminated" },
	{ "promoting", "running_primary running_replica zombie terminating terminated" },
	{ "terminating", "terminated zombie" },
	{ "terminated", "" },
	{ "zombie", "terminating terminated" },
};

static bool is_word_of(const char *word, const char *words)
{
	size_t n = strlen(word);
	for (const char *at = words; (at = strstr(at, word)) != NULL; at += n)
		if ((at == words || at[-1] == ' ') && (at[n] == ' ' || at[n] == 0)) return true;
	return false;
}

START_TEST(only_legal_moves)
{
	const char *from = moves[_i].from;
	for (size_t k = 0; k < ARRAY_LEN(moves); k++) {
		const char *to = moves[k].from;
		if (strcmp(from, to) == 0) continue;
		rig_do(&rig, "DELETE FROM instances WHERE id = 'x-1'");
		rig_do(&rig, INSTANCE INSTANCE_OF "'%s', FALSE" OF_2, from);
		char want[120],
		        *said = rig_error(&rig,
		                          "UPDATE instances SET instance_status = '%s' WHERE id = 'x-1'", to);
		snprintf(want, sizeof want, "instance x-1 cannot go from %s to %s", from, to);
		bool legal = is_word_of(to, moves[_i].to);
		ck_assert_msg(legal ? !*said : strstr(said, want) != NULL, "%s to %s: '%s'", from, to, said);
		free(said);
	}
}
END_TEST

/* --- what a legal life looks like --- */
static const char *const life[] = { "launching", "running_replica", "promoting", "running_primary",
	                            "zombie",    "terminating",     "terminated" };

START_TEST(an_instance_lives_through_all_states)
{
	rig_do(&rig, INSTANCE INSTANCE_OF "'launching', FALSE" OF_2);
	for (size_t i = 1; i < ARRAY_LEN(life); i++) {
		rig_do(&rig, "UPDATE instances SET instance_status = '%s' WHERE id = 'x-1'", life[i]);
		ck_assert_int_eq(rig_number(&rig, "SELECT version FROM instances WHERE id = 'x-1'"),
		                 (long)i + 1);
	}
	ck_assert_int_eq(rig_number(&rig, "SELECT is_active FROM instances WHERE id = 'x-1'"), 0);
	ck_assert_int_eq(rig_number(&rig, "SELECT terminated_at IS NOT NULL FROM instances WHERE id = 'x-1'"),
	                 1);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM sse_events WHERE JSON_VALUE(event_data, "
	                                  "'$.instance_id') = 'x-1'"),
	                 (long)ARRAY_LEN(life));
}
END_TEST

START_TEST(durations_are_exact_and_clamped)
{
	rig_do(&rig, "UPDATE instances SET launch_requested_at = '2026-03-29 00:59:30', launch_confirmed_at "
	             "= '2026-03-29 01:00:12' "
	             "WHERE id = 'r-001'");
	ck_assert_int_eq(rig_number(&rig, "SELECT launch_duration_seconds FROM instances WHERE id = 'r-001'"),
	                 42);
	rig_do(&rig, "UPDATE instances SET termination_requested_at = '2026-01-01', termination_confirmed_at "
	             "= '2026-01-03' "
	             "WHERE id = 'r-001'");
	ck_assert_int_eq(rig_number(&rig,
	                            "SELECT termination_duration_seconds FROM instances WHERE id = 'r-001'"),
	                 65535);
	/* In the hour that a zone has twice, 01:30 then 01:10 is 40 minutes later, whatever the session's clock reads. */
	rig_do(&rig, "BEGIN NOT ATOMIC UPDATE instances SET launch_requested_at = '2026-11-01 05:30:00', "
	             "launch_confirmed_at = NULL, "
	             "last_switch_at = '2026-11-01 06:10:00' WHERE id = 'r-001'; SET time_zone = '-05:00'; "
	             "UPDATE instances SET "
	             "launch_confirmed_at = last_switch_at WHERE id = 'r-001'; END");
	ck_assert_int_eq(rig_number(&rig, "SELECT launch_duration_seconds FROM instances WHERE id = 'r-001'"),
	                 2400);
}
END_TEST

/* A zone as New York has it in 2026, made by hand: the server's own tables may be empty. */
static const char *const zone[] = {
	"DELETE FROM mysql.time_zone_name WHERE Name = 'Test/East'",
	"INSERT INTO mysql.time_zone (Time_zone_id, Use_leap_seconds) VALUES (9001, 'N')",
	"INSERT INTO mysql.time_zone_name VALUES ('Test/East', 9001)",
	"INSERT INTO mysql.time_zone_transition_type VALUES (9001, 0, -14400, 1, 'EDT'), (9001, 1, -18000, "
	"0, "
	"'EST')",
	"INSERT INTO mysql.time_zone_transition VALUES (9001, 1772953200, 0), (9001, 1793512800, 1)",
};

/* Launched at one moment under one clock, confirmed later under another: the seconds between are those that
 * went by. Moments: 2026-11-01 05:50 UTC is 01:50 the first time, 06:10 is 01:10, the second time;
 * 2026-03-08 06:59:50 is 01:59:50, and 20 s later it is 03:00:10. */
static const struct {
	const char *zone_then;
	long then;
	const char *zone_now;
	long now, seconds;
} clocks[] = {
	{ "Test/East", 1793512200, "Test/East", 1793513400, 1200 },
	{ "Test/East", 1772953190, "Test/East", 1772953210, 20 },
	{ "Test/East", 1793513400, "+00:00", 1793513401, 1 },
	{ "+13:00", 1793512200, "-12:00", 1793512207, 7 },
	{ "-12:00", 1793512200, "Test/East", 1793512200 + 65534, 65534 },
	{ "-12:00", 1793512200, "Test/East", 1793512200 + 65535, 65535 },
	{ "-12:00", 1793512200, "Test/East", 1793512200 + 65536, 65535 },
};

/* A session of the server's own zone, at that moment, as an agent's that sets none of its own. */
static void at_clock(const char *its_zone, long moment, const char *set)
{
	rig_do(&rig, "SET GLOBAL time_zone = '%s'", its_zone);
	rig_do(&rig,
	       "BEGIN NOT ATOMIC SET time_zone = @@GLOBAL.time_zone; SET timestamp = %ld; UPDATE instances "
	       "SET "
	       "%s WHERE id = 'r-001'; END",
	       moment, set);
}

START_TEST(durations_do_not_know_the_clocks_zone)
{
	if (_i == 0)
		for (size_t i = 0; i < ARRAY_LEN(zone); i++) rig_do(&rig, "%s", zone[i]);
	at_clock(clocks[_i].zone_then, clocks[_i].then,
	         "launch_requested_at = NOW(), launch_confirmed_at = NULL");
	at_clock(clocks[_i].zone_now, clocks[_i].now, "launch_confirmed_at = NOW()");
	rig_do(&rig, "SET GLOBAL time_zone = SYSTEM");
	ck_assert_int_eq(rig_number(&rig, "SELECT launch_duration_seconds FROM instances WHERE id = 'r-001'"),
	                 clocks[_i].seconds);
}
END_TEST

/* Half an hour before its clocks go forward an hour from now has no name there. */
START_TEST(an_hour_is_added_where_there_is_none)
{
	for (size_t i = 0; i < ARRAY_LEN(zone); i++) rig_try(&rig, "%s", zone[i]);
	at_clock("Test/East", 1772953200 - 1800, "instance_status = 'terminating'");
	rig_do(&rig,
	       "BEGIN NOT ATOMIC SET time_zone = 'Test/East'; SET timestamp = %ld; UPDATE agents SET "
	       "notice_status = "
	       "'termination', notice_deadline = NOW() WHERE logical_agent_id = 'agent-001'; UPDATE agents "
	       "SET status = "
	       "'error' WHERE logical_agent_id = 'agent-002'; END",
	       1772953200L - 1800);
	rig_do(&rig, "SET GLOBAL time_zone = SYSTEM");
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM sse_events WHERE UNIX_TIMESTAMP(expires_at) "
	                                  "= 1772953200 - 1800 + "
	                                  "3600"),
	                 3);
}
END_TEST

START_TEST(promotion_swaps_in_one_step)
{
	rig_do(&rig, "CALL promote_instance_to_primary('r-001', (SELECT version FROM instances WHERE id = "
	             "'r-001'))");
	char *now = rig_text(&rig, "SELECT GROUP_CONCAT(id, ' ', instance_status, ' ', is_primary ORDER BY "
	                           "id) FROM instances WHERE agent_id = " AGENT);
	ck_assert_str_eq(now, "i-001 zombie 0,r-001 running_primary 1");
	free(now);
	ck_assert_int_eq(rig_number(&rig, "SELECT instance_id = 'r-001' AND current_pool_id = "
	                                  "'r3.large.us-east-1a' FROM agents WHERE id = " AGENT),
	                 1);
	ck_assert_int_eq(rig_number(&rig, "SELECT zombie_count FROM v_agent_health_summary WHERE agent_id "
	                                  "= " AGENT),
	                 1);
}
END_TEST

START_TEST(a_heartbeat_moves_no_version)
{
	long was = rig_number(&rig, "SELECT version FROM agents WHERE id = " AGENT);
	rig_do(&rig, "UPDATE agents SET last_heartbeat_at = NOW() - INTERVAL 100 SECOND WHERE id = " AGENT);
	ck_assert_int_eq(rig_number(&rig, "SELECT version FROM agents WHERE id = " AGENT), was);
	ck_assert_int_eq(rig_number(&rig, "SELECT TIMESTAMPDIFF(SECOND, last_heartbeat_at, silent_at) FROM "
	                                  "agents WHERE id = " AGENT),
	                 45);
	rig_do(&rig, "UPDATE agents SET hostname = 'new' WHERE id = " AGENT);
	ck_assert_int_eq(rig_number(&rig, "SELECT version FROM agents WHERE id = " AGENT), was + 1);
}
END_TEST

/* Health by the definitions; the report's unhealthy set lies inside crit, dead and unknown. */
static const struct {
	const char *sql, *health, *cause;
} healths[] = {
	{ "SET last_heartbeat_at = NOW()", "ok", "" },
	{ "SET last_heartbeat_at = NOW() - INTERVAL 46 SECOND", "warn", "silent" },
	{ "SET last_heartbeat_at = NOW() - INTERVAL 95 SECOND", "crit", "silent_crit" },
	{ "SET last_heartbeat_at = NOW() - INTERVAL 301 SECOND", "dead", "silent_dead" },
	{ "SET last_heartbeat_at = NULL", "unknown", "no_heartbeat" },
	{ "SET status = 'offline'", "dead", "offline" },
	{ "SET notice_status = 'rebalance'", "warn", "rebalance_notice" },
	{ "SET notice_status = 'termination'", "crit", "termination_notice" },
	{ "SET enabled = FALSE, last_heartbeat_at = NULL", "off", "disabled" },
};

START_TEST(health_is_as_defined)
{
	char *said;
	rig_do(&rig, "UPDATE agents %s WHERE id = " AGENT, healths[_i].sql);
	said = rig_text(&rig,
	                "SELECT CONCAT(health, '/', cause) FROM v_agent_status WHERE agent_id = " AGENT);
	char want[60];
	snprintf(want, sizeof want, "%s/%s", healths[_i].health, healths[_i].cause);
	ck_assert_str_eq(said, want);
	free(said);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM v_agents_attention WHERE agent_id = " AGENT),
	                 strcmp(healths[_i].health, "ok") != 0 && strcmp(healths[_i].health, "off") != 0);
}
END_TEST

START_TEST(launches_past_their_limit_are_critical)
{
	rig_do(&rig, INSTANCE ", launch_requested_at" INSTANCE_OF
	                      "'launching', FALSE, NOW() - INTERVAL 301 SECOND" OF_2);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM v_agents_attention t JOIN v_agent_status v "
	                                  "ON v.agent_id = t.agent_id "
	                                  "WHERE v.health = 'crit' AND v.cause = 'launch_overdue' AND "
	                                  "v.agent = 'agent-002'"),
	                 1);
}
END_TEST

START_TEST(the_reports_unhealthy_are_ours)
{
	rig_do(&rig, "UPDATE agents SET last_heartbeat_at = NOW() - INTERVAL (CAST(RIGHT(logical_agent_id, "
	             "3) AS SIGNED) * 10) SECOND");
	rig_do(&rig, "UPDATE instances SET instance_status = 'zombie', is_primary = FALSE WHERE id IN "
	             "('i-003', 'i-007')");
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM v_agent_health_summary r JOIN v_agent_status "
	                                  "v ON v.agent_id = r.agent_id WHERE "
	                                  "(r.seconds_since_heartbeat > 90 OR r.primary_count != 1) AND "
	                                  "v.health NOT IN ('crit', 'dead', 'unknown')"),
	                 0);
	ck_assert_int_eq(rig_number(&rig,
	                            "SELECT COUNT(*) FROM v_agent_status WHERE health NOT IN ('ok', 'off')"),
	                 rig_number(&rig, "SELECT COUNT(*) FROM v_agents_attention t JOIN v_agent_status v "
	                                  "ON v.agent_id = t.agent_id WHERE v.health <> 'ok'"));
}
END_TEST

START_TEST(deletes_cascade_where_no_key_can)
{
	rig_do(&rig, "INSERT INTO spot_price_snapshots (agent_id, pool_id, price) VALUES (" AGENT
	             ", 'r3.large.us-east-1a', 0.02), "
	             "(NULL, 'r3.large.us-east-1b', 0.03)");
	rig_do(&rig, "INSERT INTO pricing_consolidated (pool_id, price, observed_at) VALUES "
	             "('r3.large.us-east-1b', 1, NOW())");
	rig_do(&rig, "INSERT INTO system_events (event_type, agent_id) VALUES ('x', " AGENT ")");
	rig_do(&rig, "DELETE FROM agents WHERE logical_agent_id = 'agent-001'");
	ck_assert_int_eq(rig_number(&rig,
	                            "SELECT COUNT(*) FROM spot_price_snapshots WHERE agent_id IS NOT NULL"),
	                 0);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM system_events WHERE event_type = 'x'"), 0);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM instances WHERE agent_id IS NULL"), 2);
	ck_assert_int_eq(rig_number(&rig, "SELECT total_active FROM v_active_instances_summary WHERE "
	                                  "agent_id IS NULL"),
	                 2);
	rig_do(&rig, "DELETE FROM spot_pools WHERE id = 'r3.large.us-east-1b'");
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM spot_price_snapshots"), 0);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM pricing_consolidated"), 0);
	rig_do(&rig, "DELETE FROM clients");
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM spotop_agent_counts"), 0);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM system_events WHERE client_id IS NOT NULL"),
	                 0);
}
END_TEST

START_TEST(the_newest_price_wins)
{
	rig_do(&rig, "UPDATE spot_pools SET last_price = NULL, last_price_at = NULL");
	rig_do(&rig, "INSERT INTO spot_price_snapshots (pool_id, price, observed_at) VALUES "
	             "('r3.large.us-east-1a', 0.05, NOW() - INTERVAL 1 HOUR), "
	             "('r3.large.us-east-1a', 0.04, NOW() - INTERVAL 2 HOUR), ('r3.large.us-east-1a', 0.09, "
	             "NOW() + INTERVAL 1 DAY)");
	ck_assert_int_eq(rig_number(&rig, "SELECT CAST(last_price * 100 AS SIGNED) FROM spot_pools WHERE id "
	                                  "= 'r3.large.us-east-1a'"),
	                 5);
}
END_TEST

Suite *suite_schema_life(void)
{
	Suite *s = suite_create("schema_life");
	TCase *t = tcase_create("rules");
	tcase_set_timeout(t, 60);
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_checked_fixture(t, fresh, NULL);
	tcase_add_loop_test(t, only_legal_moves, 0, (int)ARRAY_LEN(moves));
	tcase_add_test(t, an_instance_lives_through_all_states);
	tcase_add_test(t, durations_are_exact_and_clamped);
	tcase_add_loop_test(t, durations_do_not_know_the_clocks_zone, 0, (int)ARRAY_LEN(clocks));
	tcase_add_test(t, an_hour_is_added_where_there_is_none);
	tcase_add_test(t, promotion_swaps_in_one_step);
	tcase_add_test(t, a_heartbeat_moves_no_version);
	tcase_add_loop_test(t, health_is_as_defined, 0, (int)ARRAY_LEN(healths));
	tcase_add_test(t, launches_past_their_limit_are_critical);
	tcase_add_test(t, the_reports_unhealthy_are_ours);
	tcase_add_test(t, deletes_cascade_where_no_key_can);
	tcase_add_test(t, the_newest_price_wins);
	suite_add_tcase(s, t);
	return s;
}
