/* impact.c - one order of what is wrong: the plugin, the overview, the alerts and the lists name the gravest first,
 * say nothing like "nothing wrong" beside an unhealthy agent or a snooze, and a snooze covers what it saw. */
#include "core/base/mem.h"
#include "core/db/table.h"
#include "tests/support/rig.h"
#include "tests/support/said.h"
#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct rig rig;
static void start(void) { rig_start(&rig); }
static void stop(void) { rig_stop(&rig); }

static void fresh(void)
{
	rig_fresh(&rig);
	rig_do(&rig, "SET GLOBAL event_scheduler = ON");
	rig_do(&rig, "DELETE FROM alerts");
	rig_do(&rig, "DELETE FROM job_schedules");
}

#define RUN(code, ...) said(&rig, code, (const char *const[]){ __VA_ARGS__, NULL })

static void look(void)
{
	free(RUN(0, "job", "run", "alerts"));
	rig_do(&rig, "DELETE FROM job_schedules"); /* no leader is wanted here */
}

#define NAMED(a) "logical_agent_id = '" a "'"
#define LOSE(a)                                                                                             \
	"UPDATE instances SET is_primary = FALSE, instance_status = 'terminated', terminated_at = NOW() - " \
	"INTERVAL 200 SECOND WHERE primary_of = (SELECT id FROM agents WHERE " NAMED(a) ")"
#define NOTICE(a, deadline)                                                                                  \
	"UPDATE agents SET notice_status = 'termination', notice_received_at = NOW() - INTERVAL 60 SECOND, " \
	"notice_deadline = NOW() " deadline " WHERE " NAMED(a)

/* Two agents send heartbeats without a primary, one's deadline passed, one's is at risk, one is dead, one silent, a launch is
 * overdue: a storm that once was OK. */
static void storm(void)
{
	rig_do(&rig, LOSE("agent-011"));
	rig_do(&rig, LOSE("agent-012"));
	rig_do(&rig, "UPDATE spot_pools SET boot_p95_seconds = NULL, avg_boot_time_seconds = NULL, "
	             "boot_sample_count = 0");
	rig_do(&rig, NOTICE("agent-020", "- INTERVAL 30 SECOND"));
	rig_do(&rig, NOTICE("agent-021", "+ INTERVAL 60 SECOND"));
	rig_do(&rig, "UPDATE agents SET status = 'offline' WHERE " NAMED("agent-030"));
	rig_do(&rig,
	       "UPDATE agents SET last_heartbeat_at = NOW() - INTERVAL 100 SECOND WHERE " NAMED("agent-031"));
	rig_do(&rig,
	       "INSERT INTO instances (id, client_id, agent_id, instance_type, region, az, instance_status, "
	       "launch_requested_at) SELECT 'i-late', client_id, id, 'r3.large', 'us-east-1', 'us-east-1b', "
	       "'launching', NOW() - INTERVAL 400 SECOND FROM agents WHERE " NAMED("agent-035"));
	rig_do(&rig, "UPDATE agents SET notice_status = 'rebalance' WHERE " NAMED("agent-001"));
}

#define STORM                                                                                            \
	"no_primary no_primary deadline_missed deadline_at_risk agent_dead agent_silent launch_overdue " \
	"rebalance"

START_TEST(the_gravest_comes_first)
{
	storm();
	char *out = RUN(2, "check");
	holds(out, "SPOTOP CRITICAL - agent-011 has no primary since 20");
	holds(out,
	      ": 2 without primary, 1 deadline missed, 1 deadline at risk, 1 agent dead, 1 agent silent, 1 "
	      "launch overdue, "
	      "1 rebalance; 40 agents, 7 unhealthy |");
	holds(out, " critical=5 errors=2 warnings=1 snoozed=0 ");
	holds(out, " alert_no_primary=2 alert_two_primaries=0 alert_deadline_missed=1 "
	           "alert_deadline_at_risk=1 alert_agent_dead=1 ");
	lacks(out, "nothing wrong");
	free(out);
	out = RUN(0, "overview", "-o", "json");
	json_t *all = json_loads(out, 0, NULL);
	const json_t *word = json_array_get(json_object_get(all, "rows"), 0);
	ck_assert_str_eq(json_string_value(json_object_get(word, "item")), "word");
	ck_assert_str_eq(json_string_value(json_object_get(word, "state")), "CRITICAL");
	ck_assert_str_eq(json_string_value(json_object_get(word, "agent")), "agent-011");
	ck_assert_int_ge(json_integer_value(json_object_get(word, "seconds")), 200);
	json_decref(all);
	column_is(out, "unhealthy", "agent",
	          "agent-011 agent-012 agent-020 agent-021 agent-030 agent-031 agent-035");
	free(out);
	look();
	out = RUN(0, "alerts", "-o", "json");
	column_is(out, NULL, "kind", STORM);
	all = json_loads(out, 0, NULL); /* and each names its section of the runbook */
	const json_t *alert;
	size_t i;
	json_array_foreach(json_object_get(all, "rows"), i, alert)
	{
		char want[80];
		snprintf(want, sizeof want, "views/runbook.md#%s",
		         json_string_value(json_object_get(alert, "kind")));
		ck_assert_str_eq(json_string_value(json_object_get(alert, "runbook")), want);
	}
	json_decref(all);
	free(out);
	out = RUN(0, "report", "--since", "1h", "-o", "json");
	json_t *report = json_loads(out, 0, NULL);
	ck_assert_str_eq(json_string_value(
	                         json_object_get(json_array_get(json_object_get(report, "alerts_open"), 0),
	                                         "kind")),
	                 "no_primary");
	ck_assert_str_eq(json_string_value(
	                         json_object_get(json_array_get(json_object_get(report, "unhealthy"), 0),
	                                         "agent")),
	                 "agent-011");
	json_decref(report);
	free(out);
}
END_TEST

START_TEST(lists_go_by_impact_and_words_by_their_rank)
{
	storm();
	look();
	char *out = RUN(0, "agents", "--limit", "8", "-o", "json");
	column_is(out, NULL, "agent",
	          "agent-011 agent-012 agent-020 agent-021 agent-030 agent-031 agent-035 agent-001");
	free(out);
	rig_do(&rig, "UPDATE agents SET enabled = FALSE WHERE " NAMED("agent-040"));
	out = RUN(0, "agents", "--sort", "health", "--limit", "2", "-o", "json");
	column_is(out, NULL, "health", "dead crit");
	free(out);
	out = RUN(0, "agents", "--sort", "health,desc", "--limit", "2", "-o", "json");
	column_is(out, NULL, "health", "off ok");
	free(out);
	out = RUN(0, "alerts", "--sort", "severity,desc", "-o", "json");
	column_is(out, NULL, "severity", "warning error error critical critical critical critical critical");
	free(out);
}
END_TEST

START_TEST(a_snooze_covers_what_it_saw)
{
	rig_do(&rig, "UPDATE agents SET last_heartbeat_at = NOW() - INTERVAL 100 SECOND WHERE "
	             "logical_agent_id <= 'agent-004'");
	look();
	char *out = RUN(2, "check");
	holds(out, "over 5 % of the fleet is silent");
	free(out);
	free(RUN(0, "snooze", "fleet_silent", "--for", "1h", "--yes"));
	out = RUN(0, "check");
	holds(out, "SPOTOP OK - 40 agents, 4 unhealthy (agent-001: silent crit), 1 snoozed (over 5 % of the "
	           "fleet is silent until 20");
	holds(out, " snoozed=1 ");
	lacks(out, "nothing wrong");
	free(out);
	/* one more is what it saw; all of them are not */
	rig_do(&rig, "UPDATE agents SET last_heartbeat_at = NOW() - INTERVAL 100 SECOND WHERE "
	             "logical_agent_id <= 'agent-005'");
	look();
	free(RUN(0, "check"));
	rig_do(&rig, "UPDATE agents SET last_heartbeat_at = NOW() - INTERVAL 100 SECOND");
	out = RUN(2, "check");
	holds(out, "SPOTOP CRITICAL - over 75 % of the fleet is silent");
	holds(out, " critical=1 errors=0 warnings=0 snoozed=0 ");
	free(out);
	out = RUN(0, "overview", "-o", "json");
	column_is(out, "condition", "state", "critical");
	free(out);
	look();
	out = RUN(0, "alerts", "-o", "json");
	column_is(out, NULL, "state", "raised");
	free(out);
	ck_assert_int_eq(rig_number(&rig,
	                            "SELECT COUNT(*) FROM system_events WHERE event_type = 'snooze_ended'"),
	                 1);
	/* it stays ended when the trouble shrinks again */
	rig_do(&rig, "UPDATE agents SET last_heartbeat_at = NOW() WHERE logical_agent_id > 'agent-004'");
	rig_do(&rig, "UPDATE agents SET last_heartbeat_at = NOW() - INTERVAL 100 SECOND WHERE "
	             "logical_agent_id <= 'agent-004'");
	look();
	free(RUN(2, "check"));
}
END_TEST

/* What is snoozed lowers nothing else, and who is worse than silent is another alert. */
START_TEST(a_snooze_hides_nothing_else)
{
	rig_do(&rig,
	       "UPDATE agents SET last_heartbeat_at = NOW() - INTERVAL 100 SECOND WHERE " NAMED("agent-031"));
	look();
	char *key = rig_text(&rig, "SELECT alert_key FROM alerts WHERE kind = 'agent_silent'");
	free(RUN(0, "snooze", key, "--for", "1h", "--yes"));
	free(key);
	free(RUN(0, "check"));
	rig_do(&rig, LOSE("agent-011"));
	char *out = RUN(2, "check");
	holds(out, "SPOTOP CRITICAL - agent-011 has no primary");
	holds(out, "1 snoozed (agent-031 is silent");
	free(out);
	rig_do(&rig,
	       "UPDATE agents SET last_heartbeat_at = NOW() - INTERVAL 400 SECOND WHERE " NAMED("agent-031"));
	out = RUN(2, "check");
	holds(out, "1 without primary, 1 agent dead; 40 agents");
	holds(out, " snoozed=0 ");
	free(out);
	rig_do(&rig, "UPDATE agents SET status = 'offline' WHERE " NAMED("agent-030"));
	rig_do(&rig, LOSE("agent-012"));
	out = RUN(2, "check");
	holds(out, "2 without primary, 2 agents dead; 40 agents");
	free(out);
}
END_TEST

/* A deadline that was snoozed for one instance is another trouble for the next one. */
START_TEST(a_snooze_is_of_its_instance)
{
	rig_do(&rig, "UPDATE spot_pools SET boot_p95_seconds = NULL, avg_boot_time_seconds = NULL, "
	             "boot_sample_count = 0");
	rig_do(&rig, NOTICE("agent-021", "+ INTERVAL 60 SECOND"));
	look();
	char *key = rig_text(&rig, "SELECT alert_key FROM alerts WHERE kind = 'deadline_at_risk'");
	free(RUN(0, "snooze", key, "--for", "1h", "--yes"));
	free(key);
	free(RUN(0, "check"));
	rig_do(&rig, LOSE("agent-021"));
	rig_do(&rig, "INSERT INTO instances (id, client_id, agent_id, instance_type, region, az, "
	             "instance_status, is_primary) "
	             "SELECT 'i-next', client_id, id, 'r3.large', 'us-east-1', 'us-east-1b', "
	             "'running_primary', TRUE FROM "
	             "agents WHERE " NAMED("agent-021"));
	rig_do(&rig, "UPDATE agents SET notice_status = 'none' WHERE " NAMED("agent-021"));
	rig_do(&rig, NOTICE("agent-021", "+ INTERVAL 60 SECOND"));
	char *out = RUN(2, "check");
	holds(out, "1 deadline at risk");
	holds(out, " snoozed=0 ");
	free(out);
}
END_TEST

/* A notice is met once another instance is the primary: nobody is dying, and the pool it fled to stays open. */
START_TEST(who_is_rescued_is_well)
{
	rig_do(&rig, "UPDATE instances SET current_pool_id = 'r3.large.us-east-1e' WHERE id = 'r-001'");
	rig_do(&rig, NOTICE("agent-001", "+ INTERVAL 60 SECOND"));
	rig_do(&rig, "CALL promote_instance_to_primary('r-001', NULL)");
	char *out = RUN(1, "check");
	holds(out, "SPOTOP WARNING - agent-001 is rescued from a Spot interruption notice since 20");
	holds(out, ": 1 interruption notice; 40 agents |");
	holds(out, " unhealthy=0 ");
	free(out);
	out = RUN(0, "agents", "--limit", "1", "-o", "json");
	column_is(out, NULL, "agent", "agent-001");
	column_is(out, NULL, "health", "warn");
	column_is(out, NULL, "cause", "rescued");
	free(out);
	out = RUN(0, "overview", "-o", "json");
	column_is(out, "unhealthy", "agent", "");
	column_is(out, "condition", "state", "warning");
	free(out);
	struct table *t = rig_table(&rig, "SELECT pool_id, noticed FROM v_pools_noticed");
	ck_assert_uint_eq(t->n_rows, 1);
	ck_assert_str_eq(table_get(t, 0, "pool_id"), "r3.large.us-east-1b");
	table_free(t);
	free(RUN(0, "switch", "agent-005", "--to", "r3.large.us-east-1e", "--dry-run", "--override",
	         "share_az", "--override", "min_pool_hours", "--reason", "a test"));
	/* and its old pool opens with the end of its instance */
	rig_do(&rig,
	       "UPDATE instances SET instance_status = 'terminated', is_active = FALSE WHERE id = 'i-001'");
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM v_pools_noticed"), 0);
	rig_do(&rig, "UPDATE agents SET notice_status = 'none' WHERE " NAMED("agent-001"));
	rig_do(&rig,
	       "UPDATE agents SET notice_status = 'rebalance', notice_instance_id = 'i-001' WHERE " NAMED(
	               "agent-001"));
	free(RUN(0, "check"));
}
END_TEST

/* Who makes it stands where check --help says, below the dead; equals go by how long it lasts, then by id, everywhere. */
START_TEST(one_order_with_one_tie_break)
{
	rig_do(&rig, NOTICE("agent-001", "+ INTERVAL 100 SECOND")); /* r-001 is ready */
	rig_do(&rig, "UPDATE agents SET status = 'offline', last_heartbeat_at = NOW() - INTERVAL 40 SECOND "
	             "WHERE " NAMED("agent-030"));
	rig_do(&rig, "UPDATE agents SET status = 'offline', last_heartbeat_at = NOW() - INTERVAL 50 SECOND "
	             "WHERE " NAMED("agent-031"));
	rig_do(&rig,
	       "UPDATE agents SET last_heartbeat_at = NOW() - INTERVAL 50 SECOND WHERE " NAMED("agent-032"));
	rig_do(&rig, LOSE("agent-012"));
	rig_do(&rig, LOSE("agent-013"));
	rig_do(&rig, "UPDATE instances SET terminated_at = NOW() - INTERVAL 100 SECOND WHERE id = 'i-012'");
	rig_do(&rig, LOSE("agent-014"));
	rig_do(&rig, "UPDATE instances SET terminated_at = (SELECT terminated_at FROM (SELECT terminated_at "
	             "FROM instances WHERE id = 'i-013') x) WHERE id = 'i-014'");
	char *second = rig_text(&rig, "SELECT GROUP_CONCAT(logical_agent_id ORDER BY id SEPARATOR ' ') FROM "
	                              "agents WHERE logical_agent_id IN ('agent-013', 'agent-014')");
	char *all = mem_printf("%s agent-012 agent-031 agent-030 agent-001", second);
	look();
	char *out = RUN(0, "agents", "--limit", "6", "-o", "json");
	column_is(out, NULL, "agent", all);
	free(out);
	out = RUN(0, "overview", "-o", "json");
	column_is(out, "unhealthy", "agent", all);
	column_is(out, "condition", "agent", all);
	free(out);
	out = RUN(0, "alerts", "-o", "json");
	column_is(out, NULL, "agent", all);
	free(out);
	out = RUN(2, "check");
	second[strlen("agent-000")] = '\0';
	char *first = mem_printf("SPOTOP CRITICAL - %s has no primary", second);
	holds(out, first);
	free(first);
	free(out);
	free(all);
	free(second);
}
END_TEST

/* Zones and pools under notice, by their own client's agents; a rebalance counts for none. */
START_TEST(a_quarter_of_a_zone_is_the_zone)
{
	rig_do(&rig, "UPDATE agents SET notice_status = 'rebalance' WHERE logical_agent_id <= 'agent-009'");
	rig_do(&rig, "UPDATE agents SET az = 'us-east-1a', current_pool_id = 'r3.large.us-east-1a' WHERE "
	             "logical_agent_id > 'agent-012'");
	char *out = RUN(1, "check");
	holds(out, " alert_zone_notice=0 alert_pool_notice=0 ");
	free(out);
	rig_do(&rig, "UPDATE agents SET notice_status = 'termination', notice_deadline = NOW() + INTERVAL 90 "
	             "SECOND WHERE logical_agent_id <= 'agent-002'");
	out = RUN(2, "check");
	holds(out, " alert_zone_notice=0 alert_pool_notice=0 "); /* two are under 3 */
	free(out);
	rig_do(&rig, "UPDATE agents SET notice_status = 'termination', notice_deadline = NOW() + INTERVAL 90 "
	             "SECOND WHERE logical_agent_id <= 'agent-003'");
	out = RUN(2, "check");
	holds(out, " alert_zone_notice=1 alert_pool_notice=1 ");
	free(out);
	char *text = rig_text(&rig, "SELECT message FROM v_alert_conditions WHERE kind = 'zone_notice'");
	ck_assert_str_eq(text,
	                 "at least 25 % of acme's agents in us-east-1b have a Spot interruption notice");
	free(text);
	look();
	text = rig_text(&rig, "SELECT alert_key FROM alerts WHERE kind = 'zone_notice'");
	free(RUN(0, "snooze", text, "--for", "1h", "--yes"));
	free(text);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM alerts WHERE snoozed_until > NOW()"), 1);
	rig_do(&rig, "UPDATE agents SET notice_status = 'termination', notice_deadline = NOW() + INTERVAL 90 "
	             "SECOND WHERE logical_agent_id <= 'agent-006'");
	look();
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM alerts WHERE snoozed_until > NOW()"), 0);
}
END_TEST

/* One who has not yet sent its first heartbeat is no alert, and is not "nothing wrong" either. */
START_TEST(never_nothing_wrong_beside_the_unhealthy)
{
	char *out = RUN(0, "check");
	holds(out, "SPOTOP OK - 40 agents, nothing wrong |");
	free(out);
	rig_do(&rig, "INSERT INTO agents (client_id, logical_agent_id) SELECT id, 'agent-new' FROM clients "
	             "WHERE name = 'acme'");
	out = RUN(0, "check");
	holds(out, "SPOTOP OK - 41 agents, 1 unhealthy (agent-new: no heartbeat) |");
	free(out);
	out = RUN(0, "overview", "-o", "json");
	char *states = column(out, "verdict", "state");
	ck_assert_msg(strncmp(states, "LOOK", 4) == 0, "%s", states);
	free(states);
	free(out);
}
END_TEST

/* The help tells every kind with its severity, in the order of impact. */
START_TEST(the_help_tells_the_order)
{
	struct table *t = rig_table(&rig, "SELECT kind, severity FROM v_alert_kinds ORDER BY place");
	char *out = RUN(0, "check", "--help"), *at = out;
	for (size_t i = 0; i < t->n_rows; i++) {
		char line[100];
		snprintf(line, sizeof line, "  %-20s %-8s  ", table_get(t, i, "kind"),
		         table_get(t, i, "severity"));
		char *p = strstr(at, line);
		ck_assert_msg(p != NULL, "'%s' is not there, or not in its place: %s", line, out);
		at = p;
	}
	ck_assert_uint_eq(t->n_rows, 20);
	table_free(t);
	free(out);
}
END_TEST

Suite *suite_impact(void);
Suite *suite_impact(void)
{
	Suite *s = suite_create("impact");
	TCase *t = tcase_create("impact");
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_checked_fixture(t, fresh, NULL);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, the_gravest_comes_first);
	tcase_add_test(t, lists_go_by_impact_and_words_by_their_rank);
	tcase_add_test(t, a_snooze_covers_what_it_saw);
	tcase_add_test(t, a_snooze_hides_nothing_else);
	tcase_add_test(t, a_snooze_is_of_its_instance);
	tcase_add_test(t, who_is_rescued_is_well);
	tcase_add_test(t, one_order_with_one_tie_break);
	tcase_add_test(t, a_quarter_of_a_zone_is_the_zone);
	tcase_add_test(t, never_nothing_wrong_beside_the_unhealthy);
	tcase_add_test(t, the_help_tells_the_order);
	suite_add_tcase(s, t);
	return s;
}
