-- The health rule: the gravest of these that holds, in the order of impact (impact.sql), as a number whose tens are the
-- rank of the health it means: an agent that is dead stays so, whatever is the matter besides. NULL where it is not known
-- whether anything holds (of the past). What it is called: cause_name.sql; the parameters are what the rule looks at:
--   enabled  heartbeat (when the last one came)  status  silent (seconds)  ahead (the heartbeat is of a time to come)  interval  primaries
--   notice (what it means now: missed at_risk met rescued rebalance none; NULL: it is not known whether it is met)
--   launches, terminations (is one overdue)  zombies  fine (the number when nothing is wrong)
CASE
	WHEN NOT {{enabled}} THEN 50
	WHEN {{heartbeat}} IS NULL THEN 20
	WHEN {{status}} = 'offline' OR {{silent}} > {{dead_after({{interval}})}} THEN
		CASE WHEN {{primaries}} = 0 THEN 1 WHEN {{primaries}} > 1 THEN 2 WHEN {{notice}} = 'missed' THEN 3 WHEN {{notice}} = 'at_risk' THEN 6 WHEN {{status}} = 'offline' THEN 4 ELSE 5 END
	WHEN {{primaries}} = 0 THEN 11
	WHEN {{primaries}} > 1 THEN 12
	WHEN {{notice}} = 'missed' THEN 13
	WHEN {{notice}} = 'at_risk' THEN 18
	WHEN {{silent}} > {{crit_after({{interval}})}} THEN 14
	WHEN {{ahead}} THEN 21
	WHEN {{launches}} THEN 15
	WHEN {{terminations}} THEN 16
	WHEN {{notice}} = 'met' THEN 17
	WHEN {{notice}} = 'rescued' THEN 34
	WHEN {{zombies}} > 0 THEN 33
	WHEN {{notice}} = 'rebalance' THEN 32
	WHEN {{silent}} > {{warn_after({{interval}})}} THEN 31
	ELSE {{fine}}
END
