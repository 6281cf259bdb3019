/* link.c - the link to the database against a real server and a proxy that cuts, stalls, swallows and delays:
 * each request is answered once, the loop goes on turning, and a lost write is never called failed. */
#include "core/base/clock.h"
#include "core/base/handoff.h"
#include "core/base/mem.h"
#include "core/db/db.h"
#include "tests/support/proxy.h"
#include "tests/support/server.h"
#include <check.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

Suite *suite_link(void);

static struct server *server;
static uv_loop_t loop;
static uv_timer_t tick;
static uint64_t last_tick, longest_gap_ms;
static struct db_conf conf;

static void start_server(void)
{
	static const char *const prepare[] = {
		"CREATE DATABASE t",
		"CREATE TABLE t.w (id INT PRIMARY KEY)",
		"CREATE PROCEDURE t.two() BEGIN SELECT 1 AS a; SELECT 2 AS b; DO 0; END",
		"CREATE PROCEDURE t.no(n INT) SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = n, MESSAGE_TEXT = "
		"'not today'",
		"CREATE USER net@'127.0.0.1' IDENTIFIED BY 'throw-away'",
		"GRANT ALL ON *.* TO net@'127.0.0.1'",
	};
	struct err e = { 0 };
	server = server_start(&(struct server_opts){ .tcp = true, .tls = true }, &e);
	for (size_t i = 0; server && i < ARRAY_LEN(prepare); i++) server_sql(server, prepare[i], NULL, 0, &e);
	if (!e.code) return;
	fprintf(stderr, "%s\n", e.text);
	exit(1);
}

static void stop_server(void) { server_stop(server); }

static void on_tick(uv_timer_t *t)
{
	(void)t;
	uint64_t now = uv_hrtime() / 1000000;
	if (last_tick && now - last_tick > longest_gap_ms) longest_gap_ms = now - last_tick;
	last_tick = now;
}

/* How long the loop may stand still. Under valgrind, which runs one thread at a time, everything takes longer. */
static unsigned gap_limit_ms(void)
{
	const char *slack = getenv("SPOTOP_SLACK");
	return 100 * (slack ? (unsigned)atoi(slack) : 1);
}

static void setup(void)
{
	server_resume(server); /* a test that failed may have left it stopped */
	uv_loop_init(&loop);
	uv_timer_init(&loop, &tick);
	uv_timer_start(&tick, on_tick, 5, 5);
	last_tick = longest_gap_ms = 0;
	server_conf(server, &conf);
	conf.database = mem_dup("t");
	conf.connect_timeout_s = 1;
}

static void by_tcp(unsigned port, bool is_tls)
{
	struct err e = { 0 };
	free(conf.user);
	conf.user = mem_dup("net");
	conf.password = mem_dup("throw-away");
	conf.host = mem_dup("127.0.0.1");
	conf.port = port;
	if (is_tls) ck_assert_msg(conf_set(&conf, "ssl-ca", server_ca(server), "test", &e), "%s", e.text);
}

static void teardown(void)
{
	uv_close((uv_handle_t *)&tick, NULL);
	for (int i = 0; i < 1000 && uv_run(&loop, UV_RUN_ONCE); i++) continue;
	ck_assert_int_eq(uv_loop_close(&loop), 0);
	while (!handoff_all_ended()) uv_sleep(1); /* none may be within TLS when the process ends it */
	conf_free(&conf);
}

/* --- an answer, and how often it came --- */

struct answer {
	int n;
	struct table *rows;
	struct err e;
};

static void keep(void *ctx, struct table *rows, const struct err *e)
{
	struct answer *a = ctx;
	a->n++;
	a->rows = rows;
	if (e) a->e = *e;
}

static uint64_t ask(struct db *db, struct answer *a, const char *sql, const struct db_opts *o)
{
	return db_submit_text(db, "test", sql, strlen(sql), o, keep, a);
}

static bool call(struct db *db, const char *sql, const struct db_opts *o, struct table **t, struct err *e)
{
	return db_call_text(db, sql, strlen(sql), o, t, e);
}

static void until_answered(struct answer *a)
{
	int64_t end = clock_mono_ms() + 30000;
	while (!a->n && clock_mono_ms() < end) uv_run(&loop, UV_RUN_ONCE);
	ck_assert_int_eq(a->n, 1);
}

static void until_phase(struct db *db, enum db_phase phase)
{
	int64_t end = clock_mono_ms() + 30000;
	while (db_status(db).phase != phase && clock_mono_ms() < end) uv_run(&loop, UV_RUN_ONCE);
	ck_assert_msg(db_status(db).phase == phase, "%s", db_status(db).last_error);
}

/* Holds each connecting thread between telling the loop and letting go of what the two share. */
static atomic_bool is_window_open;
void handoff_seam(void)
{
	if (atomic_load(&is_window_open)) uv_sleep(50);
}

static void until_running(const char *what)
{
	char sql[200], n[16];
	snprintf(sql, sizeof sql,
	         "SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE '%%%s%%' AND id <> "
	         "CONNECTION_ID()",
	         what);
	for (int i = 0; i < 1000; i++) {
		uv_run(&loop, UV_RUN_ONCE);
		ck_assert(server_sql(server, sql, n, sizeof n, NULL));
		if (strcmp(n, "0") != 0) return;
	}
	ck_abort_msg("%s never ran", what);
}

static struct db *open_up(enum db_role role)
{
	struct db *db = db_open(&loop, &conf, role, "test");
	until_phase(db, DB_UP);
	return db;
}

/* --- what works --- */

START_TEST(cells_carry_their_types)
{
	static const enum cell_type want[] = { CELL_INT, CELL_DEC, CELL_TIME, CELL_TEXT };
	struct table *t;
	struct err e = { 0 };
	struct db *db = open_up(DB_READ);
	ck_assert_msg(call(db, "SELECT 1 AS i, 1.50 AS d, NOW() AS t, 'x' AS s, NULL AS n", NULL, &t, &e),
	              "%s", e.text);
	for (size_t i = 0; i < ARRAY_LEN(want); i++) ck_assert_int_eq((int)t->types[i], (int)want[i]);
	ck_assert_str_eq(table_get(t, 0, "d"), "1.50");
	ck_assert_ptr_null(table_get(t, 0, "n"));
	table_free(t);
	db_close_wait(db);
}
END_TEST

START_TEST(a_call_gives_its_first_result_set)
{
	struct db *db = open_up(DB_READ);
	struct table *t;
	struct err e = { 0 };
	ck_assert_msg(call(db, "CALL two()", NULL, &t, &e), "%s", e.text);
	ck_assert_int_eq(table_int(t, 0, "a", 0), 1);
	table_free(t);
	ck_assert_msg(call(db, "SELECT 7 AS z", NULL, &t, &e), "%s", e.text);
	ck_assert_int_eq(table_int(t, 0, "z", 0), 7);
	table_free(t);
	db_close_wait(db);
}
END_TEST

START_TEST(a_slow_read_costs_itself_and_not_the_link)
{
	static const char sql[] = "-- slow\nSELECT SLEEP(3) AS s";
	struct db_opts brief = { .deadline_ms = 1000 }, patient = { .deadline_ms = 8000 };
	struct db *db = open_up(DB_READ);
	struct table *t;
	struct err e = { 0 };
	ck_assert(!call(db, sql, &brief, NULL, &e));
	ck_assert_msg(e.code == ERR_TIMEOUT && strstr(e.text, "0.9 s"), "%d %s", (int)e.code, e.text);
	ck_assert_msg(call(db, sql, &patient, &t, &e), "%s", e.text);
	ck_assert_str_eq(table_get(t, 0, "s"), "0");
	table_free(t);
	ck_assert_uint_eq(db_status(db).n_connects, 1);
	db_close_wait(db);
}
END_TEST

START_TEST(errors_have_kinds)
{
	static const struct {
		const char *sql;
		enum err_code code;
	} cases[] = { { "CALL no(30001)", ERR_REFUSED },
		      { "CALL no(30002)", ERR_CONFLICT },
		      { "CALL no(30003)", ERR_USAGE },
		      { "CALL no(30004)", ERR_NO },
		      { "CALL no(30050)", ERR_SQL },
		      { "SELECT * FROM absent", ERR_SCHEMA },
		      { "SELEC 1", ERR_SQL },
		      { "INSERT INTO w VALUES (1)", ERR_REFUSED } };
	struct db *db = open_up(DB_READ);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err e = { 0 };
		ck_assert(!call(db, cases[i].sql, NULL, NULL, &e));
		ck_assert_msg(e.code == cases[i].code, "%s: %d %s", cases[i].sql, (int)e.code, e.text);
	}
	ck_assert_uint_eq(db_status(db).n_connects, 1);
	db_close_wait(db);
}
END_TEST

START_TEST(the_session_is_as_promised)
{
	static const char sql[] = "SELECT @@time_zone AS z, @@sql_mode AS m, @@tx_isolation AS i, "
	                          "@@character_set_connection AS c, @@max_statement_time AS s";
	struct table *t;
	struct err e = { 0 };
	struct db *db = open_up(_i ? DB_WRITE : DB_READ);
	ck_assert_msg(call(db, sql, NULL, &t, &e), "%s", e.text);
	ck_assert_str_eq(table_get(t, 0, "z"), "+00:00");
	ck_assert_str_eq(table_get(t, 0, "i"), "READ-COMMITTED");
	ck_assert_str_eq(table_get(t, 0, "c"), "utf8mb4");
	ck_assert_ptr_nonnull(strstr(table_get(t, 0, "m"), "STRICT_ALL_TABLES"));
	ck_assert_ptr_null(strstr(table_get(t, 0, "m"), "NO_BACKSLASH_ESCAPES"));
	ck_assert_double_eq_tol(table_dec(t, 0, "s", -1), _i ? 0 : 4.5, 1e-6);
	table_free(t);
	db_close_wait(db);
}
END_TEST

static bool stop_at_ten(void *ctx, const struct table *shape, const struct cell *cells)
{
	(void)shape, (void)cells;
	return ++*(int *)ctx < 10;
}

START_TEST(a_stream_may_be_left_and_the_queue_goes_on)
{
	int n = 0;
	struct db_opts o = { .on_row = stop_at_ten, .ctx = &n };
	struct db *db = open_up(DB_READ);
	struct answer a = { 0 }, b = { 0 };
	ask(db, &a, "SELECT seq FROM seq_1_to_2000000", &o);
	ask(db, &b, "SELECT 5 AS v", NULL);
	until_answered(&a);
	ck_assert_int_eq((int)a.e.code, ERR_CANCELLED);
	ck_assert_int_eq(n, 10);
	until_answered(&b);
	ck_assert_msg(b.rows != NULL, "%s", b.e.text);
	table_free(b.rows);
	db_close_wait(db);
}
END_TEST

/* Not one more of its ten million rows is read here, nor made at the server for long. */
START_TEST(a_stream_that_is_left_costs_nothing)
{
	char n[16] = "";
	int rows = 0;
	struct db_opts o = { .on_row = stop_at_ten, .ctx = &rows };
	struct answer a = { 0 };
	by_tcp(server_port(server), _i);
	struct db *db = open_up(DB_READ);
	int64_t began = clock_mono_ms();
	longest_gap_ms = 0;
	ask(db, &a, "SELECT REPEAT('x', 200) AS x FROM seq_1_to_10000000", &o);
	until_answered(&a);
	ck_assert_int_eq((int)a.e.code, ERR_CANCELLED);
	ck_assert_uint_le(longest_gap_ms, gap_limit_ms());
	ck_assert_int_lt(clock_mono_ms() - began, 1000);
	while (strcmp(n, "0") != 0 && clock_mono_ms() < began + 10000)
		ck_assert(server_sql(server,
		                     "SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE "
		                     "'%seq_1_to_10000000' AND id <> CONNECTION_ID()",
		                     n, sizeof n, NULL));
	ck_assert_int_lt(clock_mono_ms() - began, 2000);
	db_close_wait(db);
}
END_TEST

START_TEST(more_rows_than_asked_are_cut)
{
	struct db_opts o = { .max_rows = 7 };
	struct db *db = open_up(DB_READ);
	struct table *t;
	ck_assert(call(db, "SELECT seq FROM seq_1_to_8", &o, &t, NULL));
	ck_assert_uint_eq(t->n_rows, 7);
	ck_assert(t->is_cut);
	table_free(t);
	db_close_wait(db);
}
END_TEST

/* The loop is told, takes the connection, uses it and lets go, all while the thread stands on its last lines: at
 * a connect, at a kill, and at a connect that fails. A sanitizer or valgrind sees who touches freed memory. */
START_TEST(a_thread_may_be_the_last_to_let_go)
{
	struct db_opts o = { .deadline_ms = 20000 };
	atomic_store(&is_window_open, true);
	struct db *db = open_up(DB_READ);
	struct answer a = { 0 };
	uint64_t id = ask(db, &a, "SELECT SLEEP(9)", &o);
	until_running("SELECT SLEEP(9)");
	db_cancel(db, id);
	until_answered(&a);
	ck_assert_int_eq((int)a.e.code, ERR_CANCELLED);
	db_close_wait(db);
	free(conf.database);
	conf.database = mem_dup("absent");
	db = db_open(&loop, &conf, DB_READ, "test");
	until_phase(db, DB_DOWN);
	db_close_wait(db);
	while (!handoff_all_ended()) uv_sleep(1); /* the window stays open for all of them */
	atomic_store(&is_window_open, false);
}
END_TEST

/* --- faults of the server --- */

START_TEST(a_running_read_is_cancelled)
{
	struct db_opts o = { .deadline_ms = 20000 };
	struct db *db = open_up(DB_READ);
	struct answer a = { 0 }, b = { 0 };
	uint64_t id = ask(db, &a, "SELECT SLEEP(9)", &o);
	until_running("SELECT SLEEP(9)");
	int64_t began = clock_mono_ms();
	db_cancel(db, id);
	ask(db, &b, "SELECT 3 AS v", NULL);
	until_answered(&a);
	ck_assert_int_eq((int)a.e.code, ERR_CANCELLED);
	until_answered(&b);
	ck_assert_msg(b.rows != NULL, "%s", b.e.text);
	ck_assert_int_lt(clock_mono_ms() - began, 5000);
	ck_assert_uint_eq(db_status(db).n_connects, 1);
	table_free(b.rows);
	db_close_wait(db);
}
END_TEST

static int64_t next_id(struct server *s)
{
	char id[32];
	ck_assert(server_sql(s, "SELECT CONNECTION_ID()", id, sizeof id, NULL));
	return strtoll(id, NULL, 10);
}

/* Two servers behind one address, and the same thread number at both: the other's statement runs on, and the
 * session's own is stopped as soon as its server answers. */
START_TEST(a_statement_is_stopped_at_its_own_server)
{
	struct err e = { 0 };
	struct db_conf there;
	struct answer a = { 0 }, b = { 0 };
	struct db_opts o = { .deadline_ms = 20000 };
	struct server *other = server_start(&(struct server_opts){ .tcp = true }, &e);
	ck_assert_msg(other != NULL, "%s", e.text);
	ck_assert(server_sql(other, "CREATE USER net@'127.0.0.1' IDENTIFIED BY 'throw-away'", NULL, 0, &e));
	ck_assert(server_sql(other, "GRANT ALL ON *.* TO net@'127.0.0.1'", NULL, 0, &e));
	struct proxy *p = proxy_start(server_port(server));
	by_tcp(proxy_port(p), false);
	for (int64_t least = next_id(other) + 20; next_id(server) < least;) continue;
	struct db *db = open_up(DB_READ);
	while (next_id(other) + 1 < (int64_t)db_status(db).thread_id) continue;
	server_conf(other, &there);
	struct db *bystander = db_open(&loop, &there, DB_READ, "other");
	until_phase(bystander, DB_UP);
	ck_assert_uint_eq(db_status(bystander).thread_id, db_status(db).thread_id);
	ask(bystander, &b, "SELECT SLEEP(2) AS s", &o);
	uint64_t id = ask(db, &a, "SELECT SLEEP(9)", &o);
	until_running("SELECT SLEEP(9)");
	int64_t began = clock_mono_ms();
	proxy_detour(p, server_port(other), _i ? 2 : 1000);
	db_cancel(db, id);
	until_answered(&a);
	ck_assert_int_eq((int)a.e.code, ERR_CANCELLED);
	if (_i)
		ck_assert_int_lt(clock_mono_ms() - began, 2000);
	else
		ck_assert_int_gt(clock_mono_ms() - began, 2000); /* by its own end */
	until_answered(&b);
	ck_assert_msg(b.rows != NULL, "%s", b.e.text);
	ck_assert_str_eq(table_get(b.rows, 0, "s"), "0");
	ck_assert_uint_eq(db_status(db).n_connects, 1);
	table_free(b.rows);
	db_close_wait(bystander);
	db_close_wait(db);
	conf_free(&there);
	proxy_stop(p);
	server_stop(other);
}
END_TEST

/* How often the server says that a client left without a goodbye. */
static int n_aborted(void)
{
	char path[160], line[1000];
	int n = 0;
	snprintf(path, sizeof path, "%s/err.log", server_dir(server));
	FILE *f = fopen(path, "re");
	ck_assert(f != NULL);
	while (fgets(line, sizeof line, f))
		if (strstr(line, "Aborted connection")) n++;
	fclose(f);
	return n;
}

START_TEST(an_orderly_end_says_goodbye)
{
	struct answer a = { 0 };
	struct db_opts o = { .deadline_ms = 20000 };
	int before = n_aborted();
	if (_i) by_tcp(server_port(server), _i == 2);
	struct db *db = open_up(DB_READ), *never_up = db_open(&loop, &conf, DB_READ, "early");
	uint64_t id = ask(db, &a, "SELECT SLEEP(9)", &o);
	until_running("SELECT SLEEP(9)");
	db_cancel(db, id);
	until_answered(&a);
	ck_assert(call(db, "DO 1", NULL, NULL, NULL));
	db_close_wait(never_up);
	db_close_wait(db);
	while (!handoff_all_ended()) uv_sleep(1); /* the one that was connecting */
	uv_sleep(200); /* the server writes its log at the end of a session, and tells nobody */
	ck_assert_int_eq(n_aborted(), before);
}
END_TEST

START_TEST(a_stopped_server_meets_the_deadline)
{
	struct db_opts r = { .deadline_ms = 300 }, w = { .deadline_ms = 300, .is_write = true };
	struct db *rd = open_up(DB_READ), *wr = open_up(DB_WRITE);
	struct answer a = { 0 }, b = { 0 }, queued = { 0 };
	longest_gap_ms = 0;
	server_pause(server);
	ask(rd, &a, "SELECT 1", &r);
	ask(wr, &b, "INSERT INTO w VALUES (10)", &w);
	ask(wr, &queued, "INSERT INTO w VALUES (11)", &w);
	until_answered(&a);
	until_answered(&b);
	until_answered(&queued);
	until_phase(rd, DB_CONNECTING); /* into the silence */
	server_resume(server);
	ck_assert_int_eq((int)a.e.code, ERR_TIMEOUT);
	ck_assert_int_eq((int)b.e.code, ERR_UNKNOWN);
	ck_assert_int_eq((int)queued.e.code, ERR_DB_DOWN); /* it was never sent */
	until_phase(rd, DB_UP);
	until_phase(wr, DB_UP);
	ck_assert_uint_le(longest_gap_ms, gap_limit_ms());
	ck_assert_int_eq(a.n + b.n + queued.n, 3);
	db_close_wait(rd);
	db_close_wait(wr);
}
END_TEST

START_TEST(a_killed_server_is_noticed_idle_and_found_again)
{
	struct err e = { 0 };
	struct table *t;
	struct db *db = open_up(DB_READ);
	server_kill(server);
	until_phase(db, DB_DOWN);
	ck_assert(!call(db, "SELECT 1", NULL, NULL, &e));
	ck_assert_int_eq((int)e.code, ERR_DB_DOWN);
	ck_assert_msg(server_restart(server, &e), "%s", e.text);
	until_phase(db, DB_UP);
	ck_assert_uint_eq(db_status(db).n_connects, 2);
	ck_assert(call(db, "SELECT 1", NULL, &t, NULL));
	table_free(t);
	db_close_wait(db);
}
END_TEST

START_TEST(a_write_under_a_killed_server_is_unknown)
{
	struct err e = { 0 };
	struct db_opts w = { .is_write = true };
	struct db *db = open_up(DB_WRITE);
	struct answer a = { 0 }, b = { 0 };
	ask(db, &a, "INSERT INTO w SELECT 20 + SLEEP(9)", &w);
	ask(db, &b, "INSERT INTO w VALUES (30)", &w);
	until_running("INSERT INTO w");
	server_kill(server);
	until_answered(&a);
	until_answered(&b);
	ck_assert_int_eq((int)a.e.code, ERR_UNKNOWN);
	ck_assert_int_eq((int)b.e.code, ERR_DB_DOWN);
	db_close_wait(db);
	ck_assert_msg(server_restart(server, &e), "%s", e.text);
}
END_TEST

START_TEST(a_refused_login_is_told_and_not_hammered)
{
	struct err e = { 0 };
	by_tcp(server_port(server), false);
	free(conf.password);
	conf.password = mem_dup("wrong-secret");
	struct db *db = db_open(&loop, &conf, DB_READ, "test");
	ck_assert(!call(db, "SELECT 1", NULL, NULL, &e));
	ck_assert_int_eq((int)e.code, ERR_DB_DOWN);
	ck_assert_ptr_nonnull(strstr(e.text, "net@127.0.0.1"));
	ck_assert_ptr_null(strstr(e.text, "wrong-secret"));
	ck_assert_int_gt(db_status(db).retry_in_ms, 14000);
	db_close_wait(db);
}
END_TEST

START_TEST(a_lost_session_ends_its_transaction)
{
	char sql[64];
	struct err e = { 0 };
	struct db *db = open_up(DB_WRITE);
	struct db_opts o = { .is_write = true, .session = db_status(db).n_connects };
	ck_assert(call(db, "BEGIN", &o, NULL, NULL));
	snprintf(sql, sizeof sql, "KILL %lu", db_status(db).thread_id);
	ck_assert(server_sql(server, sql, NULL, 0, &e));
	until_phase(db, DB_DOWN);
	until_phase(db, DB_UP);
	ck_assert(!call(db, "COMMIT", &o, NULL, &e));
	ck_assert_int_eq((int)e.code, ERR_DB_DOWN);
	db_close_wait(db);
}
END_TEST

START_TEST(closing_answers_everything)
{
	struct db_opts o = { .deadline_ms = 20000 }, w = { .deadline_ms = 20000, .is_write = true };
	struct db *rd = open_up(DB_READ), *wr = open_up(DB_WRITE);
	struct answer a[4] = { 0 };
	ask(rd, &a[0], "SELECT SLEEP(9)", &o);
	ask(rd, &a[1], "SELECT 1", NULL);
	ask(wr, &a[2], "INSERT INTO w SELECT 40 + SLEEP(9)", &w);
	ask(wr, &a[3], "INSERT INTO w VALUES (50)", &w);
	until_running("SELECT SLEEP(9)");
	until_running("INSERT INTO w");
	db_close_wait(rd);
	db_close_wait(wr);
	for (int i = 0; i < 4; i++) ck_assert_int_eq(a[i].n, 1);
	ck_assert_int_eq((int)a[0].e.code, ERR_CANCELLED);
	ck_assert_int_eq((int)a[2].e.code, ERR_UNKNOWN);
	ck_assert_int_eq((int)a[3].e.code, ERR_CANCELLED);
}
END_TEST

/* --- faults of the network, in clear text (0) and under TLS (1) --- */

START_TEST(a_cut_is_answered_once)
{
	struct db_opts o = { .deadline_ms = 20000 }, w = { .deadline_ms = 20000, .is_write = true };
	struct proxy *p = proxy_start(server_port(server));
	by_tcp(proxy_port(p), _i);
	struct db *rd = open_up(DB_READ), *wr = open_up(DB_WRITE);
	ck_assert_int_eq(db_status(rd).is_tls, _i);
	struct answer a = { 0 }, b = { 0 };
	ask(rd, &a, "SELECT SLEEP(8)", &o);
	ask(wr, &b, "INSERT INTO w SELECT 60 + SLEEP(8)", &w);
	until_running("SELECT SLEEP(8)");
	until_running("INSERT INTO w");
	proxy_cut(p);
	until_answered(&a);
	until_answered(&b);
	ck_assert_int_eq((int)a.e.code, ERR_DB_DOWN);
	ck_assert_int_eq((int)b.e.code, ERR_UNKNOWN);
	until_phase(rd, DB_UP);
	until_phase(wr, DB_UP);
	db_close_wait(rd);
	db_close_wait(wr);
	proxy_stop(p);
}
END_TEST

START_TEST(a_swallowed_answer_is_unknown_though_it_happened)
{
	char n[16], sql[80];
	struct db_opts w = { .deadline_ms = 400, .is_write = true };
	struct proxy *p = proxy_start(server_port(server));
	by_tcp(proxy_port(p), _i);
	struct db *db = open_up(DB_WRITE);
	struct answer a = { 0 };
	proxy_mode(p, PROXY_SWALLOW);
	longest_gap_ms = 0;
	snprintf(sql, sizeof sql, "INSERT INTO w VALUES (%d)", 70 + _i);
	ask(db, &a, sql, &w);
	until_answered(&a);
	ck_assert_int_eq((int)a.e.code, ERR_UNKNOWN);
	ck_assert_uint_le(longest_gap_ms, gap_limit_ms());
	snprintf(sql, sizeof sql, "SELECT COUNT(*) FROM t.w WHERE id = %d", 70 + _i);
	ck_assert(server_sql(server, sql, n, sizeof n, NULL));
	ck_assert_str_eq(n, "1");
	proxy_mode(p, PROXY_PASS);
	until_phase(db, DB_UP);
	db_close_wait(db);
	proxy_stop(p);
}
END_TEST

START_TEST(the_loop_turns_while_connecting_hangs)
{
	struct proxy *p = proxy_start(server_port(server));
	by_tcp(proxy_port(p), _i);
	proxy_mode(p, PROXY_STALL);
	struct answer a = { 0 };
	struct db *db = db_open(&loop, &conf, DB_READ, "test");
	ask(db, &a, "SELECT 1", NULL);
	until_answered(&a);
	ck_assert_int_eq((int)a.e.code, ERR_DB_DOWN);
	ck_assert_uint_gt(last_tick, 0);
	ck_assert_uint_le(longest_gap_ms, gap_limit_ms());
	db_close_wait(db);
	proxy_stop(p);
}
END_TEST

/* The greeting passes and TLS is asked for; then nothing comes back. */
START_TEST(the_loop_turns_while_tls_hangs)
{
	struct proxy *p = proxy_start(server_port(server));
	by_tcp(proxy_port(p), true);
	proxy_mode(p, PROXY_GREETING);
	struct answer a = { 0 };
	struct db *db = db_open(&loop, &conf, DB_READ, "test");
	ask(db, &a, "SELECT 1", NULL);
	until_answered(&a);
	ck_assert_int_eq((int)a.e.code, ERR_DB_DOWN);
	ck_assert_uint_gt(proxy_to_server(p), 32); /* the handshake had begun */
	ck_assert_uint_le(longest_gap_ms, gap_limit_ms());
	proxy_mode(p, PROXY_PASS);
	until_phase(db, DB_UP);
	db_close_wait(db);
	proxy_stop(p);
}
END_TEST

static int threads_now(void)
{
	char line[128];
	int n = 0;
	FILE *f = fopen("/proc/self/status", "re");
	while (f && fgets(line, sizeof line, f))
		if (sscanf(line, "Threads: %d", &n) == 1) break;
	if (f) fclose(f);
	return n;
}

/* An abandoned handshake's thread ends by itself: a day of silence must not gather threads. */
START_TEST(threads_of_dead_handshakes_end)
{
	struct proxy *p = proxy_start(server_port(server));
	by_tcp(proxy_port(p), true);
	proxy_mode(p, PROXY_GREETING);
	struct answer a = { 0 };
	int before = threads_now();
	struct db *db = db_open(&loop, &conf, DB_READ, "test");
	ask(db, &a, "SELECT 1", NULL);
	until_answered(&a);
	db_close_wait(db);
	int64_t end = clock_mono_ms() + 8000;
	while (threads_now() > before && clock_mono_ms() < end) uv_run(&loop, UV_RUN_ONCE);
	ck_assert_int_eq(threads_now(), before);
	proxy_stop(p);
}
END_TEST

START_TEST(a_slow_line_is_only_slow)
{
	struct proxy *p = proxy_start(server_port(server));
	by_tcp(proxy_port(p), _i);
	conf.connect_timeout_s = 5;
	proxy_mode(p, PROXY_DELAY);
	struct table *t;
	struct err e = { 0 };
	struct db *db = open_up(DB_READ);
	ck_assert_msg(call(db, "SELECT seq FROM seq_1_to_5000", NULL, &t, &e), "%s", e.text);
	ck_assert_uint_eq(t->n_rows, 5000);
	table_free(t);
	ck_assert_uint_le(longest_gap_ms, gap_limit_ms());
	db_close_wait(db);
	proxy_stop(p);
}
END_TEST

START_TEST(another_authority_is_refused)
{
	char other[128], cmd[512];
	struct err e = { 0 };
	by_tcp(server_port(server), true);
	struct db *db = open_up(DB_READ);
	ck_assert(db_status(db).is_tls);
	db_close_wait(db);
	snprintf(other, sizeof other, "%s/other.pem", server_dir(server));
	snprintf(cmd, sizeof cmd,
	         "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=other -keyout %s/other.key "
	         "-out "
	         "%s 2>/dev/null",
	         server_dir(server), other);
	ck_assert_int_eq(system(cmd), 0);
	ck_assert(conf_set(&conf, "ssl-ca", other, "test", &e));
	db = db_open(&loop, &conf, DB_READ, "test");
	ck_assert(!call(db, "SELECT 1", NULL, NULL, &e));
	ck_assert_int_eq((int)e.code, ERR_DB_DOWN);
	db_close_wait(db);
}
END_TEST

Suite *suite_link(void)
{
	Suite *s = suite_create("link");
	TCase *tc = tcase_create("link");
	tcase_add_unchecked_fixture(tc, start_server, stop_server);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, cells_carry_their_types);
	tcase_add_test(tc, a_call_gives_its_first_result_set);
	tcase_add_test(tc, a_slow_read_costs_itself_and_not_the_link);
	tcase_add_test(tc, errors_have_kinds);
	tcase_add_loop_test(tc, the_session_is_as_promised, 0, 2);
	tcase_add_test(tc, a_stream_may_be_left_and_the_queue_goes_on);
	tcase_add_loop_test(tc, a_stream_that_is_left_costs_nothing, 0, 2);
	tcase_add_test(tc, more_rows_than_asked_are_cut);
	tcase_add_test(tc, a_thread_may_be_the_last_to_let_go);
	tcase_add_test(tc, a_running_read_is_cancelled);
	tcase_add_loop_test(tc, a_statement_is_stopped_at_its_own_server, 0, 2);
	tcase_add_loop_test(tc, an_orderly_end_says_goodbye, 0, 3);
	tcase_add_test(tc, a_stopped_server_meets_the_deadline);
	tcase_add_test(tc, a_killed_server_is_noticed_idle_and_found_again);
	tcase_add_test(tc, a_write_under_a_killed_server_is_unknown);
	tcase_add_test(tc, a_refused_login_is_told_and_not_hammered);
	tcase_add_test(tc, a_lost_session_ends_its_transaction);
	tcase_add_test(tc, closing_answers_everything);
	tcase_add_loop_test(tc, a_cut_is_answered_once, 0, 2);
	tcase_add_loop_test(tc, a_swallowed_answer_is_unknown_though_it_happened, 0, 2);
	tcase_add_loop_test(tc, the_loop_turns_while_connecting_hangs, 0, 2);
	tcase_add_test(tc, the_loop_turns_while_tls_hangs);
	tcase_add_test(tc, threads_of_dead_handshakes_end);
	tcase_add_loop_test(tc, a_slow_line_is_only_slow, 0, 2);
	tcase_add_test(tc, another_authority_is_refused);
	suite_add_tcase(s, tc);
	return s;
}
