-- Rows of the audit chain that were changed, removed or reordered, from one id on; 0: what is wrong with the log itself.
-- :param from int
-- :param to int
SELECT f.id, f.at, f.action, f.fault
FROM v_audit_faults f
WHERE f.id BETWEEN :from AND :to
ORDER BY f.id
LIMIT 1000
