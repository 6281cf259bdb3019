-- The next id to be handed out: below a cursor's mark it is another history. So it is when the row of an earlier mark is another
-- now (was), which the look before has told (sign).
-- :param mark int
-- :param anchor int
SELECT AUTO_INCREMENT AS next_id, @@GLOBAL.auto_increment_increment AS id_step,
       (SELECT MD5(CONCAT_WS('|', client_id, event_type, event_data, created_at)) FROM sse_events WHERE id = :anchor) AS was,
       (SELECT MD5(CONCAT_WS('|', client_id, event_type, event_data, created_at)) FROM sse_events WHERE id = :mark) AS sign
FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'sse_events'
