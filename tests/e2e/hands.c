/* hands.c - what hands do in the console: their own keys, the palette, ids, columns, saved views, other
 * environments, pastes and frozen screens. */
#include "core/base/buf.h"
#include "core/base/err.h"
#include "tests/support/eyes.h"
#include "tests/support/fleet.h"
#include "tests/support/server.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct fleet fleet;
static void start_fleet(void) { fleet_start(&fleet); }
static void stop_fleet(void) { fleet_stop(&fleet); }

static void agents(void)
{
	p = fleet_console(&fleet, 24, 100, false, NULL, NULL);
	want("5 agents");
	type("2", "batch-2");
}

static void write_settings(const char *text)
{
	char path[200];
	snprintf(path, sizeof path, "%s/spotop", fleet.home);
	mkdir(path, 0700);
	snprintf(path, sizeof path, "%s/spotop/config", fleet.home);
	FILE *f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	ck_assert_int_eq(fclose(f), 0);
}

static void drop_settings(void)
{
	char path[200];
	snprintf(path, sizeof path, "%s/spotop/config", fleet.home);
	unlink(path);
}

START_TEST(own_keys)
{
	write_settings("[keys]\nbind = * J view.3\nbind = agents x none\n");
	agents();
	type("x", "x does nothing here");
	type("?", "help: agents");
	type("/instances", "3 J"); /* help is made from the live table */
	pty_keys(p, "\033");
	want("choose the columns");
	pty_keys(p, "\033");
	want_gone("help: agents");
	type("J", "i-0c41aa01");
	drop_settings();
}
END_TEST

START_TEST(a_bad_key_line_ends_with_its_place)
{
	static const char *const bad[] = { "bind = * a terminate", "bind = nowhere a act",
		                           "bind = * Foo-z act", "bind = * a", "key = * a act" };
	char text[120];
	int status;
	snprintf(text, sizeof text, "[keys]\n\n%s\n", bad[_i]);
	write_settings(text);
	p = fleet_console(&fleet, 24, 100, false, NULL, NULL);
	want("/spotop/config:3: ");
	ck_assert(pty_wait_exit(p, &status, WAIT_MS));
	ck_assert_int_eq(WEXITSTATUS(status), 2);
	ck_assert(pty_is_canonical(p) && !pty_is_alt(p));
	drop_settings();
}
END_TEST

START_TEST(the_palette_finds_and_shows_keys)
{
	agents();
	type(":thm", "dark light contrast colorblind mono"); /* letters in order are enough */
	type("\t", ":theme");
	type("\033[B", "theme dark");
	pty_keys(p, "\033");
	want_gone("theme dark");
	type(":swi", "a s");
	pty_keys(p, "\033");
	want_gone("a s ");
	type(":db-2\r", "agents \xe2\x80\xba db-2");
	type(":i-0c41ff\r", "filter instance_id=i-0c41ff02");
	want("zombie");
	type(":5f0c\r", "filter command_id=5f0c0000");
	type(":r3.large.us-east-1e\r", "filter pool=r3.large.us-east-1e");
	type(":beta\r", "filter client_id=00000000-0000-4000-8000-0000000000c2");
	type(":ff02\r", "filter instance_id=i-0c41ff02"); /* its end */
	type(":nothing-of-that-name\r", "no view, command, agent or id");
}
END_TEST

/* A word that is typed is heeded or refused, never swallowed: else the row under the cursor is taken for it. */
START_TEST(a_word_behind_a_command_is_never_swallowed)
{
	static const char *const lines[][2] = {
		{ ":switch web-1\r", "':switch' takes no name: put the cursor on the agent" },
		{ ":config web-1 replica=on\r", "':config' takes no name: put the cursor on the agent" },
		{ ":terminate i-0c41ff02\r", "':terminate' takes no name: put the cursor on the instance" },
		{ ":cordon r3.large.us-east-1a\r", "':cordon' takes no name: put the cursor on the pool" },
		{ ":snooze 12\r", "':snooze' takes no name: put the cursor on the alert" },
		{ ":thaw client:acme\r", "':thaw' takes no words: it asks for its scope" },
		{ ":freeze client:acme\r", "':freeze' takes no words: it asks for its scope" },
		{ ":write foo\r", "':write' takes no words, so 'foo' is not understood" },
		{ ":quit now\r", "':quit' takes no words, so 'now' is not understood" },
		{ ":overview xx\r", "':overview' takes no words, so 'xx' is not understood" },
		{ ":undo 2\r", "':undo' takes no words, so '2' is not understood" },
		{ ":db-2 web-1\r", "no view or command 'db-2'; an id stands alone" },
		{ ":sort agent up\r", "'up' is no order" },
	};
	static const char *const args[] = { "--write", NULL };
	p = fleet_console(&fleet, 24, 140, false, args, NULL);
	want("5 agents");
	type("2", "batch-2");
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		type(lines[i][0], lines[i][1]);
		escape();
		want_gone(lines[i][1]);
		want("batch-2");
	}
	type(":write \r", "armed"); /* a blank is no word */
	type(":sort agent asc\r", "agent\xe2\x96\xb4");
	type(":why web-1\r", "agents \xe2\x80\xba web-1");
}
END_TEST

static void sql(const char *text)
{
	struct err e = { 0 };
	ck_assert_msg(server_sql(fleet.server, text, NULL, 0, &e), "%s: %s", text, e.text);
}

static void armed_console(const char *view)
{
	const char *args[] = { "--write", "--view", view, NULL };
	p = fleet_console(&fleet, 24, 140, false, args, NULL);
	want("5 agents");
}

/* What is launched for an agent without a primary is its primary, from why and from the menu; else a replica. */
START_TEST(an_agent_without_a_primary_is_given_one)
{
	armed_console("agents");
	sql("INSERT INTO spot_optimizer.agents (client_id, logical_agent_id, instance_type, region, az, "
	    "status, "
	    "last_heartbeat_at) SELECT c.id, 'bare-1', 'r3.large', 'us-east-1', 'us-east-1b', 'online', "
	    "NOW() "
	    "FROM spot_optimizer.clients c WHERE c.name = 'acme'");
	type(":why bare-1\r", "launch a primary");
	type("\r", "launch a primary for bare-1");
	pty_settle(p, 500); /* a dialog is deaf for a moment */
	escape();
	want_gone("launch a primary for");
	type("2", "bare-1");
	type("/bare\r", "1 of 7");
	type("a", "actions on bare-1");
	type("l", "the primary  (r: as a replica)");
	pty_settle(p, 500);
	escape();
	want_gone("r: as a replica");
	type("/\025web-1\r", "filter web-1");
	type("a", "actions on web-1");
	type("l", "a replica  (r: as the primary)");
	sql("DELETE FROM spot_optimizer.agents WHERE logical_agent_id = 'bare-1'");
}
END_TEST

/* Enter takes the time that the prompt shows. */
START_TEST(the_time_that_is_shown_is_taken)
{
	armed_console("alerts");
	want("batch-1 has been silent");
	type("a", "actions on");
	type("y", "for (1h):");
	pty_settle(p, 450);
	type("\r", "snooze alert 1 for 01:00:00");
	pty_settle(p, 450);
	pty_keys(p, "y");
	want_gone("y issues it");
	char n[8] = "";
	struct err e = { 0 };
	for (int i = 0; i < 200 && n[0] != '1'; i++, usleep(50000))
		ck_assert(server_sql(fleet.server,
		                     "SELECT COUNT(*) FROM spot_optimizer.alerts WHERE snoozed_until BETWEEN "
		                     "NOW() + INTERVAL 55 MINUTE AND NOW() + INTERVAL 1 HOUR",
		                     n, sizeof n, &e));
	ck_assert_str_eq(n, "1");
}
END_TEST

START_TEST(columns_and_saved_views)
{
	agents();
	pty_keys(p, ":columns agent,az\r");
	want_gone("silent_dead");
	type("/web\r", "2 of 6");
	type(":view save pair\r", "2 of 6");
	type("3", "i-0c41aa01");
	type(":view pair\r", "filter web");
	want("us-east-1e");
	ck_assert_ptr_null(strstr(pty_screen(p), "zombies"));
	type(":view nix\r", "no view is saved as 'nix'");
	pty_keys(p, "\033");
	type("o", "Space shows or hides");
	pty_keys(p, "j ");
	want("[x] health");
	pty_keys(p, "\033");
	want("warn");
	pty_keys(p, ":columns nix\r");
	want("no column 'nix' here");
}
END_TEST

START_TEST(another_environment)
{
	agents();
	type(":env spare\r", " spare ");
	want("batch-2");
	type(":env nix\r", "no group [client_nix]");
	pty_keys(p, "\033");
	want("RO");
}
END_TEST

START_TEST(a_paste_is_never_keys)
{
	agents();
	type("\033[200~Q\r:q\r\033[201~", "a paste is text, never keys");
	want("batch-2");
	type("/", "6 of 6");
	type("\033[200~web\n\033[201~", "2 of 6"); /* in a prompt it is text */
}
END_TEST

START_TEST(a_frozen_screen_ages)
{
	agents();
	type("Z", "SCREEN PAUSED");
	want("3 s ago");
	want("4 s ago");
	pty_keys(p, "Z");
	want_gone("SCREEN PAUSED");
}
END_TEST

/* The evidence is sentences with seconds in them: the age beside one is of the same moment, however long it stands. */
START_TEST(a_page_of_evidence_is_of_one_moment)
{
	armed_console("agents");
	sql("INSERT INTO spot_optimizer.agents (client_id, logical_agent_id, instance_type, region, az, "
	    "status, last_heartbeat_at, notice_status, notice_received_at, notice_deadline) SELECT c.id, "
	    "'told-1', 'r3.large', 'us-east-1', 'us-east-1b', 'online', NOW(), 'termination', NOW() - "
	    "INTERVAL 5 SECOND, NOW() + INTERVAL 100 SECOND FROM spot_optimizer.clients c WHERE c.name = "
	    "'acme'");
	type(":why told-1\r", "Spot interruption notice");
	type("Z", "SCREEN PAUSED");
	want("3 s ago"); /* says the title of what it shows */
	const char *line = strstr(pty_screen(p), "Spot interruption notice for its instance ");
	ck_assert_msg(line != NULL, "%s", pty_screen(p));
	int told = atoi(strpbrk(line, "0123456789")), beside = -1;
	const char *age = strstr(line, " s ago  agent");
	ck_assert_msg(age != NULL, "%s", pty_screen(p));
	while (age > line && age[-1] != ' ') age--;
	beside = atoi(age);
	ck_assert_msg(told >= 5 && beside == told, "%d s and %d s of one notice in\n%s", told, beside,
	              pty_screen(p));
	pty_keys(p, "Z");
	sql("DELETE FROM spot_optimizer.agents WHERE logical_agent_id = 'told-1'");
}
END_TEST

START_TEST(hostile_text_stays_text)
{
	p = fleet_console(&fleet, 24, 160, true, NULL, NULL);
	want("5 agents");
	pty_mark(p);
	type("4", "a message with");
	ck_assert_ptr_null(memmem(pty_raw(p)->s, pty_raw(p)->len, "\033]52", 4));
	want("<U+001B>]52;c;ZXZpbA==<U+0007> controls and");
}
END_TEST

START_TEST(copies_go_out)
{
	agents();
	pty_mark(p);
	type("c", "copied agent_id: 00000000");
	ck_assert(pty_wait_raw(p, "\033]52;c;", WAIT_MS));
	type("C", "copied row: ");
}
END_TEST

Suite *suite_hands(void);
Suite *suite_hands(void)
{
	Suite *s = suite_create("hands");
	TCase *t = tcase_create("keys");
	tcase_set_timeout(t, 90);
	tcase_add_unchecked_fixture(t, start_fleet, stop_fleet);
	tcase_add_checked_fixture(t, NULL, end_console);
	tcase_add_test(t, own_keys);
	tcase_add_loop_test(t, a_bad_key_line_ends_with_its_place, 0, 5);
	tcase_add_test(t, the_palette_finds_and_shows_keys);
	tcase_add_test(t, a_word_behind_a_command_is_never_swallowed);
	tcase_add_test(t, an_agent_without_a_primary_is_given_one);
	tcase_add_test(t, the_time_that_is_shown_is_taken);
	tcase_add_test(t, columns_and_saved_views);
	tcase_add_test(t, another_environment);
	tcase_add_test(t, a_paste_is_never_keys);
	tcase_add_test(t, a_frozen_screen_ages);
	tcase_add_test(t, a_page_of_evidence_is_of_one_moment);
	tcase_add_test(t, hostile_text_stays_text);
	tcase_add_test(t, copies_go_out);
	suite_add_tcase(s, t);
	return s;
}
