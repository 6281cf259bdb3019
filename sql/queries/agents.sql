-- Every agent with its health, what it runs, what it was told, and how long it has been silent.
-- :param client str
-- :param unhealthy bool
-- :param health str
-- :include agent_columns
FROM v_agent_status s
WHERE (:client IS NULL OR s.client = :client)
  AND (:unhealthy IS NULL OR s.health IN ({{unhealthy}}))
  AND (:health IS NULL OR s.health = :health)
  AND (:health IS NULL OR :health <> 'off' OR s.enabled = FALSE)
