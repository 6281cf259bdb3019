-- What happened nearest to :at on one side of it, to :agent or in the fleet. after: > or <; order: ASC or DESC.
SELECT n.at, n.what, a.logical_agent_id AS agent
FROM (
	(SELECT e.created_at AS at, e.event_type AS what, e.agent_id FROM system_events e WHERE e.severity = 'info' AND e.created_at {{after}} :at AND (:agent IS NULL OR e.agent_id = :agent)
	 ORDER BY e.created_at {{order}} LIMIT 1)
	UNION ALL
	(SELECT e.created_at AS at, e.event_type AS what, e.agent_id FROM system_events e WHERE e.severity = 'warning' AND e.created_at {{after}} :at AND (:agent IS NULL OR e.agent_id = :agent)
	 ORDER BY e.created_at {{order}} LIMIT 1)
	UNION ALL
	(SELECT e.created_at AS at, e.event_type AS what, e.agent_id FROM system_events e WHERE e.severity = 'error' AND e.created_at {{after}} :at AND (:agent IS NULL OR e.agent_id = :agent)
	 ORDER BY e.created_at {{order}} LIMIT 1)
	UNION ALL
	(SELECT e.created_at AS at, e.event_type AS what, e.agent_id FROM system_events e WHERE e.severity = 'critical' AND e.created_at {{after}} :at AND (:agent IS NULL OR e.agent_id = :agent)
	 ORDER BY e.created_at {{order}} LIMIT 1)
	UNION ALL
	(SELECT m.created_at, CONCAT(m.command_type, ' created'), m.agent_id FROM commands m WHERE m.created_at {{after}} :at AND (:agent IS NULL OR m.agent_id = :agent)
	 ORDER BY m.created_at {{order}} LIMIT 1)
	UNION ALL
	(SELECT m.executed_at, CONCAT(m.command_type, ' executing'), m.agent_id FROM commands m WHERE m.created_at BETWEEN CAST(:at AS DATETIME) - INTERVAL 1 DAY AND CAST(:at AS DATETIME) + INTERVAL 1 DAY AND m.executed_at {{after}} :at
	 AND (:agent IS NULL OR m.agent_id = :agent) ORDER BY m.executed_at {{order}} LIMIT 1)
	UNION ALL
	(SELECT m.completed_at, CONCAT(m.command_type, ' ', m.status), m.agent_id FROM commands m WHERE m.created_at BETWEEN CAST(:at AS DATETIME) - INTERVAL 1 DAY AND CAST(:at AS DATETIME) + INTERVAL 1 DAY AND m.completed_at {{after}} :at
	 AND (:agent IS NULL OR m.agent_id = :agent) ORDER BY m.completed_at {{order}} LIMIT 1)
	UNION ALL
	(SELECT w.switched_at, IF(w.success, 'switched', 'switch failed'), w.agent_id FROM switches w WHERE w.switched_at {{after}} :at AND (:agent IS NULL OR w.agent_id = :agent)
	 ORDER BY w.switched_at {{order}} LIMIT 1)
	UNION ALL
	(SELECT i.launch_requested_at, CONCAT(i.id, ' launching'), i.agent_id FROM instances i WHERE i.created_at BETWEEN CAST(:at AS DATETIME) - INTERVAL 1 DAY AND CAST(:at AS DATETIME) + INTERVAL 1 DAY AND i.launch_requested_at {{after}} :at
	 AND (:agent IS NULL OR i.agent_id = :agent) ORDER BY i.launch_requested_at {{order}} LIMIT 1)
	UNION ALL
	(SELECT i.launch_confirmed_at, CONCAT(i.id, ' running'), i.agent_id FROM instances i WHERE i.created_at BETWEEN CAST(:at AS DATETIME) - INTERVAL 1 DAY AND CAST(:at AS DATETIME) + INTERVAL 1 DAY AND i.launch_confirmed_at {{after}} :at
	 AND (:agent IS NULL OR i.agent_id = :agent) ORDER BY i.launch_confirmed_at {{order}} LIMIT 1)
	UNION ALL
	(SELECT i.termination_requested_at, CONCAT(i.id, ' terminating'), i.agent_id FROM instances i WHERE i.instance_status = 'terminating' AND i.termination_requested_at {{after}} :at
	 AND (:agent IS NULL OR i.agent_id = :agent) ORDER BY i.termination_requested_at {{order}} LIMIT 1)
	UNION ALL
	(SELECT i.termination_requested_at, CONCAT(i.id, ' terminating'), i.agent_id FROM instances i WHERE i.instance_status = 'terminated' AND i.termination_requested_at {{after}} :at
	 AND (:agent IS NULL OR i.agent_id = :agent) ORDER BY i.termination_requested_at {{order}} LIMIT 1)
	UNION ALL
	(SELECT i.terminated_at, CONCAT(i.id, ' terminated'), i.agent_id FROM instances i WHERE i.instance_status = 'terminated' AND i.termination_requested_at BETWEEN CAST(:at AS DATETIME) - INTERVAL 1 DAY AND CAST(:at AS DATETIME) + INTERVAL 1 DAY
	 AND i.terminated_at {{after}} :at AND (:agent IS NULL OR i.agent_id = :agent) ORDER BY i.terminated_at {{order}} LIMIT 1)
	UNION ALL
	(SELECT l.opened_at, CONCAT(l.kind, ' raised'), l.agent_id FROM alerts l WHERE l.opened_at {{after}} :at AND (:agent IS NULL OR l.agent_id = :agent)
	 ORDER BY l.opened_at {{order}} LIMIT 1)
	UNION ALL
	(SELECT l.resolved_at, CONCAT(l.kind, ' cleared'), l.agent_id FROM alerts l WHERE l.resolved_at {{after}} :at AND (:agent IS NULL OR l.agent_id = :agent)
	 ORDER BY l.resolved_at {{order}} LIMIT 1)
) n
LEFT JOIN agents a ON a.id = n.agent_id
WHERE n.at <= NOW()
ORDER BY n.at {{order}} LIMIT 1
