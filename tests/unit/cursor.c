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
	cursor_format(c, false, &b);
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
	static const char *const bad[] = { "",
		                           "x",
		                           "-1",
		                           "5/",
		                           "5/6",
		                           "5/2-1",
		                           "5/3,2",
		                           "5/2,",
		                           "5 ",
		                           "99999999999999999999",
		                           "7/3-9",
		                           "5/1/2",
		                           "9/2-8~1",
		                           "9/2-8~",
		                           "9/2-4,3",
		                           "9/2-8~99999",
		                           "5@",
		                           "5@12",
		                           "5@0000000000000000",
		                           "5@5f0c00aa000000011",
		                           "5@5F0C00AA00000001" };
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

/* The sign is the mark's row's: another mark has none until somebody says it. */
START_TEST(a_sign_is_of_one_row)
{
	static const struct {
		const char *from;
		uint64_t to;
		const char *is;
	} cuts[] = {
		{ "12/3,7-9@5f0c00aa00000001", 12, "12/3,7-9@5f0c00aa00000001" },
		{ "12/3,7-9@5f0c00aa00000001", 11, "11/3,7-9@0000000000000007" },
		{ "12/3,7-9@5f0c00aa00000001", 5, "5/3@0000000000000007" },
		{ "12/3,7-9@5f0c00aa00000001", 8, "6/3" }, /* it has not seen 8, though others have */
		{ "12/3,7-9@5f0c00aa00000001", 3, "2" },
		{ "2@5f0c00aa00000001", 3, "2@5f0c00aa00000001" },
	};
	struct cursor c = { 0 };
	struct err e;
	bool is_late;
	for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
		ck_assert(cursor_parse(&c, cuts[i].from, 0, &e));
		ck_assert_str_eq(text_of(&c), cuts[i].from);
		cursor_cut(&c, cuts[i].to, 7);
		ck_assert_str_eq(text_of(&c), cuts[i].is);
	}
	ck_assert(cursor_take(&c, 3, 0, &is_late));
	ck_assert_str_eq(text_of(&c), "3");
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

/* Slices go over all gaps in turn, open and closed apart; what is busy stays open. */
START_TEST(slices_cover_every_gap)
{
	struct cursor c = { 0 };
	struct buf b = BUF_EMPTY;
	bool late;
	uint64_t hi, busy[] = { 7 };
	for (uint64_t id = 2; id <= 20; id += 2)
		cursor_take(&c, id, 0, &late); /* 1, 3, 5 ... 19 are missing */
	cursor_close(&c, 3, 9, busy, 1);
	ck_assert_uint_eq(cursor_open(&c), 7);
	ck_assert(!cursor_slice(&c, false, 0, 3, &b, &hi));
	ck_assert_str_eq(buf_str(&b), "[1,1],[7,7],[11,11]");
	ck_assert_uint_eq(hi, 11);
	ck_assert(cursor_slice(&c, false, hi + 1, 10, &b, &hi));
	ck_assert_str_eq(buf_str(&b), "[1,1],[7,7],[11,11],[13,13],[15,15],[17,17],[19,19]");
	buf_cut(&b, 0);
	ck_assert(cursor_slice(&c, true, 0, 3, &b, &hi));
	ck_assert_str_eq(buf_str(&b), "[3,3],[5,5],[9,9]");
	ck_assert(cursor_misses(&c, 7) && cursor_misses(&c, 21) && !cursor_misses(&c, 8));
	cursor_free(&c);
	buf_free(&b);
}
END_TEST

/* Of three servers one hands out ids, then two by turns: what the others do not is a few words, and comes back whole. */
START_TEST(what_other_servers_do_not_hand_out_is_a_few_words)
{
	struct cursor c = { .step = 3 }, back = { 0 };
	struct err e;
	bool late;
	for (uint64_t id = 1; id <= 3000; id += 3) cursor_take(&c, id, 0, &late);
	ck_assert_uint_eq(c.n, 999);
	ck_assert_str_eq(text_of(&c), "2998/2-2996~3,3-2997~3");
	for (uint64_t id = 3001; id <= 6000; id += 3) { /* the second's come in pairs */
		cursor_take(&c, id, 0, &late);
		if (id % 2) cursor_take(&c, id + 1, 0, &late), cursor_take(&c, id - 2, 0, &late);
	}
	ck_assert_uint_lt(strlen(text_of(&c)), 60);
	ck_assert_msg(cursor_parse(&back, text_of(&c), 0, &e), "%s: %s", text_of(&c), e.text);
	for (uint64_t id = 1; id <= 6010; id++)
		ck_assert_int_eq(cursor_misses(&back, id), cursor_misses(&c, id));
	ck_assert_uint_eq(back.n, c.n);
	cursor_free(&c);
	cursor_free(&back);
}
END_TEST

/* A cursor has to fit a header: of many closed gaps the oldest are left out, an open one never. */
START_TEST(its_text_is_bounded)
{
	struct cursor c = { 0 }, back = { 0 };
	bool late;
	struct err e;
	for (uint64_t id = 2; id <= 4000; id += 2) cursor_take(&c, id, 0, &late);
	cursor_close(&c, 2, 4000, NULL, 0); /* all but the first */
	ck_assert(cursor_parse(&back, text_of(&c), 0, &e));
	ck_assert_uint_eq(back.n, CURSOR_TEXT_GAPS);
	ck_assert_uint_eq(back.gaps[0].lo, 1);
	ck_assert_uint_eq(back.gaps[back.n - 1].lo, 3999);
	cursor_free(&c);
	for (uint64_t id = 2; id <= 4000; id += 2) cursor_take(&c, id, 0, &late);
	struct buf b = BUF_EMPTY; /* all of them open: whole for a file, in a header the oldest as one */
	cursor_format(&c, true, &b);
	ck_assert(cursor_parse(&back, buf_str(&b), 0, &e));
	ck_assert_uint_eq(back.n, CURSOR_TEXT_GAPS);
	for (uint64_t id = 1; id <= 3999; id += 2) ck_assert(cursor_misses(&back, id));
	ck_assert_uint_eq(back.gaps[back.n - 1].lo, 3999);
	ck_assert(cursor_parse(&back, text_of(&c), 0, &e));
	ck_assert_uint_eq(back.n, 2000);
	buf_free(&b);
	cursor_free(&c);
	cursor_free(&back);
}
END_TEST

/* The short form says the same; where even that is long, the oldest are one range and none is lost. */
START_TEST(its_short_text_fits_a_header)
{
	static const char *const same[][2] = { { "1203/1188,+2-2", "1203/1188,1190-1192" },
		                               { "1203/3-10,+20,+1000", "1203/3-10,23,1023" },
		                               { "90/3-9~3,+1-3~3,+10-4~2", "90/3-4,6-7,9,14,16,18" } };
	static const char *const bad[] = { "9/+2",
		                           "9/1,+0",
		                           "9/1,+9",
		                           "9/1,+2-9",
		                           "9/1,+",
		                           "9/1,+18446744073709551614",
		                           "9/1,+1-18446744073709551614" };
	struct cursor c = { 0 }, back = { 0 };
	struct err e;
	bool late;
	for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
		ck_assert_msg(cursor_parse(&c, same[i][0], 0, &e), "'%s' is refused", same[i][0]);
		ck_assert_str_eq(text_of(&c), same[i][1]);
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ck_assert_msg(!cursor_parse(&c, bad[i], 0, &e), "'%s' is taken", bad[i]);
	cursor_free(&c);
	for (uint64_t id = 4000000000; id < 9000000000; id += 20000001) cursor_take(&c, id, 0, &late);
	struct buf b = BUF_EMPTY;
	cursor_format(&c, true, &b);
	ck_assert_uint_le(b.len, CURSOR_TEXT_BYTES);
	ck_assert(cursor_parse(&back, buf_str(&b), 0, &e));
	ck_assert_uint_eq(back.high, c.high);
	for (size_t i = 0; i < c.n; i++) {
		ck_assert(cursor_misses(&back, c.gaps[i].lo));
		ck_assert(cursor_misses(&back, c.gaps[i].hi));
	}
	buf_free(&b);
	cursor_free(&c);
	cursor_free(&back);
}
END_TEST

/* Ids are missing after all: what is above the mark or missing already stays as it is. */
START_TEST(missing_after_all)
{
	struct cursor c = { 0 };
	struct err e;
	ck_assert(cursor_parse(&c, "20/5-6,10", 0, &e));
	ck_assert(!cursor_miss(&c, 5, 5, 9) && !cursor_miss(&c, 21, 30, 9));
	ck_assert(cursor_miss(&c, 3, 11, 9));
	ck_assert_str_eq(text_of(&c), "20/3-4,5-6,7-9,10,11");
	ck_assert(cursor_miss(&c, 19, 40, 9));
	for (uint64_t id = 1; id <= 22; id++)
		ck_assert_int_eq(cursor_misses(&c, id), (id >= 3 && id <= 11) || id >= 19);
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
	tcase_add_test(t, a_sign_is_of_one_row);
	tcase_add_loop_test(t, each_id_is_news_exactly_once, 0, 20);
	tcase_add_test(t, slices_cover_every_gap);
	tcase_add_test(t, what_other_servers_do_not_hand_out_is_a_few_words);
	tcase_add_test(t, its_text_is_bounded);
	tcase_add_test(t, its_short_text_fits_a_header);
	tcase_add_test(t, missing_after_all);
	suite_add_tcase(s, t);
	return s;
}
