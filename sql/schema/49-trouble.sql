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

-- How many agents there are; it reads 16 rows a client.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW v_fleet_agents AS
SELECT COALESCE(SUM(agent_count), 0) AS agent_count, COALESCE(SUM(enabled_count), 0) AS enabled_count
FROM spotop_agent_counts WHERE agent_id = '00000000-0000-0000-0000-000000000000' AND slot > 0;

-- Are so many silent that those who are not are fewer to read? It looks at no more silent ones than decide it.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW v_silence_is_wide AS
SELECT COUNT(*) = {{wide_from}} AS is_wide FROM (SELECT 1 FROM agents FORCE INDEX (idx_agents_silence) WHERE enabled = TRUE AND silent_at < NOW() LIMIT {{wide_from}}) w;

-- The others that are silent, and the number of their cause by the health rule (40: none after all). Read from one index, so
-- that they are counted and put in order without a look at their rows.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW v_agents_only_silent AS
SELECT a.id AS agent_id, a.last_heartbeat_at,
	-- :include silence
	AS cause_n
FROM agents a FORCE INDEX (idx_agents_silence)
WHERE a.enabled = TRUE AND a.silent_at < NOW() AND a.id NOT IN (SELECT agent_id FROM v_agents_in_trouble);

-- The same where few are silent; where many are, by what they are, each in the order of an index, so that the first of a whole fleet
-- that fell silent are found without a look at the others: over 10 heartbeats, over 3, over one.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW v_silent_few AS
SELECT * FROM v_agents_only_silent WHERE NOT (SELECT w.is_wide FROM v_silence_is_wide w);

CREATE OR REPLACE SQL SECURITY INVOKER VIEW v_silent_dead AS
-- :include silent_by_age cause=5 | from=CAST({{dead_after({{shortest_interval}})}} AS INT) | to='1970-01-01 00:00:01'
;

CREATE OR REPLACE SQL SECURITY INVOKER VIEW v_silent_crit AS
-- :include silent_by_age cause=14 | from=CAST({{crit_after({{shortest_interval}})}} AS INT) | to=NOW() - INTERVAL CAST({{dead_after({{longest_interval}})}} AS INT) SECOND
;

CREATE OR REPLACE SQL SECURITY INVOKER VIEW v_silent_warn AS
-- :include silent_by_age cause=31 | from=FLOOR({{warn_after({{shortest_interval}})}}) | to=NOW() - INTERVAL CAST({{crit_after({{longest_interval}})}} AS INT) SECOND
;

-- How many enabled agents their silence alone makes dead, critical and so on (health_rank), whatever else is wrong with them; of a
-- rank there may be two rows. Those who were last heard in the same second are judged at once. Where many are silent, the dead are
-- all that are enabled but those that were heard in the time after which each is dead.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW v_silence_ranks AS
SELECT f.cause_n DIV 10 AS health_rank, SUM(f.agents) AS agents FROM (SELECT
		-- :include silence
		AS cause_n, a.agents FROM (SELECT last_heartbeat_at, heartbeat_interval_seconds, status, COUNT(*) AS agents FROM agents FORCE INDEX (idx_agents_silence)
			WHERE enabled = TRUE AND silent_at < NOW() AND NOT (SELECT w.is_wide FROM v_silence_is_wide w)
			GROUP BY silent_at, last_heartbeat_at, heartbeat_interval_seconds, status) a) f
WHERE f.cause_n < 40 GROUP BY f.cause_n DIV 10
UNION ALL
SELECT COALESCE(y.health_rank, 0), IF(y.health_rank IS NULL, -y.agents, y.agents) FROM (
	SELECT IF(a.silent_at < NOW(), (
			-- :include silence
		) DIV 10, 4) AS health_rank, SUM(a.agents) AS agents
	FROM (SELECT silent_at, last_heartbeat_at, heartbeat_interval_seconds, status, COUNT(*) AS agents FROM agents FORCE INDEX (idx_agents_silence)
		WHERE enabled = TRUE AND silent_at >= NOW() - INTERVAL CAST({{dead_after({{longest_interval}})}} AS INT) SECOND AND (SELECT w.is_wide FROM v_silence_is_wide w)
		GROUP BY silent_at, last_heartbeat_at, heartbeat_interval_seconds, status) a
	GROUP BY 1 WITH ROLLUP) y
WHERE y.health_rank IS NULL OR y.health_rank < 4
UNION ALL
SELECT 0, t.enabled_count - (SELECT COUNT(*) FROM agents n WHERE n.enabled = TRUE AND n.silent_at IS NULL) FROM v_fleet_agents t WHERE (SELECT w.is_wide FROM v_silence_is_wide w);

-- The enabled agents of which nobody should hear nothing, beside those that a heartbeat is missed of: they sent none since they were
-- registered; their heartbeat is of a time to come, since the clock was put back; they said that they go offline. Short ranges of indexes.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW v_agents_silent_besides AS
SELECT id AS agent_id, FALSE AS is_dead FROM agents WHERE enabled = TRUE AND silent_at > NOW() + INTERVAL {{crit_most}} SECOND AND {{is_ahead(agents)}} AND status <> 'offline'
UNION ALL
SELECT id, FALSE FROM agents WHERE enabled = TRUE AND silent_at IS NULL AND created_at < NOW() - INTERVAL {{first_heartbeat_s}} SECOND
UNION ALL
SELECT id, TRUE FROM agents WHERE enabled = TRUE AND status = 'offline' AND last_heartbeat_at IS NOT NULL
	AND NOT (silent_at < NOW() AND COALESCE({{silent_s(agents)}} > {{crit_after(heartbeat_interval_seconds)}}, FALSE));

-- How many v_agents_silent are (84-alerts.sql). Where that is many: all that are enabled but those that were heard within the time that
-- none may be silent for.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW v_agents_silent_count AS
SELECT (SELECT COUNT(*) FROM v_agents_silent_besides) + IF((SELECT w.is_wide FROM v_silence_is_wide w),
	(SELECT t.enabled_count FROM v_fleet_agents t) - (SELECT COUNT(*) FROM agents WHERE enabled = TRUE AND silent_at IS NULL)
		- (SELECT COUNT(*) FROM agents FORCE INDEX (idx_agents_silence) WHERE enabled = TRUE AND silent_at >= NOW() - INTERVAL {{crit_most}} SECOND
			AND NOT (silent_at < NOW() AND {{silent_s(agents)}} > {{crit_after(heartbeat_interval_seconds)}})),
	(SELECT COUNT(*) FROM agents FORCE INDEX (idx_agents_silence) WHERE enabled = TRUE AND silent_at < NOW() AND {{silent_s(agents)}} > {{crit_after(heartbeat_interval_seconds)}})) AS agents;
