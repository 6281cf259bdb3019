/* schema_roles.c - each role tries what it may and everything it may not. */
#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/db/conf.h"
#include "core/db/db.h"
#include "core/db/table.h"
#include "tests/support/loop.h"
#include "tests/support/rig.h"
#include "tests/support/server.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

static struct rig rig;

static const char *const roles[] = { "viewer", "operator", "agent", "worker", "admin" };
enum { N_NOT_ADMIN = 4 };

static void start(void)
{
	rig_start(&rig);
	for (size_t i = 0; i < ARRAY_LEN(roles); i++) {
		rig_do(&rig, "CREATE USER t_%s IDENTIFIED BY 'x'", roles[i]);
		rig_do(&rig, "GRANT spotop_%s TO t_%s", roles[i], roles[i]);
		rig_do(&rig, "SET DEFAULT ROLE spotop_%s FOR t_%s", roles[i], roles[i]);
	}
	rig_do(&rig, "UPDATE agents SET metadata = '{\"login\":\"t_agent\"}' WHERE logical_agent_id = "
	             "'agent-010'");
}
static void stop(void) { rig_stop(&rig); }

/* The error number of a statement as that role's login; 0: it went. */
static unsigned as_role(const char *role, const char *sql)
{
	struct db_conf conf;
	struct err e = { 0 };
	uv_loop_t loop;
	char user[32];
	struct db_opts opts = { .is_write = true };
	snprintf(user, sizeof user, "t_%s", role);
	server_conf(rig.server, &conf);
	ck_assert(conf_set(&conf, "user", user, "test", &e) && conf_set(&conf, "password", "x", "test", &e));
	ck_assert(strcmp(role, "agent") == 0 ? true
	                                     : conf_set(&conf, "database", "spot_optimizer", "test", &e));
	uv_loop_init(&loop);
	struct db *db = db_open(&loop, &conf, DB_WRITE, "role");
	conf_free(&conf);
	bool ok = db_call_text(db, sql, strlen(sql), &opts, NULL, &e);
	db_close_wait(db);
	loop_end(&loop);
	ck_assert_msg(ok || e.sql_errno, "%s as %s: %s", sql, role, e.text);
	return ok ? 0 : e.sql_errno;
}

#define S "spot_optimizer."
#define EVERYBODY_BUT_ADMIN                                                                                  \
	"UPDATE " S "audit_log SET actor = 'x'", "DELETE FROM " S "audit_log WHERE id = 2",                  \
	        "INSERT INTO " S                                                                             \
	        "audit_log (id, actor, action, prev_hash, hash) VALUES (99, 'x', 'x', '', '')",              \
	        "CALL " S "audit_append('a', 'b', 'c', 'd', 'e', NULL, NULL, NULL, NULL, NULL)",             \
	        "DROP TABLE " S "alerts", "CREATE TABLE " S "mine (a INT)",                                  \
	        "ALTER TABLE " S "agents ADD COLUMN mine INT",                                               \
	        "INSERT INTO " S                                                                             \
	        "commands (client_id, agent_id, command_type) SELECT client_id, id, 'SELF_DESTRUCT' FROM " S \
	        "agents LIMIT 1",                                                                            \
	        "INSERT INTO " S "clients (name, email, client_token) VALUES ('x', 'x', 'x')",               \
	        "DELETE FROM " S "clients", "UPDATE " S "agents SET enabled = FALSE",                        \
	        "UPDATE " S "instances SET is_primary = FALSE",                                              \
	        "INSERT INTO " S "users (email) VALUES ('x')",                                               \
	        "UPDATE " S "agent_configs SET max_switches_per_week = 255",                                 \
	        "CALL " S "verb_finish(NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'done', NULL, NULL, NULL, " \
	        "NULL, NULL, NULL, NULL, NULL)",                                                             \
	        "CALL " S "instance_counts_move(NULL, NULL, 0, 0, '', '', 0, 0, 0, 0, '', '', 0, 0)",        \
	        "UPDATE " S "spotop_agent_counts SET primary_count = 1", "CREATE USER mine",                 \
	        "SET GLOBAL event_scheduler = OFF", "GRANT spotop_admin TO CURRENT_USER",                    \
	        "SET ROLE spotop_admin", "DROP TRIGGER " S "audit_no_update"

static const char *const forbidden_all[] = { EVERYBODY_BUT_ADMIN };
static const struct forbidden {
	const char *role, *sql;
} forbidden[] = {
	{ "viewer", "UPDATE " S "alerts SET acked_at = NOW()" },
	{ "viewer", "CALL " S "verb_note(UUID(), '1', '{}', NULL, TRUE, NULL, 'r', 'u', 'h')" },
	{ "viewer", "CALL " S "agent_heartbeat(UUID(), NULL, NULL)" },
	{ "viewer", "DELETE FROM " S "sse_events" },
	/* what proves who an agent is is for nobody's eyes, by whatever way */
	{ "viewer", "SELECT client_token FROM " S "clients" },
	{ "viewer", "SELECT COUNT(*) FROM " S "clients WHERE client_token LIKE 'a%'" },
	{ "viewer", "SELECT * FROM " S "clients" },
	{ "operator", "SELECT MAX(client_token) FROM " S "clients" },
	{ "viewer",
	  "INSERT INTO " S "spot_price_snapshots (pool_id, price) VALUES ('r3.large.us-east-1a', 1)" },
	{ "viewer", "CALL " S "partitions_ahead()" },
	{ "operator", "UPDATE " S "commands SET status = 'cancelled'" },
	{ "operator", "DELETE FROM " S "commands" },
	{ "operator", "UPDATE " S "spot_pools SET is_cordoned = TRUE" },
	{ "operator",
	  "INSERT INTO " S
	  "automation_freezes (scope_type, reason, created_by, expires_at) VALUES ('all', 'x', 'x', NOW())" },
	{ "operator", "CALL " S "agent_claim(UUID(), 60)" },
	{ "operator", "CALL " S "promote_instance_to_primary('r-001', NULL)" },
	{ "operator", "CALL " S "instance_terminating('i-001')" },
	{ "operator", "CALL " S "agent_bind('acme', 't_operator')" },
	{ "agent", "CALL " S "agent_bind('acme', 't_agent')" },
	{ "operator", "UPDATE " S "job_schedules SET fence = 9" },
	{ "agent", "SELECT COUNT(*) FROM " S "agents" },
	{ "agent", "SELECT client_token FROM " S "clients" },
	{ "agent", "SELECT COUNT(*) FROM " S "v_agent_status" },
	{ "agent", "UPDATE " S "commands SET status = 'completed'" },
	{ "agent", "CALL " S "verb_switch(UUID(), 'agent-001', '{}', NULL, TRUE, NULL, 'r', 'u', 'h')" },
	{ "agent", "CALL " S "agent_adopt(UUID(), 'i-001')" },
	{ "agent", "CALL " S "instance_end('i-001', 'zombie')" },
	{ "agent", "CALL " S "command_finish(UUID(), UUID(), 1, TRUE, NULL, NULL)" },
	{ "agent", "CALL " S "instance_counts_recount()" },
	{ "worker", "CALL " S "verb_terminate(UUID(), 'i-001', '{}', NULL, TRUE, NULL, 'r', 'u', 'h')" },
	{ "worker", "CALL " S "agent_complete(UUID(), UUID(), 1, NULL)" },
	{ "worker", "UPDATE " S "commands SET command_type = 'SELF_DESTRUCT'" },
	{ "worker", "UPDATE " S "clients SET client_token = 'x'" },
	{ "worker", "INSERT INTO " S "instances (id) VALUES ('x')" },
	{ "worker", "UPDATE " S "switches SET success = TRUE" },
	/* an admin of this database is none of the server */
	{ "admin", "CREATE USER mine" },
	{ "admin", "DROP USER t_viewer" },
	{ "admin", "SET GLOBAL event_scheduler = OFF" },
	{ "admin", "SELECT COUNT(*) FROM mysql.global_priv" },
	{ "admin", "CREATE DATABASE theirs" },
	{ "admin", "GRANT ALL ON *.* TO t_viewer" },
	{ "admin", "GRANT spotop_admin TO t_viewer" },
};
static const struct forbidden allowed[] = {
	{ "viewer", "SELECT COUNT(*) FROM v_agent_status" },
	{ "viewer", "SELECT COUNT(*) FROM v_agents_attention" },
	{ "viewer", "SELECT COUNT(*) FROM v_agent_health_summary JOIN v_client_totals" },
	{ "viewer", "SELECT COUNT(*) FROM v_audit_faults" },
	{ "viewer", "SELECT COUNT(*) FROM clients WHERE name = 'acme' AND email <> '' AND max_agents > 0" },
	{ "worker", "SELECT client_token FROM clients" },
	{ "operator", "SELECT COUNT(*) FROM v_agent_status" },
	{ "operator", "CALL verb_switch(UUID(), 'agent-005', '{\"pool\":\"r3.large.us-east-1e\"}', NULL, "
	              "FALSE, NULL, 'r', 'u', 'h')" },
	{ "agent", "CALL " S "agent_register('acme', 'agent-009', '{\"hostname\":\"h\"}')" },
	{ "agent", "CALL " S "agents_heartbeat('[]')" },
	{ "agent", "CALL " S "instance_terminating('i-010')" },
	{ "agent", "CALL " S "instance_terminated('i-010')" },
	{ "worker", "CALL partitions_ahead()" },
	{ "worker", "CALL instance_counts_recount()" },
	{ "worker",
	  "INSERT INTO spot_price_snapshots (pool_id, price) VALUES ('r3.large.us-east-1a', 0.02)" },
	{ "worker", "INSERT INTO system_events (event_type) VALUES ('x')" },
	{ "worker", "UPDATE clients SET total_savings = 1" },
	{ "worker", "DELETE FROM commands WHERE status = 'expired'" },
	{ "admin", "SELECT COUNT(*) FROM v_agent_status" },
	{ "admin", "UPDATE clients SET name = 'acme'" },
	{ "admin", "CALL instance_counts_recount()" },
	{ "admin", "CREATE TABLE mine (a INT)" },
	{ "admin", "DROP TABLE mine" },
	{ "admin", "CALL verb_switch(UUID(), 'agent-006', '{\"pool\":\"r3.large.us-east-1e\"}', NULL, FALSE, "
	           "NULL, 'r', 'u', 'h')" },
	{ "admin", "GRANT spotop_viewer TO t_agent" },
	{ "admin", "REVOKE spotop_viewer FROM t_agent" },
};

/* 1044 1045 1142 1143 1227 1370: no right; 1410, 1698, 1959: none for you to hand out or take. Nothing else is a refusal of that kind. */
static bool is_refusal(unsigned no)
{
	static const unsigned nos[] = { 1044, 1045, 1142, 1143, 1227, 1370, 1959, 1410, 1698 };
	for (size_t i = 0; i < ARRAY_LEN(nos); i++)
		if (nos[i] == no) return true;
	return false;
}

START_TEST(what_is_for_admins_is_for_admins)
{
	for (size_t i = 0; i < ARRAY_LEN(forbidden_all); i++) {
		unsigned no = as_role(roles[_i], forbidden_all[i]);
		ck_assert_msg(is_refusal(no), "%s: %s gave %u", roles[_i], forbidden_all[i], no);
	}
}
END_TEST

START_TEST(what_is_not_granted_is_refused)
{
	unsigned no = as_role(forbidden[_i].role, forbidden[_i].sql);
	ck_assert_msg(is_refusal(no), "%s: %s gave %u", forbidden[_i].role, forbidden[_i].sql, no);
}
END_TEST

/* The tables that a worker may write, and how: i insert, u update, d delete. Nobody else writes any. */
static const struct {
	const char *table, *how;
} written[] = {
	{ "spot_price_snapshots", "id" },
	{ "pricing_consolidated", "id" },
	{ "pricing_canonical", "id" },
	{ "pool_price_hourly", "id" },
	{ "ondemand_prices", "id" },
	{ "consolidation_jobs", "id" },
	{ "job_schedules", "id" },
	{ "system_events", "id" },
	{ "sse_events", "id" },
	{ "notifications", "id" },
	{ "alerts", "id" },
	{ "client_savings_daily", "id" },
	{ "spotop_sums", "i" },
	{ "spot_pools", "i" },
	{ "commands", "d" },
	{ "instances", "d" },
	{ "switches", "d" },
	{ "replica_instances", "d" },
	{ "ml_decisions", "d" },
	{ "automation_freezes", "d" },
	{ "spotop_plans", "d" },
};

static bool may_write(const char *role, const char *table, char how)
{
	if (strcmp(role, "worker") != 0) return false;
	for (size_t i = 0; i < ARRAY_LEN(written); i++)
		if (strcmp(written[i].table, table) == 0) return strchr(written[i].how, how) != NULL;
	return false;
}

/* All but agents read all, but for the audit log, which a viewer reads as v_audit, and its head, which nobody does. */
static bool may_read(const char *role, const char *table)
{
	if (strcmp(table, "audit_log") == 0 && strcmp(role, "viewer") == 0) return false;
	return strcmp(role, "agent") != 0 && strcmp(table, "spotop_audit_head") != 0;
}

static void tries(const char *role, const char *sql, bool may)
{
	unsigned no = as_role(role, sql);
	/* other errors come after the rights, and tell that they were there */
	ck_assert_msg(may ? !is_refusal(no) : is_refusal(no), "%s: %s gave %u", role, sql, no);
}

START_TEST(no_table_is_written_but_as_granted)
{
	struct table *t = rig_table(&rig, "SELECT TABLE_NAME FROM information_schema.TABLES WHERE "
	                                  "TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE'");
	ck_assert_uint_ge(t->n_rows, 28);
	for (size_t i = 0; i < t->n_rows; i++) {
		const char *name = table_get(t, i, "TABLE_NAME"), *role = roles[_i];
		char sql[200];
		snprintf(sql, sizeof sql, "DELETE FROM " S "%s WHERE FALSE", name);
		tries(role, sql, may_write(role, name, 'd'));
		snprintf(sql, sizeof sql, "INSERT INTO " S "%s () SELECT 1 FROM DUAL WHERE FALSE", name);
		tries(role, sql, may_write(role, name, 'i'));
		snprintf(sql, sizeof sql, "SELECT 1 FROM " S "%s LIMIT 0", name);
		tries(role, sql, may_read(role, name));
	}
	table_free(t);
}
END_TEST

/* The procedures that each role calls, and no others. */
static const struct {
	const char *role, *names;
} called[] = {
	{ "viewer", " schema_objects " },
	{ "operator",
	  " verb_switch verb_launch verb_terminate verb_promote verb_config verb_self_destruct verb_cancel "
	  "verb_freeze verb_thaw verb_cordon verb_uncordon verb_ack verb_claim verb_release verb_snooze "
	  "verb_note "
	  "verb_run_job verb_drop_part verb_accept_part "
	  "verb_stop_job verb_void verb_evacuate verb_run_plan verb_pause_plan verb_resume_plan "
	  "verb_cancel_plan triggers_renew " },
	{ "agent",
	  " agent_register agent_heartbeat agents_heartbeat agent_report_prices agent_claim agent_progress "
	  "agent_complete agent_fail agent_notice instance_launching instance_running instance_terminating "
	  "instance_terminated instance_zombie instance_promoting promote_instance_to_primary "
	  "promote_instance_of_agent " },
	{ "worker", " partitions_ensure partitions_ahead partitions_strays pool_ensure "
	            "instance_counts_recount job_drop_parts job_reap_zombies job_plans_look "
	            "triggers_renew bulk_prices_begin bulk_end " },
};

static bool may_call(const char *role, const char *name)
{
	char word[80];
	snprintf(word, sizeof word, " %s ", name);
	for (size_t i = 0; i < ARRAY_LEN(called); i++)
		if (strcmp(called[i].role, role) == 0 && strstr(called[i].names, word)) return true;
	return false;
}

/* Each is called with no argument: refused for the right, or, where the role has it, for the number of them
 * (1318). What takes none is tried by name elsewhere. */
START_TEST(no_procedure_is_called_but_as_granted)
{
	struct table *t =
	        rig_table(&rig, "SELECT ROUTINE_NAME FROM information_schema.ROUTINES r WHERE "
	                        "ROUTINE_SCHEMA = DATABASE() AND ROUTINE_TYPE = 'PROCEDURE' AND EXISTS "
	                        "(SELECT 1 FROM information_schema.PARAMETERS p WHERE p.SPECIFIC_SCHEMA "
	                        "= r.ROUTINE_SCHEMA AND p.SPECIFIC_NAME = r.SPECIFIC_NAME)");
	ck_assert_uint_gt(t->n_rows, 40);
	for (size_t i = 0; i < t->n_rows; i++) {
		const char *name = table_get(t, i, "ROUTINE_NAME");
		char sql[120];
		snprintf(sql, sizeof sql, "CALL " S "%s()", name);
		unsigned no = as_role(roles[_i], sql);
		bool may = may_call(roles[_i], name);
		ck_assert_msg(may ? no == 1318 : is_refusal(no), "%s: %s gave %u", roles[_i], sql, no);
	}
	table_free(t);
}
END_TEST

/* What an admin has the right to, the rules still refuse. */
START_TEST(an_admins_hands_are_tied_where_all_are)
{
	static const char *const sql[] = {
		"UPDATE " S "audit_log SET actor = 'x'",
		"DELETE FROM " S "audit_log",
		"UPDATE " S
		"instances SET instance_status = 'launching', is_primary = FALSE WHERE id = 'i-001'",
	};
	rig_do(&rig, "CALL audit_append('a', 'h', 'note', 'agent', 'x', UUID(), NULL, NULL, NULL, 'done')");
	for (size_t i = 0; i < ARRAY_LEN(sql); i++) {
		unsigned no = as_role("admin", sql[i]);
		ck_assert_msg(no >= 30000 && !is_refusal(no), "%s gave %u", sql[i], no);
	}
}
END_TEST

START_TEST(what_is_granted_works)
{
	unsigned no = as_role(allowed[_i].role, allowed[_i].sql);
	ck_assert_msg(no == 0, "%s: %s gave %u", allowed[_i].role, allowed[_i].sql, no);
}
END_TEST

/* --- who speaks for whom --- */
static const char *agent_id(const char *name, char id[40])
{
	char *text =
	        rig_text(&rig, "SELECT CAST(id AS CHAR) FROM agents WHERE logical_agent_id = '%s'", name);
	snprintf(id, 40, "%s", text);
	free(text);
	return id;
}

START_TEST(who_belongs_to_nobody_obeys_nobody_until_bound)
{
	char id[40], sql[200];
	rig_do(&rig, "UPDATE agents SET metadata = NULL, last_heartbeat_at = '2026-01-01' WHERE "
	             "logical_agent_id = 'agent-020'");
	snprintf(sql, sizeof sql, "CALL " S "agents_heartbeat('[\"%s\"]')", agent_id("agent-020", id));
	ck_assert_uint_eq(as_role("agent", sql), 0); /* skips it */
	ck_assert_int_eq(rig_number(&rig, "SELECT last_heartbeat_at = '2026-01-01' FROM agents WHERE "
	                                  "logical_agent_id = 'agent-020'"),
	                 1);
	ck_assert_uint_eq(as_role("agent", "CALL " S "instance_terminating('i-020')"), 30001);
	snprintf(sql, sizeof sql, "CALL " S "agent_heartbeat('%s', 'online', NULL)", id);
	ck_assert_uint_eq(as_role("agent", sql), 30001);
	ck_assert_uint_eq(as_role("admin", "CALL agent_bind('acme', NULL)"), 30003);
	ck_assert_uint_eq(as_role("admin", "CALL agent_bind('nobody', 't_agent')"), 30004);
	ck_assert_uint_eq(as_role("admin", "CALL agent_bind('acme', 't_agent')"), 0);
	ck_assert_uint_eq(as_role("agent", sql), 0);
	/* in bulk those of nobody alone */
	snprintf(sql, sizeof sql, "CALL " S "agent_heartbeat('%s', 'online', NULL)",
	         agent_id("agent-021", id));
	ck_assert_uint_eq(as_role("agent", sql), 30001);
	char bind[120];
	snprintf(bind, sizeof bind, "CALL agent_bind('%s', 't_agent')", id);
	ck_assert_uint_eq(as_role("admin", bind), 0);
	ck_assert_uint_eq(as_role("agent", sql), 0);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM audit_log WHERE action = 'bind' AND "
	                                  "JSON_VALUE(after_state, '$.agents') = 1"),
	                 2);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM v_audit_faults"), 0);
}
END_TEST

START_TEST(what_is_anothers_is_refused_in_every_argument)
{
	static const char *const calls[] = {
		"agent_register('other', 'thief', '{\"instance_id\":\"i-030\"}')",
		"agent_report_prices('%s', 'i-030', 'primary', "
		"'[{\"pool\":\"r3.large.us-east-1a\",\"price\":0.02}]')",
		"agent_complete('%s', '00000000-0000-4000-8000-0000000000aa', 3, "
		"'{\"new_instance_id\":\"i-030\"}')",
		"agent_fail('%s', '00000000-0000-4000-8000-0000000000aa', 3, 'x', "
		"'{\"old_instance_id\":\"i-030\"}')",
		"instance_terminating('i-031x')", /* another client's, without an agent */
	};
	char id[40];
	rig_do(&rig, "INSERT INTO clients (name, email, client_token) VALUES ('other', 'o@other.example', "
	             "SHA2('other', 256))");
	rig_do(&rig, "INSERT INTO instances (id, client_id, instance_type, region, az) SELECT 'i-031x', id, "
	             "'a', 'b', 'c' FROM clients WHERE name = 'other'");
	rig_do(&rig, "DELETE FROM commands");
	rig_do(&rig, "INSERT INTO commands (id, client_id, agent_id, command_type, status, fence, "
	             "lease_until) SELECT IF(logical_agent_id = 'agent-010', "
	             "'00000000-0000-4000-8000-0000000000aa', '00000000-0000-4000-8000-0000000000bb'), "
	             "client_id, id, 'switch', 'executing', 3, NOW() + INTERVAL 1 HOUR FROM agents WHERE "
	             "logical_agent_id IN ('agent-010', 'agent-030')");
	long switches = rig_number(&rig, "SELECT COUNT(*) FROM switches");
	agent_id("agent-010", id);
	for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
		char sql[400];
		const char *at = strstr(calls[i], "%s");
		size_t n = at ? (size_t)(at - calls[i]) : strlen(calls[i]);
		snprintf(sql, sizeof sql, "CALL " S "%.*s%s%s", (int)n, calls[i], at ? id : "",
		         at ? at + 2 : "");
		unsigned no = as_role("agent", sql);
		ck_assert_msg(no == 30001, "%s gave %u", sql, no);
	}
	char sql[300];
	snprintf(sql, sizeof sql,
	         "CALL " S "instance_launching('%s', 'i-099', 'r3.large.us-east-1a', 'spot', 'replica', "
	         "'00000000-0000-4000-8000-0000000000bb')",
	         id);
	ck_assert_uint_eq(as_role("agent", sql), 30004);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM switches"), switches);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM agents WHERE logical_agent_id = 'thief'"), 0);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM commands WHERE status = 'executing'"), 2);
}
END_TEST

Suite *suite_schema_roles(void);
Suite *suite_schema_roles(void)
{
	Suite *s = suite_create("schema_roles");
	TCase *t = tcase_create("roles");
	tcase_set_timeout(t, 60);
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_loop_test(t, what_is_for_admins_is_for_admins, 0, N_NOT_ADMIN);
	tcase_add_loop_test(t, no_table_is_written_but_as_granted, 0, N_NOT_ADMIN);
	tcase_add_loop_test(t, no_procedure_is_called_but_as_granted, 0, N_NOT_ADMIN);
	tcase_add_test(t, an_admins_hands_are_tied_where_all_are);
	tcase_add_loop_test(t, what_is_not_granted_is_refused, 0, (int)ARRAY_LEN(forbidden));
	tcase_add_loop_test(t, what_is_granted_works, 0, (int)ARRAY_LEN(allowed));
	tcase_add_test(t, who_belongs_to_nobody_obeys_nobody_until_bound);
	tcase_add_test(t, what_is_anothers_is_refused_in_every_argument);
	suite_add_tcase(s, t);
	return s;
}
