-- The next id of the log to be handed out: below a cursor's mark it is another history.
SELECT AUTO_INCREMENT AS next_id FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'system_events'
