/* actions.c - what it costs that a command is claimed by one agent only and that an action is guarded, audited and
 * stored once, beside the bare statements on the same rows in the same run: claims a second with 1, 8 and 32
 * agents against UPDATEs by primary key; p50 and p99 of an issued switch against an INSERT of its row.
 * Counts too that no command was claimed twice and none was left. Writes build/bench-actions.json.
 * COMMANDS (3200) are claimed in each round, HEARTBEATS (6400) heartbeats sent, ISSUES (400) are issued. */
#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/db/db.h"
#include "core/sim/sim.h"
#include "tests/support/bench.h"
#include "tests/support/keeper.h"
#include "tests/support/server.h"
#include "tests/support/server_schema.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

enum { MAX_WORKERS = 32, MAX_ISSUES = 5000 };
struct shared {
	volatile int go;
	volatile int ready;
	volatile long claimed[MAX_WORKERS];
	volatile double busy_ms[MAX_WORKERS]; /* of its claims alone */
};

static long number(struct link *l, const char *sql)
{
	struct table *t = bench_rows(l, "%s", sql);
	long n = t->n_rows && t->cells[0].s ? atol(t->cells[0].s) : 0;
	table_free(t);
	return n;
}

/* --- claims --- */

static char agents[MAX_WORKERS][40];

/* The orders of one round: as many for each agent, in three priorities; and the same rows without triggers. */
static void order(struct link *l, int n_agents, long n)
{
	bench_sql(l, "DELETE FROM commands");
	for (int i = 0; i < n_agents; i++)
		table_free(
		        bench_rows(l,
		                   "INSERT INTO commands (client_id, agent_id, command_type, priority) "
		                   "SELECT "
		                   "a.client_id, a.id, "
		                   "'APPLY_CONFIG', 10 + s.seq %% 3 FROM agents a JOIN seq_1_to_%ld s WHERE "
		                   "a.id = '%s'",
		                   n / n_agents, agents[i]));
	bench_sql(l, "TRUNCATE TABLE bare_commands");
	bench_sql(l, "INSERT INTO bare_commands SELECT * FROM commands");
}

static void wait_for_go(struct shared *sh)
{
	__sync_fetch_and_add(&sh->ready, 1);
	while (!sh->go) usleep(200);
}

static void claim_all(const struct server *s, struct shared *sh, int who)
{
	struct link l;
	bench_open(&l, s, "spot_optimizer", DB_WRITE);
	bench_sql(&l, "DO 0");
	wait_for_go(sh);
	for (;;) {
		double from = bench_ms();
		struct table *t = bench_rows(&l, "CALL agent_claim('%s', 600)", agents[who]);
		sh->busy_ms[who] += bench_ms() - from;
		if (t->n_rows) /* done at once: an agent carries out one at a time */
			bench_sql(&l,
			          "UPDATE commands SET status = 'completed', success = TRUE WHERE id = '%s'",
			          table_get(t, 0, "command_id"));
		size_t n = t->n_rows;
		table_free(t);
		if (!n) break;
		sh->claimed[who]++;
	}
	bench_close(&l);
	_exit(0);
}

static void update_all(const struct server *s, struct shared *sh, int who)
{
	struct link l;
	bench_open(&l, s, "spot_optimizer", DB_WRITE);
	struct table *ids = bench_rows(&l, "SELECT id FROM bare_commands WHERE agent_id = '%s'", agents[who]);
	wait_for_go(sh);
	for (size_t i = 0; i < ids->n_rows; i++) {
		double from = bench_ms();
		table_free(bench_rows(&l,
		                      "UPDATE bare_commands SET status = 'executing', executed_at = "
		                      "CURRENT_TIMESTAMP, stage = 'claimed', "
		                      "fence = fence + 1, attempts = attempts + 1, lease_until = "
		                      "CURRENT_TIMESTAMP(3) + INTERVAL 600 SECOND "
		                      "WHERE id = '%s'",
		                      ids->cells[i * ids->n_cols].s));
		sh->busy_ms[who] += bench_ms() - from;
		sh->claimed[who]++;
	}
	table_free(ids);
	bench_close(&l);
	_exit(0);
}

/* --- heartbeats --- */

static long heartbeats_each;

static void heartbeat_all(const struct server *s, struct shared *sh, int who)
{
	struct link l;
	bench_open(&l, s, "spot_optimizer", DB_WRITE);
	bench_sql(&l, "DO 0");
	wait_for_go(sh);
	for (long i = 0; i < heartbeats_each; i++) {
		double from = bench_ms();
		table_free(bench_rows(&l, "CALL agent_heartbeat('%s', 'online', NULL)", agents[who]));
		sh->busy_ms[who] += bench_ms() - from;
		sh->claimed[who]++;
	}
	bench_close(&l);
	_exit(0);
}

/* How many a second the workers do together, each in the time of its own. */
static double together(const struct server *s, struct shared *sh, int n, long want,
                       void (*work)(const struct server *, struct shared *, int))
{
	memset((void *)sh, 0, sizeof *sh);
	pid_t pids[MAX_WORKERS];
	for (int i = 0; i < n; i++)
		if ((pids[i] = fork()) == 0) work(s, sh, i);
	while (sh->ready < n) usleep(1000);
	sh->go = 1;
	int status, bad = 0;
	for (int i = 0; i < n; i++) bad += waitpid(pids[i], &status, 0) != pids[i] || status != 0;
	long got = 0;
	double a_second = 0;
	for (int i = 0; i < n; i++) {
		got += sh->claimed[i];
		a_second += (double)sh->claimed[i] / sh->busy_ms[i] * 1e3;
	}
	if (bad || got != want) {
		fprintf(stderr, "%d workers: %ld of %ld, %d ended badly\n", n, got, want, bad);
		exit(70);
	}
	return a_second;
}

static void bench_claims(json_t *all, struct link *l, const struct server *s, struct shared *sh, long n)
{
	static const int counts[] = { 1, 8, 32 };
	json_t *rows = json_array();
	char work[80];
	for (size_t k = 0; k < ARRAY_LEN(counts); k++) {
		order(l, counts[k], n);
		double bare = together(s, sh, counts[k], n, update_all);
		double claims = together(s, sh, counts[k], n, claim_all);
		long once = number(l, "SELECT COUNT(*) FROM commands WHERE status = 'completed' AND attempts "
		                      "= 1 AND fence = 1");
		if (once != n) {
			fprintf(stderr, "%ld of %ld were claimed exactly once\n", once, n);
			exit(70);
		}
		json_array_append_new(rows, json_pack("{s:i, s:f, s:f, s:f, s:i, s:i}", "agents", counts[k],
		                                      "claims_per_s", claims, "bare_updates_per_s", bare,
		                                      "ratio", claims / bare, "claimed_twice", 0, "lost", 0));
		snprintf(work, sizeof work, "claims beside bare UPDATEs, %d agents", counts[k]);
		if (counts[k] > 1) bench_goal(work, claims / bare, "", false, 0.45);
	}
	json_object_set_new(all, "claims", rows);
}

static void bench_heartbeats(json_t *all, struct link *l, const struct server *s, struct shared *sh, long n)
{
	static const int counts[] = { 1, 8, 32 };
	bench_sql(l, "DELETE FROM commands");
	json_t *rows = json_array();
	for (size_t k = 0; k < ARRAY_LEN(counts); k++) {
		heartbeats_each = n / counts[k];
		json_array_append_new(rows, json_pack("{s:i, s:f}", "agents", counts[k], "heartbeats_per_s",
		                                      together(s, sh, counts[k], heartbeats_each * counts[k],
		                                               heartbeat_all)));
	}
	json_object_set_new(all, "heartbeats", rows);
}

/* --- issues --- */

static void bench_issues(json_t *all, struct link *l, long n)
{
	static double issue[MAX_ISSUES], insert[MAX_ISSUES];
	bench_sql(l, "DELETE FROM commands");
	bench_sql(l, "TRUNCATE TABLE bare_commands");
	bench_sql(l, "UPDATE agents SET last_heartbeat_at = NOW(), status = 'online', "
	             "enabled = "
	             "TRUE, notice_status = 'none'");
	bench_sql(l, "UPDATE agent_configs SET max_switches_per_week = 255, min_pool_duration_hours = 0");
	bench_sql(l, "DELETE FROM automation_freezes");
	bench_sql(l, "UPDATE clients SET metadata = JSON_OBJECT('max_touched_share', 1)");
	struct table *t = bench_rows(l,
	                             "SELECT id FROM agents WHERE logical_agent_id > 'agent-000200' AND "
	                             "current_mode = 'spot' LIMIT %ld",
	                             n);
	if ((long)t->n_rows < n) n = (long)t->n_rows;
	for (long i = 0; i < n; i++) {
		const char *agent = t->cells[(size_t)i * t->n_cols].s;
		double from = bench_ms();
		struct table *r =
		        bench_rows(l,
		                   "CALL verb_switch(UUID(), '%s', '{\"mode\":\"ondemand\"}', NULL, "
		                   "FALSE, NULL, 'bench', 'bench', 'bench')",
		                   agent);
		issue[i] = bench_ms() - from;
		const char *status = r->n_rows ? table_get(r, 0, "status") : NULL;
		if (!status || strcmp(status, "done") != 0) {
			fprintf(stderr, "an issue was not done: %s\n",
			        r->n_rows ? table_get(r, 0, "message") : "no row");
			exit(70);
		}
		from = bench_ms();
		table_free(bench_rows(l, "INSERT INTO bare_commands SELECT * FROM commands WHERE id = '%s'",
		                      table_get(r, 0, "command_id")));
		insert[i] = bench_ms() - from;
		table_free(r);
	}
	table_free(t);
	double a50 = bench_pct(issue, (size_t)n, 0.5), a99 = bench_pct(issue, (size_t)n, 0.99),
	       b50 = bench_pct(insert, (size_t)n, 0.5), b99 = bench_pct(insert, (size_t)n, 0.99);
	json_object_set_new(all, "issues",
	                    json_pack("{s:I, s:f, s:f, s:f, s:f, s:f, s:f, s:I}", "n", (json_int_t)n,
	                              "p50_ms", a50, "p99_ms", a99, "bare_insert_p50_ms", b50,
	                              "bare_insert_p99_ms", b99, "ratio_p50", a50 / b50, "ratio_p99",
	                              a99 / b99, "audit_faults",
	                              (json_int_t)number(l, "SELECT COUNT(*) FROM v_audit_faults")));
}

static long setting(const char *name, long otherwise, long most)
{
	const char *s = getenv(name);
	long n = s && atol(s) > 0 ? atol(s) : otherwise;
	return n < most ? n : most;
}

int main(void)
{
	keeper_begin();
	struct server_opts so = { .extra = "--innodb-buffer-pool-size=256M" };
	struct err e = { 0 };
	struct link l;
	struct server *s = server_start(&so, &e);
	struct shared *sh = mmap(NULL, sizeof *sh, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (!s || !server_load_schema(s, &e)) bench_fail("server", &e);
	bench_open(&l, s, "spot_optimizer", DB_WRITE);
	if (!sim_load(l.db, 1000, 2, 1, NULL, NULL, &e)) bench_fail("fleet", &e);
	bench_sql(&l, "CREATE TABLE bare_commands LIKE commands");
	struct table *t = bench_rows(&l,
	                             "SELECT id FROM agents WHERE logical_agent_id > 'agent-000900' ORDER BY "
	                             "id LIMIT %d",
	                             (int)MAX_WORKERS);
	for (size_t i = 0; i < t->n_rows; i++)
		snprintf(agents[i], sizeof agents[i], "%s", t->cells[i * t->n_cols].s);
	table_free(t);
	json_t *all = json_object();
	bench_claims(all, &l, s, sh, setting("COMMANDS", 3200, 1000000) / MAX_WORKERS * MAX_WORKERS);
	bench_heartbeats(all, &l, s, sh, setting("HEARTBEATS", 6400, 1000000) / MAX_WORKERS * MAX_WORKERS);
	bench_issues(all, &l, setting("ISSUES", 400, MAX_ISSUES));
	bench_save("actions", all);
	bench_close(&l);
	server_stop(s);
	return 0;
}
