-- Where a tail of the log may stand: the oldest and newest id that are kept, the next to be handed out, and the last ids.
-- :param window int
SELECT b.oldest, b.newest, b.next_id, e.id, @@GLOBAL.auto_increment_increment AS id_step
FROM (SELECT COALESCE((SELECT MIN(id) FROM system_events), 0) AS oldest, COALESCE((SELECT MAX(id) FROM system_events), 0) AS newest,
             (SELECT AUTO_INCREMENT FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'system_events') AS next_id) b
LEFT JOIN system_events e ON e.id > CAST(b.newest AS SIGNED) - :window
ORDER BY e.id
