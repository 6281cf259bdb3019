-- What becomes of each agent under notice, as figures: what rescue_rows.sql tells and the verdict; in words: rescue_of.sql.
--   verdict   RESCUED, MISSED (the deadline passed), MAKES IT, MISSES BY, OVERRUN (longer than any boot seen) or NOT KNOWN
--   margin_s  the seconds left less those it takes; boot_*: by boots_left.sql. of: which agents a
-- :past
SELECT t.*, t.launching_s_or_0 + t.takes_s AS boot_s,
		IF(t.rescuer_id IS NULL, t.left_s - t.takes_s, NULL) AS margin_s,
		CASE WHEN t.rescuer_id IS NOT NULL THEN 'RESCUED' WHEN t.left_s < 0 THEN 'MISSED'
			WHEN t.replica_id IS NULL AND t.launching_id IS NULL AND NOT t.pools_as_now THEN NULL -- :at
			WHEN t.longest_s IS NOT NULL THEN 'OVERRUN' WHEN t.left_s < t.takes_s THEN 'MISSES BY'
			WHEN t.left_s >= t.takes_s AND NOT t.is_slowest THEN 'MAKES IT' ELSE 'NOT KNOWN' END AS verdict
	FROM (SELECT r.*, COALESCE(r.launching_s, 0) AS launching_s_or_0,
			IF(r.replica_id IS NULL, CAST(JSON_VALUE(r.boot, '$.s') AS SIGNED), COALESCE(r.promoted_s, 0)) AS takes_s,
			IF(r.replica_id IS NULL, COALESCE(CAST(JSON_VALUE(r.boot, '$.n') AS SIGNED), 0), r.promoted_n) AS boot_n, -- :now
			CASE WHEN r.replica_id IS NOT NULL THEN r.promoted_n WHEN r.launching_id IS NOT NULL OR r.pools_as_now THEN COALESCE(CAST(JSON_VALUE(r.boot, '$.n') AS SIGNED), 0) END AS boot_n, -- :at
			COALESCE(CAST(JSON_VALUE(r.boot, '$.slowest') AS SIGNED), 0) AS is_slowest,
			CAST(JSON_VALUE(r.boot, '$.failed') AS SIGNED) AS failed_n, CAST(JSON_VALUE(r.boot, '$.longest') AS SIGNED) AS longest_s, CAST(JSON_VALUE(r.boot, '$.seen') AS SIGNED) AS seen_n,
			ELT(JSON_VALUE(r.boot, '$.of'), '', ' of its region and type', ' of its region', ' of the fleet') AS boot_of
		FROM (
			-- :include rescue_rows of={{of}} -- :now
			-- :include asof_rescue_rows -- :at
		) r) t
