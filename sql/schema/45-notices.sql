-- Notices: which pools they close, what a boot still takes, and what becomes of each agent under notice.

-- The pools that EC2 takes instances from now. A notice is of its instance: it closes the pool that one is in, while it
-- lasts, and not the pool its agent fled to. A notice that names no instance of ours is of its agent's pool. client_id: whom
-- alone it closes the pool to, since only its agents said so, of themselves; NULL: agents of several did, and it is closed to all.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW v_pools_noticed AS
SELECT w.pool_id, COUNT(*) AS noticed, IF(MIN(w.client_id) = MAX(w.client_id), MIN(w.client_id), NULL) AS client_id FROM (
	SELECT a.client_id, IF(i.id IS NULL, a.current_pool_id, IF(i.is_active, i.current_pool_id, NULL)) AS pool_id
	FROM agents a FORCE INDEX (idx_agents_notice) LEFT JOIN instances i ON i.id = a.notice_instance_id
	WHERE a.notice_status IN ('rebalance', 'termination') AND a.enabled
) w WHERE w.pool_id IS NOT NULL GROUP BY w.pool_id;

DELIMITER //

-- What a boot still takes at p_at, of one that boots for p_gone seconds (NULL: not begun): parts/boots_left.sql.
CREATE OR REPLACE FUNCTION boot_left_at(p_pool VARCHAR(100) CHARSET ascii COLLATE ascii_bin, p_type VARCHAR(32) CHARSET ascii COLLATE ascii_bin,
	p_region VARCHAR(20) CHARSET ascii COLLATE ascii_bin, p_gone INT, p_at TIMESTAMP) RETURNS TEXT
READS SQL DATA
RETURN (
	WITH RECURSIVE boot_keys AS (
		SELECT {{boot_place(p_pool, p_type, p_region)}} AS place, p_pool AS pool, p_type AS type, p_region AS region, COALESCE(p_gone, -1) AS gone
		UNION ALL SELECT * FROM boot_keys WHERE FALSE
	),
	-- :include boots_left at=p_at
	SELECT b.boot FROM boots_left b) //

CREATE OR REPLACE FUNCTION boot_left(p_pool VARCHAR(100) CHARSET ascii COLLATE ascii_bin, p_type VARCHAR(32) CHARSET ascii COLLATE ascii_bin,
	p_region VARCHAR(20) CHARSET ascii COLLATE ascii_bin, p_gone INT) RETURNS TEXT
READS SQL DATA
RETURN boot_left_at(p_pool, p_type, p_region, p_gone, NOW()) //

DELIMITER ;

-- The enabled agents with a Spot interruption notice; what rescued them, and the seconds left: sql/parts/limits.sql.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW v_agents_noticed AS
SELECT a.id AS agent_id, a.client_id, a.logical_agent_id AS agent, a.az, a.current_pool_id AS pool_id, a.notice_received_at AS since,
	{{notice_left_s(a)}} AS seconds_left, {{rescuer_of(a)}} IS NOT NULL AS is_rescued,
	COALESCE(a.notice_instance_id, (SELECT i.id FROM instances i WHERE i.primary_of = a.id LIMIT 1)) AS instance_id
FROM agents a WHERE a.notice_status = 'termination' AND a.enabled;

-- What each enabled agent's notice means for it now, and since when: missed, at_risk (or not known), met (it makes it),
-- rescued; rebalance; none: a recommendation whose instance is its primary no longer.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW v_agent_notices AS
SELECT n.agent_id, CASE WHEN n.is_rescued THEN 'rescued' WHEN n.seconds_left < 0 THEN 'missed' WHEN p.verdict = 'MAKES IT' THEN 'met' ELSE 'at_risk' END COLLATE utf8mb4_general_ci AS notice,
	IF(n.seconds_left < 0 AND NOT n.is_rescued, n.since + INTERVAL GREATEST(0, UNIX_TIMESTAMP() + n.seconds_left - UNIX_TIMESTAMP(n.since)) SECOND, n.since) AS since
FROM v_agents_noticed n LEFT JOIN (
	-- :include rescue_verdict of=a.notice_status = 'termination' AND COALESCE(a.notice_deadline >= NOW(), TRUE) AND {{rescuer_of(a)}} IS NULL
) p ON p.agent_id = n.agent_id
UNION ALL
SELECT a.id, IF({{rescuer_of(a)}} IS NULL, 'rebalance', 'none') COLLATE utf8mb4_general_ci, a.notice_received_at FROM agents a WHERE a.notice_status = 'rebalance' AND a.enabled;
