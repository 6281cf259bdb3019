-- The alerts that were open at :at, the gravest first; with :all also those that were over by then.
-- :param all bool
-- :param client str
-- :param at str
SELECT x.*, {{alert_urgency(x.rank, x)}} AS urgency
FROM (
SELECT l.id AS alert_id, l.alert_key, l.evidence, COALESCE({{alert_began(l)}}, l.opened_at) AS since, COALESCE(k.place, 99) AS place, l.kind, IF(l.is_worded_so, l.severity, k.severity) AS severity,
       CASE WHEN l.resolved_at <= :at THEN 'cleared' WHEN l.snoozed_then > :at THEN 'snoozed' WHEN l.claimed_then IS NOT NULL THEN 'claimed' WHEN l.acked_then IS NOT NULL THEN 'acknowledged' ELSE 'raised' END AS state,
       IF(l.is_worded_so, l.message, NULL) AS message, l.opened_at, IF(l.last_seen_at <= :at, l.last_seen_at, GREATEST(l.opened_at, {{look_ended(:at)}})) AS last_seen_at,
       IF(l.last_seen_at <= :at, l.seen_count, NULL) AS seen_count, l.agent_id, a.logical_agent_id AS agent, c.name AS client, l.instance_id, l.pool_id,
       l.acked_then AS acked_at, CASE WHEN l.acked_then IS NULL THEN NULL WHEN l.acked_at <= :at THEN l.acked_by
           ELSE (SELECT JSON_VALUE(d.after_state, '$.acked_by') FROM v_audit d WHERE d.id = l.ack_id) END AS acked_by,
       IF(l.claimed_then IS NULL, NULL, l.claim_at) AS claimed_at, l.claimed_then AS claimed_by,
       l.snoozed_then AS snoozed_until, IF(l.resolved_at <= :at, l.resolved_at, NULL) AS resolved_at,
       (SELECT JSON_ARRAYAGG(JSON_OBJECT('at', n.at, 'by', n.author, 'text', n.text)) FROM JSON_TABLE(COALESCE(l.notes, '[]'), '$[*]'
           COLUMNS (at VARCHAR(20) PATH '$.at', author VARCHAR(400) PATH '$.by', text VARCHAR(2000) PATH '$.text')) n
           WHERE STR_TO_DATE(n.at, '%Y-%m-%dT%H:%i:%sZ') <= :at) AS notes, IF(l.is_worded_so AND l.version = 1, l.version, NULL) AS version,
       (SELECT CONCAT(SUBSTRING_INDEX(GROUP_CONCAT(n.text ORDER BY n.n DESC SEPARATOR '\n'), '\n', 1), IF(COUNT(*) > 1, CONCAT(' (', COUNT(*), ' notes)'), ''))
           FROM JSON_TABLE(COALESCE(l.notes, '[]'), '$[*]' COLUMNS (n FOR ORDINALITY, at VARCHAR(20) PATH '$.at', text VARCHAR(2000) PATH '$.text')) n
           WHERE STR_TO_DATE(n.at, '%Y-%m-%dT%H:%i:%sZ') <= :at HAVING COUNT(*) > 0) AS note,
       COALESCE(l.resolved_at <= :at, 0) * 1000 + (COALESCE(l.snoozed_then > :at, 0) OR l.acked_then IS NOT NULL) * 100
           + COALESCE(k.place, 99) AS rank,
       4 - {{severity_rank(IF(l.is_worded_so, l.severity, k.severity))}} AS severity_rank,
       IF(k.kind IS NULL, NULL, CONCAT('views/runbook.md#', k.kind)) AS runbook
FROM (
	SELECT x.*, (SELECT NULLIF(JSON_VALUE(d.after_state, '$.claimed_by'), 'null') FROM v_audit d WHERE d.id = x.claim_id) AS claimed_then,
		(SELECT CAST(d.at AS DATETIME(0)) FROM v_audit d WHERE d.id = x.claim_id) AS claim_at,
		(SELECT STR_TO_DATE(JSON_VALUE(d.after_state, '$.snoozed_until'), '%Y-%m-%dT%H:%i:%sZ') FROM v_audit d WHERE d.id = x.snooze_id) AS snoozed_then,
		IF(x.acked_at <= :at, x.acked_at, (SELECT CAST(d.at AS DATETIME(0)) FROM v_audit d WHERE d.id = x.ack_id)) AS acked_then
	FROM (
		SELECT r.*, r.version = 1 OR r.last_seen_at <= :at OR r.resolved_at <= :at AS is_worded_so,
			(SELECT MAX(d.id) FROM v_audit d WHERE d.target_type = 'alert' AND d.target_id = r.id AND d.action IN ('claim', 'release') AND d.result = 'done' AND d.at <= :at) AS claim_id,
			(SELECT MAX(d.id) FROM v_audit d WHERE d.target_type = 'alert' AND d.target_id = r.id AND d.action = 'snooze' AND d.result = 'done' AND d.at <= :at) AS snooze_id,
			(SELECT MAX(d.id) FROM v_audit d WHERE d.target_type = 'alert' AND d.target_id = r.id AND d.action IN ('ack', 'claim') AND JSON_VALUE(d.after_state, '$.acked_by') IS NOT NULL AND d.result = 'done' AND d.at <= :at) AS ack_id
		FROM alerts r
		WHERE r.opened_at <= :at AND (r.resolved_at IS NULL OR r.resolved_at > :at OR :all)
	) x
) l
LEFT JOIN agents a ON a.id = l.agent_id
LEFT JOIN clients c ON c.id = l.client_id
LEFT JOIN v_alert_kinds k ON k.kind = l.kind
WHERE (:client IS NULL OR c.name = :client)
) x
