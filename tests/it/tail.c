/* tail.c - the tail against real transactions: held open, rolled back, killed, many at once. */
#include "core/fleet/tail.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/db/conf.h"
#include "core/db/db.h"
#include "sql.h"
#include "tests/support/loop.h"
#include "tests/support/server.h"
#include "tests/support/server_schema.h"
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

enum { MAX_IDS = 8 << 20, WAIT_MS = 60000, WRITERS = 20 };
static struct server *server;
static const char insert_one[] =
        "INSERT INTO spot_optimizer.sse_events (client_id, event_type, event_data, expires_at) VALUES"
        " ('00000000-0000-4000-8000-000000000001', 'HEARTBEAT', '{}', NOW() + INTERVAL 1 HOUR)";

static void setup(void)
{
	struct err e;
	server = server_start_whole(NULL, &e);
	if (!server ||
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
	size_t n, late, twice;
	bool has_stopped;
};
static struct rig r;
static unsigned char seen[MAX_IDS];

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
	x->twice += seen[ev->id] != 0;
	seen[ev->id] = 1;
	x->n++;
	x->late += ev->is_late;
}

static void on_error(void *ctx, const struct err *e, bool has_stopped)
{
	struct rig *x = ctx;
	(void)e;
	x->has_stopped = has_stopped;
}

static void open_tail(const char *from)
{
	struct err e;
	struct tail_opts o = {
		.from = from, .poll_ms = 10, .on_event = on_event, .on_error = on_error, .ctx = &r
	};
	ck_assert_msg(tail_open(&r.loop, r.read, &o, &r.tail, &e), "%s", e.text);
}

static void start(const char *from)
{
	memset(&r, 0, sizeof r);
	memset(seen, 0, sizeof seen);
	uv_loop_init(&r.loop);
	r.read = link_to(&r.loop, DB_READ);
	open_tail(from);
}

static void end(void)
{
	tail_close(r.tail);
	db_close_wait(r.read);
	loop_end(&r.loop);
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
	loop_end(&other);
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
	loop_end(&other);
}
END_TEST

/* Transactions of one to three statements, one of them with several rows; held open, rolled back one time in
 * five, until killed or told to end. */
static void write_some(int seed, const volatile int *is_over)
{
	static const char insert_four[] =
	        "INSERT INTO spot_optimizer.sse_events (client_id, event_type, event_data, expires_at) "
	        "SELECT "
	        "'00000000-0000-4000-8000-000000000001', 'HEARTBEAT', '{}', NOW() + INTERVAL 1 HOUR FROM "
	        "seq_1_to_4";
	uv_loop_t loop;
	uv_loop_init(&loop);
	struct db *db = link_to(&loop, DB_WRITE);
	srand((unsigned)seed);
	while (!*is_over) {
		run_sql(db, "BEGIN");
		for (int k = 1 + rand() % 3; k; k--) run_sql(db, rand() % 8 ? insert_one : insert_four);
		usleep((useconds_t)(rand() % 400 ? rand() % 8000 : 300000));
		run_sql(db, rand() % 5 == 0 ? "ROLLBACK" : "COMMIT");
	}
	_exit(0);
}

static uint64_t ask_number(const char *sql)
{
	char text[32];
	struct err e;
	ck_assert_msg(server_sql(server, sql, text, sizeof text, &e), "%s", e.text);
	return strtoull(text, NULL, 10);
}

/* Stopped and resumed from its cursor, as a program would that keeps it in a file. */
static void restart_tail(void)
{
	struct buf cursor = BUF_EMPTY;
	tail_cursor(r.tail, &cursor);
	tail_close(r.tail);
	open_tail(buf_str(&cursor));
	buf_free(&cursor);
}

static void expect_all(uint64_t before)
{
	uv_loop_t loop;
	struct table *t;
	struct err e;
	struct db_opts o = { .max_rows = MAX_IDS, .deadline_ms = 300000 };
	char sql[120];
	snprintf(sql, sizeof sql, "SELECT id FROM spot_optimizer.sse_events WHERE id > %llu",
	         (unsigned long long)before);
	uv_loop_init(&loop);
	struct db *db = link_to(&loop, DB_WRITE);
	ck_assert_msg(db_call_text(db, sql, strlen(sql), &o, &t, &e), "%s", e.text);
	size_t lost = 0;
	for (size_t i = 0; i < t->n_rows; i++) lost += !seen[strtoull(t->cells[i].s, NULL, 10)];
	ck_assert_msg(!lost && r.n == t->n_rows, "%zu of %zu lost, %zu came", lost, t->n_rows, r.n);
	ck_assert_uint_eq(r.twice, 0);
	table_free(t);
	db_close_wait(db);
	loop_end(&loop);
}

/* The table is the oracle: every committed id once, none twice, over writers that are killed and a tail that
 * stops and resumes by its cursor. */
START_TEST(twenty_writers_lose_nothing)
{
	const char *events = getenv("SPOTOP_EVENTS");
	size_t want = events ? strtoull(events, NULL, 10) : 50000, restarts = 0;
	volatile int *is_over =
	        mmap(NULL, sizeof *is_over, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid[WRITERS];
	int kills = 0;
	start("now");
	TURN_UNTIL(tail_stats(r.tail).is_live);
	uint64_t before = ask_number("SELECT COALESCE(MAX(id), 0) FROM spot_optimizer.sse_events");
	for (int i = 0; i < WRITERS; i++)
		if ((pid[i] = fork()) == 0) write_some(i + 1, is_over);
	while (r.n < want && !r.has_stopped) {
		uv_run(&r.loop, UV_RUN_ONCE);
		if (r.n / (want / 8) > restarts) {
			restarts++;
			restart_tail();
		}
		if ((size_t)kills * (want / 40) < r.n) { /* kill -9, and another takes its place */
			int i = kills++ % WRITERS;
			kill(pid[i], SIGKILL);
			waitpid(pid[i], NULL, 0);
			if ((pid[i] = fork()) == 0) write_some(100 + kills, is_over);
		}
	}
	*is_over = 1;
	for (int i = 0; i < WRITERS; i++) waitpid(pid[i], NULL, 0);
	char count[120];
	snprintf(count, sizeof count, "SELECT COUNT(*) FROM spot_optimizer.sse_events WHERE id > %llu",
	         (unsigned long long)before);
	size_t committed = ask_number(count);
	TURN_UNTIL(r.n >= committed);
	expect_all(before);
	ck_assert_uint_gt(r.late, 0); /* a naive tail would have lost these */
	printf("tail: %zu events, %zu late, %d writers killed, %zu restarts, none lost, none twice\n", r.n,
	       r.late, kills, restarts);
	end();
}
END_TEST

/* Transactions of their own links, held open for a moment, one in five rolled back; a server that is away is
 * waited for. */
static void write_through_restarts(const volatile int *is_over)
{
	static const char one[] =
	        "BEGIN NOT ATOMIC START TRANSACTION; "
	        "INSERT INTO spot_optimizer.sse_events (client_id, event_type, event_data, expires_at) "
	        "VALUES "
	        "('00000000-0000-4000-8000-000000000001', 'HEARTBEAT', '{}', NOW() + INTERVAL 1 HOUR), "
	        "('00000000-0000-4000-8000-000000000001', 'HEARTBEAT', '{}', NOW() + INTERVAL 1 HOUR); "
	        "DO SLEEP(RAND() * 0.01); IF RAND() < 0.2 THEN ROLLBACK; ELSE COMMIT; END IF; END";
	struct err e;
	while (!*is_over)
		if (!server_sql(server, one, NULL, 0, &e)) usleep(10000);
	_exit(0);
}

/* The server dies under writers and tail, three times: what it kept was told, once. */
START_TEST(a_killed_server_loses_nothing)
{
	enum { KILLS = 3, EACH = 400, FEW = 8 };
	volatile int *is_over =
	        mmap(NULL, sizeof *is_over, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid[FEW];
	struct err e;
	start("now");
	TURN_UNTIL(tail_stats(r.tail).is_live);
	uint64_t before = ask_number("SELECT COALESCE(MAX(id), 0) FROM spot_optimizer.sse_events");
	for (int i = 0; i < FEW; i++)
		if ((pid[i] = fork()) == 0) write_through_restarts(is_over);
	for (size_t k = 1; k <= KILLS; k++) {
		TURN_UNTIL(r.n >= k * EACH);
		server_kill(server);
		uv_run(&r.loop, UV_RUN_NOWAIT); /* the tail meets it dead */
		ck_assert_msg(server_restart(server, &e), "%s", e.text);
	}
	TURN_UNTIL(r.n >= (KILLS + 1) * EACH);
	*is_over = 1;
	for (int i = 0; i < FEW; i++) waitpid(pid[i], NULL, 0);
	char count[120];
	snprintf(count, sizeof count, "SELECT COUNT(*) FROM spot_optimizer.sse_events WHERE id > %llu",
	         (unsigned long long)before);
	TURN_UNTIL(r.n >= ask_number(count));
	expect_all(before);
	end();
}
END_TEST

START_TEST(a_large_transaction_comes_late_and_whole)
{
	uv_loop_t other;
	uv_loop_init(&other);
	struct db *slow = link_to(&other, DB_WRITE), *fast = link_to(&other, DB_WRITE);
	start("now");
	TURN_UNTIL(tail_stats(r.tail).is_live);
	run_sql(slow, "BEGIN");
	run_sql(slow,
	        "INSERT INTO spot_optimizer.sse_events (client_id, event_type, event_data, expires_at) "
	        "SELECT "
	        "'00000000-0000-4000-8000-000000000001', 'HEARTBEAT', '{}', NOW() + INTERVAL 1 HOUR FROM "
	        "seq_1_to_20000");
	run_sql(fast, insert_one);
	TURN_UNTIL(r.n == 1 && tail_stats(r.tail).open_gaps == 1);
	run_sql(slow, "COMMIT");
	TURN_UNTIL(r.n == 20001);
	ck_assert_uint_eq(r.late, 20000);
	ck_assert_uint_eq(r.twice, 0);
	db_close_wait(slow);
	db_close_wait(fast);
	end();
	loop_end(&other);
}
END_TEST

/* A tail for eyes that is far behind goes on from the newest, and says from where to where it left out. */
static uint64_t skipped_from, skipped_to;
static void on_skipped(void *ctx, uint64_t from, uint64_t to)
{
	(void)ctx;
	skipped_from = from;
	skipped_to = to;
}

START_TEST(a_tail_for_eyes_skips_and_says_so)
{
	struct err e;
	static const struct tail_source newest = { .newest = &sql_queries_events_stream_newest,
		                                   .gaps = &sql_queries_events_stream_gaps,
		                                   .probe = &sql_queries_tail_probe,
		                                   .bounds = &sql_queries_tail_bounds,
		                                   .history = &sql_queries_tail_history,
		                                   .id_col = "event_id",
		                                   .id_skip = 1 };
	struct tail_opts o = { .source = &newest,
		               .from = "now",
		               .poll_ms = 10,
		               .batch = 100,
		               .may_skip = true,
		               .on_event = on_event,
		               .on_error = on_error,
		               .on_skipped = on_skipped,
		               .ctx = &r };
	start("now");
	tail_close(r.tail);
	ck_assert(tail_open(&r.loop, r.read, &o, &r.tail, &e));
	TURN_UNTIL(tail_stats(r.tail).is_live);
	uint64_t high = tail_high(r.tail);
	ck_assert(server_sql(
	        server,
	        "INSERT INTO spot_optimizer.sse_events (client_id, event_type, event_data, expires_at) "
	        "SELECT '00000000-0000-4000-8000-000000000001', 'HEARTBEAT', '{}', NOW() + INTERVAL 1 "
	        "HOUR FROM spot_optimizer.seq_1_to_1000",
	        NULL, 0, &e));
	uint64_t newest_id = ask_number("SELECT MAX(id) FROM spot_optimizer.sse_events");
	TURN_UNTIL(tail_high(r.tail) == newest_id);
	ck_assert_uint_eq(skipped_from, high + 1);
	ck_assert_uint_eq(r.n, newest_id - skipped_to); /* contiguous from there on */
	ck_assert_uint_eq(tail_stats(r.tail).skipped, skipped_to - high);
	end();
}
END_TEST

/* Where events come it asks again soon; where none do, rarely. */
static unsigned turns;
static void on_turn(void *ctx)
{
	(void)ctx;
	turns++;
}

START_TEST(a_tail_asks_as_often_as_events_come)
{
	enum { POLL_MS = 1000, EVENTS = 20, QUIET_MS = 3000 };
	struct err e;
	struct tail_opts o = { .from = "now",
		               .poll_ms = POLL_MS,
		               .on_event = on_event,
		               .on_turn = on_turn,
		               .on_error = on_error,
		               .ctx = &r };
	start("now");
	tail_close(r.tail);
	ck_assert(tail_open(&r.loop, r.read, &o, &r.tail, &e));
	TURN_UNTIL(tail_stats(r.tail).is_live);
	/* It hears of the first after its long pause. */
	ck_assert(server_sql(server, insert_one, NULL, 0, &e));
	TURN_UNTIL(r.n == 1);
	int64_t from = clock_mono_ms();
	for (size_t i = 2; i <= EVENTS; i++) {
		ck_assert(server_sql(server, insert_one, NULL, 0, &e));
		TURN_UNTIL(r.n == i);
	}
	ck_assert_int_lt(clock_mono_ms() - from, (EVENTS - 1) * POLL_MS / 3);
	turns = 0;
	for (from = clock_mono_ms(); clock_mono_ms() - from < QUIET_MS;) uv_run(&r.loop, UV_RUN_ONCE);
	ck_assert_uint_le(turns, 20);
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

/* Emptied, and filled beyond the mark before anybody looked: the mark's own row tells. */
START_TEST(ids_that_went_back_and_passed_the_mark_again_are_noticed)
{
	struct err e;
	for (int i = 0; i < 5; i++) ck_assert(server_sql(server, insert_one, NULL, 0, &e));
	start("now");
	TURN_UNTIL(tail_stats(r.tail).is_live);
	ck_assert(server_sql(server, insert_one, NULL, 0, &e));
	TURN_UNTIL(r.n == 1);
	ck_assert(server_sql(server,
	                     "BEGIN NOT ATOMIC TRUNCATE spot_optimizer.sse_events; "
	                     "INSERT INTO spot_optimizer.sse_events (client_id, event_type, event_data, "
	                     "expires_at) "
	                     "SELECT '00000000-0000-4000-8000-000000000001', 'HEARTBEAT', '{\"new\":1}', "
	                     "NOW() + INTERVAL 1 HOUR FROM spot_optimizer.seq_1_to_200000; END",
	                     NULL, 0, &e));
	TURN_UNTIL(r.has_stopped);
	end();
}
END_TEST

Suite *suite_tail(void);
Suite *suite_tail(void)
{
	Suite *s = suite_create("tail");
	TCase *t = tcase_create("events");
	tcase_set_timeout(t, getenv("SPOTOP_EVENTS") ? 3600 : 180);
	tcase_add_unchecked_fixture(t, setup, teardown);
	tcase_add_test(t, a_row_that_commits_late_is_delivered_late);
	tcase_add_test(t, a_rolled_back_row_closes_its_gap_on_evidence);
	tcase_add_test(t, a_tail_asks_as_often_as_events_come);
	tcase_add_test(t, a_cursor_resumes_exactly);
	tcase_add_test(t, a_large_transaction_comes_late_and_whole);
	tcase_add_test(t, a_tail_for_eyes_skips_and_says_so);
	tcase_add_test(t, twenty_writers_lose_nothing);
	tcase_add_test(t, ids_that_went_back_and_passed_the_mark_again_are_noticed);
	tcase_add_test(t, a_killed_server_loses_nothing);
	suite_add_tcase(s, t);
	return s;
}
