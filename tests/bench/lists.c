/* lists.c - every list on a fleet of 200 agents and on one of BENCH_AGENTS (100000, ten instances each), in
 * one run on one server, asked in turn: the first page and the last one, as the console asks for them.
 * Between two rounds nothing is dropped from memory: what is told is the work, not the disk. ROUNDS (9) is how
 * often. Then the overview, all panels; the first pages of two hours ago; and, everything silent at once since two minutes and since an hour, the overview,
 * the first page of agents and what `spotop check` asks. Prints milliseconds (median) and the ratio, how fast the large
 * fleet was loaded, and the goals; writes build/bench-lists.json. */
#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/db/db.h"
#include "core/fleet/schema.h"
#include "core/sim/sim.h"
#include "sql.h"
#include "tests/support/bench.h"
#include "tests/support/bench_overview.h"
#include "tests/support/keeper.h"
#include "tests/support/server.h"
#include "views/lists/tables.h"
#include "views/model/page.h"
#include "views/registry.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <uv.h>

enum { PAGE = 400, MAX_ROUNDS = 99 };
static const char *const databases[] = { "fleet_small", "fleet_large" };

static double fill(const struct server *s, const char *database, long n)
{
	struct err e = { 0 };
	struct link l;
	struct sim_seed_opts o = { .n_agents = 200, .seed = 1 };
	double from = bench_ms();
	bench_open(&l, s, NULL, DB_WRITE);
	if (!schema_install(l.db, database, NULL, &e) ||
	    !(n > 200 ? sim_load(l.db, n, 10, 1, NULL, NULL, &e) : sim_seed(l.db, &o, NULL, NULL, &e)))
		bench_fail(database, &e);
	double took = bench_ms() - from;
	fprintf(stderr, "%s: %ld agents in %.0f s\n", database, n, took / 1e3);
	bench_sql(&l, "UPDATE agents SET last_heartbeat_at = NOW() WHERE enabled AND status = 'online'");
	bench_close(&l);
	return took;
}

/* Nobody plays them: they would all fall silent while they are looked at. So its time stands. */
static void stop_clock(struct link *l, int seconds_silent)
{
	bench_sql(l,
	          "SET SESSION timestamp = (SELECT UNIX_TIMESTAMP(MAX(last_heartbeat_at)) + %d FROM agents)",
	          seconds_silent);
}

static double ask(struct db *db, const struct view *v, const char *at, bool is_end, size_t *rows)
{
	struct err e = { 0 };
	struct buf sql = BUF_EMPTY;
	struct table *t = NULL;
	struct view_args args = { 0 };
	struct page p = { .sort = v->sort, .is_desc = v->is_desc, .is_backward = is_end, .limit = PAGE };
	struct db_opts o = { .deadline_ms = 600000, .max_rows = PAGE };
	double from = bench_ms();
	view_args_set(&args, "at", at);
	if (!page_select(&sql, v, &args, &p, &e) || !db_call_text(db, sql.s, sql.len, &o, &t, &e))
		bench_fail(v->name, &e);
	double took = bench_ms() - from;
	*rows = t->n_rows;
	table_free(t);
	buf_free(&sql);
	return took;
}

static void measure(struct link db[2], const struct view *v, int rounds, json_t *told)
{
	double ms[2][2][MAX_ROUNDS], m[2][2];
	size_t rows[2] = { 0, 0 };
	for (int r = -1; r < rounds; r++) /* the first round warms up */
		for (int end = 0; end < 2; end++)
			for (int d = 0; d < 2; d++) {
				double took = ask(db[d].db, v, NULL, end, &rows[d]);
				if (r >= 0) ms[end][d][r] = took;
			}
	for (int end = 0; end < 2; end++)
		for (int d = 0; d < 2; d++) {
			m[end][d] = bench_pct(ms[end][d], (size_t)rounds, 0.5);
		}
	printf("%-14s %5zu %5zu  %8.2f %8.2f %7.2f  %8.2f %8.2f %7.2f\n", v->name, rows[0], rows[1], m[0][0],
	       m[0][1], m[0][1] / m[0][0], m[1][0], m[1][1], m[1][1] / m[1][0]);
	json_array_append_new(told, json_pack("{s:s, s:[f,f], s:f, s:[f,f], s:f}", "list", v->name, "open_ms",
	                                      m[0][0], m[0][1], "open_ratio", m[0][1] / m[0][0], "end_ms",
	                                      m[1][0], m[1][1], "end_ratio", m[1][1] / m[1][0]));
}

static double check(struct db *db)
{
	struct err e = { 0 };
	struct table *t = NULL;
	struct db_opts o = { .deadline_ms = 600000, .max_rows = PAGE };
	double from = bench_ms();
	if (!db_call(db, &sql_queries_check_line, NULL, 0, &o, &t, &e)) bench_fail("check", &e);
	table_free(t);
	return bench_ms() - from;
}

static double overviews(struct link db[2], int rounds)
{
	double ms[2][MAX_ROUNDS];
	for (int r = -1; r < rounds; r++)
		for (int d = 0; d < 2; d++) {
			double took = bench_overview(db[d].db);
			if (r >= 0) ms[d][r] = took;
		}
	double small = bench_pct(ms[0], (size_t)rounds, 0.5), large = bench_pct(ms[1], (size_t)rounds, 0.5);
	printf("overview, all panels: %.1f ms and %.1f\n", small, large);
	bench_goal("overview of the large fleet beside 200 agents", large / small, "times", true, 3);
	return large;
}

/* The first page of each list of a large fleet as it was two hours ago. */
static json_t *past(struct link *l)
{
	json_t *told = json_array();
	char at[40], work[80];
	struct table *t = bench_rows(l, "SELECT NOW() - INTERVAL 2 HOUR AS at");
	snprintf(at, sizeof at, "%s", table_get(t, 0, "at"));
	table_free(t);
	for (size_t i = 0; views[i]; i++) {
		const struct view *v = views[i];
		size_t rows;
		if (!v->query_at || !v->n_cols || !v->row_key || v->is_hidden || v->param_is_needed) continue;
		double first = ask(l->db, v, at, false, &rows), second = ask(l->db, v, at, false, &rows);
		double took = second < first ? second : first;
		printf("two hours ago: %-14s %5zu rows %8.1f ms\n", v->name, rows, took);
		json_array_append_new(told, json_pack("{s:s, s:f}", "list", v->name, "open_ms", took));
		snprintf(work, sizeof work, "first page of two hours ago: %s", v->name);
		bench_goal(work, took, "ms", true, 1000);
	}
	return told;
}

/* seconds: since when. In the first five minutes it hangs on each one's interval whether it is silent, critical or dead. */
static json_t *silent(struct link *l, int seconds, int rounds)
{
	double page[MAX_ROUNDS], all[MAX_ROUNDS], line[MAX_ROUNDS];
	char work[80];
	size_t rows;
	stop_clock(l, seconds);
	for (int r = -1; r < rounds; r++) {
		double o = bench_overview(l->db), a = ask(l->db, &view_agents, NULL, false, &rows),
		       c = check(l->db);
		if (r >= 0) all[r] = o, page[r] = a, line[r] = c;
	}
	double o = bench_pct(all, (size_t)rounds, 0.5), a = bench_pct(page, (size_t)rounds, 0.5),
	       c = bench_pct(line, (size_t)rounds, 0.5);
	snprintf(work, sizeof work, "all silent for %d s: the overview, all panels", seconds);
	bench_goal(work, o, "ms", true, 100);
	snprintf(work, sizeof work, "all silent for %d s: the first page of agents", seconds);
	bench_goal(work, a, "ms", true, 100);
	snprintf(work, sizeof work, "all silent for %d s: what check asks", seconds);
	bench_goal(work, c, "ms", true, 100);
	return json_pack("{s:f, s:f, s:f}", "overview_ms", o, "agents_ms", a, "check_ms", c);
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
	long n = large ? atol(large) : 100000;
	fill(s, databases[0], 200);
	double loaded = fill(s, databases[1], n), a_minute = (double)n * 10 / loaded * 60e3;
	for (int d = 0; d < 2; d++) {
		bench_open(&db[d], s, databases[d], DB_READ);
		stop_clock(&db[d], 5);
	}
	json_t *told = json_array();
	printf("%-14s %5s %5s  %8s %8s %7s  %8s %8s %7s\n", "", "rows", "rows", "open ms", "large", "ratio",
	       "end ms", "large", "ratio");
	for (size_t i = 0; views[i]; i++) {
		const struct view *v = views[i];
		if (!v->n_cols || !v->row_key || v->is_hidden || v->param_is_needed) continue;
		measure(db, v, rounds, told);
	}
	bench_goal("instances loaded a minute", a_minute, "", false, 1e6);
	double all_panels = overviews(db, rounds);
	json_t *then = past(&db[1]), *soon = silent(&db[1], 120, rounds),
	       *none = silent(&db[1], 3600, rounds);
	bench_save("lists", json_pack("{s:I, s:f, s:o, s:f, s:o, s:o, s:o}", "agents", (json_int_t)n,
	                              "instances_a_minute", a_minute, "rows", told, "overview_ms", all_panels,
	                              "past", then, "silent_2_min", soon, "silent", none));
	for (int d = 0; d < 2; d++) bench_close(&db[d]);
	server_stop(s);
	return 0;
}
