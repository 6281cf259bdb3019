/* worker.c - the daemons and who runs them: the watchdog is fed for as long as the loop turns, a hangup ends
 * nobody, and who is told to end gives the lease back. */
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "tests/support/rig.h"
#include <check.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

Suite *suite_worker(void);

static struct rig rig;
static void start(void) { rig_start(&rig); }
static void stop(void) { rig_stop(&rig); }
static void fresh(void)
{
	rig_fresh(&rig);
	mkdir(rig.state, 0700);
	rig_do(&rig, "DELETE FROM job_schedules");
}

static int out, err;
static pid_t daemon_pid;
static void run_daemon(const char *const *argv) { daemon_pid = rig_spawn(&rig, false, argv, &out, &err); }
static void run_worker(void)
{
	static const char *const argv[] = { "worker", NULL };
	run_daemon(argv);
}

static void wait_for(int fd, const char *text)
{
	struct buf b = BUF_EMPTY;
	struct pollfd at = { .fd = fd, .events = POLLIN };
	char c;
	while (!strstr(buf_str(&b), text)) {
		ck_assert_msg(poll(&at, 1, 20000) == 1 && read(fd, &c, 1) == 1, "no '%s' in: %s", text,
		              buf_str(&b));
		buf_addc(&b, c);
	}
	buf_free(&b);
}

static void lives(void)
{
	int status;
	for (int i = 0; i < 20; i++) {
		ck_assert_int_eq(waitpid(daemon_pid, &status, WNOHANG), 0);
		usleep(20000);
	}
}

static void end_daemon(void)
{
	int status;
	ck_assert_int_eq(kill(daemon_pid, SIGTERM), 0);
	ck_assert_int_eq(waitpid(daemon_pid, &status, 0), daemon_pid);
	ck_assert_msg(status == 0, "status %x", (unsigned)status);
	close(out);
	close(err);
}

static long leases(void)
{
	return rig_number(&rig, "SELECT COUNT(*) FROM job_schedules WHERE name = 'leader' AND lease_until > "
	                        "NOW(3)");
}

static void want_leases(long n)
{
	for (int i = 0; i < 400 && leases() != n; i++) usleep(50000);
	ck_assert_int_eq(leases(), n);
}

/* The service manager's end of the datagrams. */
static int manager(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	snprintf(at.sun_path, sizeof at.sun_path, "%.90s/notify", rig.state);
	unlink(at.sun_path);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
	setenv("NOTIFY_SOCKET", at.sun_path, 1);
	setenv("WATCHDOG_USEC", "900000", 1);
	return fd;
}

/* Beats of the next three seconds; each must come before the manager would have lost patience. */
static int heartbeats(int fd)
{
	struct pollfd at = { .fd = fd, .events = POLLIN };
	int64_t begin = clock_mono_ms(), last = begin;
	int n = 0;
	while (clock_mono_ms() - begin < 3000) {
		char text[300];
		if (poll(&at, 1, 100) != 1) continue;
		ssize_t len = recv(fd, text, sizeof text - 1, 0);
		ck_assert_int_ge(len, 0);
		text[len] = 0;
		if (!strstr(text, "WATCHDOG=1")) continue;
		ck_assert_int_lt(clock_mono_ms() - last, 1500);
		last = clock_mono_ms();
		n++;
	}
	return n;
}

static void held_elsewhere(void)
{
	const char *once[] = { "worker", "--once", NULL };
	struct rig_run r = rig_spotop(&rig, false, once);
	ck_assert_msg(r.code == 0, "%s", r.err);
	rig_run_free(&r);
	rig_do(&rig, "UPDATE job_schedules SET holder = 'elsewhere:1:x', lease_until = NOW(3) + INTERVAL 600 "
	             "SECOND WHERE name = 'leader'");
}

enum { LEADER, STANDBY, NO_DATABASE };
START_TEST(the_watchdog_hears_that_the_loop_turns)
{
	int fd = manager();
	if (_i == STANDBY) held_elsewhere();
	if (_i == NO_DATABASE) rig_kill_server(&rig);
	run_worker();
	ck_assert_int_ge(heartbeats(fd), 4);
	if (_i == NO_DATABASE) { /* it began without one, and leads once there is one */
		rig_start_server(&rig);
		want_leases(1);
	}
	end_daemon();
	close(fd);
}
END_TEST

static void write_settings(const char *text)
{
	char path[160];
	setenv("XDG_CONFIG_HOME", rig.state, 1);
	snprintf(path, sizeof path, "%s/spotop", rig.state);
	mkdir(path, 0700);
	snprintf(path, sizeof path, "%s/spotop/config", rig.state);
	FILE *f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	ck_assert_int_eq(fclose(f), 0);
}

START_TEST(a_hangup_has_the_settings_read_again_and_a_term_gives_the_lease_back)
{
	write_settings("[worker]\nalert_hook = cat\n");
	run_worker();
	want_leases(1);
	ck_assert_int_eq(kill(daemon_pid, SIGHUP), 0);
	wait_for(err, "signal=1 the settings are read again");
	write_settings("!include /nonexistent/file\n");
	ck_assert_int_eq(kill(daemon_pid, SIGHUP), 0);
	wait_for(err, "signal=1 the settings stay as they were");
	lives();
	ck_assert_int_eq(leases(), 1);
	end_daemon();
	ck_assert_int_eq(leases(), 0);
	write_settings("");
}
END_TEST

START_TEST(a_hangup_ends_no_endpoint)
{
	static const char *const argv[] = { "serve", "--listen", "127.0.0.1:0", NULL };
	run_daemon(argv);
	wait_for(out, "listening");
	ck_assert_int_eq(kill(daemon_pid, SIGHUP), 0);
	lives();
	end_daemon();
}
END_TEST

/* A login that is refused while the worker runs is not hammered: it may be locked for it. */
/* Each of its links tries once: the one it works over, the pulse's and, once it has kept sums, that one. */
START_TEST(a_refused_login_is_not_tried_every_two_seconds)
{
	enum { LINKS = 3 };
	static const char *const argv[] = { "worker", "-u", "w", NULL };
	rig_do(&rig, "CREATE OR REPLACE USER w@localhost");
	rig_do(&rig, "GRANT spotop_worker TO w@localhost");
	rig_do(&rig, "SET DEFAULT ROLE spotop_worker FOR w@localhost");
	run_daemon(argv);
	want_leases(1);
	rig_do(&rig, "ALTER USER w@localhost IDENTIFIED BY 'changed'");
	rig_do(&rig, "KILL USER w@localhost");
	long before = rig_number(&rig, "SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE "
	                               "VARIABLE_NAME = 'ACCESS_DENIED_ERRORS'");
	usleep(9000000);
	long tries = rig_number(&rig, "SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE "
	                              "VARIABLE_NAME = 'ACCESS_DENIED_ERRORS'") -
	             before;
	ck_assert_msg(tries >= 0 && tries <= LINKS, "%ld tries in 9 s", tries);
	end_daemon();
	rig_do(&rig, "DROP USER w@localhost");
}
END_TEST

Suite *suite_worker(void)
{
	Suite *s = suite_create("worker");
	TCase *t = tcase_create("daemons");
	tcase_set_timeout(t, 120);
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_checked_fixture(t, fresh, NULL);
	tcase_add_loop_test(t, the_watchdog_hears_that_the_loop_turns, LEADER, NO_DATABASE + 1);
	tcase_add_test(t, a_hangup_has_the_settings_read_again_and_a_term_gives_the_lease_back);
	tcase_add_test(t, a_hangup_ends_no_endpoint);
	tcase_add_test(t, a_refused_login_is_not_tried_every_two_seconds);
	suite_add_tcase(s, t);
	return s;
}
