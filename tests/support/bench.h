/* bench.h - what the benchmarks share: a link of their own, statements that must pass, times and percentiles,
 * the goals and what came out. */
#ifndef SPOTOP_TESTS_BENCH_H
#define SPOTOP_TESTS_BENCH_H
#include "core/db/db.h"
#include <jansson.h>
#include <stddef.h>
#include <sys/types.h>
#include <uv.h>
struct buf;
struct err;
struct server;
struct table;

struct link {
	uv_loop_t loop;
	struct db *db;
};
/* database NULL: none is chosen. */
void bench_open(struct link *l, const struct server *s, const char *database, enum db_role role);
void bench_close(struct link *l);
/* One statement, however long it takes; bench_rows: its rows, table_free. An error ends the program. */
void bench_sql(struct link *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
struct table *bench_rows(struct link *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The same, but an error is the caller's; rows may be NULL. bench_statement is one for script_each, whose ctx is the link. */
bool bench_ask(struct link *l, const char *text, struct table **rows, struct err *e);
bool bench_statement(void *ctx, const char *stmt, size_t n, int line, struct err *e);
void bench_file(const char *path, struct buf *b);
void bench_script(struct link *l, const char *path); /* all statements of a file */
/* Says it and ends the program. */
void bench_fail(const char *what, const struct err *e) __attribute__((noreturn));

double bench_ms(void); /* monotonic */
/* The p-th (0 to 1) of n times, which are sorted by it; 0 when there is none. */
double bench_pct(double *ms, size_t n, double p);
double bench_cpu_s(pid_t pid); /* processor time that a process has used */

/* One goal and what came out, a line of the table at the end. is_most: no more than the goal, otherwise no less. */
void bench_goal(const char *work, double got, const char *unit, bool is_most, double goal);
/* Prints the table of goals and writes build/bench-NAME.json: the figures (freed here) and the goals. */
void bench_save(const char *name, json_t *figures);
#endif
