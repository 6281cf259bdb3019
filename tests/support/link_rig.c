/* link_rig.c - a link on trial: its server, its loop, its answers. */
#include "tests/support/link_rig.h"
#include "core/base/clock.h"
#include "core/base/handoff.h"
#include "core/base/mem.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct link_rig link_rig;
static uv_timer_t tick;

void link_rig_start(void)
{
	static const char *const prepare[] = {
		"CREATE DATABASE t",
		"CREATE TABLE t.w (id INT PRIMARY KEY)",
		"CREATE PROCEDURE t.put(n INT) INSERT INTO t.w VALUES (n)",
		"CREATE PROCEDURE t.two() BEGIN SELECT 1 AS a; SELECT 2 AS b; DO 0; END",
		"CREATE PROCEDURE t.selects() SELECT VARIABLE_VALUE AS n FROM "
		"information_schema.SESSION_STATUS WHERE "
		"VARIABLE_NAME = 'COM_SELECT'",
		"CREATE PROCEDURE t.no(n INT) SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = n, MESSAGE_TEXT = "
		"'not today'",
		"CREATE USER net@'127.0.0.1' IDENTIFIED BY 'throw-away'",
		"GRANT ALL ON *.* TO net@'127.0.0.1'",
	};
	struct err e = { 0 };
	link_rig.server = server_start(&(struct server_opts){ .tcp = true, .tls = true }, &e);
	for (size_t i = 0; link_rig.server && i < ARRAY_LEN(prepare); i++)
		server_sql(link_rig.server, prepare[i], NULL, 0, &e);
	if (!e.code) return;
	fprintf(stderr, "%s\n", e.text);
	exit(1);
}

void link_rig_stop(void) { server_stop(link_rig.server); }

/* How long this thread has been ready to run while others had the processor: "RAN READY TURNS", in ns. */
static uint64_t ready_ms(void)
{
	unsigned long long ran, ready = 0;
	FILE *f = fopen("/proc/thread-self/schedstat", "re");
	if (!f) return 0;
	if (fscanf(f, "%llu %llu", &ran, &ready) != 2) ready = 0;
	fclose(f);
	return ready / 1000000;
}

static void on_tick(uv_timer_t *t)
{
	static uint64_t ready;
	(void)t;
	uint64_t now = uv_hrtime() / 1000000, was = ready;
	ready = ready_ms();
	uint64_t stood = now - link_rig.last_tick_ms, others = ready > was ? ready - was : 0;
	stood = stood > others ? stood - others : 0;
	if (link_rig.last_tick_ms && stood > link_rig.longest_gap_ms) link_rig.longest_gap_ms = stood;
	link_rig.last_tick_ms = now;
}

unsigned link_gap_limit_ms(void)
{
	const char *slack = getenv("SPOTOP_SLACK");
	return 100 * (slack ? (unsigned)atoi(slack) : 1);
}

void link_rig_open(void)
{
	server_resume(link_rig.server); /* a test that failed may have left it stopped */
	uv_loop_init(&link_rig.loop);
	uv_timer_init(&link_rig.loop, &tick);
	uv_timer_start(&tick, on_tick, 5, 5);
	link_rig.last_tick_ms = link_rig.longest_gap_ms = 0;
	server_conf(link_rig.server, &link_rig.conf);
	link_rig.conf.database = mem_dup("t");
	link_rig.conf.connect_timeout_s = 1;
}

void link_by_tcp(unsigned port, bool is_tls)
{
	struct err e = { 0 };
	free(link_rig.conf.user);
	link_rig.conf.user = mem_dup("net");
	link_rig.conf.password = mem_dup("throw-away");
	link_rig.conf.host = mem_dup("127.0.0.1");
	link_rig.conf.port = port;
	if (is_tls)
		ck_assert_msg(conf_set(&link_rig.conf, "ssl-ca", server_ca(link_rig.server), "test", &e),
		              "%s", e.text);
}

void link_rig_close(void)
{
	uv_close((uv_handle_t *)&tick, NULL);
	for (int i = 0; i < 1000 && uv_run(&link_rig.loop, UV_RUN_ONCE); i++) continue;
	ck_assert_int_eq(uv_loop_close(&link_rig.loop), 0);
	while (!handoff_all_ended()) uv_sleep(1); /* none may be within TLS when the process ends it */
	conf_free(&link_rig.conf);
}

static void keep(void *ctx, struct table *rows, const struct err *e)
{
	struct link_answer *a = ctx;
	a->n++;
	a->rows = rows;
	if (e) a->e = *e;
}

uint64_t link_ask(struct db *db, struct link_answer *a, const char *sql, const struct db_opts *o)
{
	return db_submit_text(db, "test", sql, strlen(sql), o, keep, a);
}

bool link_call(struct db *db, const char *sql, const struct db_opts *o, struct table **t, struct err *e)
{
	return db_call_text(db, sql, strlen(sql), o, t, e);
}

void link_until_answered(struct link_answer *a)
{
	int64_t end = clock_mono_ms() + 30000;
	while (!a->n && clock_mono_ms() < end) uv_run(&link_rig.loop, UV_RUN_ONCE);
	ck_assert_int_eq(a->n, 1);
}

void link_until_phase(struct db *db, enum db_phase phase)
{
	int64_t end = clock_mono_ms() + 30000;
	while (db_status(db).phase != phase && clock_mono_ms() < end) uv_run(&link_rig.loop, UV_RUN_ONCE);
	ck_assert_msg(db_status(db).phase == phase, "%s", db_status(db).last_error);
}

atomic_bool link_is_window_open;
void handoff_seam(void)
{
	if (atomic_load(&link_is_window_open)) uv_sleep(50);
}

void link_until_running(const char *what)
{
	char sql[200], n[16];
	snprintf(sql, sizeof sql,
	         "SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE '%%%s%%' AND id <> "
	         "CONNECTION_ID()",
	         what);
	for (int i = 0; i < 1000; i++) {
		uv_run(&link_rig.loop, UV_RUN_ONCE);
		ck_assert(server_sql(link_rig.server, sql, n, sizeof n, NULL));
		if (strcmp(n, "0") != 0) return;
	}
	ck_abort_msg("%s never ran", what);
}

struct db *link_open_up(enum db_role role)
{
	struct db *db = db_open(&link_rig.loop, &link_rig.conf, role, "test");
	link_until_phase(db, DB_UP);
	return db;
}