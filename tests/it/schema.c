/* schema.c - every rule of the schema broken, one by one, and named; and what the schema in the field let
 * through. Against a real server. */
#include "core/base/mem.h"
#include "core/db/table.h"
#include "tests/support/rig.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct rig rig;
static void start(void) { rig_start(&rig); }
static void stop(void) { rig_stop(&rig); }
static void fresh(void) { rig_fresh(&rig); }

#define CLIENT "(SELECT id FROM clients)"
#define AGENT  "(SELECT id FROM agents WHERE logical_agent_id = 'agent-001')"
#define NOBODY "'11111111-1111-4111-8111-111111111111'"
#define BOX                                                                                            \
	"INSERT INTO instances (id, client_id, agent_id, instance_type, region, az, instance_status, " \
	"is_primary"
#define BOX_OF  ") SELECT 'x-1', client_id, id, 'r3.large', 'us-east-1', 'us-east-1a', "
#define OF_1    " FROM agents WHERE logical_agent_id = 'agent-001'"
#define OF_2    " FROM agents WHERE logical_agent_id = 'agent-002'"
#define COMMAND "INSERT INTO commands (client_id, agent_id, command_type, request_id) SELECT "
#define SWITCH  "INSERT INTO switches (client_id, agent_id, command_id, user_id) SELECT "
#define REPLICA \
	"INSERT INTO replica_instances (client_id, agent_id, request_id, instance_type, region, az) SELECT "
#define DECISION "INSERT INTO ml_decisions (client_id, agent_id, model_id, command_id) SELECT "
#define DATASET                                                                                             \
	"INSERT INTO ml_training_datasets (dataset_name, dataset_version, data_start_date, data_end_date) " \
	"VALUES ('d', '2', "
#define FREEZE                                                                                            \
	"INSERT INTO automation_freezes (scope_type, reason, created_by, expires_at, request_id) VALUES " \
	"('all', 'r', 'me', NOW(), " NOBODY ")"

/* What is done, and what the refusal says. before (may be NULL) prepares. */
static const struct broken {
	const char *before, *sql, *names;
} broken[] = {
	// clang-format off
	/* checks, and the NULLs that went past them in the field */
	{ NULL, BOX BOX_OF "'zombie', TRUE" OF_2, "chk_instances_primary_running" },
	{ NULL, BOX BOX_OF "'zombie', NULL" OF_2, "'is_primary' cannot be null" },
	{ NULL, BOX BOX_OF "NULL, TRUE" OF_2, "'instance_status' cannot be null" },
	{ NULL, "UPDATE instances SET is_primary = TRUE WHERE id = 'r-001'", "chk_instances_primary_running" },
	{ NULL, "UPDATE instances SET is_active = NULL WHERE id = 'r-001'", "'is_active' cannot be null" },
	{ NULL, "UPDATE agents SET auto_switch_enabled = TRUE, manual_replica_enabled = TRUE", "chk_agents_replica_xor" },
	{ NULL, "UPDATE agents SET auto_switch_enabled = NULL, manual_replica_enabled = TRUE", "'auto_switch_enabled' cannot be null" },
	{ NULL, "UPDATE agents SET heartbeat_interval_seconds = 0", "chk_agents_heartbeat_interval" },
	{ NULL, "INSERT INTO agent_configs (agent_id, min_savings_percent) VALUES (" AGENT ", 101)", "chk_agent_configs_savings" },
	{ NULL, "INSERT INTO agent_configs (agent_id, risk_threshold) VALUES (" AGENT ", 1.5)", "chk_agent_configs_risk" },
	{ NULL, "INSERT INTO spot_price_snapshots (pool_id, price) VALUES ('r3.large.us-east-1a', -1)", "chk_snapshots_price" },
	{ NULL, "INSERT INTO pricing_consolidated (pool_id, price, observed_at) VALUES ('r3.large.us-east-1a', -1, NOW())", "chk_consolidated_price" },
	{ NULL, "INSERT INTO pricing_canonical (pool_id, price, observed_at) VALUES ('r3.large.us-east-1a', -1, NOW())", "chk_canonical_price" },
	{ NULL, "INSERT INTO pricing_canonical (pool_id, price, observed_at, confidence_score) VALUES ('r3.large.us-east-1a', 1, NOW(), 1.01)", "chk_canonical_confidence" },
	{ NULL, "INSERT INTO pool_price_hourly (pool_id, hour_at, price_avg, price_min, price_max, price_open, price_close) VALUES ('r3.large.us-east-1a', NOW(), 1, 2, 1, 1, 1)", "chk_hourly_order" },
	{ NULL, "INSERT INTO ondemand_prices (instance_type, region, price) VALUES ('r3.large', 'us-east-1', -0.1)", "chk_ondemand_price" },
	{ NULL, "INSERT INTO ml_training_datasets (dataset_name, dataset_version, data_start_date, data_end_date) VALUES ('d', '1', '2026-02-01', '2026-01-01')", "chk_datasets_dates" },
	{ NULL, "UPDATE instances SET instance_status = 'gone'", "Data truncated for column 'instance_status'" },
	{ NULL, "UPDATE agents SET metadata = '{'", "agents.metadata" },
	/* unique */
	{ NULL, "INSERT INTO agents (client_id, logical_agent_id) VALUES (" CLIENT ", 'agent-001')", "uk_agents_logical" },
	{ NULL, "INSERT INTO clients (name, email, client_token) VALUES ('x', 'x', SHA2('acme', 256))", "uk_clients_token" },
	{ NULL, "INSERT INTO clients (name, email, client_token) VALUES ('x', 'ops@acme.example', '')", "uk_clients_email" },
	{ NULL, BOX BOX_OF "'running_primary', TRUE" OF_1, "uk_instances_primary" },
	{ NULL, "UPDATE instances SET instance_status = 'running_primary', is_primary = TRUE WHERE id = 'r-001'", "uk_instances_primary" },
	{ COMMAND "client_id, id, 'switch', " NOBODY OF_1, COMMAND "client_id, id, 'APPLY_CONFIG', " NOBODY OF_2, "uk_commands_request_id" },
	{ "INSERT INTO switches (client_id, agent_id, request_id) SELECT client_id, id, " NOBODY OF_1,
	  "INSERT INTO switches (client_id, agent_id, request_id) SELECT client_id, id, " NOBODY OF_2, "uk_switches_request_id" },
	{ "INSERT INTO pricing_consolidated (pool_id, price, observed_at) VALUES ('r3.large.us-east-1a', 1, '2026-01-02 03:04:05')",
	  "INSERT INTO pricing_consolidated (pool_id, price, observed_at) VALUES ('r3.large.us-east-1a', 2, '2026-01-02 03:04:05')", "uk_consolidated_pool_time" },
	{ "INSERT INTO pricing_canonical (pool_id, price, observed_at) VALUES ('r3.large.us-east-1a', 1, '2026-01-02 03:04:05')",
	  "INSERT INTO pricing_canonical (pool_id, price, observed_at) VALUES ('r3.large.us-east-1a', 2, '2026-01-02 03:04:05')", "uk_canonical_pool_time" },
	{ "INSERT INTO spot_price_snapshots (id, pool_id, price, observed_at) VALUES (0, 'r3.large.us-east-1a', 1, '2026-01-02 03:04:05')",
	  "INSERT INTO spot_price_snapshots (id, pool_id, price, observed_at) VALUES (0, 'r3.large.us-east-1a', 1, '2026-01-02 03:04:05')", "PRIMARY" },
	{ "INSERT INTO alerts (alert_key, kind, message) VALUES ('k', 'k', 'm')",
	  "INSERT INTO alerts (alert_key, kind, message) VALUES ('k', 'k', 'm')", "uk_alerts_open" },
	{ "INSERT INTO users (email) VALUES ('u@acme.example')", "INSERT INTO users (email) VALUES ('u@acme.example')", "uk_users_email" },
	{ "INSERT INTO users (email, db_user) VALUES ('v', 'ops')", "INSERT INTO users (email, db_user) VALUES ('w', 'ops')", "uk_users_db_user" },
	{ "INSERT INTO ondemand_prices (instance_type, region, price, recorded_at) VALUES ('t', 'r', 1, '2026-01-02')",
	  "INSERT INTO ondemand_prices (instance_type, region, price, recorded_at) VALUES ('t', 'r', 2, '2026-01-02')", "uk_ondemand_type_region_time" },
	{ REPLICA "client_id, id, " NOBODY ", 't', 'r', 'z'" OF_1, REPLICA "client_id, id, " NOBODY ", 't', 'r', 'z'" OF_2, "uk_replicas_request_id" },
	{ DATASET "'2026-01-01', '2026-01-02')", DATASET "'2026-02-01', '2026-02-02')", "uk_datasets_name_version" },
	{ "INSERT INTO ml_models (model_name, model_version) VALUES ('m', '1')",
	  "INSERT INTO ml_models (model_name, model_version) VALUES ('m', '1')", "uk_models_name_version" },
	{ FREEZE, FREEZE, "uk_freezes_request_id" },
	{ "CALL audit_append('a', 'h', 'note', 'agent', 'nobody', " NOBODY ", NULL, NULL, NULL, 'done')",
	  "CALL audit_append('a', 'h', 'note', 'agent', 'nobody', " NOBODY ", NULL, NULL, NULL, 'void')", "uk_audit_settled" },
	{ NULL, "INSERT INTO spotop_audit_head (id, last_id, last_hash) VALUES (2, 1, '')", "chk_audit_head_one" },
	/* references */
	{ NULL, "INSERT INTO agents (client_id, logical_agent_id) VALUES (" NOBODY ", 'x')", "fk_agents_client" },
	{ NULL, "UPDATE agents SET current_pool_id = 'nowhere'", "fk_agents_pool" },
	{ NULL, "UPDATE instances SET agent_id = " NOBODY " WHERE id = 'r-001'", "fk_instances_agent" },
	{ NULL, "UPDATE instances SET current_pool_id = 'nowhere'", "fk_instances_pool" },
	{ NULL, COMMAND CLIENT ", " NOBODY ", 'switch', UUID()", "fk_commands_agent" },
	{ NULL, "INSERT INTO sse_events (client_id, event_type, event_data, expires_at) VALUES (" NOBODY ", 'HEARTBEAT', '{}', NOW())", "fk_sse_client" },
	{ NULL, "INSERT INTO notifications (client_id, message) VALUES (" NOBODY ", 'm')", "fk_notifications_client" },
	{ NULL, "INSERT INTO spot_price_snapshots (pool_id, price) VALUES ('nowhere', 1)", "fk_snapshots_pool: there is no pool nowhere" },
	{ NULL, "INSERT INTO spot_price_snapshots (pool_id, price, agent_id) VALUES ('r3.large.us-east-1a', 1, " NOBODY ")", "fk_snapshots_agent: there is no agent" },
	{ NULL, "INSERT INTO spot_price_snapshots (pool_id, price, client_id) VALUES ('r3.large.us-east-1a', 1, " NOBODY ")", "fk_snapshots_client: there is no client" },
	{ NULL, "INSERT INTO pricing_consolidated (pool_id, price, observed_at) VALUES ('nowhere', 1, NOW())", "fk_consolidated_pool" },
	{ NULL, "INSERT INTO pricing_canonical (pool_id, price, observed_at) VALUES ('nowhere', 1, NOW())", "fk_canonical_pool" },
	{ "INSERT INTO spot_price_snapshots (pool_id, price) VALUES ('r3.large.us-east-1a', 1)", "UPDATE spot_price_snapshots SET pool_id = 'nowhere'", "fk_snapshots_pool" },
	{ "INSERT INTO spot_price_snapshots (pool_id, price) VALUES ('r3.large.us-east-1a', 1)", "UPDATE spot_price_snapshots SET is_duplicate = TRUE, agent_id = " NOBODY, "fk_snapshots_agent" },
	{ "INSERT INTO spot_price_snapshots (pool_id, price) VALUES ('r3.large.us-east-1a', 1)", "UPDATE spot_price_snapshots SET is_duplicate = TRUE, client_id = " NOBODY, "fk_snapshots_client" },
	{ NULL, "INSERT INTO system_events (event_type, agent_id) VALUES ('x', " NOBODY ")", "fk_events_agent" },
	{ NULL, "INSERT INTO system_events (event_type, client_id) VALUES ('x', " NOBODY ")", "fk_events_client" },
	{ NULL, "INSERT INTO users (email, client_id) VALUES ('x', " NOBODY ")", "fk_users_client" },
	{ NULL, "INSERT INTO agent_configs (agent_id) VALUES (" NOBODY ")", "fk_agent_configs_agent" },
	{ NULL, "UPDATE instances SET client_id = " NOBODY ", agent_id = NULL WHERE id = 'r-001'", "fk_instances_client" },
	{ NULL, "INSERT INTO instance_counts (client_id) VALUES (" NOBODY ")", "fk_counts_client" },
	{ COMMAND "client_id, id, 'switch', UUID()" OF_1, "UPDATE commands SET client_id = " NOBODY, "fk_commands_client" },
	{ NULL, "INSERT INTO commands (client_id, agent_id, command_type, user_id) SELECT client_id, id, 'switch', " NOBODY OF_1, "fk_commands_user" },
	{ NULL, SWITCH NOBODY ", id, NULL, NULL" OF_1, "fk_switches_client" },
	{ NULL, SWITCH "client_id, " NOBODY ", NULL, NULL" OF_1, "fk_switches_agent" },
	{ NULL, SWITCH "client_id, id, " NOBODY ", NULL" OF_1, "fk_switches_command" },
	{ NULL, SWITCH "client_id, id, NULL, " NOBODY OF_1, "fk_switches_user" },
	{ NULL, REPLICA NOBODY ", id, UUID(), 't', 'r', 'z'" OF_1, "fk_replicas_client" },
	{ NULL, REPLICA "client_id, " NOBODY ", UUID(), 't', 'r', 'z'" OF_1, "fk_replicas_agent" },
	{ REPLICA "client_id, id, UUID(), 't', 'r', 'z'" OF_1, "UPDATE replica_instances SET command_id = " NOBODY, "fk_replicas_command" },
	{ REPLICA "client_id, id, UUID(), 't', 'r', 'z'" OF_1, "UPDATE replica_instances SET pool_id = 'nowhere'", "fk_replicas_pool" },
	{ NULL, "INSERT INTO pool_price_hourly (pool_id, hour_at, price_avg, price_min, price_max, price_open, price_close) VALUES ('nowhere', NOW(), 1, 1, 1, 1, 1)", "fk_hourly_pool" },
	{ NULL, "INSERT INTO ml_training_datasets (dataset_name, dataset_version, data_start_date, data_end_date, created_by) VALUES ('e', '1', '2026-01-01', '2026-01-01', " NOBODY ")", "fk_datasets_user" },
	{ NULL, "INSERT INTO ml_models (model_name, model_version, training_dataset_id) VALUES ('n', '1', " NOBODY ")", "fk_models_dataset" },
	{ NULL, "INSERT INTO ml_models (model_name, model_version, uploaded_by) VALUES ('n', '1', " NOBODY ")", "fk_models_user" },
	{ NULL, DECISION NOBODY ", id, NULL, NULL" OF_1, "fk_decisions_client" },
	{ NULL, DECISION "client_id, " NOBODY ", NULL, NULL" OF_1, "fk_decisions_agent" },
	{ NULL, DECISION "client_id, id, " NOBODY ", NULL" OF_1, "fk_decisions_model" },
	{ NULL, DECISION "client_id, id, NULL, " NOBODY OF_1, "fk_decisions_command" },
	{ NULL, "INSERT INTO client_savings_daily (client_id, date) VALUES (" NOBODY ", '2026-01-01')", "fk_savings_client" },
	{ NULL, "INSERT INTO alerts (alert_key, kind, message, client_id) VALUES ('c', 'k', 'm', " NOBODY ")", "fk_alerts_client" },
	{ NULL, "INSERT INTO alerts (alert_key, kind, message, agent_id) VALUES ('a', 'k', 'm', " NOBODY ")", "fk_alerts_agent" },
	/* an instance and a command are of their agent's client */
	{ "INSERT INTO clients (id, name, email, client_token) VALUES (" NOBODY ", 'b', 'b', 'b')",
	  BOX ") SELECT 'x-1', " NOBODY ", id, 't', 'r', 'z', 'launching', FALSE" OF_1, "belongs to another client" },
	{ "INSERT INTO clients (id, name, email, client_token) VALUES (" NOBODY ", 'b', 'b', 'b')",
	  COMMAND NOBODY ", id, 'switch', UUID()" OF_1, "belongs to another client" },
	{ "INSERT INTO clients (id, name, email, client_token) VALUES (" NOBODY ", 'b', 'b', 'b')",
	  "UPDATE agents SET client_id = " NOBODY " WHERE logical_agent_id = 'agent-001'", "cannot move to another client" },
	/* states */
	{ NULL, "UPDATE instances SET instance_status = 'launching', is_primary = FALSE WHERE id = 'i-001'", "instance i-001 cannot go from running_primary to launching" },
	{ "UPDATE instances SET instance_status = 'terminated' WHERE id = 'r-001'",
	  "UPDATE instances SET instance_status = 'running_replica' WHERE id = 'r-001'", "instance r-001 cannot go from terminated to running_replica" },
	{ "UPDATE instances SET instance_status = 'terminated' WHERE id = 'r-001'",
	  "UPDATE instances SET is_active = TRUE WHERE id = 'r-001'", "is terminated and cannot become active" },
	{ NULL, "UPDATE instances SET launch_requested_at = '2026-01-01 00:00:10', launch_confirmed_at = '2026-01-01 00:00:09' WHERE id = 'r-001'", "launch_confirmed_at lies 1 s before its request" },
	{ NULL, "UPDATE instances SET termination_requested_at = '2026-01-01 00:00:10', termination_confirmed_at = '2026-01-01 00:00:00' WHERE id = 'r-001'", "termination_confirmed_at lies 10 s before its request" },
	{ "INSERT INTO commands (client_id, agent_id, command_type, request_id, status) SELECT client_id, id, 'switch', " NOBODY ", 'completed'" OF_1,
	  "UPDATE commands SET status = 'pending'", "is completed and cannot become pending" },
	/* the audit log */
	{ NULL, "UPDATE audit_log SET actor = 'somebody else'", "audit_log is append-only" },
	{ NULL, "DELETE FROM audit_log", "audit_log is append-only" },
	/* procedures say what is wrong, by name */
	{ NULL, "CALL promote_instance_to_primary('r-001', 999)", "instance r-001 is at version" },
	{ NULL, "CALL promote_instance_to_primary('nobody', NULL)", "there is no instance nobody" },
	{ "UPDATE instances SET instance_status = 'zombie' WHERE id = 'r-001'", "CALL promote_instance_to_primary('r-001', NULL)", "is zombie and cannot be promoted" },
	{ "UPDATE instances SET agent_id = NULL WHERE id = 'r-001'", "CALL promote_instance_to_primary('r-001', NULL)", "has no agent" },
	{ NULL, "CALL agent_register('wrong', 'a', '{}')", "no active client has this token" },
	{ NULL, "CALL agent_heartbeat(" NOBODY ", 'online', NULL)", "there is no agent" },
	{ NULL, "CALL instance_launching(" AGENT ", 'x-1', 'nonsense', 'spot', 'replica', NULL)", "not the name of a pool" },
	{ NULL, "CALL partitions_ensure('clients', '2026-01-01', '2026-01-01')", "not a table with partitions" },
	// clang-format on
};

START_TEST(a_broken_rule_is_refused_by_name)
{
	const struct broken *b = &broken[_i];
	if (b->before) rig_do(&rig, "%s", b->before);
	char *said = rig_error(&rig, "%s", b->sql);
	ck_assert_msg(*said, "not refused: %s", b->sql);
	ck_assert_msg(strstr(said, b->names) != NULL, "'%s' does not name %s", said, b->names);
	free(said);
}
END_TEST

/* No rule without a row above: a constraint that somebody adds has to be broken here too. The checks that the
 * server makes itself of JSON columns are one and the same. */
START_TEST(every_rule_is_among_the_broken)
{
	struct table *t = rig_table(&rig, "SELECT CONSTRAINT_NAME FROM information_schema.TABLE_CONSTRAINTS "
	                                  "WHERE CONSTRAINT_SCHEMA = DATABASE() AND CONSTRAINT_NAME "
	                                  "REGEXP '^(uk|fk|chk)_'");
	ck_assert_uint_gt(t->n_rows, 50);
	for (size_t i = 0; i < t->n_rows; i++) {
		const char *name = table_get(t, i, "CONSTRAINT_NAME");
		bool found = false;
		for (size_t k = 0; k < ARRAY_LEN(broken) && !found; k++)
			found = strcmp(broken[k].names, name) == 0;
		ck_assert_msg(found, "nobody tries to break %s", name);
	}
	table_free(t);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM information_schema.CHECK_CONSTRAINTS WHERE "
	                                  "CONSTRAINT_SCHEMA = DATABASE() AND CONSTRAINT_NAME NOT LIKE "
	                                  "'chk\\_%%' AND CHECK_CLAUSE NOT LIKE 'json_valid(%%'"),
	                 0);
}
END_TEST

/* Every state to every other: what 13-instances.sql says is legal goes, the rest is refused and named. */
static const struct {
	const char *from, *to;
} moves[] = {
	{ "launching", "running_primary running_replica terminating terminated" },
	{ "running_primary", "zombie terminating terminated" },
	{ "running_replica", "promoting running_primary zombie terminating terminated" },
	{ "promoting", "running_primary running_replica zombie terminating terminated" },
	{ "terminating", "terminated zombie" },
	{ "terminated", "" },
	{ "zombie", "terminating terminated" },
};

static bool is_word_of(const char *word, const char *words)
{
	size_t n = strlen(word);
	for (const char *at = words; (at = strstr(at, word)) != NULL; at += n)
		if ((at == words || at[-1] == ' ') && (at[n] == ' ' || at[n] == 0)) return true;
	return false;
}

START_TEST(only_legal_moves)
{
	const char *from = moves[_i].from;
	for (size_t k = 0; k < ARRAY_LEN(moves); k++) {
		const char *to = moves[k].from;
		if (strcmp(from, to) == 0) continue;
		rig_do(&rig, "DELETE FROM instances WHERE id = 'x-1'");
		rig_do(&rig, BOX BOX_OF "'%s', FALSE" OF_2, from);
		char want[120],
		        *said = rig_error(&rig,
		                          "UPDATE instances SET instance_status = '%s' WHERE id = 'x-1'", to);
		snprintf(want, sizeof want, "instance x-1 cannot go from %s to %s", from, to);
		bool legal = is_word_of(to, moves[_i].to);
		ck_assert_msg(legal ? !*said : strstr(said, want) != NULL, "%s to %s: '%s'", from, to, said);
		free(said);
	}
}
END_TEST

/* --- what a legal life looks like --- */
static const char *const life[] = { "launching", "running_replica", "promoting", "running_primary",
	                            "zombie",    "terminating",     "terminated" };

START_TEST(an_instance_lives_through_all_states)
{
	rig_do(&rig, BOX BOX_OF "'launching', FALSE" OF_2);
	for (size_t i = 1; i < ARRAY_LEN(life); i++) {
		rig_do(&rig, "UPDATE instances SET instance_status = '%s' WHERE id = 'x-1'", life[i]);
		ck_assert_int_eq(rig_number(&rig, "SELECT version FROM instances WHERE id = 'x-1'"),
		                 (long)i + 1);
	}
	ck_assert_int_eq(rig_number(&rig, "SELECT is_active FROM instances WHERE id = 'x-1'"), 0);
	ck_assert_int_eq(rig_number(&rig, "SELECT terminated_at IS NOT NULL FROM instances WHERE id = 'x-1'"),
	                 1);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM sse_events WHERE JSON_VALUE(event_data, "
	                                  "'$.instance_id') = 'x-1'"),
	                 (long)ARRAY_LEN(life));
}
END_TEST

START_TEST(durations_are_exact_and_clamped)
{
	rig_do(&rig, "UPDATE instances SET launch_requested_at = '2026-03-29 00:59:30', launch_confirmed_at "
	             "= '2026-03-29 01:00:12' "
	             "WHERE id = 'r-001'");
	ck_assert_int_eq(rig_number(&rig, "SELECT launch_duration_seconds FROM instances WHERE id = 'r-001'"),
	                 42);
	rig_do(&rig, "UPDATE instances SET termination_requested_at = '2026-01-01', termination_confirmed_at "
	             "= '2026-01-03' "
	             "WHERE id = 'r-001'");
	ck_assert_int_eq(rig_number(&rig,
	                            "SELECT termination_duration_seconds FROM instances WHERE id = 'r-001'"),
	                 65535);
	/* In the hour that a zone has twice, 01:30 then 01:10 is 40 minutes later, whatever the session's clock reads. */
	rig_do(&rig, "BEGIN NOT ATOMIC UPDATE instances SET launch_requested_at = '2026-11-01 05:30:00', "
	             "launch_confirmed_at = NULL, "
	             "last_switch_at = '2026-11-01 06:10:00' WHERE id = 'r-001'; SET time_zone = '-05:00'; "
	             "UPDATE instances SET "
	             "launch_confirmed_at = last_switch_at WHERE id = 'r-001'; END");
	ck_assert_int_eq(rig_number(&rig, "SELECT launch_duration_seconds FROM instances WHERE id = 'r-001'"),
	                 2400);
}
END_TEST

/* A zone as New York has it in 2026, made by hand: the server's own tables may be empty. */
static const char *const zone[] = {
	"DELETE FROM mysql.time_zone_name WHERE Name = 'Test/East'",
	"INSERT INTO mysql.time_zone (Time_zone_id, Use_leap_seconds) VALUES (9001, 'N')",
	"INSERT INTO mysql.time_zone_name VALUES ('Test/East', 9001)",
	"INSERT INTO mysql.time_zone_transition_type VALUES (9001, 0, -14400, 1, 'EDT'), (9001, 1, -18000, "
	"0, "
	"'EST')",
	"INSERT INTO mysql.time_zone_transition VALUES (9001, 1772953200, 0), (9001, 1793512800, 1)",
};

/* Launched at one moment under one clock, confirmed later under another: the seconds between are those that
 * went by. Moments: 2026-11-01 05:50 UTC is 01:50 the first time, 06:10 is 01:10, the second time;
 * 2026-03-08 06:59:50 is 01:59:50, and 20 s later it is 03:00:10. */
static const struct {
	const char *zone_then;
	long then;
	const char *zone_now;
	long now, seconds;
} clocks[] = {
	{ "Test/East", 1793512200, "Test/East", 1793513400, 1200 },
	{ "Test/East", 1772953190, "Test/East", 1772953210, 20 },
	{ "Test/East", 1793513400, "+00:00", 1793513401, 1 },
	{ "+13:00", 1793512200, "-12:00", 1793512207, 7 },
	{ "-12:00", 1793512200, "Test/East", 1793512200 + 65534, 65534 },
	{ "-12:00", 1793512200, "Test/East", 1793512200 + 65535, 65535 },
	{ "-12:00", 1793512200, "Test/East", 1793512200 + 65536, 65535 },
};

/* A session of the server's own zone, at that moment, as an agent's that sets none of its own. */
static void at_clock(const char *its_zone, long moment, const char *set)
{
	rig_do(&rig, "SET GLOBAL time_zone = '%s'", its_zone);
	rig_do(&rig,
	       "BEGIN NOT ATOMIC SET time_zone = @@GLOBAL.time_zone; SET timestamp = %ld; UPDATE instances "
	       "SET "
	       "%s WHERE id = 'r-001'; END",
	       moment, set);
}

START_TEST(durations_do_not_know_the_clocks_zone)
{
	if (_i == 0)
		for (size_t i = 0; i < ARRAY_LEN(zone); i++) rig_do(&rig, "%s", zone[i]);
	at_clock(clocks[_i].zone_then, clocks[_i].then,
	         "launch_requested_at = NOW(), launch_confirmed_at = NULL");
	at_clock(clocks[_i].zone_now, clocks[_i].now, "launch_confirmed_at = NOW()");
	rig_do(&rig, "SET GLOBAL time_zone = SYSTEM");
	ck_assert_int_eq(rig_number(&rig, "SELECT launch_duration_seconds FROM instances WHERE id = 'r-001'"),
	                 clocks[_i].seconds);
}
END_TEST

/* Half an hour before its clocks go forward an hour from now has no name there. */
START_TEST(an_hour_is_added_where_there_is_none)
{
	for (size_t i = 0; i < ARRAY_LEN(zone); i++) rig_try(&rig, "%s", zone[i]);
	at_clock("Test/East", 1772953200 - 1800, "instance_status = 'terminating'");
	rig_do(&rig,
	       "BEGIN NOT ATOMIC SET time_zone = 'Test/East'; SET timestamp = %ld; UPDATE agents SET "
	       "notice_status = "
	       "'termination', notice_deadline = NOW() WHERE logical_agent_id = 'agent-001'; UPDATE agents "
	       "SET status = "
	       "'error' WHERE logical_agent_id = 'agent-002'; END",
	       1772953200L - 1800);
	rig_do(&rig, "SET GLOBAL time_zone = SYSTEM");
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM sse_events WHERE UNIX_TIMESTAMP(expires_at) "
	                                  "= 1772953200 - 1800 + "
	                                  "3600"),
	                 3);
}
END_TEST

START_TEST(promotion_swaps_in_one_step)
{
	rig_do(&rig, "CALL promote_instance_to_primary('r-001', (SELECT version FROM instances WHERE id = "
	             "'r-001'))");
	char *now = rig_text(&rig, "SELECT GROUP_CONCAT(id, ' ', instance_status, ' ', is_primary ORDER BY "
	                           "id) FROM instances WHERE agent_id = " AGENT);
	ck_assert_str_eq(now, "i-001 zombie 0,r-001 running_primary 1");
	free(now);
	ck_assert_int_eq(rig_number(&rig, "SELECT instance_id = 'r-001' AND current_pool_id = "
	                                  "'r3.large.us-east-1a' FROM agents WHERE id = " AGENT),
	                 1);
	ck_assert_int_eq(rig_number(&rig, "SELECT zombie_count FROM v_agent_health_summary WHERE agent_id "
	                                  "= " AGENT),
	                 1);
}
END_TEST

START_TEST(a_heartbeat_moves_no_version)
{
	long was = rig_number(&rig, "SELECT version FROM agents WHERE id = " AGENT);
	rig_do(&rig, "UPDATE agents SET last_heartbeat_at = NOW() - INTERVAL 100 SECOND WHERE id = " AGENT);
	ck_assert_int_eq(rig_number(&rig, "SELECT version FROM agents WHERE id = " AGENT), was);
	ck_assert_int_eq(rig_number(&rig, "SELECT TIMESTAMPDIFF(SECOND, last_heartbeat_at, silent_at) FROM "
	                                  "agents WHERE id = " AGENT),
	                 45);
	rig_do(&rig, "UPDATE agents SET hostname = 'new' WHERE id = " AGENT);
	ck_assert_int_eq(rig_number(&rig, "SELECT version FROM agents WHERE id = " AGENT), was + 1);
}
END_TEST

/* Health by the definitions; the report's unhealthy set lies inside crit, dead and unknown. */
static const struct {
	const char *sql, *health, *cause;
} healths[] = {
	{ "SET last_heartbeat_at = NOW()", "ok", "" },
	{ "SET last_heartbeat_at = NOW() - INTERVAL 46 SECOND", "warn", "silent" },
	{ "SET last_heartbeat_at = NOW() - INTERVAL 95 SECOND", "crit", "silent_crit" },
	{ "SET last_heartbeat_at = NOW() - INTERVAL 301 SECOND", "dead", "silent_dead" },
	{ "SET last_heartbeat_at = NULL", "unknown", "no_heartbeat" },
	{ "SET status = 'offline'", "dead", "offline" },
	{ "SET notice_status = 'rebalance'", "warn", "rebalance_notice" },
	{ "SET notice_status = 'termination'", "crit", "termination_notice" },
	{ "SET enabled = FALSE, last_heartbeat_at = NULL", "off", "disabled" },
};

START_TEST(health_is_as_defined)
{
	char *said;
	rig_do(&rig, "UPDATE agents %s WHERE id = " AGENT, healths[_i].sql);
	said = rig_text(&rig,
	                "SELECT CONCAT(health, '/', cause) FROM v_agent_status WHERE agent_id = " AGENT);
	char want[60];
	snprintf(want, sizeof want, "%s/%s", healths[_i].health, healths[_i].cause);
	ck_assert_str_eq(said, want);
	free(said);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM v_agents_attention WHERE agent_id = " AGENT),
	                 strcmp(healths[_i].health, "ok") != 0 && strcmp(healths[_i].health, "off") != 0);
}
END_TEST

START_TEST(launches_past_their_limit_are_critical)
{
	rig_do(&rig,
	       BOX ", launch_requested_at" BOX_OF "'launching', FALSE, NOW() - INTERVAL 301 SECOND" OF_2);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM v_agents_attention t JOIN v_agent_status v "
	                                  "ON v.agent_id = t.agent_id "
	                                  "WHERE v.health = 'crit' AND v.cause = 'launch_overdue' AND "
	                                  "v.agent = 'agent-002'"),
	                 1);
}
END_TEST

START_TEST(the_reports_unhealthy_are_ours)
{
	rig_do(&rig, "UPDATE agents SET last_heartbeat_at = NOW() - INTERVAL (CAST(RIGHT(logical_agent_id, "
	             "3) AS SIGNED) * 10) SECOND");
	rig_do(&rig, "UPDATE instances SET instance_status = 'zombie', is_primary = FALSE WHERE id IN "
	             "('i-003', 'i-007')");
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM v_agent_health_summary r JOIN v_agent_status "
	                                  "v ON v.agent_id = r.agent_id WHERE "
	                                  "(r.seconds_since_heartbeat > 90 OR r.primary_count != 1) AND "
	                                  "v.health NOT IN ('crit', 'dead', 'unknown')"),
	                 0);
	ck_assert_int_eq(rig_number(&rig,
	                            "SELECT COUNT(*) FROM v_agent_status WHERE health NOT IN ('ok', 'off')"),
	                 rig_number(&rig, "SELECT COUNT(*) FROM v_agents_attention t JOIN v_agent_status v "
	                                  "ON v.agent_id = t.agent_id WHERE v.health <> 'ok'"));
}
END_TEST

START_TEST(deletes_cascade_where_no_key_can)
{
	rig_do(&rig, "INSERT INTO spot_price_snapshots (agent_id, pool_id, price) VALUES (" AGENT
	             ", 'r3.large.us-east-1a', 0.02), "
	             "(NULL, 'r3.large.us-east-1b', 0.03)");
	rig_do(&rig, "INSERT INTO pricing_consolidated (pool_id, price, observed_at) VALUES "
	             "('r3.large.us-east-1b', 1, NOW())");
	rig_do(&rig, "INSERT INTO system_events (event_type, agent_id) VALUES ('x', " AGENT ")");
	rig_do(&rig, "DELETE FROM agents WHERE logical_agent_id = 'agent-001'");
	ck_assert_int_eq(rig_number(&rig,
	                            "SELECT COUNT(*) FROM spot_price_snapshots WHERE agent_id IS NOT NULL"),
	                 0);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM system_events WHERE event_type = 'x'"), 0);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM instances WHERE agent_id IS NULL"), 2);
	ck_assert_int_eq(rig_number(&rig, "SELECT total_active FROM v_active_instances_summary WHERE "
	                                  "agent_id IS NULL"),
	                 2);
	rig_do(&rig, "DELETE FROM spot_pools WHERE id = 'r3.large.us-east-1b'");
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM spot_price_snapshots"), 0);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM pricing_consolidated"), 0);
	rig_do(&rig, "DELETE FROM clients");
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM instance_counts"), 0);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM system_events WHERE client_id IS NOT NULL"),
	                 0);
}
END_TEST

START_TEST(the_newest_price_wins)
{
	rig_do(&rig, "UPDATE spot_pools SET last_price = NULL, last_price_at = NULL");
	rig_do(&rig, "INSERT INTO spot_price_snapshots (pool_id, price, observed_at) VALUES "
	             "('r3.large.us-east-1a', 0.05, NOW() - INTERVAL 1 HOUR), "
	             "('r3.large.us-east-1a', 0.04, NOW() - INTERVAL 2 HOUR), ('r3.large.us-east-1a', 0.09, "
	             "NOW() + INTERVAL 1 DAY)");
	ck_assert_int_eq(rig_number(&rig, "SELECT CAST(last_price * 100 AS SIGNED) FROM spot_pools WHERE id "
	                                  "= 'r3.large.us-east-1a'"),
	                 5);
}
END_TEST

/* --- partitions --- */
static long strays(const char *table)
{
	return rig_number(&rig, "BEGIN NOT ATOMIC CALL partitions_strays('%s', @n, @a, @b); SELECT @n; END",
	                  table);
}

START_TEST(any_day_gets_its_partition)
{
	rig_do(&rig, "CALL partitions_ensure('spot_price_snapshots', '2015-03-10', '2015-03-12')");
	rig_do(&rig, "CALL partitions_ensure('spot_price_snapshots', '2015-03-01', '2015-03-11')");
	rig_do(&rig, "CALL partitions_ensure('spot_price_snapshots', '2015-03-01', '2015-03-12')");
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM information_schema.PARTITIONS WHERE "
	                                  "TABLE_SCHEMA = DATABASE() AND TABLE_NAME = "
	                                  "'spot_price_snapshots' AND PARTITION_NAME LIKE 'p_2015_03_%%'"),
	                 12);
	rig_do(&rig, "INSERT INTO spot_price_snapshots (id, pool_id, price, observed_at) VALUES (0, "
	             "'r3.large.us-east-1a', 1, '2015-03-05 23:59:59')");
	ck_assert_int_eq(strays("spot_price_snapshots"), 0);
	ck_assert_int_eq(rig_number(&rig,
	                            "SELECT COUNT(*) FROM spot_price_snapshots PARTITION (p_2015_03_05)"),
	                 1);
	rig_do(&rig, "CALL partitions_drop('spot_price_snapshots', '2015-03-06')");
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM spot_price_snapshots"), 0);
	rig_do(&rig, "CALL partitions_drop('spot_price_snapshots', '2016-01-01')");
}
END_TEST

START_TEST(rows_in_a_catch_all_are_moved_and_told)
{
	rig_do(&rig, "INSERT INTO spot_price_snapshots (id, pool_id, price, observed_at) VALUES (0, "
	             "'r3.large.us-east-1a', 1, '2014-01-01'), "
	             "(0, 'r3.large.us-east-1a', 1, '2014-06-01 12:00:00')");
	ck_assert_int_eq(strays("spot_price_snapshots"), 2);
	rig_do(&rig, "CALL partitions_ahead()");
	ck_assert_int_eq(strays("spot_price_snapshots"), 0);
	ck_assert_int_eq(rig_number(&rig,
	                            "SELECT COUNT(*) FROM spot_price_snapshots PARTITION (p_2014_06_01)"),
	                 1);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM system_events WHERE event_type = "
	                                  "'partition_catch_all'"),
	                 1);
	rig_do(&rig, "CALL partitions_drop('spot_price_snapshots', '2016-01-01')");
}
END_TEST

START_TEST(a_query_of_one_day_reads_one_partition)
{
	struct {
		const char *table, *col;
	} t[] = { { "spot_price_snapshots", "observed_at" }, { "pricing_canonical", "observed_at" } };
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		char *plan = rig_text(&rig,
		                      "EXPLAIN FORMAT=JSON SELECT * FROM %s WHERE %s >= UTC_DATE() AND %s < "
		                      "UTC_DATE() + INTERVAL 1 DAY",
		                      t[i].table, t[i].col, t[i].col);
		ck_assert_msg(strstr(plan, "p_past") == NULL && strstr(plan, "p_future") == NULL, "%s", plan);
		free(plan);
	}
}
END_TEST

START_TEST(init_again_changes_nothing)
{
	static const char sum[] =
	        "SELECT COUNT(*) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE()";
	const char *argv[] = { "-D", "spot_optimizer", "db", "init", NULL };
	long cols = rig_number(&rig, sum), agents = rig_number(&rig, "SELECT COUNT(*) FROM agents");
	struct rig_run run = rig_spotop(&rig, false, argv);
	ck_assert_msg(run.code == 0, "%d: %s", run.code, run.err);
	rig_run_free(&run);
	ck_assert_int_eq(rig_number(&rig, sum), cols);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM agents"), agents);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA "
	                                  "= DATABASE() AND TABLE_TYPE = 'BASE TABLE' AND TABLE_NAME NOT "
	                                  "LIKE 'spotop\\_%%'"),
	                 28);
}
END_TEST

START_TEST(tables_of_others_are_not_overwritten)
{
	rig_do(&rig, "CREATE OR REPLACE DATABASE old6");
	rig_do(&rig, "CREATE TABLE old6.agents (id CHAR(36))");
	const char *argv[] = { "-D", "old6", "db", "init", NULL };
	struct rig_run run = rig_spotop(&rig, false, argv);
	ck_assert_int_eq(run.code, 3);
	ck_assert_msg(strstr(run.err, "holds tables of such names and no spot fleet") != NULL, "%s", run.err);
	rig_run_free(&run);
	rig_do(&rig, "DROP DATABASE old6");
}
END_TEST

START_TEST(the_audit_chain_shows_what_was_done_to_it)
{
	rig_do(&rig, "CALL audit_append('me', 'here', 'note', 'agent', 'x', UUID(), 'because', '{\"a\": 1}', "
	             "NULL, 'done')");
	rig_do(&rig,
	       "CALL audit_append('me', 'here', 'note', 'agent', 'y', UUID(), NULL, NULL, NULL, 'done')");
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM v_audit_faults"), 0);
	rig_do(&rig, "BEGIN NOT ATOMIC DROP TRIGGER audit_no_update; UPDATE audit_log SET reason = 'other' "
	             "WHERE target_id = 'x'; END");
	char *fault = rig_text(&rig, "SELECT GROUP_CONCAT(fault) FROM v_audit_faults WHERE id > 0");
	ck_assert_str_eq(fault, "its content was changed");
	free(fault);
	rig_do(&rig, "UPDATE audit_log SET reason = 'because' WHERE target_id = 'x'");
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM v_audit_faults WHERE id > 0"), 0);
	const char *argv[] = { "-D", "spot_optimizer", "db", "init", NULL };
	struct rig_run run = rig_spotop(&rig, false, argv); /* the trigger comes back */
	ck_assert_int_eq(run.code, 0);
	rig_run_free(&run);
}
END_TEST

Suite *suite_schema(void);
Suite *suite_schema(void)
{
	Suite *s = suite_create("schema");
	TCase *t = tcase_create("rules");
	tcase_set_timeout(t, 60);
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_checked_fixture(t, fresh, NULL);
	tcase_add_loop_test(t, a_broken_rule_is_refused_by_name, 0, (int)ARRAY_LEN(broken));
	tcase_add_test(t, every_rule_is_among_the_broken);
	tcase_add_loop_test(t, only_legal_moves, 0, (int)ARRAY_LEN(moves));
	tcase_add_test(t, an_instance_lives_through_all_states);
	tcase_add_test(t, durations_are_exact_and_clamped);
	tcase_add_loop_test(t, durations_do_not_know_the_clocks_zone, 0, (int)ARRAY_LEN(clocks));
	tcase_add_test(t, an_hour_is_added_where_there_is_none);
	tcase_add_test(t, promotion_swaps_in_one_step);
	tcase_add_test(t, a_heartbeat_moves_no_version);
	tcase_add_loop_test(t, health_is_as_defined, 0, (int)ARRAY_LEN(healths));
	tcase_add_test(t, launches_past_their_limit_are_critical);
	tcase_add_test(t, the_reports_unhealthy_are_ours);
	tcase_add_test(t, deletes_cascade_where_no_key_can);
	tcase_add_test(t, the_newest_price_wins);
	tcase_add_test(t, any_day_gets_its_partition);
	tcase_add_test(t, rows_in_a_catch_all_are_moved_and_told);
	tcase_add_test(t, a_query_of_one_day_reads_one_partition);
	tcase_add_test(t, init_again_changes_nothing);
	tcase_add_test(t, tables_of_others_are_not_overwritten);
	tcase_add_test(t, the_audit_chain_shows_what_was_done_to_it);
	suite_add_tcase(s, t);
	return s;
}
