/* galera.c - three nodes that all take writes: what two of them did to the same rows, one that lost the others, and
 * maintenance from each. */
#include "tests/support/galera.h"
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/db/conf.h"
#include "core/db/db.h"
#include "core/db/table.h"
#include "core/local/local_int.h"
#include "tests/support/cluster.h"
#include "tests/support/loop.h"
#include "tests/support/rig.h"
#include "tests/support/server.h"
#include <check.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

Suite *suite_galera(void);

static struct galera g;
static struct rig rigs[GALERA_NODES]; /* each begins at another node */

static void begin(void)
{
	galera_start(&g);
	for (int i = 0; i < GALERA_NODES; i++) {
		struct rig *r = &rigs[i];
		r->server = g.node[i];
		snprintf(r->socket, sizeof r->socket, "%s", server_socket(g.node[i]));
		snprintf(r->state, sizeof r->state, "%s/state", server_dir(g.node[i]));
	}
	rig_fresh(&rigs[0]);
	galera_wait_all(&g);
}
static void end(void) { galera_stop(&g); }

/* Whatever a test left: all three are there and one group. */
static void mend(void)
{
	for (int i = 0; i < GALERA_NODES; i++) server_resume(g.node[i]);
	galera_rejoin(&g);
	for (int i = 0; i < GALERA_NODES; i++) galera_wait_size(&g, i, GALERA_NODES);
}

/* fn(node, i) in a process of its own n times on each node at once; it says 0 when all was well. */
static void at_once(int n, int (*fn)(int node, int i))
{
	int status, bad = 0;
	for (int node = 0; node < GALERA_NODES; node++)
		if (fork() == 0) {
			int failed = 0;
			for (int i = 0; i < n; i++) failed += fn(node, i) != 0;
			_exit(failed);
		}
	while (wait(&status) > 0) bad += WIFEXITED(status) ? WEXITSTATUS(status) : 1000;
	ck_assert_int_eq(bad, 0);
}

static int ran(int node, const char *const *argv, int code)
{
	struct rig_run r = rig_spotop(&rigs[node], false, argv);
	bool is = r.code == code;
	if (!is) fprintf(stderr, "node %d: %s: exit %d: %s%s\n", node, argv[0], r.code, r.out, r.err);
	rig_run_free(&r);
	return !is;
}

/* --- what two nodes did to the same rows --- */

static int change(int node, int i)
{
	char name[16];
	snprintf(name, sizeof name, "agent-%03d", 1 + node * 13 + i);
	return ran(node,
	           (const char *[]){ "config", name, "terminate_wait_seconds=60", "--yes", "--reason",
	                             "from three nodes", NULL },
	           0);
}

START_TEST(verbs_from_three_nodes_are_done_and_the_chain_is_whole)
{
	enum { EACH = 12 };
	at_once(EACH, change);
	ck_assert_int_eq(rig_number(&rigs[1], "SELECT COUNT(*) FROM audit_log WHERE reason = 'from three "
	                                      "nodes' AND result = 'done'"),
	                 3 * EACH);
	ck_assert_int_eq(ran(2, (const char *[]){ "audit", "verify", NULL }, 0), 0);
}
END_TEST

/* Ten of forty agents may move at once. */
static int move(int node, int i)
{
	char name[16];
	snprintf(name, sizeof name, "agent-%03d", 1 + node * 13 + i);
	struct rig_run r = rig_spotop(&rigs[node], false,
	                              (const char *[]){ "switch", name, "--ondemand", "--yes", "--reason",
	                                                "all at once", NULL });
	bool is = r.code == 0 || (r.code == 4 && strstr(r.out, "11 of 40 agents"));
	if (!is) fprintf(stderr, "node %d: exit %d: %s%s\n", node, r.code, r.out, r.err);
	rig_run_free(&r);
	return !is;
}

START_TEST(a_guardrail_holds_over_three_nodes)
{
	rig_do(&rigs[0], "DELETE FROM commands");
	rig_do(&rigs[0], "UPDATE agents SET last_heartbeat_at = NOW()");
	at_once(6, move);
	ck_assert_int_eq(rig_number(&rigs[1], "SELECT COUNT(*) FROM commands"), 10);
	ck_assert_int_eq(ran(2, (const char *[]){ "audit", "verify", NULL }, 0), 0);
	rig_do(&rigs[0], "DELETE FROM commands");
}
END_TEST

static int same_request(int node, int i)
{
	char id[40];
	snprintf(id, sizeof id, "7f1c0c0e-2d1f-4c5b-9c0a-0c7a54a6a0%02d", i);
	return ran(node,
	           (const char *[]){ "freeze", "all", "--for", "1h", "--yes", "--reason", "the same",
	                             "--request-id", id, NULL },
	           0);
}

START_TEST(a_request_is_done_once_whatever_node_it_is_sent_to)
{
	enum { REQUESTS = 8 };
	at_once(REQUESTS, same_request);
	ck_assert_int_eq(rig_number(&rigs[0], "SELECT COUNT(*) FROM audit_log WHERE reason = 'the same' AND "
	                                      "result = 'done'"),
	                 REQUESTS);
	ck_assert_int_eq(ran(1, (const char *[]){ "audit", "verify", NULL }, 0), 0);
}
END_TEST

static char *agent;
/* As the contract says: what the server undid is said again (rig_table does). */
static int claim_all(int node, int i)
{
	(void)i;
	for (int empty = 0; empty < 5;) {
		struct table *t = rig_table(&rigs[node], "CALL agent_claim('%s', 600)", agent);
		empty = t->n_rows ? 0 : empty + 1;
		if (t->n_rows)
			rig_do(&rigs[node], "INSERT INTO claimed VALUES ('%s', %d)",
			       table_get(t, 0, "command_id"), node);
		table_free(t);
	}
	return 0;
}

START_TEST(a_command_is_claimed_by_one_whatever_node_it_is_claimed_at)
{
	enum { COMMANDS = 45 };
	agent = rig_text(&rigs[0], "SELECT id FROM agents WHERE logical_agent_id = 'agent-001'");
	rig_do(&rigs[0], "CREATE OR REPLACE TABLE claimed (id CHAR(36) PRIMARY KEY, node INT NOT NULL)");
	rig_do(&rigs[0],
	       "INSERT INTO commands (client_id, agent_id, command_type, priority) SELECT client_id, id, "
	       "'APPLY_CONFIG', 10 FROM agents JOIN seq_1_to_%d WHERE logical_agent_id = 'agent-001'",
	       COMMANDS);
	at_once(1, claim_all);
	ck_assert_int_eq(rig_number(&rigs[1], "SELECT COUNT(*) FROM claimed"), COMMANDS);
	ck_assert_int_eq(rig_number(&rigs[1], "SELECT COUNT(*) FROM commands WHERE status = 'executing' AND "
	                                      "attempts = 1 AND fence = 1"),
	                 COMMANDS);
	rig_do(&rigs[0], "DROP TABLE claimed");
	free(agent);
}
END_TEST

/* A lock by name is of one node alone: each of the three believes that it has it. */
static int ensure(int node, int i)
{
	rig_do(&rigs[node],
	       "CALL partitions_ensure('spot_price_snapshots', '2027-01-01' + INTERVAL %d DAY, '2027-01-01' "
	       "+ INTERVAL %d DAY)",
	       i * 3, i * 3 + 4);
	return 0;
}

START_TEST(partitions_are_made_once_from_three_nodes)
{
	at_once(8, ensure);
	ck_assert_int_eq(rig_number(&rigs[2],
	                            "SELECT COUNT(*) FROM information_schema.PARTITIONS WHERE TABLE_SCHEMA = "
	                            "DATABASE() AND TABLE_NAME = 'spot_price_snapshots' AND PARTITION_NAME "
	                            "LIKE "
	                            "'p\\_2027\\_01\\_%%'"),
	                 26);
}
END_TEST

static int work(int node, int i)
{
	static const char *const jobs[] = { "partitions", "alerts", "savings", "consolidate", "retention" };
	return ran(node, (const char *[]){ "job", "run", jobs[i], NULL }, 0);
}

START_TEST(jobs_run_from_any_node_and_a_worker_on_each)
{
	for (int i = 0; i < 5; i++) ck_assert_int_eq(work(i % 3, i), 0);
	int out[3], err[3], status;
	pid_t pid[3];
	for (int i = 0; i < 3; i++)
		pid[i] = rig_spawn(&rigs[i], false, (const char *[]){ "worker", NULL }, &out[i], &err[i]);
	for (int i = 0; i < 600 && rig_number(&rigs[0], "SELECT COALESCE(lease_until > NOW(), 0) FROM "
	                                                "job_schedules WHERE name = 'leader'") != 1;
	     i++)
		proc_sleep_ms(50);
	proc_sleep_ms(4000);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(waitpid(pid[i], &status, WNOHANG), 0);
		kill(pid[i], SIGTERM);
		ck_assert_int_eq(waitpid(pid[i], &status, 0), pid[i]);
		ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
		close(out[i]), close(err[i]);
	}
}
END_TEST

/* --- one that lost the others --- */

static void did(int code, const char *const *argv, const char *word)
{
	struct rig_run r = rig_spotop(&rigs[0], false, argv);
	ck_assert_msg(r.code == code, "exit %d, not %d: %.900s%.900s", r.code, code, r.out, r.err);
	ck_assert_msg(strstr(r.out, word) || strstr(r.err, word), "no '%s' in %.900s%.900s", word, r.out,
	              r.err);
	rig_run_free(&r);
}
#define DID(code, word, ...) did(code, (const char *[]){ __VA_ARGS__, NULL }, word)

START_TEST(a_node_without_its_cluster_is_down_and_said_to_be)
{
	DID(0, "up, one of 3", galera_hosts(&g, 0), "hosts");
	galera_isolate(&g, 0, true);
	galera_wait_ready(&g, 0, false);
	DID(3, "lost its cluster", "agents");
	DID(3, "lost its cluster", "freeze", "all", "--for", "1h", "--yes", "--reason", "x");
	/* with others on the list it is left */
	DID(0, "agent-040", galera_hosts(&g, 0), "agents");
	DID(0, "", galera_hosts(&g, 0), "freeze", "all", "--for", "1h", "--yes", "--reason", "two of three");
	DID(0, "lost its cluster", galera_hosts(&g, 0), "hosts");
	galera_isolate(&g, 0, false);
	galera_wait_ready(&g, 0, true);
	DID(0, "two of three", "freezes");
}
END_TEST

/* Whatever stops its applier: it says that it is one of the group, and answers what was true before. */
START_TEST(a_node_that_applies_nothing_is_left_and_said_to_be)
{
	struct db_conf conf;
	struct err e = { 0 };
	struct db_opts o = { .is_write = true };
	uv_loop_t loop;
	server_conf(g.node[0], &conf);
	uv_loop_init(&loop);
	struct db *db = db_open(&loop, &conf, DB_WRITE, "test");
	conf_free(&conf);
	ck_assert_msg(db_call_text(db, "FLUSH TABLES WITH READ LOCK", 27, &o, NULL, &e), "%s", e.text);
	cluster_do(g.node[1], "UPDATE spot_optimizer.clients SET email = 'elsewhere@acme.example'");
	DID(0, "does not apply what the others write", galera_hosts(&g, 0), "hosts");
	DID(0, "agent-040", galera_hosts(&g, 0), "agents");
	DID(0, "", galera_hosts(&g, 0), "freeze", "all", "--for", "1h", "--yes", "--reason", "at another");
	DID(3, "does not apply what the others write", "--connect-timeout=2", "agents");
	DID(3, "does not apply what the others write", "--connect-timeout=2", "freeze", "all", "--for", "1h",
	    "--yes", "--reason", "at this one");
	db_close_wait(db);
	loop_end(&loop);
	galera_wait_all(&g);
	DID(0, "at another", "freezes");
}
END_TEST

/* --- the event tail --- */

static long count(const char *s, const char *word)
{
	long n = 0;
	for (; (s = strstr(s, word)); s++) n++;
	return n;
}

#define EVENT                                                                                               \
	"INSERT INTO spot_optimizer.sse_events (client_id, event_type, event_data, expires_at) SELECT id, " \
	"'HEARTBEAT', '{}', NOW() + INTERVAL 1 HOUR FROM spot_optimizer.clients LIMIT 1"

static int add_events(int node, int i)
{
	(void)i;
	cluster_do(g.node[node], EVENT);
	proc_sleep_ms(15);
	return 0;
}

/* What it prints until it is told to stop; its last cursor goes to *cursor. */
static void read_on(const char *hosts, char *cursor, char *all, size_t n, int ms)
{
	int out, err, status;
	size_t len = strlen(all);
	pid_t pid = rig_spawn(&rigs[0], false,
	                      (const char *[]){ hosts, "tail", "--from", cursor, "-o", "jsonl", NULL }, &out,
	                      &err);
	for (int64_t until = clock_mono_ms() + ms; clock_mono_ms() < until;) {
		struct pollfd f = { .fd = out, .events = POLLIN };
		if (poll(&f, 1, 100) <= 0) continue;
		ssize_t got = read(out, all + len, n - len - 1);
		if (got <= 0) break;
		all[len += (size_t)got] = 0;
	}
	kill(pid, SIGTERM);
	for (ssize_t got; (got = read(out, all + len, n - len - 1)) > 0;) all[len += (size_t)got] = 0;
	static char said[200000];
	size_t k = 0;
	for (ssize_t got; (got = read(err, said + k, sizeof said - k - 1)) > 0;) k += (size_t)got;
	said[k] = 0;
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%s", said);
	const char *at = strstr(said, "cursor ");
	ck_assert_msg(at != NULL, "%s", said);
	snprintf(cursor, 20000, "%.*s", (int)strcspn(at + 7, "\n"), at + 7);
	close(out), close(err);
}

/* Three nodes write; one of them holds an id for longer than two readings take, each at another node, stopped and
 * resumed. */
START_TEST(a_tail_of_a_cluster_has_every_event_once)
{
	static char all[2000000], cursor[20000] = "now";
	enum { EACH = 60 };
	rig_do(&rigs[0], "DELETE FROM sse_events");
	snprintf(cursor, sizeof cursor, "%s", "start");
	all[0] = 0;
	cluster_do(g.node[0], EVENT);
	read_on(galera_hosts(&g, 0), cursor, all, sizeof all, 1500);
	if (fork() == 0) {
		cluster_do(g.node[2],
		           "BEGIN NOT ATOMIC START TRANSACTION; " EVENT "; DO SLEEP(14); COMMIT; END");
		_exit(0);
	}
	proc_sleep_ms(400);
	pid_t writers = fork();
	if (writers == 0) {
		at_once(EACH, add_events);
		_exit(0);
	}
	read_on(galera_hosts(&g, 0), cursor, all, sizeof all, 4000);
	ck_assert_uint_lt(strlen(cursor), 6000);
	read_on(galera_hosts(&g, 1), cursor, all, sizeof all, 3000);
	while (wait(NULL) > 0) continue;
	read_on(galera_hosts(&g, 0), cursor, all, sizeof all, 5000);
	long n = 0;
	ck_assert_int_eq(count(all, "\"id\":"), 3 * EACH + 2);
	struct table *t = rig_table(&rigs[0], "SELECT id FROM sse_events ORDER BY id");
	for (size_t i = 0; i < t->n_rows; i++) {
		char word[40];
		snprintf(word, sizeof word, "\"id\":%s,", table_get(t, i, "id"));
		n += count(all, word) == 1;
	}
	ck_assert_int_eq(n, 3 * EACH + 2);
	table_free(t);
}
END_TEST

/* The node that was read is killed; what follows comes from the next. */
START_TEST(a_killed_node_loses_no_event)
{
	static char all[2000000], cursor[20000];
	rig_do(&rigs[1], "DELETE FROM sse_events");
	snprintf(cursor, sizeof cursor, "%s", "start");
	all[0] = 0;
	if (fork() == 0) {
		for (int i = 0; i < 150; i++) {
			cluster_do(g.node[1 + i % 2], EVENT);
			proc_sleep_ms(40);
			if (i == 40) server_kill(g.node[0]);
		}
		_exit(0);
	}
	read_on(galera_hosts(&g, 0), cursor, all, sizeof all, 16000);
	while (wait(NULL) > 0) continue;
	read_on(galera_hosts(&g, 1), cursor, all, sizeof all, 3000);
	ck_assert_int_eq(count(all, "\"id\":"), 150);
	server_kill(g.node[0]); /* the fixture's word for it */
}
END_TEST

static int health_of(unsigned port, char *body, size_t n)
{
	char command[200];
	int code = 0;
	snprintf(command, sizeof command,
	         "curl -s -m 5 -w '%%{http_code}' http://127.0.0.1:%u/healthz | tr '\n' ' '", port);
	FILE *f = popen(command, "r");
	body[fread(body, 1, n - 1, f)] = 0;
	pclose(f);
	const char *last = strrchr(body, ' ');
	if (last) code = atoi(last);
	return code;
}

START_TEST(a_health_check_says_that_a_node_lost_its_cluster)
{
	char listen[40], body[900];
	unsigned port = 0;
	int out, err, status, code = 0;
	struct err e = { 0 };
	ck_assert(proc_free_port(&port, &e));
	snprintf(listen, sizeof listen, "--listen=127.0.0.1:%u", port);
	pid_t pid = rig_spawn(&rigs[0], false, (const char *[]){ "serve", listen, NULL }, &out, &err);
	for (int i = 0; i < 300 && code != 200; i++, proc_sleep_ms(50))
		code = health_of(port, body, sizeof body);
	ck_assert_msg(code == 200, "%s", body);
	galera_isolate(&g, 0, true);
	galera_wait_ready(&g, 0, false);
	bool is_said = false; /* at first it only seems to apply nothing */
	for (int i = 0; i < 600 && !is_said; i++, proc_sleep_ms(50)) {
		code = health_of(port, body, sizeof body);
		is_said = strstr(body, "lost its cluster") != NULL;
	}
	ck_assert_msg(code == 503 && strstr(body, "lost its cluster"), "%s", body);
	galera_isolate(&g, 0, false);
	for (int i = 0; i < 600 && code != 200; i++, proc_sleep_ms(50))
		code = health_of(port, body, sizeof body);
	ck_assert_msg(code == 200, "%s", body);
	kill(pid, SIGTERM);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	close(out), close(err);
}
END_TEST

Suite *suite_galera(void)
{
	Suite *s = suite_create("galera");
	TCase *t = tcase_create("three");
	if (!galera_is_here()) return s;
	tcase_add_unchecked_fixture(t, begin, end);
	tcase_add_checked_fixture(t, NULL, mend);
	tcase_set_timeout(t, 180);
	tcase_add_test(t, verbs_from_three_nodes_are_done_and_the_chain_is_whole);
	tcase_add_test(t, a_guardrail_holds_over_three_nodes);
	tcase_add_test(t, a_request_is_done_once_whatever_node_it_is_sent_to);
	tcase_add_test(t, a_command_is_claimed_by_one_whatever_node_it_is_claimed_at);
	tcase_add_test(t, partitions_are_made_once_from_three_nodes);
	tcase_add_test(t, jobs_run_from_any_node_and_a_worker_on_each);
	tcase_add_test(t, a_node_without_its_cluster_is_down_and_said_to_be);
	tcase_add_test(t, a_node_that_applies_nothing_is_left_and_said_to_be);
	tcase_add_test(t, a_tail_of_a_cluster_has_every_event_once);
	tcase_add_test(t, a_killed_node_loses_no_event);
	tcase_add_test(t, a_health_check_says_that_a_node_lost_its_cluster);
	suite_add_tcase(s, t);
	return s;
}
