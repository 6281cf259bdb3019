/* database.c - the database view's figures on a server that counts statements and keeps a binary log, as those
 * in the field do: the schema installs there too. */
#include "core/base/mem.h"
#include "core/db/db.h"
#include "core/fleet/schema.h"
#include "sql.h"
#include "tests/support/loop.h"
#include "tests/support/server.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

Suite *suite_database(void);
static struct server *server;
static uv_loop_t loop;
static struct db_conf conf;
static struct db *db;

static void start(void)
{
	struct err e = { 0 };
	struct server_opts o = { .extra = "--performance-schema=ON", .extra2 = "--log-bin" };
	server = server_start(&o, &e);
	ck_assert_msg(server != NULL, "%s", e.text);
	uv_loop_init(&loop);
	server_conf(server, &conf);
	db = db_open(&loop, &conf, DB_WRITE, "test");
	ck_assert_msg(schema_install(db, "spot_optimizer", NULL, &e), "%s", e.text);
	db_close_wait(db);
	conf_free(&conf);
	loop_end(&loop);
}
static void stop(void) { server_stop(server); }

static void link_up(void)
{
	uv_loop_init(&loop);
	server_conf(server, &conf);
	free(conf.database);
	conf.database = mem_dup("spot_optimizer");
	db = db_open(&loop, &conf, DB_WRITE, "test");
}
static void link_down(void)
{
	db_close_wait(db);
	conf_free(&conf);
	loop_end(&loop);
}

static struct table *ask(const struct query *q)
{
	struct err e;
	struct table *t;
	ck_assert_msg(db_call(db, q, NULL, 0, NULL, &t, &e), "%s: %s", q->name, e.text);
	return t;
}

static size_t row_of(const struct table *t, const char *col, const char *value)
{
	for (size_t i = 0; i < t->n_rows; i++)
		if (strcmp(table_get(t, i, col), value) == 0) return i;
	ck_abort_msg("no row with %s %s among %zu", col, value, t->n_rows);
	return 0;
}

START_TEST(the_server_is_told_in_one_row_and_what_is_off_says_off)
{
	struct table *t = ask(&sql_queries_database_facts);
	ck_assert_uint_eq(t->n_rows, 1);
	ck_assert_str_eq(table_get(t, 0, "replication"), "binlog on, no replica connected");
	ck_assert_str_eq(table_get(t, 0, "cluster"), "off");
	ck_assert_str_eq(table_get(t, 0, "performance_schema"), "on");
	ck_assert_int_ge(table_int(t, 0, "connections", 0), 1);
	ck_assert(table_dec(t, 0, "buffer_pool_hit", -1) > 0 && table_dec(t, 0, "buffer_pool_hit", 2) <= 1);
	table_free(t);
}
END_TEST

START_TEST(statements_and_indexes_are_counted)
{
	struct err e;
	static const char sql[] = "SELECT COUNT(*) FROM clients WHERE name = 'acme'";
	struct table *t;
	for (int i = 0; i < 7; i++) {
		ck_assert_msg(db_call_text(db, sql, strlen(sql), NULL, &t, &e), "%s", e.text);
		table_free(t);
	}
	t = ask(&sql_queries_database_statements);
	size_t i = row_of(t, "statement", "SELECT COUNT ( * ) FROM `clients` WHERE NAME = ? ");
	ck_assert_int_eq(table_int(t, i, "executions", -1), 7);
	ck_assert(table_dec(t, i, "avg_ms", -1) >= 0 &&
	          table_dec(t, i, "avg_ms", -1) <= table_dec(t, i, "max_ms", -1));
	table_free(t);
	t = ask(&sql_queries_database_indexes);
	i = row_of(t, "index_name", "clients.idx_clients_name");
	ck_assert_int_ge(table_int(t, i, "uses", -1), 0);
	ck_assert_str_eq(table_get(t, i, "columns"), "name");
	ck_assert_str_eq(table_get(t, i, "reason"), "");
	row_of(t, "index_name", "commands.idx_commands_agent_pending"); /* used or not */
	table_free(t);
}
END_TEST

START_TEST(partitions_and_events_say_how_they_stand)
{
	struct err e;
	struct db_opts w = { .is_write = true };
	static const char ahead[] = "CALL partitions_ahead()";
	ck_assert_msg(db_call_text(db, ahead, strlen(ahead), &w, NULL, &e), "%s", e.text);
	struct table *t = ask(&sql_queries_database_partitions);
	size_t i = row_of(t, "table_name", "spot_price_snapshots");
	ck_assert_str_eq(table_get(t, i, "state"), "ok");
	ck_assert_int_ge(table_int(t, i, "hours_ahead", 0), 24);
	ck_assert_int_eq(table_int(t, i, "catch_all_rows", -1), 0);
	table_free(t);
	t = ask(&sql_queries_database_events);
	row_of(t, "event_name", "cleanup_sse_events");
	table_free(t);
}
END_TEST

Suite *suite_database(void)
{
	Suite *s = suite_create("database");
	TCase *tc = tcase_create("figures");
	tcase_add_unchecked_fixture(tc, start, stop);
	tcase_add_checked_fixture(tc, link_up, link_down);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, the_server_is_told_in_one_row_and_what_is_off_says_off);
	tcase_add_test(tc, statements_and_indexes_are_counted);
	tcase_add_test(tc, partitions_and_events_say_how_they_stand);
	suite_add_tcase(s, tc);
	return s;
}
