-- The agents as they were at :at, before it is judged: see asof_agents.
-- The LIMIT is none, and COALESCE stands where the column would do: so the server makes each sum once, not for each agent anew, and a
-- state once, not for each sum. Lists are cut to what is asked of them, since a long text would be kept on disk.
-- :param at str
-- :param agent str
SELECT a.id, a.client_id, a.logical_agent_id, a.last_heartbeat_at, a.heartbeat_interval_seconds, a.updated_at <= :at AS is_as_now,
	a.hostname, a.private_ip, a.public_ip, a.agent_version, a.config_version, a.clock_skew_ms, a.fastest_boot_pool_id,
	a.auto_switch_enabled, a.auto_terminate_enabled, a.terminate_wait_seconds, a.replica_enabled, a.replica_count AS replicas_wanted,
	a.manual_replica_enabled, a.version, a.created_at, a.updated_at,
	IF(a.last_heartbeat_at <= :at, TIMESTAMPDIFF(SECOND, a.last_heartbeat_at, :at), NULL) AS silent_then,
	CASE WHEN CAST(:at AS DATETIME) < NOW() - INTERVAL 90 DAY AND a.updated_at > :at THEN NULL WHEN e.said_next IS NULL THEN a.status
		WHEN SUBSTRING(e.said_next, 40) <> '' THEN SUBSTRING(e.said_next, 40) WHEN e.said IS NOT NULL THEN SUBSTRING(e.said, 46) END AS status_then,
	CASE WHEN e.turned_next IS NOT NULL THEN SUBSTRING(e.turned_next, 40) = 'agent_disabled' ELSE a.enabled END AS enabled_then,
	CASE WHEN e.noticed_next IS NULL AND NOT COALESCE(a.notice_received_at > :at, FALSE) THEN a.notice_status WHEN e.noticed_next IS NOT NULL AND SUBSTRING(e.noticed_next, 40) <> '' THEN SUBSTRING(e.noticed_next, 40)
		WHEN e.noticed IS NOT NULL THEN REPLACE(REPLACE(SUBSTRING(e.noticed, 100), '_notice', ''), 'notice_cleared', 'none') ELSE 'none' END AS notice_then,
	CASE WHEN e.noticed_next IS NULL AND NOT COALESCE(a.notice_received_at > :at, FALSE) THEN a.notice_deadline WHEN e.noticed IS NOT NULL THEN STR_TO_DATE(NULLIF(TRIM(SUBSTRING(e.noticed, 40, 19)), ''), '%Y-%m-%dT%H:%i:%s') END AS notice_deadline_then,
	CASE WHEN e.noticed_next IS NULL AND NOT COALESCE(a.notice_received_at > :at, FALSE) THEN a.notice_instance_id WHEN e.noticed IS NOT NULL THEN NULLIF(TRIM(SUBSTRING(e.noticed, 60, 20)), '') END AS notice_instance_then,
	CASE WHEN e.noticed_next IS NULL AND NOT COALESCE(a.notice_received_at > :at, FALSE) THEN a.notice_received_at WHEN e.noticed IS NOT NULL AND SUBSTRING(e.noticed, 100) <> 'notice_cleared' THEN COALESCE(STR_TO_DATE(NULLIF(TRIM(SUBSTRING(e.noticed, 80, 19)), ''), '%Y-%m-%dT%H:%i:%s'), CAST(LEFT(e.noticed, 19) AS DATETIME)) END AS noticed_at,
	a.instance_type AS agent_type, a.region AS agent_region,
	COALESCE(k.primary_count, 0) AS primary_count, COALESCE(k.replica_count, 0) AS replica_count, COALESCE(k.zombie_count, 0) AS zombie_count,
	COALESCE(k.launching_count, 0) AS launching_count, COALESCE(k.terminating_count, 0) AS terminating_count,
	COALESCE(k.total_instances, 0) AS total_instances, COALESCE(k.late_launches, 0) AS late_launches, COALESCE(k.late_terminations, 0) AS late_terminations,
	k.instance_id, k.primary_state, k.primary_since, k.replicas, k.launches, k.primary_lost_at, k.overdue_since, k.terminating_since, p.spot_price AS recorded_spot, p.ondemand_price AS recorded_ondemand, p.current_mode, p.current_pool_id, p.instance_type, p.region, p.az
FROM agents a
LEFT JOIN (
	SELECT i.agent_id, SUM(i.is_primary_then) AS primary_count, SUM(i.state = 'running_replica') AS replica_count, SUM(i.state = 'zombie') AS zombie_count,
		SUM(i.state = 'launching') AS launching_count, SUM(i.state = 'terminating') AS terminating_count, SUM(i.state <> 'terminated') AS total_instances,
		SUM(i.state = 'launching' AND {{overdue(i.launch_requested_at, CAST(:at AS DATETIME))}}) AS late_launches,
		SUM(i.state = 'terminating' AND {{overdue(i.leaving_at, CAST(:at AS DATETIME))}}) AS late_terminations,
		MAX(IF(i.is_primary_then, i.id, NULL)) AS instance_id, MAX(IF(i.is_primary_then, i.state, NULL)) AS primary_state, MAX(IF(i.is_primary_then, i.primary_from, NULL)) AS primary_since,
		LEFT(SUBSTRING_INDEX(GROUP_CONCAT(IF(i.state IN ('running_replica', 'promoting'), i.id, NULL) ORDER BY i.state = 'promoting' DESC, i.id), ',', 2), 41) AS replicas,
		LEFT(SUBSTRING_INDEX(GROUP_CONCAT(IF(i.state = 'launching' AND NOT i.is_primary_then, i.id, NULL) ORDER BY {{overdue(i.launch_requested_at, CAST(:at AS DATETIME))}}, i.launch_requested_at, i.id), ',', 1), 20) AS launches,
		MAX(IF(NOT i.is_primary_then AND i.state IN ('terminating', 'terminated', 'zombie'), COALESCE(i.leaving_at, i.ended_at, i.zombie_at), NULL)) AS primary_lost_at,
		MIN(IF(i.state = 'launching', i.launch_requested_at, NULL)) AS overdue_since, MIN(IF(i.state = 'terminating', i.leaving_at, NULL)) AS terminating_since
	FROM (
		SELECT i.agent_id, i.id, i.state, i.is_primary_then, i.primary_from, i.launch_requested_at, i.leaving_at, i.ended_at, i.zombie_at FROM (
			-- :include asof_instances
		) i WHERE i.lived AND i.agent_id IS NOT NULL LIMIT 1000000000
	) i GROUP BY i.agent_id
) k ON k.agent_id = a.id
LEFT JOIN instances p ON p.id = k.instance_id
LEFT JOIN (
	SELECT COALESCE(v.agent_id) AS agent_id,
		MAX(IF(v.created_at <= :at AND v.event_type IN ('agent_online', 'agent_offline', 'agent_error'), CONCAT(v.created_at, LPAD(v.id, 20, '0'), v.event_type), NULL)) AS said,
		MIN(IF(v.created_at > :at AND v.event_type IN ('agent_online', 'agent_offline', 'agent_error', 'agent_enabled', 'agent_disabled'), CONCAT(v.created_at, LPAD(v.id, 20, '0'), COALESCE(JSON_VALUE(v.metadata, '$.was'), '')), NULL)) AS said_next,
		MIN(IF(v.created_at > :at AND v.event_type IN ('agent_enabled', 'agent_disabled'), CONCAT(v.created_at, LPAD(v.id, 20, '0'), v.event_type), NULL)) AS turned_next,
		MAX(IF(v.created_at <= :at AND v.event_type IN ('rebalance_notice', 'termination_notice', 'notice_cleared'),
			CONCAT(v.created_at, LPAD(v.id, 20, '0'), RPAD(COALESCE(LEFT(JSON_VALUE(v.metadata, '$.deadline'), 19), ''), 20, ' '), RPAD(COALESCE(v.instance_id, ''), 20, ' '), RPAD(COALESCE(LEFT(JSON_VALUE(v.metadata, '$.received'), 19), ''), 20, ' '), v.event_type), NULL)) AS noticed,
		MIN(IF(v.created_at > :at AND v.event_type IN ('rebalance_notice', 'termination_notice', 'notice_cleared'),
			CONCAT(v.created_at, LPAD(v.id, 20, '0'), COALESCE(JSON_VALUE(v.metadata, '$.was'), '')), NULL)) AS noticed_next
	FROM system_events v
	WHERE v.event_type IN ('agent_online', 'agent_offline', 'agent_error', 'agent_enabled', 'agent_disabled', 'rebalance_notice', 'termination_notice', 'notice_cleared')
		AND v.agent_id IS NOT NULL AND (:agent IS NULL OR v.agent_id = :agent)
	GROUP BY COALESCE(v.agent_id)
) e ON e.agent_id = a.id
WHERE a.created_at <= :at AND (:agent IS NULL OR a.id = :agent)
