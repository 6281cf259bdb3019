/* sysdate.c - a server whose SYSDATE() is what a session says (--sysdate-is-now) shows so in no variable: it is found, told
 * by the doctor, and nothing is made, run or issued there. What only reads goes on. */
#include "tests/support/rig.h"
#include "tests/support/server.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_sysdate(void);

static struct rig rig;

/* The schema was made while the server was right; then somebody started it otherwise. */
static void start(void)
{
	const char *had = getenv("SPOTOP_SERVER_OPTS");
	char opts[500];
	rig_start(&rig);
	snprintf(opts, sizeof opts, "%s --sysdate-is-now", had ? had : "");
	setenv("SPOTOP_SERVER_OPTS", opts, 1);
	rig_kill_server(&rig);
	rig_start_server(&rig);
}
static void stop(void) { rig_stop(&rig); }

static const struct {
	const char *argv[8];
	int code;
	const char *says;
} lines[] = {
	{ { "db", "init" }, 4, "--sysdate-is-now" },
	{ { "db", "upgrade" }, 4, "--sysdate-is-now" },
	{ { "db", "verify" }, 4, "--sysdate-is-now" },
	{ { "worker", "--once" }, 4, "--sysdate-is-now" },
	{ { "job", "run", "alerts" }, 4, "--sysdate-is-now" },
	{ { "freeze", "fleet", "--for", "1h", "--reason", "r", "--yes" }, 4, "--sysdate-is-now" },
	{ { "doctor" }, 1, "sysdate_is_now" },
	{ { "agents", "-o", "csv" }, 0, "agent-001" },
	{ { "why", "agent-001" }, 0, "healthy" },
	{ { "freezes", "--fail-empty" }, 1, "" },
};

START_TEST(it_is_found_and_refused)
{
	struct rig_run r = rig_spotop(&rig, false, lines[_i].argv);
	ck_assert_msg(r.code == lines[_i].code &&
	                      (strstr(r.err, lines[_i].says) || strstr(r.out, lines[_i].says)),
	              "%s %s: exit %d: %s%s", lines[_i].argv[0], lines[_i].argv[1] ? lines[_i].argv[1] : "",
	              r.code, r.out, r.err);
	rig_run_free(&r);
}
END_TEST

Suite *suite_sysdate(void)
{
	Suite *s = suite_create("sysdate");
	TCase *t = tcase_create("sysdate");
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, it_is_found_and_refused, 0, sizeof lines / sizeof *lines);
	suite_add_tcase(s, t);
	return s;
}
