-- What becomes of each agent under notice: what it counts on, what that still takes, and the verdict in the words that
-- every place says. It counts on the first of these: an instance that already took over (RESCUED); a ready replica or one
-- that is being promoted; the instance that is launching; a switch to its fastest usable pool (of its type and region,
-- active, not cordoned, not blacklisted, no notice in it, not short of capacity; the agent's own choice first, then known boot times).
--   verdict   RESCUED, MISSED (the deadline passed), MAKES IT, MISSES BY, OVERRUN (longer than any boot seen) or NOT KNOWN
--   margin_s  the seconds left less those it takes; basis: what it counts on; in_words: both in a sentence
--   boot_*    by boot_left() of 45-notices.sql. of: which agents a; most: how many, the most urgent of them
-- Of the past (rescue_of_at): of all agents as they were at :at, with all that asof_rescue_rows tells of them.
-- :past
SELECT v.*, CONCAT(v.basis, COALESCE(CONCAT(': ', v.verdict), ''), CASE v.verdict WHEN 'MAKES IT' THEN CONCAT(' +', v.margin_s, ' s') WHEN 'MISSES BY' THEN CONCAT(' ', -v.margin_s, ' s')
	WHEN 'OVERRUN' THEN ', unknown' ELSE '' END) AS in_words
FROM (SELECT t.*, t.launching_s_or_0 + t.takes_s AS boot_s,
		IF(t.rescuer_id IS NULL, t.left_s - t.takes_s, NULL) AS margin_s,
		CASE WHEN t.rescuer_id IS NOT NULL THEN 'RESCUED' WHEN t.left_s < 0 THEN 'MISSED'
			WHEN t.replica_id IS NULL AND t.launching_id IS NULL AND NOT t.pools_as_now THEN NULL -- :at
			WHEN t.longest_s IS NOT NULL THEN 'OVERRUN' WHEN t.left_s < t.takes_s THEN 'MISSES BY'
			WHEN t.left_s >= t.takes_s AND NOT t.is_slowest THEN 'MAKES IT' ELSE 'NOT KNOWN' END AS verdict,
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
	FROM (SELECT r.*, COALESCE(r.launching_s, 0) AS launching_s_or_0,
			IF(r.replica_id IS NULL, CAST(JSON_VALUE(r.boot, '$.s') AS SIGNED), COALESCE(r.promoted_s, 0)) AS takes_s,
			IF(r.replica_id IS NULL, COALESCE(CAST(JSON_VALUE(r.boot, '$.n') AS SIGNED), 0), r.promoted_n) AS boot_n, -- :now
			CASE WHEN r.replica_id IS NOT NULL THEN r.promoted_n WHEN r.launching_id IS NOT NULL OR r.pools_as_now THEN COALESCE(CAST(JSON_VALUE(r.boot, '$.n') AS SIGNED), 0) END AS boot_n, -- :at
			COALESCE(CAST(JSON_VALUE(r.boot, '$.slowest') AS SIGNED), 0) AS is_slowest,
			CAST(JSON_VALUE(r.boot, '$.failed') AS SIGNED) AS failed_n, CAST(JSON_VALUE(r.boot, '$.longest') AS SIGNED) AS longest_s, CAST(JSON_VALUE(r.boot, '$.seen') AS SIGNED) AS seen_n,
			ELT(JSON_VALUE(r.boot, '$.of'), '', ' of its region and type', ' of its region', ' of the fleet') AS boot_of
		FROM (
			-- :include rescue_rows of={{of}} | most={{most}} -- :now
			-- :include asof_rescue_rows -- :at
		) r) t) v
