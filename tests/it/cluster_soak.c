/* cluster_soak.c - verbs, events, claims and jobs on three nodes of a cluster while nodes are killed, frozen, cut off and
 * brought back; then the history is judged. SPOTOP_CLUSTER_S says for how long (each fault once where it is not set),
 * SPOTOP_SEED which faults. */
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/db/table.h"
#include "core/local/local_int.h"
#include "tests/support/cluster.h"
#include "tests/support/galera.h"
#include "tests/support/rig.h"
#include "tests/support/server.h"
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

Suite *suite_cluster_soak(void);

enum { VERBS = 2, CLAIMERS = 3, WRITERS = 3, MOST_VERBS = 20000 };
static struct galera g;
static struct rig rig;
static struct shared {
	bool is_over;
	int n_verbs, n_done, n_nothing, n_unknown, n_refused, n_events, n_claims, n_faults[3];
	struct {
		char id[37];
		int code;
	} verbs[MOST_VERBS];
} * now;

static long setting(const char *name, long otherwise)
{
	const char *s = getenv(name);
	return s ? atol(s) : otherwise;
}

static void begin(void)
{
	galera_start(&g);
	rig.server = g.node[0];
	snprintf(rig.socket, sizeof rig.socket, "%s", server_socket(g.node[0]));
	snprintf(rig.state, sizeof rig.state, "%s/state", g.dir);
	rig_fresh(&rig);
	now = mmap(NULL, sizeof *now, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(now, MAP_FAILED);
}
static void end(void) { galera_stop(&g); }

/* Each action of an operator, by the program, from whichever node comes first. */
static void issue_all(int which)
{
	for (int i = 0; !now->is_over; i++) {
		char name[16], value[40], id[37];
		int k = __atomic_fetch_add(&now->n_verbs, 1, __ATOMIC_SEQ_CST);
		if (k >= MOST_VERBS) return;
		snprintf(name, sizeof name, "agent-%03d", 2 + (i * VERBS + which) % 38);
		snprintf(value, sizeof value, "terminate_wait_seconds=%d", 60 + k % 200);
		snprintf(id, sizeof id, "7f1c0c0e-2d1f-4c5b-9c0a-%012d", k);
		struct rig_run r =
		        rig_spotop(&rig, false,
		                   (const char *[]){ galera_hosts(&g, (i + which) % 3), "config", name, value,
		                                     "--yes", "--reason", "soak", "--request-id", id, NULL });
		memcpy(now->verbs[k].id, id, sizeof id);
		now->verbs[k].code = r.code;
		int *n = r.code == 0   ? &now->n_done
		         : r.code == 3 ? &now->n_nothing
		         : r.code == 5 ? &now->n_unknown
		                       : &now->n_refused;
		__atomic_fetch_add(n, 1, __ATOMIC_SEQ_CST);
		if (r.code != 0 && r.code != 3 && r.code != 4 && r.code != 5 && r.code != 6)
			fprintf(stderr, "exit %d: %s%s", r.code, r.out, r.err);
		rig_run_free(&r);
		proc_sleep_ms(200);
	}
}

static char claimer[40]; /* the agent who claims, from each node at once */

static void write_events(int node)
{
	static const char event[] =
	        "INSERT INTO spot_optimizer.sse_events (client_id, event_type, event_data, expires_at) "
	        "SELECT id, "
	        "'HEARTBEAT', '{}', NOW() + INTERVAL 1 HOUR FROM spot_optimizer.clients LIMIT 1";
	while (!now->is_over) {
		if (server_sql(g.node[node], event, NULL, 0, NULL))
			__atomic_fetch_add(&now->n_events, 1, __ATOMIC_SEQ_CST);
		proc_sleep_ms(60);
	}
}

/* A command that was handed out twice has two attempts, or a second fence. */
static void claim_all(int node)
{
	char claim[200];
	snprintf(claim, sizeof claim, "CALL spot_optimizer.agent_claim('%s', 3600)", claimer);
	while (!now->is_over) {
		if (server_sql(g.node[node], claim, NULL, 0, NULL))
			__atomic_fetch_add(&now->n_claims, 1, __ATOMIC_SEQ_CST);
		server_sql(g.node[node],
		           "INSERT INTO spot_optimizer.commands (client_id, agent_id, command_type, "
		           "priority) SELECT "
		           "client_id, id, 'APPLY_CONFIG', 10 FROM spot_optimizer.agents WHERE "
		           "logical_agent_id = "
		           "'agent-001'",
		           NULL, 0, NULL);
		proc_sleep_ms(150);
	}
}

static pid_t in_a_process(void (*fn)(int), int arg)
{
	pid_t pid = fork();
	if (pid) return pid;
	fn(arg);
	_exit(0);
}

static void fault(int kind, int node)
{
	now->n_faults[kind]++;
	if (kind == 0) {
		server_kill(g.node[node]);
		proc_sleep_ms(2000);
		galera_rejoin(&g);
	} else if (kind == 1) {
		server_pause(g.node[node]);
		proc_sleep_ms(5000);
		server_resume(g.node[node]);
	} else {
		galera_isolate(&g, node, true);
		galera_wait_ready(&g, node, false);
		proc_sleep_ms(2000);
		galera_isolate(&g, node, false);
	}
	for (int i = 0; i < GALERA_NODES; i++) galera_wait_ready(&g, i, true);
	for (int i = 0; i < GALERA_NODES; i++) galera_wait_size(&g, i, GALERA_NODES);
}

/* --- the judge --- */

static void judge_verbs(void)
{
	int n = now->n_verbs < MOST_VERBS ? now->n_verbs : MOST_VERBS, once = 0;
	for (int i = 0; i < n; i++) {
		const char *id = now->verbs[i].id;
		if (!*id) continue;
		long done = atol(cluster_ask(g.node[0],
		                             "SELECT COUNT(*) FROM spot_optimizer.audit_log WHERE request_id "
		                             "= '%s' AND result = "
		                             "'done'",
		                             id));
		int code = now->verbs[i].code;
		ck_assert_msg(done <= 1, "%s was done %ld times", id, done);
		ck_assert_msg(code != 0 || done == 1, "%s was told as done, and was not", id);
		ck_assert_msg((code != 3 && code != 4 && code != 6) || done == 0,
		              "%s was told as not done (exit %d), and was", id, code);
		ck_assert_msg(code == 0 || code == 3 || code == 4 || code == 5 || code == 6, "exit %d", code);
		once += done == 1;
	}
	printf("verbs: %d, %d done, %d not, %d of unknown fate, %d refused; %d in the log, none twice, none "
	       "told wrongly\n",
	       n, now->n_done, now->n_nothing, now->n_unknown, now->n_refused, once);
}

static void judge_events(const char *path)
{
	char script[200], out[40];
	long n = atol(cluster_ask(g.node[0], "SELECT COUNT(*) FROM spot_optimizer.sse_events"));
	snprintf(script, sizeof script, "%s.sh", path);
	FILE *f = fopen(script, "w");
	fprintf(f,
	        "mariadb -u root -S %s -NBe 'SELECT id FROM spot_optimizer.sse_events' | sort >%s.all\n"
	        "sed -nE 's/^\\{\"id\":([0-9]+),.*/\\1/p' %s | sort >%s.ids\ncomm -3 %s.all %s.ids | wc -l\n",
	        server_socket(g.node[0]), path, path, path, path, path);
	fclose(f);
	snprintf(script, sizeof script, "bash %s.sh", path);
	f = popen(script, "r");
	ck_assert_ptr_nonnull(fgets(out, sizeof out, f));
	pclose(f);
	ck_assert_msg(atol(out) == 0, "%ld events are lost, told twice or of nowhere", atol(out));
	printf("events: %ld, all told once\n", n);
}

static void judge_claims(void)
{
	ck_assert_str_eq(cluster_ask(g.node[1], "SELECT COUNT(*) FROM spot_optimizer.commands WHERE attempts "
	                                        "> 1 OR fence > 1"),
	                 "0");
	printf("claims: %s, none twice\n",
	       cluster_ask(g.node[1],
	                   "SELECT COUNT(*) FROM spot_optimizer.commands WHERE status = 'executing'"));
}

/* What it says goes to a file: nobody reads a pipe for half an hour. */
static pid_t start_program(const char *out, const char *log, const char *const *argv)
{
	const char *all[16] = { "spotop", "--no-defaults", "-u", "root" };
	for (int i = 4; *argv && i < 15; i++) all[i] = *argv++;
	pid_t pid = fork();
	if (pid) return pid;
	if (!freopen(out, "w", stdout) || !freopen(log, "w", stderr)) _exit(126);
	setenv("XDG_STATE_HOME", rig.state, 1);
	setenv("XDG_CONFIG_HOME", rig.state, 1);
	const char *bin = getenv("SPOTOP_BIN");
	execv(bin ? bin : "./spotop", (char *const *)all);
	_exit(127);
}

START_TEST(a_cluster_that_is_broken_all_the_while_keeps_every_promise)
{
	long seconds = setting("SPOTOP_CLUSTER_S", 0);
	unsigned seed = (unsigned)setting("SPOTOP_SEED", 1);
	pid_t pids[VERBS + CLAIMERS + WRITERS], workers[2], tail;
	int n = 0, status;
	char path[100], log[120];
	snprintf(path, sizeof path, "%s/told", g.dir);
	rig_do(&rig, "DELETE FROM sse_events");
	snprintf(claimer, sizeof claimer, "%s",
	         cluster_ask(g.node[0],
	                     "SELECT id FROM spot_optimizer.agents WHERE logical_agent_id = 'agent-001'"));
	snprintf(log, sizeof log, "%s.log", path);
	tail = start_program(path, log,
	                     (const char *[]){ galera_hosts(&g, 1), "tail", "--from", "start", "-o", "jsonl",
	                                       NULL });
	for (int i = 0; i < 2; i++) {
		snprintf(log, sizeof log, "%s/worker-%d.log", g.dir, i);
		workers[i] = start_program(log, log, (const char *[]){ galera_hosts(&g, i), "worker", NULL });
	}
	for (int i = 0; i < VERBS; i++) pids[n++] = in_a_process(issue_all, i);
	for (int i = 0; i < CLAIMERS; i++) pids[n++] = in_a_process(claim_all, i);
	for (int i = 0; i < WRITERS; i++) pids[n++] = in_a_process(write_events, i);
	int64_t until = clock_mono_ms() + seconds * 1000;
	for (int i = 0; i < 3 || clock_mono_ms() < until; i++) {
		proc_sleep_ms(1500);
		int kind = i < 3 ? i : rand_r(&seed) % 3;
		fault(kind, rand_r(&seed) % GALERA_NODES);
	}
	now->is_over = true;
	for (int i = 0; i < n; i++) waitpid(pids[i], NULL, 0);
	for (int i = 0; i < 2; i++) {
		ck_assert_msg(waitpid(workers[i], &status, WNOHANG) == 0, "worker %d ended", i);
		kill(workers[i], SIGTERM);
		waitpid(workers[i], &status, 0);
	}
	proc_sleep_ms(8000); /* the tail's rounds over what is missing */
	ck_assert_msg(waitpid(tail, &status, WNOHANG) == 0, "the tail ended");
	kill(tail, SIGTERM);
	waitpid(tail, &status, 0);
	printf("faults: %d killed, %d frozen, %d cut off\n", now->n_faults[0], now->n_faults[1],
	       now->n_faults[2]);
	judge_verbs();
	judge_events(path);
	judge_claims();
	struct rig_run r = rig_spotop(&rig, false, (const char *[]){ "audit", "verify", NULL });
	ck_assert_msg(r.code == 0, "%s%s", r.out, r.err);
	rig_run_free(&r);
	r = rig_spotop(&rig, false, (const char *[]){ "job", "run", "recount", NULL });
	ck_assert_msg(r.code == 0, "%s%s", r.out, r.err);
	rig_run_free(&r);
}
END_TEST

Suite *suite_cluster_soak(void)
{
	Suite *s = suite_create("cluster_soak");
	if (!galera_is_here()) return s;
	TCase *t = tcase_create("soak");
	tcase_add_unchecked_fixture(t, begin, end);
	long seconds = setting("SPOTOP_CLUSTER_S", 0);
	tcase_set_timeout(t, seconds ? 2 * (double)seconds + 600 : 300);
	tcase_add_test(t, a_cluster_that_is_broken_all_the_while_keeps_every_promise);
	suite_add_tcase(s, t);
	return s;
}
