/* copy.c - the console on a copy of an old fleet: it says whose copy it is and how far behind, each page is that fleet's, and its
 * actions are refused. */
#include "tests/support/eyes.h"
#include "tests/support/migrating.h"
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

Suite *suite_copy(void);

static struct rig rig;
static pid_t follower;
static int out, err;

static void start(void)
{
	const char *argv[] = { "-D", "copied", "db", "migrate", "--from", "old60", "--follow", NULL };
	rig_start(&rig);
	migrating_load(&rig, "old60.sql");
	setenv("XDG_STATE_HOME", rig.state, 1);
	setenv("XDG_CONFIG_HOME", rig.state, 1);
	struct rig_run r = migrating_run(&rig, "old60", "copied", "--follow", "--once");
	ck_assert_msg(r.code == 0, "%s", r.err);
	rig_run_free(&r);
	follower = rig_spawn(&rig, false, argv, &out, &err);
}

static void stop(void)
{
	int status;
	kill(follower, SIGKILL);
	waitpid(follower, &status, 0);
	close(out), close(err);
	rig_stop(&rig);
}

START_TEST(a_copy_says_whose_it_is_and_takes_no_action)
{
	static const char *const env[] = { "LC_ALL=C.UTF-8", "TERM=xterm-256color", "TZ=UTC", NULL };
	const char *argv[] = { getenv("SPOTOP_BIN"),
		               "--no-defaults",
		               "-u",
		               "root",
		               "-S",
		               rig.socket,
		               "-D",
		               "copied",
		               "--write",
		               NULL };
	p = pty_spawn(24, 100, argv, env);
	want("copy of old60, lag 0.");
	type("2", "agent-1");
	type("3", "i-0000");
	rig_do(&rig, "UPDATE old60.agents SET logical_agent_id = 'renamed' WHERE id = "
	             "'aaaaaaaa-0000-0000-0000-000000000001'");
	type("2", "renamed");
	pty_free(p);
	p = NULL;
	const char *act[] = { "-D", "copied", "freeze", "agent-2", "--for=1h", "--reason=r", "--yes", NULL };
	struct rig_run r = rig_spotop(&rig, false, act);
	ck_assert_msg(r.code == 4 && strstr(r.err, "is a copy of old60"), "%d: %s", r.code, r.err);
	rig_run_free(&r);
}
END_TEST

Suite *suite_copy(void)
{
	Suite *s = suite_create("copy");
	TCase *t = tcase_create("copy");
	tcase_set_timeout(t, 120);
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_test(t, a_copy_says_whose_it_is_and_takes_no_action);
	suite_add_tcase(s, t);
	return s;
}
