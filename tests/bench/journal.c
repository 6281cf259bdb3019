/* journal.c - what a journal that was never compacted costs the first action: `spotop cordon` from exec to exit, with
 * no journal and with INTENTS (100000) settled intents in it, 48 MB, turn and turn about ROUNDS (9) times. Prints one
 * JSON object: the medians, and their ratio. */
#include "core/base/err.h"
#include "core/base/mem.h"
#include "tests/support/bench.h"
#include "tests/support/keeper.h"
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

/* As the program writes them: the action, and that it was done. */
static void write_settled(const char *path, long n)
{
	FILE *f = fopen(path, "w");
	if (!f) exit(70);
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
		if (!freopen("/dev/null", "w", stdout)) _exit(127);
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

int main(void)
{
	keeper_begin();
	struct err e = { 0 };
	struct link l;
	struct stat st = { 0 };
	static double none[MOST_ROUNDS], settled[MOST_ROUNDS];
	char folder[300], path[400];
	long n = setting("INTENTS", 100000, 10000000), rounds = setting("ROUNDS", 9, MOST_ROUNDS);
	struct server *s = server_start(NULL, &e);
	if (!s || !server_load_schema(s, &e)) bench_fail("server", &e);
	bench_open(&l, s, "spot_optimizer", DB_WRITE);
	bench_sql(&l, "INSERT INTO spot_pools (id, instance_type, region, az) VALUES "
	              "('r3.large.us-east-1a', 'r3.large', 'us-east-1', 'us-east-1a')");
	setenv("XDG_STATE_HOME", server_dir(s), 1);
	snprintf(folder, sizeof folder, "%s/spotop", server_dir(s));
	snprintf(path, sizeof path, "%s/intents.jsonl", folder);
	mkdir(folder, 0700);
	first_action(server_socket(s), 0); /* the server's caches are filled */
	for (long i = 0; i < rounds; i++) {
		unlink(path);
		none[i] = first_action(server_socket(s), (int)i);
		write_settled(path, n);
		stat(path, &st);
		settled[i] = first_action(server_socket(s), (int)i);
	}
	double a = bench_pct(none, (size_t)rounds, 0.5), b = bench_pct(settled, (size_t)rounds, 0.5);
	printf("{\"intents\":%ld,\"journal_mb\":%.0f,\"first_action_ms\":%.0f,\"of_no_journal_ms\":%.0f,"
	       "\"ratio\":%.2f}\n",
	       n, (double)st.st_size / 1048576, b, a, b / a);
	bench_close(&l);
	server_stop(s);
	return 0;
}
