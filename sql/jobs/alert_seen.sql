-- The condition still holds; its severity or words may have changed.
-- :param id int
-- :param severity str
-- :param message str
-- :param evidence json
UPDATE alerts SET last_seen_at = NOW(), seen_count = LEAST(4294967295, seen_count + 1), evidence = :evidence,
	version = version + IF(severity <> :severity OR message <> :message, 1, 0), severity = :severity, message = :message
WHERE id = :id AND resolved_at IS NULL
