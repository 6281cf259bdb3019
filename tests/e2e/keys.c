/* keys.c - what the keys of a list do: columns, copies, following, finding, marks, the way back, help that runs,
 * completion, files. */
#include "core/base/buf.h"
#include "core/base/err.h"
#include "tests/support/eyes.h"
#include "tests/support/fleet.h"
#include "tests/support/server.h"
#include <check.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct fleet fleet;
static void start_fleet(void) { fleet_start(&fleet); }
static void stop_fleet(void) { fleet_stop(&fleet); }

static void agents(void)
{
	static const char *const env[] = { "SPOTOP_CLOCK=2026-11-22T12:04:31Z", NULL };
	p = fleet_console(&fleet, 24, 110, false, NULL, env);
	want("5 agents");
	type("2", "batch-2");
}

/* The first line that holds the text comes before the first that holds the other. */
static bool is_above(const char *one, const char *other)
{
	const char *s = pty_screen(p), *a = strstr(s, one), *b = strstr(s, other);
	return a && b && a < b;
}

START_TEST(a_column_is_chosen_copied_and_ordered_by)
{
	agents();
	pty_keys(p, "j"); /* db-1 */
	pty_settle(p, 150);
	type("\033[1;2C", "agent: c copies it");
	type("\033[1;2C", "health: c copies it");
	pty_mark(p);
	type("c", "copied health: crit");
	ck_assert(pty_wait_raw(p, "\033]52;c;Y3JpdA==", WAIT_MS));
	type("\033[1;2D", "agent: c copies it");
	type("O", "agent\xe2\x96\xb4"); /* ordered by it, upwards */
	ck_assert(is_above("batch-1", "web-1"));
	type("O", "agent\xe2\x96\xbe");
	ck_assert(is_above("web-1", "batch-1"));
	escape();
	type("O", "the view's own order");
	pty_mark(p);
	type(":copy pool\r", "copied pool: r3.large.us-east-1b");
	type(":copy nix\r", "no column 'nix' here");
}
END_TEST

/* The base64 of the whole clipboard, as text. */
static void want_copied(const char *text)
{
	char in64[400];
	ck_assert_int_gt(EVP_EncodeBlock((unsigned char *)in64, (const unsigned char *)text,
	                                 (int)strlen(text)),
	                 0);
	ck_assert_msg(pty_wait_raw(p, in64, WAIT_MS), "'%s' is not copied\n%s", text, pty_screen(p));
}

/* What is copied is what is read: a word for a yes, an age in its unit; of an id not less than all. */
START_TEST(what_the_cell_shows_is_copied)
{
	agents();
	type("N", "agent\xe2\x96\xb4");
	type("g", "13 m"); /* batch-1; the clock stands */
	for (int i = 0; i < 3; i++) pty_keys(p, "\033[1;2C");
	type("\033[1;2C", "seconds_since_heartbeat: c copies it");
	pty_mark(p);
	type("c", "copied seconds_since_heartbeat: 13 m");
	want_copied("13 m");
	type(":copy agent_id\r", "copied agent_id: 00000000-0000-4000-8000-0000000000a5");
}
END_TEST

/* A link is the command line that shows the same to whoever runs it. */
START_TEST(a_link_shows_the_same)
{
	agents();
	type("/health=crit\r", "health=crit");
	type("N", "agent\xe2\x96\xb4");
	type("y", "a link to this");
	pty_mark(p);
	type("l", "copied a link to this");
	want_copied("spotop agents --filter health=crit --sort agent --at 2026-11-22T12:04:31Z");
	type("9", "timeline");
	want("back to");
	type("y", "spotop timeline --since ");
	escape();
	type(":timeline web-1\r", "web-1 timeline  5 here");
	type("y", "spotop timeline 00000000-0000-4000-8000-0000000000a1 --since");
	escape();
}
END_TEST

START_TEST(what_to_copy_is_asked)
{
	agents();
	type("N", "agent\xe2\x96\xb4");
	type("gjjjjy", "its name");
	want("Enter copies the line");
	pty_mark(p);
	type("i", "copied agent_id: 00000000-0000-4000-8000-0000000000a1");
	want_copied("00000000-0000-4000-8000-0000000000a1");
	want_gone("its name");
	type("y", "its name");
	type("n", "copied agent: web-1");
	want_copied("web-1");
	type("y", "its name");
	pty_mark(p);
	type("r", "copied the row as JSON");
	ck_assert(pty_wait_raw(p, "\033]52;c;ey", WAIT_MS)); /* {" */
	type("y", "its name");
	type("j\r", "copied agent: web-1");
	type("y", "its name");
	escape();
	want_gone("its name");
	type("?", "copy something else of the row");
	want("y i ");
	want("y n ");
	want("y r ");
	want("y l ");
	type("/copy its name\r", "/copy its name  1 of");
	type("\r", "copied agent: web-1");
	type("J", "\"agent\":\"web-1\"");
}
END_TEST

/* However seldom the console paints, what a key asks for is there when it comes; what nobody asked for waits. */
START_TEST(what_a_key_asks_for_is_painted_at_once)
{
	static const char *const slow[] = { "--slow", "--write", NULL };
	struct err e;
	p = fleet_console(&fleet, 24, 110, false, slow, NULL);
	want("5 agents");
	type(":every 10m\r", "reads and paints every");
	type("2", "batch-2");
	type("jjj\r", "agents \xe2\x80\xba ");
	want("i-0c41"); /* the page's instances */
	type("3", "running_primary");
	type("4", "db-2 has not");
	type("7", "r3.large.us-east-1e");
	type("9", "no capacity");
	type("2", "batch-2");
	type("a", "actions on ");
	type("s", "downtime");         /* the pools it can go to */
	pty_settle(p, 450);            /* a dialog is deaf for a moment after each of its steps */
	type("\r", "guardrails pass"); /* what it would do, which the server says */
	pty_settle(p, 450);
	escape();
	escape();
	ck_assert_msg(server_sql(fleet.server,
	                         "UPDATE spot_optimizer.agents SET logical_agent_id = 'web-1-new' WHERE "
	                         "logical_agent_id = 'web-1'",
	                         NULL, 0, &e),
	              "%s", e.text);
	pty_mark(p);
	pty_settle(p, 3000);
	ck_assert_ptr_null(strstr(pty_screen(p), "web-1-new"));
	type("R", "web-1-new");
	ck_assert_msg(server_sql(fleet.server,
	                         "UPDATE spot_optimizer.agents SET logical_agent_id = 'web-1' WHERE "
	                         "logical_agent_id = 'web-1-new'",
	                         NULL, 0, &e),
	              "%s", e.text);
}
END_TEST

/* What was scrolled to among all columns is not kept when the usual ones come back; scrolled, these say so too. */
START_TEST(the_usual_columns_are_not_scrolled)
{
	agents();
	pty_keys(p, "\027");
	want("columns 1 to ");
	pty_keys(p, "\033[C");
	want("columns 1, 3 to ");
	pty_keys(p, "\027");
	want_gone("columns 1");
	pty_keys(p, "\033[C");
	want("columns 1, 3 on");
	pty_keys(p, "\033[D");
	want_gone("columns 1");
}
END_TEST

/* A header with no room for all of them tells of the agents and instances still. */
START_TEST(a_narrow_header_keeps_its_counts)
{
	p = fleet_console(&fleet, 24, 70, false, NULL, NULL);
	want("5 agents \xc2\xb7 9 instances");
	ck_assert_ptr_null(strstr(pty_screen(p), "2 clients"));
	pty_keys(p, "Q");
}
END_TEST

START_TEST(tmux_passes_the_copy_on)
{
	static const char *const env[] = { "TMUX=/tmp/tmux-0/default,1,0", NULL };
	p = fleet_console(&fleet, 24, 110, false, NULL, env);
	want("5 agents");
	type("2", "batch-2");
	pty_mark(p);
	type("c", "copied agent_id");
	ck_assert(pty_wait_raw(p, "\033Ptmux;\033\033]52;c;", WAIT_MS));
}
END_TEST

START_TEST(a_row_is_followed)
{
	agents();
	type("jjjF", "following db-2");
	type("N", "agent\xe2\x96\xb4"); /* by name */
	type("c", "copied agent_id: 00000000-0000-4000-8000-0000000000a4");
	type("/web\r", "following db-2 (not here)");
	escape();
	want_gone("(not here)");
	type("c", "0000000000a4");
	type("k", "db-2 is followed no more");
}
END_TEST

/* What is acted on next is the row that was pointed at before, not what an early letter of the filter left. */
START_TEST(a_filter_keeps_the_cursor_on_its_row)
{
	agents();
	type("N", "agent\xe2\x96\xb4"); /* by name: web-1 is the fifth */
	type("gjjjjc", "copied agent_id: 00000000-0000-4000-8000-0000000000a1");
	type("/db", "2 of 6"); /* without it */
	type("|web-1", "3 of 6");
	type("\rc", "copied agent_id: 00000000-0000-4000-8000-0000000000a1");
	escape();
	want_gone("filter db");
	type("/db|batch", "4 of 6");
	type("\rc", "copied agent_id: 00000000-0000-4000-8000-0000000000a5"); /* not among them: the first */
	escape();
	want_gone("filter db");
	type("/nothing-such", "0 of 6");
	escape();
	type("c", "copied agent_id: 00000000-0000-4000-8000-0000000000a5");
}
END_TEST

START_TEST(a_filter_that_is_left_leaves_the_list_as_it_was)
{
	p = fleet_console(&fleet, 8, 110, false, NULL, NULL);
	want("5 agents");
	type("2", "agents  6");
	type("N", "agent\xe2\x96\xb4");
	type("gj", "batch-2");
	ck_assert_ptr_null(strstr(pty_screen(p), "web-2"));
	type("/web-2", "1 of 6");
	escape();
	want("batch-1");
	type("c", "copied agent_id: 00000000-0000-4000-8000-0000000000a6");
	type("/batch-2\r", "filter batch-2");
	escape();
	want("batch-1"); /* it is not at the top, though it was all that the filter found */
	type("/web-2", "1 of 6");
	type("\177\177\177\177\177", "6 of 6"); /* letter by letter as well */
	want("batch-1");
}
END_TEST

START_TEST(an_invalid_filter_leaves_the_last_valid_one)
{
	agents();
	type("/agent~we", "2 of 6");
	type("[", "the last valid one stays: 'we[' is not a regular expression");
	want("filter agent~we ");
	want("web-2");
	ck_assert_ptr_null(strstr(pty_screen(p), "batch-1"));
	pty_keys(p, "\r"); /* neither what was typed is lost nor what holds */
	pty_settle(p, 200);
	want("/agent~we[ ");
	want("the last valid one stays: ");
	type("b]\r", "filter agent~we[b]");
	ck_assert_ptr_null(strstr(pty_screen(p), "batch-1"));
	type("/\033[200~ nix=1\033[201~", "the last valid one stays: no column 'nix' here");
	ck_assert_ptr_nonnull(strstr(pty_screen(p), "web-1"));
	ck_assert_ptr_null(strstr(pty_screen(p), "batch-1"));
	escape();
	want_gone("nix");
	want("filter agent~we[b]");
	ck_assert_ptr_null(strstr(pty_screen(p), "batch-1"));
}
END_TEST

START_TEST(a_filter_is_found_again_without_hiding)
{
	agents();
	type("n", "nothing was looked for yet");
	type("/web\r", "2 of 6");
	escape();
	want_gone("filter web");
	type("gn", "web: hit 1 of 2");
	type("n", "web: hit 2 of 2");
	type("n", "no hit further down, 2 among the 6 rows");
	type("p", "web: hit 1 of 2");
	type(":find batch-1\r", "no hit further down");
	type("p", "batch-1: hit 1 of 1");
}
END_TEST

START_TEST(marks_by_pattern_and_by_range)
{
	agents();
	type(":mark web\r", "2 more marked, 2 in all");
	type("/db\r", "2 marked (2 hidden)");
	escape();
	pty_keys(p, "\034"); /* C-\ */
	want_gone("marked");
	type("gvjj", "marking a range");
	pty_keys(p, "N"); /* another order between the two ends: they stay what they were */
	type("v", "more marked");
	want("batch-1");
	ck_assert_ptr_null(strstr(pty_screen(p), "*web"));
	type(":mark health>>\r", "health");
}
END_TEST

START_TEST(back_comes_back)
{
	agents();
	type("/web\r", "2 of 6");
	type("j\r", "agents \xe2\x80\xba web-");
	type("5", "commands");
	want_gone("\xe2\x80\xba");
	type("[", "agents \xe2\x80\xba web-"); /* with the way down to it */
	escape();
	want("filter web"); /* as it was left */
	type("3", "i-0c41aa01");
	type("-", "filter web");
	type("-", "i-0c41aa01");
	type("-", "filter web");
}
END_TEST

START_TEST(help_runs_what_is_picked)
{
	agents();
	pty_keys(p, "j"); /* db-1 */
	pty_settle(p, 150);
	type("?", "Enter does it");
	type("/row as JSON", "the row as JSON");
	pty_keys(p, "\r");
	pty_settle(p, 150);
	pty_keys(p, "\r");
	want("\"agent\":\"db-1\"");
	pty_mark(p);
	type("j", "agent_id");
	type("c", "copied line");
	pty_keys(p, "q");
	want_gone("\"agent\":\"db-1\"");
	type("d", "c copies the line");
	type("c", "copied agent_id: 0000");
	pty_keys(p, "q");
	type("?/live", "at most 3 s old");
}
END_TEST

START_TEST(what_may_come_next_is_offered)
{
	agents();
	type("/he", "health:");
	type("\t", "rows");
	want("dead");
	type("c", "crit ");
	type("\t", "1 of 6");
	pty_keys(p, "\r");
	want("filter health:crit");
	escape();
	type(":mark.", "mark.all");
	type("all\r", "6 marked");
	type(":at ", "at -8h");
	want("2026-11-22 04:04:31Z");
	escape();
	type("5", "executing");
	type(":at ", "of this row");
	escape();
	type(":env ", "spare");
	escape();
	type(":cmds\r", "executing");
	type(":every nix\r", "every 2s, 5s, 1m");
	pty_keys(p, "\033");
	type("\025:every 2s\r", "reads and paints every 2s");
	type(":every data\r", "as data comes");
}
END_TEST

START_TEST(the_frame_goes_and_the_environment_stays)
{
	agents();
	pty_keys(p, "\005"); /* C-e */
	want_gone("1 overview");
	want("prod  RO  agents");
	type("\005", "1 overview");
	pty_keys(p, "f");
	want_gone("1 overview");
	want("prod  RO  agents");
}
END_TEST

START_TEST(a_light_ground_gets_the_light_theme)
{
	static const char *const grounds[] = { "COLORFGBG=0;15", "COLORFGBG=15;0" };
	static const char *const accents[] = { "38;5;25m", "38;5;80m" };
	const char *env[] = { grounds[_i], NULL };
	p = fleet_console(&fleet, 24, 110, false, NULL, env);
	want("5 agents");
	ck_assert_ptr_nonnull(memmem(pty_raw(p)->s, pty_raw(p)->len, accents[_i], 8));
	ck_assert_ptr_null(memmem(pty_raw(p)->s, pty_raw(p)->len, accents[!_i], 8));
}
END_TEST

START_TEST(a_file_is_whole_and_never_another_ones)
{
	char line[300], path[200], head[200] = "";
	struct stat st;
	agents();
	snprintf(path, sizeof path, "%s/rows.csv", fleet.home);
	snprintf(line, sizeof line, "\023%s\r", path); /* C-s */
	pty_keys(p, "/web\r");
	want("2 of 6");
	type(line, "2 rows saved to");
	FILE *f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	int lines = 0;
	for (char text[4096]; fgets(text, sizeof text, f); lines++)
		if (!lines) snprintf(head, sizeof head, "%.100s", text);
	fclose(f);
	ck_assert_int_eq(lines, 3);
	ck_assert_msg(strncmp(head, "agent_id,agent,", 15) == 0, "%s", head);
	type(line, "such a file is there already");
	escape();
	type("\023/nowhere/x.csv\r", "cannot write");
	escape();
	type("\023rows.txt\r", "ends in .csv or .json");
	ck_assert_int_eq(stat(path, &st), 0);
	unlink(path);
}
END_TEST

Suite *suite_keys(void);
Suite *suite_keys(void)
{
	Suite *s = suite_create("keys");
	TCase *t = tcase_create("keys");
	tcase_set_timeout(t, 120);
	tcase_add_unchecked_fixture(t, start_fleet, stop_fleet);
	tcase_add_checked_fixture(t, NULL, end_console);
	tcase_add_test(t, a_column_is_chosen_copied_and_ordered_by);
	tcase_add_test(t, the_usual_columns_are_not_scrolled);
	tcase_add_test(t, a_narrow_header_keeps_its_counts);
	tcase_add_test(t, tmux_passes_the_copy_on);
	tcase_add_test(t, what_the_cell_shows_is_copied);
	tcase_add_test(t, a_link_shows_the_same);
	tcase_add_test(t, what_to_copy_is_asked);
	tcase_add_test(t, what_a_key_asks_for_is_painted_at_once);
	tcase_add_test(t, an_invalid_filter_leaves_the_last_valid_one);
	tcase_add_test(t, a_row_is_followed);
	tcase_add_test(t, a_filter_keeps_the_cursor_on_its_row);
	tcase_add_test(t, a_filter_that_is_left_leaves_the_list_as_it_was);
	tcase_add_test(t, a_filter_is_found_again_without_hiding);
	tcase_add_test(t, marks_by_pattern_and_by_range);
	tcase_add_test(t, back_comes_back);
	tcase_add_test(t, help_runs_what_is_picked);
	tcase_add_test(t, what_may_come_next_is_offered);
	tcase_add_test(t, the_frame_goes_and_the_environment_stays);
	tcase_add_loop_test(t, a_light_ground_gets_the_light_theme, 0, 2);
	tcase_add_test(t, a_file_is_whole_and_never_another_ones);
	suite_add_tcase(s, t);
	return s;
}
