/* runner.c - what the test runner promises: a set-up that fails or crashes fails the tests of its case, each counted,
 * and no others; and however a run ends, no server is left. The runs are of this very program, with faults that
 * SPOTOP_FAULT puts into this suite. */
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "tests/support/marked.h"
#include "tests/support/server.h"
#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_MS = 60000 };

/* --- the suite with a fault in it, in a run started below --- */

static struct server *server;

static void faulty(void)
{
	const char *fault = getenv("SPOTOP_FAULT");
	struct err e = { 0 };
	server = server_start(NULL, &e);
	ck_assert_msg(server != NULL, "%s", e.text);
	/* What a program under test may leave: a daemon that nobody is the parent of. */
	ck_assert_int_eq(system("setsid sleep 300 </dev/null >/dev/null 2>&1 &"), 0);
	if (!strcmp(fault, "assert")) ck_abort_msg("this set-up fails");
	if (!strcmp(fault, "crash")) abort();
	if (!strcmp(fault, "exit")) exit(1);
	if (!strcmp(fault, "hang")) {
		printf("hanging\n");
		fflush(stdout);
		pause();
	}
}
static void end_crashes(void)
{
	if (!strcmp(getenv("SPOTOP_FAULT"), "end")) abort();
	server_stop(server);
}
static void fine(void) {}

START_TEST(one) {}
END_TEST
START_TEST(two) { ck_assert_msg(strcmp(getenv("SPOTOP_FAULT"), "test") != 0, "this test fails"); }
END_TEST

static Suite *faulty_suite(void)
{
	Suite *s = suite_create("runner");
	TCase *bad = tcase_create("bad"), *good = tcase_create("good");
	tcase_add_unchecked_fixture(bad, faulty, end_crashes);
	tcase_add_test(bad, one);
	tcase_add_loop_test(bad, two, 0, 3);
	tcase_add_unchecked_fixture(good, fine, fine);
	tcase_add_test(good, one);
	suite_add_tcase(s, bad);
	suite_add_tcase(s, good);
	return s;
}

/* --- such runs, seen from outside --- */

struct run {
	pid_t pid;
	int fd;
	struct buf text; /* its output so far */
};

static void run_start(struct run *r, const char *fault, const char *path, const char *const *args)
{
	const char *argv[8] = { "run" };
	int ends[2], n = 1;
	while (*args && n < 7) argv[n++] = *args++;
	*r = (struct run){ .text = BUF_EMPTY };
	char *mark = marked_new();
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	if ((r->pid = fork()) == 0) {
		dup2(ends[1], 1), dup2(ends[1], 2);
		putenv(mark);
		setenv("SPOTOP_FAULT", fault, 1);
		unsetenv("SPOTOP_JOBS"), unsetenv("CK_RUN_CASE");
		if (path) setenv("PATH", path, 1);
		execv("/proc/self/exe", (char *const *)argv);
		_exit(127);
	}
	close(ends[1]);
	r->fd = ends[0];
}

/* Reads on until `text` has come, or (NULL) until the run is over; its exit code, or 1000 + signal. */
static int run_until(struct run *r, const char *text)
{
	int64_t until = clock_mono_ms() + MOST_MS;
	int status = 0;
	for (bool is_over = false; !is_over;) {
		char part[4096];
		is_over = waitpid(r->pid, &status, WNOHANG) == r->pid;
		for (ssize_t n; (n = read(r->fd, part, sizeof part)) > 0;) buf_add(&r->text, part, (size_t)n);
		if (text && strstr(buf_str(&r->text), text)) return -1;
		if (!is_over) usleep(10000);
		ck_assert_msg(clock_mono_ms() < until, "it does not end: %s", buf_str(&r->text));
	}
	close(r->fd);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static void want_said(struct run *r, const char *text)
{
	ck_assert_msg(strstr(buf_str(&r->text), text) != NULL, "no '%s' in\n%s", text, buf_str(&r->text));
}

static const char *const only_us[] = { "runner", NULL };

/* bad has four tests (one is a loop of three), good has one. */
static void set_up_fails(const char *fault, const char *words)
{
	struct run r;
	run_start(&r, fault, NULL, only_us);
	ck_assert_int_eq(run_until(&r, NULL), 1);
	want_said(&r, words);
	want_said(&r, "the set-up failed");
	want_said(&r, "4 of 4 tests not run, counted as failed");
	want_said(&r, "20%: Checks: 5, Failures: 4");
	want_said(&r, "T=runner:one");
	want_said(&r, "T=runner:two");
	marked_want_none(MOST_MS);
	buf_free(&r.text);
}

START_TEST(a_set_up_that_fails_fails_its_tests) { set_up_fails("assert", "this set-up fails"); }
END_TEST
START_TEST(a_set_up_that_crashes_fails_its_tests) { set_up_fails("crash", "Aborted"); }
END_TEST
START_TEST(a_set_up_that_exits_fails_its_tests) { set_up_fails("exit", "not run"); }
END_TEST

START_TEST(an_end_that_crashes_is_a_failure)
{
	struct run r;
	run_start(&r, "end", NULL, only_us);
	ck_assert_int_eq(run_until(&r, NULL), 1);
	want_said(&r, "the tests ran, their end failed: Aborted");
	want_said(&r, "80%: Checks: 5, Failures: 1");
	marked_want_none(MOST_MS);
	buf_free(&r.text);
}
END_TEST

START_TEST(a_failing_test_says_how_to_run_it_alone)
{
	struct run r;
	run_start(&r, "test", NULL, only_us);
	ck_assert_int_eq(run_until(&r, NULL), 1);
	want_said(&r, "this test fails");
	want_said(&r, "40%: Checks: 5, Failures: 3");
	want_said(&r, "T=runner:two\n");
	marked_want_none(MOST_MS);
	buf_free(&r.text);
	static const char *const alone[] = { "runner:two", NULL };
	run_start(&r, "test", NULL, alone);
	ck_assert_int_eq(run_until(&r, NULL), 1);
	want_said(&r, "0%: Checks: 3, Failures: 3");
	buf_free(&r.text);
}
END_TEST

START_TEST(a_name_that_no_test_has_is_a_failure)
{
	struct run r;
	static const char *const none[] = { "runer", NULL };
	run_start(&r, "", NULL, none);
	ck_assert_int_eq(run_until(&r, NULL), 1);
	want_said(&r, "no test of that name");
	buf_free(&r.text);
}
END_TEST

static void ended_by(int sig, int code)
{
	struct run r;
	run_start(&r, "hang", NULL, only_us);
	run_until(&r, "hanging");
	ck_assert_int_ge(marked_count(), 4); /* runner, keeper, case, server */
	kill(r.pid, sig);
	ck_assert_int_eq(run_until(&r, NULL), code);
	marked_want_none(MOST_MS);
	if (sig != SIGKILL) want_said(&r, "%: Checks: ");
	buf_free(&r.text);
}

START_TEST(nothing_is_left_after_ctrl_c) { ended_by(SIGINT, 128 + SIGINT); }
END_TEST
START_TEST(nothing_is_left_after_term) { ended_by(SIGTERM, 128 + SIGTERM); }
END_TEST
START_TEST(nothing_is_left_after_kill_9) { ended_by(SIGKILL, 1000 + SIGKILL); }
END_TEST

/* The first server does not start; the next ones do. */
START_TEST(a_server_that_does_not_start_fails_its_suite_alone)
{
	struct run r;
	char dir[200], script[300], path[4200];
	snprintf(dir, sizeof dir, "%s/fake", getenv("SPOTOP_TMP"));
	ck_assert_int_eq(mkdir(dir, 0700), 0);
	snprintf(script, sizeof script, "%s/mariadbd", dir);
	FILE *f = fopen(script, "w");
	ck_assert_ptr_nonnull(f);
	fprintf(f,
	        "#!/bin/sh\nmkdir '%s/first' 2>/dev/null && exit 1\nPATH=${PATH#*:}:/usr/sbin exec mariadbd "
	        "\"$@\"\n",
	        dir);
	ck_assert_int_eq(fclose(f), 0);
	ck_assert_int_eq(chmod(script, 0700), 0);
	snprintf(path, sizeof path, "%s:%s", dir, getenv("PATH"));
	static const char *const two_suites[] = { "page", "tracker", NULL };
	run_start(&r, "", path, two_suites);
	ck_assert_int_eq(run_until(&r, NULL), 1);
	want_said(&r, "page: ");
	want_said(&r, "the set-up failed");
	want_said(&r, "FAILED   page");
	want_said(&r, "ok       tracker");
	marked_want_none(MOST_MS);
	buf_free(&r.text);
}
END_TEST

Suite *suite_runner(void)
{
	if (getenv("SPOTOP_FAULT")) return faulty_suite();
	Suite *s = suite_create("runner");
	TCase *t = tcase_create("runner");
	tcase_set_timeout(t, 120);
	tcase_add_test(t, a_set_up_that_fails_fails_its_tests);
	tcase_add_test(t, a_set_up_that_crashes_fails_its_tests);
	tcase_add_test(t, a_set_up_that_exits_fails_its_tests);
	tcase_add_test(t, an_end_that_crashes_is_a_failure);
	tcase_add_test(t, a_failing_test_says_how_to_run_it_alone);
	tcase_add_test(t, a_name_that_no_test_has_is_a_failure);
	tcase_add_test(t, nothing_is_left_after_ctrl_c);
	tcase_add_test(t, nothing_is_left_after_term);
	tcase_add_test(t, nothing_is_left_after_kill_9);
	tcase_add_test(t, a_server_that_does_not_start_fails_its_suite_alone);
	suite_add_tcase(s, t);
	return s;
}
