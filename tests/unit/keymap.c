/* keymap.c - one table: what a key does where, and what users made of it. */
#include "tui/keymap.h"
#include "core/base/err.h"
#include <check.h>
#include <string.h>

static const struct binding table[] = {
	{ "*", "j Down", "move.down", "down" },       { "*", "a F9", "act", "action menu" },
	{ "*", "x", "faults", "only what is wrong" }, { "events", "x", "export", "write them out" },
	{ "*", "R", "refresh", "refresh now" },
};
static struct keymap *m;
static void setup(void) { m = keymap_new(table, sizeof table / sizeof *table); }
static void teardown(void) { keymap_free(m); }

START_TEST(the_views_own_keys_come_first)
{
	ck_assert_str_eq(keymap_find(m, "events", 'x'), "export");
	ck_assert_str_eq(keymap_find(m, "agents", 'x'), "faults");
	ck_assert_str_eq(keymap_find(m, "events", KEY_DOWN_), "move.down");
	ck_assert_ptr_null(keymap_find(m, "events", 'Q'));
}
END_TEST

START_TEST(a_user_remaps_and_help_says_so)
{
	char keys[64];
	const char *action, *help;
	struct err e;
	ck_assert(keymap_bind(m, "*", "C-n", "move.down", &e));
	ck_assert_str_eq(keymap_find(m, "agents", KEY_CTRL('n')), "move.down");
	ck_assert(keymap_line(m, "agents", 0, keys, sizeof keys, &action, &help));
	ck_assert_str_eq(keys, "j Down C-n");
	ck_assert_str_eq(help, "down");
	ck_assert(keymap_bind(m, "*", "j", "none", &e));
	ck_assert_ptr_null(keymap_find(m, "agents", 'j'));
	ck_assert_str_eq(keymap_key_of(m, "agents", "move.down", keys, sizeof keys), "Down");
}
END_TEST

START_TEST(a_bad_bind_is_named)
{
	struct err e;
	ck_assert(!keymap_bind(m, "*", "C-", "move.down", &e));
	ck_assert_ptr_nonnull(strstr(e.text, "'C-'"));
	ck_assert(!keymap_bind(m, "*", "n", "terminate.now", &e));
	ck_assert_int_eq(e.code, ERR_USAGE);
}
END_TEST

START_TEST(every_line_once_own_first)
{
	char keys[64];
	const char *action, *help;
	size_t n = 0;
	ck_assert(keymap_line(m, "events", 0, keys, sizeof keys, &action, &help));
	ck_assert_str_eq(action, "export");
	while (keymap_line(m, "events", n, keys, sizeof keys, &action, &help)) {
		ck_assert_str_ne(action, "faults"); /* its key is taken here */
		n++;
	}
	ck_assert_uint_eq(n, 4);
}
END_TEST

START_TEST(an_unknown_key_has_a_guess)
{
	ck_assert_str_eq(keymap_guess(m, "agents", 'J'), "move.down");
	ck_assert_str_eq(keymap_guess(m, "agents", 'r'), "refresh");
	ck_assert_str_eq(keymap_guess(m, "agents", KEY_DEL_), "act");
	ck_assert_ptr_null(keymap_guess(m, "agents", '%'));
}
END_TEST

Suite *suite_keymap(void);
Suite *suite_keymap(void)
{
	Suite *s = suite_create("keymap");
	TCase *t = tcase_create("bindings");
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, the_views_own_keys_come_first);
	tcase_add_test(t, a_user_remaps_and_help_says_so);
	tcase_add_test(t, a_bad_bind_is_named);
	tcase_add_test(t, every_line_once_own_first);
	tcase_add_test(t, an_unknown_key_has_a_guess);
	suite_add_tcase(s, t);
	return s;
}
