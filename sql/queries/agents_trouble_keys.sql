-- Who stands in agents_trouble, and in which order, as little as that takes, so that a page is found before its rows are worked out: where
-- many are silent, no more of them than the page has (most), after or before the row of :urgency and :id.
-- :param client str
-- :param unhealthy bool
-- :param health str
-- :param most int
-- :param urgency dec
-- :param id str
-- :param goes_down bool
SELECT s.agent_id, {{urgency(s.impact, s.cause_since)}} AS urgency
FROM v_agents_in_trouble x JOIN v_agent_status s ON s.agent_id = x.agent_id
WHERE s.health IN ('dead', 'crit', 'unknown', 'warn')
  AND (:client IS NULL OR s.client = :client)
  AND (:unhealthy IS NULL OR s.health IN ({{unhealthy}}))
  AND (:health IS NULL OR s.health = :health)
UNION ALL
SELECT o.agent_id, {{urgency(CASE o.cause_n {{impacts}} END, o.last_heartbeat_at)}}
FROM v_silent_few o
WHERE o.cause_n < 40
  AND (:client IS NULL OR o.agent_id IN (SELECT a.id FROM agents a JOIN clients c ON c.id = a.client_id WHERE c.name = :client))
  AND (:unhealthy IS NULL OR o.cause_n < 30)
  AND (:health IS NULL OR ELT(1 + o.cause_n DIV 10, {{healths}}) = :health)
-- :include silent_page view=v_silent_dead | health='dead' | place={{place_agent_dead}}
-- :include silent_page view=v_silent_crit | health='crit' | place={{place_agent_silent}}
-- :include silent_page view=v_silent_warn | health='warn' | place={{place_heartbeat_missed}}
