/* migrate_changes.c - after the last pass the new database says what the old one says: for rows changed,
 * deleted and put in again, of any age, by any kind of write; proved against a copy made afresh. */
#include "core/db/table.h"
#include "tests/support/migrating.h"
#include "tests/support/pty.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct rig rig;

static void start(void)
{
	rig_start(&rig);
	migrating_load(&rig, "old60.sql");
	migrating_load(&rig, "old51.sql");
}
static void stop(void) { rig_stop(&rig); }

static void run_all(const char *const *sql, size_t n)
{
	for (size_t i = 0; i < n; i++) rig_do(&rig, "%s", sql[i]);
}
#define RUN(list) run_all(list, sizeof list / sizeof *list)

static void same(const char *const *tables, size_t n, const char *a, const char *b)
{
	for (size_t i = 0; i < n; i++) migrating_same_rows(&rig, tables[i], a, b);
}
#define SAME(list, a, b) same(list, sizeof list / sizeof *list, a, b)

/* 5.1: corrected prices in three tables, duplicates found, dates and pools corrected, a failover that ended
 * later, another action, a name of other letters only. */
static const char *const changes51[] = {
	"UPDATE old51.spot_prices SET price = price + 1 ORDER BY recorded_at LIMIT 12",
	("UPDATE old51.spot_prices SET recorded_at = recorded_at - INTERVAL 1 DAY ORDER BY recorded_at DESC "
	 "LIMIT "
	 "3"),
	"UPDATE old51.spot_prices SET pool_id = 'm4.large.eu-west-1b' ORDER BY recorded_at DESC LIMIT 2",
	"UPDATE old51.pricing_submissions_raw SET is_duplicate = 1",
	"UPDATE old51.pricing_submissions_raw SET spot_price = 0.07 WHERE id <= 12",
	"UPDATE old51.pricing_snapshots_clean SET spot_price = 0.09 WHERE id <= 12",
	("UPDATE old51.spot_interruption_events SET failover_time_ms = 1234, response_action = "
	 "'emergency-replica'"),
	"UPDATE old51.audit_logs SET action = 'enabled'",
	"UPDATE old51.clients SET name = 'ACME'",
	"UPDATE old51.switch_history SET success = NOT success",
};
static const char *const tables51[] = { "clients",
	                                "agents",
	                                "instances",
	                                "commands",
	                                "switches",
	                                "replica_instances",
	                                "notifications",
	                                "system_events",
	                                "spot_price_snapshots",
	                                "pricing_consolidated",
	                                "client_savings_daily" };

START_TEST(changes_of_51_are_taken_over)
{
	migrating_ok(&rig, "old51", "first51", NULL, NULL, 0);
	RUN(changes51);
	migrating_ok(&rig, "old51", "first51", NULL, NULL, 0);
	migrating_ok(&rig, "old51", "first51", "--final", NULL, 0);
	migrating_ok(&rig, "old51", "anew51", NULL, NULL, 0);
	SAME(tables51, "first51", "anew51");
}
END_TEST

/* 6.0: each upsert burns an id, so that the oldest prices lie millions of ids back. */
static const char *const before60[] = {
	("INSERT INTO old60.spot_price_snapshots (id, pool_id, price, captured_at) VALUES (3000000, "
	 "'r3.large.us-east-1a', 1, NOW())"),
	("INSERT INTO old60.system_events (id, event_type, severity, message, created_at) VALUES (3000000, "
	 "'far', "
	 "'info', 'm', NOW())"),
	("CREATE TABLE old60.pricing_canonical AS SELECT id, pool_id, price + 1 AS price, `timestamp`, 0.5 "
	 "AS "
	 "confidence_score, created_at FROM old60.pricing_consolidated WHERE id % 3 = 0"),
	"ALTER TABLE old60.pricing_canonical ADD PRIMARY KEY (id)",
};
static const char *const changes60[] = {
	"UPDATE old60.spot_price_snapshots SET price = price + 1 ORDER BY id LIMIT 72",
	("UPDATE old60.spot_price_snapshots SET captured_at = captured_at + INTERVAL 7 SECOND WHERE id "
	 "BETWEEN 100 "
	 "AND 110"),
	"UPDATE old60.system_events SET message = CONCAT(message, ' more') ORDER BY id LIMIT 10",
	"UPDATE old60.system_events SET message = UPPER(message) WHERE id = 3000000",
	"UPDATE old60.pricing_consolidated SET price = price + 2 ORDER BY id LIMIT 40",
	"UPDATE old60.pricing_canonical SET price = price + 3 ORDER BY id LIMIT 20",
	"UPDATE old60.agents SET hostname = 'renamed', updated_at = updated_at ORDER BY id LIMIT 1",
	/* one row of many that the engine refuses */
	"INSERT INTO old60.ml_models (id, model_name, model_version, model_type, uploaded_at) SELECT "
	"CONCAT('eeeeeeee-0000-0000-0001-', LPAD(seq, 12, '0')), CONCAT('m', IF(seq = 1234, 77, seq)), '1', "
	"'random_forest', '2026-01-01' FROM seq_1_to_3000",
	/* a column that it had not */
	"ALTER TABLE old60.agents ADD private_ip VARCHAR(45)",
	"UPDATE old60.agents SET private_ip = '10.0.0.9' WHERE logical_agent_id = 'agent-7'",
};
static const char *const tables60[] = { "clients",
	                                "spot_pools",
	                                "agent_configs",
	                                "instances",
	                                "commands",
	                                "switches",
	                                "system_events",
	                                "spot_price_snapshots",
	                                "pricing_consolidated",
	                                "pricing_canonical",
	                                "migration_rejects",
	                                "migration_notes" };

static long status(const char *name)
{
	struct table *t = rig_table(&rig, "SHOW GLOBAL STATUS LIKE '%s'", name);
	long n = (long)table_int(t, 0, "Value", 0);
	table_free(t);
	return n;
}

START_TEST(changes_of_60_are_taken_over)
{
	RUN(before60);
	migrating_ok(&rig, "old60", "first60", NULL, NULL, 1);
	RUN(changes60);
	long made = status("Com_create_procedure");
	migrating_ok(&rig, "old60", "first60", "--final", NULL, 1);
	ck_assert_int_eq(status("Com_create_procedure"), made); /* its routines are those of the first run */
	migrating_text(&rig, "10.0.0.9",
	               "SELECT private_ip FROM first60.agents WHERE logical_agent_id = 'agent-7'");
	long calls = status("Com_call_procedure");
	migrating_ok(&rig, "old60", "anew60", NULL, NULL, 1);
	/* it costs a few parts of its batch: a call a row would be 3,000 and more */
	ck_assert_int_lt(status("Com_call_procedure") - calls, 1500);
	migrating_text(&rig, "eeeeeeee-0000-0000-0001-000000001234",
	               "SELECT GROUP_CONCAT(source_key) FROM anew60.migration_rejects WHERE rule = 'models' "
	               "AND source_key LIKE 'eeeeeeee%'");
	migrating_number(&rig, 2999, "SELECT COUNT(*) FROM anew60.ml_models WHERE id LIKE 'eeeeeeee%'");
	SAME(tables60, "first60", "anew60");
	/* and where both tiers have a minute, it is the canonical one's */
	migrating_number(
	        &rig, 0,
	        "SELECT COUNT(*) FROM old60.pricing_canonical s JOIN (SELECT MAX(id) AS id FROM "
	        "old60.pricing_canonical GROUP BY pool_id, FLOOR(UNIX_TIMESTAMP(`timestamp`) / 60)) g "
	        "ON g.id = "
	        "s.id LEFT JOIN first60.pricing_canonical t ON t.pool_id = s.pool_id AND t.observed_at "
	        "= "
	        "FROM_UNIXTIME(FLOOR(UNIX_TIMESTAMP(s.`timestamp`) / 60) * 60) WHERE NOT (t.price <=> "
	        "s.price)");
}
END_TEST

static const char *const before_gone[] = {
	("CREATE TABLE old51.users (id CHAR(36) PRIMARY KEY, client_id CHAR(36), email VARCHAR(255), "
	 "is_active "
	 "BOOLEAN)"),
	("INSERT INTO old51.users VALUES ('u1', 'acme', 'a@acme.example', 1), ('u2', 'gone', "
	 "'b@gone.example', 1)"),
	("INSERT INTO old51.clients VALUES ('gone', 'Gone', 'ops@gone.example', 'secret', 'basic', 'active', "
	 "'2025-01-01')"),
	"ALTER TABLE old51.replica_instances ADD COLUMN promoted_at TIMESTAMP NULL",
	("INSERT INTO old51.replica_instances (id, agent_id, instance_id, instance_type, region, az, status, "
	 "created_at, promoted_at) VALUES ('replica-2', 'one', 'i-1', 'r3.large', 'us-east-1', 'us-east-1a', "
	 "'promoted', '2025-06-03', '2025-06-04')"),
	/* the field's two reasons of a switch */
	("INSERT INTO old51.switch_history (agent_id, old_instance_id, new_instance_id, switch_reason, "
	 "switched_at, success) VALUES ('one', 'i-1', 'i-a', 'automatic-interruption-failover', "
	 "'2025-06-05', 1), ('one', 'i-a', 'i-b', 'manual-replica-promotion', '2025-06-06', 1)"),
	/* a row without an id is one row however often it is read */
	("INSERT INTO old51.notifications VALUES ('', 'acme', 'Nameless', 'text', 'switch_done', 'info', 0, "
	 "'2025-07-02')"),
};
static const char *const gone[] = {
	"DELETE FROM old51.users WHERE id = 'u2'",
	"DELETE FROM old51.clients WHERE id = 'gone'",
	"DELETE FROM old51.replica_instances WHERE id = 'replica-1'",
};

START_TEST(what_is_gone_acts_no_more)
{
	RUN(before_gone);
	migrating_ok(&rig, "old51", "without", NULL, NULL, 0);
	migrating_text(&rig,
	               "emergency termination automatic-interruption-failover,manual user "
	               "manual-replica-promotion",
	               "SELECT GROUP_CONCAT(CONCAT_WS(' ', event_trigger, trigger_type, JSON_VALUE(metadata, "
	               "'$.switch_reason')) ORDER BY switched_at) FROM without.switches WHERE switched_at >= "
	               "'2025-06-05'");
	migrating_number(&rig, 0,
	                 "SELECT COUNT(*) FROM without.migration_notes WHERE rule = 'instance_switches'");
	migrating_text(&rig, "terminated,2025-06-04",
	               "SELECT CONCAT_WS(',', status, DATE(terminated_at)) FROM without.replica_instances "
	               "WHERE "
	               "cloud_instance_id = 'i-1'");
	migrating_text(&rig, "running",
	               "SELECT status FROM without.replica_instances WHERE cloud_instance_id = 'i-9'");
	char *id = rig_text(&rig, "SELECT id FROM without.notifications WHERE message LIKE 'Nameless%%'");
	RUN(gone);
	migrating_ok(&rig, "old51", "without", "--final", NULL, 0);
	migrating_text(&rig, "terminated",
	               "SELECT status FROM without.replica_instances WHERE cloud_instance_id = 'i-9'");
	migrating_text(&rig, "Gone 0 0,ACME 1 1",
	               "SELECT GROUP_CONCAT(CONCAT_WS(' ', IF(name = 'Gone', name, 'ACME'), is_active, "
	               "client_token IN "
	               "(SHA2('secret', 256), SHA2('plain', 256))) ORDER BY name = 'Gone' DESC) FROM "
	               "without.clients");
	migrating_text(&rig, "1,0", "SELECT GROUP_CONCAT(is_active ORDER BY email) FROM without.users");
	migrating_number(&rig, 3,
	                 "SELECT COUNT(*) FROM without.migration_notes WHERE done LIKE 'gone from the "
	                 "source%'");
	char *now = rig_text(&rig, "SELECT GROUP_CONCAT(id) FROM without.notifications WHERE message LIKE "
	                           "'Nameless%%'");
	ck_assert_str_eq(id, now);
	free(id), free(now);
}
END_TEST

/* Names, addresses and tokens change hands; another instance was made last, and so is the primary. */
static const char *const hands[] = {
	"UPDATE old60.clients SET client_token = CASE id WHEN 'client-3' THEN 'b' ELSE 'a' END WHERE id IN "
	"('client-3', '22222222-2222-2222-2222-222222222222')",
	"UPDATE old60.instances SET launch_confirmed_at = NULL, is_primary = 1, "
	"instance_status = 'running_primary', agent_id = 'aaaaaaaa-0000-0000-0000-000000000011' WHERE id IN "
	"('i-000011', 'i-000013')",
	"UPDATE old60.agents SET instance_id = NULL WHERE id = 'aaaaaaaa-0000-0000-0000-000000000011'",
};
static const char *const other_hands[] = {
	"UPDATE old60.clients SET client_token = CASE id WHEN 'client-3' THEN 'a' ELSE 'b' END WHERE id IN "
	"('client-3', '22222222-2222-2222-2222-222222222222')",
	"UPDATE old60.clients SET email = CASE id WHEN 'client-3' THEN 'x@x.example' ELSE 'y@y.example' END "
	"WHERE id IN ('client-3', '22222222-2222-2222-2222-222222222222')",
	"UPDATE old60.agents SET logical_agent_id = CASE logical_agent_id WHEN 'agent-11' THEN 'agent-13' "
	"WHEN "
	"'agent-13' THEN 'agent-11' ELSE logical_agent_id END WHERE logical_agent_id IN ('agent-11', "
	"'agent-13')",
	"UPDATE old60.instances SET created_at = created_at + INTERVAL 1 DAY WHERE id = 'i-000011'",
};
static const char *const still_other_hands[] = {
	"UPDATE old60.clients SET email = CASE id WHEN 'client-3' THEN 'y@y.example' ELSE 'x@x.example' END "
	"WHERE id IN ('client-3', '22222222-2222-2222-2222-222222222222')",
	"UPDATE old60.instances SET created_at = created_at + INTERVAL 2 DAY WHERE id = 'i-000013'",
};
static const char *const of_hands[] = { "clients", "instances", "agent_configs", "migration_rejects" };

static void run(const char *into, const char *a, const char *b)
{
	struct rig_run r = migrating_run(&rig, "old60", into, a, b);
	ck_assert_msg(r.code == 0, "%s: %d: %s%s", a, r.code, r.out, r.err);
	rig_run_free(&r);
}

START_TEST(what_is_unique_changes_hands)
{
	RUN(hands);
	run("hands", "--follow", "--once");
	RUN(other_hands);
	run("hands", "--follow", "--once");
	migrating_text(&rig, "i-000011",
	               "SELECT instance_id FROM hands.migration_primaries WHERE agent_id = "
	               "'aaaaaaaa-0000-0000-0000-000000000011'");
	RUN(still_other_hands);
	migrating_ok(&rig, "old60", "hands", "--final", "--fence", 1);
	migrating_ok(&rig, "old60", "hands_anew", NULL, NULL, 1);
	SAME(of_hands, "hands", "hands_anew");
	migrating_number(&rig, 0,
	                 "SELECT COUNT(*) FROM (SELECT id, logical_agent_id FROM hands.agents EXCEPT SELECT "
	                 "id, logical_agent_id FROM hands_anew.agents) x");
	/* and a primary that is not the one that the source says is a difference, whatever is noted down here */
	rig_do(&rig, "UPDATE hands.migration_primaries SET instance_id = 'i-000011' WHERE agent_id = "
	             "'aaaaaaaa-0000-0000-0000-000000000011'");
	struct rig_run r = migrating_run(&rig, "old60", "hands", "--compare", NULL);
	ck_assert_msg(r.code == 1 && strstr(r.out, "i-000013"), "%d: %s%s", r.code, r.out, r.err);
	rig_run_free(&r);
	rig_do(&rig, "CALL hands.migration_drop_triggers('fence')");
}
END_TEST

/* The field's own 7.0 has our names for its tables. */
static const char *const of_7_elsewhere[] = {
	"CREATE DATABASE IF NOT EXISTS old70",
	"CREATE TABLE IF NOT EXISTS old70.clients (id CHAR(36) PRIMARY KEY, name VARCHAR(255))",
	"CREATE TABLE IF NOT EXISTS old70.agents (id CHAR(36) PRIMARY KEY, client_id CHAR(36))",
	("CREATE TABLE IF NOT EXISTS old70.notifications (id CHAR(36) PRIMARY KEY, client_id CHAR(36), "
	 "message TEXT, "
	 "notification_type VARCHAR(20), is_read BOOLEAN, created_at TIMESTAMP NULL, read_at TIMESTAMP "
	 "NULL)"),
	"CREATE TABLE IF NOT EXISTS old70.sse_events (id BIGINT PRIMARY KEY)",
};
static const struct {
	const char *database, *says;
} olds[] = {
	{ "old51", "older schema (5.1, " },
	{ "old60", "older schema (6.0, " },
	{ "old70", "older schema (7.0 of another make, " },
};
static const char *const commands[][5] = {
	{ "agents" },          { "instances" },
	{ "notifications" },   { "overview" },
	{ "prices" },          { "prices", "--since=1h" },
	{ "report" },          { "tail" },
	{ "audit", "verify" }, { "job", "list" },
	{ "why", "one" },      { "database" },
	{ "db", "upgrade" },   { "db", "init" },
	{ "check" },           { "ack", "1", "--yes" },
	{ "serve" },           { "switch", "one", "--ondemand", "--yes" },
};

/* Whatever is asked of an older database, the answer names its schema and what to do, never the server's words. */
START_TEST(an_older_database_is_named)
{
	RUN(of_7_elsewhere);
	for (size_t i = 0; i < sizeof olds / sizeof *olds; i++) {
		const char *argv[8] = { "-D", olds[i].database };
		memcpy(argv + 2, commands[_i], sizeof commands[_i]);
		struct rig_run run = rig_spotop(&rig, false, argv);
		const char *said = strcmp(argv[2], "check") == 0 ? run.out : run.err;
		ck_assert_msg(run.code == 3, "%s %s: %d: %s%s", olds[i].database, argv[2], run.code, run.out,
		              run.err);
		ck_assert_msg(strstr(said, olds[i].says) && strstr(said, "db migrate --from"), "%s: %s",
		              argv[2], said);
		ck_assert_msg(!strstr(said, "(error 1"), "%s: %s", argv[2], said);
		rig_run_free(&run);
	}
}
END_TEST

/* And on every screen of the console, those that the field's own 7.0 could fill as well. */
START_TEST(the_console_names_an_older_database)
{
	static const char *const screens[] = { "1", "2", "3", "4", "5" };
	char state[140];
	RUN(of_7_elsewhere);
	snprintf(state, sizeof state, "XDG_STATE_HOME=%s", rig.state);
	const char *env[] = { state, NULL };
	const char *argv[] = { getenv("SPOTOP_BIN") ? getenv("SPOTOP_BIN") : "./spotop",
		               "--no-defaults",
		               "-u",
		               "root",
		               "-S",
		               rig.socket,
		               "-D",
		               olds[_i].database,
		               NULL };
	struct pty *p = pty_spawn(30, 200, argv, env);
	for (size_t i = 0; i < sizeof screens / sizeof *screens; i++) {
		pty_keys(p, screens[i]);
		pty_settle(p, 300);
		ck_assert_msg(pty_wait_text(p, olds[_i].says, 20000), "screen %s:\n%s", screens[i],
		              pty_screen(p));
		ck_assert_msg(!strstr(pty_screen(p), "error 1"), "screen %s:\n%s", screens[i], pty_screen(p));
	}
	pty_free(p);
}
END_TEST

Suite *suite_migrate_changes(void);
Suite *suite_migrate_changes(void)
{
	Suite *s = suite_create("migrate_changes");
	TCase *t = tcase_create("migrate_changes");
	tcase_set_timeout(t, 600);
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_test(t, changes_of_51_are_taken_over);
	tcase_add_test(t, what_is_gone_acts_no_more);
	tcase_add_test(t, what_is_unique_changes_hands);
	tcase_add_test(t, changes_of_60_are_taken_over);
	tcase_add_loop_test(t, an_older_database_is_named, 0, sizeof commands / sizeof *commands);
	tcase_add_loop_test(t, the_console_names_an_older_database, 0, sizeof olds / sizeof *olds);
	suite_add_tcase(s, t);
	return s;
}
