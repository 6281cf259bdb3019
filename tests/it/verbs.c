/* verbs.c - the rules of actions: each guardrail passing, failing and overridden; replay; conflict; freezes;
 * the audit log; who wins when two want opposite things. Against a real server. */
#include "core/base/mem.h"
#include "core/db/table.h"
#include "tests/support/rig.h"
#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
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

/* --- one action by its procedure --- */
struct answer {
	char status[16], message[600], command_id[40], guards[6000], version[16];
};
static int n_request;

static const char *request(int n)
{
	static char id[48];
	snprintf(id, sizeof id, "5f0c0000-0000-4000-8000-%06d%06d", (int)getpid() % 1000000, n % 1000000);
	return id;
}

static void take(char *to, size_t n, const struct table *t, const char *col)
{
	const char *s = table_get(t, 0, col);
	snprintf(to, n, "%s", s ? s : "");
}

static struct answer act_as(const char *id, const char *verb, const char *target, const char *args,
                            const char *seen, const char *override, const char *reason)
{
	struct answer a;
	const char *q = seen ? "'" : "";
	struct table *t =
	        rig_table(&rig, "CALL verb_%s('%s', '%s', '%s', %s%s%s, FALSE, '%s', '%s', 'tester', 'here')",
	                  verb, id, target, args, q, seen ? seen : "NULL", q, override, reason);
	ck_assert_uint_eq(t->n_rows, 1);
	take(a.status, sizeof a.status, t, "status");
	take(a.message, sizeof a.message, t, "message");
	take(a.command_id, sizeof a.command_id, t, "command_id");
	take(a.guards, sizeof a.guards, t, "guardrails");
	take(a.version, sizeof a.version, t, "version");
	table_free(t);
	return a;
}

static struct answer act(const char *verb, const char *target, const char *args, const char *override)
{
	return act_as(request(++n_request), verb, target, args, NULL, override, "because");
}

/* 1 ok, 0 failing, -1 not there. */
static int guard(const struct answer *a, const char *name)
{
	json_t *list = json_loads(a->guards, 0, NULL), *g;
	ck_assert_msg(json_is_array(list), "guardrails are not JSON: %s", a->guards);
	int is_ok = -1;
	size_t i;
	json_array_foreach(list, i, g)
	{
		if (strcmp(json_string_value(json_object_get(g, "name")), name) == 0)
			is_ok = json_is_true(json_object_get(g, "ok"));
	}
	json_decref(list);
	return is_ok;
}

#define ck_status(a, want) \
	ck_assert_msg(strcmp((a).status, want) == 0, "%s, not %s: %s", (a).status, want, (a).message)

/* --- guardrails: each with what makes it fail --- */
// clang-format off
#define AGENT "(SELECT id FROM agents WHERE logical_agent_id = 'agent-002')"
#define CLIENT "(SELECT id FROM clients)"
#define WHERE_2 " WHERE logical_agent_id = 'agent-002'"
#define FROZEN_BOX(state) "INSERT INTO instances (id, client_id, agent_id, instance_type, region, az, instance_status) SELECT " \
	"'i-x', client_id, id, 'r3.large', 'us-east-1', 'us-east-1b', '" state "' FROM agents" WHERE_2
#define BUSY(n) "INSERT INTO commands (client_id, agent_id, command_type, target_mode) SELECT client_id, id, 'switch', " \
	"'ondemand' FROM agents WHERE logical_agent_id > 'agent-010' ORDER BY logical_agent_id LIMIT " n
#define PENDING(pool) "INSERT INTO commands (client_id, agent_id, command_type, target_mode, target_pool_id) VALUES (" \
	CLIENT ", " AGENT ", 'switch', 'pool', '" pool "')"
#define COMMAND "00000000-0000-0000-0000-0000000000c1"
#define ORDER(status) "INSERT INTO commands (id, client_id, agent_id, command_type, target_mode, status) VALUES ('" COMMAND "', " \
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
	{ "still_pending", "cancel", COMMAND, "{}", ORDER("executing"), true },
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
	{ "still_pending", ORDER("pending"), NULL },
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
	struct answer a = act(c->verb, c->target, args, "[]");
	ck_assert_msg(guard(&a, c->name) == 1, "%s does not pass: %s", c->name, a.guards);
	ck_status(a, "done");
}
END_TEST

START_TEST(guardrail_fails_and_changes_nothing)
{
	const struct guard_case *c = &cases[_i];
	rig_do(&rig, "%s", c->setup);
	long commands = rig_number(&rig, "SELECT COUNT(*) FROM commands");
	struct answer a = act(c->verb, c->target, c->args, "[]");
	ck_assert_msg(guard(&a, c->name) == 0, "%s does not fail: %s", c->name, a.guards);
	ck_status(a, "refused");
	ck_assert_ptr_nonnull(strstr(a.message, c->name));
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM commands"), commands);
	ck_assert_int_eq(rig_number(&rig,
	                            "SELECT COUNT(*) FROM audit_log WHERE request_id = '%s' AND result = "
	                            "'refused'",
	                            request(n_request)),
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
	struct answer a;
	if (strcmp(c->verb, "freeze") != 0) { /* which is nothing without a reason */
		a = act_as(request(++n_request), c->verb, c->target, c->args, NULL, names, "");
		ck_status(a, "refused");
	}
	a = act(c->verb, c->target, c->args, names);
	ck_status(a, c->is_hard ? "refused" : "done");
	if (c->is_hard) return;
	ck_assert_int_eq(rig_number(&rig,
	                            "SELECT COUNT(*) FROM audit_log WHERE request_id = '%s' AND result = "
	                            "'done' AND "
	                            "reason = 'because' AND JSON_CONTAINS(JSON_EXTRACT(after_state, "
	                            "'$.act.guardrails[*].overridden'), 'true')",
	                            request(n_request)),
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
		struct answer a = act("switch", "agent-002", TO_E, "[]");
		ck_assert_msg(guard(&a, "share_client") == steps[i].is_ok, "share %s: %s", steps[i].share,
		              a.guards);
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
	const char *id = request(++n_request);
	struct answer a = act_as(id, "switch", "agent-002", "{\"pool\":\"best\"}", NULL, "[]", "why");
	ck_status(a, "done");
	rig_do(&rig, "UPDATE spot_pools SET last_price = 0.001 WHERE id = '" A "'");
	struct answer b =
	        act_as(id, "switch", "acme/agent-002", "{ \"pool\" : \"best\" }", NULL, "[]", "other words");
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
	const char *id = request(++n_request);
	struct answer a = act_as(id, "switch", "agent-002", "{\"pool\":\"best\"}", NULL, "[]", "");
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
	const char *id = request(++n_request);
	for (int i = 0; i < 3; i++) {
		struct answer a = act_as(id, "freeze", "acme", "{\"seconds\":3600}", NULL, "[]", "storm");
		ck_status(a, i ? "replayed" : "done");
	}
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM automation_freezes"), 1);
}
END_TEST

/* Ends the children; how many of them said 1, none anything but 0 or 1. */
static int count_ones(void)
{
	int ones = 0, status;
	while (wait(&status) > 0) {
		ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) < 2, "a child ended with %d", status);
		ones += WEXITSTATUS(status);
	}
	return ones;
}

START_TEST(the_same_request_at_once_from_many_sessions_happens_once)
{
	const char *id = request(++n_request);
	for (int i = 0; i < 16; i++)
		if (fork() == 0) {
			struct answer a =
			        act_as(id, "switch", "agent-002", "{\"pool\":\"best\"}", NULL, "[]", "");
			_exit(strcmp(a.status, "done") == 0 ? 1 : strcmp(a.status, "replayed") == 0 ? 0 : 9);
		}
	ck_assert_int_eq(count_ones(), 1);
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
	struct answer a = act_as(request(++n_request), "switch", "agent-002", TO_E, moves[_i].seen, "[]", "");
	ck_assert_msg((strcmp(a.status, "conflict") == 0) == moves[_i].is_conflict, "%s after %s: %s",
	              a.status, moves[_i].change, a.message);
	if (moves[_i].is_conflict) ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM commands"), 0);
}
END_TEST

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
		struct answer a = act_as(request(++n_request), "freeze", scopes[i].scope,
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
		a = act("thaw", scopes[i].scope, "{}", "[]");
		ck_status(a, "done");
	}
}
END_TEST

START_TEST(a_freeze_is_thawed_by_its_id_too)
{
	struct answer a = act_as(request(++n_request), "freeze", "agent-002", "{\"seconds\":3600}", NULL,
	                         "[]", "storm");
	ck_status(a, "done");
	char *id = rig_text(&rig, "SELECT id FROM automation_freezes");
	a = act("thaw", id, "{}", "[]");
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
		{ "terminate", "i-x", "{}", FROZEN_BOX("zombie") },
		{ "promote", "i-x", "{}", FROZEN_BOX("running_replica") },
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
			struct answer a = act_as(request(++n_request), "freeze", scopes[s],
			                         "{\"seconds\":3600}", NULL, "[]", "a storm");
			ck_status(a, "done");
			a = act(issued[i].verb, issued[i].target, issued[i].args, "[]");
			ck_status(a, "done");
			ck_assert_int_eq(guard(&a, "frozen_scope"), 1);
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
	struct answer a = act("switch", "agent-002", "{\"pool\":\"best\"}", "[]");
	struct answer b = act("cancel", a.command_id, "{}", "[]");
	ck_status(b, "done");
	ck_assert_int_eq(rig_number(&rig,
	                            "SELECT COUNT(*) FROM commands WHERE id = '%s' AND status = 'cancelled'",
	                            a.command_id),
	                 1);
	a = act("switch", "agent-003", "{\"pool\":\"best\"}", "[]");
	table_free(rig_table(&rig, "CALL agent_claim((SELECT id FROM agents WHERE logical_agent_id = "
	                           "'agent-003'), 60)"));
	b = act("cancel", a.command_id, "{}", "[]");
	ck_status(b, "refused");
	ck_assert_ptr_nonnull(strstr(b.message, "the agent was faster"));
}
END_TEST

START_TEST(config_changes_the_agent_and_tells_it)
{
	static const char *const bad[] = { "{\"no_such\":\"1\"}", "{\"auto_switch\":\"maybe\"}",
		                           "{\"replica_count\":\"-1\"}", "{\"risk_threshold\":\"1.5\"}",
		                           "{\"heartbeat_interval_seconds\":\"31\"}" };
	struct answer a = act("config", "agent-002",
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
				n_request = 500 + round * 10 + who;
				struct answer a = act("switch", "agent-002",
				                      who ? TO_E : "{\"mode\":\"ondemand\"}", "[]");
				_exit(strcmp(a.status, "done") == 0           ? 1
				      : strstr(a.message, "opposite_pending") ? 0
				                                              : 9);
			}
		ck_assert_int_eq(count_ones(), 1);
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
	struct answer a = act("run_job", "hourly", "{}", "[]");
	ck_status(a, "refused");
	ck_assert_int_eq(guard(&a, "led"), 0);
	rig_do(&rig,
	       "UPDATE job_schedules SET lease_until = NOW() + INTERVAL 1 MINUTE WHERE name = 'leader'");
	ck_status(act("stop_job", "hourly", "{}", "[]"), "refused"); /* nothing runs */
	ck_status(act("run_job", "hourly", "{}", "[]"), "done");
	ck_assert_int_eq(rig_number(&rig,
	                            "SELECT next_run_at <= NOW() FROM job_schedules WHERE name = 'hourly'"),
	                 1);
	rig_do(&rig,
	       "UPDATE job_schedules SET lease_until = NOW() + INTERVAL 1 MINUTE WHERE name = 'hourly'");
	rig_do(&rig, "INSERT INTO consolidation_jobs (job_type, status, started_at, details) VALUES "
	             "('hourly', 'running', "
	             "NOW(), '{\"job\": \"hourly\"}')");
	a = act("run_job", "hourly", "{}", "[\"not_running\"]");
	ck_status(a, "refused"); /* one run at a time, whoever asks */
	ck_assert_int_eq(guard(&a, "not_running"), 0);
	ck_status(act("stop_job", "hourly", "{}", "[]"), "done");
	ck_assert_int_eq(rig_number(&rig,
	                            "SELECT COUNT(*) FROM consolidation_jobs WHERE status = 'failed' AND "
	                            "error_message LIKE 'cancelled by %%tester'"),
	                 1);
	ck_assert_uint_eq(rig_try(&rig,
	                          "CALL verb_run_job('%s', 'leader', '{}', NULL, FALSE, '[]', '', 't', 'h')",
	                          request(++n_request)),
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
	for (int i = 0; i < 4; i++) act("freeze", "fleet", "{\"seconds\":3600}", "[\"frozen_longer\"]");
	ck_assert_uint_eq(rig_try(&rig, "UPDATE audit_log SET reason = 'x'"), 30001);
	ck_assert_uint_eq(rig_try(&rig, "DELETE FROM audit_log WHERE id > 1"), 30001);
	verify(0, "nothing");
	rig_do(&rig, "CREATE OR REPLACE TABLE audit_copy AS SELECT * FROM audit_log");
	rig_do(&rig, "ALTER TABLE audit_copy DROP COLUMN settled_request");
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
