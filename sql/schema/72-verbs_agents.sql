-- The verbs that become commands for an agent: switch, launch, terminate, promote, self_destruct, config; and what a dry
-- run of them would say.
DELIMITER //

-- The cheapest pool an agent could be switched to: its instance type, its region, another pool than its
-- own, usable (sql/parts/usable.sql) and with a price of the last hour.
CREATE OR REPLACE FUNCTION verb_best_pool(p_agent UUID) RETURNS VARCHAR(100) CHARSET ascii COLLATE ascii_bin READS SQL DATA
	RETURN (SELECT p.id FROM agents a
		JOIN spot_pools p ON p.instance_type = a.instance_type AND p.region = a.region
		LEFT JOIN agent_configs g ON g.agent_id = a.id
		WHERE a.id = p_agent AND NOT (p.id <=> a.current_pool_id) AND {{is_usable(p, a.id, a.client_id, g.blacklist_pools)}}
			AND p.last_price IS NOT NULL AND p.last_price_at >= NOW() - INTERVAL 1 HOUR
		ORDER BY p.last_price, p.id LIMIT 1)//

-- One row in commands, as every verb makes it.
CREATE OR REPLACE PROCEDURE verb_queue(p_request_id UUID, p_hash CHAR(64), p_agent UUID, p_type VARCHAR(40), p_mode VARCHAR(10),
	p_pool VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin, p_instance VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin, p_wait INT, p_deaf BOOLEAN, p_reason VARCHAR(500), p_message VARCHAR(500),
	p_before JSON, p_metadata JSON, OUT p_command UUID)
BEGIN
	DECLARE v_other VARCHAR(40);
	SELECT c.id INTO v_other FROM commands c WHERE c.request_id = p_request_id;
	IF v_other IS NOT NULL THEN
		CALL verb_bad(CONCAT('request ', p_request_id, ' is that of command ', v_other, ', which no verb made; a new action needs a new id'));
	END IF;
	SET p_command = UUID();
	INSERT INTO commands (id, client_id, agent_id, request_id, request_hash, command_type, target_mode, target_pool_id, instance_id,
		priority, terminate_wait_seconds, status, trigger_type, pre_state, metadata, created_by, created_at, expires_at, reason,
		message, stage, stage_at)
	SELECT p_command, a.client_id, a.id, p_request_id, p_hash, p_type, p_mode, p_pool, p_instance,
		75, p_wait, 'pending', 'manual', p_before, p_metadata, LEFT(USER(), 50), NOW(),
		NOW() + INTERVAL verb_expiry_seconds(p_deaf) SECOND, p_reason, p_message, 'queued', NOW(3)
	FROM agents a WHERE a.id = p_agent;
END//

-- Where an instance is to be put: the pool that is named (the best one when it is left to us) or on-demand; and what the
-- agent's action is decided on, with the price of that place.
CREATE OR REPLACE PROCEDURE verb_find_place(p_agent UUID, p_ondemand BOOLEAN, INOUT p_pool VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin, OUT p_before JSON)
BEGIN
	IF p_pool = 'best' THEN
		SELECT verb_best_pool(p_agent) INTO p_pool;
		IF p_pool IS NULL THEN
			CALL verb_missing('no pool of its type and region is usable and has a price of the last hour');
		END IF;
	END IF;
	IF NOT p_ondemand AND NOT EXISTS (SELECT 1 FROM spot_pools p WHERE p.id = p_pool) THEN
		CALL verb_missing(CONCAT('no pool ', LEFT(p_pool, 100)));
	END IF;
	CALL verb_agent_state(p_agent, NULL, p_pool, p_before);
	IF p_ondemand THEN
		SET p_before = JSON_SET(p_before, '$.price', JSON_EXTRACT(p_before, '$.ondemand_price'));
	END IF;
END//

-- The guardrails of a switch.
CREATE OR REPLACE PROCEDURE verb_switch_guards(p_agent UUID, p_ondemand BOOLEAN, p_pool VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin, p_best BOOLEAN, p_before JSON, p_override JSON,
	INOUT p_rails JSON, OUT p_deaf BOOLEAN)
BEGIN
	DECLARE v_price DECIMAL(10,6) DEFAULT JSON_VALUE(p_before, '$.price');
	DECLARE v_now DECIMAL(10,6) DEFAULT IF(JSON_VALUE(p_before, '$.mode') = 'ondemand', JSON_VALUE(p_before, '$.ondemand_price'), JSON_VALUE(p_before, '$.spot_price'));
	CALL verb_pace_guards(p_agent, p_override, p_rails);
	SET p_rails = verb_guard(p_rails, p_override, TRUE, 'target_is_current',
		NOT IF(p_ondemand, JSON_VALUE(p_before, '$.mode') <=> 'ondemand',
			JSON_VALUE(p_before, '$.mode') <=> 'spot' AND JSON_VALUE(p_before, '$.pool') <=> p_pool),
		CONCAT('it is in ', COALESCE(IF(JSON_VALUE(p_before, '$.mode') = 'ondemand', 'on-demand', JSON_VALUE(p_before, '$.pool')), 'no pool')));
	IF NOT p_ondemand THEN
		CALL verb_pool_guards(p_agent, p_pool, p_override, p_rails);
	END IF;
	CALL verb_capacity_guard(p_agent, p_ondemand, p_pool, p_override, p_rails);
	CALL verb_agent_guards(p_agent, p_pool, p_override, p_rails, p_deaf);
	CALL verb_pending_guards(p_agent, 'switch', IF(p_ondemand, 'ondemand', 'pool'), p_pool, NULL, p_override, p_rails);
	CALL verb_share_guards(p_agent, p_override, p_rails);
	IF p_best THEN -- who names the pool has seen its price; who leaves the choice to us means a cheaper one, or flees
		SET p_rails = verb_guard(p_rails, p_override, TRUE, 'best_saves', COALESCE(v_price < v_now OR JSON_VALUE(p_before, '$.notice_status') <> 'none', TRUE),
			CONCAT(p_pool, ' costs ', {{usd(v_price)}}, '/h, it pays ', {{usd(v_now)}}, '/h now'));
	END IF;
END//

-- Moves an agent's primary to another pool, to the best one (the cheapest usable other), or to on-demand.
-- args: {"pool": id or "best"} or {"mode": "ondemand"}; {"terminate_wait_seconds": n} (0 keeps the old instance)
CREATE OR REPLACE PROCEDURE verb_switch({{verb_takes}}) MODIFIES SQL DATA
	COMMENT 'Switches an agent to another pool or to on-demand'
main: BEGIN
	DECLARE v_agent, v_command, v_undoes UUID;
	DECLARE v_deaf BOOLEAN;
	DECLARE v_best BOOLEAN DEFAULT COALESCE(JSON_VALUE(p_args, '$.pool') = 'best', FALSE);
	DECLARE v_pool VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin;
	DECLARE v_ondemand BOOLEAN DEFAULT COALESCE(JSON_VALUE(p_args, '$.mode') = 'ondemand', FALSE);
	DECLARE v_wait INT;
	DECLARE v_price, v_now DECIMAL(10,6);
	-- :include verb_begin
	{{verb_takes_pool}};
	IF (v_pool IS NOT NULL) = v_ondemand THEN
		CALL verb_bad('switch needs a pool or on-demand, one of them');
	END IF;
	CALL verb_find_agent(p_target, NOT p_dry_run, v_agent);
	-- :include verb_replay verb='switch' | target=v_agent
	CALL verb_find_place(v_agent, v_ondemand, v_pool, v_before);
	SET v_wait = COALESCE(JSON_VALUE(p_args, '$.terminate_wait_seconds'), JSON_VALUE(v_before, '$.terminate_wait_seconds'), 0);
	CALL verb_switch_guards(v_agent, v_ondemand, v_pool, v_best, v_before, p_override, v_rails, v_deaf);
	SELECT {{undoes(v_agent, v_ondemand, v_pool)}} INTO v_undoes; -- no SET: that would lock every command it looks at
	SET v_rails = verb_undoing(v_rails, v_undoes);
	SET v_price = JSON_VALUE(v_before, '$.price'),
		v_now = IF(JSON_VALUE(v_before, '$.mode') = 'ondemand', JSON_VALUE(v_before, '$.ondemand_price'), JSON_VALUE(v_before, '$.spot_price'));
	SET v_after = JSON_OBJECT('mode', IF(v_ondemand, 'ondemand', 'spot'), 'pool', v_pool, 'price', v_price + 0,
		'usd_per_hour_change', v_price - v_now, 'usd_per_month_change', ROUND((v_price - v_now) * {{month_h}}, 2),
		'old_instance', JSON_VALUE(v_before, '$.instance_id'), 'old_instance_fate', IF(v_wait > 0, 'terminated', 'kept'),
		'terminate_wait_seconds', v_wait + 0, 'old_instance_usd_per_day', IF(v_wait > 0, NULL, ROUND(v_now * 24, 2)),
		'expires_in_seconds', verb_expiry_seconds(v_deaf) + 0);
	SET v_message = CONCAT('switch ', JSON_VALUE(v_before, '$.agent'), ' to ', COALESCE(v_pool, 'on-demand'));
	IF v_undoes IS NOT NULL THEN
		SET v_after = JSON_SET(v_after, '$.undoes', CAST(v_undoes AS CHAR)), v_message = CONCAT(v_message, ', which undoes the switch ', LEFT(v_undoes, 8));
	END IF;
	{{verb_decide}};
	IF v_status = 'done' THEN
		CALL verb_queue(p_request_id, v_hash, v_agent, 'switch', IF(v_ondemand, 'ondemand', 'pool'), v_pool,
			JSON_VALUE(v_before, '$.instance_id'), v_wait, v_deaf, p_reason, v_message, v_before,
			JSON_OBJECT('expected', JSON_EXTRACT(v_after, '$'), 'override', JSON_EXTRACT(p_override, '$'), 'undoes', CAST(v_undoes AS CHAR)), v_command);
	END IF;
	-- :include verb_finish verb='switch' | command=v_command | target='agent', v_agent, JSON_VALUE(v_before, '$.agent') | version=JSON_VALUE(v_before, '$.version')
END//

-- The guardrails of a launch.
CREATE OR REPLACE PROCEDURE verb_launch_guards(p_agent UUID, p_ondemand BOOLEAN, p_pool VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin, p_replica BOOLEAN, p_before JSON, p_override JSON,
	INOUT p_rails JSON, OUT p_deaf BOOLEAN)
BEGIN
	DECLARE v_has_primary BOOLEAN DEFAULT JSON_VALUE(p_before, '$.role') <=> 'primary';
	SET p_rails = verb_guard(p_rails, p_override, TRUE, 'primary_exists', p_replica OR NOT v_has_primary,
		IF(v_has_primary, CONCAT(JSON_VALUE(p_before, '$.instance_id'), ' is its primary', IF(p_replica, '; this one will be a replica', '')),
			'it has no primary'));
	IF NOT p_ondemand THEN
		CALL verb_pool_guards(p_agent, p_pool, p_override, p_rails);
	END IF;
	CALL verb_capacity_guard(p_agent, p_ondemand, p_pool, p_override, p_rails);
	CALL verb_agent_guards(p_agent, p_pool, p_override, p_rails, p_deaf);
	CALL verb_pending_guards(p_agent, 'LAUNCH_INSTANCE', IF(p_ondemand, 'ondemand', 'pool'), p_pool, NULL, p_override, p_rails);
END//

-- Launches an instance for an agent. args: {"pool": id or "best"} or {"mode": "ondemand"}; {"role": "primary" or "replica"}
CREATE OR REPLACE PROCEDURE verb_launch({{verb_takes}}) MODIFIES SQL DATA
	COMMENT 'Launches an instance for an agent'
main: BEGIN
	DECLARE v_agent, v_command UUID;
	DECLARE v_deaf, v_replica BOOLEAN;
	DECLARE v_pool VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin;
	DECLARE v_ondemand BOOLEAN DEFAULT COALESCE(JSON_VALUE(p_args, '$.mode') = 'ondemand', FALSE);
	-- :include verb_begin
	{{verb_takes_pool}};
	SET v_replica = COALESCE(JSON_VALUE(p_args, '$.role'), 'primary') = 'replica';
	IF (v_pool IS NOT NULL) = v_ondemand THEN
		CALL verb_bad('launch needs a pool or on-demand, one of them');
	END IF;
	CALL verb_find_agent(p_target, NOT p_dry_run, v_agent);
	-- :include verb_replay verb='launch' | target=v_agent
	CALL verb_find_place(v_agent, v_ondemand, v_pool, v_before);
	CALL verb_launch_guards(v_agent, v_ondemand, v_pool, v_replica, v_before, p_override, v_rails, v_deaf);
	SET v_after = JSON_OBJECT('role', IF(v_replica, 'replica', 'primary'), 'mode', IF(v_ondemand, 'ondemand', 'spot'), 'pool', v_pool,
		'price', JSON_EXTRACT(v_before, '$.price'), 'usd_per_month_change', ROUND(JSON_VALUE(v_before, '$.price') * {{month_h}}, 2),
		'expires_in_seconds', verb_expiry_seconds(v_deaf) + 0);
	SET v_message = CONCAT('launch a ', IF(v_replica, 'replica', 'primary'), ' for ', JSON_VALUE(v_before, '$.agent'), ' in ',
		COALESCE(v_pool, 'on-demand'));
	{{verb_decide}};
	IF v_status = 'done' THEN
		CALL verb_queue(p_request_id, v_hash, v_agent, 'LAUNCH_INSTANCE', IF(v_ondemand, 'ondemand', 'pool'), v_pool, NULL, NULL, v_deaf,
			p_reason, v_message, v_before, JSON_OBJECT('role', IF(v_replica, 'replica', 'primary'),
				'expected', JSON_EXTRACT(v_after, '$'), 'override', JSON_EXTRACT(p_override, '$')), v_command);
	END IF;
	-- :include verb_finish verb='launch' | command=v_command | target='agent', v_agent, JSON_VALUE(v_before, '$.agent') | version=JSON_VALUE(v_before, '$.version')
END//

-- The instance, its agent, and both locked (agent first, as everywhere).
CREATE OR REPLACE PROCEDURE verb_find_instance(p_target VARCHAR(400), p_lock BOOLEAN, OUT p_instance VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin, OUT p_agent UUID)
BEGIN
	DECLARE v_target VARCHAR(400) CHARACTER SET ascii COLLATE ascii_bin DEFAULT REGEXP_REPLACE(p_target, '[^ -~]', '?'); -- what is not ASCII names none
	SET p_instance = NULL, p_agent = NULL;
	SELECT i.id, i.agent_id INTO p_instance, p_agent FROM instances i WHERE i.id = v_target;
	IF p_instance IS NULL THEN
		CALL verb_missing(CONCAT('no instance ', LEFT(p_target, 100)));
	END IF;
	IF p_agent IS NULL THEN
		CALL verb_missing(CONCAT('instance ', p_instance, ' belongs to no agent, so nobody could carry it out'));
	END IF;
	IF p_lock THEN
		SELECT a.id INTO p_agent FROM agents a WHERE a.id = p_agent FOR UPDATE;
		SELECT i.id INTO p_instance FROM instances i WHERE i.id = p_instance FOR UPDATE;
	END IF;
END//

-- The guardrails of a termination.
CREATE OR REPLACE PROCEDURE verb_terminate_guards(p_agent UUID, p_instance VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin, p_before JSON, p_override JSON,
	INOUT p_rails JSON, OUT p_deaf BOOLEAN)
BEGIN
	DECLARE v_state VARCHAR(20) DEFAULT JSON_VALUE(p_before, '$.instance_status');
	SET p_rails = verb_guard(p_rails, p_override, FALSE, 'already_gone', v_state NOT IN ('terminating', 'terminated'),
		CONCAT('it is ', v_state));
	SET p_rails = verb_guard(p_rails, p_override, TRUE, 'is_primary', JSON_VALUE(p_before, '$.role') <> 'primary',
		IF(JSON_VALUE(p_before, '$.role') = 'primary', 'it is the primary; its agent would have none', CONCAT('it is a ', JSON_VALUE(p_before, '$.role'))));
	CALL verb_agent_guards(p_agent, NULL, p_override, p_rails, p_deaf);
	CALL verb_pending_guards(p_agent, 'TERMINATE_INSTANCE', NULL, NULL, p_instance, p_override, p_rails);
	CALL verb_share_guards(p_agent, p_override, p_rails);
END//

-- Terminates an instance.
CREATE OR REPLACE PROCEDURE verb_terminate({{verb_takes}}) MODIFIES SQL DATA
	COMMENT 'Terminates an instance'
main: BEGIN
	DECLARE v_agent, v_command UUID;
	DECLARE v_instance VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
	DECLARE v_deaf BOOLEAN;
	-- :include verb_begin
	CALL verb_find_instance(p_target, NOT p_dry_run, v_instance, v_agent);
	-- :include verb_replay verb='terminate' | target=v_instance
	CALL verb_agent_state(v_agent, v_instance, NULL, v_before);
	CALL verb_terminate_guards(v_agent, v_instance, v_before, p_override, v_rails, v_deaf);
	SET v_after = JSON_OBJECT('instance_status', 'terminated', 'expires_in_seconds', verb_expiry_seconds(v_deaf) + 0);
	SET v_message = CONCAT('terminate ', v_instance, ' (', JSON_VALUE(v_before, '$.role'), ' of ', JSON_VALUE(v_before, '$.agent'), ')');
	{{verb_decide}};
	IF v_status = 'done' THEN
		CALL verb_queue(p_request_id, v_hash, v_agent, 'TERMINATE_INSTANCE', NULL, NULL, v_instance, NULL, v_deaf, p_reason, v_message,
			v_before, JSON_OBJECT('override', JSON_EXTRACT(p_override, '$')), v_command);
	END IF;
	-- :include verb_finish verb='terminate' | command=v_command | target='instance', v_instance, v_instance | version=JSON_VALUE(v_before, '$.version')
END//

-- The guardrails of a promotion.
CREATE OR REPLACE PROCEDURE verb_promote_guards(p_agent UUID, p_instance VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin, p_before JSON, p_override JSON,
	INOUT p_rails JSON, OUT p_deaf BOOLEAN)
BEGIN
	DECLARE v_state VARCHAR(20) DEFAULT JSON_VALUE(p_before, '$.instance_status');
	SET p_rails = verb_guard(p_rails, p_override, FALSE, 'ready_replica', v_state = 'running_replica', CONCAT('it is ', v_state));
	CALL verb_agent_guards(p_agent, NULL, p_override, p_rails, p_deaf);
	CALL verb_pending_guards(p_agent, 'PROMOTE_REPLICA_TO_PRIMARY', NULL, NULL, p_instance, p_override, p_rails);
	CALL verb_share_guards(p_agent, p_override, p_rails);
END//

-- Makes a replica its agent's primary.
CREATE OR REPLACE PROCEDURE verb_promote({{verb_takes}}) MODIFIES SQL DATA
	COMMENT 'Makes a replica the primary'
main: BEGIN
	DECLARE v_agent, v_command UUID;
	DECLARE v_instance VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
	DECLARE v_old VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
	DECLARE v_deaf BOOLEAN;
	DECLARE v_old_usd_per_day DECIMAL(12,2);
	-- :include verb_begin
	CALL verb_find_instance(p_target, NOT p_dry_run, v_instance, v_agent);
	-- :include verb_replay verb='promote' | target=v_instance
	CALL verb_agent_state(v_agent, v_instance, NULL, v_before);
	SELECT MAX(i.id) INTO v_old FROM instances i WHERE i.primary_of = v_agent;
	SELECT MAX(ROUND(m.usd_per_hour * 24, 2)) INTO v_old_usd_per_day FROM v_instance_money m WHERE m.id = v_old;
	SET v_before = JSON_SET(v_before, '$.primary_instance_id', v_old);
	CALL verb_promote_guards(v_agent, v_instance, v_before, p_override, v_rails, v_deaf);
	SET v_after = JSON_OBJECT('instance_status', 'running_primary', 'old_instance', v_old,
		'old_instance_fate', IF(v_old IS NULL, NULL, IF(JSON_VALUE(v_before, '$.terminate_wait_seconds') > 0, 'terminated', 'kept')),
		'terminate_wait_seconds', JSON_VALUE(v_before, '$.terminate_wait_seconds') + 0,
		'old_instance_usd_per_day', IF(JSON_VALUE(v_before, '$.terminate_wait_seconds') > 0, NULL,
			v_old_usd_per_day),
		'expires_in_seconds', verb_expiry_seconds(v_deaf) + 0);
	SET v_message = CONCAT('promote ', v_instance, ' to primary of ', JSON_VALUE(v_before, '$.agent'));
	{{verb_decide}};
	IF v_status = 'done' THEN
		CALL verb_queue(p_request_id, v_hash, v_agent, 'PROMOTE_REPLICA_TO_PRIMARY', NULL, NULL, v_instance,
			JSON_VALUE(v_before, '$.terminate_wait_seconds'), v_deaf, p_reason, v_message, v_before,
			JSON_OBJECT('override', JSON_EXTRACT(p_override, '$')), v_command);
	END IF;
	-- :include verb_finish verb='promote' | command=v_command | target='instance', v_instance, v_instance | version=JSON_VALUE(v_before, '$.version')
END//

-- Ends an agent and all its instances.
CREATE OR REPLACE PROCEDURE verb_self_destruct({{verb_takes}}) MODIFIES SQL DATA
	COMMENT 'Ends an agent and its instances'
main: BEGIN
	DECLARE v_agent, v_command UUID;
	DECLARE v_deaf BOOLEAN;
	DECLARE v_n INT;
	-- :include verb_begin
	CALL verb_find_agent(p_target, NOT p_dry_run, v_agent);
	-- :include verb_replay verb='self_destruct' | target=v_agent
	CALL verb_agent_state(v_agent, NULL, NULL, v_before);
	SELECT COUNT(*) INTO v_n FROM instances i WHERE i.agent_id = v_agent AND i.is_active;
	CALL verb_agent_guards(v_agent, NULL, p_override, v_rails, v_deaf);
	CALL verb_pending_guards(v_agent, 'SELF_DESTRUCT', NULL, NULL, NULL, p_override, v_rails);
	CALL verb_share_guards(v_agent, p_override, v_rails);
	SET v_after = JSON_OBJECT('instances_terminated', v_n + 0, 'expires_in_seconds', verb_expiry_seconds(v_deaf) + 0);
	SET v_message = CONCAT('end ', JSON_VALUE(v_before, '$.agent'), ' and its ', {{n_of(v_n, 'instance', 'instances')}});
	{{verb_decide}};
	IF v_status = 'done' THEN
		CALL verb_queue(p_request_id, v_hash, v_agent, 'SELF_DESTRUCT', NULL, NULL, NULL, NULL, v_deaf, p_reason, v_message, v_before,
			JSON_OBJECT('override', JSON_EXTRACT(p_override, '$')), v_command);
	END IF;
	-- :include verb_finish verb='self_destruct' | command=v_command | target='agent', v_agent, JSON_VALUE(v_before, '$.agent') | version=JSON_VALUE(v_before, '$.version')
END//

-- What a dry run would say, for who may only read: {"refused": why it would be, "pool": where it would go}. It
-- asks the guardrails themselves, nothing overridden, and writes and locks nothing. An instance is named for the verbs of one.
CREATE OR REPLACE FUNCTION verb_try(p_verb VARCHAR(20), p_agent UUID, p_instance VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin, p_args JSON) RETURNS JSON READS SQL DATA
BEGIN
	DECLARE v_deaf BOOLEAN;
	DECLARE v_before JSON;
	DECLARE v_rails JSON DEFAULT '[]';
	DECLARE v_text VARCHAR(2000);
	DECLARE v_pool VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin DEFAULT JSON_VALUE(p_args, '$.pool');
	DECLARE v_ondemand BOOLEAN DEFAULT COALESCE(JSON_VALUE(p_args, '$.mode') = 'ondemand', FALSE);
	DECLARE EXIT HANDLER FOR SQLSTATE '45000' BEGIN
		GET DIAGNOSTICS CONDITION 1 v_text = MESSAGE_TEXT;
		RETURN JSON_OBJECT('refused', v_text);
	END;
	IF p_verb IN ('switch', 'launch') THEN
		CALL verb_find_place(p_agent, v_ondemand, v_pool, v_before);
	ELSE
		CALL verb_agent_state(p_agent, p_instance, NULL, v_before);
	END IF;
	CASE p_verb
		WHEN 'switch' THEN CALL verb_switch_guards(p_agent, v_ondemand, v_pool, COALESCE(JSON_VALUE(p_args, '$.pool') = 'best', FALSE), v_before, '[]', v_rails, v_deaf);
		WHEN 'launch' THEN CALL verb_launch_guards(p_agent, v_ondemand, v_pool, COALESCE(JSON_VALUE(p_args, '$.role') = 'replica', FALSE), v_before, '[]', v_rails, v_deaf);
		WHEN 'terminate' THEN CALL verb_terminate_guards(p_agent, p_instance, v_before, '[]', v_rails, v_deaf);
		WHEN 'promote' THEN CALL verb_promote_guards(p_agent, p_instance, v_before, '[]', v_rails, v_deaf);
		WHEN 'enable' THEN CALL verb_agent_guards(p_agent, NULL, '[]', v_rails, v_deaf); SET v_rails = verb_enables(v_rails);
		ELSE CALL verb_bad(CONCAT('no action ', COALESCE(QUOTE(p_verb), 'NULL'), ' can be tried'));
	END CASE;
	SET v_text = verb_refusal(v_rails);
	RETURN JSON_MERGE_PATCH('{}', JSON_OBJECT('refused', v_text, 'pool', v_pool)); -- without those that are null
END//

-- The way to a new primary that passes now, the best first: {"verb", "target", "args", "pool"}; where none does, the first with
-- "refused". A replica that is ready is promoted; while another instance is launching, nothing else is begun; a pool in
-- which a launch hangs is none to launch into. p_replica, p_boot_pool: the ready replica and the pool that boots fastest.
CREATE OR REPLACE FUNCTION verb_rescue(p_agent UUID, p_is_termination BOOLEAN, p_is_bare BOOLEAN, p_is_coming BOOLEAN,
	p_replica VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin, p_boot_pool VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin) RETURNS JSON READS SQL DATA
BEGIN
	DECLARE v_i INT DEFAULT 0;
	DECLARE v_ways JSON DEFAULT '[]';
	DECLARE v_way, v_said, v_first JSON;
	DECLARE v_refused VARCHAR(2000);
	DECLARE v_pool VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin;
	IF p_replica IS NOT NULL AND (p_is_bare OR p_is_termination) THEN
		SET v_ways = JSON_ARRAY_APPEND(v_ways, '$', JSON_OBJECT('verb', 'promote', 'target', p_replica, 'args', JSON_OBJECT()));
	END IF;
	IF NOT p_is_coming OR NOT (p_is_bare OR p_is_termination) THEN
		IF NOT p_is_bare AND p_is_termination AND p_boot_pool IS NOT NULL THEN
			SET v_ways = JSON_ARRAY_APPEND(v_ways, '$', JSON_OBJECT('verb', 'switch', 'args', JSON_OBJECT('pool', p_boot_pool)));
		END IF;
		IF NOT p_is_bare THEN
			SET v_ways = JSON_ARRAY_APPEND(v_ways, '$', JSON_OBJECT('verb', 'switch', 'args', JSON_OBJECT('pool', 'best')), '$', JSON_OBJECT('verb', 'switch', 'args', JSON_OBJECT('mode', 'ondemand')),
				'$', JSON_OBJECT('verb', 'launch', 'args', JSON_OBJECT('pool', 'best', 'role', 'replica')), '$', JSON_OBJECT('verb', 'launch', 'args', JSON_OBJECT('mode', 'ondemand', 'role', 'replica')));
		ELSE
			SET v_ways = JSON_ARRAY_APPEND(v_ways, '$', JSON_OBJECT('verb', 'launch', 'args', JSON_OBJECT('pool', 'best')), '$', JSON_OBJECT('verb', 'launch', 'args', JSON_OBJECT('mode', 'ondemand')));
		END IF;
	END IF;
	WHILE v_i < JSON_LENGTH(v_ways) DO
		SET v_way = JSON_EXTRACT(v_ways, CONCAT('$[', v_i, ']')), v_i = v_i + 1;
		SET v_said = verb_try(JSON_VALUE(v_way, '$.verb'), p_agent, JSON_VALUE(v_way, '$.target'), JSON_EXTRACT(v_way, '$.args'));
		SET v_refused = JSON_VALUE(v_said, '$.refused'), v_pool = JSON_VALUE(v_said, '$.pool');
		IF v_refused IS NULL AND v_pool IS NOT NULL THEN
			SET v_refused = (SELECT CONCAT(MIN(i.id), ' hangs in ', v_pool) FROM instances i WHERE i.agent_id = p_agent AND i.is_primary = FALSE
				AND i.instance_status = 'launching' AND i.is_active AND i.current_pool_id = v_pool AND {{overdue(i.launch_requested_at, NOW())}});
		END IF;
		IF v_pool IS NOT NULL THEN
			SET v_way = JSON_SET(v_way, '$.pool', v_pool, '$.args.pool', v_pool);
		END IF;
		IF v_refused IS NULL THEN
			RETURN v_way;
		END IF;
		SET v_first = COALESCE(v_first, JSON_SET(v_way, '$.refused', v_refused));
	END WHILE;
	RETURN COALESCE(v_first, '{}');
END//

DELIMITER ;
