/* style.c - themes: complete, and legible without colour. */
#include "tui/style.h"
#include "tui/term.h"
#include <check.h>
#include <string.h>

START_TEST(every_offered_theme_is_there)
{
	size_t n = 0;
	for (const char *const *name = theme_names(); *name; name++, n++)
		ck_assert_ptr_nonnull(theme_find(*name));
	ck_assert_uint_eq(n, n_themes);
	ck_assert_ptr_null(theme_find("nonesuch"));
}
END_TEST

START_TEST(no_text_has_the_colour_of_its_ground)
{
	for (size_t i = 0; i < n_themes; i++)
		for (int s = 0; s < ST_N; s++) {
			const struct look *l = &themes[i].looks[s];
			ck_assert_msg(l->fg256 < 0 || l->fg256 != l->bg256, "%s %d", themes[i].name, s);
			ck_assert_msg(l->fg16 < 0 || l->fg16 != l->bg16, "%s %d", themes[i].name, s);
			ck_assert_msg(l->fg8 < 0 || l->fg8 != l->bg8, "%s %d", themes[i].name, s);
			ck_assert(l->fg8 < 8 && l->bg8 < 8 && l->fg16 < 16 && l->bg16 < 16);
		}
}
END_TEST

/* A bar is as long as its value only where neither a ground nor an underline fills what it leaves empty. */
START_TEST(a_bar_of_any_health_has_no_ground)
{
	static const enum style healths[] = { ST_OK, ST_WARN, ST_CRIT, ST_DEAD, ST_OFF, ST_INFO };
	struct grid g;
	grid_init(&g, 1, 4);
	for (size_t i = 0; i < n_themes; i++)
		for (size_t k = 0; k < sizeof healths / sizeof *healths; k++) {
			grid_clear(&g);
			grid_bar(&g, 0, 0, 4, 0.4, healths[k]);
			const struct look *l = &themes[i].looks[g.cells[0].style],
			                  *text = &themes[i].looks[ST_TEXT];
			ck_assert_msg(l->bg256 == text->bg256 && l->bg16 == text->bg16 &&
			                      l->bg8 == text->bg8 &&
			                      !((l->attr | l->mono_attr) & (AT_REVERSE | AT_UNDERLINE)),
			              "%s, style %d", themes[i].name, (int)healths[k]);
		}
	grid_free(&g);
}
END_TEST

START_TEST(what_matters_is_seen_without_colour)
{
	static const enum style matter[] = { ST_CURSOR, ST_CRIT,   ST_DEAD, ST_WARN,
		                             ST_MARK,   ST_BANNER, ST_TITLE };
	for (size_t i = 0; i < n_themes; i++)
		for (size_t k = 0; k < sizeof matter / sizeof *matter; k++)
			ck_assert_uint_ne(themes[i].looks[matter[k]].mono_attr, 0);
}
END_TEST

START_TEST(colour_blind_never_tells_good_from_bad_by_red_and_green)
{
	const struct look *l = theme_find("colorblind")->looks;
	for (int s = 0; s < ST_N; s++) {
		ck_assert_int_ne(l[s].fg8, 1);
		ck_assert_int_ne(l[s].fg8, 2);
		ck_assert_int_ne(l[s].bg8, 1);
		ck_assert_int_ne(l[s].bg8, 2);
	}
}
END_TEST

Suite *suite_style(void);
Suite *suite_style(void)
{
	Suite *s = suite_create("style");
	TCase *t = tcase_create("themes");
	tcase_add_test(t, every_offered_theme_is_there);
	tcase_add_test(t, no_text_has_the_colour_of_its_ground);
	tcase_add_test(t, a_bar_of_any_health_has_no_ground);
	tcase_add_test(t, what_matters_is_seen_without_colour);
	tcase_add_test(t, colour_blind_never_tells_good_from_bad_by_red_and_green);
	suite_add_tcase(s, t);
	return s;
}
