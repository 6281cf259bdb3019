-- The newest row of the audit chain, and how many there are.
SELECT l.id, l.hash, l.at, (SELECT COUNT(*) FROM v_audit) AS n
FROM v_audit l
ORDER BY l.id DESC
LIMIT 1
