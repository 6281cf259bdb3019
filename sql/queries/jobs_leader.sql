-- Which worker leads and since when; no row: none ever did.
SELECT IF(lease_until > NOW(3), holder, NULL) AS holder, lease_until > NOW(3) AS is_led, JSON_VALUE(state, '$.since') AS since, lease_until, fence
FROM job_schedules WHERE name = 'leader'
