/* large.c - a list that is too long to hold: the console reads a window of it, to the end and back, filters
 * and sorts in the database, and lets go of a question that takes too long. */
#include "core/base/err.h"
#include "tests/support/eyes.h"
#include "tests/support/fleet.h"
#include "tests/support/server.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct fleet fleet;

static void sql(const char *text)
{
	struct err e = { 0 };
	ck_assert_msg(server_sql(fleet.server, text, NULL, 0, &e), "%s: %s", text, e.text);
}

static void start(void)
{
	fleet_start(&fleet);
	/* as old as the fleet's frozen clock: all of them well */
	sql("INSERT INTO spot_optimizer.agents (client_id, logical_agent_id, instance_type, region, az, "
	    "status, last_heartbeat_at) "
	    "SELECT c.id, CONCAT('z-', LPAD(s.seq, 4, '0')), 'r3.large', 'us-east-1', 'us-east-1b', "
	    "'online', "
	    "FROM_UNIXTIME(1795349071) FROM spot_optimizer.seq_1_to_2500 s JOIN spot_optimizer.clients c ON "
	    "c.name = 'acme'");
	sql("INSERT INTO spot_optimizer.instances (id, client_id, agent_id, instance_type, region, az, "
	    "instance_status, is_primary, launch_requested_at) "
	    "SELECT CONCAT('i-z', SUBSTR(logical_agent_id, 3)), client_id, id, 'r3.large', 'us-east-1', "
	    "'us-east-1b', 'running_primary', TRUE, "
	    "FROM_UNIXTIME(1795349071) FROM spot_optimizer.agents WHERE logical_agent_id LIKE 'z-%'");
}
static void stop(void) { fleet_stop(&fleet); }

START_TEST(to_the_end_and_back)
{
	p = fleet_console(&fleet, 24, 100, false, NULL, NULL);
	want("2,505 agents");
	type("2", "batch-1"); /* trouble first */
	want("2,506 rows");
	type("G", "batch-2"); /* the one that is off is the last */
	want("z-2500");
	for (int i = 0; i < 30; i++) { /* up, over more than a window */
		pty_keys(p, "\033[5~");
		pty_settle(p, 60);
	}
	want_gone("z-2400");
	type("g", "batch-1");
	char name[16];
	for (int row = 10; row <= 900; row += 18) { /* down again, page by page; no row is left out */
		pty_keys(p, "\033[6~");
		snprintf(name, sizeof name, "z-%04d", row);
		want(name);
	}
}
END_TEST

START_TEST(filter_and_sort_in_the_database)
{
	static const char *const env[] = { "SPOTOP_CLOCK=2026-11-22T12:04:31Z", NULL };
	p = fleet_console(&fleet, 24, 100, false, NULL, env);
	want("2,505 agents");
	type("2", "2,506 rows");
	type("/z-2499", "1 match");
	want("z-2499");
	pty_keys(p, "\033");
	want("2,506 rows");
	type("G", "batch-2");
	pty_settle(p, 300);
	type("kc", "copied agent_id: "); /* a row that the first window does not hold */
	char was[64];
	snprintf(was, sizeof was, "%.53s", strstr(pty_screen(p), "copied agent_id: "));
	type("/z-1", "1000 match"); /* without it */
	type("\177", "2500 match");
	pty_keys(p, "\r");
	pty_settle(p, 600);
	type("c", was);
	pty_keys(p, "\033");
	want("2,506 rows");
	pty_settle(p, 600);
	type("/batch\r", "2 rows");
	type("c", "0000000000a5"); /* not among them: the first */
	pty_keys(p, "\033");
	want("2,506 rows");
	type(":sort agent desc\r", "z-2500");
	want_gone("batch-1");
	type("/health=dead\r", "batch-1");
	want("1 row ");
	ck_assert_ptr_null(strstr(pty_screen(p), "more than"));
	pty_keys(p, "\033");
	want("2,506 rows");
	type("3", "i-0c41ff02"); /* the zombie leads the instances too */
	type("G", "i-0a41dd01"); /* the longest running primary, replicas after it */
}
END_TEST

/* What the window does not hold is read for the action; more than can be looked at is refused. */
START_TEST(an_action_on_all_that_a_filter_finds)
{
	p = fleet_console(&fleet, 24, 100, false, NULL, NULL);
	want("2,505 agents");
	type("2", "2,506 rows");
	type("/z-24\r", "100 rows");
	type("a", "(* on all that the filter finds)");
	type("*", "actions on 100 rows, all that the filter finds");
	pty_keys(p, "\033");
	want_gone("all that the filter finds");
	type("/\025z-\r", "2,500 rows");
	type("a", "(* on all that the filter finds)");
	type("*", "more than 1,000 rows: narrow the filter");
	pty_keys(p, "\033");
}
END_TEST

/* Rows that nobody can lock out of the way: the question waits for the table until it is let go. */
START_TEST(a_slow_question_is_let_go)
{
	p = fleet_console(&fleet, 24, 100, false, NULL, NULL);
	want("2,505 agents");
	type("2", "2,506 rows");
	void *held = server_hold(fleet.server, "agents WRITE");
	ck_assert_ptr_nonnull(held);
	pty_keys(p, ":sort status\r");
	want("no index has this order; Esc stops it");
	pty_keys(p, "\033");
	want("not refreshed: stopped");
	server_let_go(held);
	type("R", "2,506 rows");
	want_gone("not refreshed");
}
END_TEST

Suite *suite_large(void);
Suite *suite_large(void)
{
	Suite *s = suite_create("large");
	TCase *t = tcase_create("large");
	tcase_set_timeout(t, 180);
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_checked_fixture(t, NULL, end_console);
	tcase_add_test(t, to_the_end_and_back);
	tcase_add_test(t, filter_and_sort_in_the_database);
	tcase_add_test(t, an_action_on_all_that_a_filter_finds);
	tcase_add_test(t, a_slow_question_is_let_go);
	suite_add_tcase(s, t);
	return s;
}
