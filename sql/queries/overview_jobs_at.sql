-- The jobs as they stood at :at, what had failed first.
-- :param at str
SELECT j.name, COALESCE(j.state, 'n/a') AS state, TIMESTAMPDIFF(SECOND, j.last_ok_at, :at) AS seconds_since_last, j.last_error
FROM (
	-- :include jobs_at
) j
ORDER BY FIELD(COALESCE(j.state, 'n/a'), 'failed', 'n/a', 'running', 'ok'), j.name
LIMIT 30
