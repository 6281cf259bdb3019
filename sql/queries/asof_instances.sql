-- The instances as they were at :at, told from their timestamps, the events of their roles and the switches.
--   becomes primary   at its event instance_promoted; without one, when it came up, if it was launched to be the
--                     primary (or the event of its loss says that it was) and no other was it then; or at the switch that names it as the new instance
--   is primary        the one that became it last, until it is a zombie or its end was asked for
--   promoting         is not kept: a replica until it is the primary
-- One that is not active any more, whatever its state says, has ended when it last changed.
-- lived: it had not ended more than a day before; nothing that lived then hangs on another, and only of these is it told who was the primary.
-- Only what may have been a primary (r) is put into an order: few rows, and short ones. Whoever includes this reads the rest as it lies.
-- is_as_now: the row has not changed since, so that whatever it holds now it held then.
-- :param at str
-- :param agent str
SELECT y.*, CASE
		WHEN y.ended_at <= :at THEN 'terminated'
		WHEN y.is_as_now THEN y.status_now
		WHEN y.leaving_at <= :at AND NOT COALESCE(y.zombie_at > y.leaving_at, 0) THEN 'terminating'
		WHEN y.up_at IS NULL OR y.up_at > :at THEN 'launching'
		WHEN y.zombie_at IS NOT NULL THEN 'zombie'
		WHEN y.primary_from <= :at AND y.nth_primary = 1 THEN 'running_primary'
		WHEN y.primary_from <= :at THEN 'zombie'
		ELSE 'running_replica' END AS state,
	CASE WHEN y.ended_at <= :at THEN 0
		WHEN y.is_as_now THEN y.primary_now
		ELSE COALESCE(y.primary_from <= :at, 0) AND y.nth_primary = 1 AND y.zombie_at IS NULL AND NOT COALESCE(y.leaving_at <= :at, 0) END AS is_primary_then
FROM (
	SELECT i.id, i.client_id, i.agent_id, i.instance_type, i.region, i.az, i.current_mode, i.current_pool_id, i.spot_price AS spot_now, i.ondemand_price AS ondemand_now,
		i.instance_status AS status_now, i.is_primary AS primary_now, i.version, i.created_at, i.updated_at,
		i.launch_requested_at, i.launch_confirmed_at, i.launch_duration_seconds, i.termination_requested_at AS leaving_at, i.termination_duration_seconds,
		{{ended_then(i)}} AS ended_at, {{up_then(i)}} AS up_at, i.updated_at <= :at AS is_as_now, {{lived_then(i)}} AS lived, r.primary_from, r.nth_primary, r.zombie_at
	FROM instances i
	LEFT JOIN (
		SELECT z.id, z.zombie_at, z.primary_from,
			ROW_NUMBER() OVER (PARTITION BY z.agent_id ORDER BY z.primary_from IS NULL OR z.primary_from > :at, z.primary_from DESC, z.id) AS nth_primary
		FROM (
			SELECT x.id, x.agent_id, x.zombie_at, CASE WHEN x.promoted_at IS NOT NULL THEN x.promoted_at
					WHEN x.came_as_primary AND NOT COALESCE(MAX(IF(x.may_be_from IS NULL, NULL, x.lost_it_at))
						OVER (PARTITION BY x.agent_id ORDER BY x.may_be_from, x.id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) > x.up_at, 0) THEN x.up_at
					WHEN x.came_as_primary THEN x.switched_to_at END AS primary_from
			FROM (
				SELECT w.id, w.agent_id, w.up_at, w.promoted_at, w.zombie_at, w.switched_to_at, w.as_primary AND w.promoted_at IS NULL AND w.up_at IS NOT NULL AND w.may_have_come AS came_as_primary,
					COALESCE(w.promoted_at, IF(w.as_primary, w.up_at, NULL)) AS may_be_from,
					LEAST(COALESCE(w.first_zombie_at, '9999-12-31'), COALESCE(w.leaving_at, '9999-12-31'), COALESCE(w.ended_at, '9999-12-31'),
						COALESCE(w.switched_from_at, '9999-12-31')) AS lost_it_at
				FROM (
					SELECT i.id, i.agent_id, i.instance_status NOT IN ('running_replica', 'promoting') AS may_have_come,
						i.launch_role = 'primary' OR COALESCE(e.was_primary, FALSE) AS as_primary, i.termination_requested_at AS leaving_at,
						{{ended_then(i)}} AS ended_at, {{up_then(i)}} AS up_at, e.promoted_at, e.first_zombie_at, e.zombie_at, n.switched_to_at, o.switched_from_at
					FROM instances i
					LEFT JOIN (SELECT v.instance_id, MIN(IF(v.event_type = 'instance_promoted', v.created_at, NULL)) AS promoted_at,
							MIN(IF(v.event_type = 'instance_zombie', v.created_at, NULL)) AS first_zombie_at,
							MAX(v.event_type = 'outage_began' OR (v.event_type = 'instance_zombie' AND JSON_VALUE(v.metadata, '$.was') = 'running_primary')) AS was_primary,
							MAX(IF(v.event_type = 'instance_zombie' AND v.created_at <= :at, v.created_at, NULL)) AS zombie_at
						FROM system_events v WHERE v.event_type IN ('instance_promoted', 'instance_zombie', 'outage_began') AND v.instance_id IS NOT NULL
							AND (:agent IS NULL OR v.agent_id = :agent) GROUP BY v.instance_id) e ON e.instance_id = i.id
					LEFT JOIN (SELECT s.new_instance_id, MIN(s.switched_at) AS switched_to_at FROM switches s
						WHERE s.success AND s.new_instance_id IS NOT NULL AND (:agent IS NULL OR s.agent_id = :agent) GROUP BY s.new_instance_id) n ON n.new_instance_id = i.id
					LEFT JOIN (SELECT s.old_instance_id, MIN(s.switched_at) AS switched_from_at FROM switches s
						WHERE s.success AND s.old_instance_id IS NOT NULL AND (:agent IS NULL OR s.agent_id = :agent) GROUP BY s.old_instance_id) o ON o.old_instance_id = i.id
					WHERE {{lived_then(i)}} AND {{requested_then(i)}} AND (:agent IS NULL OR i.agent_id = :agent) AND (i.launch_role = 'primary' OR e.instance_id IS NOT NULL)
				) w
			) x
		) z
	) r ON r.id = i.id AND {{lived_then(i)}}
	WHERE {{requested_then(i)}} AND (:agent IS NULL OR i.agent_id = :agent)
) y
