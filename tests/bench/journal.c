/* journal.c - what a journal that was never compacted costs: the first action (`spotop cordon` from exec to exit), the one
 * after it, and the console (from exec until it says what became of an action that an earlier program left open), with
 * no settled intents in the journal and with INTENTS (100000) of them, 48 MB, turn and turn about ROUNDS (9) times.
 * Prints one JSON object: the medians, and their ratios. */
#include "core/base/err.h"
#include "core/base/mem.h"
#include "tests/support/bench.h"
#include "tests/support/keeper.h"
#include "tests/support/pty.h"
#include "tests/support/server.h"
#include "tests/support/server_schema.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_ROUNDS = 100 };

static long setting(const char *name, long otherwise, long most)
{
	const char *s = getenv(name);
	long n = s && atol(s) > 0 ? atol(s) : otherwise;
	return n < most ? n : most;
}

static const char open_id[] = "5f0cffff-0000-4000-8000-000000000001";

/* As the program writes them: one action that is open, and n with what became of them. */
static void write_journal(const char *path, long n)
{
	FILE *f = fopen(path, "w");
	if (!f) exit(70);
	fprintf(f,
	        "{\"at\":\"2026-01-01T00:00:00.000Z\",\"state\":\"sent\",\"request_id\":\"%s\",\"verb\":"
	        "\"ack\","
	        "\"target\":\"x\",\"args\":\"{}\",\"thread\":1,\"pid\":1,\"pid_start\":1}\n",
	        open_id);
	for (long i = 0; i < n; i++) {
		char id[40];
		snprintf(id, sizeof id, "5f0c%04lx-0000-4000-9000-%012ld", i * 2654435761u & 0xffff, i);
		fprintf(f,
		        "{\"at\":\"2026-01-01T00:00:00.000Z\",\"state\":\"sent\",\"request_id\":\"%s\","
		        "\"verb\":\"switch\",\"target\":\"agent-%06ld\",\"args\":\"{\\\"pool\\\":\\\"r3."
		        "large.us-east-1e\\\"}\",\"seen\":null,\"override\":\"[]\",\"reason\":\"a drill\","
		        "\"bulk\":null,\"server\":\"nowhere\",\"thread\":1,\"pid\":1,\"pid_start\":1}\n"
		        "{\"at\":\"2026-01-01T00:00:01.000Z\",\"state\":\"done\",\"id\":\"%s\",\"message\":"
		        "\"switch agent-%06ld to r3.large.us-east-1e\",\"pid\":1,\"pid_start\":1}\n",
		        id, i, id, i);
	}
	if (fflush(f) != 0 || fsync(fileno(f)) != 0 || fclose(f) != 0) exit(70);
}

static double first_action(const char *socket, int round)
{
	char lasts[20];
	int status;
	snprintf(lasts, sizeof lasts, "%dm", 60 + round);
	double from = bench_ms();
	pid_t pid = fork();
	if (pid == 0) {
		if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr)) _exit(127);
		execl(getenv("SPOTOP_BIN"), "spotop", "--no-defaults", "-uroot", "-S", socket, "cordon",
		      "r3.large.us-east-1a", "--for", lasts, "--reason", "bench", "--yes", (char *)NULL);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) != pid || status != 0) {
		fprintf(stderr, "the action ended with %d\n", status);
		exit(70);
	}
	return bench_ms() - from;
}

/* Until the open action is told of: the journal has been read by then, and the database asked. */
static double console(const char *socket)
{
	const char *argv[] = { getenv("SPOTOP_BIN"), "--no-defaults", "-uroot", "-S", socket, NULL };
	double from = bench_ms();
	struct pty *p = pty_spawn(24, 100, argv, NULL);
	if (!pty_wait_text(p, "its fate is unknown", 30000)) {
		fprintf(stderr, "the console does not tell of it:\n%s\n", pty_screen(p));
		exit(70);
	}
	double took = bench_ms() - from;
	pty_free(p);
	return took;
}

enum { FIRST, NEXT, CONSOLE, N_FIGURES };
static char path[400], aside[410];
static double figure[2][N_FIGURES][MOST_ROUNDS]; /* without and with settled intents */

static void fresh(long n)
{
	unlink(aside);
	write_journal(path, n);
}

static void measure(const char *socket, long n, int round)
{
	double(*to)[MOST_ROUNDS] = figure[n > 0];
	fresh(n);
	to[FIRST][round] = first_action(socket, 2 * round);
	to[NEXT][round] = first_action(socket, 2 * round + 1);
	fresh(n);
	to[CONSOLE][round] = console(socket);
}

int main(void)
{
	static const char *const names[] = { "first_action", "next_action", "console" };
	keeper_begin();
	struct err e = { 0 };
	struct link l;
	struct stat st = { 0 };
	char folder[300];
	long n = setting("INTENTS", 100000, 10000000), rounds = setting("ROUNDS", 9, MOST_ROUNDS);
	struct server *s = server_start(NULL, &e);
	if (!s || !server_load_schema(s, &e)) bench_fail("server", &e);
	bench_open(&l, s, "spot_optimizer", DB_WRITE);
	bench_sql(&l, "INSERT INTO spot_pools (id, instance_type, region, az) VALUES "
	              "('r3.large.us-east-1a', 'r3.large', 'us-east-1', 'us-east-1a')");
	setenv("XDG_STATE_HOME", server_dir(s), 1);
	snprintf(folder, sizeof folder, "%s/spotop", server_dir(s));
	snprintf(path, sizeof path, "%s/intents.jsonl", folder);
	snprintf(aside, sizeof aside, "%s.old", path);
	mkdir(folder, 0700);
	first_action(server_socket(s), MOST_ROUNDS); /* the server's caches are filled */
	for (int i = 0; i < (int)rounds; i++) {
		measure(server_socket(s), 0, i);
		measure(server_socket(s), n, i);
	}
	fresh(n);
	stat(path, &st);
	printf("{\"intents\":%ld,\"journal_mb\":%.0f", n, (double)st.st_size / 1048576);
	for (int k = 0; k < N_FIGURES; k++) {
		double a = bench_pct(figure[0][k], (size_t)rounds, 0.5),
		       b = bench_pct(figure[1][k], (size_t)rounds, 0.5);
		printf(",\"%s\":{\"ms\":%.0f,\"of_none_ms\":%.0f,\"ratio\":%.2f}", names[k], b, a, b / a);
	}
	printf("}\n");
	bench_close(&l);
	server_stop(s);
	return 0;
}
