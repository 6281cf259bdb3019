/* columns.c - text in aligned columns: whole where nothing is asked, on a terminal below instead of beside. */
#include "core/base/columns.h"
#include <check.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_columns(void);

static void narrow(void *ctx, struct column *cols, size_t n)
{
	const size_t *widths = ctx;
	for (size_t i = 0; i < n; i++) cols[i].width = widths[i];
}

static char *shown(const size_t *widths)
{
	char *s;
	size_t n;
	FILE *f = open_memstream(&s, &n);
	struct columns *c = columns_new(f, 3);
	columns_of(c)[0].name = "agent";
	columns_of(c)[1].name = "boot_seconds";
	columns_of(c)[1].is_right = true;
	columns_of(c)[2].name = "message";
	if (widths) columns_set_fit(c, narrow, (void *)widths);
	columns_row(c, (const char *[]){ "a-1", "41 s", "is silent for 3 h" });
	columns_row(c, (const char *[]){ "a-2", "7 s", "" });
	columns_end(c);
	fclose(f);
	return s;
}

START_TEST(without_a_fit_each_row_is_a_line)
{
	char *s = shown(NULL);
	ck_assert_str_eq(s, "agent  boot_seconds  message\n"
	                    "a-1            41 s  is silent for 3 h\n"
	                    "a-2             7 s  \n");
	free(s);
}
END_TEST

START_TEST(what_is_wider_goes_on_below)
{
	static const size_t widths[] = { 5, 7, 9 };
	char *s = shown(widths);
	ck_assert_str_eq(s, "agent    boot_  message\n"
	                    "       seconds\n"
	                    "a-1       41 s  is silent\n"
	                    "                for 3 h\n"
	                    "a-2        7 s\n");
	free(s);
}
END_TEST

START_TEST(a_column_without_room_is_not_there)
{
	static const size_t widths[] = { 5, 0, 3 };
	char *s = shown(widths);
	ck_assert_msg(!strstr(s, "41") && !strstr(s, "boot"), "%s", s);
	/* no blank to break at: it is broken all the same, and nothing of it is lost */
	ck_assert_msg(strstr(s, "agent  mes\n       sag\n       e\n"), "%s", s);
	ck_assert_msg(strstr(s, "sil\n       ent\n"), "%s", s);
	free(s);
}
END_TEST

Suite *suite_columns(void)
{
	Suite *s = suite_create("columns");
	TCase *t = tcase_create("columns");
	tcase_add_test(t, without_a_fit_each_row_is_a_line);
	tcase_add_test(t, what_is_wider_goes_on_below);
	tcase_add_test(t, a_column_without_room_is_not_there);
	suite_add_tcase(s, t);
	return s;
}
