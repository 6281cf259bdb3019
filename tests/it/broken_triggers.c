/* broken_triggers.c - a server that took a trigger for faulty, because a statement was ended while it opened the table: an action
 * is done all the same, and the worker mends what agents would be refused. */
#include "core/base/err.h"
#include "core/db/db.h"
#include "tests/support/rig.h"
#include "tests/support/server.h"
#include <check.h>
#include <mysql.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_broken_triggers(void);

static struct rig rig;
static void start(void) { rig_start(&rig); }
static void stop(void) { rig_stop(&rig); }
static void fresh(void) { rig_fresh(&rig); }

#define CONFIG "UPDATE commands SET id = id LIMIT 1"

static MYSQL *session(void)
{
	MYSQL *my = mysql_init(NULL);
	ck_assert_ptr_nonnull(mysql_real_connect(my, "localhost", "root", NULL, "spot_optimizer", 0,
	                                         server_socket(rig.server), 0));
	return my;
}

static unsigned say(MYSQL *my, const char *sql)
{
	unsigned no = mysql_query(my, sql) ? mysql_errno(my) : 0;
	mysql_free_result(mysql_store_result(my));
	return no;
}

/* Reads are ended after ever other times, until one of them was opening the table; returns what a write is told then. */
static unsigned break_triggers(const char *table, const char *write, char *told, size_t n)
{
	MYSQL *my = session();
	char flush[100], read[200];
	unsigned no = 0;
	snprintf(flush, sizeof flush, "FLUSH TABLES %s", table);
	for (int i = 0; i < 20000 && no != 1064 && no != 1305; i++) {
		snprintf(read, sizeof read,
		         "SET STATEMENT max_statement_time = %.6f FOR SELECT * FROM %s LIMIT 1",
		         0.00005 + i % 400 * 0.000005, table);
		ck_assert_uint_eq(say(my, flush), 0);
		say(my, read);
		no = say(my, write);
	}
	snprintf(told, n, "%s", mysql_error(my));
	mysql_close(my);
	ck_assert_msg(no == 1064 || no == 1305, "the server is not to be broken so any more: %u %s", no,
	              told);
	printf("%u %.160s\n", no, told);
	return no;
}

START_TEST(an_action_mends_the_trigger_that_refused_it)
{
	char told[400], name[65];
	rig_do(&rig, "INSERT INTO commands (client_id, agent_id, command_type) SELECT client_id, id, "
	             "'APPLY_CONFIG' FROM agents LIMIT 1");
	unsigned no = break_triggers("agents", "UPDATE agents SET id = id LIMIT 1", told, sizeof told);
	struct err e = { 0 };
	err_set(&e, ERR_SQL, "%s", told);
	e.sql_errno = no;
	ck_assert_msg(db_broke_trigger(&e, name), "%s", told);
	ck_assert_uint_eq(rig_try(&rig, "UPDATE agents SET id = id LIMIT 1"), no);
	struct rig_run r = rig_spotop(&rig, false,
	                              (const char *[]){ "config", "agent-007", "terminate_wait_seconds=77",
	                                                "--yes", "--reason", "mended", NULL });
	ck_assert_msg(r.code == 0, "%s%s", r.out, r.err);
	rig_run_free(&r);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM audit_log WHERE reason = 'mended' AND result "
	                                  "= 'done'"),
	                 1);
	ck_assert_uint_eq(rig_try(&rig, "UPDATE agents SET id = id LIMIT 1"), 0);
}
END_TEST

START_TEST(the_worker_mends_what_agents_are_refused)
{
	char told[400];
	rig_do(&rig, "INSERT INTO commands (client_id, agent_id, command_type) SELECT client_id, id, "
	             "'APPLY_CONFIG' FROM agents LIMIT 1");
	unsigned no = break_triggers("commands", CONFIG, told, sizeof told);
	ck_assert_uint_eq(rig_try(&rig, CONFIG), no);
	struct rig_run r = rig_spotop(&rig, false, (const char *[]){ "job", "run", "commands", NULL });
	ck_assert_msg(r.code == 0, "%s%s", r.out, r.err);
	rig_run_free(&r);
	ck_assert_uint_eq(rig_try(&rig, CONFIG), 0);
}
END_TEST

/* What is well is left alone: nothing is changed, and nobody waits. */
START_TEST(tables_that_are_well_are_left_alone)
{
	static const char made[] =
	        "SELECT GROUP_CONCAT(CONCAT(TABLE_NAME, COALESCE(CREATE_TIME, '')) ORDER BY TABLE_NAME) FROM "
	        "information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE'";
	char *before = rig_text(&rig, made), *rows = rig_text(&rig, "SELECT SUM(version) FROM agents");
	MYSQL *holder = session();
	ck_assert_uint_eq(say(holder, "BEGIN"), 0);
	ck_assert_uint_eq(say(holder, "SELECT id FROM agents FOR UPDATE"), 0);
	rig_do(&rig, "SET STATEMENT max_statement_time = 2 FOR CALL triggers_renew(NULL)");
	mysql_close(holder);
	char *after = rig_text(&rig, made), *rows_after = rig_text(&rig, "SELECT SUM(version) FROM agents");
	ck_assert_str_eq(before, after);
	ck_assert_str_eq(rows, rows_after);
	free(before), free(after), free(rows), free(rows_after);
}
END_TEST

Suite *suite_broken_triggers(void)
{
	Suite *s = suite_create("broken_triggers");
	TCase *t = tcase_create("one");
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_checked_fixture(t, fresh, NULL);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, an_action_mends_the_trigger_that_refused_it);
	tcase_add_test(t, the_worker_mends_what_agents_are_refused);
	tcase_add_test(t, tables_that_are_well_are_left_alone);
	suite_add_tcase(s, t);
	return s;
}
