/* comfort.c - what makes a long night easier: a hint on the first run only, a mouse that only goes and opens,
 * a bell and a notice for what was chosen, an incident that somebody claims and writes on, seen by all. */
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
static void open_console(const char *const *args)
{
	p = fleet_console(&fleet, 24, 100, false, args, NULL);
	want("5 agents");
}
static void settings(const char *text)
{
	char path[200];
	snprintf(path, sizeof path, "%s/spotop/config", fleet.home);
	if (!text) {
		unlink(path);
		return;
	}
	FILE *f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	ck_assert_int_eq(fclose(f), 0);
}
static void sql(const char *text)
{
	struct err e = { 0 };
	char all[600];
	snprintf(all, sizeof all, "USE spot_optimizer; %s", text);
	ck_assert_msg(server_sql(fleet.server, strstr(all, "; ") + 2, NULL, 0, &e), "%s: %s", text, e.text);
}

START_TEST(the_hint_comes_once)
{
	char path[200];
	snprintf(path, sizeof path, "%s/spotop/greeted", fleet.home);
	ck_assert_int_eq(unlink(path), 0);
	open_console(NULL);
	want("this hint comes once");
	pty_keys(p, "2");
	want("batch-2");
	want_gone("this hint comes once");
	end_console();
	open_console(NULL);
	pty_settle(p, 300);
	ck_assert_ptr_null(strstr(pty_screen(p), "this hint"));
}
END_TEST

/* A click where this text stands on the screen. */
static void click(const char *text)
{
	char copy[20000], keys[80];
	snprintf(copy, sizeof copy, "%s", pty_screen(p));
	int y = 1;
	for (char *rest = copy, *line; (line = strsep(&rest, "\n")); y++) {
		const char *at = strstr(line, text);
		if (!at) continue;
		int x = 1;
		for (const char *c = line; c < at; c++) x += ((unsigned char)*c & 0xc0) != 0x80;
		snprintf(keys, sizeof keys, "\033[<0;%d;%dM\033[<0;%d;%dm", x, y, x, y);
		pty_keys(p, keys);
		return;
	}
	ck_abort_msg("no '%s' to click on in\n%s", text, copy);
}

START_TEST(the_mouse_goes_and_opens)
{
	static const char *const mouse[] = { "--mouse", NULL };
	int row, col, was;
	open_console(mouse);
	ck_assert(pty_wait_raw(p, "\033[?1000h", WAIT_MS));
	click("agents  3"); /* a tab */
	want("silent_dead");
	want("web-2");
	pty_settle(p, 200);
	ck_assert(pty_cursor(p, &was, &col));
	click("web-2"); /* goes there, and opens nothing */
	pty_settle(p, 300);
	ck_assert(pty_cursor(p, &row, &col));
	ck_assert_int_ne(row, was);
	want("silent_dead");
	click("reported"); /* a head sorts */
	want("reported\xe2\x96\xb4");
	click("web-2");
	pty_settle(p, 300);
	click("web-2"); /* again: opens */
	want("agents \xe2\x80\xba web-2");
	pty_keys(p, "1");
	want("DEADLINES");
	click("LAST EVENTS"); /* a head of the overview is no row: nothing opens */
	pty_settle(p, 200);
	want("DEADLINES");
}
END_TEST

START_TEST(without_it_a_click_is_nothing)
{
	open_console(NULL);
	pty_settle(p, 200);
	ck_assert_ptr_null(memmem(pty_raw(p)->s, pty_raw(p)->len, "\033[?1000h", 8));
}
END_TEST

START_TEST(a_chosen_alert_rings)
{
	settings("[spotop]\nbell = end critical\n");
	open_console(NULL);
	/* the header has been read: what was there before calls nobody */
	pty_mark(p);
	sql("INSERT INTO spot_optimizer.alerts (alert_key, kind, severity, message) VALUES ('test:c', "
	    "'test', 'critical', 'the roof is off'), ('test:w', 'test', 'warning', 'not chosen')");
	want("critical: the roof is off");
	ck_assert(pty_wait_raw(p, "\a", WAIT_MS));
	ck_assert(pty_wait_raw(p, "\033]9;critical: the roof is off", WAIT_MS));
	ck_assert_ptr_null(memmem(pty_raw(p)->s, pty_raw(p)->len, "]9;warning", 10));
	settings(NULL);
	sql("DELETE FROM spot_optimizer.alerts WHERE kind = 'test'");
}
END_TEST

/* One notice ends as another comes: as many as before, and one of them is new. */
START_TEST(a_notice_in_place_of_another_rings)
{
	static const char clear[] =
	        "UPDATE spot_optimizer.agents SET notice_status = 'none', notice_deadline = "
	        "NULL, notice_received_at = NULL WHERE logical_agent_id = '%s'",
	                  set[] = "UPDATE spot_optimizer.agents SET notice_status = 'termination', "
	                          "notice_received_at = NOW(), notice_deadline = NOW() + INTERVAL 120 SECOND "
	                          "WHERE logical_agent_id = '%s'";
	char both[900];
	settings("[spotop]\nbell = termination\n");
	open_console(NULL);
	pty_mark(p);
	snprintf(both, sizeof both, set, "web-1");
	sql(both);
	want("Spot interruption notice: 2 agents");
	pty_mark(p);
	strcpy(both, "BEGIN NOT ATOMIC START TRANSACTION; ");
	snprintf(both + strlen(both), sizeof both - strlen(both), clear, "web-1");
	strcat(both, "; ");
	snprintf(both + strlen(both), sizeof both - strlen(both), set, "web-2");
	strcat(both, "; COMMIT; END");
	sql("DO SLEEP(1.1)"); /* notices are kept to the second */
	sql(both);
	ck_assert(pty_wait_raw(p, "\033]9;Spot interruption notice: 2 agents", WAIT_MS));
	snprintf(both, sizeof both, clear, "web-2");
	sql(both);
	settings(NULL);
}
END_TEST

START_TEST(a_claim_and_a_note_are_seen_by_all)
{
	struct err e = { 0 };
	char cmd[500], id[40];
	sql("INSERT INTO spot_optimizer.alerts (alert_key, kind, severity, message) VALUES ('test:n', "
	    "'test_note', 'critical', 'shared by all')");
	ck_assert(server_sql(fleet.server, "SELECT id FROM spot_optimizer.alerts WHERE alert_key = 'test:n'",
	                     id, sizeof id, &e));
	p = fleet_console(&fleet, 24, 160, false, NULL, NULL);
	want("5 agents");
	pty_keys(p, ":alerts\r");
	want("shared by all");
	for (int i = 0; i < 2; i++) {
		snprintf(cmd, sizeof cmd, "'%s' --defaults-file='%s' -u root %s %s %s --yes > /dev/null 2>&1",
		         getenv("SPOTOP_BIN"), fleet.conf, i ? "note" : "claim", id,
		         i ? "'rebooting the switch'" : "");
		ck_assert_msg(system(cmd) == 0, "%s", cmd);
	}
	want("claimed");
	want("root@loca");
	want("rebooting t");
	sql("DELETE FROM spot_optimizer.alerts WHERE kind = 'test_note'");
}
END_TEST

Suite *suite_comfort(void);
Suite *suite_comfort(void)
{
	Suite *s = suite_create("comfort");
	TCase *t = tcase_create("comfort");
	tcase_set_timeout(t, 120);
	tcase_add_unchecked_fixture(t, start_fleet, stop_fleet);
	tcase_add_checked_fixture(t, NULL, end_console);
	tcase_add_test(t, the_hint_comes_once);
	tcase_add_test(t, the_mouse_goes_and_opens);
	tcase_add_test(t, without_it_a_click_is_nothing);
	tcase_add_test(t, a_chosen_alert_rings);
	tcase_add_test(t, a_notice_in_place_of_another_rings);
	tcase_add_test(t, a_claim_and_a_note_are_seen_by_all);
	suite_add_tcase(s, t);
	return s;
}
