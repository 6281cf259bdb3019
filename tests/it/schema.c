/* schema.c - every rule of the schema broken, one by one, and named. Against a real server. */
#include "core/base/mem.h"
#include "core/db/table.h"
#include "tests/support/rig.h"
#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct rig rig;
static void start(void) { rig_start(&rig); }
static void stop(void) { rig_stop(&rig); }
static void fresh(void) { rig_fresh(&rig); }

#define CLIENT "(SELECT id FROM clients)"
#define AGENT  "(SELECT id FROM agents WHERE logical_agent_id = 'agent-001')"
#define NOBODY "'11111111-1111-4111-8111-111111111111'"
#define INSTANCE                                                                                       \
	"INSERT INTO instances (id, client_id, agent_id, instance_type, region, az, instance_status, " \
	"is_primary"
#define INSTANCE_OF ") SELECT 'x-1', client_id, id, 'r3.large', 'us-east-1', 'us-east-1a', "
#define OF_1        " FROM agents WHERE logical_agent_id = 'agent-001'"
#define OF_2        " FROM agents WHERE logical_agent_id = 'agent-002'"
#define COMMAND     "INSERT INTO commands (client_id, agent_id, command_type, request_id) SELECT "
#define SWITCH      "INSERT INTO switches (client_id, agent_id, command_id, user_id) SELECT "
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
	{ NULL, INSTANCE INSTANCE_OF "'zombie', TRUE" OF_2, "chk_instances_primary_running" },
	{ NULL, INSTANCE INSTANCE_OF "'zombie', NULL" OF_2, "'is_primary' cannot be null" },
	{ NULL, INSTANCE INSTANCE_OF "NULL, TRUE" OF_2, "'instance_status' cannot be null" },
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
	{ NULL, INSTANCE INSTANCE_OF "'running_primary', TRUE" OF_1, "uk_instances_primary" },
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
	{ NULL, "INSERT INTO spotop_agent_counts (client_id) VALUES (" NOBODY ")", "fk_agent_counts_client" },
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
	  INSTANCE ") SELECT 'x-1', " NOBODY ", id, 't', 'r', 'z', 'launching', FALSE" OF_1, "belongs to another client" },
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
	/* evacuation: an agent is in one live plan, a plan's rows are of a plan and an agent that are there */
	{ "INSERT INTO spotop_plans (id, scope_type, scope, in_flight, created_by) VALUES (" NOBODY ", 'az', 'z', 1, 'me'), (UUID(), 'az', 'z', 1, 'me')",
	  "INSERT INTO spotop_plan_rows (plan_id, agent_id, place, what, is_live) SELECT p.id, " AGENT ", 1, 'none', TRUE FROM spotop_plans p", "uk_plan_rows_live" },
	{ NULL, "INSERT INTO spotop_plan_rows (plan_id, agent_id, place, what) VALUES (UUID(), " AGENT ", 1, 'none')", "fk_plan_rows_plan" },
	{ "INSERT IGNORE INTO spotop_plans (id, scope_type, scope, in_flight, created_by) VALUES (" NOBODY ", 'az', 'z', 1, 'me')",
	  "INSERT INTO spotop_plan_rows (plan_id, agent_id, place, what) VALUES (" NOBODY ", " NOBODY ", 1, 'none')", "fk_plan_rows_agent" },
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
	suite_add_tcase(s, t);
	return s;
}
