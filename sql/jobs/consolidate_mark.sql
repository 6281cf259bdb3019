-- Marks the losers of each minute; touches only what changes.
-- :param pool str
UPDATE job_minutes m STRAIGHT_JOIN spot_price_snapshots s ON s.pool_id = :pool AND s.observed_at = m.observed_at AND s.id = m.id
SET s.is_duplicate = m.place > 1
WHERE m.is_duplicate <> (m.place > 1)
