/* local.c - a private MariaDB: up, found, taken over, and never left behind. */
#include "core/local/local.h"
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/base/spawn.h"
#include "core/local/local_int.h"
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

Suite *suite_local(void);

static char home[64], dir[PATH_MAX];
static struct local l;
static struct err e;

static void setup(void)
{
	strcpy(home, "/tmp/spotop-local.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(home));
	snprintf(dir, sizeof dir, "%s/db", home);
	l = (struct local){ 0 };
	e = (struct err){ 0 };
}
static void teardown(void)
{
	local_stop(dir, NULL);
	dir_remove_tree(home, NULL);
}

static void start(enum local_mode mode) { ck_assert_msg(local_start(dir, mode, &l, &e), "%s", e.text); }

static bool is_gone_within(pid_t pid, int ms)
{
	int64_t until = clock_mono_ms() + ms;
	while (proc_is_alive(pid)) {
		if (clock_mono_ms() > until) return false;
		proc_sleep_ms(5);
	}
	return true;
}

START_TEST(is_up_from_nothing_and_mariadb_can_use_it)
{
	char command[PATH_MAX + 200];
	struct stat st;
	int64_t began = clock_mono_ms();
	start(LOCAL_DAEMON);
	ck_assert_int_lt(clock_mono_ms() - began, 10000);
	ck_assert(l.is_new && l.is_ours && l.is_answering);
	snprintf(command, sizeof command,
	         "mariadb --defaults-file=%s -BNe 'CREATE DATABASE x; CREATE USER y@localhost; "
	         "SELECT @@skip_networking, @@event_scheduler, @@innodb_flush_log_at_trx_commit' | grep -qx "
	         "'1.ON.1'",
	         l.cnf);
	ck_assert_int_eq(system(command), 0);
	ck_assert_int_eq(stat(strcat(strcpy(command, l.dir), "/run"), &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0700);
}
END_TEST

START_TEST(a_second_start_uses_the_one_that_runs)
{
	start(LOCAL_DAEMON);
	pid_t pid = l.pid;
	start(LOCAL_CHILD);
	ck_assert_int_eq(l.pid, pid);
	ck_assert(!l.is_ours && !l.is_new && l.owner == 0);
}
END_TEST

START_TEST(stop_ends_it_and_status_knows)
{
	start(LOCAL_DAEMON);
	ck_assert(local_status(dir, &l, &e) && l.is_answering);
	pid_t pid = l.pid;
	ck_assert_msg(local_stop(dir, &e), "%s", e.text);
	ck_assert(!proc_is_alive(pid));
	ck_assert(local_status(dir, &l, &e) && l.pid == 0 && !l.is_answering);
	ck_assert(!local_stop(dir, &e));
	ck_assert_int_eq(e.code, ERR_NO);
}
END_TEST

START_TEST(the_next_start_takes_over_after_kill_9)
{
	start(LOCAL_DAEMON);
	pid_t pid = l.pid;
	kill(pid, SIGKILL); /* its socket and pid file stay behind */
	start(LOCAL_DAEMON);
	ck_assert_int_ne(l.pid, pid);
	ck_assert(l.is_ours && !l.is_new && l.is_answering);
}
END_TEST

static const int endings[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGKILL };

/* In a process of its own, with the signals' usual effect: starts a server that ends with it, tells its number, then waits. */
static pid_t start_owner(pid_t *server)
{
	int ends[2];
	ck_assert_int_eq(pipe(ends), 0);
	pid_t pid = fork();
	if (pid == 0) {
		for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) signal(endings[i], SIG_DFL);
		pid_t told = local_start(dir, LOCAL_CHILD, &l, &e) ? l.pid : -1;
		if (write(ends[1], &told, sizeof told) != sizeof told) _exit(1);
		for (;;) pause();
	}
	close(ends[1]);
	ck_assert_int_eq(read(ends[0], server, sizeof *server), sizeof *server);
	close(ends[0]);
	ck_assert_int_gt(*server, 0);
	return pid;
}

START_TEST(no_orphan_whatever_ends_its_owner)
{
	pid_t server, owner = start_owner(&server);
	kill(owner, endings[_i]);
	waitpid(owner, NULL, 0);
	ck_assert(is_gone_within(server, 20000));
	start(LOCAL_DAEMON); /* and the directory is free */
	ck_assert(l.is_ours);
}
END_TEST

START_TEST(a_directory_in_use_is_refused_by_name)
{
	char named[32];
	pid_t server, owner = start_owner(&server);
	bool ok = local_start(dir, LOCAL_DAEMON, &l, &e);
	kill(owner, SIGKILL);
	waitpid(owner, NULL, 0);
	ck_assert(is_gone_within(server, 20000));
	ck_assert(!ok);
	ck_assert_int_eq(e.code, ERR_REFUSED);
	snprintf(named, sizeof named, "process %d", (int)owner);
	ck_assert_msg(strstr(e.text, named) != NULL, "%s", e.text);
}
END_TEST

/* Two demos on one directory would play the same fleet twice, also where the server is nobody's: a daemon, or one that
 * was started again after it died. */
START_TEST(one_demo_a_directory)
{
	char cmd[PATH_MAX + 300], out[4000] = "";
	int fd[2];
	start(LOCAL_DAEMON);
	ck_assert_int_eq(pipe(fd), 0);
	pid_t first = fork();
	if (!first) {
		for (int s = 1; s < 32; s++) signal(s, SIG_DFL);
		dup2(fd[1], 1);
		execl(getenv("SPOTOP_BIN"), "spotop", "demo", "--headless", "--agents=3", "--dir", dir,
		      (char *)NULL);
		_exit(127);
	}
	close(fd[1]);
	for (size_t n = 0; !strstr(out, "ready ") && n < sizeof out - 1; n++)
		ck_assert_msg(read(fd[0], out + n, 1) == 1, "it is never ready: %s", out);
	close(fd[0]);
	snprintf(cmd, sizeof cmd, "%s demo --headless --agents=3 --dir '%s' 2>&1; echo \"rc=$?\"",
	         getenv("SPOTOP_BIN"), dir);
	FILE *p = popen(cmd, "r");
	size_t n = fread(out, 1, sizeof out - 1, p);
	out[n] = 0;
	pclose(p);
	char who[60];
	snprintf(who, sizeof who, "is in use by process %d (", (int)first);
	ck_assert_msg(strstr(out, who) && strstr(out, "rc=4\n"), "%s", out);
	kill(first, SIGTERM);
	waitpid(first, NULL, 0);
}
END_TEST

START_TEST(something_else_is_left_alone)
{
	char file[PATH_MAX + 8];
	ck_assert_int_eq(mkdir(dir, 0755), 0);
	snprintf(file, sizeof file, "%s/thesis", dir);
	close(open(file, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	ck_assert(!local_start(dir, LOCAL_DAEMON, &l, &e));
	ck_assert_int_eq(e.code, ERR_USAGE);
	ck_assert_ptr_nonnull(strstr(e.text, "thesis"));
	ck_assert_int_eq(unlink(file) | rmdir(dir), 0); /* nothing was put there */
}
END_TEST

START_TEST(the_sentence_of_a_failed_start_has_the_log_s_error)
{
	char path[PATH_MAX + 32];
	start(LOCAL_DAEMON);
	ck_assert(local_stop(dir, &e));
	snprintf(path, sizeof path, "%s/data/ibdata1", l.dir);
	ck_assert_int_eq(truncate(path, 100), 0);
	ck_assert(!local_start(dir, LOCAL_DAEMON, &l, &e));
	ck_assert_msg(strstr(e.text, "error.log says: ") && strstr(e.text, "ibdata1"), "%s", e.text);
}
END_TEST

START_TEST(a_missing_server_names_the_package)
{
	char out[PATH_MAX];
	ck_assert(!spawn_find("no-such-server", out, sizeof out));
	ck_assert(spawn_find("mariadbd", out, sizeof out));
	ck_assert_int_eq(out[0], '/');
}
END_TEST

START_TEST(a_long_path_gets_a_short_socket)
{
	memset(dir + strlen(dir), 'x', 150);
	dir[strlen(home) + 3 + 150] = '\0';
	start(LOCAL_DAEMON);
	ck_assert_uint_lt(strlen(l.socket), sizeof l.socket);
	ck_assert_ptr_null(strstr(l.socket, dir));
	ck_assert(local_stop(dir, &e));
	*strrchr(l.socket, '/') = '\0';
	rmdir(l.socket);
}
END_TEST

START_TEST(the_child_s_signals_and_files_are_clean)
{
	char path[64], text[4096], *at;
	sigset_t all, was;
	signal(SIGPIPE, SIG_IGN);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &was);
	int secret = open("/etc/passwd", O_RDONLY); // NOLINT: it is the point that exec would keep it
	start(LOCAL_DAEMON);
	sigprocmask(SIG_SETMASK, &was, NULL);
	snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)l.pid, secret);
	ssize_t n = readlink(path, text, sizeof text - 1);
	ck_assert(n < 0 || strncmp(text, "/etc/passwd", 11) != 0);
	snprintf(path, sizeof path, "/proc/%d/status", (int)l.pid);
	/* mariadbd's main thread blocks a few itself; a full mask would have the top bits, and has them for the
	 * instant in which it starts a thread */
	bool is_full = true;
	for (int tries = 0; is_full && tries < 50; tries++) {
		struct timespec pause = { 0, 20000000 };
		if (tries) nanosleep(&pause, NULL);
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		n = read(fd, text, sizeof text - 1);
		close(fd);
		ck_assert_int_gt(n, 0);
		text[n] = '\0';
		ck_assert_ptr_nonnull(at = strstr(text, "SigBlk:\t"));
		is_full = strncmp(at + 8, "ffff", 4) == 0 || strncmp(at + 8, "7fff", 4) == 0;
	}
	ck_assert_msg(!is_full, "%.30s", at);
	close(secret);
}
END_TEST

Suite *suite_local(void)
{
	Suite *s = suite_create("local");
	TCase *t = tcase_create("server");
	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, is_up_from_nothing_and_mariadb_can_use_it);
	tcase_add_test(t, a_second_start_uses_the_one_that_runs);
	tcase_add_test(t, stop_ends_it_and_status_knows);
	tcase_add_test(t, the_next_start_takes_over_after_kill_9);
	tcase_add_loop_test(t, no_orphan_whatever_ends_its_owner, 0, 5);
	tcase_add_test(t, a_directory_in_use_is_refused_by_name);
	tcase_add_test(t, one_demo_a_directory);
	tcase_add_test(t, something_else_is_left_alone);
	tcase_add_test(t, the_sentence_of_a_failed_start_has_the_log_s_error);
	tcase_add_test(t, a_missing_server_names_the_package);
	tcase_add_test(t, a_long_path_gets_a_short_socket);
	tcase_add_test(t, the_child_s_signals_and_files_are_clean);
	suite_add_tcase(s, t);
	return s;
}
