/* migrate_compare.c - the source beside the target: nothing differs after a copy, whatever stood in the source;
 * one byte changed on either side is named by its key and column, and a row too few or too many by its key. */
#include "tests/support/migrating.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct rig rig;

static void start(void)
{
	rig_start(&rig);
	migrating_load(&rig, "old60.sql");
	migrating_load(&rig, "old51.sql");
}
static void stop(void) { rig_stop(&rig); }

static void compare(const char *from, const char *into, int code, const char *says)
{
	struct rig_run run = migrating_run(&rig, from, into, "--compare", NULL);
	ck_assert_msg(run.code == code && strstr(run.err, says), "%d: %s%s", run.code, run.out, run.err);
	rig_run_free(&run);
}

static void make(const char *from, const char *into, int code)
{
	if (!rig_number(&rig, "SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = '%s'",
	                into))
		migrating_ok(&rig, from, into, NULL, NULL, code);
}

START_TEST(nothing_differs_after_a_copy)
{
	const char *from = _i ? "old51" : "old60", *into = _i ? "of51" : "planted";
	compare(from, "spot_optimizer", 4, "nothing to compare");
	/* thousands of pairs that become one row, each of a pair in another range: suspects, and no differences */
	if (!_i)
		rig_do(&rig,
		       "INSERT INTO old60.pricing_consolidated (id, pool_id, price, `timestamp`) SELECT "
		       "10000 * "
		       "p.seq + s.seq, 'r3.large.us-east-1a', p.seq, NOW() - INTERVAL 20 DAY + INTERVAL "
		       "s.seq "
		       "* 60 SECOND FROM seq_1_to_2500 s JOIN seq_1_to_2 p");
	make(from, into, _i ? 0 : 1);
	compare(from, into, 0, "nothing differs");
	/* by count and checksum, of ranges however small */
	struct rig_run run = migrating_run(&rig, from, into, "--compare", "--batch=7");
	ck_assert_msg(run.code == 0, "%d: %s%s", run.code, run.out, run.err);
	rig_run_free(&run);
	ck_assert_int_gt(rig_number(&rig, "SELECT COUNT(*) FROM %s.migration_ranges", into), 20);
	ck_assert_int_eq(rig_number(&rig,
	                            "SELECT COUNT(*) FROM %s.migration_rules r WHERE compare_state <> 'none' "
	                            "AND rows_read <> (SELECT COALESCE(SUM(rows_source + rejected + left_out "
	                            "+ "
	                            "merged + expired), 0) FROM %s.migration_ranges g WHERE g.rule = r.rule)",
	                            into, into),
	                 0);
}
END_TEST

/* One change, and what must be said of it; a change of the rows here or of those of the source. */
static const struct {
	const char *change, *says;
} planted[] = {
	{ "UPDATE planted.clients SET name = 'AcmE' WHERE name = 'Acme'",
	  "clients 11111111-1111-1111-1111-111111111111 name Acme AcmE" },
	{ "UPDATE old60.clients SET metadata = '{\"a\": 2}' WHERE name = 'Acme'",
	  "clients 11111111-1111-1111-1111-111111111111 metadata {\"a\": 2} {\"a\": 1}" },
	{ "UPDATE planted.agents SET status = 'error' WHERE logical_agent_id = 'agent-3'",
	  "agents aaaaaaaa-0000-0000-0000-000000000003 status online error" },
	{ "UPDATE old60.instances SET spot_price = 0.020001, updated_at = updated_at WHERE id = 'i-000007'",
	  "instances i-000007 spot_price 0.020001 0.020000" },
	{ "DELETE FROM planted.switches WHERE id = 'dddddddd-0000-0000-0000-000000000009'",
	  "switches dddddddd-0000-0000-0000-000000000009  a row NULL" },
	{ "UPDATE planted.commands SET message = 'M' WHERE id = 'cccccccc-0000-0000-0000-000000000010'",
	  "commands cccccccc-0000-0000-0000-000000000010 message m M" },
	{ "UPDATE planted.spot_price_snapshots SET price = price + 0.000001 WHERE id = 1499",
	  "prices 1499 price 0.149900 0.149901" },
	{ "INSERT INTO old60.spot_price_snapshots (id, pool_id, price, captured_at) VALUES (9000, "
	  "'r3.large.us-east-1a', 3, NOW())",
	  "prices 9000  a row NULL" },
	{ "UPDATE old60.pricing_consolidated SET price = 9 WHERE id = 899",
	  "consolidated 899 price 9.000000 0.089900" },
	{ "UPDATE planted.system_events SET message = 'event 30!' WHERE message = 'event 30'",
	  "events 30 message event 30 event 30!" },
	{ "DELETE FROM old60.agents WHERE id = 'aaaaaaaa-0000-0000-0000-000000000012'",
	  "agents aaaaaaaa-0000-0000-0000-000000000012  NULL can act, and is not in the source: agent-12" },
};

START_TEST(one_byte_is_found_on_either_side)
{
	make("old60", "planted", 1);
	for (size_t i = 0; i < sizeof planted / sizeof *planted; i++) rig_do(&rig, "%s", planted[i].change);
	compare("old60", "planted", 1, " differ");
	for (size_t i = 0; i < sizeof planted / sizeof *planted; i++) {
		char *said =
		        rig_text(&rig,
		                 "SELECT COALESCE(GROUP_CONCAT(x.one), '') FROM (SELECT CONCAT_WS(' ', rule, "
		                 "source_key, col, COALESCE(expected, 'NULL'), COALESCE(found, 'NULL')) AS "
		                 "one FROM "
		                 "planted.migration_differences) x WHERE x.one = '%s'",
		                 planted[i].says);
		ck_assert_msg(strcmp(said, planted[i].says) == 0, "not said: %s", planted[i].says);
		free(said);
	}
	/* and nothing else, but what our triggers wrote beside it and the tier that is made of another */
	migrating_number(&rig, sizeof planted / sizeof *planted,
	                 "SELECT COUNT(*) FROM planted.migration_differences WHERE rule <> "
	                 "'canonical_of_consolidated' AND col NOT IN ('version', 'updated_at')");
	migrating_ok(&rig, "old60", "planted", "--final", NULL, 1);
	compare("old60", "planted", 0, "nothing differs");
}
END_TEST

Suite *suite_migrate_compare(void);
Suite *suite_migrate_compare(void)
{
	Suite *s = suite_create("migrate_compare");
	TCase *t = tcase_create("migrate_compare");
	tcase_set_timeout(t, 180);
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_loop_test(t, nothing_differs_after_a_copy, 0, 2);
	tcase_add_test(t, one_byte_is_found_on_either_side);
	suite_add_tcase(s, t);
	return s;
}
