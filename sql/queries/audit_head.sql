-- The newest row of the audit chain, and how many there are.
SELECT l.id, l.hash, l.at, (SELECT COUNT(*) FROM audit_log) AS n
FROM audit_log l
ORDER BY l.id DESC
LIMIT 1
