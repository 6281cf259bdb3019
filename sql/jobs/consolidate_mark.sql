-- Marks the losers of each minute, in the order in which the rows lie; touches only what changes. A loser has a greater place than what stands for its minute, or the same and a smaller id: so what arrived since the ranking and is better stays as it is.
-- :param pool str
-- :param from str
-- :param to str
UPDATE spot_price_snapshots s SET s.is_duplicate = NOT s.is_duplicate
WHERE s.pool_id = :pool AND s.observed_at >= :from AND s.observed_at < :to
  AND s.is_duplicate <> (SELECT m.place + SECOND(s.observed_at)
	- 60 * CASE s.source_instance_role WHEN 'primary' THEN 0 WHEN 'replica' THEN 1 WHEN 'zombie' THEN 2 ELSE IF(s.agent_id IS NULL, 4, 3) END - (m.id > s.id) < 0
	FROM job_minutes m WHERE m.minute = s.observed_at - INTERVAL SECOND(s.observed_at) SECOND)
