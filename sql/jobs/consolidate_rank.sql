-- The snapshot that stands for each minute of one pool and day, with how many there are. The least place stands: primary, replica, other, import; of these the latest second, of that the greatest id.
-- :param pool str
-- :param from str
-- :param to str
CREATE OR REPLACE TEMPORARY TABLE job_minutes (minute DATETIME NOT NULL PRIMARY KEY, place INT NOT NULL, id BIGINT UNSIGNED NOT NULL) ENGINE = MEMORY
SELECT r.minute, r.place, r.id, r.price, r.n
FROM (
	SELECT x.*, ROW_NUMBER() OVER (PARTITION BY x.minute ORDER BY x.place, x.id DESC) AS nth, COUNT(*) OVER (PARTITION BY x.minute) AS n
	FROM (
		SELECT s.id, s.price, s.observed_at - INTERVAL SECOND(s.observed_at) SECOND AS minute,
			60 * CASE s.source_instance_role WHEN 'primary' THEN 0 WHEN 'replica' THEN 1 WHEN 'zombie' THEN 2 ELSE IF(s.agent_id IS NULL, 4, 3) END - SECOND(s.observed_at) AS place
		FROM spot_price_snapshots s WHERE s.pool_id = :pool AND s.observed_at >= :from AND s.observed_at < :to
	) x
) r
WHERE r.nth = 1
