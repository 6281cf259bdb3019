/* schema.c - which servers the schema can live on. */
#include "core/fleet/schema.h"
#include "core/base/err.h"
#include <check.h>
#include <string.h>

static const struct {
	const char *version, *comment;
	bool ok;
} servers[] = {
	{ "10.11.19-MariaDB-0+deb12u1", "Debian 12", true },
	{ "5.5.5-10.11.6-MariaDB", "", true },
	{ "11.4.2-MariaDB-log", "", true },
	{ "12.0.1", "mariadb.org binary distribution", true },
	{ "10.6.18-MariaDB", "", false },
	{ "8.0.36", "MySQL Community Server - GPL", false },
	{ "9.1.0", "Source distribution", false },
	{ "MariaDB", "", false },
};

START_TEST(servers_are_told_apart)
{
	struct err e = { 0 };
	ck_assert_int_eq(schema_server_ok(servers[_i].version, servers[_i].comment, &e), servers[_i].ok);
	if (servers[_i].ok) return;
	ck_assert_int_eq(e.code, ERR_SCHEMA);
	ck_assert_msg(strstr(e.text, servers[_i].version) != NULL, "%s", e.text);
	ck_assert_msg(strchr(e.text, '\n') == NULL, "more than a sentence: %s", e.text);
}
END_TEST

Suite *suite_schema(void);
Suite *suite_schema(void)
{
	Suite *s = suite_create("schema");
	TCase *t = tcase_create("servers");
	tcase_add_loop_test(t, servers_are_told_apart, 0, sizeof servers / sizeof *servers);
	suite_add_tcase(s, t);
	return s;
}
