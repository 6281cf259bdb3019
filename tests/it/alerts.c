/* alerts.c - each kind of alert: raised when its condition comes, told once, kept while it holds, cleared when
 * it is gone; the plugin and the overview count what the alerts count. */
#include "core/base/mem.h"
#include "tests/support/rig.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

Suite *suite_alerts(void);

static struct rig rig;
static void start(void) { rig_start(&rig); }
static void stop(void) { rig_stop(&rig); }

#define AGENT "(SELECT id FROM agents WHERE logical_agent_id = 'agent-007')"
#define NOTICE(when)                                                                                  \
	"UPDATE agents SET notice_status = 'termination', notice_received_at = NOW() - INTERVAL 100 " \
	"SECOND, "                                                                                    \
	"notice_deadline = NOW() " when " WHERE id = " AGENT
#define NO_NOTICE "UPDATE agents SET notice_status = 'none' WHERE id = " AGENT
#define BOOTS(s)                                                                                            \
	"INSERT INTO switches (client_id, agent_id, new_instance_type, new_region, new_mode, new_pool_id, " \
	"boot_seconds) SELECT client_id, id, instance_type, region, 'spot', 'r3.large.us-east-1e', " #s     \
	" FROM agents WHERE logical_agent_id <= 'agent-030'"
#define NO_BOOTS                                                                                        \
	"UPDATE spot_pools SET boot_p95_seconds = NULL, boot_n_30d = 0, avg_boot_time_seconds = NULL, " \
	"boot_sample_count = 0"
#define INSTANCE \
	"INSERT INTO instances (id, client_id, agent_id, instance_type, region, az, instance_status, "

static const struct {
	const char *kind, *severity, *make[3], *mend[2];
} kinds[] = {
	{ "launch_overdue",
	  "error",
	  { INSTANCE
	    "launch_requested_at) SELECT 'i-late', client_id, id, 'r3.large', 'us-east-1', 'us-east-1b', "
	    "'launching', NOW() - INTERVAL 400 SECOND FROM agents WHERE logical_agent_id = 'agent-007'" },
	  { "CALL instance_running('i-late')" } },
	{ "termination_overdue",
	  "error",
	  { INSTANCE
	    "launch_requested_at) SELECT 'i-end', client_id, id, 'r3.large', 'us-east-1', 'us-east-1b', "
	    "'launching', NOW() FROM agents WHERE logical_agent_id = 'agent-007'",
	    "CALL instance_terminating('i-end')",
	    "UPDATE instances SET termination_requested_at = NOW() - INTERVAL 400 SECOND WHERE id = "
	    "'i-end'" },
	  { "CALL instance_terminated('i-end')" } },
	{ "two_primaries",
	  "critical",
	  { "UPDATE spotop_agent_counts SET primary_count = 2 WHERE agent_id = " AGENT " AND slot = 0" },
	  { "UPDATE spotop_agent_counts SET primary_count = 1 WHERE agent_id = " AGENT " AND slot = 0" } },
	{ "zombies",
	  "warning",
	  { INSTANCE
	    "current_mode) SELECT CONCAT('i-z', seq), client_id, id, 'r3.large', 'us-east-1', 'us-east-1b', "
	    "'zombie', 'spot' FROM agents JOIN seq_1_to_101 WHERE logical_agent_id = 'agent-007'" },
	  { "DELETE FROM instances WHERE id = 'i-z1'" } },
	{ "agent_silent",
	  "error",
	  { "UPDATE agents SET last_heartbeat_at = NOW() - INTERVAL 95 SECOND WHERE id = " AGENT },
	  { "UPDATE agents SET last_heartbeat_at = NOW() WHERE id = " AGENT } },
	/* registered and never heard of */
	{ "agent_silent",
	  "error",
	  { "INSERT INTO agents (client_id, logical_agent_id, created_at) SELECT id, 'agent-mute', NOW() - "
	    "INTERVAL "
	    "10 MINUTE FROM clients WHERE name LIKE 'acme%'" },
	  { INSTANCE "is_primary) SELECT 'i-mute', client_id, id, 'r3.large', 'us-east-1', 'us-east-1b', "
	             "'running_primary', TRUE FROM agents WHERE logical_agent_id = 'agent-mute'",
	    "UPDATE agents SET last_heartbeat_at = NOW(), status = 'online' WHERE logical_agent_id = "
	    "'agent-mute'" } },
	{ "agent_dead",
	  "critical",
	  { "UPDATE agents SET status = 'offline' WHERE id = " AGENT },
	  { "UPDATE agents SET status = 'online' WHERE id = " AGENT } },
	{ "agent_dead",
	  "critical",
	  { "UPDATE agents SET last_heartbeat_at = NOW() - INTERVAL 301 SECOND WHERE id = " AGENT },
	  { "UPDATE agents SET last_heartbeat_at = NOW() WHERE id = " AGENT } },
	{ "no_primary",
	  "critical",
	  { "UPDATE instances SET is_primary = FALSE, instance_status = 'terminated' WHERE primary_of "
	    "= " AGENT },
	  { INSTANCE "is_primary) SELECT 'i-next', client_id, id, 'r3.large', 'us-east-1', 'us-east-1b', "
	             "'running_primary', TRUE FROM agents WHERE logical_agent_id = 'agent-007'" } },
	{ "deadline_missed", "critical", { NOTICE("- INTERVAL 30 SECOND") }, { NO_NOTICE } },
	/* no pool's boots are known */
	{ "deadline_at_risk", "critical", { NO_BOOTS, NOTICE("+ INTERVAL 100 SECOND") }, { NO_NOTICE } },
	{ "deadline_at_risk", "critical", { BOOTS(115), NOTICE("+ INTERVAL 100 SECOND") }, { NO_NOTICE } },
	{ "termination_notice", "warning", { BOOTS(40), NOTICE("+ INTERVAL 100 SECOND") }, { NO_NOTICE } },
	/* another instance is the primary since: rescued, though the deadline passed */
	{ "termination_notice",
	  "warning",
	  { NOTICE("- INTERVAL 30 SECOND"),
	    "UPDATE instances SET is_primary = FALSE, instance_status = 'terminating' WHERE primary_of "
	    "= " AGENT,
	    INSTANCE "is_primary, launch_role, launch_requested_at, launch_confirmed_at) SELECT 'i-next', "
	             "client_id, id, 'r3.large', 'us-east-1', 'us-east-1e', 'running_primary', TRUE, "
	             "'primary', NOW() - INTERVAL 90 SECOND, NOW() - INTERVAL 10 SECOND FROM agents WHERE "
	             "logical_agent_id = 'agent-007'" },
	  { NO_NOTICE } },
	{ "rebalance",
	  "warning",
	  { "UPDATE agents SET notice_status = 'rebalance' WHERE id = " AGENT },
	  { NO_NOTICE } },
	{ "fleet_silent",
	  "critical",
	  { "UPDATE agents SET last_heartbeat_at = NOW() - INTERVAL 200 SECOND WHERE logical_agent_id <= "
	    "'agent-005'" },
	  { "UPDATE agents SET last_heartbeat_at = NOW() WHERE logical_agent_id <= 'agent-005'" } },
	{ "job_failed",
	  "error",
	  { "UPDATE job_schedules SET consecutive_failures = 1, last_error = 'x' WHERE name = 'savings'" },
	  { "UPDATE job_schedules SET consecutive_failures = 0 WHERE name = 'savings'" } },
	{ "tier_late",
	  "error",
	  { "UPDATE job_schedules SET last_ok_at = NOW() - INTERVAL every_seconds + 3660 SECOND WHERE name = "
	    "'consolidate'" },
	  { "UPDATE job_schedules SET last_ok_at = NOW() WHERE name = 'consolidate'" } },
	{ "worker_dead",
	  "error",
	  { "UPDATE job_schedules SET holder = 'x', lease_until = NOW() - INTERVAL 70 SECOND WHERE name = "
	    "'leader'" },
	  { "UPDATE job_schedules SET lease_until = NOW() + INTERVAL 60 SECOND WHERE name = 'leader'" } },
	{ "counts_drift",
	  "error",
	  { "UPDATE job_schedules SET state = '{\"drift\": \"2\"}' WHERE name = 'recount'" },
	  { "UPDATE job_schedules SET state = '{\"drift\": \"0\"}' WHERE name = 'recount'" } },
	{ "audit_broken",
	  "error",
	  { "CREATE OR REPLACE TRIGGER audit_no_delete BEFORE DELETE ON audit_log FOR EACH ROW SET @x = 1" },
	  { "CREATE OR REPLACE TRIGGER audit_no_delete BEFORE DELETE ON audit_log FOR EACH ROW SIGNAL "
	    "SQLSTATE "
	    "'45000' SET MYSQL_ERRNO = 30001, MESSAGE_TEXT = 'audit_log is append-only'" } },
	{ "scheduler_off",
	  "warning",
	  { "SET GLOBAL event_scheduler = OFF" },
	  { "SET GLOBAL event_scheduler = ON" } },
};

static void look(void)
{
	static const char *const job[] = { "job", "run", "alerts", NULL };
	struct rig_run r = rig_spotop(&rig, false, job);
	ck_assert_msg(r.code == 0, "exit %d: %s%s", r.code, r.out, r.err);
	rig_run_free(&r);
}

static void open_is(const char *kind, const char *severity, long seen)
{
	char *is =
	        rig_text(&rig, "SELECT GROUP_CONCAT(kind, ' ', severity, ' ', seen_count) FROM alerts WHERE "
	                       "resolved_at IS NULL");
	char *want = mem_printf("%s %s %ld", kind, severity, seen);
	ck_assert_msg(is && strcmp(is, want) == 0, "open: %s, wanted %s", is ? is : "none", want);
	free(is);
	free(want);
}

/* The plugin's figure of that severity and its exit code. */
static void check_says(const char *severity, int n)
{
	static const char *const check[] = { "check", NULL };
	bool warns = strcmp(severity, "warning") == 0;
	struct rig_run r = rig_spotop(&rig, false, check);
	char *want = mem_printf(" %s=%d", warns ? "warnings" : severity[0] == 'c' ? "critical" : "errors", n);
	ck_assert_msg(r.code == (n == 0 ? 0 : warns ? 1 : 2), "exit %d: %s", r.code, r.out);
	ck_assert_msg(strstr(r.out, want) != NULL, "no%s in %s", want, r.out);
	free(want);
	rig_run_free(&r);
}

START_TEST(each_kind_comes_stays_and_goes)
{
	const char *kind = kinds[_i].kind, *severity = kinds[_i].severity;
	rig_fresh(&rig);
	rig_do(&rig, "SET GLOBAL event_scheduler = ON");
	rig_do(&rig, "DELETE FROM alerts");
	rig_do(&rig, "DELETE FROM job_schedules");
	look();
	rig_do(&rig, "UPDATE job_schedules SET next_run_at = NOW(), lease_until = IF(name = 'leader', NOW() "
	             "+ INTERVAL "
	             "60 SECOND, NULL)");
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM alerts WHERE resolved_at IS NULL"), 0);
	rig_do(&rig, "DELETE FROM system_events WHERE event_type LIKE 'alert%%'");
	for (size_t i = 0; i < 3 && kinds[_i].make[i]; i++) rig_do(&rig, "%s", kinds[_i].make[i]);
	look();
	open_is(kind, severity, 1);
	check_says(severity, 1);
	look();
	open_is(kind, severity, 2);
	ck_assert_int_eq(rig_number(&rig,
	                            "SELECT COUNT(*) FROM system_events WHERE event_type = 'alert_raised'"),
	                 1);
	ck_assert_int_eq(rig_number(&rig,
	                            "SELECT COUNT(*) FROM system_events WHERE event_type = 'alert_cleared'"),
	                 0);
	for (size_t i = 0; i < 2 && kinds[_i].mend[i]; i++) rig_do(&rig, "%s", kinds[_i].mend[i]);
	look();
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM alerts WHERE resolved_at IS NULL"), 0);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM alerts WHERE kind = '%s'", kind), 1);
	ck_assert_int_eq(rig_number(&rig,
	                            "SELECT COUNT(*) FROM system_events WHERE event_type = 'alert_cleared'"),
	                 1);
	check_says(severity, 0);
}
END_TEST

#define DEADLOCKS                                                                            \
	"SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = " \
	"'innodb_deadlocks'"

/* A gateway's call has the first agent and comes to the last one while a look is under way that has more to say of the last. */
START_TEST(a_call_of_many_agents_is_undone_by_no_look)
{
	int status;
	rig_fresh(&rig);
	look();
	char *first = rig_text(&rig, "SELECT id FROM agents ORDER BY id LIMIT 1"),
	     *last = rig_text(&rig, "SELECT id FROM agents ORDER BY id DESC LIMIT 1");
	rig_do(&rig, "UPDATE agents SET last_heartbeat_at = NOW() - INTERVAL 150 SECOND WHERE id = '%s'",
	       first);
	rig_do(&rig, "UPDATE agents SET last_heartbeat_at = NOW() - INTERVAL 2 HOUR WHERE id = '%s'", last);
	long undone = rig_number(&rig, DEADLOCKS);
	pid_t pid = fork();
	if (pid == 0)
		_exit(rig_try(&rig,
		              "BEGIN NOT ATOMIC START TRANSACTION; UPDATE agents SET version = version WHERE "
		              "id = "
		              "'%s'; DO SLEEP(3); UPDATE agents SET version = version WHERE id = '%s'; "
		              "COMMIT; END",
		              first, last) != 0);
	ck_assert_int_gt(pid, 0);
	sleep(1);
	look();
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the call was undone");
	ck_assert_int_eq(rig_number(&rig, DEADLOCKS), undone); /* nor was the look, which is done again */
	ck_assert_int_eq(rig_number(&rig,
	                            "SELECT COUNT(*) FROM alerts WHERE resolved_at IS NULL AND agent_id IN "
	                            "('%s', '%s')",
	                            first, last),
	                 2);
	free(first), free(last);
}
END_TEST

Suite *suite_alerts(void)
{
	Suite *s = suite_create("alerts");
	TCase *t = tcase_create("alerts");
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, each_kind_comes_stays_and_goes, 0, (int)ARRAY_LEN(kinds));
	tcase_add_test(t, a_call_of_many_agents_is_undone_by_no_look);
	suite_add_tcase(s, t);
	return s;
}
