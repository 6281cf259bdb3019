/* schema_partitions.c - days and their partitions, the catch-all, and what `db init` does to what is there. */
#include "core/base/mem.h"
#include "tests/support/rig.h"
#include <check.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_schema_partitions(void);

static struct rig rig;
static void start(void) { rig_start(&rig); }
static void stop(void) { rig_stop(&rig); }
static void fresh(void) { rig_fresh(&rig); }

/* --- partitions --- */
static long strays(const char *table)
{
	return rig_number(&rig, "BEGIN NOT ATOMIC CALL partitions_strays('%s', @n, @a, @b); SELECT @n; END",
	                  table);
}

START_TEST(any_day_gets_its_partition)
{
	rig_do(&rig, "CALL partitions_ensure('spot_price_snapshots', '2015-03-10', '2015-03-12')");
	rig_do(&rig, "CALL partitions_ensure('spot_price_snapshots', '2015-03-01', '2015-03-11')");
	rig_do(&rig, "CALL partitions_ensure('spot_price_snapshots', '2015-03-01', '2015-03-12')");
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM information_schema.PARTITIONS WHERE "
	                                  "TABLE_SCHEMA = DATABASE() AND TABLE_NAME = "
	                                  "'spot_price_snapshots' AND PARTITION_NAME LIKE 'p_2015_03_%%'"),
	                 12);
	rig_do(&rig, "INSERT INTO spot_price_snapshots (id, pool_id, price, observed_at) VALUES (0, "
	             "'r3.large.us-east-1a', 1, '2015-03-05 23:59:59')");
	ck_assert_int_eq(strays("spot_price_snapshots"), 0);
	ck_assert_int_eq(rig_number(&rig,
	                            "SELECT COUNT(*) FROM spot_price_snapshots PARTITION (p_2015_03_05)"),
	                 1);
	rig_do(&rig, "CALL partitions_drop('spot_price_snapshots', '2015-03-06')");
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM spot_price_snapshots"), 0);
	rig_do(&rig, "CALL partitions_drop('spot_price_snapshots', '2016-01-01')");
}
END_TEST

static long parts_before(const char *day)
{
	return rig_number(&rig,
	                  "SELECT COUNT(*) FROM information_schema.PARTITIONS WHERE TABLE_SCHEMA = "
	                  "DATABASE() AND "
	                  "TABLE_NAME = 'spot_price_snapshots' AND PARTITION_NAME LIKE 'p\\_2013%%' AND "
	                  "PARTITION_DESCRIPTION <= DATEDIFF('%s', '1970-01-01') * 86400",
	                  day);
}

/* A row that comes after its day was dropped lies in that day's part, not in the next one's; and what is emptied is no part for ever. */
START_TEST(a_day_that_was_dropped_keeps_its_part_until_there_are_many)
{
	rig_do(&rig, "CALL partitions_ensure('spot_price_snapshots', '2013-03-01', '2013-03-12')");
	for (int day = 1; day < 12; day++)
		rig_do(&rig,
		       "INSERT INTO spot_price_snapshots (id, pool_id, price, observed_at) VALUES (0, "
		       "'r3.large.us-east-1a', 1, '2013-03-%02d 12:00:00')",
		       day);
	rig_do(&rig, "CALL partitions_drop('spot_price_snapshots', '2013-03-02')");
	ck_assert_int_eq(parts_before("2013-03-02"), 1);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM spot_price_snapshots"), 10);
	rig_do(&rig, "INSERT INTO spot_price_snapshots (id, pool_id, price, observed_at) VALUES (0, "
	             "'r3.large.us-east-1a', 1, '2013-03-01 13:00:00')");
	ck_assert_int_eq(rig_number(&rig,
	                            "SELECT COUNT(*) FROM spot_price_snapshots PARTITION (p_2013_03_01)"),
	                 1);
	rig_do(&rig, "CALL partitions_drop('spot_price_snapshots', '2013-03-03')");
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM spot_price_snapshots"), 9);
	rig_do(&rig, "CALL partitions_drop('spot_price_snapshots', '2013-03-12')");
	ck_assert_int_eq(parts_before("2013-03-12"), 0);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM spot_price_snapshots"), 0);
	rig_do(&rig, "CALL partitions_drop('spot_price_snapshots', '2016-01-01')");
}
END_TEST

START_TEST(rows_in_a_catch_all_are_moved_and_told)
{
	rig_do(&rig, "INSERT INTO spot_price_snapshots (id, pool_id, price, observed_at) VALUES (0, "
	             "'r3.large.us-east-1a', 1, '2014-01-01'), "
	             "(0, 'r3.large.us-east-1a', 1, '2014-06-01 12:00:00')");
	ck_assert_int_eq(strays("spot_price_snapshots"), 2);
	rig_do(&rig, "CALL partitions_ahead()");
	ck_assert_int_eq(strays("spot_price_snapshots"), 0);
	ck_assert_int_eq(rig_number(&rig,
	                            "SELECT COUNT(*) FROM spot_price_snapshots PARTITION (p_2014_06_01)"),
	                 1);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM system_events WHERE event_type = "
	                                  "'partition_catch_all'"),
	                 1);
	rig_do(&rig, "CALL partitions_drop('spot_price_snapshots', '2016-01-01')");
}
END_TEST

START_TEST(a_query_of_one_day_reads_one_partition)
{
	struct {
		const char *table, *col;
	} t[] = { { "spot_price_snapshots", "observed_at" }, { "pricing_canonical", "observed_at" } };
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		char *plan = rig_text(&rig,
		                      "EXPLAIN FORMAT=JSON SELECT * FROM %s WHERE %s >= UTC_DATE() AND %s < "
		                      "UTC_DATE() + INTERVAL 1 DAY",
		                      t[i].table, t[i].col, t[i].col);
		ck_assert_msg(strstr(plan, "p_past") == NULL && strstr(plan, "p_future") == NULL, "%s", plan);
		free(plan);
	}
}
END_TEST

START_TEST(init_again_changes_nothing)
{
	static const char sum[] =
	        "SELECT COUNT(*) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE()";
	const char *argv[] = { "-D", "spot_optimizer", "db", "init", NULL };
	long cols = rig_number(&rig, sum), agents = rig_number(&rig, "SELECT COUNT(*) FROM agents");
	struct rig_run run = rig_spotop(&rig, false, argv);
	ck_assert_msg(run.code == 0, "%d: %s", run.code, run.err);
	rig_run_free(&run);
	ck_assert_int_eq(rig_number(&rig, sum), cols);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM agents"), agents);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA "
	                                  "= DATABASE() AND TABLE_TYPE = 'BASE TABLE' AND TABLE_NAME NOT "
	                                  "LIKE 'spotop\\_%%'"),
	                 27);
}
END_TEST

START_TEST(tables_of_others_are_not_overwritten)
{
	rig_do(&rig, "CREATE OR REPLACE DATABASE old6");
	rig_do(&rig, "CREATE TABLE old6.agents (id CHAR(36))");
	const char *argv[] = { "-D", "old6", "db", "init", NULL };
	struct rig_run run = rig_spotop(&rig, false, argv);
	ck_assert_int_eq(run.code, 3);
	ck_assert_msg(strstr(run.err, "holds tables of such names and no spot fleet") != NULL, "%s", run.err);
	rig_run_free(&run);
	rig_do(&rig, "DROP DATABASE old6");
}
END_TEST

START_TEST(the_audit_chain_shows_what_was_done_to_it)
{
	rig_do(&rig, "CALL audit_append('me', 'here', 'note', 'agent', 'x', UUID(), 'because', '{\"a\": 1}', "
	             "NULL, 'done')");
	rig_do(&rig,
	       "CALL audit_append('me', 'here', 'note', 'agent', 'y', UUID(), NULL, NULL, NULL, 'done')");
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM v_audit_faults"), 0);
	rig_do(&rig, "BEGIN NOT ATOMIC DROP TRIGGER audit_no_update; UPDATE audit_log SET reason = 'other' "
	             "WHERE target_id = 'x'; END");
	char *fault = rig_text(&rig, "SELECT GROUP_CONCAT(fault) FROM v_audit_faults WHERE id > 0");
	ck_assert_str_eq(fault, "its content was changed");
	free(fault);
	rig_do(&rig, "UPDATE audit_log SET reason = 'because' WHERE target_id = 'x'");
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM v_audit_faults WHERE id > 0"), 0);
	const char *argv[] = { "-D", "spot_optimizer", "db", "init", NULL };
	struct rig_run run = rig_spotop(&rig, false, argv); /* the trigger comes back */
	ck_assert_int_eq(run.code, 0);
	rig_run_free(&run);
}
END_TEST

Suite *suite_schema_partitions(void)
{
	Suite *s = suite_create("schema_partitions");
	TCase *t = tcase_create("rules");
	tcase_set_timeout(t, 60);
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_checked_fixture(t, fresh, NULL);
	tcase_add_test(t, any_day_gets_its_partition);
	tcase_add_test(t, a_day_that_was_dropped_keeps_its_part_until_there_are_many);
	tcase_add_test(t, rows_in_a_catch_all_are_moved_and_told);
	tcase_add_test(t, a_query_of_one_day_reads_one_partition);
	tcase_add_test(t, init_again_changes_nothing);
	tcase_add_test(t, tables_of_others_are_not_overwritten);
	tcase_add_test(t, the_audit_chain_shows_what_was_done_to_it);
	suite_add_tcase(s, t);
	return s;
}
