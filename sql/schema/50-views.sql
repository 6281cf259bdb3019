-- The views: the report's two, with its answers and another cost, and ours.

-- The report's. It joined agents to instances and grouped; this reads one counted row per agent.
CREATE OR REPLACE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW v_agent_health_summary AS
SELECT a.id AS agent_id, a.status, TIMESTAMPDIFF(SECOND, a.last_heartbeat_at, NOW()) AS seconds_since_heartbeat,
	COALESCE(c.total_instances, 0) AS total_instances, COALESCE(c.primary_count, 0) AS primary_count,
	COALESCE(c.replica_count, 0) AS replica_count, COALESCE(c.zombie_count, 0) AS zombie_count
FROM agents a LEFT JOIN spotop_agent_counts c ON c.client_id = a.client_id AND c.agent_id = a.id AND c.slot = 0;

-- The report's, from the prices that instances recorded when they were launched. total_hourly_savings counts instances on
-- demand and unknown prices, as the report has it; v_client_money has what is paid now.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW v_active_instances_summary AS
SELECT client_id, agent_id, COUNT(*) AS total_active, SUM(current_mode = 'spot') AS spot_count, SUM(current_mode = 'ondemand') AS ondemand_count,
	AVG(spot_price) AS avg_spot_price, SUM(COALESCE(ondemand_price, 0) - COALESCE(spot_price, 0)) AS total_hourly_savings,
	-- and what back ends in the field read of it
	SUM(is_primary) AS primary_count, SUM(instance_status = 'running_replica') AS replica_count, AVG(ondemand_price) AS avg_ondemand_price
FROM instances WHERE is_active = TRUE AND instance_status IN ('running_primary', 'running_replica')
GROUP BY client_id, agent_id;

-- The field's: an agent's switches of the last 24 hours that succeeded.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW v_recent_switches_summary AS
SELECT client_id, agent_id, COUNT(*) AS total_switches_24h, SUM(event_trigger = 'manual') AS manual_switches, SUM(event_trigger = 'ml') AS ml_switches,
	SUM(event_trigger = 'emergency') AS emergency_switches, AVG(downtime_seconds) AS avg_downtime_seconds, SUM(savings_impact) AS total_savings_impact
FROM switches WHERE switched_at >= NOW() - INTERVAL 24 HOUR AND success
GROUP BY client_id, agent_id;

DELIMITER //

-- How many launches or terminations of an agent are overdue. Reads the agent's active instances only; the view calls it
-- only for agents that have one under way.
CREATE OR REPLACE FUNCTION agent_overdue(p_agent UUID, p_status VARCHAR(20) CHARSET ascii) RETURNS INT
READS SQL DATA
RETURN (SELECT COUNT(*) FROM instances WHERE agent_id = p_agent AND is_primary = FALSE AND instance_status = p_status AND is_active
	AND {{overdue(IF(p_status = 'launching', launch_requested_at, termination_requested_at), NOW())}}) //

DELIMITER ;

-- Each instance with what it costs an hour now (sql/parts/money.sql), since when that price holds, and what it would cost on
-- demand. Of one that has ended: what it recorded.
CREATE OR REPLACE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW v_instance_money AS
SELECT i.id, i.client_id, i.agent_id, i.primary_of, i.is_active, i.is_primary, i.instance_status, i.current_mode, i.current_pool_id, i.instance_type, i.region,
	IF(i.is_active, {{usd_of(i, p)}}, IF(i.current_mode = 'ondemand', i.ondemand_price, i.spot_price)) AS usd_per_hour,
	IF(i.is_active, {{usd_at(i, p)}}, COALESCE(i.launch_confirmed_at, i.created_at)) AS priced_at,
	IF(i.is_active, {{ondemand_of(i)}}, i.ondemand_price) AS ondemand_usd_per_hour
FROM instances i LEFT JOIN spot_pools p ON p.id = i.current_pool_id;

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
	(SELECT {{known(COUNT(*), SUM(m.usd_per_hour))}} FROM v_instance_money m WHERE m.agent_id = a.id AND m.is_active AND m.instance_status <> 'launching') AS cost_usd_per_hour,
	(SELECT {{known(COUNT(*), SUM(m.ondemand_usd_per_hour - m.usd_per_hour))}} FROM v_instance_money m WHERE m.primary_of = a.id AND m.is_active AND m.current_mode = 'spot') AS measured_savings_usd_per_hour,
	a.current_mode, a.current_pool_id, a.az, a.region, a.instance_type, a.instance_id, a.hostname, a.private_ip, a.public_ip,
	IF(a.current_mode = 'spot', {{spot_of(a, p)}}, a.spot_price) AS spot_price, IF(a.current_mode = 'spot', p.last_price_at, NULL) AS spot_price_at,
	{{ondemand_of(a)}} AS ondemand_price, a.notice_status, a.notice_received_at, a.notice_deadline,
	CONCAT_WS(' ', IF(a.auto_switch_enabled, 'auto-switch', NULL), IF(a.auto_terminate_enabled, 'auto-terminate', NULL),
		IF(a.replica_enabled, CONCAT('replicas:', a.replica_count), NULL), IF(a.manual_replica_enabled, 'manual-replica', NULL)) COLLATE utf8mb4_general_ci AS toggles,
	a.auto_switch_enabled, a.auto_terminate_enabled, a.terminate_wait_seconds, a.replica_enabled,
	a.replica_count AS replicas_wanted, a.manual_replica_enabled, a.fastest_boot_pool_id, a.agent_version, a.config_version,
	a.clock_skew_ms, a.version, a.created_at, a.updated_at
FROM agents a
LEFT JOIN clients cl ON cl.id = a.client_id
LEFT JOIN spotop_agent_counts c ON c.client_id = a.client_id AND c.agent_id = a.id AND c.slot = 0
LEFT JOIN v_agent_notices n ON n.agent_id = a.id
LEFT JOIN spot_pools p ON p.id = a.current_pool_id;

-- The ids of all agents that could be anything but ok or off: join v_agent_status to it for the unhealthy set. Its size is
-- that of the trouble, not the fleet.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW v_agents_attention AS
SELECT id AS agent_id FROM agents WHERE enabled = TRUE AND silent_at < NOW()
UNION SELECT agent_id FROM v_agents_in_trouble;

-- Counts with the price that each of them costs an hour, and would on demand. A pool's instances are one row. Where a price is
-- not known, those of that pool or kind are a row each (i), at what they recorded: the search of the others meets no pool.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW v_counts_priced AS
SELECT k.client_id, k.pool_id, k.current_mode, IF(i.id IS NULL, k.total_instances, 1) AS total_instances,
	IF(i.id IS NULL, k.primary_count, i.is_primary) AS primary_count,
	IF(i.id IS NULL, k.replica_count, i.instance_status = 'running_replica') AS replica_count,
	IF(i.id IS NULL, k.zombie_count, i.instance_status = 'zombie') AS zombie_count,
	IF(i.id IS NULL, k.launching_count, i.instance_status = 'launching') AS launching_count,
	IF(i.id IS NULL, k.terminating_count, i.instance_status = 'terminating') AS terminating_count,
	IF(i.id IS NULL, k.promoting_count, i.instance_status = 'promoting') AS promoting_count,
	CASE k.current_mode WHEN 'spot' THEN COALESCE(k.last_price, i.spot_price) WHEN 'ondemand' THEN COALESCE(k.list_price, i.ondemand_price) END AS usd,
	IF(k.current_mode = 'spot', COALESCE(k.list_price, i.ondemand_price), NULL) AS ondemand_usd,
	IF(k.current_mode = 'spot', IF(k.last_price IS NULL, COALESCE(i.launch_confirmed_at, i.created_at), k.last_price_at), NULL) AS priced_at
FROM (
	SELECT c.*, p.last_price, p.last_price_at, {{list_of(c)}} AS list_price
	FROM (SELECT client_id, pool_id, current_mode, instance_type, region, SUM(total_instances) AS total_instances, SUM(primary_count) AS primary_count, SUM(replica_count) AS replica_count, SUM(zombie_count) AS zombie_count, SUM(launching_count) AS launching_count, SUM(terminating_count) AS terminating_count, SUM(promoting_count) AS promoting_count
		FROM spotop_pool_counts GROUP BY client_id, pool_id, current_mode, instance_type, region) c
	LEFT JOIN spot_pools p ON p.id = c.pool_id
) k
LEFT JOIN instances i ON i.current_pool_id <=> IF(k.total_instances <> 0 AND k.current_mode <> 'unknown' AND (k.list_price IS NULL OR (k.current_mode = 'spot' AND k.last_price IS NULL)),
		NULLIF(k.pool_id, ''), '(priced)')
	AND i.is_active AND i.client_id = k.client_id AND i.current_mode = k.current_mode AND i.instance_type = k.instance_type AND i.region = k.region;

-- What a client's instances cost an hour, and what its primaries in spot mode save against the list. Unknown prices are not in
-- the sums: unpriced_count instances cost an unknown amount more, unmeasured_count of the primaries save an unknown one.
-- priced_at: the oldest spot price in it. summed_at: of when the sums are, where the leading worker keeps them (spotop_sums);
-- NULL: of now.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW v_client_money AS
SELECT s.client_id, s.cost_usd_per_hour, s.measured_savings_usd_per_hour, s.zombie_cost_usd_per_hour, s.replica_cost_usd_per_hour, s.unpriced_count, s.unmeasured_count, s.priced_at, f.summed_at
FROM spotop_sums f JOIN spotop_sums s ON s.client_id <> {{all_clients}} WHERE {{sums_are_told(f)}}
UNION ALL
SELECT m.*, NULL FROM (
	SELECT k.client_id,
		-- :include money_sums
	FROM v_counts_priced k GROUP BY k.client_id
) m WHERE NOT EXISTS (SELECT 1 FROM spotop_sums f WHERE {{sums_are_told(f)}});

-- The same of the whole fleet, one row.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW v_fleet_money AS
SELECT f.cost_usd_per_hour, f.measured_savings_usd_per_hour, f.zombie_cost_usd_per_hour, f.replica_cost_usd_per_hour, f.unpriced_count, f.unmeasured_count, f.priced_at, f.summed_at
FROM spotop_sums f WHERE {{sums_are_told(f)}}
UNION ALL
SELECT m.*, NULL FROM (
	SELECT
		-- :include money_sums
	FROM v_counts_priced k
) m WHERE NOT EXISTS (SELECT 1 FROM spotop_sums f WHERE {{sums_are_told(f)}});

-- The counts of each client's instances, from the shares of its pools, and of its agents; and, at
-- no cost to who does not name it, its money for programs of before revision 5.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW v_client_totals AS
SELECT t.*,
	(SELECT {{known(COUNT(*), MAX(m.cost_usd_per_hour))}} FROM v_client_money m WHERE m.client_id = t.client_id) AS cost_usd_per_hour,
	(SELECT {{known(COUNT(*), MAX(m.measured_savings_usd_per_hour))}} FROM v_client_money m WHERE m.client_id = t.client_id) AS measured_savings_usd_per_hour,
	(SELECT {{known(COUNT(*), MAX(m.zombie_cost_usd_per_hour))}} FROM v_client_money m WHERE m.client_id = t.client_id) AS zombie_cost_usd_per_hour
FROM (
	SELECT k.client_id, SUM(k.total_instances) AS total_instances, SUM(k.primary_count) AS primary_count, SUM(k.replica_count) AS replica_count, SUM(k.zombie_count) AS zombie_count, SUM(k.launching_count) AS launching_count, SUM(k.terminating_count) AS terminating_count, SUM(k.promoting_count) AS promoting_count,
		SUM({{running(k)}}) AS active_running, SUM(IF(k.current_mode = 'spot', {{running(k)}}, 0)) AS spot_count,
		SUM(IF(k.current_mode = 'ondemand', {{running(k)}}, 0)) AS ondemand_count, SUM(k.agent_count) AS agent_count, SUM(k.enabled_count) AS enabled_count
	FROM (
		SELECT client_id, current_mode, total_instances, primary_count, replica_count, zombie_count, launching_count, terminating_count, promoting_count, 0 AS agent_count, 0 AS enabled_count FROM spotop_pool_counts
		UNION ALL SELECT client_id, 'unknown', 0, 0, 0, 0, 0, 0, 0, agent_count, enabled_count FROM spotop_agent_counts
			WHERE agent_id = '00000000-0000-0000-0000-000000000000' AND slot > 0
	) k
	GROUP BY k.client_id
) t;

-- The counts of the whole fleet, one row; the money as above.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW v_fleet_totals AS
SELECT COALESCE(k.total_instances, 0) AS total_instances, COALESCE(k.primary_count, 0) AS primary_count, COALESCE(k.replica_count, 0) AS replica_count, COALESCE(k.zombie_count, 0) AS zombie_count, COALESCE(k.launching_count, 0) AS launching_count, COALESCE(k.terminating_count, 0) AS terminating_count, COALESCE(k.promoting_count, 0) AS promoting_count, a.agent_count, a.enabled_count,
	(SELECT m.cost_usd_per_hour FROM v_fleet_money m) AS cost_usd_per_hour,
	(SELECT m.measured_savings_usd_per_hour FROM v_fleet_money m) AS measured_savings_usd_per_hour,
	(SELECT m.zombie_cost_usd_per_hour FROM v_fleet_money m) AS zombie_cost_usd_per_hour
FROM (SELECT SUM(total_instances) AS total_instances, SUM(primary_count) AS primary_count, SUM(replica_count) AS replica_count, SUM(zombie_count) AS zombie_count, SUM(launching_count) AS launching_count, SUM(terminating_count) AS terminating_count, SUM(promoting_count) AS promoting_count FROM spotop_pool_counts) k JOIN v_fleet_agents a;

-- The outages: when an agent lost its primary and had no other, until it had one. Those that are over as the event of their
-- end tells them; of those that go on, the beginning, as far as it is known. is_planned: a switch did it.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW v_outages AS
SELECT e.client_id, e.agent_id, e.instance_id, JSON_VALUE(e.metadata, '$.pool') COLLATE utf8mb4_general_ci AS pool_id, JSON_VALUE(e.metadata, '$.cause') COLLATE utf8mb4_general_ci AS cause,
	COALESCE(JSON_VALUE(e.metadata, '$.is_planned') = 1, FALSE) AS is_planned, e.created_at - INTERVAL CAST(JSON_VALUE(e.metadata, '$.seconds') AS INT) SECOND AS began_at, e.created_at AS ended_at,
	CAST(JSON_VALUE(e.metadata, '$.seconds') AS INT) AS seconds
FROM system_events e WHERE e.event_type = 'outage_ended'
UNION ALL
SELECT o.client_id, o.agent_id, e.instance_id, JSON_VALUE(e.metadata, '$.pool') COLLATE utf8mb4_general_ci, JSON_VALUE(e.metadata, '$.cause') COLLATE utf8mb4_general_ci, COALESCE(JSON_VALUE(e.metadata, '$.is_planned') = 1, FALSE),
	LEAST(COALESCE(e.created_at, o.lost_at), NOW()), NULL, GREATEST(0, UNIX_TIMESTAMP() - UNIX_TIMESTAMP(COALESCE(e.created_at, o.lost_at)))
FROM (SELECT c.client_id, c.agent_id, {{primary_lost_at(c.agent_id)}} AS lost_at,
		{{newest_outage(c.agent_id)}} AS event_id
	FROM spotop_agent_counts c FORCE INDEX (idx_counts_attention) WHERE c.attention = 2 AND c.primary_count = 0
		AND EXISTS (SELECT 1 FROM instances i WHERE i.agent_id = c.agent_id)) o
LEFT JOIN system_events e ON e.id = o.event_id AND e.event_type = 'outage_began';
