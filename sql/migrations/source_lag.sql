-- How long the oldest statement has been running that a session of the source has sent.
SELECT COALESCE(MAX(ROUND(p.TIME_MS)), 0) AS lag_ms FROM information_schema.PROCESSLIST p
WHERE p.DB = (SELECT source_db FROM migration_run) AND p.COMMAND IN ('Query', 'Execute') AND p.ID <> CONNECTION_ID()
