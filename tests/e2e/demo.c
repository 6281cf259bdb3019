/* demo.c - `spotop demo` leaves nothing behind, whenever and however it is ended: no server, no worker, no simulator,
 * no folder. */
#include "core/base/clock.h"
#include "tests/support/galera.h"
#include "tests/support/marked.h"
#include "tests/support/pty.h"
#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { GONE_MS = 30000, LIVE_MS = 60000 };

/* How many folders of demos are in our TMPDIR. */
static int n_folders(void)
{
	int n = 0;
	DIR *tmp = opendir(getenv("TMPDIR"));
	ck_assert_ptr_nonnull(tmp);
	for (struct dirent *d; (d = readdir(tmp));) n += strncmp(d->d_name, "spotop-demo", 11) == 0;
	closedir(tmp);
	return n;
}

static void want_nothing(void)
{
	marked_want_none(GONE_MS);
	ck_assert_int_eq(n_folders(), 0);
}

static pid_t headless(int *out)
{
	int ends[2];
	char *mark = marked_new();
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	pid_t pid = fork();
	if (pid == 0) {
		dup2(ends[1], 1);
		putenv(mark);
		execl(getenv("SPOTOP_BIN"), "spotop", "demo", "--headless", "--agents=20", (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	*out = ends[0];
	return pid;
}

/* Milliseconds after the start; the data is made, the server starts, the schema and the past are written. */
static const int moments[] = { 5, 200, 500, 900, 1500, 2500 };

START_TEST(killed_while_it_starts)
{
	int out;
	pid_t pid = headless(&out);
	usleep((useconds_t)moments[_i] * 1000);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	want_nothing();
	close(out);
}
END_TEST

static const int endings[] = { SIGKILL, SIGTERM, SIGHUP };

START_TEST(ended_when_it_is_live)
{
	int out, status;
	char line[300] = "";
	pid_t pid = headless(&out);
	ck_assert_int_gt(read(out, line, sizeof line - 1), 0);
	ck_assert_msg(strncmp(line, "ready ", 6) == 0, "%s", line);
	ck_assert_int_ge(marked_count(), 4); /* itself, the server, the worker, the simulator */
	kill(pid, endings[_i]);
	waitpid(pid, &status, 0);
	if (endings[_i] != SIGKILL) ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	want_nothing();
	close(out);
}
END_TEST

/* The console in a terminal that is closed, and one that is killed. */
START_TEST(the_console_of_a_demo_is_ended)
{
	char state[200];
	snprintf(state, sizeof state, "XDG_STATE_HOME=%s", getenv("TMPDIR"));
	const char *const argv[] = { getenv("SPOTOP_BIN"), "demo", "--agents=20", NULL };
	const char *const env[] = { marked_new(), state, NULL };
	struct pty *p = pty_spawn(30, 100, argv, env);
	ck_assert_msg(pty_wait_text(p, "DEADLINES", LIVE_MS), "%s", pty_screen(p));
	ck_assert_int_ge(marked_count(), 4);
	if (_i) kill(pty_pid(p), SIGKILL);
	pty_free(p); /* closes the terminal, and kills what is left of the console */
	want_nothing();
}
END_TEST

/* The server that takes the writes dies: the console says so, reads and writes go on at the others, and the fleet lives. */
START_TEST(a_killed_node_is_shown_and_left)
{
	char state[200];
	snprintf(state, sizeof state, "XDG_STATE_HOME=%s", getenv("TMPDIR"));
	const char *const argv[] = { getenv("SPOTOP_BIN"), "demo", "--galera=3", "--agents=20", NULL };
	const char *const env[] = { marked_new(), state, NULL };
	struct pty *p = pty_spawn(30, 130, argv, env);
	ck_assert_msg(pty_wait_text(p, "DEADLINES", 2 * LIVE_MS), "%s", pty_screen(p));
	pty_keys(p, ":hosts\r");
	ck_assert_msg(pty_wait_text(p, "up, one of 3", 20000), "%s", pty_screen(p));
	pty_keys(p, ":kill-node 9\r");
	ck_assert_msg(pty_wait_text(p, "1 to 3", 20000), "%s", pty_screen(p));
	pty_keys(p, "\x15kill-node 1\r");
	ck_assert_msg(pty_wait_text(p, "killed: server 1", 20000), "%s", pty_screen(p));
	ck_assert_msg(pty_wait_text(p, "down", 20000), "%s", pty_screen(p));
	ck_assert_msg(pty_wait_text(p, "reads, writes", 30000), "%s", pty_screen(p));
	ck_assert_msg(pty_wait_text(p, "up, one of 2", 30000), "%s", pty_screen(p));
	pty_keys(p, ":write\r");
	ck_assert_msg(pty_wait_text(p, "armed", 20000), "%s", pty_screen(p));
	pty_free(p);
	want_nothing();
}
END_TEST

Suite *suite_demo(void)
{
	Suite *s = suite_create("demo");
	TCase *t = tcase_create("demo");
	tcase_set_timeout(t, 180);
	tcase_add_loop_test(t, killed_while_it_starts, 0, sizeof moments / sizeof *moments);
	tcase_add_loop_test(t, ended_when_it_is_live, 0, sizeof endings / sizeof *endings);
	tcase_add_loop_test(t, the_console_of_a_demo_is_ended, 0, 2);
	if (galera_is_here()) tcase_add_test(t, a_killed_node_is_shown_and_left);
	suite_add_tcase(s, t);
	return s;
}
