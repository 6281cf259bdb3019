/* smoke.c - the pieces are linked: the embedded statements are there. */
#include "sql.h"
#include <check.h>
#include <string.h>

START_TEST(statements_are_embedded)
{
	ck_assert_str_eq(sql_queries_ping.name, "queries/ping");
	ck_assert_ptr_nonnull(strstr(sql_queries_ping.text, "SELECT NOW(3)"));
}
END_TEST

Suite *suite_smoke(void);
Suite *suite_smoke(void)
{
	Suite *s = suite_create("smoke");
	TCase *t = tcase_create("sql");
	tcase_add_test(t, statements_are_embedded);
	suite_add_tcase(s, t);
	return s;
}
