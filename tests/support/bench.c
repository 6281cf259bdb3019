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
