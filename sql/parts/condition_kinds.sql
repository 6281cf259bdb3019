-- Each kind in the order of impact: how many conditions of it hold and are not snoozed (n), how many are, and of the one
-- that has lasted longest its words, since when, and whose it is.
-- :past
SELECT k.place, k.kind, k.severity, COUNT(IF(w.is_snoozed, NULL, w.alert_key)) AS n, COUNT(IF(w.is_snoozed, w.alert_key, NULL)) AS snoozed,
	SUBSTRING_INDEX(GROUP_CONCAT(IF(w.is_snoozed, NULL, w.message) ORDER BY {{by_impact(w)}} SEPARATOR '\n'), '\n', 1) AS message,
	CAST(NULLIF(SUBSTRING_INDEX(GROUP_CONCAT(IF(w.is_snoozed, NULL, COALESCE(w.since, '')) ORDER BY {{by_impact(w)}}), ',', 1), '') AS DATETIME) AS since, MIN(IF(w.is_snoozed, w.message, NULL)) AS snoozed_message, MIN(IF(w.is_snoozed, w.snoozed_until, NULL)) AS snoozed_until
FROM v_alert_kinds k
LEFT JOIN (
	-- :include conditions -- :now
	-- :include conditions_at -- :at
) w ON w.kind = k.kind
GROUP BY k.place, k.kind, k.severity
