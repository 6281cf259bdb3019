/* edit.c - one line being typed. */
#include "tui/edit.h"
#include "tui/key.h"
#include <check.h>
#include <locale.h>

static struct edit ed;
static void setup(void)
{
	setlocale(LC_CTYPE, "C.UTF-8");
	ed = (struct edit){ 0 };
}
static void teardown(void) { edit_free(&ed); }
#define TEXT(want) ck_assert_str_eq(buf_str(&ed.text), want)

START_TEST(typing_and_moving_by_characters)
{
	edit_set(&ed, "az:é1");
	edit_key(&ed, KEY_LEFT_);
	edit_key(&ed, KEY_LEFT_);
	ck_assert_int_eq(edit_key(&ed, 0x65e5), EDIT_CHANGED);
	TEXT("az:日é1");
	edit_key(&ed, KEY_DEL_);
	edit_key(&ed, KEY_BACKSPACE_);
	TEXT("az:1");
	edit_key(&ed, KEY_HOME_);
	edit_key(&ed, KEY_BACKSPACE_);
	TEXT("az:1");
}
END_TEST

START_TEST(words_and_ends)
{
	edit_set(&ed, "az:1a state:crit");
	edit_key(&ed, KEY_CTRL('w'));
	TEXT("az:1a ");
	edit_key(&ed, KEY_CTRL('a'));
	edit_key(&ed, KEY_CTRL('k'));
	TEXT("");
	edit_key(&ed, KEY_CTRL('u'));
	TEXT("");
}
END_TEST

START_TEST(a_paste_is_text)
{
	edit_insert(&ed, "a\nb\033[A\x07"
	                 "c\xff\td");
	TEXT("a b[Ac d");
}
END_TEST

START_TEST(other_keys_are_told_apart)
{
	ck_assert_int_eq(edit_key(&ed, KEY_ENTER_), EDIT_DONE);
	ck_assert_int_eq(edit_key(&ed, KEY_ESC_), EDIT_LEFT);
	ck_assert_int_eq(edit_key(&ed, KEY_TAB_), EDIT_COMPLETE);
	ck_assert_int_eq(edit_key(&ed, KEY_F5_), EDIT_NOT_MINE);
}
END_TEST

START_TEST(the_cursor_stays_in_sight)
{
	struct grid g;
	struct buf out = BUF_EMPTY;
	grid_init(&g, 1, 10);
	edit_set(&ed, "0123456789abc");
	edit_paint(&ed, &g, 0, 2, 6, ST_INPUT);
	ck_assert_int_eq(g.cur_x, 7);
	grid_dump(&g, &out);
	ck_assert_str_eq(buf_str(&out), "  89abc\n");
	edit_key(&ed, KEY_HOME_);
	edit_paint(&ed, &g, 0, 2, 6, ST_INPUT);
	ck_assert_int_eq(g.cur_x, 2);
	buf_free(&out);
	grid_free(&g);
}
END_TEST

Suite *suite_edit(void);
Suite *suite_edit(void)
{
	Suite *s = suite_create("edit");
	TCase *t = tcase_create("line");
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, typing_and_moving_by_characters);
	tcase_add_test(t, words_and_ends);
	tcase_add_test(t, a_paste_is_text);
	tcase_add_test(t, other_keys_are_told_apart);
	tcase_add_test(t, the_cursor_stays_in_sight);
	suite_add_tcase(s, t);
	return s;
}
