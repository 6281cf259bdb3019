/* tracker.c - my commands and what would turn each back: the inverse, taken from what was before, is an action that
 * the same procedures accept and that leads back there. */
#include "core/base/mem.h"
#include "core/db/table.h"
#include "tests/support/rig.h"
#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct rig rig;
static void start(void) { rig_start(&rig); }
static void stop(void) { rig_stop(&rig); }

#define E "r3.large.us-east-1e"
#define B "r3.large.us-east-1b"

static const struct inverse_case {
	const char *what, *verb, *target, *args; /* the action */
	const char *after[3];                    /* what its agent did then */
	const char *inverse, *inverse_target;    /* NULL: nothing turns it back; "" the agent */
	const char *inverse_args;                /* a part of them */
} cases[] = {
	{ "a switch",
	  "switch",
	  "agent-002",
	  "{\"pool\":\"" E "\"}",
	  { "UPDATE instances SET current_pool_id = '" E "' WHERE id = 'i-002'" },
	  "switch",
	  "",
	  "{\"pool\": \"" B "\"}" },
	{ "settings",
	  "config",
	  "agent-002",
	  "{\"set\":{\"auto_switch\":\"on\",\"replica_count\":\"3\",\"blacklist_pools\":\"" E "\"}}",
	  { NULL },
	  "config",
	  "",
	  "\"replica_count\"" },
	{ "a launch whose instance runs",
	  "launch",
	  "agent-001",
	  "{\"pool\":\"" E "\",\"role\":\"replica\"}",
	  { "UPDATE commands SET execution_result = '{\"new_instance_id\": \"r-001\"}'" },
	  "terminate",
	  "r-001",
	  "{}" },
	{ "a launch whose instance is gone",
	  "launch",
	  "agent-001",
	  "{\"pool\":\"" E "\",\"role\":\"replica\"}",
	  { "UPDATE commands SET execution_result = '{\"new_instance_id\": \"r-001\"}'",
	    "UPDATE instances SET instance_status = 'terminating' WHERE id = 'r-001'",
	    "UPDATE instances SET instance_status = 'terminated' WHERE id = 'r-001'" },
	  NULL,
	  NULL,
	  NULL },
	{ "a replica that was terminated",
	  "terminate",
	  "r-001",
	  "{}",
	  { "UPDATE instances SET instance_status = 'terminating' WHERE id = 'r-001'",
	    "UPDATE instances SET instance_status = 'terminated' WHERE id = 'r-001'" },
	  "launch",
	  "",
	  "\"role\": \"replica\"" },
	{ "a promotion whose old primary is gone", "promote", "r-001", "{}", { NULL }, NULL, NULL, NULL },
};

static const char *member(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

START_TEST(the_inverse_leads_back)
{
	static const char *const argv[] = { "tracker", "-o", "json", NULL };
	const struct inverse_case *c = &cases[_i];
	rig_fresh(&rig);
	rig_do(&rig, "UPDATE instances SET current_pool_id = '" E "' WHERE id = 'r-001'");
	table_free(rig_table(&rig, "CALL verb_%s(UUID(), '%s', '%s', NULL, FALSE, '[]', 'x', 't', 'h')",
	                     c->verb, c->target, c->args));
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM commands"), 1);
	for (size_t i = 0; i < ARRAY_LEN(c->after) && c->after[i]; i++) rig_do(&rig, "%s", c->after[i]);
	rig_do(&rig, "UPDATE commands SET status = 'completed', success = TRUE, completed_at = NOW()");
	char *agent = rig_text(&rig, "SELECT agent_id FROM commands"),
	     *before = rig_text(&rig, "SELECT pre_state FROM commands");
	struct rig_run run = rig_spotop(&rig, false, argv);
	json_t *j = json_loads(run.out, 0, NULL), *row = json_array_get(json_object_get(j, "rows"), 0);
	ck_assert_msg(row != NULL, "%s: %s%s", c->what, run.out, run.err);
	ck_assert_pstr_eq(member(row, "inverse_verb"), c->inverse);
	if (c->inverse) {
		const char *target = member(row, "inverse_target");
		ck_assert_str_eq(target, *c->inverse_target ? c->inverse_target : agent);
		char *args = json_is_string(json_object_get(row, "inverse_args"))
		                     ? mem_dup(member(row, "inverse_args"))
		                     : json_dumps(json_object_get(row, "inverse_args"), 0);
		ck_assert_msg(strstr(args, c->inverse_args) != NULL, "%s: %s", c->what, args);
		/* it is done, without a second word, but for what guards against haste */
		struct table *t =
		        rig_table(&rig, "CALL verb_%s(UUID(), '%s', '%s', NULL, FALSE, '[]', 'x', 't', 'h')",
		                  c->inverse, target, args);
		ck_assert_msg(strcmp(table_get(t, 0, "status"), "done") == 0, "%s: %s", c->what,
		              table_get(t, 0, "message"));
		table_free(t);
		if (strcmp(c->inverse, "config") == 0) {
			json_t *was = json_loads(before, 0, NULL), *is;
			char *now = rig_text(&rig, "SELECT verb_config_state('%s')", agent);
			is = json_loads(now, 0, NULL);
			ck_assert(json_equal(json_object_get(was, "auto_switch_enabled"),
			                     json_object_get(is, "auto_switch_enabled")));
			ck_assert(json_equal(json_object_get(was, "replica_count"),
			                     json_object_get(is, "replica_count")));
			ck_assert_uint_eq(json_array_size(json_object_get(is, "blacklist_pools")), 0);
			free(now);
			json_decref(was);
			json_decref(is);
		}
		free(args);
	}
	free(agent);
	free(before);
	json_decref(j);
	rig_run_free(&run);
}
END_TEST

static char *switch_back(const char *request, const char *pool, const char *column)
{
	struct table *t =
	        rig_table(&rig,
	                  "CALL verb_switch('%s', 'agent-002', '{\"pool\":\"%s\"}', NULL, FALSE, '[]', "
	                  "'x', 't', 'h')",
	                  request, pool);
	char *text = mem_dup(table_get(t, 0, column));
	table_free(t);
	return text;
}

/* As it is when the agent has carried out what it was told last. */
static void carry_out(const char *pool)
{
	rig_do(&rig, "UPDATE instances SET current_pool_id = '%s', last_switch_at = NOW() WHERE id = 'i-002'",
	       pool);
	rig_do(&rig, "INSERT INTO switches (client_id, agent_id, command_id, success) SELECT client_id, "
	             "agent_id, id, "
	             "TRUE FROM commands WHERE status = 'pending'");
	rig_do(&rig, "UPDATE commands SET status = 'completed', success = TRUE, completed_at = NOW() WHERE "
	             "status = "
	             "'pending'");
}

#define FIRST  "5f0c0000-0000-4000-8000-0000000000a1"
#define SECOND "5f0c0000-0000-4000-8000-0000000000a2"
#define THIRD  "5f0c0000-0000-4000-8000-0000000000a3"

/* One's own switch of the last hour may be undone at once, whatever the pace allows, and the audit log says which one
 * was; what undid cannot be undone so, nor what is older or another's. */
START_TEST(my_fresh_switch_can_be_undone)
{
	char *s;
	rig_fresh(&rig);
	rig_do(&rig, "INSERT INTO agent_configs (agent_id, max_switches_per_week, min_pool_duration_hours) "
	             "SELECT id, "
	             "1, 2 FROM agents WHERE logical_agent_id = 'agent-002'");
	ck_assert_str_eq(s = switch_back(FIRST, E, "status"), "done");
	free(s);
	carry_out(E);
	static const char *const others[] = {
		"UPDATE commands SET created_by = 'another@localhost'",
		"UPDATE commands SET created_by = USER()",
		"UPDATE commands SET created_at = NOW() - INTERVAL 2 HOUR",
		"UPDATE commands SET created_at = NOW()",
	};
	for (size_t i = 0; i < ARRAY_LEN(others); i += 2) {
		rig_do(&rig, "%s", others[i]);
		ck_assert_str_eq(s = switch_back("5f0c0000-0000-4000-8000-0000000000af", B, "status"),
		                 "refused");
		free(s);
		rig_do(&rig, "%s", others[i + 1]);
	}
	ck_assert_str_eq(s = switch_back(SECOND, "r3.large.us-east-1a", "status"),
	                 "refused"); /* no inverse */
	free(s);
	const char *argv[] = { "switch", "agent-002", "--to", B, "--dry-run", NULL };
	struct rig_run run = rig_spotop(&rig, false, argv);
	ck_assert_msg(run.code == 0 && strstr(run.out, "it undoes the switch 5f0c0000"), "%s%s", run.out,
	              run.err);
	json_t *j = json_loads(run.out, 0, NULL), *row;
	size_t k;
	json_array_foreach(json_object_get(j, "targets"), k, row)
	{ /* and beside the target nothing stands in the way either */
		const char *pool = member(row, "pool");
		bool is_back = pool && strcmp(pool, B) == 0;
		ck_assert_int_eq(json_is_null(json_object_get(row, "guardrails_failing")), is_back);
	}
	ck_assert_uint_ge(k, 3);
	json_decref(j);
	rig_run_free(&run);
	ck_assert_str_eq(s = switch_back(THIRD, B, "status"), "done");
	free(s);
	ck_assert_str_eq(s = rig_text(&rig, "SELECT JSON_VALUE(after_state, '$.undoes') FROM audit_log WHERE "
	                                    "request_id = '" THIRD "' AND result = 'done'"),
	                 FIRST);
	free(s);
	carry_out(B);
	ck_assert_str_eq(s = switch_back("5f0c0000-0000-4000-8000-0000000000a4", E, "status"), "refused");
	free(s);
}
END_TEST

Suite *suite_tracker(void);
Suite *suite_tracker(void)
{
	Suite *s = suite_create("tracker");
	TCase *t = tcase_create("tracker");
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, the_inverse_leads_back, 0, (int)ARRAY_LEN(cases));
	tcase_add_test(t, my_fresh_switch_can_be_undone);
	suite_add_tcase(s, t);
	return s;
}
