-- The agents that are only silent and whose cause is {{cause}}, by an index in the order of their last heartbeats; none where few are
-- silent. from, to: within which seconds of silence that can be, whatever the interval.
SELECT a.id AS agent_id, a.last_heartbeat_at FROM agents a FORCE INDEX (idx_agents_heartbeat)
WHERE a.enabled = TRUE AND a.last_heartbeat_at < NOW() - INTERVAL {{from}} SECOND AND a.last_heartbeat_at >= {{to}} AND (SELECT w.is_wide FROM v_silence_is_wide w)
	AND a.id NOT IN (SELECT agent_id FROM v_agents_in_trouble) AND (
		-- :include silence
	) = {{cause}}
