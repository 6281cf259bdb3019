/* audit.c - the audit chain against those who may read it, those who own the database, and whoever reaches the anchors too:
 * a viewer keeps no verb waiting; an emptied log, a dropped trigger, a row dated back, rows cut off and anchors that were
 * touched are each found and told by every command that should. */
#include "core/base/mem.h"
#include "tests/support/rig.h"
#include "tests/support/server.h"
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct rig rig;
static void start(void)
{
	rig_start(&rig);
	rig_do(&rig, "CREATE USER s_viewer");
	rig_do(&rig, "GRANT spotop_viewer TO s_viewer");
	rig_do(&rig, "SET DEFAULT ROLE spotop_viewer FOR s_viewer");
}
static void stop(void) { rig_stop(&rig); }

static struct rig_run spotop_(const char *const *argv) { return rig_spotop(&rig, false, argv); }
#define RUN(...) spotop_((const char *const[]){ __VA_ARGS__, NULL })

/* Runs it; its exit code and, unless NULL, what it has to say. */
static void expect(struct rig_run run, int code, const char *says)
{
	ck_assert_msg(run.code == code && (!says || strstr(run.out, says) || strstr(run.err, says)),
	              "exit %d, not %d, or not '%s': %s%s", run.code, code, says ? says : "", run.out,
	              run.err);
	rig_run_free(&run);
}
static void freeze(int code, const char *says)
{
	expect(RUN("freeze", "fleet", "--for", "1h", "--reason", "r", "--yes", "--override", "frozen_longer"),
	       code, says);
}
static void verify(int code, const char *says)
{
	expect(RUN("audit", "verify", "--keep-anchor"), code, says);
}

/* --- who may read --- */

/* A session of a login that says this, whatever is answered, and then holds what it has. */
static pid_t holds(const char *login, const char *sql)
{
	int pipes[2];
	ck_assert_int_eq(pipe(pipes), 0);
	pid_t pid = fork();
	if (pid == 0) {
		char text[4000];
		snprintf(text, sizeof text,
		         "(echo \"%s; SELECT 'held';\"; exec sleep 60) | exec mariadb --no-defaults --force "
		         "-N "
		         "--unbuffered -u %s -S %s spot_optimizer",
		         sql, login, rig.socket);
		setpgid(0, 0);
		dup2(pipes[1], 1), dup2(pipes[1], 2);
		execl("/bin/sh", "sh", "-c", text, (char *)NULL);
		_exit(127);
	}
	close(pipes[1]);
	char said[8000];
	size_t n = 0;
	for (ssize_t got; n < sizeof said - 1 && (got = read(pipes[0], said + n, sizeof said - 1 - n)) > 0;) {
		n += (size_t)got;
		said[n] = 0;
		if (strstr(said, "held")) break;
	}
	said[n] = 0;
	ck_assert_msg(strstr(said, "held") != NULL, "%s: %s", sql, said);
	close(pipes[0]);
	return pid;
}

static void let_go(pid_t pid)
{
	kill(-pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

/* Each way into a transaction, each way to reach a row of the log, its end or the gap behind it. */
static const char *const begins[] = {
	"START TRANSACTION",
	"SET autocommit = 0",
	"SET SESSION tx_isolation = 'SERIALIZABLE'; START TRANSACTION",
	"SET SESSION tx_isolation = 'SERIALIZABLE'; SET autocommit = 0",
	"SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; START TRANSACTION READ ONLY",
	"SET SESSION tx_isolation = 'SERIALIZABLE'; XA START 'a'",
};
static const char *const reads[] = {
	"SELECT COUNT(*) FROM v_audit FOR UPDATE",
	"SELECT COUNT(*) FROM v_audit LOCK IN SHARE MODE",
	"SELECT COUNT(*) FROM (SELECT * FROM v_audit ORDER BY id DESC LIMIT 1) x FOR UPDATE",
	"SELECT COUNT(*) FROM v_audit_faults FOR UPDATE",
	"SELECT hash FROM v_audit WHERE id = 1",
	"SELECT hash FROM v_audit WHERE id = 999999",
	"SELECT MAX(id) FROM v_audit",
	"SELECT id FROM v_audit WHERE at > NOW() - INTERVAL 1 DAY",
	"SELECT id FROM v_audit WHERE request_id = UUID()",
	"SELECT id FROM v_audit WHERE settled_request = UUID()",
	"SELECT x.a FROM (SELECT 1 AS a) x LEFT JOIN v_audit v ON v.id = 999999",
	"SET @a = (SELECT COUNT(*) FROM v_audit)",
	"SELECT kind FROM v_alert_conditions FOR UPDATE",
};

START_TEST(who_may_only_read_keeps_no_verb_waiting)
{
	char sql[400];
	freeze(0, NULL);
	for (size_t i = 0; i < ARRAY_LEN(reads); i++) {
		snprintf(sql, sizeof sql, "%s; %s", begins[_i], reads[i]);
		pid_t pid = holds("s_viewer", sql);
		alarm(20); /* a verb that waits gives up after its lock's time, as an error */
		freeze(0, NULL);
		alarm(0);
		let_go(pid);
	}
}
END_TEST

/* Other rows a reader may hold, as the server has it: that ends, it is told who does it, and what ends it. */
START_TEST(who_holds_a_row_that_is_wanted_is_named)
{
	int out, err, status;
	pid_t pid = holds("s_viewer", "START TRANSACTION; SELECT COUNT(*) FROM agents FOR UPDATE");
	const char *argv[] = { "config", "agent-001", "terminate_wait_seconds=120", "--yes", "--reason",
		               "r",      NULL };
	pid_t verb = rig_spawn(&rig, false, argv, &out, &err);
	char *said = NULL, *kills = NULL;
	for (int i = 0; i < 50 && !kills; i++) {
		struct rig_run run = RUN("doctor");
		free(said);
		said = run.out, run.out = NULL;
		rig_run_free(&run);
		kills = strstr(said, "s_viewer@localhost holds rows for which 1 other sessions wait: KILL ");
	}
	ck_assert_msg(kills != NULL, "%s", said);
	long session = atol(strstr(kills, "KILL ") + 5);
	struct rig_run run = RUN("-u", "s_viewer", "doctor");
	ck_assert_msg(strstr(run.out, "locks: not seen by this login") != NULL, "%s", run.out);
	rig_run_free(&run);
	rig_do(&rig, "KILL %ld", session);
	ck_assert_int_eq(waitpid(verb, &status, 0), verb);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%d", status);
	close(out), close(err), free(said);
	let_go(pid);
}
END_TEST

/* All that a role may read, held by a session that then says nothing: what rights cannot forbid, the server's limit ends. */
START_TEST(what_a_reader_holds_ends_by_itself)
{
	static const char *const roles[] = { "viewer", "operator", "worker" };
	static const char *const waits[] = { "terminate_wait_seconds=110", "terminate_wait_seconds=111",
		                             "terminate_wait_seconds=112" };
	rig_do(&rig, "SET GLOBAL idle_transaction_timeout = 2");
	rig_do(&rig, "GRANT spotop_%s TO h_reader IDENTIFIED BY ''", roles[_i]);
	rig_do(&rig, "SET DEFAULT ROLE spotop_%s FOR h_reader", roles[_i]);
	char *all = rig_text(&rig, "SELECT GROUP_CONCAT('SELECT COUNT(*) FROM ', TABLE_NAME SEPARATOR '; "
	                           "') FROM information_schema.TABLES "
	                           "WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE' AND "
	                           "TABLE_NAME NOT IN ('clients', 'audit_log', "
	                           "'spotop_audit_head')");
	char *sql = mem_printf("SET SESSION tx_isolation = 'SERIALIZABLE'; START TRANSACTION; %s", all);
	pid_t pid = holds("h_reader", sql);
	struct rig_run run = RUN("freeze", "agent:agent-001", "--for", "1h", "--reason", "r", "--yes");
	ck_assert_msg(run.code == 0, "%s: exit %d: %s%s", roles[_i], run.code, run.out, run.err);
	rig_run_free(&run);
	run = RUN("config", "agent-001", waits[_i], "--yes", "--reason", "r");
	ck_assert_msg(run.code == 0, "%s: exit %d: %s%s", roles[_i], run.code, run.out, run.err);
	rig_run_free(&run);
	rig_do(&rig, "UPDATE agents SET last_heartbeat_at = NOW() WHERE logical_agent_id = 'agent-001'");
	rig_do(&rig, "SET GLOBAL idle_transaction_timeout = 0");
	rig_do(&rig, "DROP USER h_reader");
	let_go(pid);
	free(all), free(sql);
}
END_TEST

/* A lock by name is anybody's to take: the wait for it ends, with who has it. */
START_TEST(who_holds_the_lock_of_the_schema_is_told)
{
	pid_t pid = holds("s_viewer", "SELECT GET_LOCK('spotop:schema:spot_optimizer', 0)");
	char says[60];
	snprintf(says, sizeof says, "another session (%ld;",
	         rig_number(&rig, "SELECT IS_USED_LOCK('spotop:schema:spot_optimizer')"));
	expect(RUN("-D", "spot_optimizer", "db", "init"), 4, says);
	let_go(pid);
}
END_TEST

START_TEST(the_log_and_its_head_are_not_the_viewers)
{
	static const char *const tables[] = { "audit_log", "spotop_audit_head" };
	for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
		char cmd[300];
		snprintf(cmd, sizeof cmd,
		         "mariadb --no-defaults -u s_viewer -S %s spot_optimizer -e 'SELECT 1 FROM %s' 2>&1 "
		         "| grep "
		         "-q 'ERROR 1142'",
		         rig.socket, tables[i]);
		ck_assert_msg(system(cmd) == 0, "%s can be read", tables[i]);
	}
	expect(RUN("-u", "s_viewer", "audit", "--limit", "1"), 0, NULL);
	expect(RUN("-u", "s_viewer", "timeline", "--since", "1h"), 0, NULL);
	expect(RUN("-u", "s_viewer", "audit", "verify"), 0, "whole");
}
END_TEST

/* --- who owns the database --- */

/* Each of the four that watch over it tells of it, in these words. */
static void all_tell(const char *says)
{
	verify(1, says);
	expect(RUN("db", "verify"), 1, says);
	expect(RUN("doctor"), 1, says);
	expect(RUN("check"), 2, "audit log");
	expect(RUN("-u", "s_viewer", "check"), 2, "audit log");
}

static void init(void) { expect(RUN("-D", "spot_optimizer", "db", "init"), 0, NULL); }

START_TEST(a_dropped_trigger_is_told)
{
	static const char *const harms[] = {
		"DROP TRIGGER audit_no_update", "DROP TRIGGER audit_no_delete",
		"CREATE OR REPLACE TRIGGER audit_no_update BEFORE UPDATE ON audit_log "
		"FOR EACH ROW SET @x = 1"
	};
	rig_do(&rig, "%s", harms[_i]);
	all_tell("a trigger of audit_log is not as it was made");
	init();
	verify(0, "whole");
}
END_TEST

START_TEST(an_emptied_log_lets_nothing_pass_until_somebody_looked)
{
	freeze(0, NULL);
	verify(0, NULL); /* an anchor is kept */
	rig_do(&rig, "TRUNCATE TABLE audit_log");
	freeze(4, "was emptied or changed by hand");
	expect(RUN("audit", "verify"), 1, "empty");
	expect(RUN("db", "verify"), 1, "rows were removed");
	expect(RUN("doctor"), 1, "rows were removed");
	expect(RUN("check"), 2, "audit log");
	init(); /* and this does not paper it over */
	freeze(4, "was emptied or changed by hand");
	ck_assert_uint_eq(rig_try(&rig, "CALL audit_adopt('')"), 30003);
	rig_do(&rig, "CALL audit_adopt('the disk was restored')");
	freeze(0, NULL);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM audit_log WHERE action = 'adopt' AND reason "
	                                  "= 'the disk "
	                                  "was restored' AND JSON_VALUE(before_state, '$.last_id') > 1"),
	                 1);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM v_audit_faults"), 0);
	verify(1, "the chain was"); /* the anchor of before goes on telling */
}
END_TEST

/* What is said of rows that somebody with all rights wrote, the hashes made to fit. */
static const struct {
	const char *harm, *says;
} harms[] = {
	{ "UPDATE audit_log SET at = at - INTERVAL 1 HOUR ORDER BY id DESC LIMIT 1",
	  "its content was changed" },
	{ "BEGIN NOT ATOMIC DECLARE n BIGINT; SELECT MAX(id) INTO n FROM audit_log; UPDATE audit_log SET at "
	  "= at - INTERVAL "
	  "1 HOUR WHERE id = n; UPDATE audit_log a SET a.hash = audit_hash(a.prev_hash, a.id, "
	  "UNIX_TIMESTAMP(a.at), "
	  "a.actor, a.os_user, a.host, a.action, a.target_type, a.target_id, a.request_id, a.reason, "
	  "a.before_state, "
	  "a.after_state, a.result) WHERE id = n; END",
	  "s before the row before it" },
	{ "DELETE FROM audit_log ORDER BY id DESC LIMIT 1", "it was written last and is gone" },
	{ "DELETE FROM audit_log WHERE id > 2", "1 command was issued by verbs of which no row tells" },
	{ "DELETE FROM spotop_audit_head", "its head is gone" },
};

START_TEST(what_was_written_by_hand_is_told)
{
	rig_fresh(&rig);
	rig_do(&rig, "CALL audit_adopt('a test before')");
	rig_do(&rig, "UPDATE clients SET metadata = JSON_OBJECT('max_touched_share', 1)");
	expect(RUN("switch", "agent-003", "--to", "r3.large.us-east-1e", "--reason", "r", "--yes"), 0, NULL);
	freeze(0, NULL);
	rig_do(&rig, "DROP TRIGGER audit_no_update");
	rig_do(&rig, "DROP TRIGGER audit_no_delete");
	rig_do(&rig, "%s", harms[_i].harm);
	init(); /* the triggers are back */
	expect(RUN("audit", "verify"), 1, harms[_i].says);
}
END_TEST

START_TEST(rows_follow_each_other_in_time)
{
	rig_do(&rig, "CALL audit_adopt('a test before')");
	freeze(0, NULL);
	/* the clock was put back by a little: the next row waits at the time of the last */
	rig_do(&rig, "UPDATE spotop_audit_head SET last_at = NOW(6) + INTERVAL 60 SECOND");
	freeze(0, NULL);
	ck_assert_int_eq(rig_number(&rig, "SELECT at > NOW(6) + INTERVAL 30 SECOND FROM audit_log ORDER BY "
	                                  "id DESC LIMIT 1"),
	                 1);
	rig_do(&rig, "UPDATE spotop_audit_head SET last_at = NOW(6) + INTERVAL 1 HOUR");
	freeze(0, NULL);
	ck_assert_int_eq(rig_number(&rig, "SELECT at < NOW(6) + INTERVAL 1 SECOND FROM audit_log ORDER BY id "
	                                  "DESC LIMIT 1"),
	                 1);
	expect(RUN("audit", "verify"), 1, "s before the row before it");
}
END_TEST

/* --- who reaches the anchors --- */

static char dir[200], file[240], key[240];
static void in_a_folder(void)
{
	snprintf(dir, sizeof dir, "%s/anchors", server_dir(rig.server));
	snprintf(file, sizeof file, "%s/audit-anchors.jsonl", dir);
	snprintf(key, sizeof key, "%s/audit-anchors.key", dir);
	ck_assert(mkdir(dir, 0700) == 0 || errno == EEXIST);
}
static void anchored(int code, const char *says)
{
	expect(RUN("audit", "verify", "--anchors", dir), code, says);
}
static void shell(const char *fmt, const char *what)
{
	char cmd[900];
	snprintf(cmd, sizeof cmd, "cd '%s' && %s %s", dir, fmt, what);
	ck_assert_msg(system(cmd) == 0, "%s", cmd);
}

static const struct {
	const char *harm, *says;
	int code;
} touches[] = {
	{ "true", "3 anchors held against it, 3 of them signed", 0 },
	{ "sed -i '2s/\"id\":[0-9]*/\"id\":1/' audit-anchors.jsonl", "line 2", 1 },
	{ "sed -i '2s/\"hash\":\"./\"hash\":\"x/' audit-anchors.jsonl", "it was changed or put in", 1 },
	{ "sed -i 2d audit-anchors.jsonl", "lines were taken out", 1 },
	{ "sed -i 1d audit-anchors.jsonl", "lines were taken out", 1 },
	{ "sed -i 's/,\"mac\":\"[0-9a-f]*\"//;1s/$/ /' audit-anchors.jsonl", "0 of them signed", 0 },
	{ "sed -i '3s/,\"mac\":\"[0-9a-f]*\"//' audit-anchors.jsonl", "is not signed, as those before it are",
	  1 },
	{ "printf '{\"at\":\"20' >>audit-anchors.jsonl", "is no anchor", 1 },
	{ "head -c 64 /dev/zero | tr '\\0' 'k' >audit-anchors.key", "is not signed with", 1 },
	{ "chmod 644 audit-anchors.key", "may be read by others", 2 },
	{ "rm audit-anchors.key", "its key", 2 },
	{ "echo short >audit-anchors.key", "shorter than 32 bytes", 2 },
	{ "rm audit-anchors.jsonl", "cannot read the anchors", 2 },
};

START_TEST(anchors_that_were_touched_are_told)
{
	in_a_folder();
	if (rig_number(&rig, "SELECT COUNT(*) FROM v_audit_faults") > 0) {
		rig_do(&rig, "TRUNCATE TABLE audit_log");
		rig_do(&rig, "CALL audit_adopt('tests before')");
		rig_do(&rig, "DELETE FROM commands");
	}
	shell("rm -f", "audit-anchors.*");
	for (int i = 0; i < 3; i++) {
		freeze(0, NULL);
		expect(RUN("audit", "verify", "--anchors", i ? dir : file, "--anchor-key", key,
		           "--keep-anchor"),
		       0, NULL);
		expect(RUN("audit", "verify", "--anchors", dir, "--keep-anchor"), 0,
		       NULL); /* the same head: one line */
	}
	struct stat st;
	ck_assert(stat(key, &st) == 0 && (st.st_mode & 0777) == 0600);
	shell(touches[_i].harm, "");
	anchored(touches[_i].code, touches[_i].says);
}
END_TEST

Suite *suite_audit(void);
Suite *suite_audit(void)
{
	Suite *s = suite_create("audit");
	TCase *t = tcase_create("readers");
	tcase_set_timeout(t, 120);
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_loop_test(t, who_may_only_read_keeps_no_verb_waiting, 0, (int)ARRAY_LEN(begins));
	tcase_add_test(t, who_holds_a_row_that_is_wanted_is_named);
	tcase_add_loop_test(t, what_a_reader_holds_ends_by_itself, 0, 3);
	tcase_add_test(t, who_holds_the_lock_of_the_schema_is_told);
	tcase_add_test(t, the_log_and_its_head_are_not_the_viewers);
	suite_add_tcase(s, t);
	t = tcase_create("owners");
	tcase_set_timeout(t, 120);
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_loop_test(t, a_dropped_trigger_is_told, 0, 3);
	tcase_add_test(t, an_emptied_log_lets_nothing_pass_until_somebody_looked);
	tcase_add_loop_test(t, what_was_written_by_hand_is_told, 0, (int)ARRAY_LEN(harms));
	tcase_add_test(t, rows_follow_each_other_in_time);
	suite_add_tcase(s, t);
	t = tcase_create("anchors");
	tcase_set_timeout(t, 120);
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_loop_test(t, anchors_that_were_touched_are_told, 0, (int)ARRAY_LEN(touches));
	suite_add_tcase(s, t);
	return s;
}
