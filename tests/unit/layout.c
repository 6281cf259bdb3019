/* layout.c - which columns are shown, and how wide. */
#include "tui/layout.h"
#include <check.h>
#include <stdbool.h>

START_TEST(the_highest_rank_goes_first_and_rank_0_never)
{
	struct layout_col c[] = { { .min = 10 }, { .min = 10, .rank = 2 }, { .min = 10, .rank = 1 } };
	layout_columns(c, 3, 25, 2, 0);
	ck_assert_int_eq(c[1].width, 0);
	ck_assert_int_eq(c[2].width, 10);
	ck_assert_int_eq(c[2].x, 12);
	layout_columns(c, 3, 8, 2, 0);
	ck_assert_int_eq(c[2].width, 0);
	ck_assert_int_eq(c[0].width, 8);
}
END_TEST

START_TEST(room_goes_to_wishes_then_to_flexible_ones)
{
	struct layout_col c[] = { { .min = 5, .want = 8 }, { .min = 5, .flex = 1 }, { .min = 5, .flex = 2 } };
	layout_columns(c, 3, 30, 1, 0);
	ck_assert_int_eq(c[0].width, 8);
	ck_assert_int_eq(c[0].width + c[1].width + c[2].width + 2, 30);
	ck_assert_int_gt(c[2].width, c[1].width);
}
END_TEST

START_TEST(a_name_takes_no_more_than_twice_its_wish)
{
	struct layout_col c[] = { { .min = 5, .want = 14, .flex = 1 }, { .min = 5 } };
	struct layout_col text[] = { { .min = 5, .want = 14, .flex = 1 },
		                     { .min = 5, .want = 40, .flex = 1 } };
	layout_columns(c, 2, 200, 2, 0);
	ck_assert_int_eq(c[0].width, 28);
	layout_columns(text, 2, 200, 2, 0);
	ck_assert_int_le(text[0].width, 28);
	ck_assert_int_eq(text[1].x + text[1].width, 200);
}
END_TEST

START_TEST(scrolling_keeps_the_first)
{
	struct layout_col c[] = { { .min = 5 }, { .min = 5 }, { .min = 5 }, { .min = 5 } };
	layout_columns(c, 4, 40, 1, 2);
	ck_assert_int_eq(c[0].width, 5);
	ck_assert_int_eq(c[1].width, 0);
	ck_assert_int_eq(c[2].width, 0);
	ck_assert_int_eq(c[3].x, 6);
}
END_TEST

START_TEST(never_wider_than_the_room)
{
	for (int total = 0; total < 120; total++)
		for (int skip = 0; skip < 5; skip++) {
			struct layout_col c[] = { { .min = 9, .want = 14 },
				                  { .min = 7 },
				                  { .min = 12, .flex = 1, .rank = 3 },
				                  { .min = 4, .rank = 1 },
				                  { .min = 20, .flex = 3 } };
			layout_columns(c, 5, total, 2, skip);
			for (int i = 0; i < 5; i++)
				if (c[i].width > 0) ck_assert_int_le(c[i].x + c[i].width, total);
			if (total > 0) ck_assert_int_gt(c[0].width, 0);
		}
}
END_TEST

/* The first column names the row, a text says what it is about: these grow before the others. */
START_TEST(a_text_grows_before_the_labels)
{
	struct layout_col c[] = { { .min = 6, .want = 10 },
		                  { .min = 6, .want = 20 },
		                  { .min = 10, .want = 30, .flex = 1 },
		                  { .min = 6, .want = 12 } };
	layout_columns(c, 4, 28 + 3 + 20, 1, 0);
	ck_assert_int_eq(c[0].width, 10);
	ck_assert_int_eq(c[2].width, 26);
	ck_assert_int_eq(c[1].width, 6);
	ck_assert_int_eq(c[3].width, 6);
}
END_TEST

/* All columns pass by the first one, none of them cut but one that is wider than the screen. */
START_TEST(all_columns_scroll_by_the_first)
{
	enum { N = 9 };
	for (int total = 8; total < 90; total++)
		for (int skip = 0; skip < N - 1; skip++) {
			struct layout_col c[N];
			for (int i = 0; i < N; i++)
				c[i] = (struct layout_col){ .min = 5 + i, .want = 8 + i % 3 * 4, .rank = i };
			int last = layout_scrolled(c, N, total, 2, skip), end = 0;
			for (int i = 0; i < N; i++) {
				bool is_shown = c[i].width > 0;
				ck_assert_msg(is_shown == (i == 0 || (i > skip && i <= last)),
				              "%d of %d from %d", i, total, skip);
				if (!is_shown) continue;
				ck_assert_msg(c[i].width >= c[i].min || i == skip + 1 || i == 0, "%d is cut",
				              i);
				ck_assert_int_ge(c[i].x, end);
				end = c[i].x + c[i].width + 2;
			}
			ck_assert_int_le(end - 2, total);
		}
}
END_TEST

Suite *suite_layout(void);
Suite *suite_layout(void)
{
	Suite *s = suite_create("layout");
	TCase *t = tcase_create("columns");
	tcase_add_test(t, the_highest_rank_goes_first_and_rank_0_never);
	tcase_add_test(t, room_goes_to_wishes_then_to_flexible_ones);
	tcase_add_test(t, a_name_takes_no_more_than_twice_its_wish);
	tcase_add_test(t, scrolling_keeps_the_first);
	tcase_add_test(t, never_wider_than_the_room);
	tcase_add_test(t, a_text_grows_before_the_labels);
	tcase_add_test(t, all_columns_scroll_by_the_first);
	suite_add_tcase(s, t);
	return s;
}
