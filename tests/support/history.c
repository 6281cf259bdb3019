/* history.c - a history that is lived through, and what is looked at after each of its steps. */
#include "tests/support/history.h"
#include "core/base/mem.h"
#include "sql.h"

#define WEB1 "'00000000-0000-4000-8000-0000000000a1'"
#define WEB2 "'00000000-0000-4000-8000-0000000000a2'"
#define CMD1 "'00000000-0000-4000-8000-00000000c001'"
#define CMD2 "'00000000-0000-4000-8000-00000000c002'"
#define PRICES(a, b)                                                          \
	"CALL agent_report_prices(" WEB1                                      \
	", NULL, 'primary', '[{\"pool\":\"m5.large.us-east-1a\",\"price\":" a \
	"},{\"pool\":\"m5.large.us-east-1b\",\"price\":" b "}]')"
#define ALERT(verb, id, args)                                                        \
	"CALL verb_" verb "('00000000-0000-4000-8000-00000000b0" id "', '1', '" args \
	"', NULL, FALSE, NULL, 'test', 'ann', 'desk')"

/* One line a statement, "" ends a step: a minute goes by and everything is read. */
const char *const history[] = {
	"INSERT INTO clients (id, name, email, client_token) VALUES ('00000000-0000-4000-8000-0000000000c1', "
	"'acme', 'a@b.c', SHA2('acme', 256))",
	"INSERT INTO spot_pools (id, instance_type, region, az) VALUES ('m5.large.us-east-1a', 'm5.large', "
	"'us-east-1', 'us-east-1a'), ('m5.large.us-east-1b', 'm5.large', 'us-east-1', 'us-east-1b')",
	"INSERT INTO ondemand_prices (instance_type, region, price) VALUES ('m5.large', 'us-east-1', 0.096)",
	"INSERT INTO agents (id, client_id, logical_agent_id, metadata) SELECT " WEB1
	", id, 'web-1', '{\"login\":\"root\"}' FROM clients UNION SELECT " WEB2
	", id, 'web-2', '{\"login\":\"root\"}' FROM clients",
	"",
	"CALL agent_heartbeat(" WEB1 ", 'online', NULL)",
	"CALL agent_heartbeat(" WEB2 ", 'online', NULL)",
	PRICES("0.03", "0.02"),
	"CALL instance_launching(" WEB1 ", 'i-1', 'm5.large.us-east-1a', 'spot', 'primary', NULL)",
	"CALL instance_launching(" WEB2 ", 'i-5', NULL, 'ondemand', 'primary', NULL)",
	"",
	"CALL instance_running('i-1')",
	"CALL instance_running('i-5')",
	"",
	"INSERT INTO commands (id, client_id, agent_id, command_type, target_mode, target_pool_id, "
	"trigger_type) SELECT " CMD1 ", id, " WEB1
	", 'switch', 'pool', 'm5.large.us-east-1b', 'manual' FROM clients",
	PRICES("0.031", "0.021"),
	"",
	"CALL agent_claim(" WEB1 ", 600)",
	"CALL instance_launching(" WEB1 ", 'i-2', 'm5.large.us-east-1b', 'spot', 'primary', " CMD1 ")",
	"",
	"CALL instance_running('i-2')",
	"CALL agent_progress(" WEB1 ", " CMD1 ", 1, 'ready', NULL)",
	"",
	"CALL promote_instance_to_primary('i-2', NULL)",
	"",
	"CALL agent_complete(" WEB1 ", " CMD1 ", 1, "
	"'{\"old_instance_id\":\"i-1\",\"new_instance_id\":\"i-2\","
	"\"downtime_seconds\":9,\"boot_seconds\":60}')",
	"",
	"CALL instance_terminating('i-1')",
	"CALL agent_heartbeat(" WEB2 ", 'error', NULL)",
	"",
	"CALL instance_terminated('i-1')",
	"CALL instance_terminated('i-5')",
	PRICES("0.035", "0.019"),
	"",
	"CALL instance_launching(" WEB1 ", 'i-3', 'm5.large.us-east-1a', 'spot', 'replica', NULL)",
	"CALL instance_launching(" WEB2 ", 'i-6', 'm5.large.us-east-1a', 'spot', 'primary', NULL)",
	"",
	"CALL instance_running('i-3')",
	"CALL instance_running('i-6')",
	"CALL agent_heartbeat(" WEB2 ", 'online', NULL)",
	"",
	"CALL agent_notice(" WEB1 ", 'rebalance', NULL)",
	"",
	"CALL agent_notice(" WEB1 ", 'termination', NOW() + INTERVAL 120 SECOND)",
	"INSERT INTO alerts (alert_key, kind, severity, client_id, agent_id, message) SELECT 'notice:a1', "
	"'termination_notice', 'critical', id, " WEB1 ", 'web-1 is taken away' FROM clients",
	"",
	"CALL promote_instance_to_primary('i-3', NULL)",
	ALERT("ack", "01", "{}"),
	"",
	"CALL instance_terminated('i-2')",
	"CALL agent_notice(" WEB1 ", 'none', NULL)",
	ALERT("snooze", "02", "{\"seconds\":150}"),
	"",
	ALERT("claim", "03", "{}"),
	"",
	"CALL instance_launching(" WEB1 ", 'i-4', 'm5.large.us-east-1b', 'spot', 'primary', NULL)",
	"",
	"CALL instance_running('i-4')",
	ALERT("release", "04", "{}"),
	"",
	"CALL verb_freeze('00000000-0000-4000-8000-00000000f001', 'all', '{\"seconds\":180}', NULL, FALSE, "
	"NULL, 'storm', 'ann', 'desk')",
	"",
	"CALL instance_terminating('i-4')",
	"",
	"CALL instance_zombie('i-4')",
	"UPDATE alerts SET resolved_at = NOW() WHERE resolved_at IS NULL",
	"",
	"CALL instance_terminated('i-4')",
	"INSERT INTO commands (id, client_id, agent_id, command_type, target_mode) SELECT " CMD2 ", id, " WEB2
	", 'switch', 'ondemand' FROM clients",
	"",
	"UPDATE commands SET status = 'cancelled' WHERE id = " CMD2,
	PRICES("0.05", "0.06"),
	"",
	"UPDATE agents SET enabled = FALSE WHERE id = " WEB2,
	"",
	"UPDATE agents SET enabled = TRUE, status = 'offline' WHERE id = " WEB2,
	"CALL verb_cordon('00000000-0000-4000-8000-00000000f002', 'm5.large.us-east-1b', "
	"'{\"seconds\":3600}', NULL, FALSE, NULL, 'storm', 'ann', 'desk')",
	"",
	"CALL instance_terminated('i-6')",
	"CALL agent_notice(" WEB2 ", 'termination', NULL)",
	"",
	NULL
};

const struct probe probes[] = {
	{ "instances", &sql_queries_instances, &sql_queries_instances_at,
	  "CONCAT_WS(' ', instance_id, agent, instance_status, is_primary, is_active, mode, pool, "
	  "COALESCE(in_state_seconds, '-'), COALESCE(launch_confirmed_at, '-'), "
	  "COALESCE(termination_requested_at, '-'), state_rank)" },
	{ "commands", &sql_queries_commands, &sql_queries_commands_at,
	  "CONCAT_WS(' ', command_id, status, target, elapsed_seconds, COALESCE(executed_at, '-'), "
	  "COALESCE(completed_at, '-'), COALESCE(success, '-'), COALESCE(message, '-'))" },
	{ "switches", &sql_queries_switches, &sql_queries_switches_at,
	  "CONCAT_WS(' ', switch_id, agent, old_pool, new_pool, success)" },
	{ "agents", &sql_queries_agents, &sql_queries_agents_at,
	  "CONCAT_WS(' ', agent, status, enabled, primary_count, replica_count, zombie_count, "
	  "total_instances, notice_status, COALESCE(notice_deadline, '-'))" },
	{ "primaries", &sql_queries_agents, &sql_queries_agents_at,
	  "IF(primary_count = 1, CONCAT_WS(' ', agent, instance_id, current_mode, pool), agent)" },
	{ "alerts", &sql_queries_alerts_open, &sql_queries_alerts_at,
	  "CONCAT_WS(' ', alert_id, kind, state, COALESCE(acked_at, '-'), COALESCE(acked_by, '-'), "
	  "COALESCE(claimed_at, '-'), COALESCE(claimed_by, '-'), COALESCE(snoozed_until, '-'))" },
	{ "freezes", &sql_queries_freezes, &sql_queries_freezes_at,
	  "CONCAT_WS(' ', freeze_id, scope, reason, expires_at)" },
	{ "replicas", &sql_queries_replicas, &sql_queries_replicas_at,
	  "CONCAT_WS(' ', cloud_instance_id, status, COALESCE(boot_seconds, '-'), COALESCE(terminated_at, "
	  "'-'))" },
	{ "pools", &sql_queries_pools, &sql_queries_pools_at,
	  "CONCAT_WS(' ', pool, COALESCE(spot_usd_per_hour, '-'), COALESCE(last_price_at, '-'), "
	  "COALESCE(ondemand_usd_per_hour, '-'), instances)" },
	{ "clients", &sql_queries_clients, &sql_queries_clients_at,
	  "CONCAT_WS(' ', client, agents, COALESCE(total_instances, 0), COALESCE(running, 0), "
	  "COALESCE(zombies, 0))" },
	{ "events", &sql_queries_events, &sql_queries_events_at, "CONCAT_WS(' ', event_id, at, event_type)" },
	{ "audit", &sql_queries_audit, &sql_queries_audit_at,
	  "CONCAT_WS(' ', audit_id, target, message, result)" },
};

const size_t n_probes = ARRAY_LEN(probes);
