-- The audit chain holds.
SELECT 'audit chain' AS name, COUNT(*) = 0 AS ok, COALESCE(CONCAT(COUNT(*), ' faults, the first', IF(MIN(id) > 0, CONCAT(' at row ', MIN(id)), ''), ': ',
	SUBSTRING_INDEX(GROUP_CONCAT(fault ORDER BY id SEPARATOR '\n'), '\n', 1)), CONCAT((SELECT COUNT(*) FROM v_audit), ' rows, no fault')) AS evidence
FROM v_audit_faults
