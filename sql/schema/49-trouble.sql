-- Whose health is to be looked at, each by an index: views that those of 50-views.sql are made of.

-- The ids of all agents whose health hangs on more than their silence, each branch one short index range.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW v_agents_in_trouble AS
SELECT id AS agent_id FROM agents WHERE enabled = TRUE AND silent_at IS NULL
UNION SELECT id FROM agents WHERE enabled = TRUE AND silent_at > NOW() + INTERVAL {{crit_most}} SECOND AND {{is_ahead(agents)}}
UNION SELECT id FROM agents WHERE enabled = TRUE AND status = 'offline'
UNION SELECT id FROM agents WHERE notice_status IN ('rebalance', 'termination') AND enabled = TRUE
UNION SELECT agent_id FROM spotop_agent_counts WHERE attention IN (1, 2)
UNION SELECT agent_id FROM instances WHERE instance_status = 'launching' AND {{overdue(launch_requested_at, NOW())}} AND is_active AND agent_id IS NOT NULL
UNION SELECT agent_id FROM instances WHERE instance_status = 'terminating' AND {{overdue(termination_requested_at, NOW())}} AND is_active AND agent_id IS NOT NULL;

-- The others that are silent, and the number of their cause by the health rule (40: none after all). Read from one index, so
-- that a whole fleet that fell silent is counted and put in order without a look at its rows.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW v_agents_only_silent AS
SELECT a.id AS agent_id, a.last_heartbeat_at,
	-- :include cause enabled=TRUE | heartbeat=a.last_heartbeat_at | status=a.status | silent={{silent_s(a)}} | ahead=FALSE | interval=a.heartbeat_interval_seconds | primaries=1 | notice='none' | launches=FALSE | terminations=FALSE | zombies=0 | fine=40
	AS cause_n
FROM agents a FORCE INDEX (idx_agents_silence)
WHERE a.enabled = TRUE AND a.silent_at < NOW() AND a.id NOT IN (SELECT agent_id FROM v_agents_in_trouble);
