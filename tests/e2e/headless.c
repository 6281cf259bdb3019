/* headless.c - tables on a terminal: they fit, and say what did not; piped they are whole. The overview in its sections. */
#include "core/base/buf.h"
#include "core/base/text.h"
#include "tests/support/pty.h"
#include "tests/support/rig.h"
#include "tests/support/said.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_headless(void);
static struct rig rig;

static void start(void) { rig_start(&rig); }
static void stop(void) { rig_stop(&rig); }

/* All that a command writes to a terminal of that width, line ends plain; free(). */
static char *on_terminal(int cols, const char *const *words)
{
	char socket[140];
	const char *argv[16] = { "./spotop", "--no-defaults", socket, "-uroot" };
	size_t n = 4;
	int status;
	snprintf(socket, sizeof socket, "--socket=%s", rig.socket);
	for (; *words; words++) argv[n++] = *words;
	struct pty *p = pty_spawn(50, cols, argv, NULL);
	pty_mark(p);
	ck_assert_msg(pty_wait_exit(p, &status, 20000), "%s", pty_screen(p));
	pty_settle(p, 20);
	struct buf plain = BUF_EMPTY;
	for (size_t i = 0; i < pty_raw(p)->len; i++)
		if (pty_raw(p)->s[i] != '\r') buf_addc(&plain, pty_raw(p)->s[i]);
	pty_free(p);
	buf_addc(&plain, 0);
	return plain.s;
}

/* Is no line of the table wider than the terminal? What is on stderr begins with our name. */
static void fits(const char *out, size_t cols)
{
	for (const char *line = out; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		size_t n = strcspn(line, "\n");
		if (strncmp(line, "spotop", 6) == 0) continue;
		ck_assert_msg(text_width(line, n) <= cols, "%zu columns: '%.*s'\n%s", cols, (int)n, line,
		              out);
	}
}

START_TEST(every_view_fits)
{
	static const char *const views[] = { "agents",    "instances", "events", "commands",
		                             "switches",  "pools",     "jobs",   "audit",
		                             "deadlines", "landmines", "alerts", "overview" };
	static const int widths[] = { 40, 80 };
	const char *view = views[_i];
	for (size_t k = 0; k < 2; k++) {
		char *out = on_terminal(widths[k], (const char *[]){ view, NULL });
		fits(out, (size_t)widths[k]);
		free(out);
	}
}
END_TEST

START_TEST(what_has_no_room_is_named)
{
	char *out = on_terminal(80, (const char *[]){ "agents", "--limit=2", NULL });
	holds(out, "agent-001");
	holds(out, "heartbeat");
	holds(out, "spotop agents: no room for ");
	holds(out, "-o wide has all");
	lacks(out, "us-east-1b"); /* its zone ranks low */
	free(out);
	out = on_terminal(80, (const char *[]){ "agents", "--limit=2", "-o", "wide", NULL });
	holds(out, "us-east-1b");
	holds(out, "agent_id");
	lacks(out, "no room");
	free(out);
	out = on_terminal(80, (const char *[]){ "agents", "--limit=2",
	                                        "--columns=agent,pool,az,client,cause,region", NULL });
	holds(out, "us-east-1b");
	lacks(out, "no room");
	free(out);
}
END_TEST

START_TEST(piped_it_is_whole)
{
	char *out = said(&rig, 0, (const char *[]){ "agents", "--limit", "2", NULL });
	holds(out, "az\n");
	holds(out, "us-east-1b\n");
	holds(out, "ondemand_usd_per_hour");
	free(out);
}
END_TEST

START_TEST(a_sentence_goes_on_below)
{
	rig_do(&rig, "INSERT INTO system_events (event_type, severity, message) VALUES "
	             "('test', 'warning', 'one two three four five six seven eight nine ten eleven twelve "
	             "thirteen LAST')");
	char *out = on_terminal(60, (const char *[]){ "events", "--limit=1", NULL });
	fits(out, 60);
	holds(out, "one two");
	holds(out, "LAST");
	free(out);
}
END_TEST

START_TEST(the_overview_has_sections)
{
	rig_do(&rig, "UPDATE agents SET status = 'offline' WHERE logical_agent_id = 'agent-007'");
	char *out = said(&rig, 0, (const char *[]){ "overview", NULL });
	holds(out, "CRITICAL  agent-007 is offline");
	holds(out, "in all ");
	holds(out, "health    1 dead, ");
	holds(out, "\nCONDITION  since");
	holds(out, "\nUNHEALTHY  health");
	lacks(out, "verdict");
	lacks(out, "n/a  n/a");
	free(out);
	out = said(&rig, 0, (const char *[]){ "overview", "--filter", "section=health", NULL });
	holds(out, "health    1 dead, ");
	lacks(out, "CONDITION");
	free(out);
	out = said(&rig, 0, (const char *[]){ "overview", "-o", "csv", NULL });
	holds(out, "verdict,word,CRITICAL");
	free(out);
}
END_TEST

/* Each is mistyped in one place. */
static const struct slip {
	const char *words[8], *meant;
	int code;
} slips[] = {
	{ { "agnts" }, "did you mean agents?", 2 },
	{ { "swich", "agent-001", "--ondemand" }, "did you mean switch?", 2 },
	{ { "agents", "--sort", "agnt" }, "did you mean agent?", 2 },
	{ { "agents", "--columns", "agent,helth" }, "did you mean health?", 2 },
	{ { "agents", "--filter", "healt=crit" }, "health", 2 },
	{ { "agents", "--filter", "health=crt" }, "no health is 'crt'; did you mean crit?", 0 },
	{ { "commands", "--filter", "status=pendng" }, "did you mean pending?", 0 },
	{ { "agents", "--client", "acne" }, "did you mean acme?", 1 },
	{ { "events", "--severity", "critcal" }, "did you mean critical?", 2 },
	{ { "why", "agnt-001" }, "did you mean agent-001?", 1 },
	{ { "timeline", "acne" }, "did you mean acme?", 1 },
	{ { "prices", "--pool", "r3.larg.us-east-1b" }, "did you mean r3.large.us-east-1b?", 1 },
	{ { "switch", "agnt-001", "--ondemand", "--dry-run" }, "did you mean agent-001?", 1 },
	{ { "switch", "agent-001", "--to", "r3.larg.us-east-1e", "--dry-run" },
	  "did you mean r3.large.us-east-1e?",
	  1 },
	{ { "switch", "agent-001", "--ondemand", "--dry-run", "--override=shar_az", "--reason=x" },
	  "; it has ",
	  2 },
	{ { "config", "agent-001", "auto_swich=on", "--dry-run" }, "did you mean auto_switch?", 2 },
	{ { "freeze", "client:acne", "--for=1h", "--reason=x", "--dry-run" }, "did you mean acme?", 1 },
	{ { "evacuate", "us-eats-1b", "--dry-run" }, "did you mean us-east-1b?", 1 },
	{ { "job", "run", "retenton" }, "did you mean retention?", 2 },
	{ { "job", "lst" }, "did you mean list?", 2 },
	{ { "agents", "-o", "jsn" }, "did you mean json?", 2 },
};

START_TEST(a_slip_is_told_what_was_meant)
{
	for (size_t i = 0; i < sizeof slips / sizeof *slips; i++) {
		struct rig_run r = rig_spotop(&rig, false, slips[i].words);
		ck_assert_msg(r.code == slips[i].code && strstr(r.err, slips[i].meant),
		              "%s %s: exit %d, not %d: %s", slips[i].words[0],
		              slips[i].words[1] ? slips[i].words[1] : "", r.code, slips[i].code, r.err);
		rig_run_free(&r);
	}
}
END_TEST

Suite *suite_headless(void)
{
	Suite *s = suite_create("headless");
	TCase *t = tcase_create("headless");
	tcase_set_timeout(t, 60);
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_loop_test(t, every_view_fits, 0, 12);
	tcase_add_test(t, what_has_no_room_is_named);
	tcase_add_test(t, piped_it_is_whole);
	tcase_add_test(t, a_sentence_goes_on_below);
	tcase_add_test(t, the_overview_has_sections);
	tcase_add_test(t, a_slip_is_told_what_was_meant);
	suite_add_tcase(s, t);
	return s;
}
