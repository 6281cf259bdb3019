/* self.c - doctor and info against a server whose faults are made: missing rights, a role that sleeps,
 * events gone, no schema, no server. */
#include "core/base/mem.h"
#include "tests/support/rig.h"
#include "tests/support/server.h"
#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

Suite *suite_self(void);
static struct rig rig;

static void start(void)
{
	rig_start(&rig);
	rig_do(&rig, "CREATE USER d_viewer, d_asleep, d_operator, d_worker");
	rig_do(&rig, "GRANT spotop_viewer TO d_viewer");
	rig_do(&rig, "SET DEFAULT ROLE spotop_viewer FOR d_viewer");
	rig_do(&rig, "GRANT SELECT ON spot_optimizer.* TO d_asleep");
	rig_do(&rig, "GRANT spotop_operator TO d_asleep");
	rig_do(&rig, "GRANT spotop_operator TO d_operator");
	rig_do(&rig, "SET DEFAULT ROLE spotop_operator FOR d_operator");
	rig_do(&rig, "GRANT spotop_worker TO d_worker");
	rig_do(&rig, "SET DEFAULT ROLE spotop_worker FOR d_worker");
	rig_do(&rig, "CREATE DATABASE elsewhere");
	rig_do(&rig, "GRANT USAGE ON *.* TO d_nobody IDENTIFIED BY ''");
	rig_do(&rig, "GRANT CREATE ON elsewhere.* TO d_nobody");
}
static void stop(void) { rig_stop(&rig); }

static json_t *rows_of(const struct rig_run *r)
{
	json_error_t je;
	json_t *j = json_loads(r->out, 0, &je);
	ck_assert_msg(j != NULL, "not JSON (%s): %s%s", je.text, r->out, r->err);
	return j;
}

/* "ok viewer: sentence" of the report's line of that name; "" when there is none. */
static const char *line_of(const json_t *j, const char *name, char *out, size_t n)
{
	size_t i;
	json_t *row;
	*out = 0;
	json_array_foreach(json_object_get(j, "rows"), i,
	                   row) if (strcmp(json_string_value(json_object_get(row, "name")), name) == 0)
	        snprintf(out, n, "%s %s", json_string_value(json_object_get(row, "result")),
	                 json_string_value(json_object_get(row, "sentence")));
	return out;
}

static void expect(const json_t *j, const char *name, const char *start_of_line)
{
	char line[800];
	ck_assert_msg(strncmp(line_of(j, name, line, sizeof line), start_of_line, strlen(start_of_line)) == 0,
	              "%s is '%s', not '%s...'", name, line, start_of_line);
}

static json_t *doctor(const char *user, const char *database, int code)
{
	const char *argv[] = { "doctor", "-o", "json", "-u", user, "-D", database, NULL };
	struct rig_run r = rig_spotop(&rig, false, argv);
	ck_assert_msg(r.code == code, "exit %d, not %d: %s%s", r.code, code, r.out, r.err);
	json_t *j = rows_of(&r);
	ck_assert_str_eq(json_string_value(json_object_get(j, "schema")), "spotop.doctor/1");
	rig_run_free(&r);
	return j;
}

static const struct {
	const char *user, *viewer, *operator, * agent, *worker, *admin;
} logins[] = {
	{ "root", "ok this login reads", "ok this login issues", "ok this login does", "ok this login runs",
	  "ok this login changes" },
	{ "d_viewer", "ok this login reads",
	  "ok not granted; a login that issues commands needs: GRANT spotop_operator TO 'd_viewer'@'%'; SET "
	  "DEFAULT "
	  "ROLE spotop_operator FOR 'd_viewer'@'%'",
	  "ok not granted", "ok not granted", "ok not granted" },
	{ "d_asleep", "ok this login reads",
	  "warn the role is granted and not active: SET DEFAULT ROLE spotop_operator, said by this login "
	  "itself",
	  "ok not granted", "ok not granted", "ok not granted" },
	{ "d_operator", "ok this login reads", "ok this login issues", "ok not granted", "ok not granted",
	  "ok not granted" },
	{ "d_worker", "ok this login reads", "ok not granted", "ok not granted", "ok this login runs",
	  "ok not granted" },
};

START_TEST(each_login_is_told_what_it_may)
{
	json_t *j = doctor(logins[_i].user, "spot_optimizer", 0);
	expect(j, "connection", "ok ");
	char line[800];
	ck_assert_msg(strstr(line_of(j, "server", line, sizeof line), "tested on MariaDB 10.11 and 11.8"),
	              "%s", line);
	expect(j, "viewer", logins[_i].viewer);
	expect(j, "operator", logins[_i].operator);
	expect(j, "agent", logins[_i].agent);
	expect(j, "worker", logins[_i].worker);
	expect(j, "admin", logins[_i].admin);
	expect(j, "schema", "ok version 7.0");
	expect(j, "events", _i == 0 ? "ok all 4" : "ok not seen by this login");
	json_decref(j);
}
END_TEST

START_TEST(the_grant_it_names_is_the_one_that_helps)
{
	rig_do(&rig, "CREATE USER d_later");
	rig_do(&rig, "GRANT spotop_viewer TO d_later");
	rig_do(&rig, "SET DEFAULT ROLE spotop_viewer FOR d_later");
	char line[800], *grant, *role;
	json_t *before = doctor("d_later", "spot_optimizer", 0);
	grant = strstr(line_of(before, "operator", line, sizeof line), "GRANT ");
	ck_assert_msg(grant && (role = strstr(grant, "; ")), "no statements in '%s'", line);
	*role = 0;
	rig_do(&rig, "%s", grant);
	rig_do(&rig, "%s", role + 2);
	json_decref(before);
	json_t *j = doctor("d_later", "spot_optimizer", 0);
	expect(j, "operator", "ok this login issues");
	json_decref(j);
	rig_do(&rig, "DROP USER d_later");
}
END_TEST

START_TEST(a_login_that_cannot_read_fails)
{
	json_t *j = doctor("d_nobody", "elsewhere", 1);
	expect(j, "viewer",
	       "fail not granted; a login that reads every view needs: GRANT spotop_viewer_elsewhere TO "
	       "'d_nobody'@");
	expect(j, "schema", "fail ");
	json_decref(j);
}
END_TEST

START_TEST(events_gone_or_asleep_are_named)
{
	rig_do(&rig, "ALTER DEFINER = spotop_definer@localhost EVENT cleanup_old_events DISABLE");
	rig_do(&rig, "DROP EVENT make_partitions_ahead");
	json_t *j = doctor("root", "spot_optimizer", 0);
	expect(j, "events", "warn cleanup_old_events is not enabled, make_partitions_ahead is missing");
	json_decref(j);
	rig_do(&rig, "ALTER DEFINER = spotop_definer@localhost EVENT cleanup_old_events ENABLE");
	const char *argv[] = { "db", "init", NULL };
	struct rig_run r = rig_spotop(&rig, false, argv);
	ck_assert_msg(r.code == 0, "%s", r.err);
	rig_run_free(&r);
	j = doctor("root", "spot_optimizer", 0);
	expect(j, "events", "ok all 4");
	json_decref(j);
}
END_TEST

START_TEST(a_scheduler_that_is_off_is_a_warning)
{
	char was[16];
	struct err e;
	ck_assert(server_sql(rig.server, "SELECT @@event_scheduler", was, sizeof was, &e));
	rig_do(&rig, "SET GLOBAL event_scheduler = OFF");
	json_t *j = doctor("root", "spot_optimizer", 0);
	expect(j, "event_scheduler", "warn OFF: run `spotop worker`");
	json_decref(j);
	rig_do(&rig, "SET GLOBAL event_scheduler = ON");
	j = doctor("root", "spot_optimizer", 0);
	expect(j, "event_scheduler", "ok on");
	json_decref(j);
	rig_do(&rig, "SET GLOBAL event_scheduler = %s", was);
}
END_TEST

START_TEST(without_a_database_the_machine_is_still_looked_at)
{
	const char *argv[] = { "doctor", "-S", "/nowhere/s.sock", NULL };
	struct rig_run r = rig_spotop(&rig, false, argv);
	ck_assert_int_eq(r.code, 3);
	ck_assert_msg(strstr(r.out, "\nfail connection: ") != NULL, "%s", r.out);
	ck_assert_msg(strstr(r.out, " state: ") != NULL, "%s", r.out);
	ck_assert_msg(strstr(r.out, " locale: ") != NULL, "%s", r.out);
	rig_run_free(&r);
}
END_TEST

START_TEST(a_state_folder_that_cannot_be_is_a_failure)
{
	char state[108];
	memcpy(state, rig.state, sizeof state);
	snprintf(rig.state, sizeof rig.state, "/proc/self");
	json_t *j = doctor("root", "spot_optimizer", 1);
	expect(j, "state", "fail cannot make the folder /proc/self/spotop");
	char line[800];
	ck_assert_msg(strstr(line_of(j, "state", line, sizeof line), "; set XDG_STATE_HOME to a folder") !=
	                      NULL,
	              "%s", line);
	json_decref(j);
	memcpy(rig.state, state, sizeof state);
}
END_TEST

static const json_t *info_row(const json_t *j, const char *section, const char *name)
{
	size_t i;
	json_t *row;
	json_array_foreach(json_object_get(j, "rows"), i,
	                   row) if (strcmp(json_string_value(json_object_get(row, "section")), section) ==
	                                    0 &&
	                            strcmp(json_string_value(json_object_get(row, "name")), name) ==
	                                    0) return row;
	ck_abort_msg("no row %s %s", section, name);
	return NULL;
}

/* An option named twice is told once, with the place that holds; the password never. */
START_TEST(info_says_where_an_option_came_from)
{
	char cnf[160], command[600], origin[200];
	snprintf(cnf, sizeof cnf, "%s/info.cnf", rig.state);
	FILE *f = fopen(cnf, "w");
	ck_assert_ptr_nonnull(f);
	fputs("[client]\nuser=first\npassword=s3cret\n[spotop]\nuser=second\nenv-name=prod\n", f);
	fclose(f);
	snprintf(command, sizeof command, "%s info --defaults-file=%s -o json -D other", getenv("SPOTOP_BIN"),
	         cnf);
	struct rig_run r = { .out = mem_alloc(65536), .err = mem_dup("") };
	f = popen(command, "r");
	ck_assert_ptr_nonnull(f);
	ck_assert(fread(r.out, 1, 65535, f) > 0);
	ck_assert_int_eq(pclose(f), 0);
	ck_assert_msg(!strstr(r.out, "s3cret"), "the password is shown: %s", r.out);
	json_t *j = rows_of(&r);
	const json_t *env = info_row(j, "option", "env-name");
	snprintf(origin, sizeof origin, "%s:6", cnf);
	ck_assert_str_eq(json_string_value(json_object_get(env, "origin")), origin);
	ck_assert_str_eq(json_string_value(json_object_get(env, "value")), "prod");
	ck_assert_str_eq(json_string_value(json_object_get(info_row(j, "option", "user"), "value")),
	                 "second");
	const json_t *db = info_row(j, "option", "database");
	ck_assert_str_eq(json_string_value(json_object_get(db, "value")), "other");
	ck_assert_str_eq(json_string_value(json_object_get(db, "origin")), "command line");
	ck_assert_str_eq(json_string_value(json_object_get(info_row(j, "option", "password"), "value")),
	                 "(hidden)");
	ck_assert_ptr_nonnull(info_row(j, "library", "libmariadb"));
	json_decref(j);
	rig_run_free(&r);
	unlink(cnf);
}
END_TEST

Suite *suite_self(void)
{
	Suite *s = suite_create("self");
	TCase *c = tcase_create("doctor");
	tcase_set_timeout(c, 60);
	tcase_add_unchecked_fixture(c, start, stop);
	tcase_add_loop_test(c, each_login_is_told_what_it_may, 0, sizeof logins / sizeof logins[0]);
	tcase_add_test(c, the_grant_it_names_is_the_one_that_helps);
	tcase_add_test(c, a_login_that_cannot_read_fails);
	tcase_add_test(c, events_gone_or_asleep_are_named);
	tcase_add_test(c, a_scheduler_that_is_off_is_a_warning);
	tcase_add_test(c, without_a_database_the_machine_is_still_looked_at);
	tcase_add_test(c, a_state_folder_that_cannot_be_is_a_failure);
	tcase_add_test(c, info_says_where_an_option_came_from);
	suite_add_tcase(s, c);
	return s;
}
