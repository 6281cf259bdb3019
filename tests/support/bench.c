/* bench.c - what the benchmarks share. */
#include "tests/support/bench.h"
#include "core/base/buf.h"
#include "core/db/conf.h"
#include "core/fleet/schema.h"
#include "tests/support/loop.h"
#include "tests/support/server.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HOURS_MS = 6 * 3600 * 1000, MOST_ROWS = 4000000 };

void bench_fail(const char *what, const struct err *e)
{
	fprintf(stderr, "bench: %s: %s\n", what, e->text);
	exit(70);
}

void bench_open(struct link *l, const struct server *s, const char *database, enum db_role role)
{
	struct db_conf conf;
	struct err e = { 0 };
	uv_loop_init(&l->loop);
	server_conf(s, &conf);
	if (database && !conf_set(&conf, "database", database, "bench", &e)) bench_fail("conf", &e);
	if (!conf_check(&conf, &e)) bench_fail("conf", &e);
	if (!database) { /* none, not the usual one: it is yet to be made */
		free(conf.database);
		conf.database = NULL;
	}
	l->db = db_open(&l->loop, &conf, role, "bench");
	conf_free(&conf);
}

void bench_close(struct link *l)
{
	db_close_wait(l->db);
	loop_end(&l->loop);
}

static void call(struct link *l, struct table **rows, const char *fmt, va_list ap)
{
	struct buf b = BUF_EMPTY;
	struct err e = { 0 };
	struct db_opts o = { .is_write = true, .deadline_ms = HOURS_MS, .max_rows = MOST_ROWS };
	buf_vaddf(&b, fmt, ap);
	if (!db_call_text(l->db, b.s, b.len, &o, rows, &e)) bench_fail(b.s, &e);
	buf_free(&b);
}

void bench_sql(struct link *l, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	call(l, NULL, fmt, ap);
	va_end(ap);
}

struct table *bench_rows(struct link *l, const char *fmt, ...)
{
	struct table *t = NULL;
	va_list ap;
	va_start(ap, fmt);
	call(l, &t, fmt, ap);
	va_end(ap);
	return t;
}

bool bench_ask(struct link *l, const char *text, struct table **rows, struct err *e)
{
	struct db_opts o = { .is_write = !rows, .deadline_ms = 3600000, .max_rows = 100000 };
	return db_call_text(l->db, text, strlen(text), &o, rows, e);
}

bool bench_statement(void *ctx, const char *stmt, size_t n, int line, struct err *e)
{
	struct db_opts o = { .is_write = true, .deadline_ms = 3600000 };
	(void)line;
	return db_call_text(((struct link *)ctx)->db, stmt, n, &o, NULL, e);
}

void bench_file(const char *path, struct buf *b)
{
	char part[4096];
	FILE *f = fopen(path, "r");
	if (!f) {
		perror(path);
		exit(70);
	}
	for (size_t n; (n = fread(part, 1, sizeof part, f)) > 0;) buf_add(b, part, n);
	fclose(f);
}

void bench_script(struct link *l, const char *path)
{
	struct buf b = BUF_EMPTY;
	struct err e = { 0 };
	bench_file(path, &b);
	if (!script_each(b.s, bench_statement, l, &e)) bench_fail(path, &e);
	buf_free(&b);
}

double bench_ms(void) { return (double)uv_hrtime() / 1e6; }

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

double bench_pct(double *ms, size_t n, double p)
{
	if (!n) return 0;
	qsort(ms, n, sizeof *ms, by_size);
	size_t i = (size_t)((double)n * p);
	return ms[i < n ? i : n - 1];
}

double bench_cpu_s(pid_t pid)
{
	char path[64];
	long u = 0, k = 0;
	snprintf(path, sizeof path, "/proc/%d/stat", pid);
	FILE *f = fopen(path, "r");
	if (!f || fscanf(f, "%*d %*s %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %ld %ld", &u, &k) != 2) {
		fprintf(stderr, "bench: process %d is gone\n", pid);
		exit(70);
	}
	fclose(f);
	return (double)(u + k) / (double)sysconf(_SC_CLK_TCK);
}

static json_t *goals;

void bench_goal(const char *work, double got, const char *unit, bool is_most, double goal)
{
	bool is_met = is_most ? got <= goal : got >= goal;
	if (!goals) goals = json_array();
	json_array_append_new(goals, json_pack("{s:s, s:f, s:s, s:s, s:f, s:b}", "work", work, "got", got,
	                                       "unit", unit, "must", is_most ? "at most" : "at least", "goal",
	                                       goal, "met", is_met));
}

void bench_save(const char *name, json_t *figures)
{
	char path[128];
	json_t *all = json_pack("{s:s+}", "schema", "spotop.bench.", name);
	size_t i;
	json_t *g;
	json_object_update(all, figures);
	json_decref(figures);
	if (goals) json_object_set(all, "goals", goals);
	snprintf(path, sizeof path, "build/bench-%s.json", name);
	if (json_dump_file(all, path, JSON_INDENT(1) | JSON_REAL_PRECISION(6)) != 0) {
		perror(path);
		exit(70);
	}
	if (goals) printf("\n%-66s %12s %14s\n", "goals", "got", "goal");
	json_array_foreach(goals, i, g)
	        printf("%-66s %12.4g %3s %7.4g %-6s %s\n", json_string_value(json_object_get(g, "work")),
	               json_number_value(json_object_get(g, "got")),
	               strcmp(json_string_value(json_object_get(g, "must")), "at most") == 0 ? "<=" : ">=",
	               json_number_value(json_object_get(g, "goal")),
	               json_string_value(json_object_get(g, "unit")),
	               json_is_true(json_object_get(g, "met")) ? "met" : "MISSED");
	json_decref(goals);
	json_decref(all);
	goals = NULL;
}
