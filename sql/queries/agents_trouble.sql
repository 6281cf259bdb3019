-- The agents that are anything but ok or off, with the columns of agents; its cost is that of the trouble, not of the fleet.
-- :param client str
-- :param unhealthy bool
-- :param health str
-- :include agent_columns
FROM v_agents_attention x
JOIN v_agent_status s ON s.agent_id = x.agent_id
WHERE s.health IN ('dead', 'crit', 'unknown', 'warn')
  AND (:client IS NULL OR s.client = :client)
  AND (:unhealthy IS NULL OR s.health IN ({{unhealthy}}))
  AND (:health IS NULL OR s.health = :health)
