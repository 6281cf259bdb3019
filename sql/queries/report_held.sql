-- What stands still at :at by decision: freezes, and cordoned pools as the audit log tells.
-- :param at str
SELECT 'freeze' AS what, f.scope AS of, f.created_by AS by_whom, f.reason, f.created_at AS since, f.expires_at AS until_at
FROM (
	-- :include freezes_at
) f
UNION ALL
SELECT 'cordon', d.target_id, SUBSTRING_INDEX(d.actor, '@', 1), d.reason, CAST(d.at AS DATETIME(0)), STR_TO_DATE(JSON_VALUE(d.after_state, '$.cordoned_until'), '%Y-%m-%dT%H:%i:%sZ')
FROM v_audit d
JOIN (SELECT MAX(x.id) AS id FROM v_audit x WHERE x.target_type = 'pool' AND x.action IN ('cordon', 'uncordon') AND x.result = 'done' AND x.at <= :at GROUP BY x.target_id) m ON m.id = d.id
WHERE d.action = 'cordon' AND COALESCE(STR_TO_DATE(JSON_VALUE(d.after_state, '$.cordoned_until'), '%Y-%m-%dT%H:%i:%sZ') > :at, 1)
