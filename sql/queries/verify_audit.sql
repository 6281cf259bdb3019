-- The audit chain holds.
SELECT 'audit chain' AS name, COUNT(*) = 0 AS ok, COALESCE(CONCAT(COUNT(*), ' faults, the first', IF(MIN(id) > 0, CONCAT(' at row ', MIN(id)), ''), ': ',
	SUBSTRING_INDEX(GROUP_CONCAT(fault ORDER BY id SEPARATOR '\n'), '\n', 1)), (SELECT CONCAT({{n_of(COUNT(*), 'row', 'rows')}}, ', no fault', IF(MAX(is_repeat), CONCAT('; ', SUM(is_repeat), ' from before requests had a key, the first row ',
		MIN(IF(is_repeat, id, NULL)), ', did again what an earlier row had done'), '')) FROM v_audit)) AS evidence
FROM v_audit_faults
