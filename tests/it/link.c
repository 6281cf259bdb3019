/* link.c - the link to the database against a real server: cells have types, each request is answered once, streams
 * may be left, errors have kinds, and a session is as promised. */
#include "core/base/clock.h"
#include "core/base/handoff.h"
#include "core/base/mem.h"
#include "tests/support/link_rig.h"
#include "tests/support/proxy.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_link(void);

/* --- what works --- */

START_TEST(cells_carry_their_types)
{
	static const enum cell_type want[] = { CELL_INT, CELL_DEC, CELL_TIME, CELL_TEXT };
	struct table *t;
	struct err e = { 0 };
	struct db *db = link_open_up(DB_READ);
	ck_assert_msg(link_call(db, "SELECT 1 AS i, 1.50 AS d, NOW() AS t, 'x' AS s, NULL AS n", NULL, &t,
	                        &e),
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
	struct db *db = link_open_up(DB_READ);
	struct table *t;
	struct err e = { 0 };
	ck_assert_msg(link_call(db, "CALL two()", NULL, &t, &e), "%s", e.text);
	ck_assert_int_eq(table_int(t, 0, "a", 0), 1);
	table_free(t);
	ck_assert_msg(link_call(db, "SELECT 7 AS z", NULL, &t, &e), "%s", e.text);
	ck_assert_int_eq(table_int(t, 0, "z", 0), 7);
	table_free(t);
	db_close_wait(db);
}
END_TEST

START_TEST(a_slow_read_costs_itself_and_not_the_link)
{
	static const char sql[] = "-- slow\nSELECT SLEEP(3) AS s";
	struct db_opts brief = { .deadline_ms = 1000 }, patient = { .deadline_ms = 8000 };
	struct db *db = link_open_up(DB_READ);
	struct table *t;
	struct err e = { 0 };
	ck_assert(!link_call(db, sql, &brief, NULL, &e));
	ck_assert_msg(e.code == ERR_TIMEOUT && strstr(e.text, "0.9 s"), "%d %s", (int)e.code, e.text);
	ck_assert_msg(link_call(db, sql, &patient, &t, &e), "%s", e.text);
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
	struct db *db = link_open_up(DB_READ);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err e = { 0 };
		ck_assert(!link_call(db, cases[i].sql, NULL, NULL, &e));
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
	struct db *db = link_open_up(_i ? DB_WRITE : DB_READ);
	ck_assert_msg(link_call(db, sql, NULL, &t, &e), "%s", e.text);
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

static long selects(struct db *db)
{
	struct db_opts write = { .is_write = true };
	struct table *t;
	struct err e = { 0 };
	ck_assert_msg(link_call(db, "CALL selects()", &write, &t, &e), "%s", e.text);
	long n = (long)table_int(t, 0, "n", -1);
	table_free(t);
	return n;
}

/* A node of a cluster goes on undoing what a session calls until that session says something else. */
START_TEST(what_was_undone_is_followed_by_another_word)
{
	struct db_opts write = { .is_write = true };
	struct db *db = link_open_up(DB_WRITE);
	struct err e = { 0 };
	long before = selects(db), each = selects(db) - before;
	ck_assert_int_eq(selects(db) - before, 2 * each);
	ck_assert(!link_call(db, "CALL no(30050)", &write, NULL, &e));
	ck_assert_int_eq(selects(db) - before, 3 * each);
	ck_assert(!link_call(db, "CALL no(1213)", &write, NULL, &e));
	ck_assert_uint_eq(e.sql_errno, 1213);
	ck_assert_int_eq(selects(db) - before, 4 * each + 1);
	ck_assert_int_eq(selects(db) - before, 5 * each + 1);
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
	struct db *db = link_open_up(DB_READ);
	struct link_answer a = { 0 }, b = { 0 };
	link_ask(db, &a, "SELECT seq FROM seq_1_to_2000000", &o);
	link_ask(db, &b, "SELECT 5 AS v", NULL);
	link_until_answered(&a);
	ck_assert_int_eq((int)a.e.code, ERR_CANCELLED);
	ck_assert_int_eq(n, 10);
	link_until_answered(&b);
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
	struct link_answer a = { 0 };
	link_by_tcp(server_port(link_rig.server), _i);
	struct db *db = link_open_up(DB_READ);
	int64_t began = clock_mono_ms();
	link_rig.longest_gap_ms = 0;
	link_ask(db, &a, "SELECT REPEAT('x', 200) AS x FROM seq_1_to_10000000", &o);
	link_until_answered(&a);
	ck_assert_int_eq((int)a.e.code, ERR_CANCELLED);
	ck_assert_uint_le(link_rig.longest_gap_ms, link_gap_limit_ms());
	ck_assert_int_lt(clock_mono_ms() - began, 1000);
	while (strcmp(n, "0") != 0 && clock_mono_ms() < began + 10000)
		ck_assert(server_sql(link_rig.server,
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
	struct db *db = link_open_up(DB_READ);
	struct table *t;
	ck_assert(link_call(db, "SELECT seq FROM seq_1_to_8", &o, &t, NULL));
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
	atomic_store(&link_is_window_open, true);
	struct db *db = link_open_up(DB_READ);
	struct link_answer a = { 0 };
	uint64_t id = link_ask(db, &a, "SELECT SLEEP(9)", &o);
	link_until_running("SELECT SLEEP(9)");
	db_cancel(db, id);
	link_until_answered(&a);
	ck_assert_int_eq((int)a.e.code, ERR_CANCELLED);
	db_close_wait(db);
	free(link_rig.conf.database);
	link_rig.conf.database = mem_dup("absent");
	db = db_open(&link_rig.loop, &link_rig.conf, DB_READ, "test");
	link_until_phase(db, DB_DOWN);
	db_close_wait(db);
	while (!handoff_all_ended()) uv_sleep(1); /* the window stays open for all of them */
	atomic_store(&link_is_window_open, false);
}
END_TEST
Suite *suite_link(void)
{
	Suite *s = suite_create("link");
	TCase *tc = tcase_create("link");
	tcase_add_unchecked_fixture(tc, link_rig_start, link_rig_stop);
	tcase_add_checked_fixture(tc, link_rig_open, link_rig_close);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, cells_carry_their_types);
	tcase_add_test(tc, a_call_gives_its_first_result_set);
	tcase_add_test(tc, a_slow_read_costs_itself_and_not_the_link);
	tcase_add_test(tc, errors_have_kinds);
	tcase_add_loop_test(tc, the_session_is_as_promised, 0, 2);
	tcase_add_test(tc, what_was_undone_is_followed_by_another_word);
	tcase_add_test(tc, a_stream_may_be_left_and_the_queue_goes_on);
	tcase_add_loop_test(tc, a_stream_that_is_left_costs_nothing, 0, 2);
	tcase_add_test(tc, more_rows_than_asked_are_cut);
	tcase_add_test(tc, a_thread_may_be_the_last_to_let_go);
	suite_add_tcase(s, tc);
	return s;
}
