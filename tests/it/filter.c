/* filter.c - one filter, two readers: the rows that match here are the rows that the server returns. */
#include "core/db/filter.h"
#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/db/db.h"
#include "tests/support/server.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

Suite *suite_filter(void);
static struct server *server;

static void start_server(void)
{
	struct err e = { 0 };
	server = server_start(NULL, &e);
	if (server) return;
	fprintf(stderr, "%s\n", e.text);
	exit(1);
}
static void stop_server(void) { server_stop(server); }

static const struct filter_col cols[] = { { "id", CELL_INT, false },
	                                  { "name", CELL_TEXT, true },
	                                  { "price", CELL_DEC, true },
	                                  { "up", CELL_BOOL, false },
	                                  { "at", CELL_TIME, false } };
static const struct query rows = {
	"test/rows",
	"SELECT 1 AS id, 'r3.large' AS name, 0.0228 AS price, TRUE AS up, TIMESTAMP'2026-11-22 12:00:00' AS "
	"at "
	"UNION ALL SELECT 2, 'R3.Large', 0.1, FALSE, TIMESTAMP'2026-11-22 13:00:00' "
	"UNION ALL SELECT 3, NULL, NULL, NULL, NULL "
	"UNION ALL SELECT 4, 'a b|c \\'q\\' 100% \\\\ x_y', -5, TRUE, TIMESTAMP'2020-01-01 00:00:00' "
	"UNION ALL SELECT 12345678901234, 'caf\xC3\xA9', 1000000, FALSE, TIMESTAMP'2026-11-22 12:00:01' "
	"UNION ALL SELECT 12345678901235, 'cafe ', 1e3, TRUE, TIMESTAMP'2026-11-22 12:00:00'",
	NULL, 0
};
static const char *const filters[] = { "r3",
	                               "name=r3.large",
	                               "!name=r3.large",
	                               "name:LARGE",
	                               "price>0.05",
	                               "!price>0.05",
	                               "price<=1k",
	                               "up=yes",
	                               "!up=yes",
	                               "at>=2026-11-22T12:00:01Z",
	                               "!at<2026-11-22",
	                               "at>1000d",
	                               "id=12345678901234",
	                               "id>12345678901234",
	                               "\"a b|c\"",
	                               "name:%",
	                               "name:_",
	                               "name:\\",
	                               "name:'q'",
	                               "name:cafe",
	                               "name=cafe",
	                               "name~^r3",
	                               "name~\"^(r|c).*[e9]$\"",
	                               "name~\\d",
	                               "name~(?<=r)3",
	                               "name~^CAF\\w$",
	                               "name~\\p{Lu}|3$",
	                               "name~\"^(\\p{^Lt}|3)+$\"",
	                               "name~\\P{Ll}3",
	                               "name~\"\\Q\\p{Lu}\\E|\\\\p{Lu}\"",
	                               "name~^(?-i:\\p{Lu})",
	                               "!name~[[:alpha:]]{3}",
	                               "r3|caf\xC3\xA9 !up=no",
	                               "name>b",
	                               "name<b",
	                               "!absent-word",
	                               "price=0.1" };

START_TEST(here_and_there_agree)
{
	struct err e = { 0 };
	struct db_conf conf;
	struct table *all, *some;
	struct buf sql = BUF_EMPTY;
	size_t here = 0;
	server_conf(server, &conf);
	struct db *db = db_open(uv_default_loop(), &conf, DB_READ, "test");
	struct filter *f = filter_parse(filters[_i], cols, ARRAY_LEN(cols), &e);
	ck_assert_msg(f != NULL, "%s: %s", filters[_i], e.text);
	ck_assert_msg(db_call(db, &rows, NULL, 0, NULL, &all, &e), "%s", e.text);
	struct compose c = { .query = &rows, .filter = f, .key = "id" };
	ck_assert(compose_select(&sql, &c, &e));
	ck_assert_msg(db_call_text(db, sql.s, sql.len, NULL, &some, &e), "%s: %s", filters[_i], e.text);
	for (size_t i = 0; i < all->n_rows; i++) {
		bool is_there = false;
		for (size_t k = 0; k < some->n_rows; k++)
			is_there = is_there || strcmp(table_get(all, i, "id"), table_get(some, k, "id")) == 0;
		ck_assert_msg(filter_match(f, all, i) == is_there, "'%s', id %s: %s", filters[_i],
		              table_get(all, i, "id"), sql.s);
		here += is_there;
	}
	ck_assert_uint_eq(here, some->n_rows);
	table_free(all);
	table_free(some);
	filter_free(f);
	buf_free(&sql);
	db_close_wait(db);
	conf_free(&conf);
}
END_TEST

/* What needs more steps than the library takes is no row less: it is an error, here and there, the count's too. */
START_TEST(a_pattern_that_gives_up_is_an_error)
{
	static const struct query slow = {
		.name = "test/slow", .text = "SELECT 1 AS id, REPEAT('a', 40) AS name, 0 AS price, 1 AS up"
	};
	struct err e = { 0 };
	struct db_conf conf;
	struct table *t = NULL;
	server_conf(server, &conf);
	struct db *db = db_open(uv_default_loop(), &conf, DB_READ, "test");
	struct filter *f = filter_parse("name~\"^(a+)+[bc]\"", cols, ARRAY_LEN(cols), &e);
	struct compose c = { .query = &slow, .filter = f, .key = "id" };
	for (int is_count = 0; is_count < 2; is_count++) {
		struct buf sql = BUF_EMPTY;
		ck_assert(is_count ? compose_count(&sql, &c, &e) : compose_select(&sql, &c, &e));
		ck_assert(!db_call_text(db, sql.s, sql.len, NULL, &t, &e));
		ck_assert_int_eq(e.code, ERR_USAGE);
		ck_assert_str_eq(e.text, "the pattern gave up on a value: write a simpler one");
		buf_free(&sql);
	}
	ck_assert(!filter_gave_up(f, &e));
	ck_assert_msg(db_call(db, &slow, NULL, 0, NULL, &t, &e), "%s", e.text);
	ck_assert(!filter_match(f, t, 0));
	ck_assert(filter_gave_up(f, &e));
	ck_assert_msg(strstr(e.text, "'^(a+)+[bc]' gave up on a value (match limit exceeded)") != NULL, "%s",
	              e.text);
	table_free(t);
	filter_free(f);
	db_close_wait(db);
	conf_free(&conf);
}
END_TEST

START_TEST(what_is_no_pattern_is_told_before_anything_is_sent)
{
	struct err e = { 0 };
	ck_assert(!filter_parse("name~a(b", cols, ARRAY_LEN(cols), &e));
	ck_assert_int_eq(e.code, ERR_USAGE);
	ck_assert_str_eq(e.text,
	                 "'a(b' is not a regular expression: missing closing parenthesis, at its byte 3");
	/* of those that may stand at a pattern's start alone, where the server has another word before them */
	static const char *const verbs[] = { "(*UTF)a", "(*UCP)a", "(*CRLF)a", "(*LIMIT_MATCH=1)a" };
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
		char *text = mem_printf("name~%s", verbs[i]);
		ck_assert(!filter_parse(text, cols, ARRAY_LEN(cols), &e));
		ck_assert_msg(e.code == ERR_USAGE && strstr(e.text, "is not a regular expression: (*VERB)"),
		              "%s", e.text);
		free(text);
	}
}
END_TEST

/* Pages of two, forwards to the end and back again, give each row once in one order. */
START_TEST(pages_lose_and_repeat_nothing)
{
	struct err e = { 0 };
	struct db_conf conf;
	char seen[400] = "", key[32] = "", sort[64] = "";
	bool is_null = false;
	server_conf(server, &conf);
	struct db *db = db_open(uv_default_loop(), &conf, DB_READ, "test");
	for (int page = 0; page < 5; page++) {
		struct table *t;
		struct buf sql = BUF_EMPTY;
		struct compose c = { .query = &rows,
			             .sort = "price",
			             .is_desc = _i,
			             .key = "id",
			             .limit = 2,
			             .after_key = page ? key : NULL,
			             .after_sort = sort,
			             .after_is_null = is_null };
		ck_assert(compose_select(&sql, &c, &e));
		ck_assert_msg(db_call_text(db, sql.s, sql.len, NULL, &t, &e), "%s", e.text);
		for (size_t i = 0; i < t->n_rows; i++) {
			const char *p = table_get(t, i, "price");
			snprintf(key, sizeof key, "%s", table_get(t, i, "id"));
			snprintf(sort, sizeof sort, "%s", p ? p : "");
			is_null = !p;
			snprintf(seen + strlen(seen), sizeof seen - strlen(seen), "%s ", key);
		}
		table_free(t);
		buf_free(&sql);
	}
	ck_assert_str_eq(seen, _i ? "12345678901234 12345678901235 2 1 4 3 "
	                          : "4 1 2 12345678901235 12345678901234 3 ");
	db_close_wait(db);
	conf_free(&conf);
}
END_TEST

Suite *suite_filter(void)
{
	Suite *s = suite_create("filter");
	TCase *tc = tcase_create("filter");
	tcase_add_unchecked_fixture(tc, start_server, stop_server);
	tcase_add_loop_test(tc, here_and_there_agree, 0, (int)ARRAY_LEN(filters));
	tcase_add_loop_test(tc, pages_lose_and_repeat_nothing, 0, 2);
	tcase_add_test(tc, a_pattern_that_gives_up_is_an_error);
	tcase_add_test(tc, what_is_no_pattern_is_told_before_anything_is_sent);
	suite_add_tcase(s, tc);
	return s;
}
