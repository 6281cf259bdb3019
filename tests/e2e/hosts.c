/* hosts.c - the console on several servers: where it reads, how far behind that is, and that one's own action shows. */
#include "core/base/clock.h"
#include "core/local/local_int.h"
#include "tests/support/cluster.h"
#include "tests/support/eyes.h"
#include "tests/support/rig.h"
#include "tests/support/server.h"
#include <check.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

Suite *suite_hosts(void);

static struct cluster cluster;
static struct rig rig;

static void start(void)
{
	cluster_start(&cluster);
	rig.server = cluster.primary;
	snprintf(rig.socket, sizeof rig.socket, "%s", server_socket(cluster.primary));
	snprintf(rig.state, sizeof rig.state, "%s/state", server_dir(cluster.primary));
	rig_fresh(&rig);
	cluster_catch_up(&cluster);
	setenv("XDG_STATE_HOME", server_dir(cluster.primary), 1);
	setenv("XDG_CONFIG_HOME", server_dir(cluster.primary), 1);
}
static void stop(void) { cluster_stop(&cluster); }

static void open_console(void)
{
	static const char *const env[] = { "LC_ALL=C.UTF-8", "TERM=xterm-256color", "TZ=UTC", NULL };
	char host[300], reads[200];
	const char *a = server_socket(cluster.primary), *b = server_socket(cluster.replica);
	snprintf(host, sizeof host, "--host=%s,%s", a, b);
	snprintf(reads, sizeof reads, "--read-host=%s", b);
	const char *argv[] = {
		getenv("SPOTOP_BIN"), "--no-defaults", "-u", "root", host, reads, "--write", NULL
	};
	p = pty_spawn(24, 80, argv, env);
	want("RW");
	want("replica s ");
}

static void close_console(void)
{
	pty_free(p);
	p = NULL;
	server_resume(cluster.primary);
	cluster_start_applying(cluster.replica);
}

START_TEST(a_replica_server_behind_is_named_and_is_no_fault_of_the_fleet)
{
	int out, err;
	pid_t worker = rig_spawn(&rig, false, (const char *[]){ "worker", NULL }, &out, &err);
	want("OK          40");
	cluster_stop_applying(cluster.replica);
	want(" s behind (s): ages, health and alerts are of ");
	for (int i = 0; i < 100; i++) pty_pump(p, 100); /* ten seconds more */
	want("OK          40");
	cluster_do(cluster.primary, "UPDATE spot_optimizer.agents SET last_heartbeat_at = NOW()");
	cluster_start_applying(cluster.replica);
	ck_assert(pty_wait_gone(p, " s behind", 20000));
	want("OK          40");
	kill(worker, SIGTERM);
	waitpid(worker, NULL, 0);
	close(out), close(err);
}
END_TEST

static void *apply_later(void *arg)
{
	(void)arg;
	proc_sleep_ms(1500);
	cluster_start_applying(cluster.replica);
	return NULL;
}

/* The replica server gets it 1.5 s after it was done; the screen that is read next waits for it. */
START_TEST(what_i_did_is_on_my_screen)
{
	pthread_t thread;
	pty_keys(p, ":pools\r");
	want("us-east-1");
	pty_keys(p, "ao");
	want("for (2h):");
	pty_settle(p, 450);
	pty_keys(p, "5m\r");
	want("reason:");
	pty_settle(p, 450);
	pty_keys(p, "a drill\r");
	want("y issues it");
	cluster_stop_applying(cluster.replica);
	pty_settle(p, 450);
	pthread_create(&thread, NULL, apply_later, NULL);
	pty_keys(p, "y");
	pthread_join(thread, NULL);
	escape();
	want("cordoned");
}
END_TEST

START_TEST(the_servers_are_beside_each_other)
{
	pty_keys(p, ":hosts\r");
	want("used for reads");
	want("used for writes");
	const char *path = server_socket(cluster.primary);
	char cut[40]; /* the end of a path that is too long, behind a sign that it is */
	snprintf(cut, sizeof cut, " …%s ", strlen(path) > 26 ? path + strlen(path) - 25 : "");
	if (strlen(path) > 26) want(cut);
	server_pause(cluster.primary);
	want("down");
}
END_TEST

Suite *suite_hosts(void)
{
	Suite *s = suite_create("hosts");
	TCase *t = tcase_create("replica");
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_checked_fixture(t, open_console, close_console);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, a_replica_server_behind_is_named_and_is_no_fault_of_the_fleet);
	tcase_add_test(t, what_i_did_is_on_my_screen);
	tcase_add_test(t, the_servers_are_beside_each_other);
	suite_add_tcase(s, t);
	return s;
}
