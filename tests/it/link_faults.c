/* link_faults.c - the link when its server stops, dies or refuses, and behind a proxy that cuts, stalls, swallows and
 * delays: each request is answered once, the loop goes on turning, a lost write is never called failed. */
#include "core/base/clock.h"
#include "core/base/handoff.h"
#include "core/base/mem.h"
#include "tests/support/link_rig.h"
#include "tests/support/proxy.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_link_faults(void);

/* --- faults of the server --- */

START_TEST(a_running_read_is_cancelled)
{
	struct db_opts o = { .deadline_ms = 20000 };
	struct db *db = link_open_up(DB_READ);
	struct link_answer a = { 0 }, b = { 0 };
	uint64_t id = link_ask(db, &a, "SELECT SLEEP(9)", &o);
	link_until_running("SELECT SLEEP(9)");
	int64_t began = clock_mono_ms();
	db_cancel(db, id);
	link_ask(db, &b, "SELECT 3 AS v", NULL);
	link_until_answered(&a);
	ck_assert_int_eq((int)a.e.code, ERR_CANCELLED);
	link_until_answered(&b);
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
	struct link_answer a = { 0 }, b = { 0 };
	struct db_opts o = { .deadline_ms = 20000 };
	struct server *other = server_start(&(struct server_opts){ .tcp = true }, &e);
	ck_assert_msg(other != NULL, "%s", e.text);
	ck_assert(server_sql(other, "CREATE USER net@'127.0.0.1' IDENTIFIED BY 'throw-away'", NULL, 0, &e));
	ck_assert(server_sql(other, "GRANT ALL ON *.* TO net@'127.0.0.1'", NULL, 0, &e));
	struct proxy *p = proxy_start(server_port(link_rig.server));
	link_by_tcp(proxy_port(p), false);
	for (int64_t least = next_id(other) + 20; next_id(link_rig.server) < least;) continue;
	struct db *db = link_open_up(DB_READ);
	while (next_id(other) + 1 < (int64_t)db_status(db).thread_id) continue;
	server_conf(other, &there);
	struct db *bystander = db_open(&link_rig.loop, &there, DB_READ, "other");
	link_until_phase(bystander, DB_UP);
	ck_assert_uint_eq(db_status(bystander).thread_id, db_status(db).thread_id);
	link_ask(bystander, &b, "SELECT SLEEP(2) AS s", &o);
	uint64_t id = link_ask(db, &a, "SELECT SLEEP(9)", &o);
	link_until_running("SELECT SLEEP(9)");
	int64_t began = clock_mono_ms();
	proxy_detour(p, server_port(other), _i ? 2 : 1000);
	db_cancel(db, id);
	link_until_answered(&a);
	ck_assert_int_eq((int)a.e.code, ERR_CANCELLED);
	if (_i)
		ck_assert_int_lt(clock_mono_ms() - began, 2000);
	else
		ck_assert_int_gt(clock_mono_ms() - began, 2000); /* by its own end */
	link_until_answered(&b);
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
	snprintf(path, sizeof path, "%s/err.log", server_dir(link_rig.server));
	FILE *f = fopen(path, "re");
	ck_assert(f != NULL);
	while (fgets(line, sizeof line, f))
		if (strstr(line, "Aborted connection")) n++;
	fclose(f);
	return n;
}

START_TEST(an_orderly_end_says_goodbye)
{
	struct link_answer a = { 0 };
	struct db_opts o = { .deadline_ms = 20000 };
	int before = n_aborted();
	if (_i) link_by_tcp(server_port(link_rig.server), _i == 2);
	struct db *db = link_open_up(DB_READ),
	          *never_up = db_open(&link_rig.loop, &link_rig.conf, DB_READ, "early");
	uint64_t id = link_ask(db, &a, "SELECT SLEEP(9)", &o);
	link_until_running("SELECT SLEEP(9)");
	db_cancel(db, id);
	link_until_answered(&a);
	ck_assert(link_call(db, "DO 1", NULL, NULL, NULL));
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
	struct db *rd = link_open_up(DB_READ), *wr = link_open_up(DB_WRITE);
	struct db *asks = link_open_up(DB_WRITE);
	struct link_answer a = { 0 }, b = { 0 }, queued = { 0 }, asked = { 0 };
	link_rig.longest_gap_ms = 0;
	server_pause(link_rig.server);
	link_ask(rd, &a, "SELECT 1", &r);
	link_ask(asks, &asked, "INSERT INTO w VALUES (12)", &w);
	link_ask(wr, &b, "CALL put(10)", &w); /* which is sent without a question before it */
	link_ask(wr, &queued, "INSERT INTO w VALUES (11)", &w);
	link_until_answered(&a);
	link_until_answered(&b);
	link_until_answered(&queued);
	link_until_answered(&asked);
	link_until_phase(rd, DB_CONNECTING); /* into the silence */
	server_resume(link_rig.server);
	ck_assert_int_eq((int)a.e.code, ERR_TIMEOUT);
	ck_assert_int_eq((int)b.e.code, ERR_UNKNOWN);
	ck_assert_int_eq((int)queued.e.code, ERR_DB_DOWN); /* it was never sent */
	ck_assert_int_eq((int)asked.e.code,
	                 ERR_DB_DOWN); /* nor this: whether the server takes writes was not answered */
	link_until_phase(rd, DB_UP);
	link_until_phase(wr, DB_UP);
	ck_assert_uint_le(link_rig.longest_gap_ms, link_gap_limit_ms());
	ck_assert_int_eq(a.n + b.n + queued.n + asked.n, 4);
	db_close_wait(rd);
	db_close_wait(wr);
	db_close_wait(asks);
}
END_TEST

START_TEST(a_killed_server_is_noticed_idle_and_found_again)
{
	struct err e = { 0 };
	struct table *t;
	struct db *db = link_open_up(DB_READ);
	server_kill(link_rig.server);
	link_until_phase(db, DB_DOWN);
	ck_assert(!link_call(db, "SELECT 1", NULL, NULL, &e));
	ck_assert_int_eq((int)e.code, ERR_DB_DOWN);
	ck_assert_msg(server_restart(link_rig.server, &e), "%s", e.text);
	link_until_phase(db, DB_UP);
	ck_assert_uint_eq(db_status(db).n_connects, 2);
	ck_assert(link_call(db, "SELECT 1", NULL, &t, NULL));
	table_free(t);
	db_close_wait(db);
}
END_TEST

START_TEST(a_write_under_a_killed_server_is_unknown)
{
	struct err e = { 0 };
	struct db_opts w = { .is_write = true };
	struct db *db = link_open_up(DB_WRITE);
	struct link_answer a = { 0 }, b = { 0 };
	link_ask(db, &a, "INSERT INTO w SELECT 20 + SLEEP(9)", &w);
	link_ask(db, &b, "INSERT INTO w VALUES (30)", &w);
	link_until_running("INSERT INTO w");
	server_kill(link_rig.server);
	link_until_answered(&a);
	link_until_answered(&b);
	ck_assert_int_eq((int)a.e.code, ERR_UNKNOWN);
	ck_assert_int_eq((int)b.e.code, ERR_DB_DOWN);
	db_close_wait(db);
	ck_assert_msg(server_restart(link_rig.server, &e), "%s", e.text);
}
END_TEST

START_TEST(a_refused_login_is_told_and_not_hammered)
{
	struct err e = { 0 };
	link_by_tcp(server_port(link_rig.server), false);
	free(link_rig.conf.password);
	link_rig.conf.password = mem_dup("wrong-secret");
	struct db *db = db_open(&link_rig.loop, &link_rig.conf, DB_READ, "test");
	ck_assert(!link_call(db, "SELECT 1", NULL, NULL, &e));
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
	struct db *db = link_open_up(DB_WRITE);
	struct db_opts o = { .is_write = true, .session = db_status(db).n_connects };
	ck_assert(link_call(db, "BEGIN", &o, NULL, NULL));
	snprintf(sql, sizeof sql, "KILL %lu", db_status(db).thread_id);
	ck_assert(server_sql(link_rig.server, sql, NULL, 0, &e));
	link_until_phase(db, DB_DOWN);
	link_until_phase(db, DB_UP);
	ck_assert(!link_call(db, "COMMIT", &o, NULL, &e));
	ck_assert_int_eq((int)e.code, ERR_DB_DOWN);
	db_close_wait(db);
}
END_TEST

START_TEST(closing_answers_everything)
{
	struct db_opts o = { .deadline_ms = 20000 }, w = { .deadline_ms = 20000, .is_write = true };
	struct db *rd = link_open_up(DB_READ), *wr = link_open_up(DB_WRITE);
	struct link_answer a[4] = { 0 };
	link_ask(rd, &a[0], "SELECT SLEEP(9)", &o);
	link_ask(rd, &a[1], "SELECT 1", NULL);
	link_ask(wr, &a[2], "INSERT INTO w SELECT 40 + SLEEP(9)", &w);
	link_ask(wr, &a[3], "INSERT INTO w VALUES (50)", &w);
	link_until_running("SELECT SLEEP(9)");
	link_until_running("INSERT INTO w");
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
	struct proxy *p = proxy_start(server_port(link_rig.server));
	link_by_tcp(proxy_port(p), _i);
	struct db *rd = link_open_up(DB_READ), *wr = link_open_up(DB_WRITE);
	ck_assert_int_eq(db_status(rd).is_tls, _i);
	struct link_answer a = { 0 }, b = { 0 };
	link_ask(rd, &a, "SELECT SLEEP(8)", &o);
	link_ask(wr, &b, "INSERT INTO w SELECT 60 + SLEEP(8)", &w);
	link_until_running("SELECT SLEEP(8)");
	link_until_running("INSERT INTO w");
	proxy_cut(p);
	link_until_answered(&a);
	link_until_answered(&b);
	ck_assert_int_eq((int)a.e.code, ERR_DB_DOWN);
	ck_assert_int_eq((int)b.e.code, ERR_UNKNOWN);
	link_until_phase(rd, DB_UP);
	link_until_phase(wr, DB_UP);
	db_close_wait(rd);
	db_close_wait(wr);
	proxy_stop(p);
}
END_TEST

/* The path breaks under the last statements that make a connection, where their answers are begun and not ended. */
START_TEST(a_path_that_breaks_while_connecting_is_an_error)
{
	enum { LAST = 120, STEP = 3 };
	struct err e = { 0 };
	struct link_answer a = { 0 };
	struct proxy *p = proxy_start(server_port(link_rig.server));
	ck_assert(server_sql(link_rig.server, "CREATE TABLE t.schema_migrations SELECT 1 AS n", NULL, 0, &e));
	link_by_tcp(proxy_port(p), false);
	proxy_arm(p, NULL);
	struct db *db = link_open_up(DB_READ);
	unsigned long whole = proxy_passed(p, false);
	db_close_wait(db);
	for (unsigned long at = whole - LAST; at <= whole; at += STEP) {
		proxy_arm(p, &(struct proxy_fault){ .kind = PROXY_CUT_BOTH, .at = at });
		db = db_open(&link_rig.loop, &link_rig.conf, DB_READ, "read");
		a = (struct link_answer){ 0 };
		link_ask(db, &a, "SELECT 1 AS v", NULL);
		link_until_answered(&a);
		ck_assert_msg(a.rows || a.e.code == ERR_DB_DOWN || a.e.code == ERR_UNKNOWN, "byte %lu: %s",
		              at, a.e.text);
		table_free(a.rows);
		db_close_wait(db);
	}
	proxy_stop(p);
	ck_assert(server_sql(link_rig.server, "DROP TABLE t.schema_migrations", NULL, 0, &e));
}
END_TEST

START_TEST(a_swallowed_answer_is_unknown_though_it_happened)
{
	char n[16], sql[80];
	struct db_opts w = { .deadline_ms = 400, .is_write = true };
	struct proxy *p = proxy_start(server_port(link_rig.server));
	link_by_tcp(proxy_port(p), _i);
	struct db *db = link_open_up(DB_WRITE);
	struct link_answer a = { 0 };
	proxy_mode(p, PROXY_SWALLOW);
	link_rig.longest_gap_ms = 0;
	snprintf(sql, sizeof sql, "CALL put(%d)", 70 + _i);
	link_ask(db, &a, sql, &w);
	link_until_answered(&a);
	ck_assert_int_eq((int)a.e.code, ERR_UNKNOWN);
	ck_assert_uint_le(link_rig.longest_gap_ms, link_gap_limit_ms());
	snprintf(sql, sizeof sql, "SELECT COUNT(*) FROM t.w WHERE id = %d", 70 + _i);
	ck_assert(server_sql(link_rig.server, sql, n, sizeof n, NULL));
	ck_assert_str_eq(n, "1");
	proxy_mode(p, PROXY_PASS);
	link_until_phase(db, DB_UP);
	db_close_wait(db);
	proxy_stop(p);
}
END_TEST

START_TEST(the_loop_turns_while_connecting_hangs)
{
	struct proxy *p = proxy_start(server_port(link_rig.server));
	link_by_tcp(proxy_port(p), _i);
	proxy_mode(p, PROXY_STALL);
	struct link_answer a = { 0 };
	struct db *db = db_open(&link_rig.loop, &link_rig.conf, DB_READ, "test");
	link_ask(db, &a, "SELECT 1", NULL);
	link_until_answered(&a);
	ck_assert_int_eq((int)a.e.code, ERR_DB_DOWN);
	ck_assert_uint_gt(link_rig.last_tick_ms, 0);
	ck_assert_uint_le(link_rig.longest_gap_ms, link_gap_limit_ms());
	db_close_wait(db);
	proxy_stop(p);
}
END_TEST

/* The greeting passes and TLS is asked for; then nothing comes back. */
START_TEST(the_loop_turns_while_tls_hangs)
{
	struct proxy *p = proxy_start(server_port(link_rig.server));
	link_by_tcp(proxy_port(p), true);
	proxy_mode(p, PROXY_GREETING);
	struct link_answer a = { 0 };
	struct db *db = db_open(&link_rig.loop, &link_rig.conf, DB_READ, "test");
	link_ask(db, &a, "SELECT 1", NULL);
	link_until_answered(&a);
	ck_assert_int_eq((int)a.e.code, ERR_DB_DOWN);
	ck_assert_uint_gt(proxy_to_server(p), 32); /* the handshake had begun */
	ck_assert_uint_le(link_rig.longest_gap_ms, link_gap_limit_ms());
	proxy_mode(p, PROXY_PASS);
	link_until_phase(db, DB_UP);
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
	struct proxy *p = proxy_start(server_port(link_rig.server));
	link_by_tcp(proxy_port(p), true);
	proxy_mode(p, PROXY_GREETING);
	struct link_answer a = { 0 };
	int before = threads_now();
	struct db *db = db_open(&link_rig.loop, &link_rig.conf, DB_READ, "test");
	link_ask(db, &a, "SELECT 1", NULL);
	link_until_answered(&a);
	db_close_wait(db);
	int64_t end = clock_mono_ms() + 8000;
	while (threads_now() > before && clock_mono_ms() < end) uv_run(&link_rig.loop, UV_RUN_ONCE);
	ck_assert_int_eq(threads_now(), before);
	proxy_stop(p);
}
END_TEST

START_TEST(a_slow_line_is_only_slow)
{
	struct proxy *p = proxy_start(server_port(link_rig.server));
	link_by_tcp(proxy_port(p), _i);
	link_rig.conf.connect_timeout_s = 5;
	proxy_mode(p, PROXY_DELAY);
	struct table *t;
	struct err e = { 0 };
	struct db *db = link_open_up(DB_READ);
	ck_assert_msg(link_call(db, "SELECT seq FROM seq_1_to_5000", NULL, &t, &e), "%s", e.text);
	ck_assert_uint_eq(t->n_rows, 5000);
	table_free(t);
	ck_assert_uint_le(link_rig.longest_gap_ms, link_gap_limit_ms());
	db_close_wait(db);
	proxy_stop(p);
}
END_TEST

START_TEST(another_authority_is_refused)
{
	char other[128], cmd[512];
	struct err e = { 0 };
	link_by_tcp(server_port(link_rig.server), true);
	struct db *db = link_open_up(DB_READ);
	ck_assert(db_status(db).is_tls);
	db_close_wait(db);
	snprintf(other, sizeof other, "%s/other.pem", server_dir(link_rig.server));
	snprintf(cmd, sizeof cmd,
	         "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=other -keyout %s/other.key "
	         "-out "
	         "%s 2>/dev/null",
	         server_dir(link_rig.server), other);
	ck_assert_int_eq(system(cmd), 0);
	ck_assert(conf_set(&link_rig.conf, "ssl-ca", other, "test", &e));
	db = db_open(&link_rig.loop, &link_rig.conf, DB_READ, "test");
	ck_assert(!link_call(db, "SELECT 1", NULL, NULL, &e));
	ck_assert_int_eq((int)e.code, ERR_DB_DOWN);
	db_close_wait(db);
}
END_TEST
Suite *suite_link_faults(void)
{
	Suite *s = suite_create("link_faults");
	TCase *tc = tcase_create("faults");
	tcase_add_unchecked_fixture(tc, link_rig_start, link_rig_stop);
	tcase_add_checked_fixture(tc, link_rig_open, link_rig_close);
	tcase_set_timeout(tc, 60);
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
	tcase_add_test(tc, a_path_that_breaks_while_connecting_is_an_error);
	tcase_add_loop_test(tc, a_swallowed_answer_is_unknown_though_it_happened, 0, 2);
	tcase_add_loop_test(tc, the_loop_turns_while_connecting_hangs, 0, 2);
	tcase_add_test(tc, the_loop_turns_while_tls_hangs);
	tcase_add_test(tc, threads_of_dead_handshakes_end);
	tcase_add_loop_test(tc, a_slow_line_is_only_slow, 0, 2);
	tcase_add_test(tc, another_authority_is_refused);
	suite_add_tcase(s, tc);
	return s;
}
