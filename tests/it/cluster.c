/* cluster.c - a primary server and a replica server: who reads what where, who writes nothing, and what is said. */
#include "tests/support/cluster.h"
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/db/db.h"
#include "core/local/local_int.h"
#include "sql.h"
#include "tests/support/loop.h"
#include "tests/support/rig.h"
#include "tests/support/said.h"
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

Suite *suite_cluster(void);

static struct cluster cluster;
static struct rig rig; /* programs that begin at the primary server's socket */
static char primary_first[300], replica_first[300], reads_there[300], only_replica[300];

static void begin(void)
{
	cluster_start(&cluster);
	const char *a = server_socket(cluster.primary), *b = server_socket(cluster.replica);
	rig.server = cluster.primary;
	snprintf(rig.socket, sizeof rig.socket, "%s", a);
	snprintf(rig.state, sizeof rig.state, "%s/state", server_dir(cluster.primary));
	snprintf(primary_first, sizeof primary_first, "--host=%s,%s", a, b);
	snprintf(replica_first, sizeof replica_first, "--host=%s,%s", b, a);
	snprintf(reads_there, sizeof reads_there, "--read-host=%s", b);
	snprintf(only_replica, sizeof only_replica, "--host=%s", b);
	rig_fresh(&rig);
	cluster_catch_up(&cluster);
}
static void end(void) { cluster_stop(&cluster); }

/* Whatever a test left: the replica server applies what comes, and both answer. */
static void mend(void)
{
	server_resume(cluster.primary);
	server_resume(cluster.replica);
	cluster_do(cluster.primary, "SET GLOBAL read_only = 0");
	cluster_start_applying(cluster.replica);
	cluster_catch_up(&cluster);
}

static void did(int code, const char *const *argv, const char *word)
{
	struct rig_run r = rig_spotop(&rig, false, argv);
	ck_assert_msg(r.code == code, "exit %d, not %d: %.900s%.900s", r.code, code, r.out, r.err);
	ck_assert_msg(strstr(r.out, word) || strstr(r.err, word), "no '%s' in %.900s%.900s", word, r.out,
	              r.err);
	rig_run_free(&r);
}
#define DID(code, word, ...) did(code, (const char *[]){ __VA_ARGS__, NULL }, word)
/* --- hosts --- */

START_TEST(a_write_goes_to_the_server_that_takes_it)
{
	DID(0, "", replica_first, "freeze", "all", "--for", "1h", "--reason", "a look", "--yes");
	ck_assert_str_eq(cluster_ask(cluster.primary,
	                             "SELECT COUNT(*) FROM spot_optimizer.automation_freezes"),
	                 "1");
	cluster_catch_up(&cluster);
	DID(0, "a look", replica_first, "freezes");
	DID(0, "", replica_first, "thaw", "all", "--yes", "--reason", "looked");
}
END_TEST

START_TEST(a_frozen_server_is_left_within_three_seconds)
{
	server_pause(cluster.primary);
	int64_t began = clock_mono_ms();
	DID(0, "agent-040", primary_first, "agents");
	int64_t took = clock_mono_ms() - began;
	ck_assert_msg(took < 5000, "%lld ms", (long long)took);
	began = clock_mono_ms();
	DID(0, "agent-040", "--greeting-timeout=1", primary_first, "agents");
	took = clock_mono_ms() - began;
	ck_assert_msg(took < 2900, "%lld ms", (long long)took);
	/* the other one takes no writes: neither does, and both are named */
	DID(3, "is read-only", primary_first, "freeze", "all", "--for", "1h", "--reason", "x", "--yes");
	server_resume(cluster.primary);
}
END_TEST

START_TEST(what_is_no_list_of_servers_is_said)
{
	DID(2, "'' is no server", "--host=a,,b", "agents");
	DID(2, "'b:x' is no server", "--read-host=b:x", "agents");
	DID(2, "db9 is another host", "--host=localhost,db9:3306", "agents");
	DID(3, "one", "--host=/nowhere/one,/nowhere/two", "agents");
	DID(3, "two", "--host=/nowhere/one,/nowhere/two", "agents");
}
END_TEST

struct late {
	struct server *s;
	int ms;
};
static void *apply_later(void *arg)
{
	struct late *l = arg;
	proc_sleep_ms(l->ms);
	cluster_start_applying(l->s);
	return NULL;
}

/* A write, then a read at a replica server that gets it only after a while. */
START_TEST(what_was_written_is_there_for_the_next_read)
{
	struct db_conf c;
	struct err e = { 0 };
	struct table *t;
	uv_loop_t loop;
	pthread_t thread;
	struct late late = { cluster.replica, 1000 };
	const struct db_opts write = { .is_write = true };
	static const char add[] = "INSERT INTO clients (id, name, email, client_token) VALUES (UUID(), "
	                          "'late', 'l@l.example', SHA2('l', 256))",
	                  see[] = "SELECT COUNT(*) AS n FROM clients WHERE name = 'late'",
	                  away[] = "DELETE FROM clients WHERE name = 'late'";
	conf_init(&c);
	conf_set(&c, "user", "root", "test", &e);
	conf_set(&c, "host", primary_first + 7, "test", &e);
	conf_set(&c, "read-host", reads_there + 12, "test", &e);
	ck_assert_msg(conf_check(&c, &e), "%s", e.text);
	uv_loop_init(&loop);
	struct db *w = db_open(&loop, &c, DB_WRITE, "write"), *r = db_open(&loop, &c, DB_READ, "read");
	ck_assert_msg(db_call(r, &sql_queries_ping, NULL, 0, NULL, NULL, &e), "%s", e.text);
	ck_assert(db_status(r).is_replica && !db_status(w).is_replica);
	cluster_stop_applying(cluster.replica);
	ck_assert_msg(db_call_text(w, add, strlen(add), &write, NULL, &e), "%s", e.text);
	ck_assert(db_call_text(r, see, strlen(see), NULL, &t, &e));
	ck_assert_int_eq(table_int(t, 0, "n", -1), 0);
	table_free(t);
	pthread_create(&thread, NULL, apply_later, &late);
	ck_assert_msg(db_call(w, &sql_queries_db_gtid, NULL, 0, NULL, &t, &e), "%s", e.text);
	db_read_after(r, table_get(t, 0, "gtid"));
	table_free(t);
	ck_assert(db_call_text(r, see, strlen(see), NULL, &t, &e));
	ck_assert_int_eq(table_int(t, 0, "n", -1), 1);
	table_free(t);
	pthread_join(thread, NULL);
	ck_assert(db_call_text(w, away, strlen(away), &write, NULL, &e));
	db_close_wait(w);
	db_close_wait(r);
	loop_end(&loop);
	conf_free(&c);
}
END_TEST

/* --- read-only --- */

/* The login is root's, whom read_only does not stop. */
START_TEST(no_program_writes_on_a_read_only_server)
{
	static const char words[] = "read-only";
	char prices[200];
	snprintf(prices, sizeof prices, "%s/prices.csv", server_dir(cluster.primary));
	FILE *f = fopen(prices, "w");
	fputs("pool_id,observed_at,price\nr3.large.us-east-1a,2026-11-20T00:00:00Z,0.0241\n", f);
	fclose(f);
	DID(4, words, only_replica, "freeze", "all", "--for", "1h", "--reason", "x", "--yes");
	DID(4, words, only_replica, "switch", "agent-001", "--to", "r3.large.us-east-1e", "--dry-run");
	DID(4, words, only_replica, "worker", "--once");
	DID(4, words, only_replica, "job", "run", "alerts");
	DID(4, words, only_replica, "import", "prices", prices);
	DID(4, words, only_replica, "db", "init");
	DID(4, words, only_replica, "db", "upgrade");
	DID(4, words, only_replica, "db", "migrate", "--from", "old");
	DID(4, words, only_replica, "void", "7f1c0c0e-2d1f-4c5b-9c0a-0c7a54a6a001");
	DID(4, words, only_replica, "sim", "--fill", "--agents=5", "--i-know");
	/* its own log has nothing that began there */
	ck_assert_str_eq(cluster_ask(cluster.replica, "SELECT @@GLOBAL.gtid_binlog_pos REGEXP '-2-'"), "0");
	DID(0, "agent-001", only_replica, "agents");
}
END_TEST

/* The lease of one that ended where it could not write is over: who leads from here on is this one. */
static pid_t start_worker(int *out, int *err)
{
	cluster_do(cluster.primary, "DELETE FROM spot_optimizer.job_schedules WHERE name = 'leader'");
	return rig_spawn(&rig, false, (const char *[]){ "worker", NULL }, out, err);
}

static void wait_for(const struct server *s, const char *question, const char *wanted)
{
	for (int i = 0; i < 1500 && strcmp(cluster_ask(s, "%s", question), wanted) != 0; i++)
		proc_sleep_ms(20);
	ck_assert_str_eq(cluster_ask(s, "%s", question), wanted);
}

/* Its link was made while the server took writes. */
START_TEST(a_worker_stops_writing_where_it_is_told_to_and_goes_on_by_itself)
{
	static const char led[] = "SELECT COALESCE(lease_until > NOW(), 0) FROM spot_optimizer.job_schedules "
	                          "WHERE name = 'leader'",
	                  at[] = "SELECT @@GLOBAL.gtid_binlog_pos";
	int out, err, status;
	char before[200];
	pid_t pid = start_worker(&out, &err);
	wait_for(cluster.primary, led, "1");
	cluster_do(cluster.primary, "SET GLOBAL read_only = 1");
	proc_sleep_ms(300); /* what was under way */
	snprintf(before, sizeof before, "%s", cluster_ask(cluster.primary, at));
	proc_sleep_ms(3000);
	ck_assert_str_eq(cluster_ask(cluster.primary, at), before);
	cluster_do(cluster.primary, "SET GLOBAL read_only = 0");
	for (int i = 0; i < 1500 && strcmp(cluster_ask(cluster.primary, at), before) == 0; i++)
		proc_sleep_ms(20);
	ck_assert_str_ne(cluster_ask(cluster.primary, at), before);
	kill(pid, SIGTERM);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	close(out), close(err);
}
END_TEST

/* --- the pulse --- */

/* Health as a program tells it, whose reads go to the replica server: "ok crit ..." in order of the agents. */
static char *health_there(void)
{
	char *json = said(&rig, 0,
	                  (const char *[]){ primary_first, reads_there, "agents", "-o", "json", "--sort",
	                                    "agent", NULL });
	char *all = column(json, NULL, "health");
	free(json);
	return all;
}

/* Agents that are heard of, a worker that leads, and a replica server that applies nothing for a while: what is told there
 * is as of then, and the server is what is named. SPOTOP_LAG seconds, 12 where it is not set. */
START_TEST(a_replica_server_behind_raises_no_false_alarm)
{
	static const char heartbeats[] =
	        "UPDATE spot_optimizer.agents SET last_heartbeat_at = NOW(), heartbeat_interval_seconds = 5";
	int out, err, status, lag_s = getenv("SPOTOP_LAG") ? atoi(getenv("SPOTOP_LAG")) : 12;
	cluster_do(cluster.primary, heartbeats);
	pid_t pid = start_worker(&out, &err);
	wait_for(cluster.primary,
	         "SELECT COALESCE(lease_until > NOW(), 0) FROM spot_optimizer.job_schedules WHERE name = "
	         "'leader'",
	         "1");
	proc_sleep_ms(1500);
	cluster_do(cluster.primary, heartbeats);
	cluster_catch_up(&cluster);
	char *before = health_there();
	DID(0, "replica_lag=", primary_first, reads_there, "check");
	cluster_stop_applying(cluster.replica);
	proc_sleep_ms(lag_s * 1000);
	cluster_do(cluster.primary, heartbeats); /* the fleet is well all the while: 2 intervals are over */
	char *after = health_there();
	ck_assert_str_eq(after, before);
	struct rig_run r =
	        rig_spotop(&rig, false, (const char *[]){ primary_first, reads_there, "check", NULL });
	ck_assert_int_eq(r.code, 1);
	holds(r.out, "replica server ");
	holds(r.out, " s behind, all is as of then");
	lacks(r.out, "silent=4");
	holds(r.out, "alert_fleet_silent=0");
	holds(r.out, "alert_worker_dead=0");
	holds(r.out, "is_led=1");
	rig_run_free(&r);
	/* the primary server knows nothing of it */
	r = rig_spotop(&rig, false, (const char *[]){ "check", NULL });
	ck_assert_int_eq(r.code, 0);
	lacks(r.out, "behind");
	rig_run_free(&r);
	cluster_start_applying(cluster.replica);
	cluster_catch_up(&cluster);
	proc_sleep_ms(1200);
	DID(0, "nothing wrong", primary_first, reads_there, "check");
	kill(pid, SIGTERM);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	close(out), close(err);
	free(before);
	free(after);
}
END_TEST

/* --- who maintains --- */

/* The event runs, on the primary server as on the other, and leaves what the worker's job takes away. */
START_TEST(beside_a_binary_log_the_worker_alone_maintains)
{
	static const char ran[] = "SELECT LAST_EXECUTED > NOW() - INTERVAL 60 SECOND FROM "
	                          "information_schema.EVENTS WHERE EVENT_NAME = "
	                          "'cleanup_sse_events'",
	                  old[] = "SELECT COUNT(*) FROM spot_optimizer.sse_events WHERE expires_at < NOW() - "
	                          "INTERVAL 1 DAY",
	                  late[] = "UPDATE spot_optimizer.job_schedules SET updated_at = NOW() - INTERVAL 2 "
	                           "HOUR, lease_until = "
	                           "NULL, holder = NULL WHERE name = 'leader'";
	cluster_do(cluster.primary,
	           "INSERT INTO spot_optimizer.sse_events (client_id, event_type, event_data, created_at, "
	           "expires_at) "
	           "SELECT id, 'HEARTBEAT', '{}', NOW() - INTERVAL 3 DAY, NOW() - INTERVAL 2 DAY FROM "
	           "spot_optimizer.clients LIMIT 1");
	cluster_do(cluster.primary,
	           "ALTER EVENT spot_optimizer.cleanup_sse_events ON SCHEDULE EVERY 1 SECOND ENABLE");
	wait_for(cluster.primary, ran, "1");
	proc_sleep_ms(1500);
	ck_assert_str_eq(cluster_ask(cluster.primary, "%s", old), "1");
	DID(0, "", "job", "run", "sse-cleanup");
	ck_assert_str_eq(cluster_ask(cluster.primary, "%s", old), "0");
	DID(0, "", "worker", "--once");
	cluster_do(cluster.primary, "UPDATE spot_optimizer.agents SET last_heartbeat_at = NOW()");
	DID(0, "nothing wrong", "check");
	cluster_do(cluster.primary, "%s", late);
	DID(2, "nothing maintains the database", "check", "-o", "json");
}
END_TEST

START_TEST(a_pass_of_the_leading_worker_is_told_to_the_dead_mans_switch)
{
	char path[200], told[200];
	int out, err, status;
	snprintf(path, sizeof path, "mkdir -p %s/spotop", rig.state);
	ck_assert_int_eq(system(path), 0);
	snprintf(path, sizeof path, "%s/spotop/config", rig.state);
	snprintf(told, sizeof told, "%s/told", rig.state);
	FILE *f = fopen(path, "w");
	fprintf(f, "[worker]\nalive-hook = \"cat > %s.new && mv %s.new %s\"\n", told, told, told);
	fclose(f);
	pid_t pid = start_worker(&out, &err);
	for (int i = 0; i < 1500 && access(told, F_OK) != 0; i++) proc_sleep_ms(20);
	f = fopen(told, "r");
	ck_assert_ptr_nonnull(f);
	char line[300] = "";
	ck_assert_ptr_nonnull(fgets(line, sizeof line, f));
	fclose(f);
	holds(line, "\"fence\":");
	kill(pid, SIGTERM);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	close(out), close(err);
	unlink(path);
}
END_TEST

/* --- spotop hosts, spotop doctor --- */

START_TEST(each_server_is_told_with_its_role_and_what_it_is_used_for)
{
	const char *const both[] = { primary_first, reads_there, "hosts", "-o", "json", NULL };
	char *json = said(&rig, 0, both);
	column_is(json, NULL, "role", "replica primary");
	column_is(json, NULL, "state", "up up");
	column_is(json, NULL, "used_for", "reads writes");
	free(json);
	struct rig_run r =
	        rig_spotop(&rig, false, (const char *[]){ primary_first, reads_there, "doctor", NULL });
	holds(r.out, "replica, up, behind by ");
	holds(r.out, "primary, up, used for writes");
	holds(r.out, "a replica server ");
	rig_run_free(&r);
	cluster_stop_applying(cluster.replica);
	server_pause(cluster.primary);
	int64_t began = clock_mono_ms();
	json = said(&rig, 1, both);
	ck_assert_int_lt(clock_mono_ms() - began, 6000);
	column_is(json, NULL, "state", "replication stopped down");
	column_is(json, NULL, "used_for", "reads null");
	free(json);
	r = rig_spotop(&rig, false, (const char *[]){ primary_first, reads_there, "doctor", NULL });
	ck_assert_int_eq(r.code, 1);
	holds(r.out, "none of them takes writes");
	rig_run_free(&r);
	server_resume(cluster.primary);
	json = said(&rig, 0, (const char *[]){ "hosts", "-o", "json", NULL });
	column_is(json, NULL, "used_for", "reads, writes");
	free(json);
}
END_TEST

/* --- failover --- */

/* Ids of events that a tail has told, "1 2 3 "; until the last is this one. */
static void told_until(int fd, char *all, size_t n, const char *last)
{
	char wanted[40];
	snprintf(wanted, sizeof wanted, "\"id\":%s,", last);
	for (int64_t until = clock_mono_ms() + 30000; clock_mono_ms() < until && !strstr(all, wanted);) {
		size_t len = strlen(all);
		struct pollfd f = { .fd = fd, .events = POLLIN };
		if (poll(&f, 1, 200) <= 0) continue;
		ssize_t got = read(fd, all + len, n - len - 1);
		if (got <= 0) break;
		all[len + (size_t)got] = 0;
	}
	ck_assert_msg(strstr(all, wanted) != NULL, "no %s in %s", wanted, all);
}

static void add_events(const struct server *s, int n, char *last, size_t size)
{
	for (int i = 0; i < n; i++)
		cluster_do(s, "INSERT INTO spot_optimizer.sse_events (client_id, event_type, event_data, "
		              "expires_at) SELECT id, "
		              "'HEARTBEAT', '{\"a\":1}', NOW() + INTERVAL 1 HOUR FROM spot_optimizer.clients "
		              "LIMIT 1");
	snprintf(last, size, "%s", cluster_ask(s, "SELECT MAX(id) FROM spot_optimizer.sse_events"));
}

static int n_of(const char *s, const char *word)
{
	int n = 0;
	for (; (s = strstr(s, word)); s++) n++;
	return n;
}

/* The primary server dies, the replica server is promoted, the dead one comes back to follow it: nobody touches a
 * program. */
START_TEST(a_failover_needs_no_hand)
{
	char led[200] = "SELECT COALESCE(lease_until > NOW(), 0) FROM spot_optimizer.job_schedules WHERE "
	                "name = 'leader'";
	static char told[200000];
	struct server *a = cluster.primary, *b = cluster.replica;
	struct err e = { 0 };
	int out, err, tail_out, tail_err, status;
	char last[40];
	told[0] = 0;
	pid_t worker = rig_spawn(&rig, false, (const char *[]){ primary_first, "worker", NULL }, &out, &err);
	pid_t tail =
	        rig_spawn(&rig, false,
	                  (const char *[]){ primary_first, "tail", "--from", "start", "-o", "jsonl", NULL },
	                  &tail_out, &tail_err);
	wait_for(a, led, "1");
	add_events(a, 20, last, sizeof last);
	told_until(tail_out, told, sizeof told, last);
	cluster_do(a, "SET GLOBAL read_only = 1"); /* nothing is lost: all it has written is there */
	cluster_catch_up(&cluster);
	server_kill(a);
	cluster_promote(b);
	snprintf(led, sizeof led,
	         "SELECT updated_at > '%s' FROM spot_optimizer.job_schedules WHERE name = 'leader'",
	         cluster_ask(b, "SELECT NOW() + INTERVAL 2 SECOND"));
	add_events(b, 20, last, sizeof last);
	told_until(tail_out, told, sizeof told, last);
	wait_for(b, led, "1"); /* the worker's lease came over with the data, and goes on there */
	DID(0, "", primary_first, "freeze", "all", "--for", "1h", "--reason", "a failover", "--yes");
	ck_assert_str_eq(cluster_ask(b, "SELECT COUNT(*) FROM spot_optimizer.automation_freezes WHERE reason "
	                                "= 'a failover'"),
	                 "1");
	ck_assert_msg(server_restart(a, &e), "%s", e.text);
	cluster_demote(a, b);
	cluster = (struct cluster){ .primary = b, .replica = a };
	cluster_catch_up(&cluster);
	add_events(b, 20, last, sizeof last);
	told_until(tail_out, told, sizeof told, last);
	const char *from = cluster_ask(b, "SELECT COUNT(*) FROM spot_optimizer.sse_events");
	ck_assert_int_eq(n_of(told, "\"id\":"), atoi(from));
	ck_assert_str_eq(cluster_ask(a, "SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE "
	                                "VARIABLE_NAME = 'SLAVE_RUNNING'"),
	                 "ON");
	kill(worker, SIGTERM);
	kill(tail, SIGTERM);
	ck_assert_int_eq(waitpid(worker, &status, 0), worker);
	ck_assert_int_eq(waitpid(tail, &status, 0), tail);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	close(out), close(err), close(tail_out), close(tail_err);
	cluster_do(b, "SET GLOBAL read_only = 1");
	cluster_catch_up(&cluster);
	cluster_promote(a);
	cluster_demote(b, a);
	cluster = (struct cluster){ .primary = a, .replica = b };
}
END_TEST

Suite *suite_cluster(void)
{
	Suite *s = suite_create("cluster");
	TCase *t = tcase_create("two");
	tcase_add_unchecked_fixture(t, begin, end);
	tcase_set_timeout(t, 180);
	tcase_add_checked_fixture(t, NULL, mend);
	tcase_add_test(t, a_write_goes_to_the_server_that_takes_it);
	tcase_add_test(t, a_frozen_server_is_left_within_three_seconds);
	tcase_add_test(t, what_is_no_list_of_servers_is_said);
	tcase_add_test(t, what_was_written_is_there_for_the_next_read);
	tcase_add_test(t, no_program_writes_on_a_read_only_server);
	tcase_add_test(t, a_worker_stops_writing_where_it_is_told_to_and_goes_on_by_itself);
	tcase_add_test(t, a_replica_server_behind_raises_no_false_alarm);
	tcase_add_test(t, beside_a_binary_log_the_worker_alone_maintains);
	tcase_add_test(t, a_pass_of_the_leading_worker_is_told_to_the_dead_mans_switch);
	tcase_add_test(t, each_server_is_told_with_its_role_and_what_it_is_used_for);
	tcase_add_test(t, a_failover_needs_no_hand);
	suite_add_tcase(s, t);
	return s;
}
