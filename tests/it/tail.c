/* tail.c - the tail against real transactions: held open, rolled back, killed, many at once. */
#include "core/fleet/tail.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/db/conf.h"
#include "core/db/db.h"
#include "tests/support/server.h"
#include "tests/support/server_schema.h"
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

enum { MAX_IDS = 200000, WAIT_MS = 20000 };
static struct server *server;
static const char insert_one[] =
        "INSERT INTO spot_optimizer.sse_events (client_id, event_type, event_data, expires_at) VALUES"
        " ('00000000-0000-4000-8000-000000000001', 'HEARTBEAT', '{}', NOW() + INTERVAL 1 HOUR)";

static void setup(void)
{
	struct err e;
	server = server_start(NULL, &e);
	if (!server || !server_load_schema(server, &e) ||
	    !server_sql(server,
	                "INSERT INTO spot_optimizer.clients (id, name, email, client_token) VALUES "
	                "('00000000-0000-4000-8000-000000000001', 'acme', 'a@acme.example', REPEAT('a', 64))",
	                NULL, 0, &e)) {
		fprintf(stderr, "tail: %s\n", e.text);
		abort();
	}
}
static void teardown(void) { server_stop(server); }

struct rig {
	uv_loop_t loop;
	struct db *read;
	struct tail *tail;
	unsigned char seen[MAX_IDS];
	size_t n, late, twice;
	bool has_stopped;
};
static struct rig r;

static struct db *link_to(uv_loop_t *loop, enum db_role role)
{
	struct db_conf c;
	server_conf(server, &c);
	struct err e;
	ck_assert(conf_set(&c, "database", "spot_optimizer", "test", &e));
	struct db *db = db_open(loop, &c, role, "test");
	conf_free(&c);
	return db;
}

static void on_event(void *ctx, const struct tail_event *ev)
{
	struct rig *x = ctx;
	ck_assert_uint_lt(ev->id, MAX_IDS);
	x->twice += x->seen[ev->id] != 0;
	x->seen[ev->id] = 1;
	x->n++;
	x->late += ev->is_late;
}

static void on_error(void *ctx, const struct err *e, bool has_stopped)
{
	struct rig *x = ctx;
	(void)e;
	x->has_stopped = has_stopped;
}

static void start(const char *from)
{
	struct err e;
	memset(&r, 0, sizeof r);
	uv_loop_init(&r.loop);
	r.read = link_to(&r.loop, DB_READ);
	struct tail_opts o = {
		.from = from, .poll_ms = 10, .on_event = on_event, .on_error = on_error, .ctx = &r
	};
	ck_assert_msg(tail_open(&r.loop, r.read, &o, &r.tail, &e), "%s", e.text);
}

static void end(void)
{
	tail_close(r.tail);
	db_close_wait(r.read);
	while (uv_loop_close(&r.loop) == UV_EBUSY) uv_run(&r.loop, UV_RUN_NOWAIT);
}

#define TURN_UNTIL(condition)                                                                          \
	do {                                                                                           \
		int64_t until_ms = clock_mono_ms() + WAIT_MS;                                          \
		while (!(condition) && clock_mono_ms() < until_ms) uv_run(&r.loop, UV_RUN_ONCE);       \
		ck_assert_msg(condition, "does not become true: %s (n=%zu late=%zu)", #condition, r.n, \
		              r.late);                                                                 \
	} while (0)

static void run_sql(struct db *db, const char *sql)
{
	struct err e;
	struct db_opts o = { .is_write = true };
	ck_assert_msg(db_call_text(db, sql, strlen(sql), &o, NULL, &e), "%s", e.text);
}

START_TEST(a_row_that_commits_late_is_delivered_late)
{
	uv_loop_t other;
	uv_loop_init(&other);
	struct db *slow = link_to(&other, DB_WRITE), *fast = link_to(&other, DB_WRITE);
	start("now");
	TURN_UNTIL(tail_stats(r.tail).is_live);
	run_sql(slow, "BEGIN");
	run_sql(slow, insert_one);
	run_sql(fast, insert_one);
	TURN_UNTIL(r.n == 1);
	TURN_UNTIL(tail_stats(r.tail).open_gaps == 1); /* the slow one's row is seen to be in flight */
	for (int i = 0; i < 50; i++) uv_run(&r.loop, UV_RUN_ONCE);
	ck_assert_uint_eq(tail_stats(r.tail).open_gaps, 1); /* and stays so, however long it takes */
	run_sql(slow, "COMMIT");
	TURN_UNTIL(r.n == 2);
	ck_assert_uint_eq(r.late, 1);
	ck_assert_uint_eq(r.twice, 0);
	db_close_wait(slow);
	db_close_wait(fast);
	end();
	while (uv_loop_close(&other) == UV_EBUSY) uv_run(&other, UV_RUN_NOWAIT);
}
END_TEST

START_TEST(a_rolled_back_row_closes_its_gap_on_evidence)
{
	uv_loop_t other;
	uv_loop_init(&other);
	struct db *slow = link_to(&other, DB_WRITE), *fast = link_to(&other, DB_WRITE);
	start("now");
	TURN_UNTIL(tail_stats(r.tail).is_live);
	run_sql(slow, "BEGIN");
	run_sql(slow, insert_one);
	run_sql(fast, insert_one);
	TURN_UNTIL(r.n == 1 && tail_stats(r.tail).open_gaps == 1);
	run_sql(slow, "ROLLBACK");
	TURN_UNTIL(tail_stats(r.tail).open_gaps == 0);
	ck_assert_uint_ge(tail_stats(r.tail).watched_gaps, 1); /* and is looked at again all the same */
	db_close_wait(slow);
	db_close_wait(fast);
	end();
	while (uv_loop_close(&other) == UV_EBUSY) uv_run(&other, UV_RUN_NOWAIT);
}
END_TEST

static void write_some(int seed, int n)
{
	uv_loop_t loop;
	uv_loop_init(&loop);
	struct db *db = link_to(&loop, DB_WRITE);
	srand((unsigned)seed);
	for (int i = 0; i < n; i++) {
		run_sql(db, "BEGIN");
		for (int k = 1 + rand() % 3; k; k--) run_sql(db, insert_one);
		usleep((useconds_t)(rand() % 8000));
		if (rand() % 60 == 0) _exit(9); /* dies with its transaction open */
		run_sql(db, rand() % 5 == 0 ? "ROLLBACK" : "COMMIT");
	}
	_exit(0);
}

/* The table is the oracle: every committed id once, none twice, over a stop and a resume by cursor. */
START_TEST(twenty_writers_lose_nothing)
{
	enum { WRITERS = 20 };
	int rounds = getenv("SOAK") ? 2000 : 60;
	pid_t pid[WRITERS];
	struct err e;
	char count[32];
	start("now");
	TURN_UNTIL(tail_stats(r.tail).is_live);
	ck_assert(server_sql(server, "SELECT COALESCE(MAX(id), 0) FROM spot_optimizer.sse_events", count,
	                     sizeof count, &e));
	uint64_t before = strtoull(count, NULL, 10);
	for (int i = 0; i < WRITERS; i++) {
		pid[i] = fork();
		if (pid[i] == 0) write_some(i + 1, rounds);
	}
	int left = WRITERS;
	while (left) {
		uv_run(&r.loop, UV_RUN_ONCE);
		for (int i = 0; i < WRITERS; i++)
			if (pid[i] && waitpid(pid[i], NULL, WNOHANG) == pid[i]) pid[i] = 0, left--;
	}
	char sql[200];
	snprintf(sql, sizeof sql, "SELECT COUNT(*) FROM spot_optimizer.sse_events WHERE id > %llu",
	         (unsigned long long)before);
	ck_assert(server_sql(server, sql, count, sizeof count, &e));
	size_t committed = strtoull(count, NULL, 10);
	ck_assert_uint_gt(committed, 500);
	TURN_UNTIL(r.n >= committed);
	ck_assert_uint_eq(r.n, committed);
	ck_assert_uint_eq(r.twice, 0);
	ck_assert_uint_gt(r.late, 0); /* the naive tail would have lost these */
	end();
}
END_TEST

START_TEST(a_cursor_resumes_exactly)
{
	struct err e;
	struct buf cursor = BUF_EMPTY;
	for (int i = 0; i < 5; i++) ck_assert(server_sql(server, insert_one, NULL, 0, &e));
	start("start");
	TURN_UNTIL(tail_stats(r.tail).is_live);
	size_t n = r.n;
	ck_assert_uint_ge(n, 5);
	tail_cursor(r.tail, &cursor);
	end();
	for (int i = 0; i < 3; i++) ck_assert(server_sql(server, insert_one, NULL, 0, &e));
	start(buf_str(&cursor));
	TURN_UNTIL(tail_stats(r.tail).is_live);
	ck_assert_uint_eq(r.n, 3);
	end();
	start("999999999999"); /* ids went back: a copy was restored */
	TURN_UNTIL(r.has_stopped);
	end();
	buf_free(&cursor);
}
END_TEST

Suite *suite_tail(void);
Suite *suite_tail(void)
{
	Suite *s = suite_create("tail");
	TCase *t = tcase_create("events");
	tcase_set_timeout(t, getenv("SOAK") ? 3600 : 120);
	tcase_add_unchecked_fixture(t, setup, teardown);
	tcase_add_test(t, a_row_that_commits_late_is_delivered_late);
	tcase_add_test(t, a_rolled_back_row_closes_its_gap_on_evidence);
	tcase_add_test(t, a_cursor_resumes_exactly);
	tcase_add_test(t, twenty_writers_lose_nothing);
	suite_add_tcase(s, t);
	return s;
}
