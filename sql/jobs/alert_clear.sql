-- The condition is gone.
-- :param id int
UPDATE alerts SET resolved_at = NOW(), version = version + 1 WHERE id = :id AND resolved_at IS NULL
