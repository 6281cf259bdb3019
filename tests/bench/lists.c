/* lists.c - every list on a fleet of 200 agents and on one of BENCH_AGENTS (100000, ten instances each), in
 * one run on one server, asked in turn: the first page and the last one, as the console asks for them.
 * Between two rounds nothing is dropped from memory: what is told is the work, not the disk. ROUNDS (9) is how
 * often. Prints milliseconds (median) and the ratio, and writes build/bench-lists.json. */
#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/db/db.h"
#include "core/fleet/schema.h"
#include "core/sim/sim.h"
#include "tests/support/server.h"
#include "views/page.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <uv.h>

enum { PAGE = 400, MAX_ROUNDS = 99 };
static const char *const databases[] = { "fleet_small", "fleet_large" };

static double now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void die(const char *what, const struct err *e)
{
	fprintf(stderr, "bench: %s: %s\n", what, e->text);
	exit(1);
}

static struct db *open_link(const struct server *s, uv_loop_t *loop, const char *database, enum db_role role)
{
	struct db_conf conf;
	server_conf(s, &conf);
	free(conf.database);
	conf.database = database ? mem_dup(database) : NULL;
	struct db *db = db_open(loop, &conf, role, "bench");
	conf_free(&conf);
	return db;
}

static void fill(const struct server *s, uv_loop_t *loop, const char *database, long n)
{
	static const char fresh[] = "UPDATE agents SET last_heartbeat_at = NOW() + INTERVAL 6 HOUR "
	                            "WHERE enabled AND status = 'online'";
	struct err e = { 0 };
	struct db *db = open_link(s, loop, NULL, DB_WRITE);
	struct sim_seed_opts o = { .n_agents = 200, .seed = 1 };
	struct db_opts opts = { .is_write = true, .deadline_ms = 1800000 };
	double from = now_ms();
	if (!schema_install(db, database, &e) ||
	    !(n > 200 ? sim_load(db, n, 10, 1, NULL, NULL, &e) : sim_seed(db, &o, NULL, NULL, &e)))
		die(database, &e);
	fprintf(stderr, "%s: %ld agents in %.0f s\n", database, n, (now_ms() - from) / 1e3);
	/* Nobody plays them: they would all fall silent while they are looked at. */
	if (!db_call_text(db, fresh, strlen(fresh), &opts, NULL, &e)) die(database, &e);
	db_close_wait(db);
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

static double ask(struct db *db, const struct view *v, bool is_end, size_t *rows)
{
	struct err e = { 0 };
	struct buf sql = BUF_EMPTY;
	struct table *t = NULL;
	struct view_args none = { 0 };
	struct page p = { .sort = v->sort, .is_desc = v->is_desc, .is_backward = is_end, .limit = PAGE };
	struct db_opts o = { .deadline_ms = 60000, .max_rows = PAGE };
	double from = now_ms();
	if (!page_select(&sql, v, &none, &p, &e) || !db_call_text(db, sql.s, sql.len, &o, &t, &e))
		die(v->name, &e);
	double took = now_ms() - from;
	*rows = t->n_rows;
	table_free(t);
	buf_free(&sql);
	return took;
}

static void measure(struct db *const db[2], const struct view *v, int rounds, FILE *json, bool is_first)
{
	double ms[2][2][MAX_ROUNDS], m[2][2];
	size_t rows[2] = { 0, 0 };
	for (int r = -1; r < rounds; r++) /* the first round warms up */
		for (int end = 0; end < 2; end++)
			for (int d = 0; d < 2; d++) {
				double took = ask(db[d], v, end, &rows[d]);
				if (r >= 0) ms[end][d][r] = took;
			}
	for (int end = 0; end < 2; end++)
		for (int d = 0; d < 2; d++) {
			qsort(ms[end][d], (size_t)rounds, sizeof(double), by_size);
			m[end][d] = ms[end][d][rounds / 2];
		}
	printf("%-14s %5zu %5zu  %8.2f %8.2f %7.2f  %8.2f %8.2f %7.2f\n", v->name, rows[0], rows[1], m[0][0],
	       m[0][1], m[0][1] / m[0][0], m[1][0], m[1][1], m[1][1] / m[1][0]);
	fprintf(json,
	        "%s  {\"list\":\"%s\",\"open_ms\":[%.3f,%.3f],\"open_ratio\":%.3f,\"end_ms\":[%.3f,%.3f],"
	        "\"end_ratio\":%.3f}",
	        is_first ? "" : ",\n", v->name, m[0][0], m[0][1], m[0][1] / m[0][0], m[1][0], m[1][1],
	        m[1][1] / m[1][0]);
}

int main(void)
{
	struct err e = { 0 };
	struct server_opts so = { .extra = "--innodb-buffer-pool-size=1G" };
	uv_loop_t loop;
	struct db *db[2];
	const char *large = getenv("BENCH_AGENTS"), *n_rounds = getenv("ROUNDS");
	int rounds = n_rounds ? atoi(n_rounds) : 9;
	if (rounds < 1 || rounds > MAX_ROUNDS) rounds = 9;
	struct server *s = server_start(&so, &e);
	if (!s) die("server", &e);
	uv_loop_init(&loop);
	fill(s, &loop, databases[0], 200);
	fill(s, &loop, databases[1], large ? atol(large) : 100000);
	for (int d = 0; d < 2; d++) db[d] = open_link(s, &loop, databases[d], DB_READ);
	FILE *json = fopen("build/bench-lists.json", "w");
	if (!json) {
		fprintf(stderr, "bench: build/bench-lists.json cannot be written\n");
		return 1;
	}
	fprintf(json, "{\"schema\":\"spotop.bench.lists/1\",\"rows\":[\n");
	printf("%-14s %5s %5s  %8s %8s %7s  %8s %8s %7s\n", "", "rows", "rows", "open ms", "large", "ratio",
	       "end ms", "large", "ratio");
	bool is_first = true;
	for (size_t i = 0; views[i]; i++) {
		const struct view *v = views[i];
		if (!v->n_cols || !v->row_key || v->is_hidden || v->param_is_needed) continue;
		measure(db, v, rounds, json, is_first);
		is_first = false;
	}
	fprintf(json, "\n]}\n");
	fclose(json);
	for (int d = 0; d < 2; d++) db_close_wait(db[d]);
	server_stop(s);
	return 0;
}
