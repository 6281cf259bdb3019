/* rights.c - SHOW GRANTS as MariaDB writes it, what it allows and what it holds. */
#include "core/db/rights.h"
#include <check.h>
#include <string.h>

Suite *suite_rights(void);

static struct table *grants(const char *const *lines)
{
	struct table *t = table_new(1);
	for (; *lines; lines++) *table_add_row(t) = (struct cell){ *lines, strlen(*lines) };
	return t;
}

static const char *const operator_lines[] = {
	"GRANT `spotop_operator` TO `alice`@`%`",
	"GRANT USAGE ON *.* TO `alice`@`%` IDENTIFIED BY PASSWORD '*A ON *.* TO '",
	"GRANT `spotop_viewer` TO `spotop_operator`",
	"GRANT SELECT, SHOW VIEW ON `spot\\_optimizer`.* TO `spotop_viewer`",
	"GRANT UPDATE (status, INSERT) ON `spot_optimizer`.`commands` TO `spotop_viewer`",
	"GRANT INSERT, DELETE ON `spot_optimizer`.`odd``name` TO `spotop_viewer`",
	"GRANT EXECUTE ON PROCEDURE `spot_optimizer`.`verb_switch` TO `spotop_operator`",
	"GRANT DELETE ON `team%`.* TO `alice`@`%`",
	NULL
};

static const struct {
	const char *privilege, *kind, *db, *object;
	bool may;
} cases[] = {
	{ "SELECT", "TABLE", "spot_optimizer", NULL, true },
	{ "SELECT", "TABLE", "spot_optimizer", "agents", true },
	{ "SHOW VIEW", "TABLE", "spot_optimizer", NULL, true },
	{ "SHOW", "TABLE", "spot_optimizer", NULL, false },
	{ "SELECT", "TABLE", "spotXoptimizer", NULL, false }, /* the underscore is escaped */
	{ "SELECT", "TABLE", "spot_optimizer2", NULL, false },
	{ "UPDATE", "TABLE", "spot_optimizer", "commands", false }, /* some columns only */
	{ "INSERT", "TABLE", "spot_optimizer", "commands", false }, /* a column of that name */
	{ "INSERT", "TABLE", "spot_optimizer", "odd`name", true },
	{ "DELETE", "TABLE", "spot_optimizer", NULL, false }, /* on one table is not on all */
	{ "EXECUTE", "PROCEDURE", "spot_optimizer", "verb_switch", true },
	{ "EXECUTE", "FUNCTION", "spot_optimizer", "verb_switch", false },
	{ "EXECUTE", "TABLE", "spot_optimizer", "verb_switch", false },
	{ "EXECUTE", "PROCEDURE", "spot_optimizer", "verb_launch", false },
	{ "DELETE", "TABLE", "team_a", "t", true },
	{ "DELETE", "TABLE", "tea", "t", false },
};

START_TEST(lines_are_read_as_the_server_means_them)
{
	struct table *t = grants(operator_lines);
	ck_assert_msg(rights_allow(t, cases[_i].privilege, cases[_i].kind, cases[_i].db, cases[_i].object) ==
	                      cases[_i].may,
	              "%s on %s %s.%s: not %d", cases[_i].privilege, cases[_i].kind, cases[_i].db,
	              cases[_i].object ? cases[_i].object : "*", cases[_i].may);
	table_free(t);
}
END_TEST

static const struct {
	const char *statement;
	bool holds;
} statements[] = {
	{ "GRANT SELECT ON `spot\\_optimizer`.* TO `x`", true },
	{ "GRANT SELECT, SHOW VIEW ON `spot\\_optimizer`.* TO `x`", true },
	{ "GRANT SELECT, INSERT ON `spot\\_optimizer`.* TO `x`", false },
	{ "GRANT SELECT ON `spot_optimizer`.`agents` TO `x`", false }, /* it is not given by itself */
	{ "GRANT UPDATE (`status`) ON `spot_optimizer`.`commands` TO `x`", true },
	{ "GRANT UPDATE (INSERT, status) ON `spot_optimizer`.`commands` TO `x`", true },
	{ "GRANT UPDATE (status, success) ON `spot_optimizer`.`commands` TO `x`", false },
	{ "GRANT UPDATE ON `spot_optimizer`.`commands` TO `x`", false },
	{ "GRANT DELETE ON `spot_optimizer`.`odd``name` TO `x`", true },
	{ "GRANT DELETE (a) ON `spot_optimizer`.`odd``name` TO `x`", true }, /* on all of it */
	{ "GRANT EXECUTE ON PROCEDURE `spot_optimizer`.`verb_switch` TO `x`", true },
	{ "GRANT EXECUTE ON FUNCTION `spot_optimizer`.`verb_switch` TO `x`", false },
	{ "GRANT `spotop_viewer` TO `x`", true },
	{ "GRANT `spotop_worker` TO `x`", false },
	{ "REVOKE SELECT ON `spot\\_optimizer`.* FROM `x`", false },
};

START_TEST(a_statement_is_held_against_the_lines)
{
	struct table *t = grants(operator_lines);
	ck_assert_msg(rights_hold(t, statements[_i].statement) == statements[_i].holds, "%s: not %d",
	              statements[_i].statement, statements[_i].holds);
	table_free(t);
}
END_TEST

START_TEST(all_privileges_are_all)
{
	const char *lines[] = { "GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost` WITH GRANT OPTION", NULL };
	struct table *t = grants(lines);
	ck_assert(rights_allow(t, "EXECUTE", "PROCEDURE", "x", "y"));
	ck_assert(rights_allow(t, "ALTER", "TABLE", "x", NULL));
	ck_assert(!rights_role(t, "root"));
	table_free(t);
}
END_TEST

START_TEST(granted_roles_are_seen)
{
	struct table *t = grants(operator_lines);
	ck_assert(rights_role(t, "spotop_operator"));
	ck_assert(!rights_role(t, "spotop_admin"));
	ck_assert(!rights_role(t, "spotop"));
	table_free(t);
}
END_TEST

Suite *suite_rights(void)
{
	Suite *s = suite_create("rights");
	TCase *c = tcase_create("grants");
	tcase_add_loop_test(c, lines_are_read_as_the_server_means_them, 0, sizeof cases / sizeof cases[0]);
	tcase_add_loop_test(c, a_statement_is_held_against_the_lines, 0,
	                    sizeof statements / sizeof *statements);
	tcase_add_test(c, all_privileges_are_all);
	tcase_add_test(c, granted_roles_are_seen);
	suite_add_tcase(s, c);
	return s;
}
