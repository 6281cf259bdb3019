/* actions.c - actions in the console, carried out by simulated agents through the procedures of real ones: one target,
 * followed to its end; what keys do not do. */
#include "core/base/err.h"
#include "tests/support/obeying.h"
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

START_TEST(a_switch_is_followed_to_its_end_with_a_bell)
{
	obeying_filter(obeying.three[0], "1 of 40");
	pty_keys(p, "as");
	want("old instance terminated");
	obeying_press("o");
	want("KEPT, +$");
	obeying_press("o");
	want("old instance terminated");
	obeying_press("\r");
	want("s after the new one is primary");
	pty_mark(p);
	obeying_confirm();
	want("issued: switch");
	want("completed");
	ck_assert(pty_wait_raw(p, "\a", WAIT_MS));
	want("expected");
	ck_assert_str_eq(obeying_ask("SELECT CONCAT(c.status, ' ', o.instance_status) FROM " DB
	                             "commands c JOIN " DB "instances o ON o.id = c.instance_id JOIN " DB
	                             "agents a ON a.id = c.agent_id WHERE a.logical_agent_id = '%s' ORDER BY "
	                             "c.created_at DESC LIMIT 1",
	                             obeying.three[0]),
	                 "completed terminated");
}
END_TEST

/* The agents stand still, so that it is under way when the console is left; they go on with nobody looking. */
START_TEST(leaving_names_what_goes_on_and_the_next_start_tells_its_end)
{
	int status;
	const char *argv[] = { getenv("SPOTOP_BIN"), obeying.cnf, NULL };
	obeying_filter(obeying.three[0], "1 of 40");
	kill(obeying.sim, SIGSTOP);
	pty_keys(p, "as");
	want("s after the new one is primary");
	obeying_press("\r");
	obeying_confirm();
	want("issued: switch");
	pty_settle(p, 450);
	escape();
	want_gone("issued: switch");
	pty_keys(p, "Q");
	want("q again leaves; 1 of yours under way and going on");
	ck_assert_ptr_nonnull(strstr(pty_screen(p), obeying.three[0]));
	ck_assert_int_eq(kill(pty_pid(p), 0), 0);
	pty_keys(p, "Q");
	want("goes on: ");
	ck_assert(pty_wait_exit(p, &status, WAIT_MS));
	ck_assert_int_eq(status, 0);
	pty_free(p);
	kill(obeying.sim, SIGCONT);
	for (int i = 0; i < 200 && atoi(obeying_ask("SELECT COUNT(*) FROM " DB
	                                            "commands WHERE status IN ('pending', 'executing') AND "
	                                            "trigger_type = 'manual' AND created_by LIKE 'root%'",
	                                            NULL));
	     i++)
		usleep(100000);
	p = pty_spawn(32, 120, argv, obeying_env);
	want("completed after");
	ck_assert_ptr_nonnull(strstr(pty_screen(p), obeying.three[0]));
	pty_keys(p, "Q"); /* nothing of mine is under way: it leaves at once */
	ck_assert(pty_wait_exit(p, &status, WAIT_MS));
	ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(a_kept_instance_is_kept_and_costs_on)
{
	obeying_filter(obeying.three[0], "1 of 40");
	pty_keys(p, "as");
	want("old instance terminated");
	obeying_press("o");
	want("KEPT, +$");
	obeying_press("\r");
	want("KEPT, +$");
	obeying_confirm();
	want("completed");
	ck_assert_str_eq(obeying_ask("SELECT o.instance_status FROM " DB "commands c JOIN " DB
	                             "instances o ON o.id = c.instance_id JOIN " DB
	                             "agents a ON a.id = c.agent_id WHERE a.logical_agent_id = '%s' ORDER BY "
	                             "c.created_at DESC LIMIT 1",
	                             obeying.three[0]),
	                 "zombie");
}
END_TEST

START_TEST(a_replica_is_launched_promoted_and_the_old_primary_goes)
{
	char instance[40], keys[60], sql[400];
	obeying_filter(obeying.three[0], "1 of 40");
	pty_keys(p, "al");
	want("a replica  (r: as the primary)");
	obeying_press("\r");
	obeying_confirm();
	want("completed");
	snprintf(sql, sizeof sql,
	         "SELECT i.id FROM " DB "instances i JOIN " DB
	         "agents a ON a.id = i.agent_id WHERE a.logical_agent_id = '%s' AND i.instance_status = "
	         "'running_replica' "
	         "ORDER BY i.launch_requested_at DESC LIMIT 1",
	         obeying.three[0]);
	snprintf(instance, sizeof instance, "%s", obeying_ask(sql, NULL));
	ck_assert_str_ne(instance, "");
	obeying_press("\033");
	pty_settle(p, 200);
	pty_keys(p, "3");
	snprintf(keys, sizeof keys, "/%s\r", instance);
	pty_keys(p, keys);
	want("running_replica");
	pty_keys(p, "ap");
	want("old instance");
	obeying_confirm();
	want("completed");
	ck_assert_str_eq(obeying_ask("SELECT GROUP_CONCAT(i.instance_status) FROM " DB "instances i JOIN " DB
	                             "agents a ON a.id = i.agent_id WHERE a.logical_agent_id = '%s' AND "
	                             "i.is_primary",
	                             obeying.three[0]),
	                 "running_primary");
	ck_assert_str_eq(obeying_ask("SELECT is_primary FROM " DB "instances WHERE id = '%s'", instance),
	                 "1");
}
END_TEST

/* The form: each setting with its value of now and what it takes; Down brings one into the line, Tab completes. */
START_TEST(settings_stand_with_their_values_and_ranges)
{
	obeying_filter(obeying.three[0], "1 of 40");
	obeying_ask("UPDATE " DB "agents SET replica_count = 7 WHERE logical_agent_id = '%s'",
	            obeying.three[0]);
	pty_keys(p, "ac");
	want("key=value");
	want("replica_count              7                0 to 20");
	want("zones, commas between");
	pty_settle(p, 400);
	for (int i = 0; i < 6; i++) pty_keys(p, "\033[B");
	want("key=value: replica_count=7");
	pty_keys(p, "\r");
	want("nothing would change");
	pty_keys(p, "\025blackl\t");
	want("key=value: blacklist_pools=");
	pty_keys(p, "m5.large.us-east-1\t");
	want("m5.large.us-east-1a");
	pty_keys(p, "\025auto_t\t\t");
	want("auto_terminate=on");
	pty_keys(p, "\t");
	want("auto_terminate=off");
	pty_keys(p, "\033");
}
END_TEST

/* In the other prompts, too: the scope of a freeze, its length, a reason given before. */
START_TEST(tab_completes_in_every_prompt)
{
	obeying_filter(obeying.three[0], "1 of 40");
	obeying_spotop((const char *[]){ "cordon", "m5.large.us-east-1a", "--for=1s", "--reason=zone trouble",
	                                 "--yes", NULL });
	pty_keys(p, "az");
	want("what:");
	pty_settle(p, 400);
	pty_keys(p, "\025cli\t");
	want("what: client:");
	pty_keys(p, "acm\t");
	want("what: client:acme-video");
	pty_keys(p, "\r");
	want("for (2h)");
	pty_settle(p, 400);
	pty_keys(p, "2\t");
	want("2h");
	pty_keys(p, "\r");
	want("reason:");
	pty_settle(p, 400);
	pty_keys(p, "zo\t");
	want("reason: zone trouble");
	obeying_ask("UPDATE " DB "spot_pools SET is_cordoned = FALSE, cordoned_until = NULL", NULL);
	pty_keys(p, "\033");
	pty_settle(p, 200);
	pty_keys(p, ":timeline acme-v");
	want("a client");
	pty_keys(p, "\t");
	want(":timeline acme-video");
	pty_keys(p, "\033");
}
END_TEST

START_TEST(settings_are_typed_as_on_the_command_line)
{
	obeying_filter(obeying.three[0], "1 of 40");
	pty_keys(p, "ac");
	want("key=value");
	obeying_press("auto_switch=on manual_replica=on\r");
	want("exclude each other");
	obeying_press("\033");
	pty_settle(p, 200);
	pty_keys(p, "ac");
	want("key=value");
	obeying_press("replica_count=2 terminate_wait_seconds=77\r");
	want("y issues it");
	obeying_press("y");
	want("completed");
	ck_assert_str_eq(obeying_ask("SELECT CONCAT(replica_count, ' ', terminate_wait_seconds) FROM " DB
	                             "agents WHERE logical_agent_id = '%s'",
	                             obeying.three[0]),
	                 "2 77");
}
END_TEST

/* The target changes between the preview and the key that confirms: nothing is sent, what moved is told, and
 * the same dialog goes on with things as they are. A slow machine may see the change before the key; then it
 * is tried again. */
START_TEST(what_moved_is_told_and_must_be_confirmed_again)
{
	bool was_told = false;
	obeying_filter(obeying.three[0], "1 of 40");
	for (int tries = 0; tries < 5 && !was_told; tries++) {
		char setting[40];
		snprintf(setting, sizeof setting, "replica_count=%d\r", 3 + tries);
		pty_keys(p, "ac");
		want("key=value");
		obeying_press(setting);
		want("y issues it");
		pty_settle(p, 450);
		obeying_ask("UPDATE " DB
		            "agents SET terminate_wait_seconds = terminate_wait_seconds + 1 WHERE "
		            "logical_agent_id = '%s'",
		            obeying.three[0]);
		int before = obeying_commands();
		pty_keys(p, "y");
		for (int i = 0; i < 600 && !was_told && !strstr(pty_screen(p), "issued: config"); i++) {
			pty_settle(p, 50);
			was_told = strstr(pty_screen(p), "this is how it is now") != NULL;
		}
		if (!was_told) {
			obeying_press("\033");
			pty_settle(p, 200);
			continue;
		}
		want("version was");
		ck_assert_int_eq(obeying_commands(), before);
		want("y issues it");
		obeying_press("y");
		want("issued: config");
		ck_assert_int_eq(obeying_commands(), before + 1);
	}
	ck_assert(was_told);
}
END_TEST

START_TEST(a_freeze_is_of_what_is_typed)
{
	want("RW");
	pty_keys(p, "2");
	want("agents  40");
	pty_keys(p, "az");
	want("what:");
	obeying_press("\025fleet\r"); /* C-u clears what was proposed */
	want("for (2h):");
	obeying_press("5m\r");
	want("reason:");
	obeying_press("a drill\r");
	want("freeze fleet for 00:05:00");
	obeying_press("y");
	want("AUTOMATION FROZEN");
	ck_assert_str_eq(obeying_ask("SELECT GROUP_CONCAT(scope_type) FROM " DB
	                             "automation_freezes WHERE thawed_at IS NULL",
	                             NULL),
	                 "all");
	obeying_ask("UPDATE " DB "automation_freezes SET thawed_at = NOW()", NULL);
}
END_TEST

/* --- what keys do not do --- */

START_TEST(a_paste_and_a_stuck_key_approve_nothing)
{
	static char paste[10300] = "\033[200~";
	while (strlen(paste) < 10240) strcat(paste, "y\ry\r");
	strcat(paste, "\033[201~");
	want("RW");
	pty_keys(p, ":pools\r");
	want("us-west-2");
	pty_keys(p, "ao");
	want("for (2h):");
	obeying_press("5m\r");
	want("reason:");
	obeying_press("a drill\r");
	for (int i = 0; i < 60; i++) { /* the key was held down before the question came, and still is */
		pty_keys(p, "y");
		pty_settle(p, 20);
	}
	want("y issues it");
	pty_keys(p, paste);
	want("a paste confirms nothing");
	pty_keys(p, "\r\r\r");
	pty_settle(p, 450);
	paste[strlen(paste) - 6] = 0; /* the same from a terminal that puts no brackets around it */
	pty_keys(p, paste + 6);
	want("more keys came after it: nothing was sent");
	pty_settle(p, 450);
	ck_assert_str_eq(obeying_ask("SELECT COUNT(*) FROM " DB "spot_pools WHERE is_cordoned", NULL), "0");
	obeying_press("y");
	want("done: cordon");
	ck_assert_str_eq(obeying_ask("SELECT COUNT(*) FROM " DB "spot_pools WHERE is_cordoned", NULL), "1");
	obeying_ask("UPDATE " DB "spot_pools SET is_cordoned = FALSE, cordoned_until = NULL", NULL);
}
END_TEST

Suite *suite_actions(void);
Suite *suite_actions(void)
{
	Suite *s = suite_create("actions");
	TCase *t = tcase_create("one");
	tcase_set_timeout(t, 150);
	tcase_add_unchecked_fixture(t, obeying_start, obeying_stop);
	tcase_add_checked_fixture(t, obeying_begin, obeying_end);
	tcase_add_test(t, a_switch_is_followed_to_its_end_with_a_bell);
	tcase_add_test(t, leaving_names_what_goes_on_and_the_next_start_tells_its_end);
	tcase_add_test(t, a_kept_instance_is_kept_and_costs_on);
	tcase_add_test(t, a_replica_is_launched_promoted_and_the_old_primary_goes);
	tcase_add_test(t, settings_stand_with_their_values_and_ranges);
	tcase_add_test(t, tab_completes_in_every_prompt);
	tcase_add_test(t, settings_are_typed_as_on_the_command_line);
	tcase_add_test(t, what_moved_is_told_and_must_be_confirmed_again);
	tcase_add_test(t, a_freeze_is_of_what_is_typed);
	tcase_add_test(t, a_paste_and_a_stuck_key_approve_nothing);
	suite_add_tcase(s, t);
	return s;
}
