/* cell.c - times and ages of a list's cells. */
#include "views/model/cell.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include <check.h>
#include <stdlib.h>
#include <time.h>

Suite *suite_cell(void);

static void is(enum cell_as as, const char *value, const char *now, bool is_local, const char *want)
{
	struct buf b = BUF_EMPTY;
	struct col c = { .as = as };
	struct cell_env env = { .is_local = is_local };
	ck_assert(time_from_sql(now, &env.now_ms));
	cell_text(&b, &c, CELL_TIME, value, &env);
	ck_assert_str_eq(buf_str(&b), want);
	buf_free(&b);
}

/* In Berlin's November October's 12:00Z was 14:00. */
START_TEST(each_time_has_its_own_offset)
{
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	is(AS_TIME, "2026-11-22 09:00:00", "2026-11-22 11:00:00", true, "10:00:00");
	is(AS_TIME, "2026-10-24 12:00:00", "2026-11-22 11:00:00", true, "10-24 14:00");
	is(AS_TIME, "2026-10-25 00:30:00", "2026-10-25 11:00:00", true, "02:30:00");
	is(AS_TIME, "2026-10-25 01:30:00", "2026-10-25 11:00:00", true, "02:30:00");
	is(AS_TIME, "2026-10-24 12:00:00", "2026-11-22 11:00:00", false, "10-24 12:00");
	unsetenv("TZ");
	tzset();
}
END_TEST

START_TEST(an_age_is_not_negative)
{
	is(AS_AGE, "2026-11-22 11:00:00", "2026-11-22 11:00:31", false, "31 s");
	is(AS_AGE, "2026-11-22 11:59:00", "2026-11-22 11:00:00", false, "in 59 m");
	is(AS_AGE, "2026-11-22 11:00:00.200", "2026-11-22 11:00:00", false, "0.2 s");
}
END_TEST

Suite *suite_cell(void)
{
	Suite *s = suite_create("cell");
	TCase *t = tcase_create("times");
	tcase_add_test(t, each_time_has_its_own_offset);
	tcase_add_test(t, an_age_is_not_negative);
	suite_add_tcase(s, t);
	return s;
}
