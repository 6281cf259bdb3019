/* grid.c - text reaches a screen only through the grid: cleaned, cut by cells, columns aligned. */
#include "tui/grid.h"
#include "core/base/buf.h"
#include <check.h>
#include <locale.h>
#include <math.h>
#include <string.h>

static struct grid g;
static struct buf out;

static void setup(void)
{
	setlocale(LC_CTYPE, "C.UTF-8");
	grid_init(&g, 3, 20);
	out = (struct buf)BUF_EMPTY;
}
static void teardown(void)
{
	grid_free(&g);
	buf_free(&out);
}
static void expect(const char *want)
{
	buf_cut(&out, 0);
	grid_dump(&g, &out);
	ck_assert_str_eq(buf_str(&out), want);
}

START_TEST(text_that_does_not_fit_ends_in_an_ellipsis)
{
	ck_assert_int_eq(grid_text(&g, 0, 2, 6, ST_TEXT, "agent-102"), 6);
	ck_assert_int_eq(grid_text(&g, 1, 0, 9, ST_TEXT, "agent-102"), 9);
	ck_assert_int_eq(grid_text(&g, 2, 17, 9, ST_TEXT, "agent-102"), 3);
	expect("  agent…\nagent-102\n                 ag…\n");
}
END_TEST

START_TEST(without_utf8_everything_is_ascii)
{
	g.is_ascii = true;
	grid_text(&g, 0, 0, 5, ST_TEXT, "r3.large");
	grid_text(&g, 1, 0, 20, ST_TEXT, "a → b · ü 日");
	grid_bar(&g, 2, 0, 10, 0.5, ST_OK);
	expect("r3.l~\na > b . ? ??\n#####\n");
}
END_TEST

START_TEST(columns_stay_aligned_whatever_the_text)
{
	const char *hostile[] = { "日本語",
		                  "e\xcc\x81t\xcc\x81",
		                  "\x1b[2J",
		                  "a\xe2\x80\xae"
		                  "b",
		                  "\xff\xfe",
		                  "x\ty" };
	for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
		grid_clear(&g);
		int used = grid_text(&g, 0, 0, 10, ST_TEXT, hostile[i]);
		ck_assert_int_le(used, 10);
		grid_text(&g, 0, 12, 4, ST_TEXT, "|end");
		ck_assert_uint_eq(g.cells[12].cp, '|');
		for (int x = 0; x < g.cols; x++) {
			uint32_t cp = g.cells[x].cp;
			ck_assert_msg(cp >= ' ' && !(cp >= 127 && cp < 160) && cp != 0x202e, "U+%04X", cp);
		}
	}
}
END_TEST

START_TEST(a_wide_character_is_cut_whole)
{
	ck_assert_int_eq(grid_text(&g, 0, 0, 4, ST_TEXT, "日本語"), 3);
	grid_text(&g, 1, 0, 6, ST_TEXT, "日本語");
	grid_text(&g, 1, 1, 1, ST_TEXT, "x"); /* over the right half: the left half goes */
	expect("日…\n x本語\n\n");
}
END_TEST

START_TEST(right_alignment_and_bars)
{
	grid_right(&g, 0, 0, 10, ST_TEXT, "1,012");
	grid_bar(&g, 1, 0, 10, 0.001, ST_OK); /* little is not nothing */
	grid_bar(&g, 2, 0, 10, 0.35, ST_OK);
	expect("     1,012\n▏\n███▌\n");
}
END_TEST

START_TEST(a_sparkline_leaves_gaps_where_nothing_is_known)
{
	const double v[] = { 0, 1, 2, 3, 4, 5, 6, 7, NAN, 7 };
	grid_spark(&g, 0, 0, v, 10, ST_CHART1);
	g.is_ascii = true;
	grid_spark(&g, 1, 0, v, 10, ST_CHART1);
	expect("▁▂▃▄▅▆▇█ █\n.::--==# #\n\n");
}
END_TEST

START_TEST(writing_outside_is_ignored)
{
	grid_text(&g, -1, 0, 5, ST_TEXT, "x");
	grid_text(&g, 3, 0, 5, ST_TEXT, "x");
	grid_text(&g, 0, 20, 5, ST_TEXT, "x");
	grid_text(&g, 0, 0, 0, ST_TEXT, "x");
	grid_text(&g, 0, 0, -3, ST_TEXT, "x");
	grid_fill(&g, 1, -2, 3, ST_TEXT, '=');
	grid_cursor_row(&g, 9, 0, 99);
	grid_dim(&g, -4, 99);
	grid_bar(&g, 2, 15, 50, 1, ST_OK);
	expect("\n=\n               █████\n");
}
END_TEST

START_TEST(no_size_is_too_small)
{
	for (int rows = 0; rows < 3; rows++)
		for (int cols = 0; cols < 4; cols++) {
			grid_resize(&g, rows, cols);
			grid_text(&g, 0, 0, 99, ST_TEXT, "日本 text");
			grid_bar(&g, 0, 0, 9, 0.4, ST_OK);
		}
	ck_assert_int_eq(g.cols, 3);
}
END_TEST

Suite *suite_grid(void);
Suite *suite_grid(void)
{
	Suite *s = suite_create("grid");
	TCase *t = tcase_create("cells");
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, text_that_does_not_fit_ends_in_an_ellipsis);
	tcase_add_test(t, without_utf8_everything_is_ascii);
	tcase_add_test(t, columns_stay_aligned_whatever_the_text);
	tcase_add_test(t, a_wide_character_is_cut_whole);
	tcase_add_test(t, right_alignment_and_bars);
	tcase_add_test(t, a_sparkline_leaves_gaps_where_nothing_is_known);
	tcase_add_test(t, writing_outside_is_ignored);
	tcase_add_test(t, no_size_is_too_small);
	suite_add_tcase(s, t);
	return s;
}
