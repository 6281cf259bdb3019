-- The row that was written last, where the log does not end with it. For administrators: nobody else reads the head.
SELECT h.last_id AS id, IF(m.id < h.last_id OR m.id IS NULL, 'it was written last and is gone: the end was cut off, or the log emptied',
	'it was written last, and rows or a hash behind it are not of the verbs') AS fault
FROM spotop_audit_head h JOIN (SELECT MAX(l.id) AS id FROM v_audit l) m
WHERE NOT (m.id <=> h.last_id AND (SELECT l.hash FROM v_audit l WHERE l.id = h.last_id) <=> h.last_hash)
UNION ALL
SELECT 0, 'its head is gone: no verb can be done until an administrator says CALL audit_adopt(''why'')' FROM (SELECT 1 AS one) x WHERE NOT EXISTS (SELECT 1 FROM spotop_audit_head)
