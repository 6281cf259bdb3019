-- When agents had no primary, and why; those that go on first, then the newest. -- :now
-- When agents had no primary by :at, and why; those that went on first, then the newest. -- :at
-- :past
-- :param client str
-- :param agent str
SELECT CONCAT(o.agent_id, '/', UNIX_TIMESTAMP(o.began_at)) AS outage_id, a.logical_agent_id AS agent, o.agent_id, c.name AS client, o.began_at, o.ended_at, o.seconds, o.cause, o.is_planned, o.instance_id, o.pool_id AS pool, -- :now
SELECT CONCAT(o.agent_id, '/', UNIX_TIMESTAMP(o.began_at)) AS outage_id, a.logical_agent_id AS agent, o.agent_id, c.name AS client, o.began_at, IF(o.ended_at <= :at, o.ended_at, NULL) AS ended_at, -- :at
	IF(o.ended_at <= :at, o.seconds, TIMESTAMPDIFF(SECOND, o.began_at, CAST(:at AS DATETIME))) AS seconds, o.cause, o.is_planned, o.instance_id, o.pool_id AS pool, -- :at
	IF(o.ended_at IS NULL, 0, IF(o.began_at > NOW(), 30000000000, 10000000000)) - CAST(UNIX_TIMESTAMP(o.began_at) AS SIGNED) AS place -- :now
	IF(COALESCE(o.ended_at > :at, TRUE), 0, 10000000000) - CAST(UNIX_TIMESTAMP(o.began_at) AS SIGNED) AS place -- :at
FROM v_outages o
LEFT JOIN agents a ON a.id = o.agent_id
LEFT JOIN clients c ON c.id = o.client_id
WHERE (:client IS NULL OR c.name = :client) AND (:agent IS NULL OR o.agent_id = :agent)
  AND o.began_at <= :at -- :at
