/* migrate_follow.c - the source followed by its change log: whatever is written there is here soon after, row by row as
 * a copy made afresh has it; a log that is not whole is known and refused; the writers are noticed or stopped. */
#include "tests/support/migrating.h"
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct rig rig;

static void start(void)
{
	rig_start(&rig);
	migrating_load(&rig, "old60.sql");
	migrating_load(&rig, "old51.sql");
}
static void stop(void) { rig_stop(&rig); }

static void run(const char *from, const char *into, const char *a, const char *b, int code, const char *says)
{
	struct rig_run r = migrating_run(&rig, from, into, a, b);
	ck_assert_msg(r.code == code && strstr(r.err, says), "%s %s: %d: %.900s%.900s", a ? a : "",
	              b ? b : "", r.code, r.out, r.err);
	rig_run_free(&r);
}
#define follow(from, into)  run(from, into, "--follow", "--once", 0, "0 changes wait")
#define compare(from, into) run(from, into, "--compare", NULL, 0, "nothing differs")

static void run_all(const char *const *sql, size_t n)
{
	for (size_t i = 0; i < n; i++) rig_do(&rig, "%s", sql[i]);
}
#define RUN(list) run_all(list, sizeof list / sizeof *list)

#define AGENT(n) "aaaaaaaa-0000-0000-0000-0000000000" n
/* What a source does by itself when a parent goes: no trigger says so. */
static const char *const cascades[] = {
	("SET STATEMENT foreign_key_checks = 0 FOR ALTER TABLE old60.instances ADD CONSTRAINT f1 FOREIGN KEY "
	 "(agent_id) REFERENCES old60.agents (id) "
	 "ON "
	 "DELETE CASCADE"),
	"SET STATEMENT foreign_key_checks = 0 FOR ALTER TABLE old60.commands ADD KEY (agent_id), ADD "
	"CONSTRAINT f2 FOREIGN KEY (agent_id) REFERENCES "
	"old60.agents (id) ON DELETE CASCADE",
	"SET STATEMENT foreign_key_checks = 0 FOR ALTER TABLE old60.switches ADD KEY (command_id), ADD "
	"CONSTRAINT f3 FOREIGN KEY (command_id) "
	"REFERENCES old60.commands (id) ON DELETE SET NULL",
	"SET STATEMENT foreign_key_checks = 0 FOR ALTER TABLE old60.agents ADD CONSTRAINT f4 FOREIGN KEY "
	"(client_id) REFERENCES old60.clients (id) ON "
	"DELETE CASCADE",
};
/* Every kind of write, of rows of any age. */
static const char *const writes60[] = {
	"UPDATE old60.agents SET hostname = 'renamed', updated_at = updated_at WHERE id = '" AGENT("01") "'",
	"INSERT INTO old60.agents (id, client_id, logical_agent_id) VALUES ('" AGENT(
	        "77") "', 'client-3', 'late'), ('" AGENT("76") "', 'client-3', 'early')",
	"INSERT INTO old60.notifications (id, client_id, message, created_at) VALUES "
	"('eeeeeeee-0000-0000-0000-000000000009', 'client-9', 'before its client', NOW())",
	"INSERT INTO old60.clients (id, name, email, client_token) VALUES ('client-9', 'Nine', "
	"'ops@acme.example', "
	"'token-acme'), ('0000', 'First', 'ops@acme.example', 't')",
	"UPDATE old60.instances SET instance_status = 'terminated', is_active = 0, is_primary = 0 WHERE id "
	"IN ('i-000001', 'i-000002', 'i-000008')",
	"INSERT INTO old60.instances (id, client_id, agent_id, instance_type, region, az, instance_status, "
	"is_primary) VALUES ('i-new2', 'client-3', '" AGENT(
	        "02") "', 'r3.large', 'us-east-1', 'us-east-1a', 'running_primary', 1), ('a-new8', "
	              "'client-3', '" AGENT(
	                      "08") "', 'r3.large', 'us-east-1', 'us-east-1a', 'running_primary', 1)",
	"UPDATE old60.instances SET instance_status = 'running_replica' WHERE id = 'i-weird'",
	"UPDATE old60.commands SET status = 'completed', success = 1 WHERE id = "
	"'cccccccc-0000-0000-0000-000000000004'",
	"UPDATE old60.commands SET command_type = 'switch' WHERE id = "
	"'cccccccc-0000-0000-0000-000000000009'",
	"DELETE FROM old60.commands WHERE id IN ('cccccccc-0000-0000-0000-000000000003', "
	"'cccccccc-0000-0000-0000-000000000008')",
	"INSERT INTO old60.spot_price_snapshots (id, pool_id, price, captured_at) VALUES (1900, "
	"'r3.large.us-east-1a', 7, NOW()), (2100, 'x9.large.eu-west-1c', 8, NOW()), (2101, 'nopool', 8, "
	"NOW())",
	"UPDATE old60.spot_price_snapshots SET price = price + 1 ORDER BY id LIMIT 72",
	"UPDATE old60.spot_price_snapshots SET captured_at = captured_at + INTERVAL 7 SECOND WHERE id "
	"BETWEEN "
	"100 AND 110",
	"UPDATE old60.spot_price_snapshots SET id = 7100 WHERE id = 1400",
	"UPDATE old60.system_events SET message = UPPER(message) ORDER BY id LIMIT 10",
	"UPDATE old60.pricing_consolidated SET price = price + 2 ORDER BY id LIMIT 40",
	"DELETE FROM old60.pricing_consolidated WHERE id % 3 = 0 AND id < 300",
	"REPLACE INTO old60.agent_configs (agent_id, min_savings_percent) VALUES ('" AGENT("03") "', 11)",
	"UPDATE old60.agents SET client_id = '11111111-1111-1111-1111-111111111111' WHERE id = '" AGENT(
	        "06") "'",
	"UPDATE old60.agents SET logical_agent_id = 'agent-20' WHERE id = '" AGENT("20") "'",
	"UPDATE old60.clients SET email = 'acme@acme.example' WHERE name = 'Acme'",
	"DELETE FROM old60.agents WHERE id = '" AGENT("12") "'",
	"DELETE FROM old60.clients WHERE id = '22222222-2222-2222-2222-222222222222'",
	"DELETE FROM old60.ml_models WHERE id = 'ffffffff-0000-0000-0000-000000000001'",
	"INSERT INTO old60.notifications (id, client_id, message, created_at) VALUES ('', 'client-9', 'hi', "
	"NOW())",
	"DELETE FROM old60.notifications WHERE id = 'eeeeeeee-0000-0000-0000-000000000002'",
	"INSERT INTO old60.notifications (id, client_id, message, created_at) VALUES "
	"('eeeeeeee-0000-0000-0000-000000000002', 'client-3', 'again', NOW())",
};

START_TEST(what_is_written_to_60_is_here)
{
	char *before = migrating_checksum(&rig, "old60");
	RUN(cascades);
	follow("old60", "behind");
	char *after = migrating_checksum(&rig, "old60");
	ck_assert_str_eq(before, after); /* nothing but triggers was made there */
	free(before), free(after);
	for (size_t i = 0; i < sizeof writes60 / sizeof *writes60; i++) {
		rig_do(&rig, "%s", writes60[i]);
		if (i % 7 != 6 && i + 1 < sizeof writes60 / sizeof *writes60) continue;
		follow("old60", "behind");
		struct rig_run r = migrating_run(&rig, "old60", "behind", "--compare", NULL);
		char *what = rig_text(&rig, "SELECT GROUP_CONCAT(CONCAT_WS(' ', rule, source_key, col, "
		                            "expected, found)) FROM behind.migration_differences");
		ck_assert_msg(r.code == 0, "after %s: %.900s", writes60[i], what ? what : r.err);
		free(what);
		rig_run_free(&r);
	}
	run("old60", "behind", "--final", NULL, 1, "that was the last pass");
	migrating_number(&rig, 0,
	                 "SELECT COUNT(*) FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = 'old60'");
	/* the same as one that knows of no log */
	migrating_ok(&rig, "old60", "fresh", NULL, NULL, 1);
	static const char *const same[] = { "spot_pools", "agent_configs", "switches", "system_events" };
	for (size_t i = 0; i < sizeof same / sizeof *same; i++)
		migrating_same_rows(&rig, same[i], "behind", "fresh");
	/* a price that is gone from the source stays as history, here the one whose key was changed */
	migrating_text(&rig, "1400",
	               "SELECT GROUP_CONCAT(b.id) FROM behind.spot_price_snapshots b LEFT JOIN "
	               "fresh.spot_price_snapshots f ON f.id = b.id AND f.pool_id = b.pool_id AND "
	               "f.observed_at "
	               "= "
	               "b.observed_at AND f.price = b.price WHERE f.id IS NULL");
	/* what is gone from the source can act no more */
	migrating_number(&rig, 0,
	                 "SELECT COUNT(*) FROM behind.commands b LEFT JOIN old60.commands s ON s.id = b.id "
	                 "WHERE s.id IS NULL AND b.status IN ('pending', 'executing')");
	migrating_number(&rig, 0,
	                 "SELECT COUNT(*) FROM behind.instances b LEFT JOIN old60.instances s ON s.id = "
	                 "b.id WHERE s.id IS NULL AND b.instance_status <> 'terminated'");
	migrating_load(&rig, "old60.sql");
}
END_TEST

/* What is taken over in steps of 2,000 changes: an instance is read again, for a change of something else, when it has another
 * agent already, and what says so is only in the next step. */
static const char *const too_early[] = {
	"INSERT INTO old60.agents (id, client_id, logical_agent_id) VALUES ('" AGENT(
	        "31") "', '11111111-1111-1111-1111-111111111111', 'of none')",
	"UPDATE old60.instances SET spot_price = 0.05 WHERE id = 'i-000001'",
	"UPDATE old60.spot_price_snapshots SET price = price + 1 ORDER BY id LIMIT 1500",
	"UPDATE old60.pricing_consolidated SET price = price + 1 ORDER BY id LIMIT 900",
	"UPDATE old60.instances SET agent_id = '" AGENT("31") "' WHERE id = 'i-000001'",
};
/* A name that an agent of here still has, though he is gone there: another cannot get it, nor what came with it. */
static const char *const refused[] = {
	"DELETE FROM old60.agents WHERE id = '" AGENT("07") "'",
	"INSERT INTO old60.instances (id, client_id, agent_id, instance_type, region, az, instance_status, "
	"is_primary) SELECT 'i-nine', client_id, agent_id, instance_type, region, az, 'running_primary', 1 "
	"FROM "
	"old60.instances WHERE id = 'i-000009'",
	"UPDATE old60.agents SET logical_agent_id = 'agent-7', instance_id = 'i-nine' WHERE id = '" AGENT(
	        "09") "'",
};

static void differs_in_nothing(const char *from, const char *into)
{
	struct rig_run r = migrating_run(&rig, from, into, "--compare", NULL);
	char *what = rig_text(&rig,
	                      "SELECT GROUP_CONCAT(CONCAT_WS(' ', rule, source_key, col, expected, found)) "
	                      "FROM %s.migration_differences",
	                      into);
	ck_assert_msg(r.code == 0, "%.900s", what ? what : r.err);
	free(what);
	rig_run_free(&r);
}

START_TEST(who_is_the_primary_is_chosen_when_its_agent_changes)
{
	static const char primary[] = "SELECT id FROM early.instances WHERE is_primary AND agent_id = '%s'";
	follow("old60", "early");
	RUN(too_early);
	follow("old60", "early");
	differs_in_nothing("old60", "early");
	RUN(refused);
	follow("old60", "early");
	differs_in_nothing("old60", "early");
	migrating_number(&rig, 1,
	                 "SELECT COUNT(*) FROM early.migration_rejects WHERE source_key = '" AGENT(
	                         "09") "' AND reason LIKE 'Duplicate entry%'");
	rig_do(&rig, "INSERT INTO old60.agents (id, client_id, logical_agent_id) VALUES ('" AGENT(
	                     "07") "', '11111111-1111-1111-1111-111111111111', 'seven')");
	follow("old60", "early");
	differs_in_nothing("old60", "early");
	char *is = rig_text(&rig, primary, AGENT("09"));
	ck_assert_str_eq(is, "i-nine");
	free(is);
	migrating_run_clean(&rig, "early");
	migrating_load(&rig, "old60.sql");
}
END_TEST

/* A quick pass reads an agent, but not the old rows that name him: the log says no more of him that is new. */
START_TEST(a_pass_beside_the_log_is_told_to_it)
{
	rig_do(&rig, "INSERT INTO old51.pricing_submissions_raw (id, pool_id, spot_price, observed_at) "
	             "VALUES (3000000, 'r3.large.us-east-1a', 1, NOW())");
	rig_do(&rig, "UPDATE old51.pricing_submissions_raw SET source_agent_id = 'late' WHERE id <= 10");
	follow("old51", "beside");
	rig_do(&rig, "INSERT INTO old51.agents (id, client_id, logical_agent_id) VALUES ('later', 'acme', "
	             "'late')");
	run("old51", "beside", NULL, NULL, 0, "");
	follow("old51", "beside");
	migrating_number(&rig, 10,
	                 "SELECT COUNT(*) FROM beside.spot_price_snapshots p JOIN beside.agents a ON a.id = "
	                 "p.agent_id WHERE a.logical_agent_id = 'late'");
	differs_in_nothing("old51", "beside");
	migrating_run_clean(&rig, "beside");
	migrating_load(&rig, "old51.sql");
}
END_TEST

/* What keeps a trigger from logging, or the log from being whole: the writer goes on, and the last pass says no. */
static const struct {
	const char *harm, *write, *says, *mend;
} broken[] = {
	{ "REVOKE INSERT ON broken.migration_changes FROM spotop_migration_broken@localhost",
	  "UPDATE old60.agents SET hostname = 'a'", "could not be logged", NULL },
	{ "RENAME TABLE broken.migration_changes TO broken.elsewhere", "DELETE FROM old60.commands LIMIT 1",
	  "could not be logged", "RENAME TABLE broken.elsewhere TO broken.migration_changes" },
	/* of these one by SPOTOP_SEED; make soak-migrate: all */
	{ "TRUNCATE old60.spot_price_snapshots", "UPDATE old60.agents SET hostname = 'b'", "was emptied",
	  NULL },
	{ "ALTER TABLE old60.agents ADD COLUMN more INT", "UPDATE old60.agents SET hostname = 'b'",
	  "was emptied, built anew or altered", NULL },
	{ "DROP TRIGGER old60.spotop_log_u_agents", "UPDATE old60.agents SET hostname = 'c'",
	  "is not the one that was made", NULL },
};

static void is_state(const char *want)
{
	migrating_text(&rig, want,
	               "SELECT CONCAT_WS(' ', log_state, is_fenced, is_done) FROM broken.migration_run");
}

/* Program and server: while the last pass takes over what waits, when all is here and its triggers go out of the
 * source, and when the rest of them does: it is run again. */
static void last_pass_and_its_end_are_killed(void)
{
	rig_do(&rig, "UPDATE old60.agents SET config_version = 7");
	migrating_kill_where(&rig, "old60", "broken", "--final", "--fence",
	                     "SELECT COUNT(*) FROM broken.migration_changes FOR UPDATE", true);
	is_state("whole 1 0");
	static const char *const late = "SELECT COUNT(*) FROM old60.agents";
	migrating_kill_where(&rig, "old60", "broken", "--final", NULL, late, true);
	is_state("whole 1 1");
	run("old60", "broken", "--final", NULL, 1, "that was the last pass");
	is_state("none 1 1");
	compare("old60", "broken");
	migrating_kill_where(&rig, "old60", "broken", "--clean", "--yes", late, true);
	is_state("none 1 1");
	migrating_run_clean(&rig, "broken");
}

/* One after the other on one copy; at last the database itself is gone. */
START_TEST(a_log_that_is_not_whole_is_refused)
{
	const char *seed = getenv("SPOTOP_SEED");
	size_t one = 2 + (seed ? (unsigned)atoi(seed) : 1) % 3;
	migrating_load(&rig, "old60.sql");
	follow("old60", "broken");
	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
		if (i >= 2 && i != one && !getenv("SPOTOP_MIGRATE_ROWS")) continue;
		rig_do(&rig, "%s", broken[i].harm);
		rig_do(&rig, "%s", broken[i].write);
		if (broken[i].mend) rig_do(&rig, "%s", broken[i].mend);
		struct rig_run r = migrating_run(&rig, "old60", "broken", "--final", NULL);
		ck_assert_msg(r.code == 4 && strstr(r.err, broken[i].says) &&
		                      strstr(r.err, "--follow makes it anew"),
		              "%s: %d: %.900s", broken[i].harm, r.code, r.err);
		rig_run_free(&r);
		follow("old60", "broken");
		compare("old60", "broken");
	}
	rig_do(&rig, "DROP DATABASE broken");
	rig_do(&rig, "UPDATE old60.agents SET hostname = 'd'");
	rig_do(&rig, "DELETE FROM old60.commands LIMIT 1");
	follow("old60", "broken");
	compare("old60", "broken");
	last_pass_and_its_end_are_killed();
	migrating_number(&rig, 0,
	                 "SELECT COUNT(*) FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = 'old60'");
	migrating_number(&rig, 0, "SELECT COUNT(*) FROM mysql.user WHERE User = 'spotop_migration_broken'");
	rig_do(&rig, "UPDATE old60.agents SET hostname = 'e'");
}
END_TEST

/* A back end that writes without end, in a process of its own. */
static pid_t spawn_writer(const char *sql)
{
	char cmd[600];
	snprintf(cmd, sizeof cmd,
	         "while :; do echo \"%s;\"; sleep 0.05; done | mariadb --no-defaults -u root -S %s old60",
	         sql, rig.socket);
	pid_t pid = fork();
	if (pid == 0) {
		setpgid(0, 0);
		if (!freopen("/dev/null", "w", stderr)) _exit(1);
		execl("/bin/sh", "sh", "-c", cmd, (char *)NULL);
		_exit(127);
	}
	setpgid(pid, pid);
	return pid;
}

static void writers_are_noticed_or_stopped(const char *into)
{
	int status;
	pid_t pid = spawn_writer("UPDATE agents SET config_version = COALESCE(config_version, 0) + 1");
	struct rig_run r = migrating_run(&rig, "old60", into, "--final", NULL);
	ck_assert_msg(r.code == 4 && strstr(r.err, "is still written to (agents") &&
	                      strstr(r.err, "root@localhost"),
	              "%d: %s", r.code, r.err);
	rig_run_free(&r);
	run("old60", into, "--fence", NULL, 2, "goes with --final");
	run("old60", into, "--final", "--fence", 1, "that was the last pass");
	ck_assert_int_eq(kill(-pid, SIGKILL), 0);
	waitpid(pid, &status, 0);
	compare("old60", into);
	migrating_number(&rig, 0, "SELECT COUNT(*) FROM (SELECT 1 FROM old60.clients WHERE id = 'x') x");
	r = migrating_run(&rig, "old60", into, "--unfence", NULL);
	ck_assert_msg(r.code == 0, "%s", r.err);
	rig_run_free(&r);
	rig_do(&rig, "UPDATE old60.agents SET hostname = 'f'");
}

START_TEST(writers_of_a_copy_are_noticed_or_stopped)
{
	migrating_ok(&rig, "old60", "copied", NULL, NULL, 1);
	writers_are_noticed_or_stopped("copied");
}
END_TEST

/* What a role may call, and what of it a copy still takes. */
static const struct {
	const char *call;
	bool is_refused;
} calls[] = {
	{ "CALL copied_of.verb_switch(UUID(), 'agent-1', '{\"mode\": \"ondemand\"}', NULL, FALSE, '[]', 'r', "
	  "'u', 'h')",
	  true },
	{ "CALL copied_of.verb_switch(UUID(), 'agent-1', '{\"mode\": \"ondemand\"}', NULL, TRUE, '[]', 'r', "
	  "'u', 'h')",
	  true },
	{ "CALL copied_of.verb_terminate(UUID(), 'i-000004', '{}', NULL, FALSE, '[]', 'r', 'u', 'h')", true },
	{ "CALL copied_of.verb_cordon(UUID(), 'r3.large.us-east-1a', '{\"seconds\": 60}', NULL, FALSE, '[]', "
	  "'r', 'u', "
	  "'h')",
	  true },
	{ "CALL copied_of.agent_register('token-acme', 'web-1', '{}')", true },
	{ "CALL copied_of.agent_heartbeat('" AGENT("01") "', 'online', NULL)", true },
	{ "CALL copied_of.agent_report_prices('" AGENT("01") "', NULL, 'primary', '[]')", true },
	{ "CALL copied_of.agent_notice('" AGENT("01") "', 'termination', NULL)", true },
	{ "CALL copied_of.agent_claim('" AGENT("01") "', 60)", true },
	{ "CALL copied_of.instance_terminated('i-000004')", true },
	{ "CALL copied_of.promote_instance_to_primary('i-000004', NULL)", true },
	{ "CALL copied_of.verb_note(UUID(), '1', '{\"text\": \"t\"}', NULL, FALSE, '[]', 'r', 'u', 'h')",
	  false },
};

START_TEST(a_copy_takes_no_action_and_no_agents_word)
{
	follow("old60", "copied_of");
	migrating_text(&rig, "old60",
	               "SELECT JSON_VALUE(details, '$.copy_of') FROM copied_of.schema_migrations WHERE "
	               "version "
	               "= "
	               "'7.0'");
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
		char *said = rig_error(&rig, "%s", calls[i].call);
		bool is_refused = said && strstr(said, "is a copy of old60");
		ck_assert_msg(is_refused == calls[i].is_refused, "%s: %s", calls[i].call,
		              said ? said : "done");
		free(said);
	}
	writers_are_noticed_or_stopped("copied_of");
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
		char *said = rig_error(&rig, "%s", calls[i].call);
		ck_assert_msg(!said || !strstr(said, "is a copy of"), "%s: %s", calls[i].call, said);
		free(said);
	}
}
END_TEST

Suite *suite_migrate_follow(void);
Suite *suite_migrate_follow(void)
{
	Suite *s = suite_create("migrate_follow");
	TCase *t = tcase_create("migrate_follow");
	tcase_set_timeout(t, 300);
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_test(t, what_is_written_to_60_is_here);
	tcase_add_test(t, who_is_the_primary_is_chosen_when_its_agent_changes);
	tcase_add_test(t, a_pass_beside_the_log_is_told_to_it);
	tcase_add_test(t, a_log_that_is_not_whole_is_refused);
	tcase_add_test(t, a_copy_takes_no_action_and_no_agents_word);
	tcase_add_test(t, writers_of_a_copy_are_noticed_or_stopped);
	suite_add_tcase(s, t);
	return s;
}
