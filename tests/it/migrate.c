/* migrate.c - a fleet in 6.0 and in 5.1, with all that such databases come to hold, moved in: nothing lost
 * in silence, the source untouched, the same whatever is killed when, and what changes meanwhile too. */
#include "core/db/table.h"
#include "tests/support/migrating.h"
#include <check.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct rig rig;

#define load(file)                         migrating_load(&rig, file)
#define migrate(from, into, a, b)          migrating_run(&rig, from, into, a, b)
#define migrate_ok(from, into, a, b, code) migrating_ok(&rig, from, into, a, b, code)
#define is_number(want, sql)               migrating_number(&rig, want, sql)
#define is_text(want, sql)                 migrating_text(&rig, want, sql)
#define checksum(database)                 migrating_checksum(&rig, database)
#define same_rows(table, a, b)             migrating_same_rows(&rig, table, a, b)

static void start(void)
{
	rig_start(&rig);
	load("old60.sql");
	load("old51.sql");
}
static void stop(void) { rig_stop(&rig); }

static const char *const moved_tables[] = { "clients",
	                                    "spot_pools",
	                                    "agents",
	                                    "agent_configs",
	                                    "instances",
	                                    "commands",
	                                    "switches",
	                                    "system_events",
	                                    "notifications",
	                                    "ml_models",
	                                    "spot_price_snapshots",
	                                    "pricing_consolidated",
	                                    "pricing_canonical",
	                                    "migration_rejects",
	                                    "migration_notes" };
static void same_databases(const char *a, const char *b)
{
	for (size_t i = 0; i < sizeof moved_tables / sizeof *moved_tables; i++)
		same_rows(moved_tables[i], a, b);
}

/* The database that a run without trouble makes, once. */
static void make_reference(void)
{
	if (rig_number(&rig, "SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = 'whole'"))
		return;
	migrate_ok("old60", "whole", NULL, NULL, 1);
}

START_TEST(all_of_60_is_moved_or_named)
{
	char *before = checksum("old60");
	make_reference();
	char *after = checksum("old60");
	ck_assert_str_eq(before, after);
	free(before), free(after);
	/* each row read is somewhere */
	is_number(0, "SELECT COUNT(*) FROM whole.migration_rules r WHERE rows_read <> rows_migrated + "
	             "rows_merged + "
	             "rows_left + (SELECT COUNT(*) FROM whole.migration_rejects x WHERE x.rule = r.rule)");
	static const char *const by_id[] = { "spot_pools", "agents",   "instances",
		                             "commands",   "switches", "spot_price_snapshots" };
	for (size_t i = 0; i < sizeof by_id / sizeof *by_id; i++)
		ck_assert_int_eq(
		        rig_number(
		                &rig,
		                "SELECT COUNT(*) FROM old60.%s s WHERE NOT EXISTS (SELECT 1 FROM whole.%s t "
		                "WHERE t.id = s.id) AND NOT EXISTS (SELECT 1 FROM whole.migration_rejects x "
		                "WHERE x.source_table = '%s' AND x.source_key = s.id) AND s.id <> '2004'",
		                by_id[i], by_id[i], by_id[i]),
		        0);
	/* a rejected row is kept whole */
	is_text("i-orphan,nobody,running",
	        "SELECT CONCAT_WS(',', JSON_VALUE(row_data, '$.id'), JSON_VALUE(row_data, '$.client_id'), "
	        "JSON_VALUE(row_data, '$.instance_status')) FROM whole.migration_rejects WHERE source_key = "
	        "'i-orphan'");
	is_text("client_id: \"nobody\" is not in clients",
	        "SELECT reason FROM whole.migration_rejects WHERE source_key = 'i-orphan'");
	is_number(1, "SELECT rows_left FROM whole.migration_rules WHERE rule = 'prices'");
}
END_TEST

/* What each hostile row became. */
static const struct {
	const char *want, *sql;
} fates[] = {
	{ "11111111-1111-1111-1111-111111111111,Acme,pro,50,2026-01-02 00:00:00,{\"a\": 1}",
	  "SELECT CONCAT_WS(',', id, name, plan, max_agents, created_at, metadata) FROM whole.clients WHERE "
	  "name = "
	  "'Acme'" },
	{ "1", "SELECT client_token = SHA2('token-acme', 256) FROM whole.clients WHERE name = 'Acme'" },
	{ "free,0,ops@acme.example#22222222-2222-2222-2222-222222222222",
	  "SELECT CONCAT_WS(',', plan, max_agents, email) FROM whole.clients WHERE name = 'Bolt'" },
	{ "platinum", "SELECT value FROM whole.migration_notes WHERE rule = 'clients' AND col = 'plan'" },
	{ "65535,0,{\"raw\": \"no json\"}",
	  "SELECT CONCAT_WS(',', max_agents, is_active, metadata) FROM whole.clients WHERE name = 'Third'" },
	/* its children found it under its new id */
	{ "10", "SELECT COUNT(*) FROM whole.agents a JOIN whole.clients c ON c.id = a.client_id WHERE c.name "
	        "= 'Third'" },
	{ "agent-18~aaaaaaaa-0000-0000-0000-000000000020",
	  "SELECT logical_agent_id FROM whole.agents WHERE id = 'aaaaaaaa-0000-0000-0000-000000000020'" },
	{ "0,1", "SELECT CONCAT_WS(',', auto_switch_enabled, manual_replica_enabled) FROM whole.agents WHERE "
	         "logical_agent_id = 'agent-4'" },
	{ "offline,ondemand,255",
	  "SELECT CONCAT_WS(',', (SELECT status FROM whole.agents WHERE logical_agent_id = "
	  "'agent-7'), (SELECT current_mode FROM whole.agents WHERE logical_agent_id = "
	  "'agent-5'), (SELECT replica_count FROM whole.agents WHERE logical_agent_id = "
	  "'agent-8'))" },
	{ "1", "SELECT JSON_VALUE(metadata, '$.cleanup_enabled') FROM whole.agents WHERE logical_agent_id = "
	       "'agent-1'" },
	/* a pool that stood in no table of pools */
	{ "c3.large,us-east-1,us-east-1b",
	  "SELECT CONCAT_WS(',', instance_type, region, az) FROM whole.spot_pools "
	  "WHERE id = 'c3.large.us-east-1b'" },
	/* one primary each, the one its agent names */
	{ "i-000001", "SELECT id FROM whole.instances WHERE is_primary AND agent_id = "
	              "'aaaaaaaa-0000-0000-0000-000000000001'" },
	{ "zombie", "SELECT instance_status FROM whole.instances WHERE id = 'i-second'" },
	{ "launching,0,primary", "SELECT CONCAT_WS(',', instance_status, is_primary, launch_role) FROM "
	                         "whole.instances WHERE id = 'i-default'" },
	{ "running_replica", "SELECT instance_status FROM whole.instances WHERE id = 'i-replica'" },
	{ "zombie", "SELECT instance_status FROM whole.instances WHERE id = 'i-weird'" },
	{ "running_primary,1",
	  "SELECT CONCAT_WS(',', instance_status, is_primary) FROM whole.instances WHERE id = "
	  "'i-000003'" },
	{ "running_primary,1",
	  "SELECT CONCAT_WS(',', instance_status, is_primary) FROM whole.instances WHERE id = "
	  "'i-000004'" },
	{ "terminated,0,0",
	  "SELECT CONCAT_WS(',', instance_status, is_primary, is_active) FROM whole.instances "
	  "WHERE id = 'i-gone'" },
	{ "no agent",
	  "SELECT IF(agent_id IS NULL, 'no agent', 'agent') FROM whole.instances WHERE id = 'i-another'" },
	{ "11111111-1111-1111-1111-111111111111",
	  "SELECT client_id FROM whole.instances WHERE id = 'i-null'" },
	{ "40", "SELECT launch_duration_seconds FROM whole.instances WHERE id = 'i-000001'" },
	{ "none", "SELECT COALESCE(launch_confirmed_at, 'none') FROM whole.instances WHERE id = 'i-000005'" },
	{ "20", "SELECT COUNT(*) FROM whole.v_agent_health_summary WHERE primary_count = 1" },
	{ "expired", "SELECT status FROM whole.commands WHERE id = 'cccccccc-0000-0000-0000-000000000002'" },
	{ "executing,2026-04-02 00:15:00.000",
	  "SELECT CONCAT_WS(',', status, lease_until) FROM whole.commands WHERE "
	  "id = 'cccccccc-0000-0000-0000-000000000003'" },
	{ "completed,done,ml,1",
	  "SELECT CONCAT_WS(',', status, stage, trigger_type, success) FROM whole.commands "
	  "WHERE id = 'cccccccc-0000-0000-0000-000000000001'" },
	{ "99999999-0000-0000-0000-000000000000,cccccccc-0000-0000-0000-000000000002",
	  "SELECT GROUP_CONCAT(request_id ORDER BY id) FROM whole.commands WHERE id <= "
	  "'cccccccc-0000-0000-0000-000000000002'" },
	{ "{broken", "SELECT JSON_VALUE(execution_result, '$.raw') FROM whole.commands WHERE id = "
	             "'cccccccc-0000-0000-0000-000000000005'" },
	{ "ondemand,spot,ml,ml_model,38,9000",
	  "SELECT CONCAT_WS(',', old_mode, new_mode, event_trigger, trigger_type, boot_seconds, "
	  "downtime_seconds) "
	  "FROM whole.switches WHERE id = 'dddddddd-0000-0000-0000-000000000001'" },
	{ "emergency,termination,i-second",
	  "SELECT CONCAT_WS(',', event_trigger, trigger_type, new_instance_id) "
	  "FROM whole.switches WHERE switched_at = '2026-05-01'" },
	{ "warning,200", "SELECT CONCAT_WS(',', MIN(t.severity), COUNT(*)) FROM whole.system_events t JOIN "
	                 "old60.system_events s ON s.id = t.id WHERE s.severity = 'catastrophe'" },
	/* what the engine itself refuses, row by row */
	{ "random_forest,heuristic", "SELECT GROUP_CONCAT(model_type ORDER BY id) FROM whole.ml_models" },
	{ "1",
	  "SELECT reason LIKE 'Duplicate entry%uk_models_name_version%' FROM whole.migration_rejects WHERE "
	  "source_key = 'ffffffff-0000-0000-0000-000000000002'" },
	/* prices as they were */
	{ "1500",
	  "SELECT COUNT(*) FROM old60.spot_price_snapshots s JOIN whole.spot_price_snapshots t ON t.id = "
	  "s.id "
	  "AND t.pool_id = s.pool_id AND t.price = s.price AND t.observed_at = s.captured_at AND t.agent_id "
	  "<=> s.agent_id" },
	{ "0",
	  "SELECT COUNT(*) FROM (SELECT FLOOR(UNIX_TIMESTAMP(`timestamp`) / 60) * 60 AS m, MAX(id) AS id "
	  "FROM "
	  "old60.pricing_consolidated GROUP BY 1) g JOIN old60.pricing_consolidated s ON s.id = g.id LEFT "
	  "JOIN "
	  "whole.pricing_consolidated t ON UNIX_TIMESTAMP(t.observed_at) = g.m AND t.price = s.price WHERE "
	  "t.price IS NULL" },
	{ "0", "SELECT COUNT(*) FROM whole.pricing_canonical WHERE is_interpolated" },
	{ "1", "SELECT p.last_price = s.price FROM whole.spot_pools p JOIN whole.spot_price_snapshots s ON "
	       "s.pool_id "
	       "= p.id AND s.observed_at = p.last_price_at WHERE p.id = 'r3.large.us-east-1a'" },
	{ "true", "SELECT name LIKE '%migrated from 6.0%' AND JSON_VALUE(details, '$.source') = 'old60' AND "
	          "JSON_VALUE(details, '$.rows_migrated') > 3000 INTO @x FROM whole.schema_migrations" },
};

START_TEST(hostile_rows_become_what_they_should)
{
	make_reference();
	for (size_t i = 0; i < sizeof fates / sizeof *fates; i++)
		if (strcmp(fates[i].want, "true") != 0) is_text(fates[i].want, fates[i].sql);
	is_number(1,
	          "SELECT name LIKE '%migrated from 6.0%' AND JSON_VALUE(details, '$.source') = 'old60' AND "
	          "JSON_VALUE(details, '$.rows_migrated') > 3000 FROM whole.schema_migrations");
}
END_TEST

/* Rows read so far; -1 before the move has begun. */
static long progress(const char *into)
{
	if (!rig_number(&rig,
	                "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = '%s' AND "
	                "TABLE_NAME = 'migration_rejects'",
	                into))
		return -1;
	return rig_number(&rig, "SELECT COALESCE(SUM(rows_read), 0) FROM %s.migration_rules", into);
}

static void await_progress(const char *into, long rows)
{
	for (int i = 0; i < 6000 && progress(into) < rows; i++) poll(NULL, 0, 10);
	ck_assert_int_ge(progress(into), rows);
}

static pid_t spawn_small(const char *into, int *out, int *err)
{
	const char *argv[] = { "-D",         into, "db",      "migrate", "--from", "old60",
		               "--raw-days", "90", "--batch", "7",       NULL };
	return rig_spawn(&rig, false, argv, out, err);
}

static void swallow(int fd)
{
	char rest[4096];
	while (read(fd, rest, sizeof rest) > 0)
		;
	close(fd);
}

/* In one move, seeded: the program killed with -9 at two places, and the server under a third, which waits for it. */
START_TEST(killed_and_run_again_gives_the_same)
{
	const char *given = getenv("SPOTOP_SEED");
	unsigned seed = (given ? (unsigned)atoi(given) : 4711) + (unsigned)_i;
	int out, err, status;
	char into[20];
	make_reference();
	snprintf(into, sizeof into, "killed%d", _i);
	for (long at = 0; at < 2; at++) {
		pid_t pid = spawn_small(into, &out, &err);
		await_progress(into, at * 900 + (long)(rand_r(&seed) % 700));
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		close(out), close(err);
	}
	ck_assert_int_gt(rig_number(&rig,
	                            "SELECT COUNT(*) FROM %s.migration_rules WHERE state IN ('waiting', "
	                            "'copying')",
	                            into),
	                 0);
	pid_t pid = spawn_small(into, &out, &err);
	await_progress(into, 1800 + (long)(rand_r(&seed) % 700));
	rig_kill_server(&rig);
	rig_start_server(&rig);
	swallow(out), swallow(err);
	waitpid(pid, &status, 0);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 1, "%d", status);
	same_databases("whole", into);
}
END_TEST

#define AGENT(n) "aaaaaaaa-0000-0000-0000-0000000000" n

/* What agents and the back end do while the copy runs: fail-overs in both orders of the ids, a loser that
 * takes over without being written, ends of commands, new rows, a late one with an earlier id. */
static const char *const meanwhile[] = {
	"UPDATE old60.agents SET hostname = 'renamed' WHERE id = '" AGENT("01") "'",
	"INSERT INTO old60.agents (id, client_id, logical_agent_id) VALUES ('" AGENT(
	        "77") "', 'client-3', 'late')",
	"UPDATE old60.instances SET instance_status = 'terminated', is_active = 0, is_primary = 0 WHERE id "
	"IN "
	"('i-000001', 'i-000002', 'i-000008')",
	"INSERT INTO old60.instances (id, client_id, agent_id, instance_type, region, az, instance_status, "
	"is_primary) "
	"VALUES ('i-new2', 'client-3', '" AGENT(
	        "02") "', 'r3.large', 'us-east-1', 'us-east-1a', 'running_primary', 1), "
	              "('a-new8', 'client-3', '" AGENT(
	                      "08") "', 'r3.large', 'us-east-1', 'us-east-1a', 'running_primary', 1)",
	"UPDATE old60.instances SET instance_status = 'running_replica' WHERE id = 'i-weird'",
	"UPDATE old60.commands SET status = 'completed', success = 1 WHERE id = "
	"'cccccccc-0000-0000-0000-000000000004'",
	"UPDATE old60.commands SET command_type = 'switch' WHERE id = 'cccccccc-0000-0000-0000-000000000009'",
	"INSERT INTO old60.spot_price_snapshots (id, pool_id, price, captured_at) VALUES (1900, "
	"'r3.large.us-east-1a', "
	"7, NOW()), (2100, 'r3.large.us-east-1a', 8, NOW())",
	"INSERT INTO old60.system_events (event_type, severity, message, created_at) VALUES ('late', 'info', "
	"'m', NOW())",
};
static const struct {
	const char *want, *sql;
} caught[] = {
	{ "renamed", "SELECT hostname FROM moving.agents WHERE id = '" AGENT("01") "'" },
	{ "1", "SELECT COUNT(*) FROM moving.agents WHERE logical_agent_id = 'late'" },
	{ "i-second", "SELECT id FROM moving.instances WHERE is_primary AND agent_id = '" AGENT("01") "'" },
	{ "i-new2", "SELECT id FROM moving.instances WHERE is_primary AND agent_id = '" AGENT("02") "'" },
	{ "a-new8", "SELECT id FROM moving.instances WHERE is_primary AND agent_id = '" AGENT("08") "'" },
	{ "terminated,terminated,terminated",
	  "SELECT GROUP_CONCAT(instance_status) FROM moving.instances WHERE id IN "
	  "('i-000001', 'i-000002', 'i-000008')" },
	{ "running_replica", "SELECT instance_status FROM moving.instances WHERE id = 'i-weird'" },
	{ "0", "SELECT COUNT(*) FROM moving.migration_notes WHERE source_key = 'i-weird'" },
	{ "completed",
	  "SELECT status FROM moving.commands WHERE id = 'cccccccc-0000-0000-0000-000000000004'" },
	{ "1", "SELECT COUNT(*) FROM moving.commands WHERE id = 'cccccccc-0000-0000-0000-000000000009'" },
	{ "0", "SELECT COUNT(*) FROM moving.migration_rejects WHERE rule = 'commands'" },
	{ "7.000000,8.000000",
	  "SELECT GROUP_CONCAT(price ORDER BY id) FROM moving.spot_price_snapshots WHERE id IN "
	  "(1900, 2100)" },
	{ "1", "SELECT COUNT(*) FROM moving.system_events WHERE event_type = 'late'" },
	/* what hung on the changed rows hangs on them still */
	{ "1",
	  "SELECT COUNT(*) FROM moving.switches WHERE command_id = 'cccccccc-0000-0000-0000-000000000012'" },
};

START_TEST(what_changes_meanwhile_is_taken_over)
{
	load("old60.sql");
	migrate_ok("old60", "moving", NULL, NULL, 1);
	for (size_t i = 0; i < sizeof meanwhile / sizeof *meanwhile; i++) rig_do(&rig, "%s", meanwhile[i]);
	migrate_ok("old60", "moving", NULL, NULL, 1);
	for (size_t i = 0; i < sizeof caught / sizeof *caught; i++) is_text(caught[i].want, caught[i].sql);
	/* a write that left no date is found by the last pass, which compares */
	rig_do(&rig,
	       "UPDATE old60.instances SET spot_price = 0.5, updated_at = updated_at WHERE id = 'i-000010'");
	rig_do(&rig, "UPDATE old60.switches SET downtime_seconds = 3 WHERE id = "
	             "'dddddddd-0000-0000-0000-000000000002'");
	migrate_ok("old60", "moving", "--final", NULL, 1);
	is_text("0.500000", "SELECT spot_price FROM moving.instances WHERE id = 'i-000010'");
	is_text("3", "SELECT downtime_seconds FROM moving.switches WHERE id = "
	             "'dddddddd-0000-0000-0000-000000000002'");
	/* the same as a copy of the source as it is now */
	migrate_ok("old60", "anew", NULL, NULL, 1);
	static const char *const same[] = { "clients",
		                            "instances",
		                            "switches",
		                            "spot_price_snapshots",
		                            "pricing_consolidated",
		                            "pricing_canonical",
		                            "system_events",
		                            "migration_rejects" };
	for (size_t i = 0; i < sizeof same / sizeof *same; i++) same_rows(same[i], "moving", "anew");
	long changed = rig_number(&rig, "SELECT SUM(rows_changed) FROM moving.migration_rules");
	struct rig_run run = migrate("old60", "moving", NULL, NULL);
	ck_assert_msg(run.code == 4 && strstr(run.err, "--again"), "%d: %s", run.code, run.err);
	rig_run_free(&run);
	migrate_ok("old60", "moving", "--final", "--again", 1);
	ck_assert_int_eq(rig_number(&rig, "SELECT SUM(rows_changed) FROM moving.migration_rules"), changed);
	/* and what is gone can act no more */
	rig_do(&rig, "DELETE FROM old60.commands WHERE id IN ('cccccccc-0000-0000-0000-000000000008', "
	             "'cccccccc-0000-0000-0000-000000000013')");
	rig_do(&rig, "DELETE FROM old60.instances WHERE id = 'i-replica'");
	rig_do(&rig, "DELETE FROM old60.agents WHERE id = '" AGENT("20") "'");
	migrate_ok("old60", "moving", "--final", "--again", 1);
	is_text("cancelled,completed",
	        "SELECT GROUP_CONCAT(status ORDER BY id) FROM moving.commands WHERE id IN "
	        "('cccccccc-0000-0000-0000-000000000008', "
	        "'cccccccc-0000-0000-0000-000000000013')");
	is_text("terminated", "SELECT instance_status FROM moving.instances WHERE id = 'i-replica'");
	is_number(0, "SELECT enabled FROM moving.agents WHERE id = '" AGENT("20") "'");
	load("old60.sql");
}
END_TEST

static const struct {
	const char *want, *sql;
} fates51[] = {
	{ "Acme,basic", "SELECT CONCAT_WS(',', name, plan) FROM of51.clients" },
	{ "1,0", "SELECT GROUP_CONCAT(enabled ORDER BY logical_agent_id) FROM of51.agents" },
	{ "running_primary,terminated",
	  "SELECT GROUP_CONCAT(instance_status ORDER BY id) FROM of51.instances" },
	{ "completed,pending", "SELECT GROUP_CONCAT(status ORDER BY created_at) FROM of51.commands" },
	{ "agent-1 manual,agent-2 ml",
	  "SELECT GROUP_CONCAT(CONCAT(a.logical_agent_id, ' ', s.event_trigger) ORDER BY 1) "
	  "FROM of51.switches s JOIN of51.agents a ON a.id = s.agent_id" },
	{ "running,i-9", "SELECT CONCAT_WS(',', status, cloud_instance_id) FROM of51.replica_instances" },
	{ "100", "SELECT COUNT(*) FROM of51.spot_price_snapshots" },
	{ "50",
	  "SELECT COUNT(*) FROM of51.spot_price_snapshots s JOIN of51.agents a ON a.id = s.agent_id WHERE "
	  "s.source_instance_role = 'replica' AND a.logical_agent_id = 'agent-1'" },
	{ "50", "SELECT COUNT(*) FROM of51.pricing_consolidated" },
	{ "termination-notice,900",
	  "SELECT CONCAT_WS(',', event_type, JSON_VALUE(metadata, '$.failover_time_ms')) FROM "
	  "of51.system_events WHERE instance_id = 'i-1'" },
	{ "audit_disabled", "SELECT event_type FROM of51.system_events WHERE created_at = '2025-07-02'" },
	{ "5.0000", "SELECT savings FROM of51.client_savings_daily" },
	{ "Title: text,warning",
	  "SELECT CONCAT_WS(',', message, notification_type) FROM of51.notifications" },
	{ "5.1", "SELECT source_version FROM of51.migration_run" },
};

/* As on a node of a cluster, no table of InnoDB may lack a primary key, a temporary one neither. */
START_TEST(all_of_51_is_moved)
{
	rig_do(&rig, "SET GLOBAL innodb_force_primary_key = 1");
	struct rig_run run = migrate("old51", "of51", NULL, NULL);
	rig_do(&rig, "SET GLOBAL innodb_force_primary_key = 0");
	ck_assert_msg(run.code == 0, "%d: %s%s", run.code, run.out, run.err);
	ck_assert_ptr_ne(strstr(run.out, "\"source_table\":\"risk_scores\",\"target\":null"), NULL);
	rig_run_free(&run);
	for (size_t i = 0; i < sizeof fates51 / sizeof *fates51; i++)
		is_text(fates51[i].want, fates51[i].sql);
}
END_TEST

START_TEST(a_dry_run_tells_and_leaves_nothing)
{
	char *before = checksum("old60");
	struct rig_run run = migrate("old60", "never", "--dry-run", NULL);
	ck_assert_msg(run.code == 0, "%d: %s%s", run.code, run.out, run.err);
	ck_assert_ptr_ne(strstr(run.out,
	                        "\"source_table\":\"instances\",\"target\":\"instances\",\"row_count\":29"),
	                 NULL);
	ck_assert_ptr_ne(strstr(run.out, "instance_status \\\"hibernating\\\" has no state, 1"), NULL);
	ck_assert_ptr_ne(strstr(run.out, "captured_at to observed_at"), NULL);
	ck_assert_ptr_ne(strstr(run.out, "\"source_table\":\"our_own\",\"target\":null"), NULL);
	rig_run_free(&run);
	is_number(0, "SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE 'never%'");
	char *after = checksum("old60");
	ck_assert_str_eq(before, after);
	free(before), free(after);
}
END_TEST

static const struct {
	const char *from, *into, *says;
	int code;
} refusals[] = {
	{ "old60", "old60", "database of its own", 2 },
	{ "nowhere", "x", "there is no database nowhere", 3 },
	{ "mysql", "x", "holds no fleet", 3 },
	{ "old60", "spot_optimizer", "holds a fleet that was not migrated there", 4 },
	{ "old60", "old51", "older schema", 3 },
};

START_TEST(what_would_do_harm_is_refused)
{
	struct rig_run run = migrate(refusals[_i].from, refusals[_i].into, NULL, NULL);
	ck_assert_msg(run.code == refusals[_i].code, "%d: %s%s", run.code, run.out, run.err);
	ck_assert_msg(strstr(run.err, refusals[_i].says) != NULL, "%s", run.err);
	rig_run_free(&run);
}
END_TEST

Suite *suite_migrate(void);
Suite *suite_migrate(void)
{
	Suite *s = suite_create("migrate");
	TCase *t = tcase_create("migrate");
	tcase_set_timeout(t, 600);
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_test(t, all_of_60_is_moved_or_named);
	tcase_add_test(t, hostile_rows_become_what_they_should);
	tcase_add_loop_test(t, killed_and_run_again_gives_the_same, 0, getenv("SPOTOP_MIGRATE_ROWS") ? 5 : 1);
	tcase_add_test(t, a_dry_run_tells_and_leaves_nothing);
	tcase_add_loop_test(t, what_would_do_harm_is_refused, 0, sizeof refusals / sizeof *refusals);
	tcase_add_test(t, all_of_51_is_moved);
	tcase_add_test(t, what_changes_meanwhile_is_taken_over);
	suite_add_tcase(s, t);
	return s;
}
