-- The views: the report's two, with its answers and another cost, and ours.

-- The report's. It joined agents to instances and grouped; this reads one counted row per agent.
CREATE OR REPLACE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW v_agent_health_summary AS
SELECT a.id AS agent_id, a.status, TIMESTAMPDIFF(SECOND, a.last_heartbeat_at, NOW()) AS seconds_since_heartbeat,
	COALESCE(c.total_instances, 0) AS total_instances, COALESCE(c.primary_count, 0) AS primary_count,
	COALESCE(c.replica_count, 0) AS replica_count, COALESCE(c.zombie_count, 0) AS zombie_count
FROM agents a LEFT JOIN instance_counts c ON c.client_id = a.client_id AND c.agent_id = a.id AND c.slot = 0;

-- The report's. total_hourly_savings counts on-demand instances and unknown prices, as the report has it;
-- v_client_totals has the honest figure.
CREATE OR REPLACE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW v_active_instances_summary AS
SELECT client_id, NULLIF(agent_id, '00000000-0000-0000-0000-000000000000') AS agent_id, active_running AS total_active,
	spot_count, ondemand_count, spot_price_sum / NULLIF(spot_price_n, 0) AS avg_spot_price, savings_sum AS total_hourly_savings
FROM instance_counts WHERE slot = 0 AND active_running > 0;

DELIMITER //

-- How many launches or terminations of an agent are overdue. Reads the agent's active instances only; the view calls it
-- only for agents that have one under way.
CREATE OR REPLACE FUNCTION agent_overdue(p_agent UUID, p_status VARCHAR(20) CHARSET ascii) RETURNS INT
READS SQL DATA
RETURN (SELECT COUNT(*) FROM instances WHERE agent_id = p_agent AND is_primary = FALSE AND instance_status = p_status AND is_active
	AND {{overdue(IF(p_status = 'launching', launch_requested_at, termination_requested_at), NOW())}}) //

DELIMITER ;

-- One row per agent with all that a screen says of it. cause is the first trouble that holds, the worst first; health and
-- health_rank (0 dead, 1 crit, 2 unknown, 3 warn, 4 ok, 5 off) and impact (its place in the one order of what is wrong)
-- follow from it. The rules: sql/parts/cause.sql, impact.sql.
-- Every agent has a client; it is joined from the left so that a page in an index's order starts there.
-- Sum over all with care: to find the unhealthy, start from v_agents_attention.
CREATE OR REPLACE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW v_agent_status AS
SELECT a.id AS agent_id, a.logical_agent_id AS agent, a.client_id, cl.name AS client,
	ELT(1 + (
		-- :include agent_cause
	) DIV 10, {{healths}}) COLLATE utf8mb4_general_ci AS health,
	(
		-- :include agent_cause
	) DIV 10 AS health_rank,
	CASE (
		-- :include agent_cause
	) {{cause_names}} ELSE '' END COLLATE utf8mb4_general_ci AS cause,
	CASE (
		-- :include agent_cause
	) {{impacts}} END AS impact,
	CASE (
		-- :include agent_cause
	) {{causes_since(a, n)}} END AS cause_since,
	a.status, a.enabled, {{silent_s(a)}} AS seconds_since_heartbeat,
	a.heartbeat_interval_seconds, a.last_heartbeat_at,
	COALESCE(c.primary_count, 0) AS primary_count, COALESCE(c.replica_count, 0) AS replica_count,
	COALESCE(c.zombie_count, 0) AS zombie_count, COALESCE(c.total_instances, 0) AS total_instances,
	COALESCE(c.launching_count, 0) AS launching_count, COALESCE(c.terminating_count, 0) AS terminating_count,
	COALESCE(c.promoting_count, 0) AS promoting_count,
	COALESCE(c.cost_usd_per_hour, 0) AS cost_usd_per_hour,
	COALESCE(c.measured_savings_usd_per_hour, 0) AS measured_savings_usd_per_hour,
	a.current_mode, a.current_pool_id, a.az, a.region, a.instance_type, a.instance_id, a.hostname, a.private_ip, a.public_ip,
	a.spot_price, a.ondemand_price, a.notice_status, a.notice_received_at, a.notice_deadline,
	CONCAT_WS(' ', IF(a.auto_switch_enabled, 'auto-switch', NULL), IF(a.auto_terminate_enabled, 'auto-terminate', NULL),
		IF(a.replica_enabled, CONCAT('replicas:', a.replica_count), NULL), IF(a.manual_replica_enabled, 'manual-replica', NULL)) COLLATE utf8mb4_general_ci AS toggles,
	a.auto_switch_enabled, a.auto_terminate_enabled, a.terminate_wait_seconds, a.replica_enabled,
	a.replica_count AS replicas_wanted, a.manual_replica_enabled, a.fastest_boot_pool_id, a.agent_version, a.config_version,
	a.clock_skew_ms, a.version, a.created_at, a.updated_at
FROM agents a
LEFT JOIN clients cl ON cl.id = a.client_id
LEFT JOIN instance_counts c ON c.client_id = a.client_id AND c.agent_id = a.id AND c.slot = 0
LEFT JOIN v_agent_notices n ON n.agent_id = a.id;

-- The ids of all agents that could be anything but ok or off, each branch one short index range:
-- join v_agent_status to it for the unhealthy set. Its size is that of the trouble, not the fleet.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW v_agents_attention AS
SELECT id AS agent_id FROM agents WHERE enabled = TRUE AND silent_at < NOW()
UNION SELECT id FROM agents WHERE enabled = TRUE AND silent_at IS NULL
UNION SELECT id FROM agents WHERE enabled = TRUE AND status = 'offline'
UNION SELECT id FROM agents WHERE notice_status IN ('rebalance', 'termination') AND enabled = TRUE
UNION SELECT agent_id FROM instance_counts WHERE attention IN (1, 2)
UNION SELECT agent_id FROM instances WHERE instance_status = 'launching' AND {{overdue(launch_requested_at, NOW())}} AND is_active AND agent_id IS NOT NULL
UNION SELECT agent_id FROM instances WHERE instance_status = 'terminating' AND {{overdue(termination_requested_at, NOW())}} AND is_active AND agent_id IS NOT NULL;

-- Totals of each client from its 16 shares. measured_savings counts primaries in spot mode whose two
-- prices are known (measured_savings_n of them); unpriced instances cost an unknown amount more.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW v_client_totals AS
SELECT client_id, SUM(total_instances) AS total_instances, SUM(primary_count) AS primary_count,
	SUM(replica_count) AS replica_count, SUM(zombie_count) AS zombie_count, SUM(launching_count) AS launching_count,
	SUM(terminating_count) AS terminating_count, SUM(promoting_count) AS promoting_count, SUM(active_running) AS active_running,
	SUM(spot_count) AS spot_count, SUM(ondemand_count) AS ondemand_count, SUM(savings_sum) AS total_hourly_savings,
	SUM(measured_savings_usd_per_hour) AS measured_savings_usd_per_hour, SUM(measured_savings_n) AS measured_savings_n,
	SUM(cost_usd_per_hour) AS cost_usd_per_hour, SUM(zombie_cost_usd_per_hour) AS zombie_cost_usd_per_hour,
	SUM(replica_cost_usd_per_hour) AS replica_cost_usd_per_hour, SUM(unpriced_count) AS unpriced_count,
	SUM(agent_count) AS agent_count, SUM(enabled_count) AS enabled_count
FROM instance_counts WHERE agent_id = '00000000-0000-0000-0000-000000000000' AND slot > 0
GROUP BY client_id;

-- The same of the whole fleet, one row; it reads 16 rows a client.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW v_fleet_totals AS
SELECT COALESCE(SUM(total_instances), 0) AS total_instances, COALESCE(SUM(primary_count), 0) AS primary_count,
	COALESCE(SUM(replica_count), 0) AS replica_count, COALESCE(SUM(zombie_count), 0) AS zombie_count, COALESCE(SUM(launching_count), 0) AS launching_count,
	COALESCE(SUM(terminating_count), 0) AS terminating_count, COALESCE(SUM(promoting_count), 0) AS promoting_count,
	COALESCE(SUM(measured_savings_usd_per_hour), 0) AS measured_savings_usd_per_hour, COALESCE(SUM(cost_usd_per_hour), 0) AS cost_usd_per_hour,
	COALESCE(SUM(zombie_cost_usd_per_hour), 0) AS zombie_cost_usd_per_hour,
	COALESCE(SUM(agent_count), 0) AS agent_count, COALESCE(SUM(enabled_count), 0) AS enabled_count
FROM instance_counts WHERE agent_id = '00000000-0000-0000-0000-000000000000' AND slot > 0;

-- The outages: when an agent lost its primary and had no other, until it had one. Those that are over as the event of their
-- end tells them; of those that go on, the beginning, as far as it is known. is_planned: a switch did it.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW v_outages AS
SELECT e.client_id, e.agent_id, e.instance_id, JSON_VALUE(e.metadata, '$.pool') COLLATE utf8mb4_general_ci AS pool_id, JSON_VALUE(e.metadata, '$.cause') COLLATE utf8mb4_general_ci AS cause,
	COALESCE(JSON_VALUE(e.metadata, '$.is_planned') = 1, FALSE) AS is_planned, e.created_at - INTERVAL CAST(JSON_VALUE(e.metadata, '$.seconds') AS INT) SECOND AS began_at, e.created_at AS ended_at,
	CAST(JSON_VALUE(e.metadata, '$.seconds') AS INT) AS seconds
FROM system_events e WHERE e.event_type = 'outage_ended'
UNION ALL
SELECT o.client_id, o.agent_id, e.instance_id, JSON_VALUE(e.metadata, '$.pool') COLLATE utf8mb4_general_ci, JSON_VALUE(e.metadata, '$.cause') COLLATE utf8mb4_general_ci, COALESCE(JSON_VALUE(e.metadata, '$.is_planned') = 1, FALSE),
	COALESCE(e.created_at, o.lost_at), NULL, UNIX_TIMESTAMP() - UNIX_TIMESTAMP(COALESCE(e.created_at, o.lost_at))
FROM (SELECT c.client_id, c.agent_id, {{primary_lost_at(c.agent_id)}} AS lost_at,
		(SELECT b.id FROM system_events b FORCE INDEX (idx_events_agent) WHERE b.agent_id = c.agent_id AND b.event_type IN ('outage_began', 'outage_ended') ORDER BY b.created_at DESC, b.id DESC LIMIT 1) AS event_id
	FROM instance_counts c FORCE INDEX (idx_counts_attention) WHERE c.attention = 2 AND c.primary_count = 0
		AND EXISTS (SELECT 1 FROM instances i WHERE i.agent_id = c.agent_id)) o
LEFT JOIN system_events e ON e.id = o.event_id AND e.event_type = 'outage_began';
