-- Durations are the seconds between request and confirmation.
SELECT 'launch durations' AS name, COUNT(*) = 0 AS ok, {{n_of(COUNT(*), 'row differs', 'rows differ')}} AS evidence FROM instances
WHERE launch_confirmed_at IS NOT NULL AND launch_requested_at IS NOT NULL
	AND NOT (launch_duration_seconds <=> LEAST(CAST(UNIX_TIMESTAMP(launch_confirmed_at) AS SIGNED) - UNIX_TIMESTAMP(launch_requested_at), 65535))
UNION ALL
SELECT 'termination durations', COUNT(*) = 0, {{n_of(COUNT(*), 'row differs', 'rows differ')}} FROM instances
WHERE termination_confirmed_at IS NOT NULL AND termination_requested_at IS NOT NULL
	AND NOT (termination_duration_seconds <=> LEAST(CAST(UNIX_TIMESTAMP(termination_confirmed_at) AS SIGNED) - UNIX_TIMESTAMP(termination_requested_at), 65535))
