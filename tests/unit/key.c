/* key.c - keys by name, and bytes to keys: no escape sequence ever becomes letters. */
#include "tui/input.h"
#include <check.h>
#include <string.h>

START_TEST(every_name_reads_back)
{
	const char *names[] = { "a",    "A",     "C-r",     "Enter",     "F5",  "F12", "S-Tab",
		                "PgDn", "Space", "C-Space", "C-\\",      "Esc", "Up",  "S-Up",
		                "é",    "?",     "-",       "Backspace", "Del" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char name[24];
		ck_assert_msg(key_parse(names[i]) != KEY_NONE_, "%s", names[i]);
		ck_assert_str_eq(key_name(key_parse(names[i]), name, sizeof name), names[i]);
	}
	ck_assert_int_eq(key_parse("S-o"), 'O');
	ck_assert_int_eq(key_parse("c-R"), KEY_CTRL('r'));
	const char *no[] = { "", "ab", "C-", "F13", "C-é", "S-" };
	for (size_t i = 0; i < sizeof no / sizeof *no; i++) ck_assert_int_eq(key_parse(no[i]), KEY_NONE_);
}
END_TEST

static struct input in;
static void setup(void) { in = (struct input){ 0 }; }
static void teardown(void) { input_free(&in); }
static void feed(const char *s, int64_t now) { input_add(&in, s, strlen(s), now); }
static int next(int64_t now)
{
	int wait;
	return input_next(&in, now, &wait);
}

START_TEST(known_sequences_are_keys)
{
	feed("\033[A\033OB\033[5~\033[1;2A\033[Z\033[15~\xc3\xa9j", 1000);
	const int want[] = {
		KEY_UP_, KEY_DOWN_, KEY_PGUP_, KEY_SUP_, KEY_BTAB_, KEY_F5_, 0xe9, 'j', KEY_NONE_
	};
	for (size_t i = 0; i < sizeof want / sizeof *want; i++) ck_assert_int_eq(next(1000), want[i]);
}
END_TEST

START_TEST(unknown_sequences_are_swallowed)
{
	feed("\033[?1;2c\033[99;5u\033]11;rgb:00/00/00\033\\\033P1$r0m\033\\\033[>0;10;1c\033[201~\xff\xfex",
	     1000);
	ck_assert_int_eq(next(1000), 'x');
	ck_assert_int_eq(next(1000), KEY_NONE_);
}
END_TEST

START_TEST(a_lone_esc_waits_sixty_ms)
{
	int wait;
	feed("\033", 1000);
	ck_assert_int_eq(input_next(&in, 1010, &wait), KEY_NONE_);
	ck_assert_int_eq(wait, 50);
	ck_assert_int_eq(input_next(&in, 1060, &wait), KEY_ESC_);
	ck_assert_int_eq(wait, -1);
}
END_TEST

START_TEST(an_arrow_key_cut_in_two_is_an_arrow_key)
{
	feed("\033", 1000);
	ck_assert_int_eq(next(1001), KEY_NONE_);
	feed("[A", 1040);
	ck_assert_int_eq(next(1040), KEY_UP_);
	feed("\033[", 2000); /* cut after the bracket, for 300 ms */
	ck_assert_int_eq(next(2100), KEY_NONE_);
	feed("B", 2300);
	ck_assert_int_eq(next(2300), KEY_DOWN_);
	feed("\033", 5000); /* cut after ESC, for 300 ms: Esc was told, but no letter follows */
	ck_assert_int_eq(next(5060), KEY_ESC_);
	feed("[A", 5300);
	ck_assert_int_eq(next(5300), KEY_UP_);
	ck_assert_int_eq(next(5300), KEY_NONE_);
	feed("\033[", 9000); /* never completed: dropped */
	ck_assert_int_eq(next(10001), KEY_NONE_);
	feed("j", 10100);
	ck_assert_int_eq(next(10100), 'j');
}
END_TEST

START_TEST(a_paste_is_one_key_and_its_text)
{
	feed("\033[200~y\r\n\x03\033[Aq", 1000);
	ck_assert_int_eq(next(1000), KEY_NONE_);
	feed("\033[20", 1100);
	ck_assert_int_eq(next(1100), KEY_NONE_);
	feed("1~j", 1200);
	ck_assert_int_eq(next(1200), KEY_PASTE_);
	ck_assert_str_eq(buf_str(&in.paste), "y\n\n\x03\033[Aq");
	ck_assert_int_eq(next(1200), 'j');
}
END_TEST

START_TEST(a_paste_without_end_is_bounded)
{
	static char big[100000];
	memset(big, 'y', sizeof big);
	feed("\033[200~", 1000);
	input_add(&in, big, sizeof big, 1000);
	ck_assert_int_eq(next(1000), KEY_NONE_);
	ck_assert_int_eq(next(2100), KEY_PASTE_);
	ck_assert_uint_eq(in.paste.len, INPUT_PASTE_MAX);
	ck_assert_int_eq(next(2100), KEY_NONE_);
}
END_TEST

START_TEST(the_mouse_points_and_the_wheel_moves)
{
	feed("\033[<0;12;5M\033[<0;12;5m\033[<65;1;1M", 1000);
	ck_assert_int_eq(next(1000), KEY_MOUSE_);
	ck_assert_int_eq(in.mouse.x, 11);
	ck_assert_int_eq(in.mouse.y, 4);
	for (int i = 0; i < 3; i++) ck_assert_int_eq(next(1000), KEY_DOWN_);
	ck_assert_int_eq(next(1000), KEY_NONE_);
}
END_TEST

START_TEST(any_bytes_end)
{
	unsigned seed = 7;
	for (int round = 0; round < 2000; round++) {
		char s[40];
		for (size_t i = 0; i < sizeof s; i++) {
			seed = seed * 1103515245u + 12345u;
			s[i] = (seed >> 16) % 4 == 0 ? '\033' : (char)(seed >> 18);
		}
		input_add(&in, s, sizeof s, round * 10);
		for (int i = 0; next(round * 10) != KEY_NONE_; i++) ck_assert_int_lt(i, 400);
	}
	while (next(1000000) != KEY_NONE_) continue;
	ck_assert_uint_eq(in.at, in.in.len);
}
END_TEST

Suite *suite_key(void);
Suite *suite_key(void)
{
	Suite *s = suite_create("key");
	TCase *t = tcase_create("input");
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, every_name_reads_back);
	tcase_add_test(t, known_sequences_are_keys);
	tcase_add_test(t, unknown_sequences_are_swallowed);
	tcase_add_test(t, a_lone_esc_waits_sixty_ms);
	tcase_add_test(t, an_arrow_key_cut_in_two_is_an_arrow_key);
	tcase_add_test(t, a_paste_is_one_key_and_its_text);
	tcase_add_test(t, a_paste_without_end_is_bounded);
	tcase_add_test(t, the_mouse_points_and_the_wheel_moves);
	tcase_add_test(t, any_bytes_end);
	suite_add_tcase(s, t);
	return s;
}
