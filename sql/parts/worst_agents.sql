-- The unhealthy agents that come first in the order of impact (urgency, agent_id), at least `most` of them if there are.
(SELECT s.agent_id, s.cause, {{urgency(s.impact, s.cause_since)}} AS urgency
	FROM v_agents_in_trouble x JOIN v_agent_status s ON s.agent_id = x.agent_id WHERE s.health IN ({{unhealthy}})
	ORDER BY urgency, s.agent_id LIMIT {{most}})
UNION ALL
(SELECT o.agent_id, CASE o.cause_n {{cause_names}} END COLLATE utf8mb4_general_ci, {{urgency(CASE o.cause_n {{impacts}} END, o.last_heartbeat_at)}} AS urgency
	FROM v_silent_few o WHERE o.cause_n < 30
	ORDER BY urgency, o.agent_id LIMIT {{most}})
UNION ALL
(SELECT o.agent_id, 'silent_dead', {{urgency({{place_agent_dead}}, o.last_heartbeat_at)}} FROM v_silent_dead o ORDER BY o.last_heartbeat_at, o.agent_id LIMIT {{most}})
UNION ALL
(SELECT o.agent_id, 'silent_crit', {{urgency({{place_agent_silent}}, o.last_heartbeat_at)}} FROM v_silent_crit o ORDER BY o.last_heartbeat_at, o.agent_id LIMIT {{most}})
