-- The agents as they were at :at. What is known of then and how:
--   counts, primary, pool, mode   from the instances as they were
--   prices                        its pool's and the list's of then; where there was none, the one that its primary recorded
--   status, enabled, notice               from the next event of a change, which says what was before; without one
--                                         they are as now (events of 90 days are kept)
--   heartbeat                             only the last is kept: known if it came before :at
--   toggles, version, interval            known if the row has not changed since (is_as_now)
-- health is then NULL where only the heartbeat could tell, and what is known to be wrong is at least so.
-- The LIMIT is none: it has the server work out each agent once, and not again wherever it is named. All that is told of it is written
-- down then, so who includes this says what (told: sql/parts/asof.sql; y.* is everything) of which agents y (of).
SELECT h.*, ELT(1 + h.cause_n DIV 10, {{healths}}) AS health_then, CASE h.cause_n {{cause_names}} WHEN 40 THEN '' END AS cause_then, IF(h.cause_n IS NULL OR (h.cause_n IN (6, 18) AND h.verdict IS NULL), NULL, CASE h.cause_n {{impacts}} END) AS impact_then,
	CASE WHEN h.cause_n IN (1, 11) THEN h.primary_lost_at WHEN h.cause_n IN (3, 13) THEN COALESCE(h.notice_deadline_then, h.noticed_at + INTERVAL 120 SECOND) WHEN h.cause_n IN (6, 17, 18, 32, 34) THEN h.noticed_at
		WHEN h.cause_n IN (4, 5, 14, 31) THEN h.heartbeat_then WHEN h.cause_n = 20 THEN h.created_at WHEN h.cause_n = 15 THEN h.overdue_since WHEN h.cause_n = 16 THEN h.terminating_since END AS cause_since_then
FROM (
	SELECT b.*, (
		-- :include cause enabled=b.enabled_then | heartbeat=b.last_heartbeat_at | status=b.status_then | silent=b.silent_then | ahead=FALSE | interval=b.heartbeat_interval_seconds | primaries=b.primary_count | notice=b.notice_means | launches=b.late_launches > 0 | terminations=b.late_terminations > 0 | zombies=b.zombie_count | fine=IF(b.silent_then IS NULL OR NOT b.is_as_now, NULL, 40)
	) AS cause_n
	FROM (
		SELECT {{told}}, IF(y.silent_then IS NULL, NULL, y.last_heartbeat_at) AS heartbeat_then,
			CASE y.notice_then WHEN 'none' THEN 'none' WHEN 'rebalance' THEN IF(y.rescuer_id IS NULL, 'rebalance', 'none')
				ELSE CASE y.verdict WHEN 'RESCUED' THEN 'rescued' WHEN 'MISSED' THEN 'missed' WHEN 'MAKES IT' THEN 'met' ELSE 'at_risk' END END AS notice_means
		FROM (
			-- :include rescue_of_at
		) y WHERE {{of}}
	) b
	LIMIT 1000000000
) h
