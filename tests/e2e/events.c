/* events.c - the events screen: live, late, standing still, bursts, heartbeats, and all that is kept. */
#include "core/base/err.h"
#include "core/db/conf.h"
#include "core/db/db.h"
#include "tests/support/eyes.h"
#include "tests/support/fleet.h"
#include "tests/support/loop.h"
#include "tests/support/server.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

static struct fleet fleet;
static uv_loop_t loop;
static struct db *link_;
static void start_fleet(void) { fleet_start(&fleet); }
static void stop_fleet(void) { fleet_stop(&fleet); }

/* A session of its own, which may leave a transaction open. */
static void say(const char *sql)
{
	struct err e;
	struct db_opts o = { .is_write = true, .deadline_ms = 60000 };
	ck_assert_msg(db_call_text(link_, sql, strlen(sql), &o, NULL, &e), "%s", e.text);
}

#define EVENTS(type, data, from)                                                         \
	"INSERT INTO sse_events (client_id, event_type, event_data, expires_at) SELECT " \
	"'00000000-0000-4000-8000-0000000000c1', '" type "', " data ", NOW() + INTERVAL 1 HOUR FROM " from
#define EVENT(type, data) EVENTS(type, data, "(SELECT 1) one")

static void open_events(void)
{
	struct db_conf c;
	struct err e;
	server_conf(fleet.server, &c);
	ck_assert(conf_set(&c, "database", "spot_optimizer", "test", &e));
	uv_loop_init(&loop);
	link_ = db_open(&loop, &c, DB_WRITE, "test");
	conf_free(&c);
	p = fleet_console(&fleet, 30, 120, false, NULL, NULL);
	want("5 agents");
	pty_keys(p, "4");
	want("LIVE");
	want("agent_silent");
}

static void close_events(void)
{
	pty_free(p);
	db_close_wait(link_);
	loop_end(&loop);
}

START_TEST(what_commits_late_is_in_flight_then_late)
{
	struct err e;
	say("BEGIN");
	say(EVENT("INSTANCE_RUNNING", "'{\"instance_id\":\"i-slow\"}'"));
	ck_assert_msg(server_sql(fleet.server,
	                         "INSERT INTO spot_optimizer.sse_events (client_id, event_type, event_data, "
	                         "expires_at) VALUES ('00000000-0000-4000-8000-0000000000c1', "
	                         "'INSTANCE_RUNNING', '{\"instance_id\":\"i-fast\"}', NOW() + INTERVAL 1 "
	                         "HOUR)",
	                         NULL, 0, &e),
	              "%s", e.text);
	want("i-fast");
	want("1 in flight");
	say("COMMIT");
	want("i-slow");
	want("1 late");
	want("LATE");
	want("no gap");
	want("running"); /* its rate */
}
END_TEST

START_TEST(it_stands_still_and_follows)
{
	type("j", "STANDS STILL, 0 came since");
	say(EVENT("COMMAND_EXECUTED", "'{\"command_type\":\"new-one\"}'"));
	want("1 came since");
	ck_assert_ptr_null(strstr(pty_screen(p), "new-one"));
	type("s", "new-one");
	want("LIVE");
	type("/agent:db-2\r", "filter agent:db-2");
	want("5 here");
	type("\r", "events › db-2"); /* the agent of the row */
}
END_TEST

START_TEST(heartbeats_of_a_minute_are_one_row)
{
	say(EVENTS("HEARTBEAT", "'{}'", "seq_1_to_30"));
	want("30 heartbeats in this minute");
	type("H", "HEARTBEAT");
	want_gone("heartbeats in this minute");
	type("H", "30 heartbeats in this minute");
}
END_TEST

static long memory_kb(void)
{
	char path[64];
	long pages = 0;
	snprintf(path, sizeof path, "/proc/%d/statm", pty_pid(p));
	FILE *f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fscanf(f, "%*d %ld", &pages), 1);
	fclose(f);
	return pages * 4;
}

/* A hundred thousand at once: the newest are shown, the others counted and named, each can be found; the
 * console holds a window of them. */
START_TEST(a_burst_is_counted_and_can_be_read_back)
{
	pty_settle(p, 300);
	long before = memory_kb();
	say(EVENTS("INSTANCE_LAUNCHING", "CONCAT('{\"instance_id\":\"i-b', seq, '\"}')", "seq_1_to_100000"));
	want("shown live: scroll down, or spotop tail --from");
	want("i-b100000");
	type("/message:i-b55555\r", "i-b55555");
	want("1 here");
	type("\033", "LIVE");
	type("G", "STANDS STILL");
	want("switch_failed"); /* among the oldest of all */
	type("g", "i-b100000");
	want("LIVE");
	for (int i = 0; i < 40; i++) {
		pty_keys(p, "\006"); /* C-f */
		pty_pump(p, 20);
	}
	want("STANDS STILL");
	ck_assert_msg(memory_kb() - before < 40000, "%ld kB more", memory_kb() - before);
}
END_TEST

START_TEST(another_history_stops_it_until_told)
{
	say("TRUNCATE sse_events");
	want("STOPPED (s begins anew)");
	want("history changed");
	type("s", "LIVE");
	say(EVENT("COMMAND_EXECUTED", "'{\"command_type\":\"anew\"}'"));
	want("anew");
}
END_TEST

Suite *suite_events(void);
Suite *suite_events(void)
{
	Suite *s = suite_create("events");
	TCase *t = tcase_create("screen");
	tcase_set_timeout(t, 180);
	tcase_add_unchecked_fixture(t, start_fleet, stop_fleet);
	tcase_add_checked_fixture(t, open_events, close_events);
	tcase_add_test(t, what_commits_late_is_in_flight_then_late);
	tcase_add_test(t, it_stands_still_and_follows);
	tcase_add_test(t, heartbeats_of_a_minute_are_one_row);
	tcase_add_test(t, another_history_stops_it_until_told);
	tcase_add_test(t, a_burst_is_counted_and_can_be_read_back);
	suite_add_tcase(s, t);
	return s;
}
