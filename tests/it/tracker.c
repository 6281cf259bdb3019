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
	{ "a launch whose box runs",
	  "launch",
	  "agent-001",
	  "{\"pool\":\"" E "\",\"role\":\"replica\"}",
	  { "UPDATE commands SET execution_result = '{\"new_instance_id\": \"r-001\"}'" },
	  "terminate",
	  "r-001",
	  "{}" },
	{ "a launch whose box is gone",
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

Suite *suite_tracker(void);
Suite *suite_tracker(void)
{
	Suite *s = suite_create("tracker");
	TCase *t = tcase_create("tracker");
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, the_inverse_leads_back, 0, (int)ARRAY_LEN(cases));
	suite_add_tcase(s, t);
	return s;
}
