/* outages.c - from the loss of a primary to the next one: an interval with its cause in events, timeline, overview, report,
 * and in the figures of the agent and its pool; what a switch planned is told apart, and a promotion is none. */
#include "core/base/mem.h"
#include "core/db/table.h"
#include "tests/support/rig.h"
#include "tests/support/said.h"
#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_outages(void);
static struct rig rig;
static void start(void) { rig_start(&rig); }
static void stop(void) { rig_stop(&rig); }
static void fresh(void)
{
	rig_fresh(&rig);
	rig_do(&rig, "DELETE FROM system_events");
}

#define ME   "logical_agent_id = 'agent-002'"
#define MINE "(SELECT id FROM agents WHERE " ME ")"
#define END  "UPDATE instances SET is_primary = FALSE, instance_status = 'terminated' WHERE id = 'i-002'"
#define NEXT                                                                                        \
	"INSERT INTO instances (id, client_id, agent_id, instance_type, region, az, current_mode, " \
	"instance_status, is_primary) SELECT 'i-next', client_id, id, 'r3.large', 'us-east-1', "    \
	"'us-east-1e', 'spot', 'running_primary', TRUE FROM agents WHERE " ME
/* The last beginning was that long ago. */
#define AGO(s)                                                                                     \
	"UPDATE system_events SET created_at = NOW() - INTERVAL " #s " SECOND WHERE event_type = " \
	"'outage_began'"

static char *run(const char *const *argv)
{
	struct rig_run r = rig_spotop(&rig, false, argv);
	ck_assert_msg(r.code == 0, "%s: exit %d: %s%s", argv[0], r.code, r.out, r.err);
	char *out = mem_dup(r.out);
	rig_run_free(&r);
	return out;
}
#define RUN(...) run((const char *const[]){ __VA_ARGS__, NULL })

static void is(const char *sql, const char *want)
{
	char *s = rig_text(&rig, "%s", sql);
	ck_assert_msg(s && strcmp(s, want) == 0, "%s: %s, not %s", sql, s ? s : "NULL", want);
	free(s);
}
/* The one outage as all places tell it, and it stays the same when it is over. */
START_TEST(an_outage_is_an_interval_with_a_cause)
{
	rig_do(&rig, "UPDATE agents SET notice_status = 'termination', notice_deadline = NOW() + INTERVAL 60 "
	             "SECOND WHERE " ME);
	rig_do(&rig, END);
	rig_do(&rig, AGO(90));
	is("SELECT CONCAT_WS(' ', severity, message, instance_id) FROM system_events WHERE event_type = "
	   "'outage_began'",
	   "error agent-002 has no primary: lost i-002 (interruption notice) i-002");
	is("SELECT CONCAT_WS(' ', cause, is_planned, pool_id, ended_at IS NULL, ROUND(seconds, -1)) FROM "
	   "v_outages",
	   "termination_notice 0 r3.large.us-east-1b 1 90");
	char *out = RUN("overview", "--filter", "section=outages", "-o", "csv", "--columns", "item,value");
	holds(out, "going on,1\r\nin 24 h,1\r\nplanned in 24 h,0");
	free(out);
	/* it is in flight, for the handover and in the timeline, however long ago it began */
	out = RUN("timeline", "agent-002", "--since", "30s", "-o", "csv", "--columns", "source,what,agent");
	holds(out, "open,outage goes on,agent-002\r\n");
	free(out);
	rig_do(&rig, "INSERT INTO commands (client_id, agent_id, request_id, command_type, target_mode, "
	             "priority, trigger_type, "
	             "created_by) SELECT client_id, id, UUID(), 'switch', 'ondemand', 75, 'manual', "
	             "'ann-once' FROM "
	             "agents WHERE logical_agent_id = 'agent-005'");
	out = RUN("report", "--since", "1h", "-o", "table");
	holds(out, "\nIn flight\n");
	holds(out, "by ann-once");
	ck_assert_msg(!strstr(strstr(out, "ann-once") + 1, "ann-once"), "a command is told twice: %s", out);
	holds(out, "outage  agent-002  no primary, lost i-002, termination_notice");
	free(out);
	rig_do(&rig, NEXT);
	out = RUN("timeline", "agent-002", "--since", "1h", "-o", "csv", "--columns", "source,what");
	lacks(out, "goes on");
	free(out);
	is("SELECT CONCAT_WS(' ', severity, REGEXP_REPLACE(message, '9[0-9] s', 'N s')) FROM system_events "
	   "WHERE event_type = 'outage_ended'",
	   "error agent-002 has a primary again after N s without one");
	is("SELECT CONCAT_WS(' ', cause, pool_id, seconds = UNIX_TIMESTAMP(ended_at) - "
	   "UNIX_TIMESTAMP(began_at), seconds BETWEEN 90 AND 99) FROM v_outages",
	   "termination_notice r3.large.us-east-1b 1 1");
	out = RUN("outages", "-o", "csv", "--columns", "agent,cause,is_planned,pool,instance_id");
	holds(out, "agent-002,termination_notice,0,r3.large.us-east-1b,i-002\r\n");
	free(out);
	out = RUN("outages", "--at", "-1m", "-o", "json");
	holds(out, "\"ended_at\":null");
	free(out);
	out = RUN("timeline", "agent-002", "--since", "1h", "-o", "csv", "--columns", "severity,what");
	holds(out, "error,outage_began\r\n");
	holds(out, "error,outage_ended\r\n");
	free(out);
	out = RUN("report", "--since", "1h", "-o", "json");
	json_t *j = json_loads(out, 0, NULL), *row = json_array_get(json_object_get(j, "outages"), 0);
	ck_assert_str_eq(json_string_value(json_object_get(row, "cause")), "termination_notice");
	ck_assert_int_ge(json_integer_value(json_object_get(row, "seconds")), 90);
	json_decref(j);
	free(out);
	out = RUN("pools", "--filter", "pool=r3.large.us-east-1b", "-o", "csv", "--columns", "outages_30d");
	holds(out, "\r\n1\r\n");
	free(out);
	out = RUN("overview", "--filter", "section=outages", "-o", "csv", "--columns", "item,value");
	holds(out, "going on,0\r\nin 24 h,1\r\nplanned in 24 h,0");
	free(out);
}
END_TEST

/* Of a refusal the subject stands where it is read: audit, handover, timeline. */
START_TEST(a_refusal_names_its_subject)
{
	rig_do(&rig, "UPDATE spot_pools SET is_cordoned = TRUE, cordoned_until = NOW() + INTERVAL 1 HOUR "
	             "WHERE id = 'r3.large.us-east-1e'");
	free(said(&rig, 4,
	          (const char *[]){ "switch", "agent-005", "--to", "r3.large.us-east-1e", "--yes", NULL }));
	char *out = RUN("report", "--since", "1h", "-o", "table");
	holds(out, "switch agent-005: ");
	free(out);
	out = RUN("timeline", "agent-005", "--since", "1h", "-o", "csv", "--columns", "what,detail");
	holds(out, "switch refused,");
	holds(out, "switch agent-005: ");
	free(out);
	out = RUN("audit", "-o", "csv", "--columns", "message,result", "--limit", "1");
	holds(out, "switch agent-005: ");
	free(out);
}
END_TEST

START_TEST(what_a_switch_planned_is_told_apart)
{
	rig_do(&rig, "INSERT INTO commands (client_id, agent_id, command_type, target_mode, status) SELECT "
	             "client_id, id, 'switch', 'ondemand', 'executing' FROM agents WHERE " ME);
	rig_do(&rig, END);
	rig_do(&rig, NEXT);
	is("SELECT GROUP_CONCAT(severity ORDER BY id) FROM system_events WHERE event_type LIKE 'outage%'",
	   "info,info");
	is("SELECT CONCAT_WS(' ', cause, is_planned) FROM v_outages", "switch 1");
	char *out = RUN("overview", "--filter", "section=outages", "-o", "csv", "--columns", "item,value");
	holds(out, "going on,0\r\nin 24 h,0\r\nplanned in 24 h,1");
	free(out);
}
END_TEST

/* The clock was put back since it began: it still ends, and before it did it lasted no less than nothing. */
START_TEST(one_that_began_ahead_of_the_clock_ends)
{
	rig_fresh(&rig);
	rig_do(&rig, "DELETE FROM system_events");
	rig_do(&rig, END);
	rig_do(&rig, "UPDATE system_events SET created_at = NOW() + INTERVAL 1 DAY WHERE event_type = "
	             "'outage_began'");
	is("SELECT CONCAT_WS(' ', cause, seconds, began_at <= NOW(), ended_at IS NULL) FROM v_outages",
	   "terminated 0 1 1");
	rig_do(&rig, NEXT);
	is("SELECT CONCAT_WS(' ', cause, seconds, ended_at IS NOT NULL) FROM v_outages", "terminated 0 1");
}
END_TEST

START_TEST(a_promotion_is_no_outage)
{
	rig_do(&rig, "CALL promote_instance_to_primary('r-001', NULL)");
	is("SELECT COUNT(*) FROM system_events WHERE event_type LIKE 'outage%'", "0");
	is("SELECT COUNT(*) FROM v_outages", "0");
}
END_TEST

/* Who is off has none, who comes back without a primary has one; a failed promotion begins one, a deletion too. */
START_TEST(every_way_to_lose_a_primary)
{
	rig_do(&rig, END);
	rig_do(&rig, "UPDATE agents SET enabled = FALSE WHERE " ME);
	is("SELECT CONCAT(COUNT(*), ' ', COUNT(ended_at)) FROM v_outages", "1 1");
	rig_do(&rig, "UPDATE agents SET enabled = TRUE WHERE " ME);
	is("SELECT GROUP_CONCAT(cause ORDER BY ended_at IS NULL) FROM v_outages",
	   "terminated,enabled without one");
	rig_do(&rig, NEXT);
	is("SELECT COUNT(*) FROM v_outages WHERE ended_at IS NULL", "0");
	rig_do(&rig, "DELETE FROM instances WHERE id = 'i-next'");
	is("SELECT cause FROM v_outages WHERE ended_at IS NULL", "deleted");
	rig_do(&rig, "UPDATE instances SET instance_status = 'promoting' WHERE id = 'r-001'");
	rig_do(&rig,
	       "UPDATE instances SET is_primary = FALSE, instance_status = 'terminated' WHERE id = 'i-001'");
	rig_do(&rig, "UPDATE instances SET instance_status = 'terminated' WHERE id = 'r-001'");
	is("SELECT GROUP_CONCAT(o.cause) FROM v_outages o JOIN agents a ON a.id = o.agent_id WHERE "
	   "a.logical_agent_id = 'agent-001'",
	   "promotion failed");
	rig_do(&rig, "DELETE FROM agents WHERE " ME);
	is("SELECT COUNT(*) FROM system_events e LEFT JOIN agents a ON a.id = e.agent_id WHERE a.id IS NULL "
	   "AND e.agent_id IS NOT NULL",
	   "0");
}
END_TEST

Suite *suite_outages(void)
{
	Suite *s = suite_create("outages");
	TCase *t = tcase_create("outages");
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_checked_fixture(t, fresh, NULL);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, an_outage_is_an_interval_with_a_cause);
	tcase_add_test(t, a_refusal_names_its_subject);
	tcase_add_test(t, what_a_switch_planned_is_told_apart);
	tcase_add_test(t, one_that_began_ahead_of_the_clock_ends);
	tcase_add_test(t, a_promotion_is_no_outage);
	tcase_add_test(t, every_way_to_lose_a_primary);
	suite_add_tcase(s, t);
	return s;
}
