/* schema_owner.c - what runs in the database belongs to an account of its own, whoever made it and whatever becomes
 * of that login; what a login may not do is printed so that an administrator can run it. */
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/db/table.h"
#include "tests/support/rig.h"
#include "tests/support/server.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct rig rig;
static void start(void) { rig_start(&rig); }
static void stop(void) { rig_stop(&rig); }

static struct rig_run as(const char *login, const char *database, const char *what, const char *more)
{
	const char *argv[] = { "-u", login, "-D", database, what, more, NULL };
	return rig_spotop(&rig, false, argv);
}

static struct rig_run init_as(const char *login, const char *database)
{
	const char *argv[] = { "-u", login, "-D", database, "db", "init", NULL };
	return rig_spotop(&rig, false, argv);
}

/* The SQL that a run printed, as an administrator's client runs it: stops at the first error. */
static void administrator_runs(const struct rig_run *run, const char *login, const char *database)
{
	char path[200], cmd[500];
	snprintf(path, sizeof path, "%s/printed.sql", server_dir(rig.server));
	FILE *f = fopen(path, "w");
	const char *sql = strstr(run->err, "\n");
	ck_assert(f && sql &&
	          strstr(run->err, "left to an administrator") == run->err + strlen("spotop db: "));
	const char *end = strstr(sql, "\nspotop db: ");
	fprintf(f, "%.*s\n", (int)(end ? end - sql : (long)strlen(sql)), sql);
	ck_assert_int_eq(fclose(f), 0);
	snprintf(cmd, sizeof cmd, "mariadb --no-defaults -S %s -u %s %s < %s >&2", rig.socket, login,
	         database, path);
	ck_assert_int_eq(system(cmd), 0);
}

static void login(const char *name, const char *grants)
{
	rig_do(&rig, "CREATE OR REPLACE USER %s", name);
	char copy[400];
	snprintf(copy, sizeof copy, "%s", grants);
	for (char *g = strtok(copy, ";"); g; g = strtok(NULL, ";"))
		rig_do(&rig, "GRANT %s TO %s WITH GRANT OPTION", g, name);
}

#define OWNERS(database)                                                                                     \
	"SELECT GROUP_CONCAT(DISTINCT d) FROM (SELECT DEFINER AS d FROM information_schema.ROUTINES WHERE "  \
	"ROUTINE_SCHEMA = '" database                                                                        \
	"' UNION SELECT DEFINER FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = "                    \
	"'" database "' UNION SELECT DEFINER FROM information_schema.EVENTS WHERE EVENT_SCHEMA = '" database \
	"' UNION SELECT DEFINER FROM information_schema.VIEWS WHERE TABLE_SCHEMA = '" database "') x"

static void owners_are(const char *want, const char *query)
{
	char *is = rig_text(&rig, "%s", query);
	ck_assert_str_eq(is ? is : "nobody", want);
	free(is);
}

/* An agent and an operator at work, each with its role alone. */
static void the_fleet_works(void)
{
	rig_do(&rig, "CREATE OR REPLACE USER w_agent");
	rig_do(&rig, "GRANT spotop_agent TO w_agent");
	rig_do(&rig, "SET DEFAULT ROLE spotop_agent FOR w_agent");
	rig_do(&rig, "CREATE OR REPLACE USER w_operator");
	rig_do(&rig, "GRANT spotop_operator TO w_operator");
	rig_do(&rig, "SET DEFAULT ROLE spotop_operator FOR w_operator");
	char cmd[500];
	snprintf(cmd, sizeof cmd,
	         "mariadb --no-defaults -S %s -u w_agent -e \"CALL "
	         "spot_optimizer.agent_register('acme', 'w', "
	         "'{\\\"instance_id\\\":\\\"i-w\\\"}')\" >/dev/null",
	         rig.socket);
	ck_assert_int_eq(system(cmd), 0);
	const char *argv[] = {
		"-u", "w_operator", "-D", "spot_optimizer", "freeze",     "fleet",         "--for",
		"1m", "--reason",   "r",  "--yes",          "--override", "frozen_longer", NULL
	};
	struct rig_run run = rig_spotop(&rig, false, argv);
	ck_assert_msg(run.code == 0, "%s%s", run.out, run.err);
	rig_run_free(&run);
}

START_TEST(what_runs_belongs_to_a_locked_account)
{
	owners_are("spotop_definer@localhost", OWNERS("spot_optimizer"));
	struct table *t = rig_table(&rig, "SHOW GRANTS FOR spotop_definer@localhost");
	ck_assert_uint_eq(t->n_rows, 2);
	ck_assert(strncmp(t->cells[0].s, "GRANT USAGE ON *.* TO ", 22) == 0);
	ck_assert(strncmp(t->cells[1].s, "GRANT ALL PRIVILEGES ON `spot\\_optimizer`.* TO ", 47) == 0);
	ck_assert(strstr(t->cells[1].s, "GRANT OPTION") == NULL);
	table_free(t);
	char *made = rig_text(&rig, "SHOW CREATE USER spotop_definer@localhost");
	ck_assert_msg(strstr(made, "ACCOUNT LOCK") != NULL, "%s", made);
	free(made);
	the_fleet_works();
	rig_do(&rig, "SET GLOBAL event_scheduler = ON");
	rig_do(&rig, "INSERT INTO sse_events (client_id, event_type, event_data, expires_at) SELECT id, "
	             "'HEARTBEAT', '{}', "
	             "'2020-01-01' FROM clients");
	rig_do(&rig, "ALTER DEFINER = spotop_definer@localhost EVENT cleanup_sse_events ON SCHEDULE EVERY 1 "
	             "SECOND");
	for (int i = 0;
	     i < 100 && rig_number(&rig, "SELECT COUNT(*) FROM sse_events WHERE expires_at < '2021-01-01'");
	     i++)
		rig_do(&rig, "DO SLEEP(0.1)");
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM sse_events WHERE expires_at < '2021-01-01'"),
	                 0);
	rig_do(&rig, "SET GLOBAL event_scheduler = OFF");
}
END_TEST

START_TEST(nothing_breaks_when_who_made_it_goes)
{
	struct err e = { 0 };
	login("alice", "CREATE USER, SET USER ON *.*;ALL PRIVILEGES ON `spot\\_optimizer`.*;SELECT ON "
	               "performance_schema.*");
	ck_assert(server_sql(rig.server, "DROP DATABASE spot_optimizer", NULL, 0, &e));
	ck_assert(server_sql(rig.server,
	                     "DROP ROLE spotop_viewer, spotop_operator, spotop_agent, spotop_worker, "
	                     "spotop_admin",
	                     NULL, 0, &e));
	ck_assert(server_sql(rig.server, "DROP USER spotop_definer@localhost", NULL, 0, &e));
	struct rig_run run = init_as("alice", "spot_optimizer");
	ck_assert_msg(run.code == 0, "%d %s", run.code, run.err);
	rig_run_free(&run);
	owners_are("spotop_definer@localhost", OWNERS("spot_optimizer"));
	rig_do(&rig, "DROP USER alice");
	rig_fresh(&rig);
	the_fleet_works(); /* root hands out the roles that she made */
}
END_TEST

START_TEST(a_role_is_no_ground_to_build_on)
{
	rig_do(&rig, "CREATE OR REPLACE USER holder");
	rig_do(&rig, "GRANT spotop_admin TO holder");
	rig_do(&rig, "SET DEFAULT ROLE spotop_admin FOR holder");
	struct rig_run run = init_as("holder", "spot_optimizer");
	ck_assert_int_eq(run.code, 4);
	ck_assert_msg(strstr(run.err, "SET USER") != NULL, "%s", run.err);
	owners_are("spotop_definer@localhost", OWNERS("spot_optimizer"));
	the_fleet_works();
	rig_run_free(&run);
	/* With that right, wherever it comes from, it is done. */
	rig_do(&rig, "GRANT SET USER ON *.* TO holder");
	run = init_as("holder", "spot_optimizer");
	ck_assert_msg(run.code == 0, "%d %s", run.code, run.err);
	rig_run_free(&run);
	owners_are("spotop_definer@localhost", OWNERS("spot_optimizer"));
	the_fleet_works();
}
END_TEST

START_TEST(without_the_rights_it_works_and_says_what_it_costs)
{
	struct err e = { 0 };
	login("bob", "ALL PRIVILEGES ON `bobs`.*");
	struct rig_run run = init_as("bob", "bobs");
	ck_assert_msg(run.code == 4 && strstr(run.err, "the roles are not made"), "%d %s", run.code, run.err);
	owners_are("bob@%", OWNERS("bobs"));
	struct rig_run doctor = as("bob", "bobs", "doctor", NULL);
	ck_assert_msg(strstr(doctor.out, "fails for everybody when that login goes") != NULL, "%s",
	              doctor.out);
	rig_run_free(&doctor);
	ck_assert(server_sql(rig.server,
	                     "INSERT INTO bobs.clients (name, email, client_token) VALUES ('c', 'c', 'c')",
	                     NULL, 0, &e));
	/* What is printed runs from top to end, and then he is an administrator of it like any other. */
	login("eve",
	      "CREATE USER, SET USER ON *.*;ALL PRIVILEGES ON `bobs`.*;SELECT ON performance_schema.*");
	administrator_runs(&run, "eve", "bobs");
	rig_run_free(&run);
	rig_do(&rig, "SET DEFAULT ROLE spotop_admin_bobs FOR bob");
	run = init_as("bob", "bobs");
	ck_assert_msg(run.code == 0, "%d %s", run.code, run.err);
	rig_run_free(&run);
	owners_are("spotop_definer_bobs@localhost", OWNERS("bobs"));
	ck_assert(server_sql(rig.server, "DROP DATABASE bobs", NULL, 0, &e));
}
END_TEST

/* A new table that no role may read is no upgrade that is done. */
START_TEST(rights_that_could_not_be_given_are_no_success)
{
	rig_do(&rig, "CREATE OR REPLACE USER half");
	rig_do(&rig, "GRANT SET USER ON *.* TO half");
	rig_do(&rig, "GRANT ALL PRIVILEGES ON `spot\\_optimizer`.* TO half");
	rig_do(&rig, "REVOKE SELECT ON alerts FROM spotop_viewer");
	const char *upgrade[] = { "-u", "half", "-D", "spot_optimizer", "db", "upgrade", NULL };
	struct rig_run run = rig_spotop(&rig, false, upgrade);
	ck_assert_msg(run.code == 4 && strstr(run.err, "or lack rights") != NULL &&
	                      strstr(run.err, "`alerts` TO `spotop_viewer`") != NULL,
	              "%d %.3000s", run.code, run.err);
	administrator_runs(&run, "root", "spot_optimizer");
	rig_run_free(&run);
	const char *verify[] = { "-D", "spot_optimizer", "db", "verify", "-o", "jsonl", NULL };
	run = rig_spotop(&rig, false, verify);
	ck_assert_msg(strstr(run.out, "\"rights of spotop_viewer\",\"ok\":true") != NULL, "%s", run.err);
	rig_run_free(&run);
	rig_do(&rig, "GRANT spotop_admin TO half");
	rig_do(&rig, "SET DEFAULT ROLE spotop_admin FOR half");
	run = rig_spotop(&rig, false, upgrade);
	ck_assert_msg(run.code == 0, "%d %.3000s", run.code, run.err);
	rig_run_free(&run);
}
END_TEST

START_TEST(an_owner_that_is_gone_is_found)
{
	struct err e = { 0 };
	login("carl", "ALL PRIVILEGES ON `carls`.*");
	struct rig_run run = init_as("carl", "carls");
	rig_run_free(&run);
	rig_do(&rig, "DROP USER carl");
	const char *verify[] = { "-D", "carls", "db", "verify", "-o", "jsonl", NULL };
	run = rig_spotop(&rig, false, verify);
	ck_assert_msg(strstr(run.out, "{\"name\":\"owner of what runs\",\"ok\":false") != NULL, "%.3000s",
	              run.out);
	rig_run_free(&run);
	run = as("root", "carls", "doctor", NULL);
	ck_assert_msg(run.code == 1 && strstr(run.out, "carl"), "%d %s", run.code, run.out);
	rig_run_free(&run);
	run = init_as("root", "carls");
	ck_assert_msg(run.code == 0, "%s", run.err);
	rig_run_free(&run);
	owners_are("spotop_definer_carls@localhost", OWNERS("carls"));
	ck_assert(server_sql(rig.server, "DROP DATABASE carls", NULL, 0, &e));
}
END_TEST

START_TEST(one_that_is_anothers_is_named)
{
	const char *verify[] = { "-D", "spot_optimizer", "db", "verify", "-o", "jsonl", NULL };
	rig_do(&rig, "ALTER EVENT cleanup_old_events COMMENT 'mine now'");
	struct rig_run run = rig_spotop(&rig, false, verify);
	char *line = strstr(run.out, "\"owner of what runs\",\"ok\":false");
	ck_assert_msg(line && strstr(line, "event cleanup_old_events, which is root@localhost's"), "%.2000s",
	              run.out);
	rig_run_free(&run);
	run = init_as("root", "spot_optimizer");
	ck_assert_int_eq(run.code, 0);
	rig_run_free(&run);
	owners_are("spotop_definer@localhost", OWNERS("spot_optimizer"));
}
END_TEST

/* A statement as a login of the server, without spotop; its error, 0 for none. */
static int says(const char *who, const char *sql)
{
	char cmd[500];
	snprintf(cmd, sizeof cmd, "mariadb --no-defaults -S %s -u %s -e '%s' 2>/dev/null", rig.socket, who,
	         sql);
	return system(cmd);
}

/* Who makes users hands out the roles, whenever it got that right; a login makes its role its default itself. */
START_TEST(an_administrator_of_later_hands_out_the_roles_too)
{
	rig_do(&rig, "CREATE OR REPLACE USER newcomer");
	rig_do(&rig, "CREATE OR REPLACE USER late");
	rig_do(&rig, "GRANT CREATE USER ON *.* TO late");
	rig_do(&rig, "GRANT ALL PRIVILEGES ON `spot\\_optimizer`.* TO late");
	ck_assert_int_ne(says("late", "GRANT spotop_viewer TO newcomer"), 0);
	struct rig_run run = as("late", "spot_optimizer", "doctor", NULL);
	ck_assert_msg(strstr(run.out, "cannot hand out the roles: who can, as root@localhost, says GRANT "
	                              "`spotop_admin` TO 'late'@'%' WITH ADMIN OPTION") != NULL,
	              "%s", run.out);
	rig_run_free(&run);
	run = init_as("root", "spot_optimizer");
	ck_assert_int_eq(run.code, 0);
	rig_run_free(&run);
	run = as("late", "spot_optimizer", "doctor", NULL);
	ck_assert_msg(strstr(run.out, "hands out all five roles") != NULL, "%s", run.out);
	rig_run_free(&run);
	ck_assert_int_eq(says("late", "GRANT spotop_viewer TO newcomer"), 0);
	ck_assert_int_eq(says("newcomer", "SET DEFAULT ROLE spotop_viewer"), 0);
	run = as("newcomer", "spot_optimizer", "agents", NULL);
	ck_assert_msg(run.code == 0, "%s", run.err);
	rig_run_free(&run);
	/* And by what doctor said, where nobody runs init again. */
	rig_do(&rig, "CREATE OR REPLACE USER later");
	rig_do(&rig, "GRANT CREATE USER ON *.* TO later");
	rig_do(&rig, "GRANT spotop_admin TO later WITH ADMIN OPTION");
	ck_assert_int_eq(says("later", "SET ROLE spotop_admin; GRANT spotop_worker TO newcomer"), 0);
	ck_assert_int_eq(says("later", "GRANT spotop_admin TO newcomer"), 0);
}
END_TEST

START_TEST(roles_end_at_their_database)
{
	struct err e = { 0 };
	struct rig_run run = init_as("root", "staging_1");
	ck_assert_msg(run.code == 0, "%s", run.err);
	rig_run_free(&run);
	rig_do(&rig, "CREATE OR REPLACE USER tester");
	rig_do(&rig, "GRANT spotop_operator_staging_1 TO tester");
	rig_do(&rig, "SET DEFAULT ROLE spotop_operator_staging_1 FOR tester");
	static const struct {
		const char *database;
		int code;
	} tries[] = { { "staging_1", 0 }, { "spot_optimizer", 4 } };
	for (size_t i = 0; i < ARRAY_LEN(tries); i++) {
		const char *argv[] = { "-u", "tester",   "-D", tries[i].database, "freeze", "fleet", "--for",
			               "1m", "--reason", "r",  "--yes",           NULL };
		run = rig_spotop(&rig, false, argv);
		ck_assert_msg(run.code == tries[i].code, "%s: %d %s%s", tries[i].database, run.code, run.out,
		              run.err);
		rig_run_free(&run);
	}
	ck_assert(server_sql(rig.server, "DROP DATABASE staging_1", NULL, 0, &e));
}
END_TEST

Suite *suite_schema_owner(void);
Suite *suite_schema_owner(void)
{
	Suite *s = suite_create("schema_owner");
	TCase *t = tcase_create("owner");
	tcase_set_timeout(t, 90);
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_test(t, what_runs_belongs_to_a_locked_account);
	tcase_add_test(t, nothing_breaks_when_who_made_it_goes);
	tcase_add_test(t, a_role_is_no_ground_to_build_on);
	tcase_add_test(t, without_the_rights_it_works_and_says_what_it_costs);
	tcase_add_test(t, rights_that_could_not_be_given_are_no_success);
	tcase_add_test(t, an_owner_that_is_gone_is_found);
	tcase_add_test(t, one_that_is_anothers_is_named);
	tcase_add_test(t, an_administrator_of_later_hands_out_the_roles_too);
	tcase_add_test(t, roles_end_at_their_database);
	suite_add_tcase(s, t);
	return s;
}
