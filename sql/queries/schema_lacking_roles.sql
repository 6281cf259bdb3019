-- How many of this database's five roles the session's login neither has nor hands on (n), how many it cannot hand out (n_kept_back),
-- and what would give it all.
SELECT 5 - COUNT(DISTINCT a.ROLE_NAME) AS n, 5 - COUNT(DISTINCT IF(a.IS_GRANTABLE = 'YES', a.ROLE_NAME, NULL)) AS n_kept_back,
	CONCAT('GRANT `', MAX(IF(x.role = 'spotop_admin', x.name, NULL)), '` TO ', QUOTE(SUBSTRING_INDEX(CURRENT_USER(), '@', 1)), '@', QUOTE(SUBSTRING_INDEX(CURRENT_USER(), '@', -1)), ' WITH ADMIN OPTION') AS grant_me
FROM (SELECT r.role, CONCAT(r.role, IF(DATABASE() = 'spot_optimizer', '', CONCAT('_', DATABASE()))) AS name
	FROM (SELECT 'spotop_viewer' AS role UNION ALL SELECT 'spotop_operator' UNION ALL SELECT 'spotop_agent' UNION ALL SELECT 'spotop_worker' UNION ALL SELECT 'spotop_admin') r) x
LEFT JOIN information_schema.APPLICABLE_ROLES a ON a.ROLE_NAME = x.name
