/* password.c - at the question for the password: whatever ends the program there, the shell has its echo back. */
#include "tests/support/eyes.h"
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

Suite *suite_password(void);
static char dir[64];

/* A shell that outlives what the terminal's keys do to the program in it, and says how that ended. No server
 * is asked: the socket is not there. */
static void open_shell(void)
{
	static char command[400];
	snprintf(dir, sizeof dir, "/tmp/spotop-password.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(command, sizeof command,
	         "trap : INT QUIT; sh -c 'echo $$ >%s/pid; exec \"$SPOTOP_BIN\" --no-defaults -S %s/none -p "
	         "agents'; echo \"ended $?\"; exec cat",
	         dir, dir);
	const char *argv[] = { "/bin/sh", "-c", command, NULL };
	const char *env[] = { "LC_ALL=C.UTF-8", NULL };
	setenv("XDG_STATE_HOME", dir, 1);
	setenv("XDG_CONFIG_HOME", dir, 1);
	p = pty_spawn(12, 80, argv, env);
	want("Password:");
	ck_assert(!pty_is_canonical(p)); /* no echo */
}

static void close_shell(void)
{
	char line[100];
	end_console();
	snprintf(line, sizeof line, "rm -rf %s", dir);
	ck_assert_int_eq(system(line), 0);
}

static pid_t program_pid(void)
{
	char path[80];
	int pid = 0;
	snprintf(path, sizeof path, "%s/pid", dir);
	FILE *f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fscanf(f, "%d", &pid), 1);
	fclose(f);
	return pid;
}

static const struct {
	const char *keys;
	int signo;
	const char *told;
} ends[] = { { "sec\003", 0, "ended 130" },          { "sec\034", 0, "ended 131" },
	     { "", SIGTERM, "ended 143" },           { "", SIGHUP, "ended 129" },
	     { "\004", 0, "no password was typed" }, { "wrong\r", 0, "ended 3" } };

START_TEST(the_shells_echo_is_as_it_was)
{
	if (*ends[_i].keys)
		pty_keys(p, ends[_i].keys);
	else
		ck_assert_int_eq(kill(program_pid(), ends[_i].signo), 0);
	want(ends[_i].told);
	want("ended");
	ck_assert_msg(pty_is_canonical(p), "the terminal does not echo");
	ck_assert_msg(!strstr(pty_screen(p), "sec\n") && !strstr(pty_screen(p), "wrong"), "%s",
	              pty_screen(p));
	type("hello\r", "hello");
}
END_TEST

Suite *suite_password(void)
{
	Suite *s = suite_create("password");
	TCase *t = tcase_create("question");
	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, open_shell, close_shell);
	tcase_add_loop_test(t, the_shells_echo_is_as_it_was, 0, 6);
	suite_add_tcase(s, t);
	return s;
}
