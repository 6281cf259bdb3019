-- Commands that will fire late or never: for silent agents, duplicates, opposites, stuck, to places that are closed.
WITH live AS (
	(SELECT c.* FROM commands c WHERE {{is_pending(c)}} ORDER BY c.created_at LIMIT 5000)
	UNION ALL
	(SELECT c.* FROM commands c WHERE c.status = 'executing' ORDER BY c.created_at LIMIT 5000)
), past AS (
	SELECT DISTINCT p.command_type, PERCENTILE_CONT(0.99) WITHIN GROUP (ORDER BY p.took_s) OVER (PARTITION BY p.command_type) AS p99_s,
		COUNT(*) OVER (PARTITION BY p.command_type) AS n
	FROM (SELECT d.command_type, TIMESTAMPDIFF(SECOND, d.executed_at, d.completed_at) AS took_s
		FROM commands d WHERE d.status = 'completed' AND d.executed_at IS NOT NULL AND d.created_at <= NOW() ORDER BY d.created_at DESC LIMIT 1000) p
), found AS (
	SELECT l.id, 1 AS rank, 'agent_silent' AS mine,
		CONCAT('fires when it returns: ', CASE WHEN NOT a.enabled THEN 'it is disabled'
			WHEN a.last_heartbeat_at IS NULL THEN 'it has sent no heartbeat yet'
			ELSE COALESCE(CONCAT('silent ', {{in_words({{silent_s(a)}})}}), 'its heartbeat is of a time to come') END,
			'; queued ', COALESCE(CONCAT({{in_words({{ago_s(l.created_at)}})}}, ' ago'), 'at a time to come'),
			IF(t.last_price <> JSON_VALUE(l.pre_state, '$.price'),
				CONCAT(' at $', ROUND(JSON_VALUE(l.pre_state, '$.price'), 4), ', now $', ROUND(t.last_price, 4)), '')) AS why
	FROM live l JOIN agents a ON a.id = l.agent_id LEFT JOIN spot_pools t ON t.id = l.target_pool_id
	WHERE l.status = 'pending' AND (NOT a.enabled OR a.status = 'offline' OR a.last_heartbeat_at IS NULL
		OR {{is_silent(a)}})
	UNION ALL
	SELECT l.id, 2, 'duplicate', CONCAT('the same as ', LEFT(o.id, 8), ', issued ', {{in_words(TIMESTAMPDIFF(SECOND, o.created_at, l.created_at))}}, ' before it')
	FROM live l JOIN live o ON o.agent_id = l.agent_id AND o.command_type = l.command_type AND o.target_mode <=> l.target_mode
		AND o.target_pool_id <=> l.target_pool_id AND (o.command_type = 'switch' OR o.instance_id <=> l.instance_id)
		AND (o.created_at < l.created_at OR (o.created_at = l.created_at AND o.id < l.id))
	WHERE l.status = 'pending'
	UNION ALL
	SELECT l.id, 1, 'opposite', CONCAT('against ', LEFT(o.id, 8), ': ', o.command_type, COALESCE(CONCAT(' to ', COALESCE(o.target_pool_id, o.target_mode)), ''), ', ', o.status)
	FROM live l JOIN live o ON o.agent_id = l.agent_id AND o.id <> l.id
		AND l.command_type IN ('switch', 'PROMOTE_REPLICA_TO_PRIMARY', 'SELF_DESTRUCT', 'TERMINATE_INSTANCE')
		AND o.command_type IN ('switch', 'PROMOTE_REPLICA_TO_PRIMARY', 'SELF_DESTRUCT', 'TERMINATE_INSTANCE')
		AND NOT (o.command_type = l.command_type AND o.target_mode <=> l.target_mode AND o.target_pool_id <=> l.target_pool_id
			AND (o.command_type = 'switch' OR o.instance_id <=> l.instance_id))
		AND (o.command_type <> 'TERMINATE_INSTANCE' OR l.command_type <> 'TERMINATE_INSTANCE')
		AND (NOT (o.command_type = 'TERMINATE_INSTANCE' OR l.command_type = 'TERMINATE_INSTANCE')
			OR 'SELF_DESTRUCT' IN (o.command_type, l.command_type) OR o.instance_id <=> l.instance_id)
	WHERE l.status = 'pending' OR o.status = 'pending'
	UNION ALL
	SELECT l.id, 1, 'stuck', CONCAT('executing ', {{in_words(TIMESTAMPDIFF(SECOND, l.executed_at, NOW()))}}, '; p99 is ', {{in_words(CAST(ROUND(p.p99_s) AS SIGNED))}}, ' (n=', p.n, ')')
	FROM live l JOIN past p ON p.command_type = l.command_type
	WHERE l.status = 'executing' AND TIMESTAMPDIFF(SECOND, l.executed_at, NOW()) > p.p99_s
	UNION ALL
	SELECT l.id, 1, 'lease_lost', CONCAT('its agent has not been heard of since its lease ended ', {{in_words(TIMESTAMPDIFF(SECOND, l.lease_until, NOW()))}}, ' ago')
	FROM live l WHERE l.status = 'executing' AND l.lease_until < NOW()
	UNION ALL
	SELECT l.id, 2, 'target_closed', CONCAT_WS(', ', IF(NOT p.is_active, 'the pool is inactive', NULL),
		IF({{is_cordoned(p)}}, CONCAT('the pool is cordoned: ', COALESCE(p.cordon_reason, '')), NULL),
		IF({{is_noticed(p.id, l.client_id)}}, 'the pool is under notice', NULL))
	FROM live l JOIN spot_pools p ON p.id = l.target_pool_id
	WHERE NOT {{is_open(p, NOW(), l.client_id)}}
	UNION ALL
	SELECT l.id, 3, 'target_gone', CONCAT('instance ', l.instance_id, ' is ', COALESCE(i.instance_status, 'not there'))
	FROM live l LEFT JOIN instances i ON i.id = l.instance_id
	WHERE l.command_type IN ('TERMINATE_INSTANCE', 'PROMOTE_REPLICA_TO_PRIMARY') AND l.instance_id IS NOT NULL
		AND (i.id IS NULL OR i.instance_status = 'terminated')
)
SELECT CONCAT(f.id, '/', f.mine) AS mine_id, l.id AS command_id, l.agent_id, a.logical_agent_id AS agent, c.name AS client, f.mine, f.rank,
	f.why, l.command_type, l.status, COALESCE(l.target_pool_id, IF(l.target_mode = 'ondemand', 'on-demand', l.instance_id)) AS target,
	{{ago_s(l.created_at)}} AS age_seconds, l.trigger_type, l.priority, l.created_by, l.created_at, l.expires_at
FROM found f JOIN live l ON l.id = f.id JOIN agents a ON a.id = l.agent_id JOIN clients c ON c.id = l.client_id
