/* actions_bulk.c - bulk actions in the console: marked rows, what a filter finds; interrupted, resumed, turned back. */
#include "core/base/err.h"
#include "tests/support/obeying.h"
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

START_TEST(marked_rows_one_first_then_the_rest)
{
	int before = obeying_commands();
	obeying_mark_three();
	pty_keys(p, "a");
	want("actions on 3 marked rows");
	pty_keys(p, "s");
	want("best");
	obeying_press("\r");
	want("Enter leaves it out");
	obeying_press("\r");
	want("3 would be done");
	want("without replica");
	obeying_press("\r\r");
	pty_keys(p, "\033[200~switch 3\033[201~");
	want("a paste confirms nothing");
	pty_keys(p, "switch 3 "); /* the same from a terminal that puts no brackets around it */
	want("more keys came after it: nothing was sent");
	pty_settle(p, 450);
	ck_assert_int_eq(obeying_commands(), before);
	obeying_confirm();
	want("3 ready, 0 under way");
	ck_assert_int_eq(obeying_commands(), before + 3);
	/* The first was in its agent's hands before the others were ordered. */
	ck_assert_str_eq(
	        obeying_ask("SELECT MIN(executed_at) < MAX(created_at) AND COUNT(DISTINCT created_at) > 1 "
	                    "FROM (SELECT "
	                    "executed_at, created_at FROM " DB
	                    "commands WHERE created_by LIKE 'root%' ORDER BY created_at DESC LIMIT 3) x",
	                    NULL),
	        "1");
}
END_TEST

/* Where the three are, in one line. */
static void pools_of_three(char *out, size_t n)
{
	char sql[400];
	snprintf(sql, sizeof sql,
	         "SELECT GROUP_CONCAT(logical_agent_id, ' ', current_pool_id ORDER BY logical_agent_id) "
	         "FROM " DB "agents WHERE logical_agent_id IN ('%s', '%s', '%s')",
	         obeying.three[0], obeying.three[1], obeying.three[2]);
	snprintf(out, n, "%s", obeying_ask(sql, NULL));
}

static void want_all_completed(int n)
{
	for (int i = 0; i < 300; i++) {
		if (atoi(obeying_ask("SELECT COUNT(*) FROM (SELECT status FROM " DB
		                     "commands WHERE created_by LIKE 'root%' ORDER BY created_at DESC LIMIT "
		                     "3) x "
		                     "WHERE "
		                     "status = 'completed'",
		                     NULL)) == n)
			return;
		usleep(100000);
	}
	ck_abort_msg("they did not complete");
}

START_TEST(a_bulk_is_turned_back_whole)
{
	char was[300], then[300], is[300], reason[60];
	int before = obeying_commands();
	pools_of_three(was, sizeof was);
	obeying_mark_three();
	pty_keys(p, "as");
	want("best");
	obeying_press("\r");
	want("Enter leaves it out");
	obeying_press("\r");
	want("3 would be done");
	obeying_confirm();
	want("3 ready, 0 under way");
	want_all_completed(3);
	pools_of_three(then, sizeof then);
	ck_assert_str_ne(then, was);
	obeying_press("\033");
	/* one of them ended otherwise: the rest is prepared, and it is said */
	obeying_ask("UPDATE " DB "commands SET created_by = 'x' WHERE created_by LIKE 'root%' ORDER BY "
	            "created_at DESC LIMIT 1",
	            NULL);
	pty_keys(p, "u");
	want("2 would be done");
	want("2 of 3 are turned back: 1 never sent or without an inverse");
	obeying_press("\033");
	want_gone("2 would be done");
	obeying_ask("UPDATE " DB "commands SET created_by = 'root@localhost' WHERE created_by = 'x'", NULL);
	pty_keys(p, "u");
	want("3 would be done");
	want("without replica"); /* how much of what it touches */
	want("undoes the switch");
	obeying_confirm();
	want("3 ready, 0 under way");
	ck_assert_int_eq(obeying_commands(), before + 6);
	want_all_completed(3);
	pools_of_three(is, sizeof is);
	ck_assert_str_eq(is, was);
	snprintf(reason, sizeof reason, "%s",
	         obeying_ask("SELECT CONCAT(COUNT(*), ' ', MIN(reason)) FROM " DB
	                     "commands WHERE reason LIKE 'undo of the bulk%'",
	                     NULL));
	ck_assert_msg(strncmp(reason, "3 undo of the bulk ", 19) == 0, "%s", reason);
}
END_TEST

START_TEST(marks_that_a_filter_hides_are_left_out)
{
	char expr[100];
	obeying_mark_three();
	snprintf(expr, sizeof expr, "/\025%s|%s\r", obeying.three[0], obeying.three[1]);
	pty_keys(p, expr);
	want("2 of 40");
	pty_keys(p, "a");
	want("actions on 2 marked rows; those the filter hides are left out");
	pty_keys(p, "\033");
}
END_TEST

START_TEST(all_that_a_filter_finds)
{
	char expr[150];
	snprintf(expr, sizeof expr, "%s|%s|%s", obeying.three[0], obeying.three[1], obeying.three[2]);
	obeying_filter(expr, "3 of 40");
	pty_keys(p, "a");
	want("(* on all that the filter finds)");
	pty_keys(p, "*");
	want("actions on 3 rows, all that the filter finds");
	pty_keys(p, "s");
	want("best");
	obeying_press("\025on-demand\r");
	want("Enter leaves it out");
	obeying_press("\r");
	want("3 would be done");
	want("to on-demand");
	obeying_press("\033");
}
END_TEST

START_TEST(what_would_be_refused_is_left_out_and_said)
{
	obeying_ask("UPDATE " DB "agent_configs c JOIN " DB
	            "agents a ON a.id = c.agent_id SET c.max_switches_per_week = 0 "
	            "WHERE a.logical_agent_id = '%s'",
	            obeying.three[1]);
	obeying_mark_three();
	pty_keys(p, "as");
	want("best");
	obeying_press("\r");
	want("Enter leaves it out");
	obeying_press("\r");
	want("2 would be done; what would be refused is left out");
	want("switches_per_week");
	obeying_press("\033");
	obeying_ask("UPDATE " DB "agent_configs SET max_switches_per_week = 200", NULL);
}
END_TEST

START_TEST(a_killed_console_leaves_a_bulk_that_is_taken_up)
{
	int status, before = obeying_commands();
	obeying_mark_three();
	pty_keys(p, "as");
	want("best");
	obeying_press("\r");
	want("Enter leaves it out");
	obeying_press("\r");
	want("3 would be done");
	kill(obeying.sim, SIGSTOP); /* the first one will not get ready now */
	obeying_confirm();
	want("0 ready, 1 under way");
	kill(pty_pid(p), SIGKILL);
	ck_assert(pty_wait_exit(p, &status, WAIT_MS));
	pty_free(p);
	kill(obeying.sim, SIGCONT);
	ck_assert_int_eq(obeying_commands(), before + 1);
	const char *argv[] = { getenv("SPOTOP_BIN"), obeying.cnf, "--write", NULL };
	p = pty_spawn(32, 120, argv, obeying_env);
	want("of 3 was interrupted");
	pty_keys(p, ":bulk\r");
	want("resumed: 3 would be done");
	want("was done before");
	obeying_confirm();
	want("3 ready, 0 under way");
	ck_assert_int_eq(obeying_commands(), before + 3);
}
END_TEST

Suite *suite_actions_bulk(void);
Suite *suite_actions_bulk(void)
{
	Suite *s = suite_create("actions_bulk");
	TCase *t = tcase_create("many");
	tcase_set_timeout(t, 150);
	tcase_add_unchecked_fixture(t, obeying_start, obeying_stop);
	tcase_add_checked_fixture(t, obeying_begin, obeying_end);
	tcase_add_test(t, marked_rows_one_first_then_the_rest);
	tcase_add_test(t, a_bulk_is_turned_back_whole);
	tcase_add_test(t, marks_that_a_filter_hides_are_left_out);
	tcase_add_test(t, all_that_a_filter_finds);
	tcase_add_test(t, what_would_be_refused_is_left_out_and_said);
	tcase_add_test(t, a_killed_console_leaves_a_bulk_that_is_taken_up);
	suite_add_tcase(s, t);
	return s;
}
