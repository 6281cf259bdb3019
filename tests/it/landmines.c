/* landmines.c - commands that will fire late, never or against each other: each kind made in the database and
 * found, with what it says; and its harmless neighbour, which is not. */
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

#define E     "r3.large.us-east-1e"
#define A     "r3.large.us-east-1a"
#define NEW   "00000000-0000-4000-8000-00000000000b"
#define FIRST "00000000-0000-4000-8000-00000000000a"
/* A command of agent-002: its id, type, mode, pool, instance, state; issued so many seconds ago. */
#define ISSUED(id, type, mode, pool, instance, status, ago)                                                  \
	"INSERT INTO commands (id, client_id, agent_id, command_type, target_mode, target_pool_id, "         \
	"instance_id, "                                                                                      \
	"status, trigger_type, created_at, executed_at, lease_until, pre_state) SELECT '" id                 \
	"', client_id, id, '" type "', " mode ", " pool ", " instance ", '" status                           \
	"', 'manual', NOW() - INTERVAL " ago " SECOND, IF('" status "' = 'executing', NOW() - INTERVAL " ago \
	" SECOND, NULL), IF('" status                                                                        \
	"' = 'executing', NOW() + INTERVAL 60 SECOND, NULL), '{\"price\": 0.02}' FROM agents WHERE "         \
	"logical_agent_id = 'agent-002'"
#define SWITCH(id, pool, status, ago) ISSUED(id, "switch", "'pool'", "'" pool "'", "NULL", status, ago)
#define ME                            " WHERE logical_agent_id = 'agent-002'"
/* Ten switches that took 10 s each: what "longer than p99" is measured by. */
#define PAST                                                                                           \
	"INSERT INTO commands (client_id, agent_id, command_type, target_mode, status, created_at, "   \
	"executed_at, "                                                                                \
	"completed_at) SELECT client_id, id, 'switch', 'ondemand', 'completed', NOW() - INTERVAL 600 " \
	"SECOND, "                                                                                     \
	"NOW() - INTERVAL 600 SECOND, NOW() - INTERVAL 590 SECOND FROM agents JOIN seq_1_to_10 WHERE " \
	"logical_agent_id = 'agent-009'"

static const struct mine_case {
	const char *mine, *what, *sql[5];
	const char *id, *why; /* NULL: no mine of this kind is there */
} cases[] = {
	{ "agent_silent",
	  "its agent is silent",
	  { SWITCH(FIRST, E, "pending", "5"),
	    "UPDATE agents SET last_heartbeat_at = NOW() - INTERVAL 200 SECOND" ME },
	  FIRST,
	  "fires when it returns: silent 3 m; queued " },
	{ "agent_silent",
	  "its agent is disabled",
	  { SWITCH(FIRST, E, "pending", "5"), "UPDATE agents SET enabled = FALSE" ME },
	  FIRST,
	  "it is disabled" },
	{ "agent_silent",
	  "the price it was issued at is another now",
	  { SWITCH(FIRST, E, "pending", "5"), "UPDATE agents SET last_heartbeat_at = NULL" ME },
	  FIRST,
	  "at $0.0200, now $0.0228" },
	{ "agent_silent", "its agent hears", { SWITCH(FIRST, E, "pending", "5") }, NULL, NULL },
	{ "duplicate",
	  "issued twice",
	  { SWITCH(FIRST, E, "pending", "30"), SWITCH(NEW, E, "pending", "5") },
	  NEW,
	  "the same as 00000000, issued 25 s before it" },
	{ "duplicate",
	  "the same, but the first is done",
	  { SWITCH(FIRST, E, "pending", "30"), SWITCH(NEW, E, "pending", "5"),
	    "UPDATE commands SET status = 'cancelled' WHERE id = '" FIRST "'" },
	  NULL,
	  NULL },
	{ "opposite",
	  "to two places at once",
	  { SWITCH(FIRST, E, "executing", "30"), SWITCH(NEW, A, "pending", "5") },
	  NEW,
	  "against 00000000: switch to " E ", executing" },
	{ "opposite",
	  "a instance is to be primary and to end",
	  { ISSUED(FIRST, "PROMOTE_REPLICA_TO_PRIMARY", "NULL", "NULL", "'i-002'", "pending", "30"),
	    ISSUED(NEW, "TERMINATE_INSTANCE", "NULL", "NULL", "'i-002'", "pending", "5") },
	  NEW,
	  "PROMOTE_REPLICA_TO_PRIMARY" },
	{ "opposite",
	  "two instances end: no contradiction",
	  { ISSUED(FIRST, "TERMINATE_INSTANCE", "NULL", "NULL", "'i-002'", "pending", "30"),
	    ISSUED(NEW, "TERMINATE_INSTANCE", "NULL", "NULL", "'r-001'", "pending", "5") },
	  NULL,
	  NULL },
	{ "stuck",
	  "executing beyond p99",
	  { PAST, SWITCH(FIRST, E, "executing", "60") },
	  FIRST,
	  "s; p99 is 10 s (n=10)" },
	{ "stuck",
	  "executing as long as others did",
	  { PAST, SWITCH(FIRST, E, "executing", "2") },
	  NULL,
	  NULL },
	{ "lease_lost",
	  "its agent let go of it",
	  { SWITCH(FIRST, E, "executing", "60"),
	    "UPDATE commands SET lease_until = NOW() - INTERVAL 40 SECOND WHERE id = '" FIRST "'" },
	  FIRST,
	  "since its lease ended 4" },
	{ "target_closed",
	  "the pool is inactive",
	  { SWITCH(FIRST, E, "pending", "5"), "UPDATE spot_pools SET is_active = FALSE WHERE id = '" E "'" },
	  FIRST,
	  "the pool is inactive" },
	{ "target_closed",
	  "the pool is cordoned",
	  { SWITCH(FIRST, E, "pending", "5"),
	    "UPDATE spot_pools SET is_cordoned = TRUE, cordon_reason = 'storm' WHERE id = '" E "'" },
	  FIRST,
	  "the pool is cordoned: storm" },
	{ "target_closed",
	  "the cordon has run out",
	  { SWITCH(FIRST, E, "pending", "5"), "UPDATE spot_pools SET is_cordoned = TRUE, cordoned_until = "
	                                      "NOW() - INTERVAL 1 SECOND WHERE id = '" E "'" },
	  NULL,
	  NULL },
	{ "target_closed",
	  "the pool is under notice",
	  { SWITCH(FIRST, E, "pending", "5"),
	    "UPDATE instances SET current_pool_id = '" E "' WHERE id = 'i-003'",
	    "UPDATE agents SET notice_status = 'termination' WHERE logical_agent_id = 'agent-003'" },
	  FIRST,
	  "the pool is under notice" },
	{ "target_gone",
	  "the instance is gone",
	  { ISSUED(FIRST, "TERMINATE_INSTANCE", "NULL", "NULL", "'r-001'", "pending", "5"),
	    "UPDATE instances SET instance_status = 'terminating' WHERE id = 'r-001'",
	    "UPDATE instances SET instance_status = 'terminated' WHERE id = 'r-001'" },
	  FIRST,
	  "instance r-001 is terminated" },
	{ "target_gone",
	  "the instance is there",
	  { ISSUED(FIRST, "TERMINATE_INSTANCE", "NULL", "NULL", "'r-001'", "pending", "5") },
	  NULL,
	  NULL },
};

static const char *member(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));
	return s ? s : "";
}

START_TEST(each_kind_is_found)
{
	static const char *const argv[] = { "landmines", "-o", "json", NULL };
	const struct mine_case *c = &cases[_i];
	rig_fresh(&rig);
	for (size_t i = 0; i < ARRAY_LEN(c->sql) && c->sql[i]; i++) rig_do(&rig, "%s", c->sql[i]);
	struct rig_run run = rig_spotop(&rig, false, argv);
	json_t *j = json_loads(run.out, 0, NULL), *row;
	bool is_found = false;
	size_t k;
	ck_assert_msg(json_is_array(json_object_get(j, "rows")), "%s%s", run.out, run.err);
	json_array_foreach(json_object_get(j, "rows"), k, row)
	{
		if (strcmp(member(row, "mine"), c->mine) != 0) continue;
		ck_assert_msg(c->id != NULL, "%s: %s is no mine: %s", c->mine, c->what, run.out);
		is_found = is_found || (strcmp(member(row, "command_id"), c->id) == 0 &&
		                        strstr(member(row, "why"), c->why));
	}
	ck_assert_msg(is_found == (c->id != NULL), "%s: %s is not found: %s", c->mine, c->what, run.out);
	json_decref(j);
	rig_run_free(&run);
}
END_TEST

Suite *suite_landmines(void);
Suite *suite_landmines(void)
{
	Suite *s = suite_create("landmines");
	TCase *t = tcase_create("landmines");
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, each_kind_is_found, 0, (int)ARRAY_LEN(cases));
	suite_add_tcase(s, t);
	return s;
}
