/* chart.c - a chart is text: the expected pictures are written out. */
#include "tui/chart.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include <check.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const int64_t noon = 1795348800000; /* 2026-11-22 12:00 UTC */
enum { HOUR = 3600000 };
static int64_t at[4];
static const double prices[] = { 0.016, 0.031, NAN, 0.022 };
static struct chart_series step;
static struct chart c;

static void setup(void)
{
	setlocale(LC_CTYPE, "C.UTF-8");
	for (int i = 0; i < 4; i++) at[i] = noon + (int64_t)i * 2 * HOUR;
	step = (struct chart_series){ "r3.large", ST_CHART1, CHART_STEP, at, prices, .n = 4 };
	c = (struct chart){ .unit = "$/h",
		            .from_ms = noon,
		            .to_ms = noon + 6 * HOUR,
		            .crosshair_ms = TIME_NONE,
		            .series = &step,
		            .n_series = 1 };
}

static void expect(bool is_ascii, const char *want)
{
	struct grid g;
	struct buf out = BUF_EMPTY;
	grid_init(&g, 8, 40);
	g.is_ascii = is_ascii;
	chart_paint(&g, 0, 0, 8, 40, &c);
	grid_dump(&g, &out);
	ck_assert_str_eq(buf_str(&out), want);
	buf_free(&out);
	grid_free(&g);
}

START_TEST(prices_that_change_are_steps_and_a_hole_stays_one)
{
	expect(false, "$/h  ⠤⠤ r3.large\n"
	              "0.04\n"
	              "                ⢀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⡀\n"
	              "0.03            ⢸\n"
	              "0.02            ⢸                      ⠠\n"
	              "     ⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠼\n"
	              "0.01\n"
	              "              14:00       16:00\n");
}
END_TEST

START_TEST(without_utf8_one_letter_a_cell)
{
	c.crosshair_ms = noon + HOUR;
	expect(true, "$/h  * r3.large 0.016\n"
	             "0.04      |\n"
	             "          |\n"
	             "0.03      |     *************\n"
	             "0.02      |     *                      *\n"
	             "     ************\n"
	             "0.01      |\n"
	             "        13:00 14:00       16:00\n");
}
END_TEST

/* A series that runs along the step: rings eight columns apart, the step still to be seen between them. */
START_TEST(a_ring_hides_little_of_what_it_lies_on)
{
	int64_t t[61];
	double v[61];
	for (int i = 0; i < 61; i++) t[i] = noon + (int64_t)i * HOUR / 10, v[i] = i < 20 ? 0.016 : 0.031;
	struct chart_series two[] = { { "step", ST_CHART1, CHART_STEP, t, v, .n = 61 },
		                      { "ring", ST_CHART2, CHART_RING, t, v, .n = 61 } };
	c.series = two;
	c.n_series = 2;
	expect(true, "$/h  * step   o ring\n"
	             "0.04\n"
	             "\n"
	             "0.03            *****o*******o*******o**\n"
	             "0.02            *\n"
	             "     o*******o***\n"
	             "0.01\n"
	             "              14:00       16:00\n");
}
END_TEST

/* What has no room beside the others stands below; two series of one line are told apart by their signs. */
START_TEST(a_legend_is_never_cut)
{
	struct chart_series three[] = {
		{ "m5.large.us-east-1a", ST_CHART1, CHART_STEP, at, prices, .n = 4, .sign = "1" },
		{ "m5.large.us-east-1b", ST_CHART2, CHART_STEP, at, prices, .n = 4, .sign = "2" },
		{ "raw", ST_CHART3, CHART_DOTS, at, prices, .n = 4, .sign = ":" }
	};
	c.series = three;
	c.n_series = 3;
	expect(true, "$/h  *1 m5.large.us-east-1a\n"
	             "+2 m5.large.us-east-1b   -: raw\n"
	             "0.04\n"
	             "0.03            :2+++++1+2+++\n"
	             "                +                      :\n"
	             "0.02 :+1+2+++++1+\n"
	             "0.01\n"
	             "              14:00       16:00\n");
}
END_TEST

/* Three points of two tiers, on each other: both are seen in each place, by more than colour. */
START_TEST(few_points_are_told_without_colour)
{
	struct chart_series two[] = { { "canonical", ST_CHART2, CHART_RING, at, prices, .n = 4 },
		                      { "raw", ST_CHART3, CHART_DOTS, at, prices, .n = 4, .sign = ":" } };
	c.series = two;
	c.n_series = 2;
	expect(false, "$/h  o canonical   ⠒: raw\n"
	              "0.04\n"
	              "                o:\n"
	              "0.03\n"
	              "0.02                                  :o\n"
	              "     o:\n"
	              "0.01\n"
	              "              14:00       16:00\n");
}
END_TEST

/* Where there are no more lines for it the names grow shorter: every mark stands there with what is left of its name. */
START_TEST(a_legend_grows_shorter_and_loses_no_mark)
{
	struct grid g;
	struct buf out = BUF_EMPTY;
	struct chart_series five[5];
	static const char *const signs[] = { "1", "2", "3", "4", ":" };
	for (int i = 0; i < 5; i++)
		five[i] = (struct chart_series){ .label = "m5.large.us-east-1a",
			                         .style = ST_CHART1,
			                         .mark = CHART_STEP,
			                         .t_ms = at,
			                         .v = prices,
			                         .n = 4,
			                         .sign = signs[i] };
	c.series = five;
	c.n_series = 5;
	for (int w = 24; w <= 80; w += 8) {
		grid_init(&g, 6, w);
		chart_paint(&g, 0, 0, 6, w, &c);
		buf_cut(&out, 0);
		grid_dump(&g, &out);
		for (int i = 0; i < 5; i++) {
			char mark[16];
			snprintf(mark, sizeof mark, "\xe2\xa0\xa4\xe2\xa0\xa4%s", signs[i]);
			ck_assert_msg(strstr(buf_str(&out), mark) != NULL, "%d wide: no %s in\n%s", w,
			              signs[i], buf_str(&out));
		}
		grid_free(&g);
	}
	buf_free(&out);
}
END_TEST

/* A cheap pool and a dear one: each tenfold is equally high. */
START_TEST(a_logarithmic_scale_shows_both)
{
	static const double dear[] = { 5, 2, 2, 1 };
	struct chart_series two[] = { { "cheap", ST_CHART1, CHART_STEP, at, prices, .n = 4 },
		                      { "dear", ST_CHART2, CHART_STEP, at, dear, .n = 4 } };
	c.series = two;
	c.n_series = 2;
	c.is_log = c.last_first = true;
	expect(true, "$/h  + dear   * cheap\n"
	             "5.00 ++++++++++++\n"
	             "1.00            ++++++++++++++++++++++++\n"
	             "0.50\n"
	             "0.10\n"
	             "0.02            *************          *\n"
	             "0.01 ************\n"
	             "              14:00       16:00\n");
}
END_TEST

START_TEST(no_points_is_said)
{
	step.n = 0;
	expect(false, "$/h  ⠤⠤ r3.large\n\n\n\n  no points in this window\n\n\n\n");
}
END_TEST

START_TEST(any_size_and_odd_values_stay_inside)
{
	static const double odd[] = { 1e308, -1e308, INFINITY, 0 };
	struct grid g;
	grid_init(&g, 12, 50);
	for (int k = 0; k < 2; k++) {
		for (int h = -1; h < 14; h++)
			for (int w = -1; w < 60; w += 3) chart_paint(&g, 1, 2, h, w, &c);
		step.v = odd;
	}
	static const double flat[] = { 0, 0, 0, 0 };
	step.v = flat;
	chart_paint(&g, 0, 0, 12, 50, &c);
	ck_assert_int_eq(g.rows, 12);
	grid_free(&g);
}
END_TEST

Suite *suite_chart(void);
Suite *suite_chart(void)
{
	Suite *s = suite_create("chart");
	TCase *t = tcase_create("pictures");
	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, prices_that_change_are_steps_and_a_hole_stays_one);
	tcase_add_test(t, without_utf8_one_letter_a_cell);
	tcase_add_test(t, a_ring_hides_little_of_what_it_lies_on);
	tcase_add_test(t, a_legend_is_never_cut);
	tcase_add_test(t, few_points_are_told_without_colour);
	tcase_add_test(t, a_legend_grows_shorter_and_loses_no_mark);
	tcase_add_test(t, a_logarithmic_scale_shows_both);
	tcase_add_test(t, no_points_is_said);
	tcase_add_test(t, any_size_and_odd_values_stay_inside);
	suite_add_tcase(s, t);
	return s;
}
