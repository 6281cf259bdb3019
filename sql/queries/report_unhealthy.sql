-- Who is unhealthy now, the worst first.
-- :param client str
SELECT s.agent, s.client, s.health, s.cause, s.az, s.seconds_since_heartbeat AS silent_seconds, s.primary_count AS primaries, s.zombie_count AS zombies, s.notice_status AS notice
FROM v_agents_attention x JOIN v_agent_status s ON s.agent_id = x.agent_id
WHERE s.health IN ({{unhealthy}}) AND (:client IS NULL OR s.client = :client)
ORDER BY {{urgency(s.impact, s.cause_since)}}, s.agent_id
