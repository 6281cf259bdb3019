/* rows.c - the cursor is on a row, not on a number. */
#include "tui/rows.h"
#include <check.h>
#include <stdio.h>
#include <string.h>

static const char *key_at(const void *ctx, size_t i) { return ((const char *const *)ctx)[i]; }
static struct rows r;
static void setup(void)
{
	r = (struct rows){ 0 };
	rows_set_height(&r, 3);
}
static void teardown(void) { rows_free(&r); }

START_TEST(follows_its_row_when_rows_above_vanish)
{
	const char *five[] = { "a", "b", "c", "d", "e" }, *three[] = { "c", "d", "e" };
	rows_changed(&r, 5, key_at, five);
	rows_to(&r, 3, key_at, five);
	rows_changed(&r, 3, key_at, three);
	ck_assert_str_eq(r.key, "d");
	ck_assert_uint_eq(r.cursor, 1);
}
END_TEST

START_TEST(stays_near_when_its_row_is_gone)
{
	const char *five[] = { "a", "b", "c", "d", "e" }, *four[] = { "a", "b", "c", "d" };
	rows_changed(&r, 5, key_at, five);
	rows_to(&r, 4, key_at, five);
	rows_changed(&r, 4, key_at, four);
	ck_assert_str_eq(r.key, "d");
	rows_changed(&r, 0, key_at, four);
	ck_assert_str_eq(r.key, "");
	rows_move(&r, 1, key_at, four);
	ck_assert_uint_eq(r.cursor, 0);
}
END_TEST

START_TEST(keeps_its_height_on_the_screen_when_rows_come_above)
{
	const char *before[] = { "d", "e", "f", "g", "h", "i" };
	const char *after[] = { "a", "b", "c", "d", "e", "f", "g", "h", "i" };
	rows_changed(&r, 6, key_at, before);
	rows_to(&r, 1, key_at, before);
	size_t line = r.cursor - r.top;
	rows_changed(&r, 9, key_at, after);
	ck_assert_str_eq(r.key, "e");
	ck_assert_uint_eq(r.cursor - r.top, line);
}
END_TEST

START_TEST(scrolls_and_stops_at_the_ends)
{
	const char *five[] = { "a", "b", "c", "d", "e" };
	rows_changed(&r, 5, key_at, five);
	rows_move(&r, 3, key_at, five);
	ck_assert_uint_eq(r.top, 1);
	rows_move(&r, 1000000, key_at, five);
	ck_assert_str_eq(r.key, "e");
	rows_move(&r, -1000000, key_at, five);
	ck_assert_str_eq(r.key, "a");
	ck_assert_uint_eq(r.top, 0);
}
END_TEST

START_TEST(marks_survive_and_the_hidden_are_counted)
{
	const char *five[] = { "a", "b", "c", "d", "e" }, *two[] = { "b", "e" };
	rows_changed(&r, 5, key_at, five);
	rows_mark(&r, "b", true);
	rows_mark(&r, "a", true);
	rows_mark(&r, "a", true);
	ck_assert_uint_eq(r.n_marks, 2);
	rows_changed(&r, 2, key_at, two);
	ck_assert(rows_is_marked(&r, "a"));
	ck_assert_uint_eq(rows_marks_hidden(&r, key_at, two), 1);
	rows_mark(&r, "a", false);
	ck_assert_uint_eq(rows_marks_hidden(&r, key_at, two), 0);
	rows_clear_marks(&r);
	ck_assert(!rows_is_marked(&r, "b"));
}
END_TEST

START_TEST(finds_a_key)
{
	const char *five[] = { "a", "b", "c", "d", "e" };
	rows_changed(&r, 5, key_at, five);
	ck_assert(rows_find_key(&r, "d", key_at, five));
	ck_assert_uint_eq(r.cursor, 3);
	ck_assert(!rows_find_key(&r, "z", key_at, five));
}
END_TEST

Suite *suite_rows(void);
Suite *suite_rows(void)
{
	Suite *s = suite_create("rows");
	TCase *t = tcase_create("cursor");
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, follows_its_row_when_rows_above_vanish);
	tcase_add_test(t, stays_near_when_its_row_is_gone);
	tcase_add_test(t, keeps_its_height_on_the_screen_when_rows_come_above);
	tcase_add_test(t, scrolls_and_stops_at_the_ends);
	tcase_add_test(t, marks_survive_and_the_hidden_are_counted);
	tcase_add_test(t, finds_a_key);
	suite_add_tcase(s, t);
	return s;
}
