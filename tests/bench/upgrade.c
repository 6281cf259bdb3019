/* upgrade.c - how long each step of `db upgrade` takes on a large fleet that goes on working, and how long a heartbeat
 * and a change of an instance waited meanwhile. BENCH_AGENTS (100,000, ten instances each) is the size.
 * The schema is that of tests/it/sql/schema-06c83d8.sql.gz, so that every step has all of its work to do. */
#include "core/base/err.h"
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

enum { N_WRITERS = 2 };
static const char *const names[N_WRITERS] = { "heartbeat", "instance" };

/* What each writer waits for at this moment and the longest it waited since it was asked; shared with the children. */
struct wait {
	volatile double since_ms, longest_ms;
	volatile long n;
};
static struct wait *waits;
static struct server *server;

static void stop_server(void)
{
	if (server) server_stop(server);
	server = NULL;
}

static void shell(const char *what, const char *cmd)
{
	if (system(cmd) != 0) bench_fail(what, NULL);
}

static void fill(long agents)
{
	char cmd[700];
	struct err e = { 0 };
	if (!server_sql(server,
	                "CREATE DATABASE spot_optimizer CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci",
	                NULL, 0, &e))
		bench_fail("the database", &e);
	snprintf(cmd, sizeof cmd,
	         "zcat tests/it/sql/schema-06c83d8.sql.gz | mariadb --no-defaults -u root -S %s "
	         "spot_optimizer",
	         server_socket(server));
	shell("the earlier schema", cmd);
	snprintf(cmd, sizeof cmd,
	         "{ echo 'SET @agents = %ld;'; cat tests/bench/sql/upgrade_fill.sql; } | mariadb "
	         "--no-defaults -u root -S %s spot_optimizer",
	         agents, server_socket(server));
	shell("the fleet", cmd);
}

/* What the server undoes for a rival's sake is done again, as the contract says. */
static void write_one(struct link *l, const char *sql)
{
	struct db_opts o = { .is_write = true, .deadline_ms = 600000 };
	struct err e = { 0 };
	while (!db_call_text(l->db, sql, strlen(sql), &o, NULL, &e))
		if (e.sql_errno != 1213 && e.sql_errno != 1020 && e.sql_errno != 1205) bench_fail(sql, &e);
}

/* One agent after the other, as fast as the server lets it. */
static void write_on(int who, long agents)
{
	static const char *const sql[N_WRITERS] = {
		"UPDATE agents SET last_heartbeat_at = NOW() WHERE id = INSERT(INSERT(MD5('a%ld'), 13, 1, "
		"'4'), 17, 1, '8')",
		"UPDATE instances SET spot_price = spot_price + 0.0001 WHERE id = CONCAT('i-', "
		"LEFT(MD5('b%ld:1'), 17))",
	};
	struct link l;
	char text[200];
	bench_open(&l, server, "spot_optimizer", DB_WRITE);
	write_one(&l, "SET SESSION innodb_lock_wait_timeout = 600, SESSION lock_wait_timeout = 3600");
	for (long i = 0;; i = (i + 7919) % agents) {
		double began = bench_ms();
		waits[who].since_ms = began;
		const char *at = strstr(sql[who], "%ld");
		snprintf(text, sizeof text, "%.*s%ld%s", (int)(at - sql[who]), sql[who], i,
		         at + strlen("%ld"));
		write_one(&l, text);
		double took = bench_ms() - began;
		if (took > waits[who].longest_ms) waits[who].longest_ms = took;
		waits[who].since_ms = 0;
		waits[who].n++;
	}
}

/* The longest until now, one that still waits included; begins anew. */
static double longest(int who)
{
	double since = waits[who].since_ms, l = waits[who].longest_ms;
	if (since > 0 && bench_ms() - since > l) l = bench_ms() - since;
	waits[who].longest_ms = 0;
	return l;
}

int main(void)
{
	struct server_opts opts = { .extra = "--innodb-buffer-pool-size=1G",
		                    .extra2 = "--innodb-log-file-size=256M" };
	struct err e = { 0 };
	const char *n = getenv("BENCH_AGENTS"), *bin = getenv("SPOTOP_BIN");
	long agents = n ? atol(n) : 100000;
	pid_t writers[N_WRITERS];
	char cmd[400], line[300];
	keeper_begin();
	atexit(stop_server);
	server = server_start(&opts, &e);
	if (!server) bench_fail("the server", &e);
	fill(agents);
	waits = mmap(NULL, sizeof *waits * N_WRITERS, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
	             0);
	for (int i = 0; i < N_WRITERS; i++)
		if ((writers[i] = fork()) == 0) write_on(i, agents);
	sleep(3);
	for (int i = 0; i < N_WRITERS; i++)
		fprintf(stderr, "%s: %ld before the upgrade, longest %.1f ms\n", names[i], waits[i].n / 3,
		        longest(i));
	snprintf(cmd, sizeof cmd, "%s --no-defaults -u root -S %s -D spot_optimizer db upgrade",
	         bin ? bin : "./spotop", server_socket(server));
	double began = bench_ms();
	FILE *out = popen(cmd, "r");
	while (out && fgets(line, sizeof line, out)) {
		line[strcspn(line, "\n")] = 0;
		printf("{\"said\":\"%s\",\"at_s\":%.1f,\"heartbeat_waited_ms\":%.0f,\"instance_waited_ms\":%."
		       "0f}\n",
		       line, (bench_ms() - began) / 1000, longest(0), longest(1));
		fflush(stdout);
	}
	int status = out ? pclose(out) : 1;
	for (int i = 0; i < N_WRITERS; i++) kill(writers[i], SIGKILL), waitpid(writers[i], NULL, 0);
	return status ? 1 : 0;
}
