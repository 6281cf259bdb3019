/* cluster.c - several servers beside one, in the same run: the overview and four lists read from a replica server and from its
 * primary server; from a commit on the primary server to the event in a tail of either (p50, p99); and three agents' claims and
 * three operators' actions a second on three nodes of a Galera cluster, first all at one node, then each at its own.
 * BENCH_AGENTS (500) are loaded, ROUNDS (15) reads of each kind, BENCH_SECONDS (8) of writes of each kind. Needs what
 * `make deps-cluster` brings. Writes build/bench-cluster.json. */
#include "tests/support/cluster.h"
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/fleet/tail.h"
#include "core/sim/sim.h"
#include "sql.h"
#include "tests/support/bench.h"
#include "tests/support/bench_overview.h"
#include "tests/support/galera.h"
#include "tests/support/keeper.h"
#include "tests/support/server.h"
#include "views/model/page.h"
#include "views/model/view.h"
#include "views/registry.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_ROUNDS = 99, MAX_EVENTS = 4000, WRITERS = 3, PAGE = 400 };
static struct shared {
	volatile int is_over, n_ready;
	volatile long done[WRITERS], again[WRITERS];
	double committed_ms[MAX_EVENTS], seen_ms[2][MAX_EVENTS];
} * sh;

static long setting(const char *name, long otherwise, long most)
{
	const char *s = getenv(name);
	long n = s && atol(s) > 0 ? atol(s) : otherwise;
	return n < most ? n : most;
}

/* --- reads --- */

static double list(struct db *db, const struct view *v)
{
	struct err e = { 0 };
	struct buf sql = BUF_EMPTY;
	struct table *t = NULL;
	struct view_args args = { 0 };
	struct page p = { .sort = v->sort, .is_desc = v->is_desc, .limit = PAGE };
	struct db_opts o = { .deadline_ms = 600000, .max_rows = PAGE };
	double from = bench_ms();
	if (!page_select(&sql, v, &args, &p, &e) || !db_call_text(db, sql.s, sql.len, &o, &t, &e))
		bench_fail(v->name, &e);
	table_free(t);
	buf_free(&sql);
	return bench_ms() - from;
}

static void read_both(struct link db[2], const char *name, int rounds, json_t *told)
{
	double ms[2][MAX_ROUNDS];
	const struct view *v = strcmp(name, "overview") ? view_find(name) : NULL;
	for (int r = -1; r < rounds; r++) /* the first round warms up */
		for (int d = 0; d < 2; d++) {
			double took = v ? list(db[d].db, v) : bench_overview(db[d].db);
			if (r >= 0) ms[d][r] = took;
		}
	double one = bench_pct(ms[0], (size_t)rounds, 0.5), other = bench_pct(ms[1], (size_t)rounds, 0.5);
	json_array_append_new(told, json_pack("{s:s, s:f, s:f, s:f}", "what", name, "primary_ms", one,
	                                      "replica_ms", other, "ratio", other / one));
	bench_goal(name, other / one, "x as long on the replica server", true, 1.2);
}

/* --- the tail --- */

static void on_event(void *ctx, const struct tail_event *ev)
{
	long n = -1;
	const char *at = ev->event_data ? strstr(ev->event_data, "\"n\":") : NULL;
	if (at) n = strtol(at + 4, NULL, 10);
	if (n >= 0 && n < MAX_EVENTS) sh->seen_ms[*(int *)ctx][n] = bench_ms();
}

static void on_error(void *ctx, const struct err *e, bool has_stopped)
{
	(void)ctx;
	if (has_stopped) bench_fail("tail", e);
}

static void follow(const struct server *s, int who)
{
	struct link l;
	struct err e;
	struct tail *t;
	struct tail_opts o = {
		.from = "now", .poll_ms = 50, .on_event = on_event, .on_error = on_error, .ctx = &who
	};
	bench_open(&l, s, "spot_optimizer", DB_READ);
	if (!tail_open(&l.loop, l.db, &o, &t, &e)) bench_fail("tail", &e);
	__atomic_fetch_add(&sh->n_ready, 1, __ATOMIC_SEQ_CST);
	while (!sh->is_over) uv_run(&l.loop, UV_RUN_ONCE);
	_exit(0);
}

static json_t *tails(const struct cluster *c, long seconds)
{
	static const char *const names[] = { "primary", "replica" };
	json_t *told = json_object();
	struct link l;
	double ms[MAX_EVENTS];
	long n = 0;
	pid_t pids[2];
	for (int i = 0; i < 2; i++)
		if ((pids[i] = fork()) == 0) follow(i ? c->replica : c->primary, i);
	while (sh->n_ready < 2) usleep(1000);
	sleep(2); /* their first turns */
	bench_open(&l, c->primary, "spot_optimizer", DB_WRITE);
	for (double until = bench_ms() + 1000.0 * (double)seconds; bench_ms() < until && n < MAX_EVENTS;
	     n++) {
		bench_sql(&l,
		          "INSERT INTO sse_events (client_id, event_type, event_data, expires_at) SELECT id, "
		          "'HEARTBEAT', '{\"n\":%ld}', NOW() + INTERVAL 1 HOUR FROM clients LIMIT 1",
		          n);
		sh->committed_ms[n] = bench_ms();
		usleep(10000);
	}
	sleep(3);
	sh->is_over = 1;
	for (int i = 0; i < 2; i++) waitpid(pids[i], NULL, 0); /* the servers are children too */
	bench_close(&l);
	double p99[2];
	for (int i = 0; i < 2; i++) {
		size_t k = 0;
		for (long j = 0; j < n; j++)
			if (sh->seen_ms[i][j] > 0) ms[k++] = sh->seen_ms[i][j] - sh->committed_ms[j];
		p99[i] = bench_pct(ms, k, 0.99);
		json_object_set_new(told, names[i],
		                    json_pack("{s:i, s:i, s:f, s:f}", "events", (int)n, "told", (int)k,
		                              "p50_ms", bench_pct(ms, k, 0.5), "p99_ms", p99[i]));
		bench_goal(names[i], 100.0 * (double)k / (double)n, "% of the events told", false, 100);
	}
	bench_goal("tail", p99[1], "ms p99 on the replica server", true, 500);
	return told;
}

/* --- writes of three nodes --- */

/* Nothing was done, and it may be done again: what a node says of what another node's transaction ended. */
static bool is_undone(const struct err *e)
{
	return db_lost_to_another(e) || e->sql_errno == 1062 || e->sql_errno == 1064 ||
	       e->sql_errno == 1146 || e->sql_errno == 1305;
}

static void write_on(const struct server *s, int who, bool is_claim)
{
	struct link l;
	struct err e = { 0 };
	char sql[400];
	bench_open(&l, s, "spot_optimizer", DB_WRITE);
	for (long i = 0; !sh->is_over; i++) {
		struct table *t = NULL;
		if (is_claim)
			snprintf(sql, sizeof sql,
			         "CALL agent_claim((SELECT id FROM agents ORDER BY id LIMIT %d, 1), 600)",
			         who);
		else
			snprintf(sql, sizeof sql,
			         "CALL verb_config(UUID(), (SELECT logical_agent_id FROM agents ORDER BY id "
			         "LIMIT %d, 1), '{\"set\":{\"terminate_wait_seconds\":\"%ld\"}}', NULL, 0, "
			         "'[\"agent_silent\",\"agent_offline\",\"agent_disabled\"]', 'bench', 'o', "
			         "'h')",
			         who + 3 * (int)(i % 100), 30 + i % 500);
		bool ok = bench_ask(&l, sql, &t, &e);
		if (!ok && !is_undone(&e)) bench_fail(sql, &e);
		if (!ok)
			sh->again[who]++;
		else if (!is_claim || t->n_rows)
			sh->done[who]++;
		table_free(t);
	}
	_exit(0);
}

static double a_second(const struct galera *g, bool is_claim, bool is_spread, long seconds, long *again)
{
	long n = 0;
	cluster_do(g->node[0], "DELETE FROM spot_optimizer.commands");
	if (is_claim)
		cluster_do(g->node[0],
		           "INSERT INTO spot_optimizer.commands (client_id, agent_id, command_type, "
		           "priority) "
		           "SELECT a.client_id, a.id, 'APPLY_CONFIG', 10 FROM (SELECT client_id, id FROM "
		           "spot_optimizer.agents ORDER BY id LIMIT 3) a JOIN spot_optimizer.seq_1_to_3000");
	memset((void *)sh, 0, sizeof *sh);
	pid_t pids[WRITERS];
	for (int i = 0; i < WRITERS; i++)
		if ((pids[i] = fork()) == 0) write_on(g->node[is_spread ? i : 0], i, is_claim);
	double from = bench_ms();
	sleep((unsigned)seconds);
	sh->is_over = 1;
	for (int i = 0; i < WRITERS; i++) waitpid(pids[i], NULL, 0);
	double took = bench_ms() - from;
	*again = 0;
	for (int i = 0; i < WRITERS; i++) n += sh->done[i], *again += sh->again[i];
	return 1000.0 * (double)n / took;
}

static json_t *writes(long seconds)
{
	json_t *told = json_object();
	struct galera g;
	struct link l;
	struct err e = { 0 };
	setenv("SPOTOP_CLUSTER", "1", 1);
	galera_is_here();
	galera_start(&g);
	bench_open(&l, g.node[0], "spot_optimizer", DB_WRITE);
	if (!sim_load(l.db, 300, 2, 1, NULL, NULL, &e)) bench_fail("fleet", &e);
	bench_sql(&l, "UPDATE agents SET last_heartbeat_at = NOW() + INTERVAL 6 HOUR");
	bench_close(&l);
	for (int claim = 0; claim < 2; claim++) {
		long again[2];
		double one = a_second(&g, claim, false, seconds, &again[0]);
		double three = a_second(&g, claim, true, seconds, &again[1]);
		const char *name = claim ? "claims" : "actions";
		json_object_set_new(told, name,
		                    json_pack("{s:f, s:f, s:f, s:i, s:i}", "one_node_s", one, "three_nodes_s",
		                              three, "ratio", three / one, "undone_one", (int)again[0],
		                              "undone_three", (int)again[1]));
	}
	galera_stop(&g);
	return told;
}

/* The fixtures are made for tests, and speak in one alone. */
START_TEST(bench)
{
	static const char *const names[] = { "overview", "agents", "instances", "commands", "events" };
	struct cluster c;
	struct link db[2];
	struct err e = { 0 };
	long n = setting("BENCH_AGENTS", 500, 100000), rounds = setting("ROUNDS", 15, MAX_ROUNDS),
	     seconds = setting("BENCH_SECONDS", 8, 600);
	sh = mmap(NULL, sizeof *sh, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (sh == MAP_FAILED) bench_fail("memory", &e);
	cluster_start(&c);
	bench_open(&db[0], c.primary, "spot_optimizer", DB_WRITE);
	if (!sim_load(db[0].db, n, 2, 1, NULL, NULL, &e)) bench_fail("fleet", &e);
	bench_close(&db[0]);
	cluster_catch_up(&c);
	bench_open(&db[0], c.primary, "spot_optimizer", DB_READ);
	bench_open(&db[1], c.replica, "spot_optimizer", DB_READ);
	json_t *figures = json_object(), *reads = json_array();
	for (size_t i = 0; i < ARRAY_LEN(names); i++) read_both(db, names[i], (int)rounds, reads);
	json_object_set_new(figures, "reads", reads);
	bench_close(&db[0]);
	bench_close(&db[1]);
	json_object_set_new(figures, "tail", tails(&c, seconds));
	cluster_stop(&c);
	json_object_set_new(figures, "three_nodes", writes(seconds));
	char *text = json_dumps(figures, JSON_INDENT(1) | JSON_REAL_PRECISION(4));
	printf("%s\n", text);
	free(text);
	bench_save("cluster", figures);
}
END_TEST

int main(void)
{
	keeper_begin();
	views_are(all_views);
	Suite *s = suite_create("bench");
	TCase *t = tcase_create("cluster");
	tcase_add_test(t, bench);
	suite_add_tcase(s, t);
	SRunner *r = srunner_create(s);
	srunner_set_fork_status(r, CK_NOFORK);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 70 : 0;
}
