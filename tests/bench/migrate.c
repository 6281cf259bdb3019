/* migrate.c - what a migration costs the fleet that works on: the writers' statements a second and their p99 with no
 * triggers, with the change log's triggers, and with those while it is followed, in turn; the window in which nobody
 * may write, followed and not; and how soon a planted byte is found. BENCH_PRICES (100,000) is the size, and ten times
 * that with SCALE=full; ROUNDS (6), WRITE_S (3) are how often and how long the writers are measured. */
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
enum kind { BARE, LOGGED, FOLLOWED, KINDS };
static const char *const kinds[KINDS] = { "no triggers", "the change log", "followed" };

struct measured {
	double ms[MAX_TIMES];
	size_t n;
	double seconds;
};
static struct server *server;
static struct measured *shared; /* a writer's turn */
static struct measured sums[KINDS];

static void stop_server(void)
{
	if (server) server_stop(server);
	server = NULL;
}

static int asked(const char *name, int normal) { return getenv(name) ? atoi(getenv(name)) : normal; }

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

/* A back end: a price, a heartbeat and a command in turn, as fast as they are answered. */
static void write_for(struct measured *m, int me, double seconds)
{
	struct link l;
	bench_open(&l, server, "old", DB_WRITE);
	double from = bench_ms(), until = from + seconds * 1e3;
	m->n = 0;
	for (unsigned i = 0; bench_ms() < until && m->n < MAX_TIMES; i++) {
		double t = bench_ms();
		unsigned agent = 1 + (i * 7 + (unsigned)me * 100) % 200;
		if (i % 3 == 0)
			bench_sql(&l,
			          "INSERT INTO spot_price_snapshots (pool_id, price, captured_at, agent_id, "
			          "instance_role) VALUES ('r3.large.us-east-1a', 0.01, NOW(), "
			          "'aaaaaaaa-0000-0000-0000-%012u', 'primary')",
			          agent);
		else if (i % 3 == 1)
			bench_sql(&l,
			          "UPDATE agents SET last_heartbeat_at = NOW(), config_version = %u WHERE id "
			          "= "
			          "'aaaaaaaa-0000-0000-0000-%012u'",
			          i, agent);
		else
			bench_sql(&l,
			          "UPDATE commands SET message = %u WHERE id = "
			          "'cccccccc-0000-0000-0000-%012u'",
			          i, 1 + (i + (unsigned)me * 500) % 1000);
		m->ms[m->n++] = bench_ms() - t;
	}
	m->seconds = (bench_ms() - from) / 1e3;
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
		for (size_t k = 0; k < shared[i].n && sums[kind].n < MAX_TIMES; k++)
			sums[kind].ms[sums[kind].n++] = shared[i].ms[k];
		sums[kind].seconds += shared[i].seconds / WRITERS;
	}
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

static void writers(struct link *l)
{
	int status;
	for (int round = 0; round < asked("ROUNDS", 6); round++) {
		bench_sql(l, "CALL new.migration_drop_triggers('log')");
		let_write(BARE, asked("WRITE_S", 3));
		bench_sql(l, "CALL new.migration_log_make()");
		let_write(LOGGED, asked("WRITE_S", 3));
		must("new", "--follow --once", NULL);
		pid_t pid = spawn_follow();
		sleep(2);
		let_write(FOLLOWED, asked("WRITE_S", 3));
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
	}
	double bare = (double)sums[BARE].n / sums[BARE].seconds,
	       bare_p99 = bench_pct(sums[BARE].ms, sums[BARE].n, 0.99);
	for (int k = 0; k < KINDS; k++) {
		double per_s = (double)sums[k].n / sums[k].seconds,
		       p99 = bench_pct(sums[k].ms, sums[k].n, 0.99);
		printf("writers, %s: %.0f statements/s (%+.1f %%), p99 %.2f ms (x %.2f)\n", kinds[k], per_s,
		       100 * (per_s / bare - 1), p99, p99 / bare_p99);
	}
	fflush(stdout);
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

/* From the moment in which the writers end to that in which the new database may be used. */
static void window(struct link *l, int prices)
{
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
	printf("%d prices: copied in %.1f s; %d changes wait: window %.1f s, followed %.1f s; compared in "
	       "%.1f s, a "
	       "planted byte found in %.1f s\n",
	       prices, copy / 1e3, WAITING, again / 1e3, followed / 1e3, compared / 1e3, found / 1e3);
	fflush(stdout);
}

int main(void)
{
	struct err e = { 0 };
	struct link l;
	keeper_begin();
	int prices = asked("BENCH_PRICES", 100000);
	shared = mmap(NULL, WRITERS * sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
	              0);
	if (shared == MAP_FAILED) bench_fail("memory", NULL);
	struct server_opts o = { .extra = "--innodb-buffer-pool-size=1G",
		                 .extra2 = "--innodb-flush-log-at-trx-commit=1" };
	server = server_start(&o, &e);
	if (!server) bench_fail("server", &e);
	atexit(stop_server);
	bench_open(&l, server, NULL, DB_WRITE);
	if (!getenv("ONLY") || strcmp(getenv("ONLY"), "writers") == 0) {
		fill(&l, prices);
		must("new", "--follow --once", NULL);
		writers(&l);
	}
	if (!getenv("ONLY") || strcmp(getenv("ONLY"), "window") == 0) {
		window(&l, prices);
		if (getenv("SCALE") && strcmp(getenv("SCALE"), "full") == 0) window(&l, prices * 10);
	}
	bench_close(&l);
	return 0;
}
