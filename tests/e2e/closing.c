/* closing.c - screens and windows that close under what is going on in them: no key kills the console, none is
 * lost, and what is drawn anew is drawn anew over everything. */
#include "core/base/err.h"
#include "tests/support/eyes.h"
#include "tests/support/fleet.h"
#include "tests/support/server.h"
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct fleet fleet;
static void start_fleet(void) { fleet_start(&fleet); }
static void stop_fleet(void) { fleet_stop(&fleet); }

static void open_console(void)
{
	static const char *const env[] = { "SPOTOP_CLOCK=2026-11-22T12:04:31Z", "MALLOC_PERTURB_=165",
		                           NULL }; /* what was freed is not what it was */
	p = fleet_console(&fleet, 30, 120, false, NULL, env);
	want("5 agents");
}

/* It answers: the overview comes, and nothing of a crash stands on the terminal. */
static void is_well(void)
{
	type("1", "DEADLINES");
	ck_assert_int_eq(kill(pty_pid(p), 0), 0);
	ck_assert_ptr_null(strstr(pty_screen(p), "Sanitizer"));
}

START_TEST(every_panel_of_the_overview_opens)
{
	open_console();
	for (int back = 0; back < 11; back++) {
		is_well();
		for (int i = 0; i <= back; i++) pty_keys(p, "\033[Z"); /* S-Tab */
		pty_keys(p, "\r");
		pty_settle(p, 100);
		escape();
		escape();
	}
	for (int on = 0; on < 11; on++) {
		is_well();
		for (int i = 0; i < on; i++) pty_keys(p, "\t");
		pty_keys(p, "\r");
		pty_settle(p, 100);
		escape();
		escape();
	}
	is_well();
}
END_TEST

START_TEST(keys_that_come_together_meet_no_closed_screen)
{
	open_console();
	for (int i = 0; i < 8; i++) {
		pty_keys(p, "1\033[Z\r21\033[Z\033[Z\r3[[]--2\r1");
		pty_settle(p, 60);
	}
	pty_keys(p, "2?q?\r:agents\rd\033");
	pty_settle(p, 100);
	is_well();
}
END_TEST

START_TEST(the_way_down_has_an_end_and_the_way_up_is_kept)
{
	open_console();
	type("2", "batch-2");
	type("\r", "silent");
	for (int i = 0; i < 20; i++) {
		pty_keys(p, "l");
		pty_settle(p, 60);
	}
	want("this deep it goes");
	type("l", "this deep it goes");
	for (int i = 0; i < 15; i++) {
		escape();
		pty_settle(p, 60);
	}
	want("batch-2");
	want_gone("\xe2\x80\xba");
	escape();
	want("this is the top; q goes to the overview");
	is_well();
	escape();
	want("this is the top; q quits");
}
END_TEST

/* The whole picture is written once more. */
static void draws_anew(void)
{
	pty_settle(p, 200);
	pty_mark(p);
	pty_keys(p, "\014");
	ck_assert(pty_wait_raw(p, "spotop", WAIT_MS));
}

START_TEST(a_broken_picture_is_drawn_anew_wherever_one_is)
{
	open_console();
	draws_anew();
	type("2", "batch-2");
	type("/web", "2 of 6");
	draws_anew();
	want("2 of 6");
	escape();
	type(":the", "theme");
	draws_anew();
	want("theme");
	escape();
	type("?", "Enter does it");
	draws_anew();
	want("Enter does it");
	escape();
	want_gone("Enter does it");
	type(":write\r", "RW");
	type("a", "actions on");
	draws_anew();
	want("actions on");
}
END_TEST

static bool is_above(const char *one, const char *other)
{
	const char *s = pty_screen(p), *a = strstr(s, one), *b = strstr(s, other);
	return a && b && a < b;
}

START_TEST(the_order_is_reversed_and_reversed_again)
{
	open_console();
	type("2", "batch-2");
	type("N", "agent\xe2\x96\xb4");
	ck_assert(is_above("batch-1", "web-1"));
	type("I", "agent\xe2\x96\xbe");
	ck_assert(is_above("web-1", "batch-1"));
	type("I", "agent\xe2\x96\xb4");
	ck_assert(is_above("batch-1", "web-1"));
}
END_TEST

START_TEST(marks_that_are_all_hidden_are_acted_on_by_nobody)
{
	open_console();
	type(":write\r", "RW");
	type("2", "batch-2");
	type(":mark web\r", "2 marked");
	type("/db\r", "2 marked (2 hidden)");
	type("a", "the filter hides all marked rows");
	type("s", "no marked row is shown");
	want("the filter hides all marked rows");
}
END_TEST

START_TEST(marks_of_rows_that_are_gone_are_left_out)
{
	struct err e = { 0 };
	open_console();
	type(":write\r", "RW");
	type("2", "batch-2");
	type(":mark batch\r", "2 marked");
	ck_assert_msg(server_sql(fleet.server,
	                         "DELETE FROM spot_optimizer.agents WHERE logical_agent_id = 'batch-2'", NULL,
	                         0, &e),
	              "%s", e.text);
	want("2 marked (1 not here)");
	type("a", "actions on 1 marked rows; those that are not here are left out");
	pty_keys(p, "\033");
	ck_assert_msg(server_sql(fleet.server,
	                         "DELETE FROM spot_optimizer.agents WHERE logical_agent_id = 'batch-1'", NULL,
	                         0, &e),
	              "%s", e.text);
	want("2 marked (2 not here)");
	type("a", "no marked row is here");
}
END_TEST

static TCase *a_case(Suite *s, const char *name)
{
	TCase *t = tcase_create(name);
	tcase_set_timeout(t, 120);
	tcase_add_unchecked_fixture(t, start_fleet, stop_fleet);
	tcase_add_checked_fixture(t, NULL, end_console);
	suite_add_tcase(s, t);
	return t;
}

Suite *suite_closing(void);
Suite *suite_closing(void)
{
	Suite *s = suite_create("closing");
	TCase *t = a_case(s, "panels");
	tcase_add_test(t, every_panel_of_the_overview_opens);
	tcase_add_test(t, keys_that_come_together_meet_no_closed_screen);
	t = a_case(s, "ways");
	tcase_add_test(t, the_way_down_has_an_end_and_the_way_up_is_kept);
	tcase_add_test(t, the_order_is_reversed_and_reversed_again);
	t = a_case(s, "marks");
	tcase_add_test(t, a_broken_picture_is_drawn_anew_wherever_one_is);
	tcase_add_test(t, marks_that_are_all_hidden_are_acted_on_by_nobody);
	tcase_add_test(t, marks_of_rows_that_are_gone_are_left_out); /* the last: they are gone for all */
	return s;
}
