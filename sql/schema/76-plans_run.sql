-- A running plan: what the leading worker does with it. Each look settles what was released, skips who needs it no longer, and plans
-- anew where a target was taken away or a deadline came; then rows are released one by one, as the pace and the share limits allow.
DELIMITER //

-- What keeps the target of a held row from being used now, as a sentence; NULL: nothing.
CREATE OR REPLACE FUNCTION plan_lost_target(p_what VARCHAR(10), p_agent UUID, p_pool VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin, p_instance VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin) RETURNS VARCHAR(400) READS SQL DATA
BEGIN
	DECLARE v_why VARCHAR(300) DEFAULT ' is gone';
	DECLARE CONTINUE HANDLER FOR NOT FOUND BEGIN END;
	CASE p_what
	WHEN 'promote' THEN
		SELECT IF(i.instance_status = 'running_replica' AND i.is_active, NULL, CONCAT(' is ', i.instance_status)) INTO v_why FROM instances i WHERE i.id = p_instance;
	WHEN 'ondemand' THEN
		SELECT IF({{is_cooled({{ondemand_place(a.instance_type, a.region)}}, a.client_id)}}, CONCAT(': ', cooling_says({{ondemand_place(a.instance_type, a.region)}}, a.client_id)), NULL)
			INTO v_why FROM agents a WHERE a.id = p_agent;
	WHEN 'switch' THEN
		SELECT COALESCE(CONCAT(' ', {{closed_says(p, a.client_id)}}), IF({{is_listed(p.id, g.blacklist_pools)}}, ' is on the agent''s blacklist', NULL),
				IF({{is_cooled(p.id, a.client_id)}} OR {{is_tried(p.id, a.client_id, a.id)}}, CONCAT(': ', cooling_says(p.id, a.client_id)), NULL))
			INTO v_why FROM spot_pools p JOIN agents a ON a.id = p_agent LEFT JOIN agent_configs g ON g.agent_id = a.id WHERE p.id = p_pool;
	ELSE SET v_why = NULL;
	END CASE;
	RETURN CONCAT(CONVERT(COALESCE(p_instance, p_pool, 'on-demand') USING utf8mb4) COLLATE utf8mb4_general_ci, v_why);
END//

-- How many seconds until a row that is chosen anew has its turn: as many turns as what is in flight and what is more urgent take, each
-- as long as a row of the plan takes on average. The order is that of job_plan_next.
CREATE OR REPLACE FUNCTION plan_wait(p_plan UUID, p_agent UUID) RETURNS INT READS SQL DATA
	RETURN (SELECT COALESCE(MAX((t.busy + t.ahead) DIV t.in_flight * t.takes), 0)
		FROM (SELECT p.in_flight, SUM(r.state = 'released' AND COALESCE(m.stage IN ('queued', 'claimed', 'launching') AND m.status IN ('pending', 'executing'), FALSE)) AS busy,
				SUM(r.state = 'held' AND r.agent_id <> p_agent AND COALESCE(r.deadline < x.deadline, r.deadline IS NOT NULL OR (x.deadline IS NULL AND r.place < y.place))) AS ahead,
				CEIL(AVG(IF(r.what = 'none', NULL, r.hears_s + r.takes_s))) AS takes
			FROM spotop_plans p JOIN spotop_plan_rows r ON r.plan_id = p.id JOIN spotop_plan_rows y ON y.plan_id = p.id AND y.agent_id = p_agent
			JOIN (SELECT MAX(IF(a.notice_status = 'termination', NOW() + INTERVAL {{notice_left_s(a)}} SECOND, NULL)) AS deadline FROM agents a WHERE a.id = p_agent) x
			LEFT JOIN commands m ON m.id = r.command_id WHERE p.id = p_plan GROUP BY p.id) t)//

-- A row whose command ended: done; planned anew, where there was no capacity; or failed, with all that the agent said.
CREATE OR REPLACE PROCEDURE plan_settle_row(p_plan UUID, p_agent UUID, p_status VARCHAR(12), p_said TEXT, p_most INT)
MODIFIES SQL DATA
BEGIN
	DECLARE v_row, v_wait INT;
	DECLARE v_what VARCHAR(10);
	DECLARE v_new, v_old VARCHAR(100);
	SELECT r.attempts, IF(r.what = 'ondemand', 'on-demand', r.target_pool_id) INTO v_row, v_old FROM spotop_plan_rows r WHERE r.plan_id = p_plan AND r.agent_id = p_agent FOR UPDATE;
	IF p_status = 'failed' AND {{capacity_error(p_said)}} IS NOT NULL AND v_row < {{plan_places}}
		AND EXISTS (SELECT 1 FROM spotop_plans p WHERE p.id = p_plan AND p.state IN ('running', 'paused')) THEN
		SELECT plan_wait(p_plan, p_agent) INTO v_wait; -- no argument of the CALL: that would lock the commands it looks at
		CALL plan_place(p_plan, p_agent, v_wait, p_most);
		SELECT r.what, IF(r.what = 'ondemand', 'on-demand', r.target_pool_id) INTO v_what, v_new FROM spotop_plan_rows r WHERE r.plan_id = p_plan AND r.agent_id = p_agent;
		UPDATE spotop_plan_rows r SET r.state = IF(v_what = 'none', 'failed', 'held'), r.is_live = v_what <> 'none', r.command_id = NULL, r.ended_at = IF(v_what = 'none', NOW(), NULL),
			r.message = CONCAT(v_old, ': ', LEFT(p_said, 1000), IF(v_what = 'none', '; no other place is usable', CONCAT('; planned anew to ', v_new)))
		WHERE r.plan_id = p_plan AND r.agent_id = p_agent;
	ELSE
		UPDATE spotop_plan_rows r SET r.state = IF(p_status = 'completed', 'done', 'failed'), r.is_live = FALSE, r.ended_at = NOW(),
			r.message = IF(p_status = 'completed', r.message, CONCAT_WS(': ', CONCAT('its command ', p_status), LEFT(p_said, 1900)))
		WHERE r.plan_id = p_plan AND r.agent_id = p_agent;
	END IF;
END//

-- One held row skipped, or planned anew: its target was taken away, or a notice that came since makes it urgent.
CREATE OR REPLACE PROCEDURE plan_look_row(p_plan UUID, p_agent UUID, p_skip VARCHAR(400), p_lost VARCHAR(400), p_most INT)
MODIFIES SQL DATA
BEGIN
	DECLARE v_wait INT;
	IF p_skip IS NOT NULL THEN
		UPDATE spotop_plan_rows r SET r.state = 'skipped', r.is_live = FALSE, r.ended_at = NOW(), r.message = p_skip WHERE r.plan_id = p_plan AND r.agent_id = p_agent AND r.state = 'held';
	ELSE
		SELECT plan_wait(p_plan, p_agent) INTO v_wait; -- no argument of the CALL: that would lock the commands it looks at
		CALL plan_place(p_plan, p_agent, v_wait, p_most);
		UPDATE spotop_plan_rows r SET r.message = IF(p_lost IS NULL, r.message, CONCAT(p_lost, IF(r.what = 'none', '; no other place is usable', CONCAT('; planned anew to ', COALESCE(r.target_pool_id, 'on-demand'))))),
			r.is_live = r.what <> 'none', r.ended_at = IF(r.what = 'none', NOW(), NULL), r.state = IF(r.what = 'none', 'failed', 'held')
		WHERE r.plan_id = p_plan AND r.agent_id = p_agent AND r.state = 'held';
	END IF;
END//

-- Looks at every live plan; p_n: how many rows changed. Plans and rows in the order of their keys, as whoever locks several.
CREATE OR REPLACE PROCEDURE job_plans_look(OUT p_n INT)
MODIFIES SQL DATA
BEGIN
	DECLARE v_plan UUID;
	DECLARE v_is_live BOOLEAN;
	{{undo(FALSE)}};
	{{clock_true}};
	SET p_n = 0;
	SELECT EXISTS (SELECT 1 FROM spotop_plan_rows r WHERE r.is_live) INTO v_is_live; -- an IF with a subselect locks
	IF v_is_live THEN
		CREATE OR REPLACE TEMPORARY TABLE plan_boots (place VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY, boot VARCHAR(300) NULL);
		FOR r IN (SELECT r.plan_id, r.agent_id, COALESCE(m.status, 'lost') AS status, m.message, (SELECT GREATEST(2, CEIL(COUNT(*) / 2)) FROM spotop_plan_rows x WHERE x.plan_id = r.plan_id) AS most
			FROM spotop_plan_rows r LEFT JOIN commands m ON m.id = r.command_id WHERE r.state = 'released' AND (m.id IS NULL OR m.status NOT IN ('pending', 'executing'))
			ORDER BY r.plan_id, r.agent_id LIMIT 500) DO
			SELECT p.id INTO v_plan FROM spotop_plans p WHERE p.id = r.plan_id FOR UPDATE; -- the plan first, as the verbs
			CALL plan_settle_row(r.plan_id, r.agent_id, r.status, r.message, r.most);
			SET p_n = p_n + 1;
		END FOR;
		FOR r IN (SELECT w.* FROM (SELECT r.plan_id, r.agent_id, r.deadline, (SELECT GREATEST(2, CEIL(COUNT(*) / 2)) FROM spotop_plan_rows x WHERE x.plan_id = r.plan_id) AS most,
				CASE WHEN NOT a.enabled THEN 'the agent is disabled'
					WHEN a.notice_status = 'termination' AND {{rescuer_of(a)}} IS NOT NULL THEN CONCAT({{rescuer_of(a)}}, ' took over already')
					WHEN i.id IS NULL THEN 'it has no primary any more: spotop why says how it gets one'
					WHEN p.scope_type = 'az' AND i.az <> p.scope THEN CONCAT('it is in ', i.az, ' already')
					WHEN p.scope_type = 'pool' AND NOT i.current_pool_id <=> CONVERT(p.scope USING ascii) THEN CONCAT('it is in ', COALESCE(i.current_pool_id, 'on-demand'), ' already') END AS skip,
				plan_lost_target(r.what, a.id, r.target_pool_id, r.instance_id) AS lost,
				IF(a.notice_status = 'termination', NOW() + INTERVAL {{notice_left_s(a)}} SECOND, NULL) AS ends
			FROM spotop_plans p JOIN spotop_plan_rows r ON r.plan_id = p.id AND r.state = 'held' JOIN agents a ON a.id = r.agent_id
			LEFT JOIN instances i ON i.primary_of = a.id AND i.instance_status = 'running_primary' WHERE p.state = 'running') w
			WHERE w.skip IS NOT NULL OR w.lost IS NOT NULL OR COALESCE(ABS(TIMESTAMPDIFF(SECOND, w.deadline, w.ends)) > 2, NOT w.deadline <=> w.ends) ORDER BY w.plan_id, w.agent_id LIMIT 500) DO
			SELECT p.id INTO v_plan FROM spotop_plans p WHERE p.id = r.plan_id FOR UPDATE;
			CALL plan_look_row(r.plan_id, r.agent_id, r.skip, r.lost, r.most);
			SET p_n = p_n + 1;
		END FOR;
		DROP TEMPORARY TABLE plan_boots;
	END IF;
	-- By their keys, in their order: a search by another one would lock plans that are not over, before one of a smaller key.
	FOR o IN (SELECT p.id FROM spotop_plans p WHERE p.state IN ('running', 'paused') AND NOT EXISTS (SELECT 1 FROM spotop_plan_rows r WHERE r.plan_id = p.id AND r.state IN ('held', 'released')) ORDER BY p.id) DO
		UPDATE spotop_plans p SET p.state = 'done', p.ended_at = NOW(), p.state_at = NOW(), p.state_by = LEFT(USER(), 128), p.version = p.version + 1 WHERE p.id = o.id AND p.state IN ('running', 'paused');
		SET p_n = p_n + ROW_COUNT();
	END FOR;
END//

-- A held row becomes a command, in the frame of every verb. target: the agent; args: {"plan": id}. What refuses it leaves it held, to be
-- planned anew at the next look; at the third time it has failed. Of the guardrails, those against haste do not hold an evacuation.
CREATE OR REPLACE PROCEDURE verb_plan_release({{verb_takes}}) MODIFIES SQL DATA
	COMMENT 'Releases an agent of a plan as a command'
main: BEGIN
	DECLARE v_agent, v_command, v_plan UUID;
	DECLARE v_deaf BOOLEAN;
	DECLARE v_what, v_state, v_plan_state VARCHAR(10);
	DECLARE v_pool VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin;
	DECLARE v_instance VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
	DECLARE v_wait INT;
	DECLARE v_price, v_now DECIMAL(10,6);
	-- :include verb_begin
	CALL verb_find_plan(JSON_VALUE(p_args, '$.plan'), NOT p_dry_run, v_plan);
	CALL verb_find_agent(p_target, NOT p_dry_run, v_agent);
	-- :include verb_replay verb='plan_release' | target=v_agent
	SELECT p.state INTO v_plan_state FROM spotop_plans p WHERE p.id = v_plan;
	SELECT MAX(r.what), MAX(r.state), MAX(r.target_pool_id), MAX(r.instance_id) INTO v_what, v_state, v_pool, v_instance FROM spotop_plan_rows r WHERE r.plan_id = v_plan AND r.agent_id = v_agent;
	SET v_rails = verb_guard(v_rails, p_override, FALSE, 'plan_state', v_plan_state = 'running' AND v_state <=> 'held', CONCAT('the plan is ', v_plan_state, ', its row ', COALESCE(v_state, 'not there')));
	IF v_what = 'promote' THEN
		CALL verb_agent_state(v_agent, v_instance, NULL, v_before);
		CALL verb_promote_guards(v_agent, v_instance, v_before, p_override, v_rails, v_deaf);
		SET v_after = JSON_OBJECT('role', 'primary', 'plan', CAST(v_plan AS CHAR)), v_message = CONCAT('promote ', v_instance, ' of ', JSON_VALUE(v_before, '$.agent'));
	ELSE
		IF NOT COALESCE(v_what IN ('switch', 'ondemand'), FALSE) THEN
			CALL verb_bad('the plan has nothing to release for this agent');
		END IF;
		CALL verb_find_place(v_agent, v_what = 'ondemand', v_pool, v_before);
		CALL verb_switch_guards(v_agent, v_what = 'ondemand', v_pool, FALSE, v_before, p_override, v_rails, v_deaf);
		SET v_wait = COALESCE(JSON_VALUE(v_before, '$.terminate_wait_seconds'), 0), v_price = JSON_VALUE(v_before, '$.price'),
			v_now = IF(JSON_VALUE(v_before, '$.mode') = 'ondemand', JSON_VALUE(v_before, '$.ondemand_price'), JSON_VALUE(v_before, '$.spot_price'));
		SET v_after = JSON_OBJECT('mode', IF(v_what = 'ondemand', 'ondemand', 'spot'), 'pool', v_pool, 'price', v_price + 0, 'usd_per_hour_change', v_price - v_now,
			'old_instance', JSON_VALUE(v_before, '$.instance_id'), 'terminate_wait_seconds', v_wait + 0, 'expires_in_seconds', verb_expiry_seconds(v_deaf) + 0, 'plan', CAST(v_plan AS CHAR)),
			v_message = CONCAT('switch ', JSON_VALUE(v_before, '$.agent'), ' to ', COALESCE(v_pool, 'on-demand'));
	END IF;
	SET v_message = CONCAT(v_message, ', of plan ', LEFT(v_plan, 8));
	{{verb_decide}};
	IF v_status = 'done' THEN
		CALL verb_queue(p_request_id, v_hash, v_agent, IF(v_what = 'promote', 'PROMOTE_REPLICA_TO_PRIMARY', 'switch'), CASE v_what WHEN 'ondemand' THEN 'ondemand' WHEN 'switch' THEN 'pool' END, IF(v_what = 'switch', v_pool, NULL),
			IF(v_what = 'promote', v_instance, JSON_VALUE(v_before, '$.instance_id')), v_wait, v_deaf, p_reason, v_message, v_before,
			JSON_OBJECT('expected', JSON_EXTRACT(v_after, '$'), 'override', JSON_EXTRACT(p_override, '$'), 'plan', CAST(v_plan AS CHAR)), v_command);
		UPDATE spotop_plan_rows r SET r.state = 'released', r.command_id = v_command, r.released_at = NOW(), r.attempts = r.attempts + 1 WHERE r.plan_id = v_plan AND r.agent_id = v_agent;
	END IF;
	-- :include verb_finish verb='plan_release' | command=v_command | target='agent', v_agent, JSON_VALUE(v_before, '$.agent') | version=JSON_VALUE(v_before, '$.version')
	IF v_status <> 'done' AND NOT p_dry_run THEN
		UPDATE spotop_plan_rows r SET r.attempts = r.attempts + 1, r.message = v_message, r.is_live = r.attempts < {{plan_tries}}, r.ended_at = IF(r.attempts < {{plan_tries}}, NULL, NOW()),
			r.state = IF(r.attempts < {{plan_tries}}, 'held', 'failed')
		WHERE r.plan_id = v_plan AND r.agent_id = v_agent AND r.state = 'held';
	END IF;
END//

-- The next row whose turn it is, released: one row as a verb's; none when nothing may be released now. A row's turn is by what is in
-- flight of its plan (commands whose new instance is not ready) and by the share limits, which the plan may have overridden: whom they
-- hold waits, without a refusal in the audit log, and with it all of its zone, pool and client in that plan, which are not asked again: so
-- those behind them have their turn, however many they are. Whoever hears nothing now waits until it is heard again or the plan is cancelled.
CREATE OR REPLACE PROCEDURE job_plan_next()
MODIFIES SQL DATA
BEGIN
	DECLARE v_agent, v_plan UUID;
	DECLARE v_rails, v_override JSON;
	DECLARE v_args JSON;
	DECLARE v_reason VARCHAR(500);
	DECLARE v_held_back LONGTEXT DEFAULT ',';
	{{undo(FALSE)}};
	{{clock_true}};
	one: FOR r IN (SELECT r.plan_id, r.agent_id, r.what, p.override, LEFT(CONCAT('plan ', LEFT(p.id, 8), ' of ', p.run_by, COALESCE(CONCAT(': ', p.reason), '')), 500) AS reason,
			CONCAT_WS(' ', p.id, a.client_id, COALESCE(a.az, '-'), a.current_pool_id) AS shares
		FROM spotop_plans p JOIN spotop_plan_rows r ON r.plan_id = p.id AND r.state = 'held' JOIN agents a ON a.id = r.agent_id AND NOT {{is_deaf(a)}} WHERE p.state = 'running'
			AND p.in_flight > (SELECT COUNT(*) FROM spotop_plan_rows x JOIN commands m ON m.id = x.command_id WHERE x.plan_id = p.id AND x.state = 'released' AND m.status IN ('pending', 'executing') AND m.stage IN ('queued', 'claimed', 'launching'))
		ORDER BY r.what <> 'promote', COALESCE(r.deadline < NOW(), FALSE), r.deadline IS NULL, r.deadline, p.started_at, r.place) DO
		IF LOCATE(CONCAT(',', r.shares, ','), v_held_back) > 0 THEN
			ITERATE one;
		END IF;
		SET v_override = IF(r.what = 'promote', '[]', '["switches_per_week","min_pool_hours"]'), v_rails = '[]';
		IF JSON_CONTAINS(COALESCE(r.override, '[]'), '"share"') THEN
			SET v_override = JSON_ARRAY_APPEND(v_override, '$', 'share_az', '$', 'share_pool', '$', 'share_client');
		END IF;
		CALL verb_share_guards(r.agent_id, v_override, v_rails);
		IF verb_refusal(v_rails) IS NULL THEN
			SET v_plan = r.plan_id, v_agent = r.agent_id, v_reason = r.reason;
			LEAVE one;
		END IF;
		SET v_held_back = CONCAT(v_held_back, r.shares, ',');
	END FOR;
	IF v_agent IS NOT NULL THEN
		SET v_args = JSON_OBJECT('plan', CAST(v_plan AS CHAR));
		CALL verb_plan_release(UUID(), v_agent, v_args, NULL, FALSE, v_override, v_reason, 'worker', NULL);
	END IF;
END//

DELIMITER ;
