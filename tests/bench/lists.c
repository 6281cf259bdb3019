/* lists.c - every list on a fleet of 200 agents and on one of BENCH_AGENTS (100000, ten instances each), in
 * one run on one server, asked in turn: the first page and the last one, as the console asks for them.
 * Between two rounds nothing is dropped from memory: what is told is the work, not the disk. ROUNDS (9) is how
 * often. Prints milliseconds (median) and the ratio, and writes build/bench-lists.json. */
#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/db/db.h"
#include "core/fleet/schema.h"
#include "core/sim/sim.h"
#include "tests/support/bench.h"
#include "tests/support/keeper.h"
#include "tests/support/server.h"
#include "views/model/page.h"
#include "views/registry.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <uv.h>

enum { PAGE = 400, MAX_ROUNDS = 99 };
static const char *const databases[] = { "fleet_small", "fleet_large" };

static void fill(const struct server *s, const char *database, long n)
{
	struct err e = { 0 };
	struct link l;
	struct sim_seed_opts o = { .n_agents = 200, .seed = 1 };
	double from = bench_ms();
	bench_open(&l, s, NULL, DB_WRITE);
	if (!schema_install(l.db, database, NULL, &e) ||
	    !(n > 200 ? sim_load(l.db, n, 10, 1, NULL, NULL, &e) : sim_seed(l.db, &o, NULL, NULL, &e)))
		bench_fail(database, &e);
	fprintf(stderr, "%s: %ld agents in %.0f s\n", database, n, (bench_ms() - from) / 1e3);
	/* Nobody plays them: they would all fall silent while they are looked at. */
	bench_sql(&l,
	          "UPDATE agents SET last_heartbeat_at = NOW() + INTERVAL 6 HOUR WHERE enabled AND status = "
	          "'online'");
	bench_close(&l);
}

static double ask(struct db *db, const struct view *v, bool is_end, size_t *rows)
{
	struct err e = { 0 };
	struct buf sql = BUF_EMPTY;
	struct table *t = NULL;
	struct view_args none = { 0 };
	struct page p = { .sort = v->sort, .is_desc = v->is_desc, .is_backward = is_end, .limit = PAGE };
	struct db_opts o = { .deadline_ms = 60000, .max_rows = PAGE };
	double from = bench_ms();
	if (!page_select(&sql, v, &none, &p, &e) || !db_call_text(db, sql.s, sql.len, &o, &t, &e))
		bench_fail(v->name, &e);
	double took = bench_ms() - from;
	*rows = t->n_rows;
	table_free(t);
	buf_free(&sql);
	return took;
}

static void measure(struct link db[2], const struct view *v, int rounds, FILE *json, bool is_first)
{
	double ms[2][2][MAX_ROUNDS], m[2][2];
	size_t rows[2] = { 0, 0 };
	for (int r = -1; r < rounds; r++) /* the first round warms up */
		for (int end = 0; end < 2; end++)
			for (int d = 0; d < 2; d++) {
				double took = ask(db[d].db, v, end, &rows[d]);
				if (r >= 0) ms[end][d][r] = took;
			}
	for (int end = 0; end < 2; end++)
		for (int d = 0; d < 2; d++) {
			m[end][d] = bench_pct(ms[end][d], (size_t)rounds, 0.5);
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
	keeper_begin();
	views_are(all_views);
	struct err e = { 0 };
	struct server_opts so = { .extra = "--innodb-buffer-pool-size=1G" };
	struct link db[2];
	const char *large = getenv("BENCH_AGENTS"), *n_rounds = getenv("ROUNDS");
	int rounds = n_rounds ? atoi(n_rounds) : 9;
	if (rounds < 1 || rounds > MAX_ROUNDS) rounds = 9;
	struct server *s = server_start(&so, &e);
	if (!s) bench_fail("server", &e);
	fill(s, databases[0], 200);
	fill(s, databases[1], large ? atol(large) : 100000);
	for (int d = 0; d < 2; d++) bench_open(&db[d], s, databases[d], DB_READ);
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
	for (int d = 0; d < 2; d++) bench_close(&db[d]);
	server_stop(s);
	return 0;
}
