-- Debug and info events older than 90 days; the rest of a month goes with its partition.
DELETE FROM system_events WHERE created_at < NOW() - INTERVAL 90 DAY AND severity IN ('debug', 'info') LIMIT 5000
