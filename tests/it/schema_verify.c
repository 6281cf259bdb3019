/* schema_verify.c - db verify finds what was broken behind its back, repairs what can be, and runs on a
 * database that is not ours. */
#include "core/base/mem.h"
#include "core/db/table.h"
#include "tests/support/rig.h"
#include <check.h>
#include <stdio.h>
#include <string.h>

static struct rig rig;
static void start(void) { rig_start(&rig); }
static void stop(void) { rig_stop(&rig); }
static void fresh(void) { rig_fresh(&rig); }

/* The scheduler is off in the rig; that promise is broken from the start. */
static void scheduler_on(void) { rig_do(&rig, "SET GLOBAL event_scheduler = ON"); }

static struct rig_run verify(const char *database, const char *more)
{
	const char *argv[] = { "-D", database, "db", "verify", "-o", "jsonl", more, NULL };
	return rig_spotop(&rig, false, argv);
}

/* Is this promise broken in the output? */
static bool is_broken(const struct rig_run *run, const char *name)
{
	char want[200];
	snprintf(want, sizeof want, "{\"name\":\"%s\",\"ok\":false,", name);
	return strstr(run->out, want) != NULL;
}

START_TEST(all_promises_are_kept)
{
	scheduler_on();
	struct rig_run run = verify("spot_optimizer", NULL);
	ck_assert_msg(run.code == 0, "%d: %s%s", run.code, run.out, run.err);
	rig_run_free(&run);
}
END_TEST

/* Every kind of thing that can be asked whether it is as it was made; the data first, which is asked only of a schema
 * that is whole. */
enum { N_DATA = 6 };
static const struct {
	const char *harm, *name;
} harms[] = {
	{ "UPDATE spotop_agent_counts SET primary_count = primary_count + 1 WHERE slot = 0 LIMIT 1",
	  "counts of agents" },
	{ "UPDATE spotop_pool_counts SET zombie_count = zombie_count + 1 LIMIT 1", "counts of pools" },
	{ "UPDATE spotop_agent_counts SET enabled_count = enabled_count + 1 WHERE slot > 0 LIMIT 1",
	  "agents of clients" },
	{ "DELETE FROM spotop_pool_counts", "counts of pools" },
	{ "UPDATE spotop_agent_counts SET is_enabled = FALSE WHERE slot = 0", "every agent is counted" },
	{ "SET GLOBAL event_scheduler = OFF", "event scheduler" },
	{ "ALTER EVENT cleanup_sse_events DISABLE", "event cleanup_sse_events" },
	{ "DROP EVENT cleanup_old_events", "event cleanup_old_events" },
	{ "ALTER EVENT archive_old_snapshots ON SCHEDULE EVERY 1 YEAR", "event archive_old_snapshots" },
	{ "ALTER TABLE instances DROP INDEX idx_instances_launching",
	  "index instances.idx_instances_launching" },
	{ "ALTER TABLE agents DROP INDEX idx_agents_status, ADD INDEX idx_agents_status (az)",
	  "index agents.idx_agents_status" },
	{ "ALTER TABLE audit_log DROP INDEX uk_audit_settled", "index audit_log.uk_audit_settled" },
	{ "ALTER TABLE automation_freezes DROP PRIMARY KEY", "index automation_freezes.PRIMARY" },
	{ "ALTER TABLE agents ALTER status SET DEFAULT 'online'", "column agents.status" },
	{ "ALTER TABLE agents MODIFY current_mode VARCHAR(20) NULL", "column agents.current_mode" },
	{ "ALTER TABLE commands DROP COLUMN success", "column commands.success" },
	{ "ALTER TABLE agents DROP COLUMN metadata", "check agents.metadata" },
	{ "ALTER TABLE instances DROP COLUMN primary_of", "column instances.primary_of" },
	{ "ALTER TABLE alerts DROP COLUMN open_key", "column alerts.open_key" },
	{ "ALTER TABLE alerts MODIFY evidence LONGTEXT", "check alerts.evidence" },
	{ "ALTER TABLE spot_price_snapshots DROP CONSTRAINT chk_snapshots_price",
	  "check spot_price_snapshots.chk_snapshots_price" },
	{ "ALTER TABLE instances DROP CONSTRAINT chk_instances_primary_running, ADD CONSTRAINT "
	  "chk_instances_primary_running CHECK (TRUE)",
	  "check instances.chk_instances_primary_running" },
	{ "ALTER TABLE commands DROP FOREIGN KEY fk_commands_agent", "foreign key fk_commands_agent" },
	{ "DROP TABLE notifications", "table notifications" },
	{ "ALTER TABLE spotop_audit_head ENGINE = Aria", "table spotop_audit_head" },
	{ "ALTER TABLE pricing_canonical REMOVE PARTITIONING", "table pricing_canonical" },
	{ "DROP TRIGGER snapshots_before_insert", "trigger snapshots_before_insert" },
	{ "DROP TRIGGER instances_after_delete", "trigger instances_after_delete" },
	{ "DROP TRIGGER audit_no_update", "trigger audit_no_update" },
	{ "DROP VIEW v_fleet_totals", "view v_fleet_totals" },
	{ "CREATE OR REPLACE VIEW v_client_totals AS SELECT 1 AS client_id", "view v_client_totals" },
	{ "DROP PROCEDURE verb_freeze", "procedure verb_freeze" },
	{ "DROP PROCEDURE schema_objects", "procedure schema_objects" },
	{ "CREATE OR REPLACE FUNCTION audit_is_guarded() RETURNS BOOLEAN RETURN TRUE",
	  "function audit_is_guarded" },
	{ "CREATE OR REPLACE DEFINER = CURRENT_USER PROCEDURE verb_note() SELECT 1", "owner of what runs" },
	{ "REVOKE SELECT ON agents FROM spotop_viewer", "rights of spotop_viewer" },
	{ "REVOKE EXECUTE ON PROCEDURE verb_switch FROM spotop_operator", "rights of spotop_operator" },
	{ "REVOKE spotop_viewer FROM spotop_operator", "rights of spotop_operator" },
	{ "GRANT SELECT ON audit_log TO spotop_viewer", "rights of spotop_viewer" },
	{ "REVOKE UPDATE (total_savings) ON clients FROM spotop_worker", "rights of spotop_worker" },
	{ "DROP ROLE spotop_agent", "rights of spotop_agent" },
};

/* Whoever asks, what is called broken is. */
static void nobody_is_told_what_is_not_so(const char *broken)
{
	static const char *const roles[] = { "viewer", "operator", "worker", "agent" };
	for (size_t i = 0; i < ARRAY_LEN(roles); i++) {
		char login[40], *next, *name;
		snprintf(login, sizeof login, "f_%s", roles[i]);
		if (rig_try(&rig, "GRANT spotop_%s TO %s IDENTIFIED BY ''", roles[i], login))
			continue; /* the role is gone */
		rig_do(&rig, "SET DEFAULT ROLE spotop_%s FOR %s", roles[i], login);
		const char *argv[] = { "-u", login,   "-D", "spot_optimizer", "db", "verify",
			               "-o", "jsonl", NULL };
		struct rig_run run = rig_spotop(&rig, false, argv);
		ck_assert_msg(strstr(run.out, "not visible to you") != NULL, "%s: %s", login, run.err);
		for (char *line = strtok_r(run.out, "\n", &next); line; line = strtok_r(NULL, "\n", &next)) {
			if (!(name = strstr(line, "\",\"ok\":false,"))) continue;
			name[strlen("\",\"ok\":false,")] = 0;
			ck_assert_msg(broken && strstr(broken, line) != NULL, "%s is told of %s", login,
			              line);
		}
		rig_run_free(&run);
	}
}

/* Who sees with its own eyes alone, because the owner's are gone or closed to it. */
START_TEST(what_cannot_be_seen_is_not_called_broken)
{
	scheduler_on();
	rig_do(&rig, "REVOKE EXECUTE ON PROCEDURE schema_objects FROM spotop_viewer");
	nobody_is_told_what_is_not_so(NULL);
	rig_do(&rig, "REVOKE EXECUTE ON FUNCTION audit_is_guarded FROM spotop_viewer");
	rig_do(&rig, "REVOKE SELECT ON v_audit FROM spotop_viewer");
	nobody_is_told_what_is_not_so("{\"name\":\"rights of spotop_viewer\",\"ok\":false,");
	struct rig_run run = verify("spot_optimizer", "--repair");
	ck_assert_msg(run.code == 0, "%s", run.err);
	rig_run_free(&run);
}
END_TEST

/* All of a kind at once: each is named, and one repair leaves nothing. */
START_TEST(what_was_broken_is_named_and_mended)
{
	size_t first = _i ? N_DATA : 0, end = _i ? ARRAY_LEN(harms) : N_DATA;
	scheduler_on();
	for (size_t i = first; i < end; i++) rig_do(&rig, "%s", harms[i].harm);
	struct rig_run run = verify("spot_optimizer", NULL);
	ck_assert_int_eq(run.code, 1);
	for (size_t i = first; i < end; i++)
		ck_assert_msg(is_broken(&run, harms[i].name), "not told: %s after %s", harms[i].name,
		              harms[i].harm);
	if (_i) nobody_is_told_what_is_not_so(run.out);
	rig_run_free(&run);
	run = verify("spot_optimizer", "--repair");
	for (size_t i = first; i < end; i++)
		ck_assert_msg(!is_broken(&run, harms[i].name), "not mended: %s: %.2000s", harms[i].harm,
		              run.err);
	ck_assert_msg(run.code == 0 && !strstr(run.out, "\"ok\":null"), "%.3000s", run.err);
	rig_run_free(&run);
}
END_TEST

/* What the data keeps out is said, and the rest is mended. */
START_TEST(what_cannot_be_mended_is_told)
{
	scheduler_on();
	rig_do(&rig, "ALTER TABLE clients DROP INDEX uk_clients_email, DROP COLUMN plan");
	rig_do(&rig,
	       "INSERT INTO clients (name, email, client_token) SELECT 'twin', email, SHA2('twin', 256) FROM "
	       "clients LIMIT 1");
	struct rig_run run = verify("spot_optimizer", "--repair");
	ck_assert_int_eq(run.code, 1);
	ck_assert_msg(is_broken(&run, "index clients.uk_clients_email") &&
	                      !is_broken(&run, "column clients.plan"),
	              "%s%s", run.out, run.err);
	ck_assert_msg(strstr(run.err, "index clients.uk_clients_email cannot be mended: Duplicate entry") !=
	                              NULL &&
	                      strstr(run.err, "column clients.plan was not there and is made again") != NULL,
	              "%s", run.err);
	rig_run_free(&run);
	rig_do(&rig, "DELETE FROM clients WHERE name = 'twin'");
	run = verify("spot_optimizer", "--repair");
	ck_assert_msg(run.code == 0, "%s%s", run.out, run.err);
	rig_run_free(&run);
}
END_TEST

/* Of each kind that can be made in our database; what acts by itself, or forbids, is no promise kept. */
static const struct {
	const char *make, *name, *drop;
	bool is_harmless;
} extras[] = {
	{ "CREATE TABLE notes_of_bob (x INT PRIMARY KEY)", "table notes_of_bob", "DROP table `notes_of_bob`",
	  false },
	{ "CREATE VIEW v_of_bob AS SELECT 1 AS x", "view v_of_bob", "DROP view `v_of_bob`", false },
	{ "CREATE TRIGGER t_of_bob AFTER INSERT ON agents FOR EACH ROW SET @bob = 1", "trigger t_of_bob",
	  "DROP trigger `t_of_bob`", false },
	{ "CREATE PROCEDURE p_of_bob() SELECT 1", "procedure p_of_bob", "DROP procedure `p_of_bob`", false },
	{ "CREATE FUNCTION f_of_bob() RETURNS INT RETURN 1", "function f_of_bob", "DROP function `f_of_bob`",
	  false },
	{ "CREATE EVENT e_of_bob ON SCHEDULE EVERY 1 YEAR DO SET @bob = 1", "event e_of_bob",
	  "DROP event `e_of_bob`", false },
	{ "ALTER TABLE agents ADD COLUMN bob INT", "column agents.bob",
	  "ALTER TABLE `agents` DROP COLUMN `bob`", false },
	{ "ALTER TABLE agents ADD UNIQUE INDEX uk_bob (client_id, logical_agent_id)", "index agents.uk_bob",
	  "ALTER TABLE `agents` DROP INDEX `uk_bob`", false },
	{ "ALTER TABLE agents ADD INDEX idx_bob (az)", "index agents.idx_bob",
	  "ALTER TABLE `agents` DROP INDEX `idx_bob`", true },
	{ "ALTER TABLE agents ADD CONSTRAINT chk_bob CHECK (az <> 'bob')", "check agents.chk_bob",
	  "ALTER TABLE `agents` DROP CONSTRAINT `chk_bob`", false },
	{ "ALTER TABLE notifications ADD CONSTRAINT fk_bob FOREIGN KEY (client_id) REFERENCES clients (id)",
	  "foreign key fk_bob", "ALTER TABLE `notifications` DROP FOREIGN KEY `fk_bob`", false },
};

START_TEST(what_is_too_many_is_named)
{
	scheduler_on();
	for (size_t i = 0; i < ARRAY_LEN(extras); i++) rig_do(&rig, "%s", extras[i].make);
	struct rig_run run = verify("spot_optimizer", NULL);
	ck_assert_int_eq(run.code, 1);
	for (size_t i = 0; i < ARRAY_LEN(extras); i++) {
		ck_assert_msg(is_broken(&run, extras[i].name) != extras[i].is_harmless, "%s", extras[i].name);
	}
	ck_assert_msg(strstr(run.out,
	                     "\"index agents.idx_bob\",\"ok\":true,\"evidence\":\"is not of this schema") !=
	                      NULL,
	              "%s", run.out);
	ck_assert_msg(!strstr(run.out, "column notes_of_bob.x"),
	              "parts of a table that is told are told too");
	rig_run_free(&run);
	for (size_t i = ARRAY_LEN(extras); i-- > 0;) rig_do(&rig, "%s", extras[i].drop);
	run = verify("spot_optimizer", NULL);
	ck_assert_msg(run.code == 0, "%s%s", run.out, run.err);
	rig_run_free(&run);
}
END_TEST

/* A repair that dies half-way leaves a key that holds, and so does one that the data keep out. */
START_TEST(a_foreign_key_is_never_away)
{
	static const char *const left[] = {
		"ALTER TABLE commands ADD CONSTRAINT new_fk_commands_agent FOREIGN KEY (agent_id) REFERENCES "
		"agents (id) ON DELETE "
		"CASCADE",
		"ALTER TABLE commands DROP FOREIGN KEY fk_commands_agent",
	};
	scheduler_on();
	for (size_t i = 0; i < ARRAY_LEN(left); i++) rig_do(&rig, "%s", left[i]);
	struct rig_run run = verify("spot_optimizer", "--repair");
	ck_assert_msg(run.code == 0, "%s%s", run.out, run.err);
	rig_run_free(&run);
	rig_do(&rig, "ALTER TABLE commands DROP FOREIGN KEY fk_commands_agent");
	rig_do(&rig, "ALTER TABLE commands ADD CONSTRAINT fk_commands_agent FOREIGN KEY (agent_id) "
	             "REFERENCES agents (id) ON DELETE "
	             "RESTRICT");
	rig_do(&rig,
	       "SET STATEMENT foreign_key_checks = 0 FOR UPDATE commands SET agent_id = UUID() LIMIT 1");
	rig_do(&rig, "SET STATEMENT foreign_key_checks = 0 FOR INSERT INTO commands (client_id, agent_id, "
	             "command_type) SELECT id, UUID(), "
	             "'APPLY_CONFIG' FROM clients LIMIT 1");
	run = verify("spot_optimizer", "--repair");
	ck_assert_msg(is_broken(&run, "foreign key fk_commands_agent") &&
	                      strstr(run.err, "fk_commands_agent cannot be mended"),
	              "%s%s", run.out, run.err);
	ck_assert_int_eq(
	        rig_number(&rig, "SELECT COUNT(*) FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE "
	                         "CONSTRAINT_SCHEMA = DATABASE() AND CONSTRAINT_NAME = 'fk_commands_agent'"),
	        1);
	rig_run_free(&run);
	rig_do(&rig, "DELETE FROM commands");
	run = verify("spot_optimizer", "--repair");
	ck_assert_msg(run.code == 0, "%s%s", run.out, run.err);
	rig_run_free(&run);
}
END_TEST

START_TEST(a_field_database_is_told_what_it_lacks)
{
	rig_do(&rig, "CREATE OR REPLACE DATABASE field6");
	rig_do(&rig, "CREATE TABLE field6.instances (id VARCHAR(50) PRIMARY KEY, agent_id CHAR(36), "
	             "is_primary BOOLEAN, instance_status VARCHAR(20))");
	rig_do(&rig, "INSERT INTO field6.instances VALUES ('a', 'x', TRUE, 'running_primary'), ('b', 'x', "
	             "TRUE, 'zombie')");
	struct rig_run run = verify("field6", NULL);
	ck_assert_int_eq(run.code, 1);
	ck_assert(is_broken(&run, "one primary per agent"));
	ck_assert(is_broken(&run, "primaries run"));
	ck_assert(is_broken(&run, "revision"));
	ck_assert(is_broken(&run, "column instances.is_primary"));
	ck_assert(is_broken(&run, "table sse_events"));
	ck_assert(is_broken(&run, "foreign key fk_agents_client"));
	ck_assert(is_broken(&run, "check pricing_canonical.chk_canonical_confidence"));
	ck_assert(strstr(run.out, "\"column agents.auto_switch_enabled\",\"ok\":false,"
	                          "\"evidence\":\"is not there\"") != NULL);
	rig_run_free(&run);
	rig_do(&rig, "DROP DATABASE field6");
}
END_TEST

/* Every constraint and every trigger of the schema is a check of its own. */
START_TEST(no_rule_is_unasked)
{
	struct rig_run run = verify("spot_optimizer", NULL);
	struct table *t =
	        rig_table(&rig,
	                  "SELECT CONSTRAINT_NAME AS name FROM information_schema.TABLE_CONSTRAINTS WHERE "
	                  "CONSTRAINT_SCHEMA = DATABASE() AND CONSTRAINT_NAME REGEXP '^(uk|fk|chk)_' UNION "
	                  "SELECT "
	                  "TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE()");
	ck_assert_uint_gt(t->n_rows, 80);
	for (size_t i = 0; i < t->n_rows; i++) {
		char want[100];
		snprintf(want, sizeof want, "%s\",\"ok\":true,", table_get(t, i, "name"));
		ck_assert_msg(strstr(run.out, want) != NULL, "no check of %s", table_get(t, i, "name"));
	}
	table_free(t);
	rig_run_free(&run);
}
END_TEST

START_TEST(status_has_every_section)
{
	static const char *const sections[] = { "server",  "table",     "partition", "event",
		                                "backlog", "statement", "index" };
	const char *argv[] = { "-D", "spot_optimizer", "db", "status", "-o", "jsonl", NULL };
	struct rig_run run = rig_spotop(&rig, false, argv);
	ck_assert_msg(run.code == 0, "%s", run.err);
	for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
		char want[60];
		snprintf(want, sizeof want, "{\"section\":\"%s\",", sections[i]);
		ck_assert_msg(strstr(run.out, want) != NULL, "no %s in %s", sections[i], run.out);
	}
	rig_run_free(&run);
}
END_TEST

Suite *suite_schema_verify(void);
Suite *suite_schema_verify(void)
{
	Suite *s = suite_create("schema_verify");
	TCase *t = tcase_create("verify");
	tcase_set_timeout(t, 60);
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_checked_fixture(t, fresh, NULL);
	tcase_add_test(t, all_promises_are_kept);
	tcase_add_loop_test(t, what_was_broken_is_named_and_mended, 0, 2);
	tcase_add_test(t, what_cannot_be_seen_is_not_called_broken);
	tcase_add_test(t, what_cannot_be_mended_is_told);
	tcase_add_test(t, what_is_too_many_is_named);
	tcase_add_test(t, a_foreign_key_is_never_away);
	tcase_add_test(t, a_field_database_is_told_what_it_lacks);
	tcase_add_test(t, no_rule_is_unasked);
	tcase_add_test(t, status_has_every_section);
	suite_add_tcase(s, t);
	return s;
}
