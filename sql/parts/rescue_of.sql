-- What becomes of each agent under notice: what it counts on, what that still takes, and the verdict in the words that
-- every place says. It counts on the first of these: an instance that already took over (RESCUED); a ready replica or one
-- that is being promoted; the instance that is launching; a switch to its fastest usable pool (of its type and region,
-- active, not cordoned, not blacklisted, no notice in it, not short of capacity; the agent's own choice first, then known boot times).
--   basis     what it counts on; in_words: that and the verdict in a sentence; the figures: rescue_verdict.sql. of: which agents a
-- Of the past (rescue_of_at): of all agents as they were at :at, with all that asof_rescue_rows tells of them.
-- :past
SELECT v.*, CONCAT(v.basis, COALESCE(CONCAT(': ', v.verdict), ''), CASE v.verdict WHEN 'MAKES IT' THEN CONCAT(' +', v.margin_s, ' s') WHEN 'MISSES BY' THEN CONCAT(' ', -v.margin_s, ' s')
	WHEN 'OVERRUN' THEN ', unknown' ELSE '' END) AS in_words
FROM (SELECT t.*,
		CASE WHEN t.rescuer_id IS NOT NULL THEN CONCAT(t.rescuer_id, ' is the running primary')
			WHEN t.left_s IS NULL THEN 'its deadline is not known'
			WHEN t.left_s < 0 THEN CONCAT('its deadline passed ', {{in_words(-t.left_s)}}, ' ago')
			WHEN t.replica_id IS NOT NULL THEN CONCAT('replica ', t.replica_id, IF(t.is_promoting, ' is being promoted', ' is ready'), IF(t.boot_n > 0, CONCAT(', promoted in ', t.takes_s, ' s (n=', t.boot_n, ')'), ''))
			WHEN t.launching_id IS NULL AND t.boot_pool IS NULL THEN 'no replica, no usable pool' -- :now
			WHEN t.launching_id IS NULL AND t.boot_pool IS NULL THEN IF(t.pools_as_now, 'no replica, no usable pool', 'no replica, which pools were usable is not kept') -- :at
			ELSE CONCAT(IF(t.launching_id IS NULL, CONCAT('nothing is launching; ', t.boot_pool), CONCAT(t.launching_id, ' is launching for ', t.launching_s, ' s')),
				CASE WHEN t.longest_s IS NOT NULL THEN CONCAT(' in ', t.boot_pool, ', the longest boot seen took ', t.longest_s, ' s (n=', t.seen_n, ')')
					WHEN t.boot_n = 0 THEN CONCAT(IF(t.launching_id IS NULL, '', CONCAT(' in ', t.boot_pool)), ', its boot time is not known (n=0)')
					WHEN t.takes_s IS NULL THEN CONCAT(IF(t.launching_id IS NULL, '', CONCAT(' in ', t.boot_pool)), ', ', t.failed_n, ' of ', t.boot_n, ' such launches failed', t.boot_of)
					ELSE CONCAT(IF(t.launching_id IS NULL, ' boots in ', ' of '), t.launching_s_or_0 + t.takes_s, ' s', IF(t.launching_id IS NULL, '', CONCAT(' in ', t.boot_pool)),
						' (', IF(t.is_slowest, 'slowest of ', 'n='), t.boot_n, t.boot_of, IF(t.failed_n > 0, CONCAT(', ', t.failed_n, ' failed'), ''), ')') END) END AS basis
	FROM (
		-- :include rescue_verdict of={{of}} -- :now
		-- :include rescue_verdict_at -- :at
	) t) v
