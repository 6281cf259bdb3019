/* migrate.c - what a migration costs the fleet that works on: the writers' statements a second and their p99 in a database
 * with the change log's triggers beside those in the same without, statement by statement in turn, so that what else the
 * machine does meets both; the same while it is followed; the window in which nobody may write, followed and not; and how
 * soon a planted byte is found. BENCH_PRICES (100,000) is the size, and ten times that with SCALE=full; ROUNDS (6),
 * WRITE_S (6) are how often and how long the writers are measured. */
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/db/db.h"
#include "tests/support/bench.h"
#include "tests/support/keeper.h"
#include "tests/support/server.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WRITERS = 2, MAX_TIMES = 200000, WAITING = 1000 };
enum kind { LOGGED, FOLLOWED, KINDS };
static const char *const kinds[KINDS] = { "the change log", "followed" };
enum side { BARE, WITH, SIDES };
static const char *const sides[SIDES] = { "bare", "old" };

struct measured {
	double ms[SIDES][MAX_TIMES];
	size_t n[SIDES];
};
static struct server *server;
static struct measured *shared; /* a writer's turn */
static struct measured sums[KINDS];

static void stop_server(void)
{
	if (server) server_stop(server);
	server = NULL;
}

static int asked(const char *name, int normal)
{
	const char *said = getenv(name);
	return said ? atoi(said) : normal;
}

/* Exit code of spotop db migrate. */
static int migrate(const char *into, const char *what, double *took_ms)
{
	char cmd[400];
	const char *bin = getenv("SPOTOP_BIN");
	double from = bench_ms();
	snprintf(cmd, sizeof cmd,
	         "%s --no-defaults -u root -S %s -D %s db migrate --from old %s >/dev/null 2>&1",
	         bin ? bin : "./spotop", server_socket(server), into, what);
	int rc = system(cmd);
	if (took_ms) *took_ms = bench_ms() - from;
	return WEXITSTATUS(rc);
}

static void must(const char *into, const char *what, double *took_ms)
{
	if (migrate(into, what, took_ms)) bench_fail(what, NULL);
}

/* A price, a heartbeat or a command. */
static double write_one(struct link *l, enum side side, unsigned i, int me)
{
	unsigned agent = 1 + (i * 7 + (unsigned)me * 100) % 200;
	double t = bench_ms();
	if (i % 3 == 0)
		bench_sql(l,
		          "INSERT INTO %s.spot_price_snapshots (pool_id, price, captured_at, agent_id, "
		          "instance_role) VALUES ('r3.large.us-east-1a', 0.01, NOW(), "
		          "'aaaaaaaa-0000-0000-0000-%012u', 'primary')",
		          sides[side], agent);
	else if (i % 3 == 1)
		bench_sql(l,
		          "UPDATE %s.agents SET last_heartbeat_at = NOW(), config_version = %u WHERE id = "
		          "'aaaaaaaa-0000-0000-0000-%012u'",
		          sides[side], i, agent);
	else
		bench_sql(l, "UPDATE %s.commands SET message = %u WHERE id = 'cccccccc-0000-0000-0000-%012u'",
		          sides[side], i, 1 + (i + (unsigned)me * 500) % 1000);
	return bench_ms() - t;
}

/* A back end that writes as fast as it is answered; each statement to both databases, either first in turn. */
static void write_for(struct measured *m, int me, double seconds)
{
	struct link l;
	bench_open(&l, server, "old", DB_WRITE);
	double until = bench_ms() + seconds * 1e3;
	m->n[BARE] = m->n[WITH] = 0;
	for (unsigned i = 0; bench_ms() < until && m->n[WITH] < MAX_TIMES; i++)
		for (unsigned k = 0; k < SIDES; k++) {
			enum side side = (i / 3 + k) % 2 ? WITH : BARE;
			m->ms[side][m->n[side]++] = write_one(&l, side, i, me);
		}
	bench_close(&l);
}

static void let_write(enum kind kind, double seconds)
{
	pid_t pids[WRITERS];
	int status;
	for (int i = 0; i < WRITERS; i++)
		if ((pids[i] = fork()) == 0) {
			write_for(&shared[i], i, seconds);
			_exit(0);
		}
	for (int i = 0; i < WRITERS; i++) {
		waitpid(pids[i], &status, 0);
		if (status) bench_fail("a writer", NULL);
		for (int side = 0; side < SIDES; side++)
			for (size_t k = 0; k < shared[i].n[side] && sums[kind].n[side] < MAX_TIMES; k++)
				sums[kind].ms[side][sums[kind].n[side]++] = shared[i].ms[side][k];
	}
}

static double per_s(const struct measured *m, enum side side)
{
	double ms = 0;
	for (size_t i = 0; i < m->n[side]; i++) ms += m->ms[side][i];
	return WRITERS * 1e3 * (double)m->n[side] / ms;
}

static pid_t spawn_follow(void)
{
	pid_t pid = fork();
	if (pid == 0) {
		const char *bin = getenv("SPOTOP_BIN");
		if (!freopen("/dev/null", "w", stderr)) _exit(1);
		execl(bin ? bin : "./spotop", "spotop", "--no-defaults", "-u", "root", "-S",
		      server_socket(server), "-D", "new", "db", "migrate", "--from", "old", "--follow",
		      (char *)NULL);
		_exit(127);
	}
	return pid;
}

static void writers(struct link *l, json_t *figures)
{
	int status;
	bench_sql(l, "CALL new.migration_log_make()");
	for (int round = 0; round < asked("ROUNDS", 6); round++) {
		let_write(LOGGED, asked("WRITE_S", 6));
		must("new", "--follow --once", NULL);
		pid_t pid = spawn_follow();
		sleep(2);
		let_write(FOLLOWED, asked("WRITE_S", 6));
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
	}
	for (int k = 0; k < KINDS; k++) {
		char work[80];
		double bare = per_s(&sums[k], BARE), with = per_s(&sums[k], WITH),
		       bare_p99 = bench_pct(sums[k].ms[BARE], sums[k].n[BARE], 0.99),
		       p99 = bench_pct(sums[k].ms[WITH], sums[k].n[WITH], 0.99),
		       bare_p50 = bench_pct(sums[k].ms[BARE], sums[k].n[BARE], 0.5),
		       p50 = bench_pct(sums[k].ms[WITH], sums[k].n[WITH], 0.5);
		json_object_set_new(figures, kinds[k],
		                    json_pack("{s:f,s:f,s:f,s:f,s:f,s:f,s:i}", "bare_per_s", bare, "per_s",
		                              with, "bare_p50_ms", bare_p50, "p50_ms", p50, "bare_p99_ms",
		                              bare_p99, "p99_ms", p99, "statements", (int)sums[k].n[WITH]));
		snprintf(work, sizeof work, "writers, %s: statements lost", kinds[k]);
		bench_goal(work, 100 * (1 - with / bare), "%", true, 10);
		snprintf(work, sizeof work, "writers, %s: p99 beside without", kinds[k]);
		bench_goal(work, p99 / bare_p99, "times", true, 2);
	}
}

static void fill(struct link *l, int prices)
{
	char cmd[300];
	snprintf(cmd, sizeof cmd,
	         "(echo 'SET @prices = %d;'; cat tests/bench/sql/migrate_old.sql) | mariadb --no-defaults -u "
	         "root -S %s",
	         prices, server_socket(server));
	bench_sql(l, "DROP DATABASE IF EXISTS new");
	if (system(cmd)) bench_fail("the old fleet", NULL);
}

/* The same rows without a migration. */
static void fill_bare(int prices)
{
	char cmd[300];
	snprintf(cmd, sizeof cmd,
	         "(echo 'SET @prices = %d;'; sed 's/^\\(DROP DATABASE IF EXISTS\\|CREATE DATABASE\\|USE\\) "
	         "old/\\1 "
	         "bare/' tests/bench/sql/migrate_old.sql) | mariadb --no-defaults -u root -S %s",
	         prices, server_socket(server));
	if (system(cmd)) bench_fail("the same fleet", NULL);
}

/* From the moment in which the writers end to that in which the new database may be used. */
static void window(struct link *l, int prices, json_t *figures)
{
	char work[80];
	double copy, again, followed, compared;
	fill(l, prices);
	must("new", "", &copy);
	bench_sql(l, "UPDATE old.spot_price_snapshots SET price = price + 0.1 WHERE id <= %d", WAITING);
	must("new", "--final", &again);
	fill(l, prices);
	must("new", "--follow --once", NULL);
	must("new", "--compare", &compared);
	bench_sql(l, "UPDATE new.spot_price_snapshots SET price = price + 0.000001 WHERE id = %d",
	          prices / 2);
	double found;
	if (migrate("new", "--compare", &found) != 1) bench_fail("the planted byte was not found", NULL);
	bench_sql(l, "UPDATE new.spot_price_snapshots SET price = price - 0.000001 WHERE id = %d",
	          prices / 2);
	bench_sql(l, "UPDATE old.spot_price_snapshots SET price = price + 0.1 WHERE id <= %d", WAITING);
	must("new", "--final --fence", &followed);
	snprintf(work, sizeof work, "%d prices", prices);
	json_object_set_new(figures, work,
	                    json_pack("{s:f,s:f,s:f,s:f,s:f}", "copy_s", copy / 1e3, "window_s", again / 1e3,
	                              "window_followed_s", followed / 1e3, "compare_s", compared / 1e3,
	                              "planted_byte_s", found / 1e3));
	/* the goal is that of 1,000,000: what is done once weighs more where less lies */
	snprintf(work, sizeof work, "%d prices, %d waiting: window", prices, WAITING);
	if (prices >= 1000000) bench_goal(work, followed / again, "of that without following", true, 0.1);
	snprintf(work, sizeof work, "%d prices: a planted byte found", prices);
	bench_goal(work, found / 1e3, "s", true, 60);
}

int main(void)
{
	struct err e = { 0 };
	struct link l;
	keeper_begin();
	int prices = asked("BENCH_PRICES", 100000);
	const char *only = getenv("ONLY"), *scale = getenv("SCALE");
	json_t *figures = json_object();
	shared = mmap(NULL, WRITERS * sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
	              0);
	if (shared == MAP_FAILED) bench_fail("memory", NULL);
	struct server_opts o = { .server_id = 1, .extra = "--innodb-buffer-pool-size=1G" };
	server = server_start(&o, &e);
	if (!server) bench_fail("server", &e);
	atexit(stop_server);
	bench_open(&l, server, NULL, DB_WRITE);
	/* as in production: a commit is in both logs and on disk before it is answered */
	bench_sql(&l, "SET GLOBAL innodb_flush_log_at_trx_commit = 1, GLOBAL sync_binlog = 1");
	if (!only || strcmp(only, "writers") == 0) {
		fill(&l, prices);
		fill_bare(prices);
		must("new", "--follow --once", NULL);
		writers(&l, figures);
	}
	if (!only || strcmp(only, "window") == 0) {
		window(&l, prices, figures);
		if (scale && strcmp(scale, "full") == 0) window(&l, prices * 10, figures);
	}
	bench_close(&l);
	bench_save("migrate", figures);
	return 0;
}
