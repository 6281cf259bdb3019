/* spawn.c - the one line of a short program: what it prints first, and nothing of one that fails or is not there. */
#include "core/base/spawn.h"
#include <check.h>

Suite *suite_spawn(void);

static const struct {
	const char *script, *line;
	bool is_ok;
} cases[] = {
	{ "echo on", "on", true },
	{ "echo first; echo second", "first", true },
	{ "echo noise >&2; echo all", "all", true },
	{ "printf 'no newline'", "no newline", true },
	{ "true", "", true },
	{ "echo said; exit 3", "", false },
	{ "seq 100000", "1", true },
	{ "kill -9 $$", "", false },
};

START_TEST(a_programs_line_is_taken)
{
	const char *argv[] = { "sh", "-c", cases[_i].script, NULL };
	char line[32];
	ck_assert_int_eq(spawn_line(argv, line, sizeof line), cases[_i].is_ok);
	ck_assert_str_eq(line, cases[_i].line);
}
END_TEST

START_TEST(who_is_not_there_says_nothing)
{
	static const char *const argv[] = { "no-such-program-anywhere", "x", NULL };
	char line[32] = "before", path[512];
	ck_assert(!spawn_line(argv, line, sizeof line));
	ck_assert_str_eq(line, "");
	ck_assert(!spawn_find(argv[0], path, sizeof path));
	ck_assert(spawn_find("sh", path, sizeof path) && path[0] == '/');
}
END_TEST

Suite *suite_spawn(void)
{
	Suite *s = suite_create("spawn");
	TCase *t = tcase_create("spawn");
	tcase_add_loop_test(t, a_programs_line_is_taken, 0, (int)(sizeof cases / sizeof *cases));
	tcase_add_test(t, who_is_not_there_says_nothing);
	suite_add_tcase(s, t);
	return s;
}
