/* acts.c - acts in the console, carried out by simulated agents through the procedures of real ones: one
 * target and many, interrupted and resumed, followed to their end; what keys do not do. */
#include "core/base/err.h"
#include "core/base/mem.h"
#include "tests/support/eyes.h"
#include "tests/support/server.h"
#include "tests/support/server_schema.h"
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define DB "spot_optimizer."
static struct server *server;
static char cnf[300];
static pid_t sim;
static char three[3][40]; /* agents that are well */
static const char *const env[] = { "LC_ALL=C.UTF-8", "TERM=xterm-256color", "TZ=UTC", NULL };

/* --- the fleet --- */

static const char *ask(const char *fmt, const char *a)
{
	static char value[300];
	char sql[900];
	struct err e = { 0 };
	const char *at = strstr(fmt, "%s");
	if (at)
		snprintf(sql, sizeof sql, "%.*s%s%s", (int)(at - fmt), fmt, a, at + 2);
	else
		snprintf(sql, sizeof sql, "%s", fmt);
	ck_assert_msg(server_sql(server, sql, value, sizeof value, &e), "%s: %s", sql, e.text);
	return value;
}

static pid_t spotop(const char *const *words)
{
	const char *argv[16] = { getenv("SPOTOP_BIN"), cnf };
	size_t n = 2;
	while (*words) argv[n++] = *words++;
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (freopen("/dev/null", "w", stdout) && freopen("/dev/null", "w", stderr))
			execv(argv[0], (char *const *)argv);
		_exit(127);
	}
	return pid;
}

static void setup(void)
{
	struct err e = { 0 };
	int status;
	server = server_start(NULL, &e);
	ck_assert_msg(server && server_load_schema(server, &e), "%s", e.text);
	snprintf(cnf, sizeof cnf, "--defaults-file=%s/acts.cnf", server_dir(server));
	FILE *f = fopen(strchr(cnf, '=') + 1, "w");
	ck_assert_ptr_nonnull(f);
	fprintf(f, "[client]\nsocket=%s\nuser=root\n[spotop]\nenv-name=acts\n", server_socket(server));
	ck_assert_int_eq(fclose(f), 0);
	setenv("XDG_STATE_HOME", server_dir(server), 1);
	setenv("XDG_CONFIG_HOME", server_dir(server), 1);
	pid_t fill = spotop(
	        (const char *[]){ "sim", "--fill", "--agents", "40", "--clients", "1", "--days", "2", NULL });
	ck_assert_int_eq(waitpid(fill, &status, 0), fill);
	ck_assert_int_eq(status, 0);
	ask("UPDATE " DB "agent_configs SET min_pool_duration_hours = 0, max_switches_per_week = 200, "
	    "blacklist_pools = NULL",
	    NULL);
	ask("UPDATE " DB "clients SET metadata = JSON_OBJECT('max_touched_share', 1)", NULL);
	ask("UPDATE " DB "spot_pools SET is_cordoned = FALSE, cordoned_until = NULL", NULL);
	ask("DELETE FROM " DB "automation_freezes", NULL);
	/* whatever the prices do, one pool of each kind is the cheapest by far */
	ask("CREATE TABLE " DB "cheap AS SELECT MAX(id) AS id FROM " DB
	    "spot_pools GROUP BY instance_type, region",
	    NULL);
	ask("CREATE TRIGGER " DB "cheap_ones BEFORE UPDATE ON " DB
	    "spot_pools FOR EACH ROW SET NEW.last_price = "
	    "IF(EXISTS (SELECT 1 FROM " DB
	    "cheap c WHERE c.id = NEW.id), NEW.last_price / 9, NEW.last_price)",
	    NULL);
	ask("UPDATE " DB "spot_pools SET last_price_at = NOW()", NULL);
	ask("UPDATE " DB "agents SET notice_status = 'none', notice_deadline = NULL", NULL);
	sim = spotop((const char *[]){ "sim", "--quiet", "--speed", "20", "--failures", "0", "--lies", "0",
	                               NULL });
}

static void teardown(void)
{
	int status;
	kill(sim, SIGCONT);
	kill(sim, SIGTERM);
	waitpid(sim, &status, 0);
	server_stop(server);
}

/* Three agents that are well, have not been touched yet, and end their old instances by themselves. */
static void choose(void)
{
	for (int i = 0; i < 3; i++) {
		char sql[700];
		snprintf(sql, sizeof sql,
		         "SELECT a.logical_agent_id FROM " DB
		         "agents a WHERE a.metadata NOT LIKE '%%role%%' AND a.enabled AND "
		         "a.auto_terminate_enabled AND a.current_mode = 'spot' AND a.current_pool_id NOT IN "
		         "(SELECT id FROM " DB "cheap) AND NOT EXISTS (SELECT 1 "
		         "FROM " DB "commands c WHERE c.agent_id = a.id AND c.created_at > NOW() - INTERVAL "
		         "10 MINUTE) ORDER BY "
		         "a.logical_agent_id LIMIT 1 OFFSET %d",
		         i);
		snprintf(three[i], sizeof three[i], "%s", ask(sql, NULL));
		ck_assert_str_ne(three[i], "");
	}
}

static void begin(void)
{
	choose();
	const char *argv[] = { getenv("SPOTOP_BIN"), cnf, "--write", NULL };
	p = pty_spawn(32, 120, argv, env);
}

static void end(void)
{
	kill(sim, SIGCONT);
	pty_free(p);
	p = NULL;
}

/* --- hands --- */

/* A dialog is deaf for a moment after each of its steps. */
static void press(const char *keys)
{
	pty_settle(p, 450);
	pty_keys(p, keys);
}
static void filter_agents(const char *expr, const char *until)
{
	char keys[200];
	want("RW");
	pty_keys(p, "2");
	want("agents  40");
	snprintf(keys, sizeof keys, "/%s\r", expr);
	pty_keys(p, keys);
	want(until);
}
static void type_what_is_asked(void)
{
	want("to issue, Esc leaves");
	pty_settle(p, 450);
	const char *at = strstr(pty_screen(p), "type "), *stop = at ? strstr(at, " to issue") : NULL;
	ck_assert_ptr_nonnull(stop);
	char word[64];
	snprintf(word, sizeof word, "%.*s", (int)(stop - at - 5), at + 5);
	pty_keys(p, word);
}
static int commands(void)
{
	return atoi(ask("SELECT COUNT(*) FROM " DB
	                "commands WHERE trigger_type = 'manual' AND created_by LIKE 'root%'",
	                NULL));
}
static void mark_three(void)
{
	char expr[150];
	snprintf(expr, sizeof expr, "%s|%s|%s", three[0], three[1], three[2]);
	filter_agents(expr, "3 of 40");
	pty_keys(p, "*");
	want("3 marked");
}

/* --- one target --- */

START_TEST(a_switch_is_followed_to_its_end_with_a_bell)
{
	filter_agents(three[0], "1 of 40");
	pty_keys(p, "as");
	want("old instance terminated");
	press("o");
	want("KEPT, +$");
	press("o");
	want("old instance terminated");
	press("\r");
	want("s after the new one is primary");
	pty_mark(p);
	type_what_is_asked();
	want("issued: switch");
	want("completed");
	ck_assert(pty_wait_raw(p, "\a", WAIT_MS));
	want("expected");
	ck_assert_str_eq(ask("SELECT CONCAT(c.status, ' ', o.instance_status) FROM " DB "commands c JOIN " DB
	                     "instances o ON o.id = c.instance_id JOIN " DB
	                     "agents a ON a.id = c.agent_id WHERE a.logical_agent_id = '%s' ORDER BY "
	                     "c.created_at DESC LIMIT 1",
	                     three[0]),
	                 "completed terminated");
}
END_TEST

/* The agents stand still, so that it is under way when the console is left; they go on with nobody looking. */
START_TEST(leaving_names_what_goes_on_and_the_next_start_tells_its_end)
{
	int status;
	const char *argv[] = { getenv("SPOTOP_BIN"), cnf, NULL };
	filter_agents(three[0], "1 of 40");
	kill(sim, SIGSTOP);
	pty_keys(p, "as");
	want("s after the new one is primary");
	press("\r");
	type_what_is_asked();
	want("issued: switch");
	pty_settle(p, 450);
	escape();
	want_gone("issued: switch");
	pty_keys(p, "Q");
	want("q again leaves; 1 of yours under way and going on");
	ck_assert_ptr_nonnull(strstr(pty_screen(p), three[0]));
	ck_assert_int_eq(kill(pty_pid(p), 0), 0);
	pty_keys(p, "Q");
	want("goes on: ");
	ck_assert(pty_wait_exit(p, &status, WAIT_MS));
	ck_assert_int_eq(status, 0);
	pty_free(p);
	kill(sim, SIGCONT);
	for (int i = 0; i < 200 && atoi(ask("SELECT COUNT(*) FROM " DB
	                                    "commands WHERE status IN ('pending', 'executing') AND "
	                                    "trigger_type = 'manual' AND created_by LIKE 'root%'",
	                                    NULL));
	     i++)
		usleep(100000);
	p = pty_spawn(32, 120, argv, env);
	want("completed after");
	ck_assert_ptr_nonnull(strstr(pty_screen(p), three[0]));
	pty_keys(p, "Q"); /* nothing of mine is under way: it leaves at once */
	ck_assert(pty_wait_exit(p, &status, WAIT_MS));
	ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(a_kept_instance_is_kept_and_costs_on)
{
	filter_agents(three[0], "1 of 40");
	pty_keys(p, "as");
	want("old instance terminated");
	press("o");
	want("KEPT, +$");
	press("\r");
	want("KEPT, +$");
	type_what_is_asked();
	want("completed");
	ck_assert_str_eq(ask("SELECT o.instance_status FROM " DB "commands c JOIN " DB
	                     "instances o ON o.id = c.instance_id JOIN " DB
	                     "agents a ON a.id = c.agent_id WHERE a.logical_agent_id = '%s' ORDER BY "
	                     "c.created_at DESC LIMIT 1",
	                     three[0]),
	                 "zombie");
}
END_TEST

START_TEST(a_replica_is_launched_promoted_and_the_old_primary_goes)
{
	char box[40], keys[60], sql[400];
	filter_agents(three[0], "1 of 40");
	pty_keys(p, "al");
	want("a replica  (r: as the primary)");
	press("\r");
	type_what_is_asked();
	want("completed");
	snprintf(sql, sizeof sql,
	         "SELECT i.id FROM " DB "instances i JOIN " DB
	         "agents a ON a.id = i.agent_id WHERE a.logical_agent_id = '%s' AND i.instance_status = "
	         "'running_replica' "
	         "ORDER BY i.launch_requested_at DESC LIMIT 1",
	         three[0]);
	snprintf(box, sizeof box, "%s", ask(sql, NULL));
	ck_assert_str_ne(box, "");
	press("\033");
	pty_settle(p, 200);
	pty_keys(p, "3");
	snprintf(keys, sizeof keys, "/%s\r", box);
	pty_keys(p, keys);
	want("running_replica");
	pty_keys(p, "ap");
	want("old instance");
	type_what_is_asked();
	want("completed");
	ck_assert_str_eq(ask("SELECT GROUP_CONCAT(i.instance_status) FROM " DB "instances i JOIN " DB
	                     "agents a ON a.id = i.agent_id WHERE a.logical_agent_id = '%s' AND i.is_primary",
	                     three[0]),
	                 "running_primary");
	ck_assert_str_eq(ask("SELECT is_primary FROM " DB "instances WHERE id = '%s'", box), "1");
}
END_TEST

START_TEST(settings_are_typed_as_on_the_command_line)
{
	filter_agents(three[0], "1 of 40");
	pty_keys(p, "ac");
	want("key=value");
	press("auto_switch=on manual_replica=on\r");
	want("exclude each other");
	press("\033");
	pty_settle(p, 200);
	pty_keys(p, "ac");
	want("key=value");
	press("replica_count=2 terminate_wait_seconds=77\r");
	want("y issues it");
	press("y");
	want("completed");
	ck_assert_str_eq(ask("SELECT CONCAT(replica_count, ' ', terminate_wait_seconds) FROM " DB
	                     "agents WHERE logical_agent_id = '%s'",
	                     three[0]),
	                 "2 77");
}
END_TEST

/* The target changes between the preview and the key that confirms: nothing is sent, what moved is told, and
 * the same dialog goes on with things as they are. A slow machine may see the change before the key; then it
 * is tried again. */
START_TEST(what_moved_is_told_and_must_be_confirmed_again)
{
	bool was_told = false;
	filter_agents(three[0], "1 of 40");
	for (int tries = 0; tries < 5 && !was_told; tries++) {
		char setting[40];
		snprintf(setting, sizeof setting, "replica_count=%d\r", 3 + tries);
		pty_keys(p, "ac");
		want("key=value");
		press(setting);
		want("y issues it");
		pty_settle(p, 450);
		ask("UPDATE " DB "agents SET terminate_wait_seconds = terminate_wait_seconds + 1 WHERE "
		    "logical_agent_id = '%s'",
		    three[0]);
		int before = commands();
		pty_keys(p, "y");
		for (int i = 0; i < 600 && !was_told && !strstr(pty_screen(p), "issued: config"); i++) {
			pty_settle(p, 50);
			was_told = strstr(pty_screen(p), "this is how it is now") != NULL;
		}
		if (!was_told) {
			press("\033");
			pty_settle(p, 200);
			continue;
		}
		want("version was");
		ck_assert_int_eq(commands(), before);
		want("y issues it");
		press("y");
		want("issued: config");
		ck_assert_int_eq(commands(), before + 1);
	}
	ck_assert(was_told);
}
END_TEST

START_TEST(a_freeze_is_of_what_is_typed)
{
	want("RW");
	pty_keys(p, "2");
	want("agents  40");
	pty_keys(p, "az");
	want("what:");
	press("\025fleet\r"); /* C-u clears what was proposed */
	want("for (2h):");
	press("5m\r");
	want("reason:");
	press("a drill\r");
	want("freeze fleet for 00:05:00");
	press("y");
	want("AUTOMATION FROZEN");
	ck_assert_str_eq(ask("SELECT GROUP_CONCAT(scope_type) FROM " DB
	                     "automation_freezes WHERE thawed_at IS NULL",
	                     NULL),
	                 "all");
	ask("UPDATE " DB "automation_freezes SET thawed_at = NOW()", NULL);
}
END_TEST

/* --- what keys do not do --- */

START_TEST(a_paste_and_a_stuck_key_approve_nothing)
{
	static char paste[10300] = "\033[200~";
	while (strlen(paste) < 10240) strcat(paste, "y\ry\r");
	strcat(paste, "\033[201~");
	want("RW");
	pty_keys(p, ":pools\r");
	want("us-west-2");
	pty_keys(p, "ao");
	want("for (2h):");
	press("5m\r");
	want("reason:");
	press("a drill\r");
	for (int i = 0; i < 60; i++) { /* the key was held down before the question came, and still is */
		pty_keys(p, "y");
		pty_settle(p, 20);
	}
	want("y issues it");
	pty_keys(p, paste);
	want("a paste confirms nothing");
	pty_keys(p, "\r\r\r");
	pty_settle(p, 450);
	paste[strlen(paste) - 6] = 0; /* the same from a terminal that puts no brackets around it */
	pty_keys(p, paste + 6);
	want("more keys came after it: nothing was sent");
	pty_settle(p, 450);
	ck_assert_str_eq(ask("SELECT COUNT(*) FROM " DB "spot_pools WHERE is_cordoned", NULL), "0");
	press("y");
	want("done: cordon");
	ck_assert_str_eq(ask("SELECT COUNT(*) FROM " DB "spot_pools WHERE is_cordoned", NULL), "1");
	ask("UPDATE " DB "spot_pools SET is_cordoned = FALSE, cordoned_until = NULL", NULL);
}
END_TEST

/* --- many targets --- */

START_TEST(marked_rows_one_first_then_the_rest)
{
	int before = commands();
	mark_three();
	pty_keys(p, "a");
	want("act on 3 marked rows");
	pty_keys(p, "s");
	want("best");
	press("\r");
	want("Enter leaves it out");
	press("\r");
	want("3 would be done");
	want("without replica");
	press("\r\r");
	pty_keys(p, "\033[200~switch 3\033[201~");
	want("a paste confirms nothing");
	pty_keys(p, "switch 3 "); /* the same from a terminal that puts no brackets around it */
	want("more keys came after it: nothing was sent");
	pty_settle(p, 450);
	ck_assert_int_eq(commands(), before);
	type_what_is_asked();
	want("3 ready, 0 under way");
	ck_assert_int_eq(commands(), before + 3);
	/* The first was in its agent's hands before the others were ordered. */
	ck_assert_str_eq(ask("SELECT MIN(executed_at) < MAX(created_at) AND COUNT(DISTINCT created_at) > 1 "
	                     "FROM (SELECT "
	                     "executed_at, created_at FROM " DB
	                     "commands WHERE created_by LIKE 'root%' ORDER BY created_at DESC LIMIT 3) x",
	                     NULL),
	                 "1");
}
END_TEST

/* Where the three are, in one line. */
static void pools_of_three(char *out, size_t n)
{
	char sql[400];
	snprintf(sql, sizeof sql,
	         "SELECT GROUP_CONCAT(logical_agent_id, ' ', current_pool_id ORDER BY logical_agent_id) "
	         "FROM " DB "agents WHERE logical_agent_id IN ('%s', '%s', '%s')",
	         three[0], three[1], three[2]);
	snprintf(out, n, "%s", ask(sql, NULL));
}

static void want_all_completed(int n)
{
	for (int i = 0; i < 300; i++) {
		if (atoi(ask("SELECT COUNT(*) FROM (SELECT status FROM " DB
		             "commands WHERE created_by LIKE 'root%' ORDER BY created_at DESC LIMIT 3) x "
		             "WHERE "
		             "status = 'completed'",
		             NULL)) == n)
			return;
		usleep(100000);
	}
	ck_abort_msg("they did not complete");
}

START_TEST(a_bulk_is_turned_back_whole)
{
	char was[300], then[300], is[300], reason[60];
	int before = commands();
	pools_of_three(was, sizeof was);
	mark_three();
	pty_keys(p, "as");
	want("best");
	press("\r");
	want("Enter leaves it out");
	press("\r");
	want("3 would be done");
	type_what_is_asked();
	want("3 ready, 0 under way");
	want_all_completed(3);
	pools_of_three(then, sizeof then);
	ck_assert_str_ne(then, was);
	press("\033");
	/* one of them ended otherwise: the rest is prepared, and it is said */
	ask("UPDATE " DB
	    "commands SET created_by = 'x' WHERE created_by LIKE 'root%' ORDER BY created_at DESC LIMIT 1",
	    NULL);
	pty_keys(p, "u");
	want("2 would be done");
	want("2 of 3 are turned back: 1 never sent or without an inverse");
	press("\033");
	want_gone("2 would be done");
	ask("UPDATE " DB "commands SET created_by = 'root@localhost' WHERE created_by = 'x'", NULL);
	pty_keys(p, "u");
	want("3 would be done");
	want("without replica"); /* how much of what it touches */
	want("undoes the switch");
	type_what_is_asked();
	want("3 ready, 0 under way");
	ck_assert_int_eq(commands(), before + 6);
	want_all_completed(3);
	pools_of_three(is, sizeof is);
	ck_assert_str_eq(is, was);
	snprintf(reason, sizeof reason, "%s",
	         ask("SELECT CONCAT(COUNT(*), ' ', MIN(reason)) FROM " DB
	             "commands WHERE reason LIKE 'undo of the bulk%'",
	             NULL));
	ck_assert_msg(strncmp(reason, "3 undo of the bulk ", 19) == 0, "%s", reason);
}
END_TEST

START_TEST(marks_that_a_filter_hides_are_left_out)
{
	char expr[100];
	mark_three();
	snprintf(expr, sizeof expr, "/\025%s|%s\r", three[0], three[1]);
	pty_keys(p, expr);
	want("2 of 40");
	pty_keys(p, "a");
	want("act on 2 marked rows; those the filter hides are left out");
	pty_keys(p, "\033");
}
END_TEST

START_TEST(all_that_a_filter_finds)
{
	char expr[150];
	snprintf(expr, sizeof expr, "%s|%s|%s", three[0], three[1], three[2]);
	filter_agents(expr, "3 of 40");
	pty_keys(p, "a");
	want("(* on all that the filter finds)");
	pty_keys(p, "*");
	want("act on 3 rows, all that the filter finds");
	pty_keys(p, "s");
	want("best");
	press("\025on-demand\r");
	want("Enter leaves it out");
	press("\r");
	want("3 would be done");
	want("to on-demand");
	press("\033");
}
END_TEST

START_TEST(what_would_be_refused_is_left_out_and_said)
{
	ask("UPDATE " DB "agent_configs c JOIN " DB
	    "agents a ON a.id = c.agent_id SET c.max_switches_per_week = 0 "
	    "WHERE a.logical_agent_id = '%s'",
	    three[1]);
	mark_three();
	pty_keys(p, "as");
	want("best");
	press("\r");
	want("Enter leaves it out");
	press("\r");
	want("2 would be done; what would be refused is left out");
	want("switches_per_week");
	press("\033");
	ask("UPDATE " DB "agent_configs SET max_switches_per_week = 200", NULL);
}
END_TEST

START_TEST(a_killed_console_leaves_a_bulk_that_is_taken_up)
{
	int status, before = commands();
	mark_three();
	pty_keys(p, "as");
	want("best");
	press("\r");
	want("Enter leaves it out");
	press("\r");
	want("3 would be done");
	kill(sim, SIGSTOP); /* the first one will not get ready now */
	type_what_is_asked();
	want("0 ready, 1 under way");
	kill(pty_pid(p), SIGKILL);
	ck_assert(pty_wait_exit(p, &status, WAIT_MS));
	pty_free(p);
	kill(sim, SIGCONT);
	ck_assert_int_eq(commands(), before + 1);
	const char *argv[] = { getenv("SPOTOP_BIN"), cnf, "--write", NULL };
	p = pty_spawn(32, 120, argv, env);
	want("of 3 was interrupted");
	pty_keys(p, ":bulk\r");
	want("resumed: 3 would be done");
	want("was done before");
	type_what_is_asked();
	want("3 ready, 0 under way");
	ck_assert_int_eq(commands(), before + 3);
}
END_TEST

Suite *suite_acts(void);
Suite *suite_acts(void)
{
	Suite *s = suite_create("acts");
	TCase *t = tcase_create("acts");
	tcase_set_timeout(t, 150);
	tcase_add_unchecked_fixture(t, setup, teardown);
	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, a_switch_is_followed_to_its_end_with_a_bell);
	tcase_add_test(t, leaving_names_what_goes_on_and_the_next_start_tells_its_end);
	tcase_add_test(t, a_kept_instance_is_kept_and_costs_on);
	tcase_add_test(t, a_replica_is_launched_promoted_and_the_old_primary_goes);
	tcase_add_test(t, settings_are_typed_as_on_the_command_line);
	tcase_add_test(t, what_moved_is_told_and_must_be_confirmed_again);
	tcase_add_test(t, a_freeze_is_of_what_is_typed);
	tcase_add_test(t, a_paste_and_a_stuck_key_approve_nothing);
	tcase_add_test(t, marked_rows_one_first_then_the_rest);
	tcase_add_test(t, a_bulk_is_turned_back_whole);
	tcase_add_test(t, marks_that_a_filter_hides_are_left_out);
	tcase_add_test(t, all_that_a_filter_finds);
	tcase_add_test(t, what_would_be_refused_is_left_out_and_said);
	tcase_add_test(t, a_killed_console_leaves_a_bulk_that_is_taken_up);
	suite_add_tcase(s, t);
	return s;
}
