/* cluster_tail.c - the event tail where it reads from a replica server: what is under way elsewhere, and a server behind. */
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/db/db.h"
#include "core/fleet/tail.h"
#include "core/local/local_int.h"
#include "tests/support/cluster.h"
#include "tests/support/loop.h"
#include "tests/support/rig.h"
#include "tests/support/server.h"
#include <check.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

Suite *suite_cluster_tail(void);

static struct cluster cluster;
static struct rig rig;

static void begin(void)
{
	cluster_start(&cluster);
	rig.server = cluster.primary;
	snprintf(rig.socket, sizeof rig.socket, "%s", server_socket(cluster.primary));
	snprintf(rig.state, sizeof rig.state, "%s/state", server_dir(cluster.primary));
	rig_fresh(&rig);
	cluster_catch_up(&cluster);
}
static void end(void) { cluster_stop(&cluster); }

#define EVENT_OF(data)                                                                                      \
	"INSERT INTO spot_optimizer.sse_events (client_id, event_type, event_data, expires_at) SELECT id, " \
	"'HEARTBEAT', '" data "', NOW() + INTERVAL 1 HOUR FROM spot_optimizer.clients LIMIT 1"
#define EVENT EVENT_OF("{}")

static uint64_t newest(const struct server *s)
{
	return strtoull(cluster_ask(s, "SELECT COALESCE(MAX(id), 0) FROM spot_optimizer.sse_events"), NULL,
	                10);
}

/* --- a transaction elsewhere --- */

static struct {
	uint64_t ids[100];
	size_t n;
	bool is_stopped;
} seen;

static void on_event(void *ctx, const struct tail_event *ev)
{
	(void)ctx;
	if (seen.n < 100) seen.ids[seen.n++] = ev->id;
}
static void on_error(void *ctx, const struct err *e, bool has_stopped)
{
	(void)ctx, (void)e;
	seen.is_stopped = has_stopped;
}

/* It holds its id for four seconds; the tail watches a closed gap for half of one. */
static void *write_slowly(void *arg)
{
	(void)arg;
	cluster_do(cluster.primary, "BEGIN NOT ATOMIC START TRANSACTION; %s; DO SLEEP(4); COMMIT; END",
	           EVENT);
	return NULL;
}

static void turn_until(uv_loop_t *loop, size_t n, int ms)
{
	int64_t until = clock_mono_ms() + ms;
	while (seen.n < n && !seen.is_stopped && clock_mono_ms() < until) uv_run(loop, UV_RUN_ONCE);
}

START_TEST(what_is_under_way_on_the_primary_server_is_not_lost)
{
	struct db_conf c;
	struct err e = { 0 };
	struct tail *tail;
	struct tail_opts o = {
		.from = "now", .poll_ms = 50, .watch_ms = 500, .on_event = on_event, .on_error = on_error
	};
	uv_loop_t loop;
	pthread_t thread;
	server_conf(cluster.replica, &c);
	ck_assert_msg(conf_check(&c, &e), "%s", e.text);
	uv_loop_init(&loop);
	struct db *read = db_open(&loop, &c, DB_READ, "read");
	ck_assert_msg(tail_open(&loop, read, &o, &tail, &e), "%s", e.text);
	for (int64_t until = clock_mono_ms() + 20000; !tail_stats(tail).is_live && clock_mono_ms() < until;)
		uv_run(&loop, UV_RUN_ONCE);
	uint64_t before = newest(cluster.primary);
	pthread_create(&thread, NULL, write_slowly, NULL);
	proc_sleep_ms(500);
	cluster_do(cluster.primary, EVENT);
	turn_until(&loop, 2, 20000);
	pthread_join(thread, NULL);
	ck_assert_uint_eq(seen.n, 2);
	ck_assert_uint_eq(seen.ids[0], before + 2);
	ck_assert_uint_eq(seen.ids[1], before + 1);
	tail_close(tail);
	db_close_wait(read);
	loop_end(&loop);
	conf_free(&c);
}
END_TEST

/* --- a server behind --- */

static void told_until(int fd, char *all, size_t n, uint64_t last)
{
	char wanted[40];
	snprintf(wanted, sizeof wanted, "\"id\":%llu,", (unsigned long long)last);
	for (int64_t until = clock_mono_ms() + 40000; clock_mono_ms() < until && !strstr(all, wanted);) {
		size_t len = strlen(all);
		struct pollfd f = { .fd = fd, .events = POLLIN };
		if (poll(&f, 1, 200) <= 0) continue;
		ssize_t got = read(fd, all + len, n - len - 1);
		if (got <= 0) break;
		all[len + (size_t)got] = 0;
	}
	ck_assert_msg(strstr(all, wanted) != NULL, "no %s in %s", wanted, all);
}

/* The server that was read stands still; the next of the list has less than was told already, and gets it later. */
START_TEST(a_replica_server_that_has_less_is_waited_for)
{
	static char told[100000];
	char hosts[300];
	int out, err, status, n = 0;
	snprintf(hosts, sizeof hosts, "--host=%s,%s", server_socket(cluster.primary),
	         server_socket(cluster.replica));
	pid_t tail = rig_spawn(&rig, false,
	                       (const char *[]){ hosts, "tail", "--from", "start", "-o", "jsonl", NULL },
	                       &out, &err);
	cluster_stop_applying(cluster.replica);
	for (int i = 0; i < 5; i++) cluster_do(cluster.primary, EVENT);
	told_until(out, told, sizeof told, newest(cluster.primary));
	proc_sleep_ms(1000); /* the relay log has it */
	server_pause(cluster.primary);
	proc_sleep_ms(15000); /* the link's deadline, the next server, a look at the history there */
	ck_assert_int_eq(waitpid(tail, &status, WNOHANG), 0);
	server_resume(cluster.primary);
	cluster_start_applying(cluster.replica);
	cluster_catch_up(&cluster);
	for (int i = 0; i < 5; i++) cluster_do(cluster.primary, EVENT);
	uint64_t last = newest(cluster.primary);
	told_until(out, told, sizeof told, last);
	for (const char *s = told; (s = strstr(s, "\"id\":")); s++) n++;
	ck_assert_int_eq(n, atoi(cluster_ask(cluster.primary,
	                                     "SELECT COUNT(*) FROM spot_optimizer.sse_events")));
	kill(tail, SIGTERM);
	ck_assert_int_eq(waitpid(tail, &status, 0), tail);
	close(out), close(err);
}
END_TEST

/* --- what a failover lost --- */

/* Ten events are told and do not arrive; then the other takes writes, and in the second case hands out the same ids and
 * more before the tail finds it. */
START_TEST(what_a_failover_lost_is_told_by_its_range)
{
	static char told[100000], said[4000];
	char hosts[300], wanted[80];
	int out, err, status;
	struct err e = { 0 };
	snprintf(hosts, sizeof hosts, "--host=%s,%s", server_socket(cluster.primary),
	         server_socket(cluster.replica));
	cluster_catch_up(&cluster);
	told[0] = 0;
	pid_t tail = rig_spawn(&rig, false,
	                       (const char *[]){ hosts, "tail", "--from", "start", "-o", "jsonl", NULL },
	                       &out, &err);
	cluster_do(cluster.primary, EVENT);
	cluster_catch_up(&cluster);
	uint64_t kept = newest(cluster.primary);
	cluster_do(cluster.replica, "STOP SLAVE IO_THREAD");
	for (int i = 0; i < 10; i++) cluster_do(cluster.primary, EVENT);
	told_until(out, told, sizeof told, kept + 10);
	server_kill(cluster.primary);
	cluster_promote(cluster.replica);
	for (int i = 0; i < (_i ? 20 : 0); i++) cluster_do(cluster.replica, EVENT_OF("{\"n\":2}"));
	size_t n = 0;
	for (int64_t until = clock_mono_ms() + 40000; clock_mono_ms() < until;) {
		struct pollfd f = { .fd = err, .events = POLLIN };
		if (poll(&f, 1, 200) <= 0) continue;
		ssize_t got = read(err, said + n, sizeof said - n - 1);
		if (got <= 0) break;
		said[n += (size_t)got] = 0;
	}
	kill(tail, SIGTERM); /* of one that goes on: it ends with 0 */
	ck_assert_int_eq(waitpid(tail, &status, 0), tail);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 6, "%d: %s", status, said);
	if (_i)
		snprintf(wanted, sizeof wanted, "has the id %llu is not what it was",
		         (unsigned long long)kept + 10);
	else
		snprintf(wanted, sizeof wanted, "events %llu to %llu, told before, are not there",
		         (unsigned long long)kept + 1, (unsigned long long)kept + 10);
	ck_assert_msg(strstr(said, wanted) != NULL, "no '%s' in %s", wanted, said);
	close(out), close(err);
	/* as before: the first has what it had, the other follows it from a copy of nothing but that */
	ck_assert_msg(server_restart(cluster.primary, &e), "%s", e.text);
	cluster_do(cluster.primary, "DELETE FROM spot_optimizer.sse_events");
	cluster_do(cluster.replica, "SET GLOBAL read_only = 1");
	cluster_do(cluster.replica, "RESET MASTER");
	cluster_do(cluster.replica, "SET sql_log_bin = 0");
	cluster_do(cluster.replica,
	           "BEGIN NOT ATOMIC SET sql_log_bin = 0; DELETE FROM spot_optimizer.sse_events; END");
	cluster_do(cluster.replica, "SET GLOBAL gtid_slave_pos = '%s'",
	           cluster_ask(cluster.primary, "SELECT @@GLOBAL.gtid_binlog_pos"));
	cluster_do(cluster.replica, "START SLAVE");
}
END_TEST

Suite *suite_cluster_tail(void)
{
	Suite *s = suite_create("cluster_tail");
	TCase *t = tcase_create("replica");
	tcase_add_unchecked_fixture(t, begin, end);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, what_is_under_way_on_the_primary_server_is_not_lost);
	tcase_add_test(t, a_replica_server_that_has_less_is_waited_for);
	tcase_add_loop_test(t, what_a_failover_lost_is_told_by_its_range, 0, 2);
	suite_add_tcase(s, t);
	return s;
}
