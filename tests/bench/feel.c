/* feel.c - how the console feels, beside the tools its users know: in one run, on terminals of 80x24,
 * spotop on 200 agents, with the database stopped, on a large fleet, and htop and `watch -n1 mariadb`.
 *
 *   first frame   from exec to the first of its own words on the screen
 *   key           from a key written to the first byte that comes back, the cursor moving down and up
 *   bytes/s, CPU  of a screen left alone for QUIET_MS while the fleet lives: its agents send heartbeats, the same cells
 *                 in spotop and in watch
 *   memory        resident, at the end
 * BENCH_AGENTS is the size of the large fleet (100000; 0 leaves it out). Writes build/bench.json. */
#include "core/base/err.h"
#include "core/base/mem.h"
#include "tests/support/keeper.h"
#include "tests/support/pty.h"
#include "tests/support/server.h"
#include "tests/support/server_schema.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { KEYS = 1000, QUIET_MS = 15000, ARRIVE_MS = 3000, WAIT_MS = 30000 };
struct subject {
	const char *name;
	const char *argv[8];
	const char *word;      /* on its first frame */
	const char *go, *full; /* keys to the screen that is measured, and a word on it */
	bool takes_keys;
};
struct result {
	double first_ms, p50_ms, p99_ms, stopped_p50_ms, stopped_p99_ms, bytes_per_s, cpu_percent, rss_mb;
};

static double now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void die(const char *what, const char *why)
{
	fprintf(stderr, "bench: %s: %s\n", what, why);
	exit(1);
}

/* CPU seconds of a process and of its children that have ended. */
static double cpu_seconds(pid_t pid)
{
	char path[64], text[1024] = "";
	unsigned long u = 0, s = 0;
	long cu = 0, cs = 0;
	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	FILE *f = fopen(path, "r");
	if (f && fgets(text, sizeof text, f)) {
		const char *end = strrchr(text, ')');
		if (end)
			sscanf(end + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %ld %ld", &u, &s,
			       &cu, &cs);
	}
	if (f) fclose(f);
	return (double)(u + s + (unsigned long)cu + (unsigned long)cs) / (double)sysconf(_SC_CLK_TCK);
}

static double rss_mb(pid_t pid)
{
	char path[64], line[256];
	double kb = 0;
	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	FILE *f = fopen(path, "r");
	while (f && fgets(line, sizeof line, f))
		if (sscanf(line, "VmRSS: %lf", &kb) == 1) break;
	if (f) fclose(f);
	return kb / 1024;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

static void measure_keys(struct pty *p, double *p50, double *p99)
{
	double took[KEYS];
	for (int i = 0; i < KEYS; i++) {
		while (pty_pump(p, 3)) continue; /* what it says by itself is not the answer */
		double from = now_ms();
		pty_keys(p, i % 10 < 5 ? "\033[B" : "\033[A");
		if (!pty_pump(p, 2000)) die("a key", "no answer within 2 s");
		took[i] = now_ms() - from;
	}
	qsort(took, KEYS, sizeof took[0], by_size);
	*p50 = took[KEYS / 2];
	*p99 = took[KEYS * 99 / 100];
}

static void measure_quiet(struct pty *p, struct result *r)
{
	pty_settle(p, 100);
	pty_mark(p);
	double cpu = cpu_seconds(pty_pid(p)), from = now_ms();
	while (now_ms() - from < QUIET_MS) pty_pump(p, 50);
	double s = (now_ms() - from) / 1e3;
	r->bytes_per_s = (double)pty_bytes(p) / s;
	r->cpu_percent = (cpu_seconds(pty_pid(p)) - cpu) / s * 100;
	r->rss_mb = rss_mb(pty_pid(p));
}

static struct result measure(const struct subject *x, struct server *stop)
{
	struct result r = { 0 };
	double first[5];
	struct pty *p = NULL;
	for (int i = 0; i < 5; i++) {
		pty_free(p);
		double from = now_ms();
		p = pty_spawn(24, 80, x->argv, NULL);
		if (!pty_wait_text(p, x->word, WAIT_MS)) die(x->name, pty_screen(p));
		first[i] = now_ms() - from;
	}
	qsort(first, 5, sizeof first[0], by_size);
	r.first_ms = first[2];
	if (x->go) pty_keys(p, x->go);
	if (x->full && !pty_wait_text(p, x->full, WAIT_MS)) die(x->name, pty_screen(p));
	for (double from = now_ms(); now_ms() - from < ARRIVE_MS;)
		pty_pump(p, 50); /* the screen is all there */
	measure_quiet(p, &r);
	if (x->takes_keys) measure_keys(p, &r.p50_ms, &r.p99_ms);
	if (stop) {
		server_pause(stop);
		measure_keys(p, &r.stopped_p50_ms, &r.stopped_p99_ms);
		server_resume(stop);
	}
	pty_free(p);
	return r;
}

static void fill(const char *conf, const char *how, long agents)
{
	char cmd[600];
	snprintf(cmd, sizeof cmd,
	         "'%s' --defaults-file='%s' sim --%s --agents %ld --i-know --quiet >/dev/null",
	         getenv("SPOTOP_BIN"), conf, how, agents);
	if (system(cmd) != 0) die("sim", cmd);
}

/* The agents' own life, until it is ended. */
static pid_t live(const char *conf)
{
	char defaults[200];
	snprintf(defaults, sizeof defaults, "--defaults-file=%s", conf);
	pid_t pid = fork();
	if (pid < 0) die("sim", strerror(errno));
	if (pid == 0) {
		execl(getenv("SPOTOP_BIN"), "spotop", defaults, "sim", "--i-know", "--quiet", (char *)NULL);
		_exit(127);
	}
	sleep(3); /* its first heartbeats */
	return pid;
}

static void print(FILE *json, const char *name, const struct result *r, bool is_last)
{
	printf("%-22s %8.1f %8.2f %8.2f %8.2f %8.2f %9.0f %7.2f %8.1f\n", name, r->first_ms, r->p50_ms,
	       r->p99_ms, r->stopped_p50_ms, r->stopped_p99_ms, r->bytes_per_s, r->cpu_percent, r->rss_mb);
	fprintf(json,
	        "  {\"name\":\"%s\",\"first_frame_ms\":%.2f,\"key_p50_ms\":%.3f,\"key_p99_ms\":%.3f,"
	        "\"stopped_key_p50_ms\":%.3f,\"stopped_key_p99_ms\":%.3f,\"quiet_bytes_per_s\":%.1f,"
	        "\"quiet_cpu_percent\":%.3f,\"rss_mb\":%.2f}%s\n",
	        name, r->first_ms, r->p50_ms, r->p99_ms, r->stopped_p50_ms, r->stopped_p99_ms, r->bytes_per_s,
	        r->cpu_percent, r->rss_mb, is_last ? "" : ",");
}

static void ratios(const struct result *a, const struct result *htop, const struct result *watch)
{
	printf("\nspotop / htop: first frame %.2f, key p50 %.2f, key p99 %.2f, CPU %.2f, bytes %.2f\n",
	       a->first_ms / htop->first_ms, a->p50_ms / htop->p50_ms, a->p99_ms / htop->p99_ms,
	       htop->cpu_percent > 0 ? a->cpu_percent / htop->cpu_percent : 0,
	       a->bytes_per_s / htop->bytes_per_s);
	printf("spotop / watch: first frame %.2f, bytes %.2f, CPU %.2f\n", a->first_ms / watch->first_ms,
	       watch->bytes_per_s > 0 ? a->bytes_per_s / watch->bytes_per_s : 0,
	       watch->cpu_percent > 0 ? a->cpu_percent / watch->cpu_percent : 0);
}

int main(void)
{
	keeper_begin();
	struct err e = { 0 };
	char conf[160], defaults[200], query[700];
	const char *large = getenv("BENCH_AGENTS");
	long n_large = large ? atol(large) : 100000;
	setenv("HOME", "/nonexistent", 1);
	struct server_opts so = { .extra = "--innodb-buffer-pool-size=1G" }; /* a large fleet in memory */
	struct server *s = server_start(&so, &e);
	if (!s || !server_load_schema(s, &e)) die("server", e.text);
	setenv("XDG_STATE_HOME", server_dir(s), 1);
	setenv("XDG_CONFIG_HOME", server_dir(s), 1);
	snprintf(conf, sizeof conf, "%s/bench.cnf", server_dir(s));
	snprintf(defaults, sizeof defaults, "--defaults-file=%s", conf);
	FILE *f = fopen(conf, "w");
	if (!f) die(conf, "cannot be written");
	fprintf(f, "[client]\nsocket=%s\nuser=root\n", server_socket(s));
	fclose(f);
	fill(conf, "fill", 200);
	snprintf(
	        query, sizeof query,
	        "mariadb %s spot_optimizer -t -e 'SELECT agent, health, cause, seconds_since_heartbeat AS "
	        "silent, "
	        "status "
	        "FROM v_agent_status ORDER BY health_rank, agent LIMIT 18'", /* the same cells as the console's */
	        defaults);
	struct subject spotop = {
		"spotop 200 agents", { getenv("SPOTOP_BIN"), defaults, NULL }, "spotop", "2", "health", true
	};
	struct subject htop = { "htop", { "htop", NULL }, "PID", NULL, NULL, true };
	struct subject watch = {
		"watch -n1 mariadb", { "watch", "-n1", query, NULL }, "Every", NULL, "status", false
	};
	FILE *json = fopen("build/bench.json", "w");
	if (!json) die("build/bench.json", "cannot be written");
	printf("%-22s %8s %8s %8s %8s %8s %9s %7s %8s\n", "", "first ms", "key p50", "key p99", "stop p50",
	       "stop p99", "bytes/s", "CPU %", "RSS MB");
	fprintf(json, "{\"schema\":\"spotop.bench.feel/1\",\"rows\":[\n");
	pid_t fleet = live(conf);
	struct result a = measure(&spotop, s), h = measure(&htop, NULL), w = measure(&watch, NULL);
	kill(fleet, SIGTERM);
	waitpid(fleet, NULL, 0);
	print(json, spotop.name, &a, false);
	print(json, htop.name, &h, false);
	print(json, watch.name, &w, n_large == 0);
	if (n_large > 0) {
		char name[64];
		if (!server_sql(s, "DROP DATABASE spot_optimizer", NULL, 0, &e) || !server_load_schema(s, &e))
			die("schema", e.text);
		fill(conf, "load", n_large);
		snprintf(name, sizeof name, "spotop %ld agents", n_large);
		spotop.name = name;
		struct result b = measure(&spotop, s);
		print(json, name, &b, true);
	}
	fprintf(json, "]}\n");
	fclose(json);
	ratios(&a, &h, &w);
	server_stop(s);
	return 0;
}
