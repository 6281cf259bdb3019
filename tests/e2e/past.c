/* past.c - the time machine on the screen and for scripts, the timeline's keys, and the report's figures. */
#include "tests/support/fleet.h"
#include "tests/support/pty.h"
#include "tests/support/rig.h"
#include "tests/support/server.h"
#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_past(void);

enum { WAIT_MS = 30000 };
static struct fleet fleet;
static struct rig rig;
static void start_fleet(void) { fleet_start(&fleet); }
static void stop_fleet(void) { fleet_stop(&fleet); }
static void start_rig(void) { rig_start(&rig); }
static void stop_rig(void) { rig_stop(&rig); }

static struct pty *console(const char *view)
{
	const char *args[] = { "--view", view, NULL };
	struct pty *p = fleet_console(&fleet, 24, 100, true, args, NULL);
	ck_assert_ptr_nonnull(p);
	return p;
}

static void see(struct pty *p, const char *text)
{
	ck_assert_msg(pty_wait_text(p, text, WAIT_MS), "'%s' is not in:\n%s", text, pty_screen(p));
}
static void see_not(struct pty *p, const char *text)
{
	ck_assert_msg(pty_wait_gone(p, text, WAIT_MS), "'%s' is still in:\n%s", text, pty_screen(p));
}

/* At 09:03:30 web-1's switch was claimed and not yet done; at 12:04 it long is. */
START_TEST(at_a_time_the_screen_shows_what_was)
{
	struct pty *p = console("commands");
	see(p, "completed");
	pty_keys(p, ":at 09:03:30\r");
	see(p, "AS IT WAS 2026-11-22 09:03:30Z, read-only");
	see(p, "executing");
	see_not(p, "completed");
	see_not(p, "failed"); /* that came two hours later */
	see(p, "stages passed since are not kept");
	pty_keys(p, "a");
	see(p, "this is the past");
	pty_keys(p, "\x1b");
	see_not(p, "this is the past");
	pty_keys(p, ">"); /* to its end, a minute later */
	see(p, "AS IT WAS 2026-11-22 09:04:31Z");
	see(p, "completed");
	pty_keys(p, "<");
	see(p, "AS IT WAS 2026-11-22 09:03:01Z");
	see(p, "executing");
	pty_keys(p, ":database\r");
	see(p, "history is not kept here");
	pty_keys(p, "5:at now\r");
	see_not(p, "AS IT WAS");
	see(p, "failed");
	pty_keys(p, ":at 2030-01-01\r");
	see(p, "yet to come");
	pty_keys(p, "Q");
	pty_free(p);
}
END_TEST

/* Who looks at yesterday and leaves it stays in the console. */
START_TEST(q_leaves_the_past_before_the_console)
{
	int status;
	struct pty *p = console("commands");
	see(p, "completed");
	pty_keys(p, ":at 09:03:30\r");
	see(p, "AS IT WAS 2026-11-22 09:03:30Z");
	pty_keys(p, "q"); /* to the overview */
	see(p, "DEADLINES");
	see(p, "AS IT WAS 2026-11-22 09:03:30Z");
	pty_keys(p, "q");
	see_not(p, "AS IT WAS");
	see(p, "back to now; q again quits");
	see(p, "DEADLINES");
	pty_keys(p, "q");
	ck_assert(pty_wait_exit(p, &status, WAIT_MS));
	ck_assert_int_eq(status, 0);
	pty_free(p);
}
END_TEST

/* While the past is not here, what is of now does not stand under its time. */
static void nothing_of_now(const char *view, const char *of_now)
{
	struct pty *p = console(view);
	see(p, of_now);
	void *held = server_hold(fleet.server, "switches WRITE, commands WRITE, system_events WRITE");
	ck_assert_ptr_nonnull(held);
	pty_keys(p, ":at 09:03:30\r");
	see(p, "AS IT WAS 2026-11-22 09:03:30Z");
	see_not(p, of_now);
	see(p, "reading for");
	server_let_go(held);
	see_not(p, "reading for");
	see(p, of_now);
	pty_keys(p, "Q");
	pty_free(p);
}

START_TEST(what_is_of_now_does_not_stand_under_another_time)
{
	nothing_of_now("agents", "web-1");
	nothing_of_now("overview", "primary");
}
END_TEST

START_TEST(the_timeline_counts_from_t0_and_copies_markdown)
{
	struct pty *p = console("timeline");
	see(p, "interruption notice");
	see(p, "from the beginning");
	pty_keys(p, "m");
	see(p, "t0 is 2026-11-22 12:04:31"); /* the topmost: what goes on */
	see(p, "-00:01:29");                 /* the notice of 12:03:02 */
	pty_keys(p, "m");
	see(p, "t0 is taken away");
	see_not(p, "-00:01:29");
	pty_keys(p, "c");
	see(p, "lines as a Markdown table");
	pty_keys(p, ":timeline r3.large.us-east-1a\r");
	see(p, "web-2");
	see_not(p, "db-1");
	pty_keys(p, ":timeline nobody\r");
	see(p, "no agent, pool or client is called 'nobody'");
	pty_keys(p, "Q");
	pty_free(p);
}
END_TEST

static json_t *report(const char *since, const char *at)
{
	char since_arg[40], at_arg[60];
	snprintf(since_arg, sizeof since_arg, "--since=%s", since);
	snprintf(at_arg, sizeof at_arg, "--at=%s", at ? at : "now");
	const char *argv[] = { "report", since_arg, at_arg, "-o", "json", NULL };
	struct rig_run r = rig_spotop(&rig, false, argv);
	ck_assert_msg(r.code == 0 && !*r.err, "exit %d: %s", r.code, r.err);
	json_error_t e;
	json_t *j = json_loads(r.out, 0, &e);
	ck_assert_msg(j != NULL, "%s: %s", e.text, r.out);
	ck_assert_str_eq(json_string_value(json_object_get(j, "schema")), "spotop.report/1");
	rig_run_free(&r);
	return j;
}

static json_t *row(json_t *j, const char *section, size_t i)
{
	return json_array_get(json_object_get(j, section), i);
}
static size_t rows(json_t *j, const char *section) { return json_array_size(json_object_get(j, section)); }
static const char *text(json_t *o, const char *name) { return json_string_value(json_object_get(o, name)); }
static double number(json_t *o, const char *name) { return json_number_value(json_object_get(o, name)); }

static void live_a_shift(void)
{
	rig_fresh(&rig);
	rig_do(&rig, "INSERT INTO alerts (alert_key, kind, severity, message, opened_at, last_seen_at, "
	             "resolved_at) VALUES "
	             "('t:1', 'no_primary', 'critical', 'one stood without', NOW() - INTERVAL 1 HOUR, NOW(), "
	             "NULL), "
	             "('t:2', 'zombies', 'warning', 'two too many', NOW() - INTERVAL 2 HOUR, NOW() - "
	             "INTERVAL 90 MINUTE, NOW() - INTERVAL 90 MINUTE), "
	             "('t:3', 'zombies', 'warning', 'long ago', NOW() - INTERVAL 12 HOUR, NOW() - INTERVAL "
	             "11 HOUR, NOW() - INTERVAL 11 HOUR)");
	rig_do(&rig, "INSERT INTO switches (client_id, agent_id, event_trigger, downtime_seconds, "
	             "savings_impact, success, error_message, switched_at) "
	             "SELECT a.client_id, a.id, 'manual', x.down, x.saves, x.ok, IF(x.ok, NULL, 'no "
	             "capacity'), NOW() - INTERVAL x.ago MINUTE FROM agents a JOIN "
	             "(SELECT 9 AS down, 0.01 AS saves, 1 AS ok, 50 AS ago UNION ALL SELECT 12, -0.002, 1, "
	             "40 UNION ALL SELECT 40, NULL, 0, 30 UNION ALL SELECT 7, 1, 1, 900) x "
	             "WHERE a.logical_agent_id = 'agent-002'");
	rig_do(&rig, "UPDATE agents SET last_heartbeat_at = NOW() - INTERVAL 700 SECOND WHERE "
	             "logical_agent_id = 'agent-003'");
	rig_do(&rig, "INSERT INTO spot_price_snapshots (id, pool_id, price, observed_at) VALUES (0, "
	             "'r3.large.us-east-1a', 0.02, NOW() - INTERVAL 3 HOUR), "
	             "(0, 'r3.large.us-east-1a', 0.03, NOW() - INTERVAL 1 MINUTE)");
}

START_TEST(the_report_tells_what_was_done_and_what_came_of_it)
{
	live_a_shift();
	const char *cordon[] = { "cordon", "r3.large.us-east-1e", "--for", "1h", "--reason", "storm", "--yes",
		                 NULL };
	struct rig_run c = rig_spotop(&rig, false, cordon);
	ck_assert_msg(c.code == 0, "%s", c.err);
	rig_run_free(&c);
	json_t *j = report("8h", NULL);
	ck_assert_uint_eq(rows(j, "fired"), 2); /* the third was before */
	ck_assert_str_eq(text(row(j, "fired", 0), "state"), "over");
	ck_assert_int_eq((int)number(row(j, "fired", 0), "lasted_seconds"), 1800);
	ck_assert_str_eq(text(row(j, "fired", 1), "state"), "open");
	ck_assert_uint_eq(rows(j, "alerts_open"), 1);
	ck_assert_str_eq(text(row(j, "alerts_open", 0), "message"), "one stood without");
	ck_assert_uint_eq(rows(j, "unhealthy"), 1);
	ck_assert_str_eq(text(row(j, "unhealthy", 0), "agent"), "agent-003");
	ck_assert_str_eq(text(row(j, "unhealthy", 0), "health"), "dead");
	ck_assert_uint_eq(rows(j, "switches"), 1);
	ck_assert_int_eq((int)number(row(j, "switches", 0), "switches"), 3);
	ck_assert_int_eq((int)number(row(j, "switches", 0), "failed"), 1);
	ck_assert_int_eq((int)number(row(j, "switches", 0), "downtime_seconds"), 61);
	ck_assert_double_eq_tol(number(row(j, "switches", 0), "saves_usd_per_hour"), 0.008, 1e-9);
	ck_assert_str_eq(text(row(j, "switches", 0), "failures"), "agent-002: no capacity");
	ck_assert_uint_eq(rows(j, "acts"), 1);
	ck_assert_str_eq(text(row(j, "acts", 0), "reason"), "storm");
	ck_assert_str_eq(text(row(j, "acts", 0), "result"), "done");
	ck_assert_uint_eq(rows(j, "held"), 1);
	ck_assert_str_eq(text(row(j, "held", 0), "of"), "r3.large.us-east-1e");
	ck_assert_uint_ge(rows(j, "prices"), 1);
	ck_assert_uint_eq(rows(j, "money"), 2);
	ck_assert_int_eq((int)number(row(j, "money", 1), "instances"),
	                 (int)rig_number(&rig, "SELECT COUNT(*) FROM instances WHERE instance_status <> "
	                                       "'terminated'"));
	json_decref(j);

	j = report("8h", "-20m"); /* before the cordon, after the switches */
	ck_assert_uint_eq(rows(j, "acts"), 0);
	ck_assert_uint_eq(rows(j, "held"), 0);
	ck_assert_int_eq((int)number(row(j, "switches", 0), "switches"), 3);
	json_decref(j);
	j = report("8h", "-45m"); /* one of them was done */
	ck_assert_int_eq((int)number(row(j, "switches", 0), "switches"), 1);
	json_decref(j);
}
END_TEST

START_TEST(agents_clients_and_pools_go_by_their_names)
{
	static const struct {
		const char *view, *option, *name, *count;
	} cases[] = {
		{ "instances", "--agent", "agent-003",
		  "instances i WHERE i.agent_id = (SELECT id FROM agents WHERE logical_agent_id = "
		  "'agent-003')" },
		{ "instances", "--client", "acme",
		  "instances i JOIN clients c ON c.id = i.client_id WHERE c.name = 'acme'" },
		{ "instances", "--pool", "r3.large.us-east-1a",
		  "instances WHERE current_pool_id = 'r3.large.us-east-1a'" },
		{ "switches", "--agent", "agent-002",
		  "switches s WHERE s.agent_id = (SELECT id FROM agents WHERE logical_agent_id = "
		  "'agent-002')" },
		{ "clients", "--client", "acme", "clients WHERE name = 'acme'" },
		{ "switches", "--client", "acme",
		  "switches s JOIN clients c ON c.id = s.client_id WHERE c.name = 'acme'" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *argv[] = { cases[i].view, cases[i].option, cases[i].name, "-o", "json", NULL };
		struct rig_run r = rig_spotop(&rig, false, argv);
		json_t *j = json_loads(r.out, 0, NULL);
		int n = (int)rig_number(&rig, "SELECT COUNT(*) FROM %s", cases[i].count);
		ck_assert_msg(j != NULL, "%s", r.err);
		ck_assert_msg(n > 0, "%s %s", cases[i].view, cases[i].name);
		ck_assert_int_eq((int)json_array_size(json_object_get(j, "rows")), n);
		json_decref(j);
		rig_run_free(&r);
	}
}
END_TEST

START_TEST(the_report_is_markdown_by_itself)
{
	const char *argv[] = { "report", "--since", "8h", NULL }, *csv[] = { "report", "-o", "csv", NULL };
	struct rig_run r = rig_spotop(&rig, false, argv);
	ck_assert_int_eq(r.code, 0);
	ck_assert_msg(strncmp(r.out, "# Handover ", 11) == 0, "%s", r.out);
	ck_assert_ptr_nonnull(strstr(r.out, "\n## Open alerts\n"));
	ck_assert_ptr_nonnull(strstr(r.out, "\n| what | newest_at | age_seconds |\n| --- | --- | ---: |\n"));
	rig_run_free(&r);
	r = rig_spotop(&rig, false, csv);
	ck_assert_int_eq(r.code, 2);
	rig_run_free(&r);
}
END_TEST

START_TEST(nothing_is_done_in_the_past_and_what_has_none_says_so)
{
	static const struct {
		const char *argv[6];
		int code;
		const char *says;
	} lines[] = {
		{ { "switch", "agent-001", "--ondemand", "--yes", "--at=-1h", NULL },
		  4,
		  "nothing can be done there" },
		{ { "database", "--at=-1h", NULL }, 2, "history is not kept here" },
		{ { "doctor", "--at=-1h", NULL }, 2, "it speaks of now only" },
		{ { "agents", "--at=2030-01-01", NULL }, 2, "is yet to come" },
		{ { "timeline", "nobody", NULL }, 1, "no agent, pool or client is called 'nobody'" },
	};
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		struct rig_run r = rig_spotop(&rig, false, lines[i].argv);
		ck_assert_int_eq(r.code, lines[i].code);
		ck_assert_msg(strstr(r.err, lines[i].says) != NULL && !*r.out, "%s%s", r.out, r.err);
		rig_run_free(&r);
	}
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM commands"), 0);
}
END_TEST

/* Three silences that look alike and are not: the server was up and nobody wrote, the server was down, and the
 * console was away from a server that may have been well. */
START_TEST(a_time_without_a_database_stands_in_the_timeline)
{
	const char *argv[] = { getenv("SPOTOP_BIN"),
		               "--no-defaults",
		               "-S",
		               rig.socket,
		               "-u",
		               "root",
		               "--view",
		               "timeline",
		               NULL };
	char state[140];
	snprintf(state, sizeof state, "XDG_STATE_HOME=%s", rig.state);
	const char *env[] = { state, NULL };
	rig_fresh(&rig);
	rig_do(&rig, "DELETE FROM consolidation_jobs");
	rig_do(&rig, "DELETE FROM system_events");
	for (int minutes = 180; minutes >= 40; minutes -= 140) /* written at both ends, nothing between */
		rig_do(&rig,
		       "INSERT INTO system_events (event_type, severity, message, created_at) VALUES "
		       "('note', "
		       "'info', 'a line', NOW() - INTERVAL %d MINUTE)",
		       minutes);
	struct pty *p = pty_spawn(24, 100, argv, env);
	ck_assert_ptr_nonnull(p);
	see(p, "from the beginning");
	see(p, "server was silent");
	see(p, "nothing was written for 2 h");
	ck_assert_msg(!strstr(pty_screen(p), "not connected"), "%s", pty_screen(p));
	rig_kill_server(&rig);
	see(p, "NO DATABASE");
	rig_start_server(&rig);
	see(p, "not connected");
	see(p, "this console had no");
	see(p, "server started");
	see(p, "server was silent"); /* of then; it is not said of the time in which it was down */
	see(p, "server was down");
	pty_keys(p, "Q");
	pty_free(p);
}
END_TEST

/* The same keys and types as of now: a script reads both alike; at is the time that was asked for. */
START_TEST(a_view_of_the_past_has_the_shape_of_the_present)
{
	static const char *const views[] = { "agents",   "instances", "commands",      "switches",
		                             "pools",    "clients",   "alerts",        "freezes",
		                             "replicas", "decisions", "notifications", "jobs",
		                             "audit",    "events",    "overview",      "runs" };
	rig_fresh(&rig);
	live_a_shift();
	for (size_t i = 0; i < sizeof views / sizeof views[0]; i++) {
		const char *now[] = { views[i], "-o", "csv", "--limit", "1", NULL },
		           *then[] = { views[i], "-o", "csv", "--limit", "1", "--at=-1s", NULL };
		struct rig_run a = rig_spotop(&rig, false, now), b = rig_spotop(&rig, false, then);
		ck_assert_int_eq(a.code, 0);
		ck_assert_msg(b.code == 0, "%s: %s", views[i], b.err);
		char *x = strtok(a.out, "\r\n"), *y = strtok(b.out, "\r\n"),
		     *extra = y ? strstr(y, ",price_tier") : NULL;
		if (extra)
			memmove(extra, extra + 11,
			        strlen(extra + 11) + 1); /* the past says which tier a price is of */
		ck_assert_msg(!x || !y || strcmp(x, y) == 0, "%s:\n%s\n%s", views[i], x, y);
		rig_run_free(&a);
		rig_run_free(&b);
	}
}
END_TEST

Suite *suite_past(void)
{
	Suite *s = suite_create("past");
	TCase *c = tcase_create("screen"), *h = tcase_create("headless");
	tcase_add_unchecked_fixture(c, start_fleet, stop_fleet);
	tcase_set_timeout(c, 120);
	tcase_add_test(c, at_a_time_the_screen_shows_what_was);
	tcase_add_test(c, q_leaves_the_past_before_the_console);
	tcase_add_test(c, what_is_of_now_does_not_stand_under_another_time);
	tcase_add_test(c, the_timeline_counts_from_t0_and_copies_markdown);
	suite_add_tcase(s, c);
	tcase_add_unchecked_fixture(h, start_rig, stop_rig);
	tcase_set_timeout(h, 120);
	tcase_add_test(h, nothing_is_done_in_the_past_and_what_has_none_says_so);
	tcase_add_test(h, the_report_tells_what_was_done_and_what_came_of_it);
	tcase_add_test(h, agents_clients_and_pools_go_by_their_names);
	tcase_add_test(h, the_report_is_markdown_by_itself);
	tcase_add_test(h, a_view_of_the_past_has_the_shape_of_the_present);
	tcase_add_test(h, a_time_without_a_database_stands_in_the_timeline);
	suite_add_tcase(s, h);
	return s;
}
