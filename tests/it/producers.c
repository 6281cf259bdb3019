/* producers.c - every change of state puts its stream event in the same transaction: for each documented type
 * (sql/schema/17-events.sql) a change by plain SQL, the event it makes, its members to the letter, its client
 * and its hour; and with the change rolled back the event is gone too. */
#include "core/base/mem.h"
#include "tests/support/rig.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct rig rig;
static void setup(void) { rig_start(&rig); }
static void teardown(void) { rig_stop(&rig); }

#define INSTANCE_KEYS                                                                                  \
	"[\"instance_id\", \"agent_id\", \"status\", \"was\", \"is_primary\", \"mode\", \"pool_id\", " \
	"\"az\", \"instance_type\", \"spot_price\", \"version\", \"at\"]"
#define STATUS_KEYS "[\"agent_id\", \"agent\", \"status\", \"was\", \"enabled\", \"was_enabled\", \"at\"]"
#define EMERGENCY_KEYS                                                                                      \
	"[\"agent_id\", \"agent\", \"kind\", \"was\", \"deadline\", \"pool_id\", \"az\", \"instance_id\", " \
	"\"at\"]"
#define COMMAND_KEYS                                                                                 \
	"[\"command_id\", \"request_id\", \"agent_id\", \"command_type\", \"status\", \"success\", " \
	"\"message\", \"instance_id\", \"target_pool_id\", \"at\"]"
#define AGENT  "(SELECT MIN(id) FROM agents WHERE logical_agent_id = 'agent-002')"
#define CLIENT "(SELECT MIN(client_id) FROM agents WHERE logical_agent_id = 'agent-002')"
#define INSTANCE                                                                                       \
	"INSERT INTO instances (id, client_id, agent_id, instance_type, region, az, current_mode, "    \
	"instance_status, is_primary) VALUES ('x-1', " CLIENT ", " AGENT ", 'r3.large', 'us-east-1', " \
	"'us-east-1b', 'spot', "
#define MOVE(to) "UPDATE instances SET instance_status = '" to "' WHERE id = 'x-1'"
#define COMMAND                                                                        \
	"INSERT INTO commands (id, client_id, agent_id, command_type, status) VALUES " \
	"('00000000-0000-4000-8000-00000000cccc', " CLIENT ", " AGENT ", 'switch', 'executing')"
#define ENDS(as) "UPDATE commands SET status = '" as "' WHERE id = '00000000-0000-4000-8000-00000000cccc'"

static const struct producer {
	const char *before[3]; /* what has to be there; NULL-ended */
	const char *change, *type, *keys, *member, *value;
} producers[] = {
	{ { NULL },
	  INSTANCE "'launching', FALSE)",
	  "INSTANCE_LAUNCHING",
	  INSTANCE_KEYS,
	  "$.status",
	  "launching" },
	{ { INSTANCE "'launching', FALSE)" },
	  MOVE("running_replica"),
	  "INSTANCE_RUNNING",
	  INSTANCE_KEYS,
	  "$.was",
	  "launching" },
	{ { INSTANCE "'launching', FALSE)", MOVE("running_replica") },
	  MOVE("zombie"),
	  "INSTANCE_RUNNING",
	  INSTANCE_KEYS,
	  "$.status",
	  "zombie" },
	{ { INSTANCE "'launching', FALSE)", MOVE("running_replica") },
	  MOVE("terminating"),
	  "INSTANCE_TERMINATING",
	  INSTANCE_KEYS,
	  "$.was",
	  "running_replica" },
	{ { INSTANCE "'launching', FALSE)", MOVE("terminating") },
	  MOVE("terminated"),
	  "INSTANCE_TERMINATED",
	  INSTANCE_KEYS,
	  "$.status",
	  "terminated" },
	{ { NULL },
	  "UPDATE agents SET status = 'offline' WHERE id = '@agent'",
	  "AGENT_STATUS_CHANGED",
	  STATUS_KEYS,
	  "$.was",
	  "online" },
	{ { NULL },
	  "UPDATE agents SET enabled = FALSE WHERE id = '@agent'",
	  "AGENT_STATUS_CHANGED",
	  STATUS_KEYS,
	  "$.enabled",
	  "0" },
	{ { NULL },
	  "CALL agent_notice('@agent', 'rebalance', NULL)",
	  "EMERGENCY_EVENT",
	  EMERGENCY_KEYS,
	  "$.kind",
	  "rebalance" },
	{ { NULL },
	  "CALL agent_notice('@agent', 'termination', NOW() + INTERVAL 2 MINUTE)",
	  "EMERGENCY_EVENT",
	  EMERGENCY_KEYS,
	  "$.kind",
	  "termination" },
	{ { "CALL agent_notice('@agent', 'rebalance', NULL)" },
	  "CALL agent_notice('@agent', 'none', NULL)",
	  "EMERGENCY_EVENT",
	  EMERGENCY_KEYS,
	  "$.was",
	  "rebalance" },
	{ { "CALL agent_notice('@agent', 'termination', NOW() + INTERVAL 2 MINUTE)" },
	  "CALL agent_notice('@agent', 'termination', NOW() + INTERVAL 1 MINUTE)",
	  "EMERGENCY_EVENT",
	  EMERGENCY_KEYS,
	  "$.was",
	  "termination" },
	{ { NULL },
	  "INSERT INTO agents (client_id, logical_agent_id, status) SELECT client_id, 'agent-new', 'online' "
	  "FROM agents WHERE id = '@agent'",
	  "AGENT_STATUS_CHANGED",
	  STATUS_KEYS,
	  "$.status",
	  "online" },
	{ { COMMAND }, ENDS("completed"), "COMMAND_EXECUTED", COMMAND_KEYS, "$.status", "completed" },
	{ { COMMAND }, ENDS("failed"), "COMMAND_EXECUTED", COMMAND_KEYS, "$.success", "0" },
	{ { COMMAND }, ENDS("cancelled"), "COMMAND_EXECUTED", COMMAND_KEYS, "$.status", "cancelled" },
	{ { COMMAND }, ENDS("expired"), "COMMAND_EXECUTED", COMMAND_KEYS, "$.status", "expired" },
};

/* The statement with the agent's id for @agent (a subquery on the table that changes is not allowed). */
static char *with_agent(const char *sql)
{
	char *id = rig_text(&rig, "SELECT %s", AGENT), *at = strstr(sql, "@agent");
	char *out = at ? mem_printf("%.*s%s%s", (int)(at - sql), sql, id, at + 6) : mem_dup(sql);
	free(id);
	return out;
}

static void run(const char *sql)
{
	char *text = with_agent(sql);
	rig_do(&rig, "%s", text);
	free(text);
}

START_TEST(a_change_makes_its_event)
{
	const struct producer *p = &producers[_i];
	rig_fresh(&rig);
	for (int i = 0; i < 3 && p->before[i]; i++) run(p->before[i]);
	rig_do(&rig, "DELETE FROM sse_events");
	char *change = with_agent(p->change);
	/* rolled back: neither the change nor its event */
	rig_do(&rig, "BEGIN NOT ATOMIC START TRANSACTION; %s; ROLLBACK; END", change);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM sse_events"), 0);
	rig_do(&rig, "BEGIN NOT ATOMIC START TRANSACTION; %s; COMMIT; END", change);
	free(change);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM sse_events"), 1);
	char *keys = rig_text(&rig, "SELECT JSON_KEYS(event_data) FROM sse_events"),
	     *type = rig_text(&rig, "SELECT event_type FROM sse_events"),
	     *value = rig_text(&rig, "SELECT JSON_VALUE(event_data, '%s') FROM sse_events", p->member);
	ck_assert_str_eq(type, p->type);
	ck_assert_str_eq(keys, p->keys);
	ck_assert_msg(value && strcmp(value, p->value) == 0, "%s is %s, not %s", p->member, value, p->value);
	ck_assert_int_eq(rig_number(&rig,
	                            "SELECT client_id = %s AND NOT delivered AND TIMESTAMPDIFF(SECOND, "
	                            "created_at, expires_at) = 3600 FROM sse_events",
	                            CLIENT),
	                 1);
	ck_assert_int_eq(rig_number(&rig, "SELECT JSON_VALUE(event_data, '$.at') REGEXP "
	                                  "'^[0-9-]{10}T[0-9:]{8}\\\\.[0-9]{3}Z$' FROM sse_events"),
	                 1);
	free(keys);
	free(type);
	free(value);
}
END_TEST

/* A heartbeat is no change of state: it makes none, whoever sends it. */
START_TEST(what_is_no_change_makes_none)
{
	rig_fresh(&rig);
	rig_do(&rig, "DELETE FROM sse_events");
	run("CALL agent_heartbeat('@agent', 'online', NULL)");
	run("UPDATE agents SET last_heartbeat_at = NOW() WHERE id = '@agent'");
	rig_do(&rig, COMMAND);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM sse_events"), 0);
}
END_TEST

Suite *suite_producers(void);
Suite *suite_producers(void)
{
	Suite *s = suite_create("producers");
	TCase *t = tcase_create("events");
	tcase_set_timeout(t, 60);
	tcase_add_unchecked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, a_change_makes_its_event, 0, (int)ARRAY_LEN(producers));
	tcase_add_test(t, what_is_no_change_makes_none);
	suite_add_tcase(s, t);
	return s;
}
