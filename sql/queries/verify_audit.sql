-- The audit chain holds.
SELECT 'audit chain' AS name, COUNT(*) = 0 AS ok, COALESCE(CONCAT(COUNT(*), ' faults, the first at row ', MIN(id), ': ', MIN(fault)), CONCAT((SELECT COUNT(*) FROM audit_log), ' rows, no fault')) AS evidence FROM v_audit_faults
