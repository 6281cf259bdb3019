-- The next id of system_events, and what the rows of two ids are, as tail_history tells of sse_events.
-- :param mark int
-- :param anchor int
SELECT AUTO_INCREMENT AS next_id, @@GLOBAL.auto_increment_increment AS id_step,
       (SELECT MD5(CONCAT_WS('|', event_type, message, created_at)) FROM system_events WHERE id = :anchor) AS was,
       (SELECT MD5(CONCAT_WS('|', event_type, message, created_at)) FROM system_events WHERE id = :mark) AS sign
FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'system_events'
