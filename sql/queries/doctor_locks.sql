-- The session for which most others wait that change rows, and wait for nobody itself; what ends it. Seen by who has PROCESS.
SELECT COALESCE(CONCAT(p.USER, '@', p.HOST), 'a session that is gone') AS account, b.trx_mysql_thread_id AS session, COUNT(DISTINCT w.requesting_trx_id) AS n_waiting
FROM information_schema.INNODB_LOCK_WAITS w JOIN information_schema.INNODB_TRX b ON b.trx_id = w.blocking_trx_id
LEFT JOIN information_schema.PROCESSLIST p ON p.ID = b.trx_mysql_thread_id
WHERE b.trx_id NOT IN (SELECT w3.requesting_trx_id FROM information_schema.INNODB_LOCK_WAITS w3)
GROUP BY b.trx_mysql_thread_id ORDER BY n_waiting DESC LIMIT 1
