/* upgrade.c - schemas of earlier commits come up, from wherever a kill left them, while the fleet works on. */
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/db/table.h"
#include "core/fleet/schema.h"
#include "tests/support/rig.h"
#include "tests/support/server.h"
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct rig rig;
static void start(void) { rig_start(&rig); }
static void stop(void) { rig_stop(&rig); }

static struct rig_run db(const char *what)
{
	const char *argv[] = { "-D", "spot_optimizer", "db", what, NULL };
	return rig_spotop(&rig, false, argv);
}

static void done(const char *what)
{
	struct rig_run run = db(what);
	ck_assert_msg(run.code == 0, "db %s: %d: %s%s", what, run.code, run.out, run.err);
	rig_run_free(&run);
}

/* The lines of an output that hold a word; free(). */
static char *lines_with(const char *out, const char *word)
{
	struct buf b = BUF_EMPTY;
	for (const char *s = out, *end; *s && b.len < 3000; s = *end ? end + 1 : end) {
		end = s + strcspn(s, "\n");
		char line[2000];
		snprintf(line, sizeof line, "%.*s", (int)(end - s), s);
		if (strstr(line, word)) buf_addf(&b, "%s\n", line);
	}
	return b.s ? buf_detach(&b) : mem_dup("");
}

static void nap(long ms)
{
	struct timespec t = { ms / 1000, (ms % 1000) * 1000000L };
	nanosleep(&t, NULL);
}

/* --- from an earlier commit's schema --- */
static const char *const commits[] = { "06c83d8", "428afa8", "2c024c8", "9e1c120", "43f70b5" };

static void made_by(const char *commit)
{
	char cmd[600];
	rig_do(&rig, "DROP DATABASE spot_optimizer");
	snprintf(cmd, sizeof cmd,
	         "mariadb --no-defaults -u root -S %s -e 'CREATE DATABASE spot_optimizer CHARACTER SET "
	         "utf8mb4 "
	         "COLLATE utf8mb4_general_ci' && zcat tests/it/sql/schema-%s.sql.gz | mariadb --no-defaults "
	         "-u "
	         "root -S %s --default-character-set=utf8mb4 spot_optimizer",
	         rig.socket, commit, rig.socket);
	ck_assert_int_eq(system(cmd), 0);
	rig_fresh(&rig);
	rig_do(&rig, "SET GLOBAL event_scheduler = ON");
}

/* Everything but the times of the events' last runs. */
static char *fingerprint(void)
{
	struct table *t = rig_table(&rig, "CALL schema_objects()");
	struct buf b = BUF_EMPTY;
	for (size_t i = 0; i < t->n_rows; i++)
		buf_addf(&b, "%s %s %s\n", table_get(t, i, "kind"), table_get(t, i, "name"),
		         table_get(t, i, "definition"));
	table_free(t);
	static const char *const tables[] = { "clients", "agents", "instances", "spotop_agent_counts",
		                              "audit_log" };
	for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
		t = rig_table(&rig, "CHECKSUM TABLE %s", tables[i]);
		buf_addf(&b, "%s %s\n", tables[i], table_get(t, 0, "Checksum"));
		table_free(t);
	}
	return buf_detach(&b);
}

static struct rig_run verify_as(const char *login)
{
	const char *argv[] = { "-u", login, "-D", "spot_optimizer", "db", "verify", "-o", "jsonl", NULL };
	return rig_spotop(&rig, false, argv);
}

static void all_promises_are_kept(void)
{
	struct rig_run run = verify_as("root");
	char *broken = lines_with(run.out, "\"ok\":false"), *unseen = lines_with(run.out, "\"ok\":null");
	ck_assert_msg(run.code == 0 && !*broken && !*unseen, "%s%s%s", broken, unseen, run.err);
	free(broken), free(unseen);
	rig_run_free(&run);
}

/* Each table and each view, those that the upgrade made too: a viewer reads it, or it is one of two. */
static void a_viewer_reads_everything(void)
{
	rig_do(&rig, "GRANT spotop_viewer TO s_reader IDENTIFIED BY ''");
	rig_do(&rig, "SET DEFAULT ROLE spotop_viewer FOR s_reader");
	struct table *t = rig_table(&rig, "SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE "
	                                  "TABLE_SCHEMA = DATABASE() ORDER BY 1");
	ck_assert_uint_gt(t->n_rows, 40);
	for (size_t i = 0; i < t->n_rows; i++) {
		const char *name = table_get(t, i, "name");
		bool is_hidden = strcmp(name, "audit_log") == 0 || strcmp(name, "spotop_audit_head") == 0;
		char cmd[400];
		snprintf(cmd, sizeof cmd,
		         "mariadb --no-defaults -S %s -u s_reader spot_optimizer -e 'SELECT 1 FROM `%s` "
		         "LIMIT 0' "
		         "2>/dev/null",
		         rig.socket, name);
		ck_assert_msg((system(cmd) == 0) == !is_hidden, "%s: %s", name,
		              is_hidden ? "a viewer reads it" : "no viewer reads it");
	}
	table_free(t);
	rig_do(&rig, "DROP USER s_reader");
}

START_TEST(an_earlier_schema_becomes_todays)
{
	made_by(commits[_i]);
	struct rig_run run = db("init");
	ck_assert_int_eq(run.code, 3);
	ck_assert_msg(strstr(run.err, "run spotop db upgrade") != NULL, "%s", run.err);
	rig_run_free(&run);
	run = db("verify");
	ck_assert_int_eq(run.code, 1);
	ck_assert(strstr(run.out, "spotop db upgrade") != NULL);
	rig_run_free(&run);
	done("upgrade");
	all_promises_are_kept();
	a_viewer_reads_everything();
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM agents"), 40);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM instances"), 41);
	char *was = fingerprint();
	run = db("upgrade");
	ck_assert_msg(run.code == 0 && strstr(run.out, "already"), "%d %s%s", run.code, run.out, run.err);
	rig_run_free(&run);
	char *is = fingerprint();
	ck_assert_str_eq(was, is);
	free(was), free(is);
	done("init"); /* no harm either */
	all_promises_are_kept();
}
END_TEST

/* Before requests had a key, one could act twice: that is told for ever and stops nothing. */
START_TEST(what_was_done_twice_stops_no_upgrade)
{
	made_by(commits[0]);
	for (int i = 0; i < 3; i++)
		rig_do(&rig,
		       "INSERT INTO audit_log (id, at, actor, action, request_id, result, prev_hash, hash) "
		       "SELECT MAX(id) + 1, MAX(at), 'ann', 'switch', IF(%d < 2, "
		       "'0aa4b6b2-0000-4000-8000-0000000000aa', UUID()), 'done', '', '' FROM audit_log",
		       i);
	rig_do(&rig, "DROP TRIGGER audit_no_update");
	for (int i = 0; i < 3; i++)
		rig_do(&rig,
		       "UPDATE audit_log l JOIN audit_log p ON p.id = l.id - 1 SET l.prev_hash = p.hash, "
		       "l.hash = "
		       "audit_hash(p.hash, l.id, UNIX_TIMESTAMP(l.at), l.actor, l.os_user, l.host, l.action, "
		       "l.target_type, l.target_id, l.request_id, l.reason, l.before_state, l.after_state, "
		       "l.result) "
		       "WHERE l.id = (SELECT MAX(x.id) - %d FROM audit_log x)",
		       2 - i);
	done("upgrade");
	all_promises_are_kept();
	struct rig_run run = verify_as("root");
	ck_assert_msg(strstr(run.out,
	                     "no fault; 1 from before requests had a key, the first row 3, did again") !=
	                      NULL,
	              "%s", lines_with(run.out, "audit chain"));
	rig_run_free(&run);
	ck_assert_int_eq(rig_try(&rig, "UPDATE audit_log SET is_repeat = FALSE"), 30001);
	done("upgrade");
	all_promises_are_kept();
}
END_TEST

/* Starts it, kills it after so long; true: it had ended by itself. */
static bool killed(const char *what, long after_ms)
{
	const char *argv[] = { "-D", "spot_optimizer", "db", what, NULL };
	int out, err, status;
	pid_t pid = rig_spawn(&rig, false, argv, &out, &err);
	nap(after_ms);
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	close(out), close(err);
	return WIFEXITED(status);
}

START_TEST(an_upgrade_that_was_killed_goes_on)
{
	made_by(commits[0]);
	int n = 0;
	for (long ms = 20; ms < 2000 && !killed("upgrade", ms); ms += 40) n++;
	ck_assert_int_gt(n, 2);
	done("upgrade");
	all_promises_are_kept();
}
END_TEST

/* A viewer's rights are those of revision 5, and not what this server's databases left behind. */
static void a_viewer_of_before(void)
{
	rig_do(&rig, "DROP ROLE spotop_viewer");
	rig_do(&rig, "CREATE ROLE spotop_viewer");
	struct table *t = rig_table(&rig, "SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE "
	                                  "TABLE_SCHEMA = 'spot_optimizer'");
	for (size_t i = 0; i < t->n_rows; i++)
		rig_do(&rig, "GRANT SELECT ON %s TO spotop_viewer", table_get(t, i, "name"));
	table_free(t);
	rig_do(&rig, "GRANT EXECUTE ON spot_optimizer.* TO spotop_viewer");
	rig_do(&rig, "CREATE OR REPLACE USER s_viewer");
	rig_do(&rig, "GRANT spotop_viewer TO s_viewer");
	rig_do(&rig, "SET DEFAULT ROLE spotop_viewer FOR s_viewer");
}

/* What the triggers of either revision count; what a rival undoes is done again, as the agents' contract says. */
static void writes(void)
{
	static const char *const sql[] = {
		"UPDATE agents SET enabled = NOT enabled WHERE logical_agent_id = 'agent-007'",
		"UPDATE instances SET instance_status = 'zombie', is_primary = FALSE WHERE id = 'i-009'",
		"UPDATE instances SET instance_status = 'terminating' WHERE id = 'i-009'",
	};
	for (size_t i = 0; i < ARRAY_LEN(sql); i++) {
		unsigned e = rig_try(&rig, "%s", sql[i]);
		ck_assert_msg(e == 0 || e == 1213 || e == 1205 || e == 1020, "%s: error %u", sql[i], e);
	}
}

/* Views name tables that the step before did not have, and read them with the rights of who looks; triggers write them. */
START_TEST(who_looks_and_writes_goes_on_while_it_comes_up)
{
	const char *upgrade[] = { "-D", "spot_optimizer", "db", "upgrade", NULL };
	int out, err, status, n = 0;
	done("init");
	made_by(commits[ARRAY_LEN(commits) - 1]);
	a_viewer_of_before();
	struct table *views = rig_table(&rig, "SELECT TABLE_NAME AS name FROM information_schema.VIEWS WHERE "
	                                      "TABLE_SCHEMA = 'spot_optimizer'");
	pid_t pid = rig_spawn(&rig, false, upgrade, &out, &err);
	for (; waitpid(pid, &status, WNOHANG) == 0; n++) { /* to its end, some seconds */
		char cmd[300];
		snprintf(cmd, sizeof cmd,
		         "mariadb --no-defaults -u s_viewer -S %s spot_optimizer -e 'SELECT * FROM %s' "
		         ">/dev/null",
		         rig.socket, table_get(views, (size_t)n % views->n_rows, "name"));
		/* the server makes a routine anew in two steps: a view that calls it is refused between them (1356) */
		bool is_read = false;
		for (int tries = 0; !is_read && tries < 60; tries++) {
			if (tries) nap(5);
			is_read = system(cmd) == 0;
		}
		ck_assert_msg(is_read, "%s", cmd);
		writes();
	}
	ck_assert_int_eq(status, 0);
	ck_assert_int_gt(n, (int)views->n_rows);
	table_free(views);
	close(out), close(err);
	all_promises_are_kept();
}
END_TEST

START_TEST(an_init_that_was_killed_is_completed_by_the_next)
{
	int n = 0;
	rig_do(&rig, "SET GLOBAL event_scheduler = ON");
	for (long ms = 30; ms < 3000; ms += 150) {
		struct err e = { 0 };
		ck_assert_msg(server_sql(rig.server, "DROP DATABASE spot_optimizer", NULL, 0, &e), "%s",
		              e.text);
		if (killed("init", ms)) break;
		n++;
		done("init");
	}
	ck_assert_int_gt(n, 2);
	rig_fresh(&rig);
	all_promises_are_kept();
}
END_TEST

/* --- who sees what, what was changed behind its back --- */
START_TEST(what_a_login_may_not_see_is_not_missing)
{
	static const char *const roles[] = { "viewer", "operator", "worker", "agent" };
	done("init");
	for (size_t i = 0; i < ARRAY_LEN(roles); i++) {
		rig_do(&rig, "CREATE OR REPLACE USER s_%s", roles[i]);
		rig_do(&rig, "GRANT spotop_%s TO s_%s", roles[i], roles[i]);
		rig_do(&rig, "SET DEFAULT ROLE spotop_%s FOR s_%s", roles[i], roles[i]);
		char login[40];
		snprintf(login, sizeof login, "s_%s", roles[i]);
		struct rig_run run = verify_as(login);
		char *missing = lines_with(run.out, "is not there");
		ck_assert_msg(!*missing, "%s: %s", login, missing);
		free(missing);
		ck_assert_msg(strstr(run.out, "trigger audit_no_update") != NULL, "%s: %s", login, run.err);
		rig_run_free(&run);
	}
}
END_TEST

static const struct {
	const char *harm, *said;
} harms[] = {
	{ "CREATE OR REPLACE FUNCTION instance_move_ok(p_from VARCHAR(20) CHARSET ascii, p_to VARCHAR(20) "
	  "CHARSET "
	  "ascii) RETURNS BOOLEAN DETERMINISTIC RETURN TRUE",
	  "{\"name\":\"function instance_move_ok\",\"ok\":false,\"evidence\":\"was changed" },
	{ "DROP PROCEDURE agent_claim",
	  "{\"name\":\"procedure agent_claim\",\"ok\":false,\"evidence\":\"is not there\"" },
	{ "CREATE OR REPLACE TRIGGER audit_no_delete BEFORE DELETE ON audit_log FOR EACH ROW SET @x = 1",
	  "{\"name\":\"trigger audit_no_delete\",\"ok\":false,\"evidence\":\"was changed" },
	{ "ALTER TABLE agents MODIFY hostname VARCHAR(100) NULL",
	  "{\"name\":\"column agents.hostname\",\"ok\":false,\"evidence\":\"varchar(100)" },
	{ "ALTER TABLE alerts DROP COLUMN seen_count",
	  "{\"name\":\"column alerts.seen_count\",\"ok\":false,\"evidence\":\"is not there\"" },
	{ "ALTER TABLE agents DROP CONSTRAINT chk_agents_replica_xor",
	  "{\"name\":\"check agents.chk_agents_replica_xor\",\"ok\":false,\"evidence\":\"is not there\"" },
	{ "DROP PROCEDURE schema_objects",
	  "{\"name\":\"procedure schema_objects\",\"ok\":false,\"evidence\":\"is not there\"" },
};

START_TEST(what_was_changed_is_named)
{
	done("init");
	rig_do(&rig, "%s", harms[_i].harm);
	struct rig_run run = verify_as("root");
	ck_assert_int_eq(run.code, 1);
	char *broken = lines_with(run.out, "\"ok\":false");
	ck_assert_msg(strstr(run.out, harms[_i].said) != NULL, "%s", broken);
	free(broken);
	rig_run_free(&run);
}
END_TEST

/* What the roles may call: a parameter that goes, or one more, would end the programs of the revision before. */
START_TEST(procedures_keep_their_arguments_over_a_revision)
{
	static const char signatures[] =
	        "SELECT CONCAT(SPECIFIC_NAME, ' ', COUNT(*)) AS s FROM information_schema.PARAMETERS WHERE "
	        "SPECIFIC_SCHEMA = 'spot_optimizer' AND ROUTINE_TYPE = 'PROCEDURE' AND (SPECIFIC_NAME LIKE "
	        "'verb\\_%%' OR SPECIFIC_NAME LIKE 'agent%%' OR SPECIFIC_NAME LIKE 'instance\\_%%' OR "
	        "SPECIFIC_NAME = 'promote_instance_to_primary') AND SPECIFIC_NAME IN (SELECT Routine_name "
	        "FROM "
	        "mysql.procs_priv WHERE Db = 'spot_optimizer') GROUP BY SPECIFIC_NAME ORDER BY 1";
	done("init");
	rig_do(&rig, "CREATE OR REPLACE TABLE mysql.kept_signatures (s VARCHAR(100))");
	made_by(commits[ARRAY_LEN(commits) - 1]);
	rig_do(&rig, "INSERT INTO mysql.kept_signatures %s", signatures);
	ck_assert_int_gt(rig_number(&rig, "SELECT COUNT(*) FROM mysql.kept_signatures"), 30);
	done("upgrade");
	char *gone = rig_text(&rig, "SELECT GROUP_CONCAT(s) FROM mysql.kept_signatures WHERE s NOT IN (%s)",
	                      signatures);
	ck_assert_msg(gone == NULL, "%s", gone);
}
END_TEST

START_TEST(one_at_a_time)
{
	done("init");
	char *who = NULL;
	char cmd[600];
	snprintf(cmd, sizeof cmd,
	         "mariadb --no-defaults -u root -S %s -e \"SELECT GET_LOCK('spotop:schema:spot_optimizer', "
	         "0), SLEEP(8)\" >/dev/null &",
	         rig.socket);
	ck_assert_int_eq(system(cmd), 0);
	for (int i = 0;
	     i < 100 && !(who = rig_text(&rig, "SELECT IS_USED_LOCK('spotop:schema:spot_optimizer')")); i++)
		nap(20);
	ck_assert_ptr_nonnull(who);
	free(who);
	struct rig_run run = db("upgrade");
	ck_assert_int_eq(run.code, 4);
	ck_assert_msg(strstr(run.err, "another session") != NULL, "%s", run.err);
	rig_run_free(&run);
}
END_TEST

Suite *suite_upgrade(void);
Suite *suite_upgrade(void)
{
	Suite *s = suite_create("upgrade");
	TCase *t = tcase_create("upgrade");
	tcase_set_timeout(t, 300);
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_loop_test(t, an_earlier_schema_becomes_todays, 0, (int)ARRAY_LEN(commits));
	tcase_add_test(t, what_was_done_twice_stops_no_upgrade);
	tcase_add_test(t, an_upgrade_that_was_killed_goes_on);
	tcase_add_test(t, who_looks_and_writes_goes_on_while_it_comes_up);
	tcase_add_test(t, an_init_that_was_killed_is_completed_by_the_next);
	tcase_add_test(t, what_a_login_may_not_see_is_not_missing);
	tcase_add_loop_test(t, what_was_changed_is_named, 0, (int)ARRAY_LEN(harms));
	tcase_add_test(t, procedures_keep_their_arguments_over_a_revision);
	tcase_add_test(t, one_at_a_time);
	suite_add_tcase(s, t);
	return s;
}
