-- The snapshots of one pool and day, each with its place in its minute: primary, replica, other, import; then the latest.
-- :param pool str
-- :param from str
-- :param to str
CREATE OR REPLACE TEMPORARY TABLE job_minutes ENGINE = Aria TRANSACTIONAL = 0 ROW_FORMAT = FIXED
SELECT x.*, ROW_NUMBER() OVER (PARTITION BY x.minute ORDER BY x.role_rank, x.observed_at DESC, x.id DESC) AS place,
	COUNT(*) OVER (PARTITION BY x.minute) AS n
FROM (
	SELECT s.observed_at, s.id, s.price, s.is_duplicate, s.observed_at - INTERVAL SECOND(s.observed_at) SECOND AS minute,
		CASE s.source_instance_role WHEN 'primary' THEN 0 WHEN 'replica' THEN 1 WHEN 'zombie' THEN 2 ELSE IF(s.agent_id IS NULL, 4, 3) END AS role_rank
	FROM spot_price_snapshots s WHERE s.pool_id = :pool AND s.observed_at >= :from AND s.observed_at < :to
) x
