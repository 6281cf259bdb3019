/* evacuate.c - a storm at 80x24: from the overview's line two keys plan the zone and a typed code runs exactly that; another console
 * sees who runs it and pauses it; the leading worker goes on when nobody looks. */
#include "core/base/err.h"
#include "tests/support/obeying.h"
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

static pid_t worker;
static char zone[40];

static struct pty *console(void)
{
	const char *argv[] = { getenv("SPOTOP_BIN"), obeying.cnf, "--write", NULL };
	return pty_spawn(24, 80, argv, obeying_env);
}

/* Everybody in the zone with the most agents gets two minutes; a quarter of them may be touched at once. */
static void begin(void)
{
	worker = obeying_spotop((const char *[]){ "worker", NULL });
	obeying_ask("DELETE FROM " DB "spotop_plans", NULL);
	/* who is in trouble already is not what this is about */
	obeying_ask("UPDATE " DB "commands SET status = 'cancelled' WHERE status = 'pending'", NULL);
	obeying_ask("UPDATE " DB "agents SET enabled = FALSE WHERE metadata LIKE '%%role%%'", NULL);
	obeying_ask("UPDATE " DB "clients SET metadata = JSON_OBJECT('max_touched_share', 0.25)", NULL);
	snprintf(zone, sizeof zone, "%s",
	         obeying_ask("SELECT az FROM " DB
	                     "agents WHERE enabled GROUP BY az ORDER BY COUNT(*) DESC, az LIMIT 1",
	                     NULL));
	for (int i = 0;
	     i < 300 && strcmp(obeying_ask("SELECT COUNT(*) FROM " DB
	                                   "job_schedules WHERE name = 'leader' AND lease_until > NOW(3)",
	                                   NULL),
	                       "1") != 0;
	     i++)
		usleep(100000);
	obeying_ask("UPDATE " DB "agents a JOIN " DB "instances i ON i.primary_of = a.id SET a.notice_status "
	            "= 'termination', a.notice_received_at = NOW(), "
	            "a.notice_deadline = NOW() + INTERVAL 118 SECOND, a.notice_instance_id = i.id WHERE "
	            "a.enabled AND a.az = '%s'",
	            zone);
	p = console();
}

static void end(void)
{
	int status;
	kill(worker, SIGTERM);
	waitpid(worker, &status, 0);
	obeying_ask("UPDATE " DB "agents SET notice_status = 'none', notice_deadline = NULL", NULL);
	obeying_end();
}

static void wait_for(const char *sql, const char *value)
{
	for (int i = 0; i < 600 && strcmp(obeying_ask(sql, NULL), value) != 0; i++) usleep(100000);
	if (strcmp(obeying_ask(sql, NULL), value) == 0) return;
	ck_abort_msg("%s: %s", sql,
	             obeying_ask("SELECT GROUP_CONCAT(CONCAT_WS(' ', a.logical_agent_id, r.what, r.state, "
	                         "m.status, m.stage, r.message) ORDER BY r.place SEPARATOR '; ') FROM " DB
	                         "spotop_plan_rows r JOIN " DB "agents a ON a.id = r.agent_id LEFT JOIN " DB
	                         "commands m ON m.id = r.command_id WHERE r.state <> 'done'",
	                         NULL));
}

/* The plan is made by two keys and run past the share limit, with a reason and the code. */
static void evacuate(void)
{
	want("STORM");
	want(zone);
	obeying_press("a");
	want("evacuate");
	obeying_press("v");
	want("run-plan ");
	want_gone("run-plan plan ");
	want("under notice (");
	ck_assert_str_eq(obeying_ask("SELECT COUNT(*) FROM " DB
	                             "spotop_plan_rows WHERE state NOT IN ('held', 'skipped')",
	                             NULL),
	                 "0");
	pty_settle(p, 450);
	if (strstr(pty_screen(p), "FAIL  share")) {
		pty_keys(p, "o");
		pty_settle(p, 450);
		pty_keys(p, "the zone dies\r");
		want("OVER  share");
	}
	obeying_confirm();
	want("done: run plan ");
}

START_TEST(two_keys_and_a_code_evacuate_a_zone)
{
	evacuate();
	obeying_press("\033");
	want_gone("done: run plan ");
	wait_for("SELECT COUNT(*) FROM " DB "spotop_plans WHERE state = 'done'", "1");
	ck_assert_str_eq(obeying_ask("SELECT COUNT(*) FROM " DB
	                             "spotop_plan_rows WHERE state NOT IN ('done', 'skipped')",
	                             NULL),
	                 "0");
	ck_assert_str_eq(obeying_ask("SELECT COUNT(*) FROM " DB "agents a JOIN " DB
	                             "instances i ON i.primary_of = a.id WHERE i.az = '%s' AND "
	                             "i.instance_status = 'running_primary' AND a.enabled",
	                             zone),
	                 "0");
	want(" done ");
}
END_TEST

START_TEST(another_operator_sees_who_runs_it_and_pauses_it)
{
	int status;
	evacuate();
	kill(obeying.sim, SIGSTOP); /* so that it stays under way */
	pty_free(p);                /* a console that is gone stops nothing */
	p = console();
	want("RW");
	pty_keys(p, ":plans\r");
	want("running");
	want("root");
	obeying_press("a");
	want("pause the plan");
	obeying_press("p");
	want("y issues it");
	pty_settle(p, 450);
	pty_keys(p, "y");
	want("done: pause plan ");
	obeying_press("\033");
	want("paused");
	obeying_press("\r");
	want("queued");
	kill(worker, SIGKILL);
	waitpid(worker, &status, 0);
	worker = obeying_spotop((const char *[]){ "worker", NULL });
	kill(obeying.sim, SIGCONT);
	wait_for("SELECT COUNT(*) FROM " DB "spotop_plan_rows WHERE state = 'released'", "0");
	obeying_ask("UPDATE " DB "spotop_plans SET state = 'cancelled' WHERE state IN ('running', 'paused')",
	            NULL);
}
END_TEST

Suite *suite_evacuate(void)
{
	Suite *s = suite_create("evacuate");
	TCase *t = tcase_create("storm");
	tcase_add_unchecked_fixture(t, obeying_start, obeying_stop);
	tcase_add_checked_fixture(t, begin, end);
	tcase_set_timeout(t, 240);
	tcase_add_test(t, two_keys_and_a_code_evacuate_a_zone);
	tcase_add_test(t, another_operator_sees_who_runs_it_and_pauses_it);
	suite_add_tcase(s, t);
	return s;
}
