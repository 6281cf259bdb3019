-- The condition still holds; its severity, words or instance may have changed; is_woken ends its snooze.
-- :param id int
-- :param severity str
-- :param message str
-- :param instance str
-- :param evidence json
-- :param is_woken bool
UPDATE alerts SET last_seen_at = NOW(), seen_count = LEAST(4294967295, seen_count + 1), evidence = :evidence, instance_id = :instance,
	version = version + IF(severity <> :severity OR message <> :message OR :is_woken, 1, 0), severity = :severity, message = :message,
	snoozed_until = IF(:is_woken, NOW(), snoozed_until)
WHERE id = :id AND resolved_at IS NULL
