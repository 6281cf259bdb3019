/* verbs.c - the rules of actions: each guardrail passing, failing and overridden; replay; conflict. Against a real server. */
#include "core/base/mem.h"
#include "core/db/table.h"
#include "tests/support/verb_call.h"
#include <check.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct rig rig;
static void start(void) { rig_start(&rig); }
static void stop(void) { rig_stop(&rig); }
static void fresh(void) { rig_fresh(&rig); }

#define E    "r3.large.us-east-1e"
#define A    "r3.large.us-east-1a"
#define TO_E "{\"pool\":\"" E "\"}"

/* --- guardrails: each with what makes it fail --- */
// clang-format off
#define AGENT "(SELECT id FROM agents WHERE logical_agent_id = 'agent-002')"
#define CLIENT "(SELECT id FROM clients)"
#define WHERE_2 " WHERE logical_agent_id = 'agent-002'"
#define BUSY(n) "INSERT INTO commands (client_id, agent_id, command_type, target_mode) SELECT client_id, id, 'switch', " \
	"'ondemand' FROM agents WHERE logical_agent_id > 'agent-010' ORDER BY logical_agent_id LIMIT " n
#define PENDING(pool) "INSERT INTO commands (client_id, agent_id, command_type, target_mode, target_pool_id) VALUES (" \
	CLIENT ", " AGENT ", 'switch', 'pool', '" pool "')"
#define COMMAND "00000000-0000-0000-0000-0000000000c1"
#define COMMAND_IN(status) "INSERT INTO commands (id, client_id, agent_id, command_type, target_mode, status) VALUES ('" COMMAND "', " \
	CLIENT ", " AGENT ", 'switch', 'ondemand', '" status "')"
#define ALERT(col, value) "REPLACE INTO alerts (id, alert_key, kind, message, " col ") VALUES (1, 'k', 'k', 'm', " value ")"
static const struct guard_case {
	const char *name, *verb, *target, *args, *setup;
	bool is_hard;      /* cannot be overridden */
} cases[] = {
	{ "switches_per_week", "switch", "agent-002", TO_E, "INSERT INTO switches (client_id, agent_id, success) SELECT client_id, id, TRUE FROM agents JOIN seq_1_to_10" WHERE_2, false },
	{ "min_pool_hours", "switch", "agent-002", TO_E, "UPDATE instances SET last_switch_at = NOW() - INTERVAL 90 MINUTE WHERE id = 'i-002'", false },
	{ "pool_blacklisted", "switch", "agent-002", TO_E, "INSERT INTO agent_configs (agent_id, blacklist_pools) VALUES (" AGENT ", '[\"" E "\"]')", false },
	{ "pool_inactive", "switch", "agent-002", TO_E, "UPDATE spot_pools SET is_active = FALSE WHERE id = '" E "'", false },
	{ "pool_cordoned", "switch", "agent-002", TO_E, "UPDATE spot_pools SET is_cordoned = TRUE, cordoned_until = NOW() + INTERVAL 1 HOUR WHERE id = '" E "'", false },
	{ "pool_notice", "switch", "agent-002", TO_E, "UPDATE agents a JOIN instances i ON i.id = 'i-003' SET i.current_pool_id = '" E "', a.notice_status = 'rebalance' WHERE a.logical_agent_id = 'agent-003'", false },
	{ "no_capacity", "switch", "agent-002", TO_E, "INSERT INTO spotop_cooling (place, client_id, error, cooled_until) SELECT '" E "', client_id, 'InsufficientInstanceCapacity', NOW() + INTERVAL 5 MINUTE FROM agents" WHERE_2, false },
	{ "target_is_current", "switch", "agent-002", TO_E, "UPDATE instances SET current_pool_id = '" E "' WHERE id = 'i-002'", false },
	{ "agent_disabled", "switch", "agent-002", TO_E, "UPDATE agents SET enabled = FALSE" WHERE_2, false },
	{ "agent_offline", "switch", "agent-002", TO_E, "UPDATE agents SET status = 'offline'" WHERE_2, false },
	{ "agent_silent", "switch", "agent-002", TO_E, "UPDATE agents SET last_heartbeat_at = NOW() - INTERVAL 100 SECOND" WHERE_2, false },
	{ "duplicate_pending", "switch", "agent-002", TO_E, PENDING(E), false },
	{ "opposite_pending", "switch", "agent-002", TO_E, PENDING(A), false },
	{ "share_az", "switch", "agent-002", TO_E, BUSY("10"), false },
	{ "share_pool", "switch", "agent-002", TO_E, BUSY("10"), false },
	{ "share_client", "switch", "agent-002", TO_E, BUSY("10"), false },
	{ "best_saves", "switch", "agent-002", "{\"pool\":\"best\"}", "UPDATE spot_pools SET last_price = 0.02 WHERE az = 'us-east-1b'", false },
	{ "primary_exists", "launch", "agent-002", TO_E, "DO 0", false },
	{ "is_primary", "terminate", "i-002", "{}", "DO 0", false },
	{ "already_gone", "terminate", "r-001", "{}", "UPDATE instances SET instance_status = 'terminating' WHERE id = 'r-001'", true },
	{ "ready_replica", "promote", "r-001", "{}", "UPDATE instances SET instance_status = 'zombie' WHERE id = 'r-001'", true },
	{ "auto_switch_or_manual_replica", "config", "agent-002", "{\"set\":{\"auto_switch\":\"on\"}}", "UPDATE agents SET manual_replica_enabled = TRUE" WHERE_2, true },
	{ "nothing_changes", "config", "agent-002", "{\"set\":{\"auto_switch\":\"on\"}}", "UPDATE agents SET auto_switch_enabled = TRUE" WHERE_2, true },
	{ "is_frozen", "thaw", "fleet", "{}", "DO 0", true },
	{ "frozen_longer", "freeze", "fleet", "{\"seconds\":60}", "INSERT INTO automation_freezes (scope_type, reason, created_by, expires_at) VALUES ('all', 'storm', 'x', NOW() + INTERVAL 1 HOUR)", false },
	{ "still_pending", "cancel", COMMAND, "{}", COMMAND_IN("executing"), true },
	{ "still_open", "snooze", "1", "{\"seconds\":60}", ALERT("resolved_at", "NOW()"), true },
	{ "acked_by_another", "ack", "1", "{}", ALERT("acked_by", "'another'"), false },
	{ "claimed_by_another", "claim", "1", "{}", ALERT("claimed_by", "'another'"), false },
	{ "is_cordoned", "uncordon", E, "{}", "DO 0", true },
};

/* Some fail in the fleet as it is: what makes these pass. */
static const struct { const char *name, *setup, *args; } passing[] = {
	{ "primary_exists", "DO 0", "{\"pool\":\"" E "\",\"role\":\"replica\"}" },
	{ "is_primary", "UPDATE instances SET is_primary = FALSE, instance_status = 'zombie' WHERE id = 'i-002'", NULL },
	{ "is_frozen", "INSERT INTO automation_freezes (scope_type, reason, created_by, expires_at) VALUES ('all', 'storm', 'x', NOW() + INTERVAL 1 HOUR)", NULL },
	{ "still_pending", COMMAND_IN("pending"), NULL },
	{ "still_open", ALERT("resolved_at", "NULL"), NULL },
	{ "acked_by_another", ALERT("acked_by", "NULL"), NULL },
	{ "claimed_by_another", ALERT("claimed_by", "NULL"), NULL },
	{ "is_cordoned", "UPDATE spot_pools SET is_cordoned = TRUE WHERE id = '" E "'", NULL },
};
// clang-format on

START_TEST(guardrail_passes)
{
	const struct guard_case *c = &cases[_i];
	const char *args = c->args;
	for (size_t i = 0; i < ARRAY_LEN(passing); i++)
		if (strcmp(passing[i].name, c->name) == 0) {
			rig_do(&rig, "%s", passing[i].setup);
			if (passing[i].args) args = passing[i].args;
		}
	struct verb_answer a = verb_call(&rig, c->verb, c->target, args, "[]");
	ck_assert_msg(verb_guard(&a, c->name) == 1, "%s does not pass: %s", c->name, a.guards);
	ck_status(a, "done");
}
END_TEST

START_TEST(guardrail_fails_and_changes_nothing)
{
	const struct guard_case *c = &cases[_i];
	rig_do(&rig, "%s", c->setup);
	long commands = rig_number(&rig, "SELECT COUNT(*) FROM commands");
	struct verb_answer a = verb_call(&rig, c->verb, c->target, c->args, "[]");
	ck_assert_msg(verb_guard(&a, c->name) == 0, "%s does not fail: %s", c->name, a.guards);
	ck_status(a, "refused");
	ck_assert_ptr_nonnull(strstr(a.message, c->name));
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM commands"), commands);
	ck_assert_int_eq(rig_number(&rig,
	                            "SELECT COUNT(*) FROM audit_log WHERE request_id = '%s' AND result = "
	                            "'refused'",
	                            verb_last_request()),
	                 1);
}
END_TEST

START_TEST(guardrail_is_overridden_by_name_with_a_reason)
{
	const struct guard_case *c = &cases[_i];
	char names[200];
	rig_do(&rig, "%s", c->setup);
	snprintf(names, sizeof names, "[\"%s\"]", c->name);
	if (strncmp(c->name, "share_", 6) == 0)
		snprintf(names, sizeof names, "[\"share_az\",\"share_pool\",\"share_client\"]");
	struct verb_answer a;
	if (strcmp(c->verb, "freeze") != 0) { /* which is nothing without a reason */
		a = verb_call_as(&rig, verb_next_request(), c->verb, c->target, c->args, NULL, names, "");
		ck_status(a, "refused");
	}
	a = verb_call(&rig, c->verb, c->target, c->args, names);
	ck_status(a, c->is_hard ? "refused" : "done");
	if (c->is_hard) return;
	ck_assert_int_eq(rig_number(&rig,
	                            "SELECT COUNT(*) FROM audit_log WHERE request_id = '%s' AND result = "
	                            "'done' AND "
	                            "reason = 'because' AND JSON_CONTAINS(JSON_EXTRACT(after_state, "
	                            "'$.act.guardrails[*].overridden'), 'true')",
	                            verb_last_request()),
	                 1);
	if (strcmp(c->name, "agent_silent") == 0)
		ck_assert_int_le(rig_number(&rig,
		                            "SELECT TIMESTAMPDIFF(SECOND, NOW(), expires_at) FROM commands "
		                            "WHERE id = '%s'",
		                            a.command_id),
		                 900);
}
END_TEST

START_TEST(the_share_that_may_be_touched_is_a_setting_of_the_client)
{
	static const struct {
		const char *share;
		int is_ok;
	} steps[] = { { "NULL", 1 }, { "0.1", 0 }, { "0.5", 1 }, { "0", 0 }, { "'nonsense'", 1 } };
	rig_do(&rig, "%s", BUSY("9")); /* with this one 10 of 40 */
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		rig_do(&rig, "UPDATE clients SET metadata = JSON_OBJECT('max_touched_share', %s)",
		       steps[i].share);
		struct verb_answer a = verb_call(&rig, "switch", "agent-002", TO_E, "[]");
		ck_assert_msg(verb_guard(&a, "share_client") == steps[i].is_ok, "share %s: %s",
		              steps[i].share, a.guards);
		rig_do(&rig, "DELETE FROM commands WHERE id = '%s'", a.command_id);
	}
	rig_do(&rig, "UPDATE clients SET metadata = NULL");
}
END_TEST

START_TEST(an_override_of_something_else_is_an_error)
{
	ck_assert_uint_eq(rig_try(&rig,
	                          "CALL verb_switch(UUID(), 'agent-002', '%s', NULL, FALSE, '[\"all\"]', "
	                          "'x', 'u', 'h')",
	                          TO_E),
	                  30003);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM commands"), 0);
}
END_TEST

START_TEST(a_dry_run_says_the_same_and_changes_nothing)
{
	long audit = rig_number(&rig, "SELECT COUNT(*) FROM audit_log");
	for (int i = 0; i < 2; i++) {
		struct table *t = rig_table(&rig,
		                            "CALL verb_switch(UUID(), 'agent-002', '%s', NULL, TRUE, NULL, "
		                            "'', 'u', 'h')",
		                            TO_E);
		ck_assert_str_eq(table_get(t, 0, "status"), i ? "refused" : "dry_run");
		table_free(t);
		rig_do(&rig, "UPDATE agents SET status = 'offline'");
	}
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM commands"), 0);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM audit_log"), audit);
}
END_TEST

/* --- the same id --- */
START_TEST(the_same_request_gives_the_first_result_and_no_second_effect)
{
	const char *id = verb_next_request();
	struct verb_answer a =
	        verb_call_as(&rig, id, "switch", "agent-002", "{\"pool\":\"best\"}", NULL, "[]", "why");
	ck_status(a, "done");
	rig_do(&rig, "UPDATE spot_pools SET last_price = 0.001 WHERE id = '" A "'");
	struct verb_answer b = verb_call_as(&rig, id, "switch", "acme/agent-002", "{ \"pool\" : \"best\" }",
	                                    NULL, "[]", "other words");
	ck_status(b, "replayed");
	ck_assert_str_eq(a.command_id, b.command_id);
	ck_assert_str_eq(a.message, b.message);
	ck_assert_str_eq(a.version, b.version);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM commands"), 1);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM audit_log WHERE request_id = '%s'", id), 1);
}
END_TEST

START_TEST(the_same_request_with_another_effect_is_an_error)
{
	static const struct {
		const char *verb, *target, *args;
	} others[] = {
		{ "switch", "agent-002", "{\"mode\":\"ondemand\"}" },
		{ "switch", "agent-003", "{\"pool\":\"best\"}" },
		{ "launch", "agent-002", "{\"pool\":\"best\"}" },
		{ "freeze", "fleet", "{\"seconds\":60}" },
		{ "cordon", E, "{\"seconds\":60}" },
	};
	const char *id = verb_next_request();
	struct verb_answer a =
	        verb_call_as(&rig, id, "switch", "agent-002", "{\"pool\":\"best\"}", NULL, "[]", "");
	ck_status(a, "done");
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		ck_assert_uint_eq(rig_try(&rig,
		                          "CALL verb_%s('%s', '%s', '%s', NULL, FALSE, NULL, 'x', 'u', 'h')",
		                          others[i].verb, id, others[i].target, others[i].args),
		                  30003);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM commands"), 1);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM automation_freezes"), 0);
}
END_TEST

START_TEST(verbs_without_a_command_are_replayed_too)
{
	const char *id = verb_next_request();
	for (int i = 0; i < 3; i++) {
		struct verb_answer a =
		        verb_call_as(&rig, id, "freeze", "acme", "{\"seconds\":3600}", NULL, "[]", "storm");
		ck_status(a, i ? "replayed" : "done");
	}
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM automation_freezes"), 1);
}
END_TEST

/* Ends the children; how many of them said 1, none anything but 0 or 1. */
START_TEST(the_same_request_at_once_from_many_sessions_happens_once)
{
	const char *id = verb_next_request();
	for (int i = 0; i < 16; i++)
		if (fork() == 0) {
			struct verb_answer a = verb_call_as(&rig, id, "switch", "agent-002",
			                                    "{\"pool\":\"best\"}", NULL, "[]", "");
			_exit(strcmp(a.status, "done") == 0 ? 1 : strcmp(a.status, "replayed") == 0 ? 0 : 9);
		}
	ck_assert_int_eq(verb_children_that_won(), 1);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM commands"), 1);
}
END_TEST

/* --- conflict --- */
// clang-format off
static const struct { const char *seen, *change; bool is_conflict; } moves[] = {
	{ "{\"version\":1}", "DO 0", false },
	{ "{\"version\":1}", "UPDATE agents SET replica_count = 2" WHERE_2, true },
	{ "{\"version\":1}", "UPDATE agents SET last_heartbeat_at = NOW() - INTERVAL 3 SECOND, spot_price = 0.04" WHERE_2, false },
	{ "{\"instance_id\":\"i-002\"}", "UPDATE instances SET is_primary = FALSE, instance_status = 'zombie' WHERE id = 'i-002'", true },
	{ "{\"role\":\"primary\",\"instance_status\":\"running_primary\"}", "DO 0", false },
	{ "{\"notice_status\":\"none\"}", "UPDATE agents SET notice_status = 'termination'" WHERE_2, true },
	{ "{\"status\":\"online\"}", "UPDATE agents SET status = 'error'" WHERE_2, true },
	{ "{\"price\":0.0228}", "UPDATE spot_pools SET last_price = 0.0239 WHERE id = '" E "'", false },
	{ "{\"price\":0.0228}", "UPDATE spot_pools SET last_price = 0.0240 WHERE id = '" E "'", true },
	{ "{\"price\":0.0228}", "UPDATE spot_pools SET last_price = 0.0200 WHERE id = '" E "'", true },
	{ "{\"price\":0.0228,\"price_tolerance\":0.5}", "UPDATE spot_pools SET last_price = 0.0300 WHERE id = '" E "'", false },
	{ "{\"target_pool\":\"" A "\"}", "DO 0", true },
};
// clang-format on

START_TEST(what_moved_since_it_was_seen_is_a_conflict)
{
	rig_do(&rig, "%s", moves[_i].change);
	struct verb_answer a = verb_call_as(&rig, verb_next_request(), "switch", "agent-002", TO_E,
	                                    moves[_i].seen, "[]", "");
	ck_assert_msg((strcmp(a.status, "conflict") == 0) == moves[_i].is_conflict, "%s after %s: %s",
	              a.status, moves[_i].change, a.message);
	if (moves[_i].is_conflict) ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM commands"), 0);
}
END_TEST

/* Who decides looks at what others are doing: they finish it meanwhile, and none of them is undone by a lock of who only looks. */
// clang-format off
static const struct { const char *verb, *target, *args; } looks[] = {
	{ "switch", "agent-002", TO_E },
	{ "switch", "agent-002", "{\"pool\":\"best\"}" },
};
// clang-format on

START_TEST(what_an_action_asks_of_others_waits_for_none_of_them)
{
	int status;
	rig_do(&rig, "INSERT INTO commands (client_id, agent_id, command_type, target_mode, status) SELECT "
	             "client_id, id, 'switch', 'ondemand', 'completed' FROM agents");
	rig_do(&rig, "INSERT INTO spotop_cooling (place, client_id, error, failed_at, cooled_until) SELECT "
	             "id, " CLIENT ", 'InsufficientInstanceCapacity', NOW() - INTERVAL 10 MINUTE, NOW() - "
	             "INTERVAL 5 MINUTE FROM spot_pools");
	pid_t pid = fork();
	if (pid == 0)
		_exit(rig_try(&rig, "BEGIN NOT ATOMIC SET TRANSACTION ISOLATION LEVEL READ COMMITTED; START "
		                    "TRANSACTION; "
		                    "UPDATE commands SET version = version + 1; "
		                    "UPDATE agents SET agent_version = 'rival' WHERE logical_agent_id <> "
		                    "'agent-002'; "
		                    "DO GET_LOCK('rival', 0); DO SLEEP(8); ROLLBACK; END") != 0);
	while (rig_number(&rig, "SELECT IS_USED_LOCK('rival') IS NULL")) usleep(20000);
	struct verb_answer a = verb_call_as(&rig, verb_next_request(), looks[_i].verb, looks[_i].target,
	                                    looks[_i].args, NULL, "[]", "");
	ck_assert_msg(waitpid(pid, &status, WNOHANG) == 0, "%s waited: %s %s", looks[_i].verb, a.status,
	              a.message);
	ck_status(a, "done");
	rig_do(&rig, "KILL %ld", rig_number(&rig, "SELECT IS_USED_LOCK('rival')"));
	waitpid(pid, &status, 0);
}
END_TEST

Suite *suite_verbs(void);
Suite *suite_verbs(void)
{
	Suite *s = suite_create("verbs");
	TCase *t = tcase_create("rules");
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_checked_fixture(t, fresh, NULL);
	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, guardrail_passes, 0, ARRAY_LEN(cases));
	tcase_add_loop_test(t, guardrail_fails_and_changes_nothing, 0, ARRAY_LEN(cases));
	tcase_add_loop_test(t, guardrail_is_overridden_by_name_with_a_reason, 0, ARRAY_LEN(cases));
	tcase_add_test(t, the_share_that_may_be_touched_is_a_setting_of_the_client);
	tcase_add_test(t, an_override_of_something_else_is_an_error);
	tcase_add_test(t, a_dry_run_says_the_same_and_changes_nothing);
	tcase_add_test(t, the_same_request_gives_the_first_result_and_no_second_effect);
	tcase_add_test(t, the_same_request_with_another_effect_is_an_error);
	tcase_add_test(t, verbs_without_a_command_are_replayed_too);
	tcase_add_test(t, the_same_request_at_once_from_many_sessions_happens_once);
	tcase_add_loop_test(t, what_moved_since_it_was_seen_is_a_conflict, 0, ARRAY_LEN(moves));
	tcase_add_loop_test(t, what_an_action_asks_of_others_waits_for_none_of_them, 0, ARRAY_LEN(looks));
	suite_add_tcase(s, t);
	return s;
}
