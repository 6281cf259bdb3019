-- Maintenance that the server does by itself when its event scheduler is on (SET GLOBAL
-- event_scheduler = ON); the worker does the same work where it is off. Where there is a binary log or a cluster they do
-- nothing, on whichever server they are enabled: there the worker alone maintains.

DELIMITER //

-- The report's: stream events older than their hour.
CREATE OR REPLACE EVENT cleanup_sse_events ON SCHEDULE EVERY 1 HOUR
COMMENT 'deletes stream events that have expired'
DO BEGIN
	IF NOT {{is_replicated}} THEN DELETE FROM sse_events WHERE expires_at < NOW(); END IF;
END //

-- The report's: debug and info events older than 90 days. In batches, so that no writer waits long.
CREATE OR REPLACE EVENT cleanup_old_events ON SCHEDULE EVERY 1 DAY
COMMENT 'deletes debug and info events older than 90 days'
DO BEGIN
	DECLARE v_n INT DEFAULT NOT {{is_replicated}};
	WHILE v_n > 0 DO
		DELETE FROM system_events
		WHERE created_at < DATE_SUB(NOW(), INTERVAL 90 DAY) AND severity IN ('debug', 'info') LIMIT 5000;
		SET v_n = ROW_COUNT();
	END WHILE;
END //

-- The report's: the call for consolidation.
CREATE OR REPLACE EVENT archive_old_snapshots ON SCHEDULE EVERY 12 HOUR
COMMENT 'asks for consolidation'
DO BEGIN
	IF NOT {{is_replicated}} THEN
		INSERT INTO system_events (event_type, severity, message)
		VALUES ('snapshot_archive_triggered', 'info', 'Consolidation job triggered');
	END IF;
END //

-- Ours: partitions of the days to come.
CREATE OR REPLACE EVENT make_partitions_ahead ON SCHEDULE EVERY 6 HOUR
COMMENT 'makes the partitions of the days to come'
DO BEGIN
	IF NOT {{is_replicated}} THEN CALL partitions_ahead(); END IF;
END //

DELIMITER ;
