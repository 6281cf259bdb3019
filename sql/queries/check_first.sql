-- The worst of what is wrong now, in words.
SELECT v.severity, v.message FROM v_alert_conditions v
WHERE NOT EXISTS (SELECT 1 FROM alerts a WHERE a.open_key = v.alert_key AND a.snoozed_until > NOW())
ORDER BY FIELD(v.severity, 'critical', 'error', 'warning', 'info'), v.alert_key LIMIT 3
