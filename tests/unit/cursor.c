/* cursor.c - a cursor against an oracle: ids in any order of commit, each is news exactly once. */
#include "core/fleet/cursor.h"
#include "core/base/buf.h"
#include "core/base/err.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *text_of(const struct cursor *c)
{
	static struct buf b;
	buf_cut(&b, 0);
	cursor_format(c, &b);
	return buf_str(&b);
}

START_TEST(gaps_open_fill_and_split)
{
	struct cursor c = { 0 };
	bool late;
	ck_assert(cursor_take(&c, 1, 0, &late));
	ck_assert(cursor_take(&c, 10, 0, &late));
	ck_assert(!late);
	ck_assert_str_eq(text_of(&c), "10/2-9");
	ck_assert(cursor_take(&c, 5, 0, &late));
	ck_assert(late);
	ck_assert_str_eq(text_of(&c), "10/2-4,6-9");
	ck_assert(!cursor_take(&c, 5, 0, &late));
	ck_assert(cursor_take(&c, 2, 0, &late));
	ck_assert(cursor_take(&c, 9, 0, &late));
	ck_assert_str_eq(text_of(&c), "10/3-4,6-8");
	cursor_close(&c, 1, 4, NULL, 0);
	ck_assert_uint_eq(cursor_open(&c), 1);
	cursor_forget(&c, 1);
	ck_assert_str_eq(text_of(&c), "10/6-8");
	cursor_free(&c);
}
END_TEST

START_TEST(text_comes_back_and_nonsense_is_refused)
{
	static const char *const bad[] = { "",      "x",     "-1",   "5/", "5/6",
		                           "5/2-1", "5/3,2", "5/2,", "5 ", "99999999999999999999",
		                           "7/3-9", "5/1/2" };
	struct cursor c = { 0 };
	struct err e;
	ck_assert(cursor_parse(&c, "1203/1188,1190-1192", 0, &e));
	ck_assert_str_eq(text_of(&c), "1203/1188,1190-1192");
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ck_assert_msg(!cursor_parse(&c, bad[i], 0, &e), "'%s' is taken", bad[i]);
	ck_assert_str_eq(text_of(&c), "1203/1188,1190-1192");
	cursor_free(&c);
}
END_TEST

/* Ids commit in a shuffled order, some never; the reader stops and resumes by text at random places. */
START_TEST(each_id_is_news_exactly_once)
{
	enum { N = 400 };
	uint64_t ids[N];
	int seen[N + 1] = { 0 };
	struct cursor c = { 0 };
	bool late;
	struct err e;
	srand((unsigned)_i + 1);
	for (int i = 0; i < N; i++) ids[i] = (uint64_t)i + 1;
	for (int i = 0; i + 1 < N; i++) {
		int j = i + rand() % (N - i < 20 ? N - i : 20);
		uint64_t tmp = ids[i];
		ids[i] = ids[j];
		ids[j] = tmp;
	}
	for (int i = 0; i < N; i++) {
		if (ids[i] % 7 == 0) continue; /* rolled back */
		for (int k = 0; k <= i; k++)   /* a poll reads whatever is there */
			if (ids[k] % 7 && (k == i || rand() % 10 == 0))
				seen[ids[k]] += cursor_take(&c, ids[k], 0, &late);
		if (rand() % 20 == 0) {
			char text[8000];
			snprintf(text, sizeof text, "%s", text_of(&c));
			ck_assert(cursor_parse(&c, text, 0, &e));
		}
	}
	for (int id = 1; id <= N; id++) ck_assert_int_eq(seen[id], id % 7 != 0);
	cursor_free(&c);
}
END_TEST

Suite *suite_cursor(void);
Suite *suite_cursor(void)
{
	Suite *s = suite_create("cursor");
	TCase *t = tcase_create("gaps");
	tcase_add_test(t, gaps_open_fill_and_split);
	tcase_add_test(t, text_comes_back_and_nonsense_is_refused);
	tcase_add_loop_test(t, each_id_is_news_exactly_once, 0, 20);
	suite_add_tcase(s, t);
	return s;
}
