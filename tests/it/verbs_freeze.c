/* verbs_freeze.c - freezes and what passes them, cancel, config, two people who want opposite things, the audit log. */
#include "core/base/mem.h"
#include "core/db/table.h"
#include "tests/support/verb_call.h"
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

Suite *suite_verbs_freeze(void);

static struct rig rig;
static void start(void) { rig_start(&rig); }
static void stop(void) { rig_stop(&rig); }
static void fresh(void) { rig_fresh(&rig); }

#define E    "r3.large.us-east-1e"
#define A    "r3.large.us-east-1a"
#define TO_E "{\"pool\":\"" E "\"}"
#define INSTANCE_IN(state)                                                                             \
	"INSERT INTO instances (id, client_id, agent_id, instance_type, region, az, instance_status) " \
	"SELECT "                                                                                      \
	"'i-x', client_id, id, 'r3.large', 'us-east-1', 'us-east-1b', '" state "' FROM agents WHERE "  \
	"logical_agent_id = 'agent-002'"

/* --- freezes --- */
START_TEST(a_freeze_holds_back_what_is_automatic_and_lets_people_and_emergencies_pass)
{
	static const struct {
		const char *scope, *agent;
		bool is_held;
	} scopes[] = {
		{ "fleet", "agent-002", true },
		{ "acme", "agent-002", true },
		{ "agent:agent-002", "agent-002", true },
		{ "agent-002", "agent-003", false },
		{ "az:us-east-1b", "agent-002", true },
		{ "az:us-east-1a", "agent-002", false },
		{ "region:us-east-1", "agent-009", true },
		{ "pool:" E, "agent-002", true },
		{ "pool:" A, "agent-002", false },
	};
	static const char *const triggers[] = { "ml", "scheduled", "emergency", "manual" };
	for (size_t i = 0; i < ARRAY_LEN(scopes); i++) {
		struct verb_answer a = verb_call_as(&rig, verb_next_request(), "freeze", scopes[i].scope,
		                                    "{\"seconds\":3600}", NULL, "[]", "storm");
		ck_status(a, "done");
		for (size_t k = 0; k < ARRAY_LEN(triggers); k++) {
			rig_do(&rig, "DELETE FROM commands");
			rig_do(&rig,
			       "INSERT INTO commands (client_id, agent_id, command_type, target_mode, "
			       "target_pool_id, trigger_type) "
			       "SELECT client_id, id, 'switch', 'pool', '" E
			       "', '%s' FROM agents WHERE logical_agent_id = '%s'",
			       triggers[k], scopes[i].agent);
			bool is_held = rig_number(&rig, "SELECT COUNT(*) FROM commands WHERE status = "
			                                "'cancelled' AND message LIKE "
			                                "'frozen by root@localhost (%%storm'") == 1;
			ck_assert_msg(is_held == (scopes[i].is_held && k < 2), "%s of %s under %s",
			              triggers[k], scopes[i].agent, scopes[i].scope);
		}
		a = verb_call(&rig, "thaw", scopes[i].scope, "{}", "[]");
		ck_status(a, "done");
	}
}
END_TEST

START_TEST(a_freeze_is_thawed_by_its_id_too)
{
	struct verb_answer a = verb_call_as(&rig, verb_next_request(), "freeze", "agent-002",
	                                    "{\"seconds\":3600}", NULL, "[]", "storm");
	ck_status(a, "done");
	char *id = rig_text(&rig, "SELECT id FROM automation_freezes");
	a = verb_call(&rig, "thaw", id, "{}", "[]");
	ck_status(a, "done");
	ck_assert_ptr_nonnull(strstr(a.message, "agent:agent-002"));
	free(id);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM automation_freezes WHERE thawed_at IS NULL"),
	                 0);
}
END_TEST

START_TEST(what_a_person_issues_passes_a_freeze_and_says_so)
{
	static const struct {
		const char *verb, *target, *args, *setup;
	} issued[] = {
		{ "switch", "agent-002", TO_E, "DO 0" },
		{ "launch", "agent-002", "{\"pool\":\"" E "\",\"role\":\"replica\"}", "DO 0" },
		{ "terminate", "i-x", "{}", INSTANCE_IN("zombie") },
		{ "promote", "i-x", "{}", INSTANCE_IN("running_replica") },
		{ "config", "agent-002", "{\"set\":{\"max_switches_per_week\":\"3\"}}", "DO 0" },
		{ "self_destruct", "agent-002", "{}", "DO 0" },
	};
	static const char *const scopes[] = {
		"fleet", "acme", "agent-002", "az:us-east-1b", "region:us-east-1", "pool:" E
	};
	for (size_t s = 0; s < ARRAY_LEN(scopes); s++) {
		bool is_target = strncmp(scopes[s], "pool:", 5) == 0; /* it covers what aims at it */
		for (size_t i = 0; i < ARRAY_LEN(issued); i++) {
			rig_fresh(&rig);
			rig_do(&rig, "%s", issued[i].setup);
			struct verb_answer a = verb_call_as(&rig, verb_next_request(), "freeze", scopes[s],
			                                    "{\"seconds\":3600}", NULL, "[]", "a storm");
			ck_status(a, "done");
			a = verb_call(&rig, issued[i].verb, issued[i].target, issued[i].args, "[]");
			ck_status(a, "done");
			ck_assert_int_eq(verb_guard(&a, "frozen_scope"), 1);
			if (!is_target || strstr(issued[i].args, E))
				ck_assert_msg(strstr(a.guards,
				                     "a manual command passes; automation is frozen by "
				                     "root@localhost (") &&
				                      strstr(a.guards, "a storm"),
				              "%s under %s: %s", issued[i].verb, scopes[s], a.guards);
			ck_assert_int_eq(rig_number(&rig,
			                            "SELECT COUNT(*) FROM commands WHERE status = 'pending'"),
			                 1);
		}
	}
}
END_TEST

START_TEST(a_freeze_ends_by_itself)
{
	rig_do(&rig, "INSERT INTO automation_freezes (scope_type, reason, created_by, expires_at) VALUES "
	             "('all', 'old', 'x', NOW() - INTERVAL 1 SECOND)");
	rig_do(&rig, "INSERT INTO commands (client_id, agent_id, command_type, trigger_type) SELECT "
	             "client_id, id, 'switch', 'ml' FROM agents LIMIT 1");
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM commands WHERE status = 'pending'"), 1);
}
END_TEST

/* --- cancel, config --- */
START_TEST(cancel_wins_only_before_the_agent)
{
	struct verb_answer a = verb_call(&rig, "switch", "agent-002", "{\"pool\":\"best\"}", "[]");
	struct verb_answer b = verb_call(&rig, "cancel", a.command_id, "{}", "[]");
	ck_status(b, "done");
	ck_assert_int_eq(rig_number(&rig,
	                            "SELECT COUNT(*) FROM commands WHERE id = '%s' AND status = 'cancelled'",
	                            a.command_id),
	                 1);
	a = verb_call(&rig, "switch", "agent-003", "{\"pool\":\"best\"}", "[]");
	table_free(rig_table(&rig, "CALL agent_claim((SELECT id FROM agents WHERE logical_agent_id = "
	                           "'agent-003'), 60)"));
	b = verb_call(&rig, "cancel", a.command_id, "{}", "[]");
	ck_status(b, "refused");
	ck_assert_ptr_nonnull(strstr(b.message, "the agent was faster"));
}
END_TEST

START_TEST(config_changes_the_agent_and_tells_it)
{
	static const char *const bad[] = { "{\"no_such\":\"1\"}", "{\"auto_switch\":\"maybe\"}",
		                           "{\"replica_count\":\"-1\"}", "{\"risk_threshold\":\"1.5\"}",
		                           "{\"heartbeat_interval_seconds\":\"31\"}" };
	struct verb_answer a =
	        verb_call(&rig, "config", "agent-002",
	                  "{\"set\":{\"auto-switch\":\"on\",\"max_switches_per_week\":\"7\",\"blacklist_"
	                  "pools\":\"" A "," E "\"}}",
	                  "[]");
	ck_status(a, "done");
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM agents a JOIN agent_configs g ON g.agent_id "
	                                  "= a.id WHERE "
	                                  "a.logical_agent_id = 'agent-002' AND a.auto_switch_enabled AND "
	                                  "a.config_version = 1 AND "
	                                  "g.max_switches_per_week = 7 AND g.min_pool_duration_hours = 2 AND "
	                                  "JSON_CONTAINS(g.blacklist_pools, '\"" E "\"')"),
	                 1);
	ck_assert_int_eq(rig_number(&rig,
	                            "SELECT COUNT(*) FROM commands WHERE id = '%s' AND command_type = "
	                            "'APPLY_CONFIG' AND "
	                            "JSON_VALUE(metadata, '$.set.max_switches_per_week') = 7",
	                            a.command_id),
	                 1);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		ck_assert_uint_eq(rig_try(&rig,
		                          "CALL verb_config(UUID(), 'agent-002', '{\"set\":%s}', NULL, "
		                          "FALSE, NULL, '', 'u', 'h')",
		                          bad[i]),
		                  30003);
}
END_TEST

/* --- two people --- */
START_TEST(of_two_operators_with_opposite_commands_one_is_refused)
{
	for (int round = 0; round < 5; round++) {
		rig_do(&rig, "DELETE FROM commands");
		for (int who = 0; who < 2; who++)
			if (fork() == 0) {
				struct verb_answer a =
				        verb_call(&rig, "switch", "agent-002",
				                  who ? TO_E : "{\"mode\":\"ondemand\"}", "[]");
				_exit(strcmp(a.status, "done") == 0           ? 1
				      : strstr(a.message, "opposite_pending") ? 0
				                                              : 9);
			}
		ck_assert_int_eq(verb_children_that_won(), 1);
		ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM commands"), 1);
	}
}
END_TEST

/* --- the audit log --- */
static void verify(int want, const char *after)
{
	const char *argv[] = { "audit", "verify", "--keep-anchor", NULL };
	struct rig_run run = rig_spotop(&rig, false, argv);
	ck_assert_msg(run.code == want, "exit %d after %s: %s%s", run.code, after, run.out, run.err);
	ck_assert((strstr(run.out, "FAULT") != NULL) == (want != 0));
	rig_run_free(&run);
}

START_TEST(a_job_is_run_at_once_and_its_run_is_stopped)
{
	rig_do(&rig, "REPLACE INTO job_schedules (name, kind) VALUES ('leader', 'lease')");
	rig_do(&rig, "REPLACE INTO job_schedules (name, every_seconds, next_run_at) VALUES ('hourly', 3600, "
	             "NOW() + "
	             "INTERVAL 1 HOUR)");
	struct verb_answer a = verb_call(&rig, "run_job", "hourly", "{}", "[]");
	ck_status(a, "refused");
	ck_assert_int_eq(verb_guard(&a, "led"), 0);
	rig_do(&rig,
	       "UPDATE job_schedules SET lease_until = NOW() + INTERVAL 1 MINUTE WHERE name = 'leader'");
	ck_status(verb_call(&rig, "stop_job", "hourly", "{}", "[]"), "refused"); /* nothing runs */
	ck_status(verb_call(&rig, "run_job", "hourly", "{}", "[]"), "done");
	ck_assert_int_eq(rig_number(&rig,
	                            "SELECT next_run_at <= NOW() FROM job_schedules WHERE name = 'hourly'"),
	                 1);
	rig_do(&rig,
	       "UPDATE job_schedules SET lease_until = NOW() + INTERVAL 1 MINUTE WHERE name = 'hourly'");
	rig_do(&rig, "INSERT INTO consolidation_jobs (job_type, status, started_at, details) VALUES "
	             "('hourly', 'running', "
	             "NOW(), '{\"job\": \"hourly\"}')");
	a = verb_call(&rig, "run_job", "hourly", "{}", "[\"not_running\"]");
	ck_status(a, "refused"); /* one run at a time, whoever asks */
	ck_assert_int_eq(verb_guard(&a, "not_running"), 0);
	ck_status(verb_call(&rig, "stop_job", "hourly", "{}", "[]"), "done");
	ck_assert_int_eq(rig_number(&rig,
	                            "SELECT COUNT(*) FROM consolidation_jobs WHERE status = 'failed' AND "
	                            "error_message LIKE 'cancelled by %%tester'"),
	                 1);
	ck_assert_uint_eq(rig_try(&rig,
	                          "CALL verb_run_job('%s', 'leader', '{}', NULL, FALSE, '[]', '', 't', 'h')",
	                          verb_next_request()),
	                  30004); /* the lease is no job */
	rig_do(&rig, "DELETE FROM job_schedules");
}
END_TEST

START_TEST(the_audit_log_cannot_be_changed_and_tampering_is_found)
{
	static const char *const tampers[] = {
		"UPDATE audit_log SET reason = 'changed' WHERE id = 3",
		"UPDATE audit_log SET at = at + INTERVAL 1 SECOND WHERE id = 3",
		"DELETE FROM audit_log WHERE id = 3",
		"UPDATE audit_log SET id = CASE id WHEN 3 THEN 4 ELSE 3 END WHERE id IN (3, 4) ORDER BY id "
		"DESC LIMIT 0",
		"DELETE FROM audit_log ORDER BY id DESC LIMIT 1",
		/* a change with every hash after it made to fit: only the anchor, kept elsewhere, tells */
		"BEGIN NOT ATOMIC DECLARE v CHAR(64); UPDATE audit_log SET reason = 'changed' WHERE id = 3; "
		"FOR r IN (SELECT id FROM audit_log WHERE id >= 3 ORDER BY id) DO "
		"SET v = (SELECT hash FROM audit_log WHERE id = r.id - 1); "
		"UPDATE audit_log a SET a.prev_hash = v, a.hash = audit_hash(v, a.id, UNIX_TIMESTAMP(a.at), "
		"a.actor, a.os_user, a.host, a.action, a.target_type, a.target_id, a.request_id, a.reason, "
		"a.before_state, a.after_state, a.result) WHERE a.id = r.id; END FOR; END",
	};
	for (int i = 0; i < 4; i++)
		verb_call(&rig, "freeze", "fleet", "{\"seconds\":3600}", "[\"frozen_longer\"]");
	ck_assert_uint_eq(rig_try(&rig, "UPDATE audit_log SET reason = 'x'"), 30001);
	ck_assert_uint_eq(rig_try(&rig, "DELETE FROM audit_log WHERE id > 1"), 30001);
	verify(0, "nothing");
	rig_do(&rig, "CREATE OR REPLACE TABLE audit_copy AS SELECT * FROM audit_log");
	rig_do(&rig, "ALTER TABLE audit_copy DROP COLUMN settled_request, DROP COLUMN is_repeat");
	for (size_t i = 0; i < ARRAY_LEN(tampers); i++) {
		rig_do(&rig, "DROP TRIGGER audit_no_update");
		rig_do(&rig, "DROP TRIGGER audit_no_delete");
		if (strstr(tampers[i], "LIMIT 0")) { /* two rows change places */
			rig_do(&rig, "UPDATE audit_log SET id = 100000 WHERE id = 3");
			rig_do(&rig, "UPDATE audit_log SET id = 3 WHERE id = 4");
			rig_do(&rig, "UPDATE audit_log SET id = 4 WHERE id = 100000");
		} else
			rig_do(&rig, "%s", tampers[i]);
		verify(1, tampers[i]);
		rig_do(&rig, "DELETE FROM audit_log");
		rig_do(&rig,
		       "INSERT INTO audit_log (id, at, actor, os_user, host, action, target_type, target_id, "
		       "request_id, reason, before_state, after_state, result, prev_hash, hash) SELECT * "
		       "FROM "
		       "audit_copy");
		const char *argv[] = { "-D", "spot_optimizer", "db", "init", NULL };
		struct rig_run run = rig_spotop(&rig, false, argv); /* the triggers come back */
		ck_assert_msg(run.code == 0, "%s", run.err);
		rig_run_free(&run);
		verify(0, "putting it back");
	}
	rig_do(&rig, "DROP TABLE audit_copy");
}
END_TEST

Suite *suite_verbs_freeze(void)
{
	Suite *s = suite_create("verbs_freeze");
	TCase *t = tcase_create("freeze");
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_checked_fixture(t, fresh, NULL);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, a_freeze_holds_back_what_is_automatic_and_lets_people_and_emergencies_pass);
	tcase_add_test(t, what_a_person_issues_passes_a_freeze_and_says_so);
	tcase_add_test(t, a_freeze_ends_by_itself);
	tcase_add_test(t, a_freeze_is_thawed_by_its_id_too);
	tcase_add_test(t, cancel_wins_only_before_the_agent);
	tcase_add_test(t, config_changes_the_agent_and_tells_it);
	tcase_add_test(t, of_two_operators_with_opposite_commands_one_is_refused);
	tcase_add_test(t, a_job_is_run_at_once_and_its_run_is_stopped);
	tcase_add_test(t, the_audit_log_cannot_be_changed_and_tampering_is_found);
	suite_add_tcase(s, t);
	return s;
}
