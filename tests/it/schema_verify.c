/* schema_verify.c - db verify finds what was broken behind its back, repairs what can be, and runs on a
 * database that is not ours. */
#include "core/db/table.h"
#include "tests/support/rig.h"
#include <check.h>
#include <stdio.h>
#include <string.h>

static struct rig rig;
static void start(void) { rig_start(&rig); }
static void stop(void) { rig_stop(&rig); }
static void fresh(void) { rig_fresh(&rig); }

/* The scheduler is off in the rig; that promise is broken from the start. */
static void scheduler_on(void) { rig_do(&rig, "SET GLOBAL event_scheduler = ON"); }

static struct rig_run verify(const char *database, const char *more)
{
	const char *argv[] = { "-D", database, "db", "verify", "-o", "jsonl", more, NULL };
	return rig_spotop(&rig, false, argv);
}

/* Is this promise broken in the output? */
static bool is_broken(const struct rig_run *run, const char *name)
{
	char want[200];
	snprintf(want, sizeof want, "{\"name\":\"%s\",\"ok\":false,", name);
	return strstr(run->out, want) != NULL;
}

START_TEST(all_promises_are_kept)
{
	scheduler_on();
	struct rig_run run = verify("spot_optimizer", NULL);
	ck_assert_msg(run.code == 0, "%d: %s%s", run.code, run.out, run.err);
	rig_run_free(&run);
}
END_TEST

static const struct {
	const char *harm, *name;
	bool is_repaired;
} harms[] = {
	{ "UPDATE instance_counts SET primary_count = primary_count + 1 WHERE slot = 0 LIMIT 1",
	  "counts of agents", true },
	{ "UPDATE spotop_pool_counts SET zombie_count = zombie_count + 1 LIMIT 1", "counts of pools", true },
	{ "UPDATE instance_counts SET enabled_count = enabled_count + 1 WHERE slot > 0 LIMIT 1",
	  "agents of clients", true },
	{ "DELETE FROM spotop_pool_counts", "counts of pools", true },
	{ "UPDATE instance_counts SET is_enabled = FALSE WHERE slot = 0", "every agent is counted", true },
	{ "SET GLOBAL event_scheduler = OFF", "event scheduler", false },
	{ "ALTER EVENT cleanup_sse_events DISABLE", "event cleanup_sse_events", false },
	{ "ALTER TABLE instances DROP INDEX idx_instances_launching",
	  "index instances.idx_instances_launching", false },
	{ "DROP TRIGGER snapshots_before_insert", "trigger snapshots_before_insert", false },
	{ "DROP TRIGGER instances_after_delete", "trigger instances_after_delete", false },
};

START_TEST(a_broken_promise_is_named)
{
	scheduler_on();
	rig_do(&rig, "%s", harms[_i].harm);
	struct rig_run run = verify("spot_optimizer", NULL);
	ck_assert_int_eq(run.code, 1);
	ck_assert_msg(is_broken(&run, harms[_i].name), "%s", run.out);
	rig_run_free(&run);
	run = verify("spot_optimizer", "--repair");
	ck_assert_int_eq(run.code, harms[_i].is_repaired ? 0 : 1);
	ck_assert_int_eq(is_broken(&run, harms[_i].name), !harms[_i].is_repaired);
	rig_run_free(&run);
	if (harms[_i].is_repaired) return;
	rig_do(&rig, "ALTER EVENT cleanup_sse_events ENABLE");
	rig_do(&rig, "CREATE INDEX IF NOT EXISTS idx_instances_launching ON instances (instance_status, "
	             "launch_requested_at)");
	const char *argv[] = { "-D", "spot_optimizer", "db", "init", NULL };
	run = rig_spotop(&rig, false, argv); /* triggers come back */
	ck_assert_int_eq(run.code, 0);
	rig_run_free(&run);
}
END_TEST

START_TEST(a_field_database_is_told_what_it_lacks)
{
	rig_do(&rig, "CREATE OR REPLACE DATABASE field6");
	rig_do(&rig, "CREATE TABLE field6.instances (id VARCHAR(50) PRIMARY KEY, agent_id CHAR(36), "
	             "is_primary BOOLEAN, instance_status VARCHAR(20))");
	rig_do(&rig, "INSERT INTO field6.instances VALUES ('a', 'x', TRUE, 'running_primary'), ('b', 'x', "
	             "TRUE, 'zombie')");
	struct rig_run run = verify("field6", NULL);
	ck_assert_int_eq(run.code, 1);
	ck_assert(is_broken(&run, "one primary per agent"));
	ck_assert(is_broken(&run, "primaries run"));
	ck_assert(is_broken(&run, "revision"));
	ck_assert(is_broken(&run, "column instances.is_primary"));
	ck_assert(is_broken(&run, "table sse_events"));
	ck_assert(is_broken(&run, "foreign key fk_agents_client"));
	ck_assert(is_broken(&run, "check pricing_canonical.chk_canonical_confidence"));
	ck_assert(strstr(run.out, "\"column agents.auto_switch_enabled\",\"ok\":false,"
	                          "\"evidence\":\"is not there\"") != NULL);
	rig_run_free(&run);
	rig_do(&rig, "DROP DATABASE field6");
}
END_TEST

/* Every constraint and every trigger of the schema is a check of its own. */
START_TEST(no_rule_is_unasked)
{
	struct rig_run run = verify("spot_optimizer", NULL);
	struct table *t =
	        rig_table(&rig,
	                  "SELECT CONSTRAINT_NAME AS name FROM information_schema.TABLE_CONSTRAINTS WHERE "
	                  "CONSTRAINT_SCHEMA = DATABASE() AND CONSTRAINT_NAME REGEXP '^(uk|fk|chk)_' UNION "
	                  "SELECT "
	                  "TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE()");
	ck_assert_uint_gt(t->n_rows, 80);
	for (size_t i = 0; i < t->n_rows; i++) {
		char want[100];
		snprintf(want, sizeof want, "%s\",\"ok\":true,", table_get(t, i, "name"));
		ck_assert_msg(strstr(run.out, want) != NULL, "no check of %s", table_get(t, i, "name"));
	}
	table_free(t);
	rig_run_free(&run);
}
END_TEST

START_TEST(status_has_every_section)
{
	static const char *const sections[] = { "server",  "table",     "partition", "event",
		                                "backlog", "statement", "index" };
	const char *argv[] = { "-D", "spot_optimizer", "db", "status", "-o", "jsonl", NULL };
	struct rig_run run = rig_spotop(&rig, false, argv);
	ck_assert_msg(run.code == 0, "%s", run.err);
	for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
		char want[60];
		snprintf(want, sizeof want, "{\"section\":\"%s\",", sections[i]);
		ck_assert_msg(strstr(run.out, want) != NULL, "no %s in %s", sections[i], run.out);
	}
	rig_run_free(&run);
}
END_TEST

Suite *suite_schema_verify(void);
Suite *suite_schema_verify(void)
{
	Suite *s = suite_create("schema_verify");
	TCase *t = tcase_create("verify");
	tcase_set_timeout(t, 60);
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_checked_fixture(t, fresh, NULL);
	tcase_add_test(t, all_promises_are_kept);
	tcase_add_loop_test(t, a_broken_promise_is_named, 0, sizeof harms / sizeof *harms);
	tcase_add_test(t, a_field_database_is_told_what_it_lacks);
	tcase_add_test(t, no_rule_is_unasked);
	tcase_add_test(t, status_has_every_section);
	suite_add_tcase(s, t);
	return s;
}
