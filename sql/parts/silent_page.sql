-- Of the agents that {{view}} has, those that a page of :most after :urgency and :id may need, or before it.
-- :define silent_from(place) FROM_UNIXTIME(GREATEST(0, :urgency - {{place}} * 100000000000))
-- :define silent_to(place) FROM_UNIXTIME(LEAST(2147483647, :urgency - {{place}} * 100000000000))
UNION ALL
(SELECT o.agent_id, {{urgency({{place}}, o.last_heartbeat_at)}} FROM {{view}} o
WHERE :goes_down IS NULL
  AND (:urgency IS NULL OR o.last_heartbeat_at > {{silent_from({{place}})}} OR (o.last_heartbeat_at = {{silent_from({{place}})}} AND o.agent_id > :id))
  AND (:client IS NULL OR o.agent_id IN (SELECT a.id FROM agents a JOIN clients c ON c.id = a.client_id WHERE c.name = :client))
  AND (:unhealthy IS NULL OR {{health}} IN ({{unhealthy}}))
  AND (:health IS NULL OR {{health}} = :health)
ORDER BY o.last_heartbeat_at, o.agent_id LIMIT :most)
UNION ALL
(SELECT o.agent_id, {{urgency({{place}}, o.last_heartbeat_at)}} FROM {{view}} o
WHERE :goes_down IS NOT NULL
  AND (:urgency IS NULL OR o.last_heartbeat_at < {{silent_to({{place}})}} OR (o.last_heartbeat_at = {{silent_to({{place}})}} AND o.agent_id < :id))
  AND (:client IS NULL OR o.agent_id IN (SELECT a.id FROM agents a JOIN clients c ON c.id = a.client_id WHERE c.name = :client))
  AND (:unhealthy IS NULL OR {{health}} IN ({{unhealthy}}))
  AND (:health IS NULL OR {{health}} = :health)
ORDER BY o.last_heartbeat_at DESC, o.agent_id DESC LIMIT :most)
