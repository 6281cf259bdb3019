/* schema.c - which servers the schema can live on, that its texts name their collation, and what they count by is granted. */
#include "core/fleet/schema.h"
#include "core/base/err.h"
#include "sql.h"
#include <check.h>
#include <stdio.h>
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

/* A text type without a character set would take the collation of the database that it meets. */
START_TEST(every_text_type_says_its_collation)
{
	int n = 0;
	for (size_t i = 0; sql_all[i]; i++)
		for (const char *at = sql_all[i]->text; (at = strstr(at, "VARCHAR(")); n++) {
			const char *after = strchr(at, ')') + 1;
			size_t len = strcspn(after, ",;");
			at++;
			ck_assert_msg(strstr(after, "COLLATE ") && strstr(after, "COLLATE ") < after + len,
			              "%s: VARCHAR%.*s", sql_all[i]->name, (int)len, after);
		}
	ck_assert_int_gt(n, 500);
}
END_TEST

/* A row of numbers is a table that the server makes when it is named, and a right of its own: all that a role's statements count
 * by is in the list of grants. What fills a demo or a migration runs as an administrator. */
START_TEST(every_row_of_numbers_is_granted)
{
	static const char *const folders[] = { "queries/", "jobs/", "verbs/", "import/", "schema/" };
	int n = 0;
	for (size_t i = 0; sql_all[i]; i++) {
		bool is_asked = false;
		for (size_t k = 0; k < sizeof folders / sizeof *folders; k++)
			is_asked |= strncmp(sql_all[i]->name, folders[k], strlen(folders[k])) == 0;
		if (!is_asked || sql_all[i] == &sql_queries_schema_grants) continue;
		for (const char *at = sql_all[i]->text; (at = strstr(at, "seq_")); at++) {
			size_t len = strspn(at, "seq_to0123456789");
			char quoted[60];
			if (len < 10 || (at > sql_all[i]->text && strchr("._'`", at[-1]))) continue;
			snprintf(quoted, sizeof quoted, "'%.*s'", (int)len, at);
			ck_assert_msg(strstr(sql_queries_schema_grants.text, quoted) != NULL,
			              "%s counts by %s, which no role may", sql_all[i]->name, quoted);
			n++;
		}
	}
	ck_assert_int_gt(n, 5);
}
END_TEST

Suite *suite_schema(void);
Suite *suite_schema(void)
{
	Suite *s = suite_create("schema");
	TCase *t = tcase_create("servers");
	tcase_add_loop_test(t, servers_are_told_apart, 0, sizeof servers / sizeof *servers);
	tcase_add_test(t, every_text_type_says_its_collation);
	tcase_add_test(t, every_row_of_numbers_is_granted);
	suite_add_tcase(s, t);
	return s;
}
