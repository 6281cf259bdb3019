/* field.c - what back ends in the field write into the tables themselves: each is counted as it is, or refused with a
 * sentence that says what to do; never is a primary overwritten or deleted, and the counts stay true. */
#include "core/base/mem.h"
#include "tests/support/rig.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct rig rig;
static void start(void) { rig_start(&rig); }
static void stop(void) { rig_stop(&rig); }

#define ME "(SELECT x.id FROM (SELECT id FROM agents WHERE logical_agent_id = 'agent-002') x)"
#define COLS                                                                                             \
	"instances (id, client_id, agent_id, instance_type, region, az, current_mode, current_pool_id, " \
	"spot_price, instance_status, is_primary, is_active) "
#define ROW(id, status, primary, active)                                                \
	"SELECT " id ", client_id, id, 'r3.large', 'us-east-1', 'us-east-1e', 'spot', " \
	"'r3.large.us-east-1e', 0.0228, '" status "', " primary ", " active             \
	" FROM agents WHERE logical_agent_id = 'agent-002'"

/* says NULL: it is done, and `holds` is 1 afterwards. */
static const struct {
	const char *sql, *says, *holds;
} writes[] = {
	/* the switch report of the field, the old primary not demoted before */
	{ "INSERT INTO " COLS ROW("'i-new'", "running_primary", "TRUE",
	                          "TRUE") " ON DUPLICATE KEY UPDATE spot_price = "
	                                  "VALUES(spot_price), is_primary = TRUE",
	  "has the primary i-002", NULL },
	{ "INSERT INTO " COLS ROW("'i-new'", "running_primary", "TRUE", "TRUE"),
	  "promote_instance_to_primary", NULL },
	{ "REPLACE INTO " COLS ROW("'i-new'", "running_primary", "TRUE", "TRUE"), "has the primary i-002",
	  NULL },
	/* demoted before, it goes in */
	{ "BEGIN NOT ATOMIC UPDATE instances SET instance_status = 'zombie', is_primary = FALSE WHERE id = "
	  "'i-002'; INSERT INTO " COLS ROW("'i-new'", "running_primary", "TRUE",
	                                   "TRUE") " ON DUPLICATE KEY UPDATE is_primary = TRUE; END",
	  NULL, "SELECT COUNT(*) = 1 FROM instances WHERE primary_of = " ME " AND id = 'i-new'" },
	/* the primary itself again */
	{ "INSERT INTO " COLS ROW("'i-002'", "running_primary", "TRUE",
	                          "TRUE") " ON DUPLICATE KEY UPDATE spot_price = 0.03",
	  NULL, "SELECT spot_price = 0.03 AND is_primary FROM instances WHERE id = 'i-002'" },
	{ "REPLACE INTO " COLS ROW("'i-002'", "running_primary", "TRUE", "TRUE"), NULL,
	  "SELECT COUNT(*) FROM instances WHERE primary_of = " ME },
	/* what still runs is active, whatever is said of it */
	{ "UPDATE instances SET instance_status = 'terminating', is_primary = FALSE, is_active = FALSE WHERE "
	  "id = 'i-002'",
	  NULL, "SELECT is_active FROM instances WHERE id = 'i-002'" },
	{ "UPDATE instances SET instance_status = 'zombie', is_primary = FALSE, is_active = FALSE WHERE id = "
	  "'i-002'",
	  NULL,
	  "SELECT zombie_count = 1 AND total_instances = 1 FROM spotop_agent_counts WHERE slot = 0 AND "
	  "agent_id "
	  "= " ME },
	{ "INSERT INTO " COLS ROW("'i-new'", "zombie", "FALSE", "FALSE"), NULL,
	  "SELECT zombie_count FROM spotop_agent_counts WHERE slot = 0 AND agent_id = " ME },
	{ "INSERT INTO " COLS ROW("'i-new'", "terminating", "FALSE", "FALSE"), NULL,
	  "SELECT terminating_count FROM spotop_agent_counts WHERE slot = 0 AND agent_id = " ME },
	/* TRUE is 1 */
	{ "INSERT INTO " COLS ROW("'i-new'", "running_replica", "FALSE", "5"), NULL,
	  "SELECT total_instances = 2 FROM spotop_agent_counts WHERE slot = 0 AND agent_id = " ME },
	{ "UPDATE instances SET is_active = 5 WHERE id = 'i-002'", NULL,
	  "SELECT is_active = 1 FROM instances WHERE id = 'i-002'" },
	{ "UPDATE agents SET enabled = 5 WHERE id = " ME, NULL,
	  "SELECT SUM(enabled_count) = 40 AND MAX((SELECT enabled FROM agents WHERE logical_agent_id = "
	  "'agent-002')) = 1 FROM "
	  "spotop_agent_counts" },
	{ "INSERT INTO agents (client_id, logical_agent_id, enabled) SELECT client_id, 'agent-900', 7 FROM "
	  "agents WHERE "
	  "logical_agent_id = 'agent-002'",
	  NULL, "SELECT SUM(enabled_count) = 41 FROM spotop_agent_counts" },
	/* ids */
	{ "INSERT INTO " COLS ROW("'i-a\\nb'", "launching", "FALSE", "TRUE"), "no id of an instance", NULL },
	{ "INSERT INTO " COLS ROW("'i-\\033[31m'", "launching", "FALSE", "TRUE"), "no id of an instance",
	  NULL },
	{ "INSERT INTO " COLS ROW("''", "launching", "FALSE", "TRUE"), "no id of an instance", NULL },
	{ "UPDATE instances SET id = 'i 2' WHERE id = 'i-002'", "no id of an instance", NULL },
	{ "CALL instance_launching(" ME ", 'i-\\tx', 'r3.large.us-east-1e', 'spot', 'replica', NULL)",
	  "instance", NULL },
	/* one that is no UUID: the server's own sentence names it, its table and its column, before any trigger could */
	{ "INSERT INTO clients (id, name, email, client_token) VALUES ('client-001', 'n', 'n@n', 'n')",
	  "Incorrect uuid value: 'client-001' for column `spot_optimizer`.`clients`.`id`", NULL },
	{ "INSERT INTO sse_events (client_id, event_type, event_data, expires_at) VALUES ('client-001', 'X', "
	  "'{}', NOW())",
	  "Incorrect uuid value: 'client-001' for column `spot_optimizer`.`sse_events`.`client_id`", NULL },
	/* heartbeats */
	{ "UPDATE agents SET heartbeat_interval_seconds = 31 WHERE id = " ME, "it is each 1 to 30 s", NULL },
	{ "UPDATE agents SET heartbeat_interval_seconds = 0 WHERE id = " ME, "it is each 1 to 30 s", NULL },
	{ "INSERT INTO agents (client_id, logical_agent_id, heartbeat_interval_seconds) SELECT client_id, "
	  "'agent-901', 600 FROM "
	  "agents WHERE logical_agent_id = 'agent-002'",
	  "it is each 1 to 30 s", NULL },
	{ "CALL agent_register('acme', 'agent-002', '{\"heartbeat_interval_seconds\": 45}')", "1 to 30",
	  NULL },
	{ "UPDATE agents SET heartbeat_interval_seconds = 1 WHERE id = " ME, NULL, "SELECT 1" },
	/* prices */
	{ "INSERT INTO spot_price_snapshots (pool_id, price, observed_at) VALUES ('r3.large.us-east-1e', "
	  "0.02, '1970-01-02')",
	  "before 2006", NULL },
	{ "INSERT INTO spot_price_snapshots (pool_id, price, observed_at) VALUES ('r3.large.us-east-1e', "
	  "0.02, '2038-01-01')",
	  "more than a day ahead", NULL },
	{ "CALL agent_report_prices(" ME
	  ", 'i-002', 'primary', '[{\"pool\":\"r3.large.us-east-1e\",\"price\":0.02,\"at\":"
	  "\"2026-02-31T00:00:00Z\"}]')",
	  NULL, "SELECT COUNT(*) FROM system_events WHERE event_type = 'prices_refused'" },
	/* an argument that does not fit is named, in a sentence of ours */
	{ "CALL agent_notice(" ME ", 'termination', 'soon')",
	  "deadline is no time (YYYY-MM-DD hh:mm:ss): 'soon'", NULL },
	{ "CALL agent_notice(" ME ", 'termination', '2026-02-30 10:00:00')", "deadline is no time", NULL },
	{ "CALL agent_notice(" ME ", 'termination', '2026-12-01T12:00:00Z')", NULL,
	  "SELECT notice_deadline = '2026-12-01 12:00:00' FROM agents WHERE id = " ME },
	{ "CALL agent_notice(" ME ", 't\xC3\xA9rmination', NULL)", "kind is 't\xC3\xA9rmination', not one of",
	  NULL },
	{ "CALL agent_heartbeat('x', 'online', NULL)", "agent is no UUID: 'x'", NULL },
	{ "CALL agent_heartbeat(" ME ", '\xC3\xB6nline', NULL)", "status is '\xC3\xB6nline', not one of",
	  NULL },
	{ "CALL agent_register('acme', 'agent-002', '{\"heartbeat_interval_seconds\": \"soon\"}')",
	  "heartbeat_interval_seconds is no integer: 'soon'", NULL },
	{ "CALL agent_register('acme', 'agent-002', '{\"az\": \"\xE6\x97\xA5\"}')",
	  "az has other letters than those of ASCII", NULL },
	{ "CALL instance_launching(" ME ", 'i-\xC3\xA9', 'r3.large.us-east-1e', 'spot', 'replica', NULL)",
	  "instance has other letters than those of ASCII: 'i-\xC3\xA9'", NULL },
	{ "CALL instance_launching(" ME ", 'i-9', 'r3.l\xC3\xA4rge.us-east-1e', 'spot', 'replica', NULL)",
	  "pool has other letters", NULL },
	{ "CALL instance_launching(" ME ", 'i-9', 'r3.large.us-east-1e', 'sp\xC3\xB6t', 'replica', NULL)",
	  "needs an instance, a mode", NULL },
	{ "CALL instance_running('i-\xC3\xA9')", "instance has other letters", NULL },
	{ "CALL instance_terminated('i-\xC3\xA9')", "instance has other letters", NULL },
	{ "CALL promote_instance_to_primary('i-\xC3\xA9', NULL)", "instance has other letters", NULL },
	{ "CALL agent_report_prices(" ME ", 'i-\xC3\xA9', 'primary', '[]')", "instance has other letters",
	  NULL },
	/* and letters are free where text is */
	{ "CALL agent_register('acme', 'agent-002', '{\"hostname\": \"h\xC3\xB6st\", \"agent_version\": "
	  "\"7.\xC3\xA9\"}')",
	  NULL,
	  "SELECT HEX(hostname) = '68C3B67374' AND HEX(agent_version) = '372EC3A9' FROM agents WHERE id "
	  "= " ME },
};

START_TEST(a_write_is_counted_or_refused_with_a_sentence)
{
	rig_fresh(&rig);
	char *me = rig_text(&rig, "SELECT id FROM agents WHERE logical_agent_id = 'agent-002'"), *sql = NULL;
	/* a procedure takes no subquery where it takes its own agent */
	const char *at = strncmp(writes[_i].sql, "CALL", 4) == 0 ? strstr(writes[_i].sql, ME) : NULL;
	if (at)
		sql = mem_printf("%.*s'%s'%s", (int)(at - writes[_i].sql), writes[_i].sql, me,
		                 at + strlen(ME));
	else
		sql = mem_dup(writes[_i].sql);
	char *said = rig_error(&rig, "%s", sql);
	if (writes[_i].says)
		ck_assert_msg(strstr(said, writes[_i].says) != NULL, "%s: '%s'", sql, said);
	else
		ck_assert_msg(!*said && rig_number(&rig, "%s", writes[_i].holds) == 1,
		              "%s: '%s'; %s is not so", sql, said, writes[_i].holds);
	if (writes[_i].says)
		ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM instances WHERE id = 'i-002' AND "
		                                  "is_primary AND spot_price = "
		                                  "0.0331"),
		                 1);
	ck_assert_int_eq(rig_number(&rig,
	                            "SELECT COUNT(*) FROM (SELECT agent_id, SUM(total_instances) AS t, "
	                            "SUM(zombie_count) AS z, "
	                            "SUM(primary_count) AS p FROM v_instance_shares GROUP BY agent_id) "
	                            "s JOIN "
	                            "spotop_agent_counts c ON c.agent_id = s.agent_id AND c.slot = 0 WHERE "
	                            "NOT (c.total_instances "
	                            "= s.t AND c.zombie_count = s.z AND c.primary_count = s.p)"),
	                 0);
	free(said);
	free(sql);
	free(me);
}
END_TEST

/* What back ends of the field read and call of their own schema 7.0. */
START_TEST(views_and_calls_of_the_field_run)
{
	rig_fresh(&rig);
	char *one = rig_text(&rig, "SELECT id FROM agents WHERE logical_agent_id = 'agent-001'");
	char *two = rig_text(&rig, "SELECT id FROM agents WHERE logical_agent_id = 'agent-002'");
	rig_do(&rig,
	       "INSERT INTO switches (client_id, agent_id, event_trigger, downtime_seconds, savings_impact) "
	       "SELECT "
	       "client_id, id, 'emergency', 12, 0.5 FROM agents WHERE id = '%s'",
	       two);
	ck_assert_int_eq(
	        rig_number(&rig,
	                   "SELECT total_switches_24h = 1 AND manual_switches = 0 AND ml_switches = 0 AND "
	                   "emergency_switches = 1 AND avg_downtime_seconds = 12 AND total_savings_impact "
	                   "= 0.5 FROM v_recent_switches_summary WHERE agent_id = '%s'",
	                   two),
	        1);
	ck_assert_int_eq(rig_number(&rig,
	                            "SELECT total_active = 2 AND primary_count = 1 AND replica_count = 1 AND "
	                            "(avg_ondemand_price > 0 OR avg_ondemand_price IS NULL) FROM "
	                            "v_active_instances_summary WHERE agent_id = '%s'",
	                            one),
	                 1);
	static const struct {
		bool is_other;
		const char *version, *says;
	} calls[] = { { true, "NULL", "is not one of agent" },
		      { false, "999", "is at version" },
		      { false, "NULL", "" } };
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
		char *said = rig_error(&rig, "CALL promote_instance_of_agent('r-001', '%s', %s)",
		                       calls[i].is_other ? two : one, calls[i].version);
		ck_assert_msg(*calls[i].says ? strstr(said, calls[i].says) != NULL : !*said, "%zu: %s", i,
		              said);
		free(said);
	}
	ck_assert_int_eq(rig_number(&rig,
	                            "SELECT COUNT(*) FROM instances WHERE id = 'r-001' AND primary_of = '%s'",
	                            one),
	                 1);
	free(one), free(two);
}
END_TEST

Suite *suite_field(void);
Suite *suite_field(void)
{
	Suite *s = suite_create("field");
	TCase *t = tcase_create("field");
	tcase_set_timeout(t, 120);
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_loop_test(t, a_write_is_counted_or_refused_with_a_sentence, 0, (int)ARRAY_LEN(writes));
	tcase_add_test(t, views_and_calls_of_the_field_run);
	suite_add_tcase(s, t);
	return s;
}
