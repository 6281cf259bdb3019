-- The guardrails that several verbs share. Each adds lines to a list (verb_guard); none decides.

DELIMITER //

-- The agent itself: can it hear, may it be touched. p_deaf: a command for it would wait.
CREATE OR REPLACE PROCEDURE verb_agent_guards(p_agent UUID, p_pool VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin, p_override JSON, INOUT p_rails JSON, OUT p_deaf BOOLEAN)
BEGIN
	DECLARE v_enabled BOOLEAN;
	DECLARE v_status VARCHAR(10);
	DECLARE v_silent, v_limit INT;
	DECLARE v_frozen VARCHAR(400);
	SELECT a.enabled, a.status, {{silent_s(a)}}, {{crit_after(a.heartbeat_interval_seconds)}}
		INTO v_enabled, v_status, v_silent, v_limit FROM agents a WHERE a.id = p_agent;
	SET p_rails = verb_guard(p_rails, p_override, TRUE, 'agent_disabled', v_enabled,
			IF(v_enabled, 'agent is enabled', 'agent is disabled; it would wait'));
	SET p_rails = verb_guard(p_rails, p_override, TRUE, 'agent_offline', v_status <> 'offline',
			CONCAT('its reported status is ', v_status));
	SET p_rails = verb_guard(p_rails, p_override, TRUE, 'agent_silent', COALESCE(v_silent <= v_limit, FALSE),
			IF(v_silent IS NULL, 'the agent has sent no heartbeat yet, or its last is of a time to come', CONCAT('heartbeat ', {{in_words(v_silent)}}, ' ago (limit ', {{in_words(v_limit)}}, ')')));
	SET p_deaf = NOT v_enabled OR v_status = 'offline' OR v_silent IS NULL OR v_silent > v_limit;
	SET v_frozen = verb_frozen_by(p_agent, p_pool);
	-- A freeze holds back what is automatic; what a person issues passes, and is told of it.
	SET p_rails = verb_guard(p_rails, p_override, TRUE, 'frozen_scope', TRUE,
			COALESCE(CONCAT('a manual command passes; automation is ', v_frozen), 'no freeze covers it'));
END//

-- That an agent is disabled does not stand in the way of enabling it.
CREATE OR REPLACE FUNCTION verb_enables(p_rails JSON) RETURNS JSON DETERMINISTIC
BEGIN
	DECLARE v_at VARCHAR(40) DEFAULT REPLACE(JSON_UNQUOTE(JSON_SEARCH(p_rails, 'one', 'agent_disabled', NULL, '$[*].name')), '.name', '');
	RETURN JSON_SET(p_rails, CONCAT(v_at, '.ok'), JSON_EXTRACT('true', '$'), CONCAT(v_at, '.overridden'), JSON_EXTRACT('false', '$'),
		CONCAT(v_at, '.detail'), 'agent is disabled; this enables it');
END//

-- Who undoes a switch of the last hour is not held by what guards against haste.
CREATE OR REPLACE FUNCTION verb_undoing(p_rails JSON, p_undoes UUID) RETURNS JSON DETERMINISTIC
BEGIN
	DECLARE v_at VARCHAR(40);
	DECLARE v_i INT DEFAULT 1;
	WHILE p_undoes IS NOT NULL AND v_i <= 2 DO
		SET v_at = REPLACE(JSON_UNQUOTE(JSON_SEARCH(p_rails, 'one', ELT(v_i, 'switches_per_week', 'min_pool_hours'), NULL, '$[*].name')), '.name', ''),
			p_rails = JSON_SET(p_rails, CONCAT(v_at, '.ok'), JSON_EXTRACT('true', '$'), CONCAT(v_at, '.overridden'), JSON_EXTRACT('false', '$'),
				CONCAT(v_at, '.detail'), CONCAT(JSON_VALUE(p_rails, CONCAT(v_at, '.detail')), '; it undoes the switch ', LEFT(p_undoes, 8), ' of the last hour')),
			v_i = v_i + 1;
	END WHILE;
	RETURN p_rails;
END//

-- Whether there is capacity where an instance would be put, as the last launches there say.
CREATE OR REPLACE PROCEDURE verb_capacity_guard(p_agent UUID, p_ondemand BOOLEAN, p_pool VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin, p_override JSON, INOUT p_rails JSON)
BEGIN
	DECLARE v_client UUID;
	DECLARE v_place VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin;
	DECLARE v_cooled, v_tried BOOLEAN;
	DECLARE v_says VARCHAR(300);
	SELECT a.client_id, IF(p_ondemand, {{ondemand_place(a.instance_type, a.region)}}, p_pool) INTO v_client, v_place FROM agents a WHERE a.id = p_agent;
	SELECT {{is_cooled(v_place, v_client)}}, {{is_tried(v_place, v_client, p_agent)}}, cooling_says(v_place, v_client) INTO v_cooled, v_tried, v_says; -- a SET with a subselect locks
	SET p_rails = verb_guard(p_rails, p_override, TRUE, 'no_capacity', NOT (v_cooled OR v_tried),
		COALESCE(CONCAT(v_says, IF(v_tried AND NOT v_cooled, ': one is under way', '')), 'no launch failed there for want of capacity'));
END//

-- Where an instance would be put.
CREATE OR REPLACE PROCEDURE verb_pool_guards(p_agent UUID, p_pool VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin, p_override JSON, INOUT p_rails JSON)
BEGIN
	DECLARE v_active, v_cordoned BOOLEAN;
	DECLARE v_why VARCHAR(300);
	DECLARE v_black JSON;
	DECLARE v_noticed INT;
	SELECT p.is_active, {{is_cordoned(p)}},
			CONCAT_WS(', ', p.cordon_reason, CONCAT('until ', p.cordoned_until))
		INTO v_active, v_cordoned, v_why FROM spot_pools p WHERE p.id = p_pool;
	SELECT MAX(g.blacklist_pools) INTO v_black FROM agent_configs g WHERE g.agent_id = p_agent;
	SELECT COALESCE(MAX(n.noticed), 0) INTO v_noticed FROM agents a JOIN v_pools_noticed n ON n.pool_id = p_pool AND COALESCE(n.client_id = a.client_id, TRUE) WHERE a.id = p_agent;
	SET p_rails = verb_guard(p_rails, p_override, TRUE, 'pool_inactive', v_active,
			CONCAT('pool is ', IF(v_active, '', 'in'), 'active'));
	SET p_rails = verb_guard(p_rails, p_override, TRUE, 'pool_cordoned', NOT v_cordoned,
			IF(v_cordoned, CONCAT('pool is cordoned: ', v_why), 'pool is not cordoned'));
	SET p_rails = verb_guard(p_rails, p_override, TRUE, 'pool_blacklisted',
			NOT {{is_listed(p_pool, v_black)}},
			IF({{is_listed(p_pool, v_black)}}, 'pool is on the agent''s blacklist', 'pool is not blacklisted'));
	SET p_rails = verb_guard(p_rails, p_override, TRUE, 'pool_notice', v_noticed = 0,
			CONCAT({{n_of(v_noticed, 'instance in the pool is', 'instances in the pool are')}}, ' under notice'));
END//

-- How often it may move.
CREATE OR REPLACE PROCEDURE verb_pace_guards(p_agent UUID, p_override JSON, INOUT p_rails JSON)
BEGIN
	DECLARE v_done, v_coming, v_max, v_min_hours INT;
	DECLARE v_hours DECIMAL(12,1);
	SELECT COALESCE(MAX(g.max_switches_per_week), 10), COALESCE(MAX(g.min_pool_duration_hours), 2)
		INTO v_max, v_min_hours FROM agent_configs g WHERE g.agent_id = p_agent;
	SELECT COUNT(*) INTO v_done FROM switches s
		WHERE s.agent_id = p_agent AND s.switched_at >= NOW() - INTERVAL 7 DAY AND s.success;
	SELECT COUNT(*) INTO v_coming FROM commands c
		WHERE c.agent_id = p_agent AND {{is_under_way(c)}} AND c.command_type = 'switch';
	SELECT GREATEST(0, TIMESTAMPDIFF(SECOND, COALESCE(MAX(i.last_switch_at), MAX(i.launch_confirmed_at), MAX(i.installed_at), MAX(i.created_at)), NOW())) / 3600
		INTO v_hours FROM instances i WHERE i.primary_of = p_agent;
	SET p_rails = verb_guard(p_rails, p_override, TRUE, 'switches_per_week', v_done + v_coming < v_max,
			CONCAT(v_done + v_coming, ' of ', {{n_of(v_max, 'switch', 'switches')}}, ' in 7 days'));
	SET p_rails = verb_guard(p_rails, p_override, TRUE, 'min_pool_hours', COALESCE(v_hours, v_min_hours) >= v_min_hours,
			COALESCE(CONCAT(v_hours, ' h in its pool (min ', v_min_hours, ')'), 'not in a pool'));
END//

-- Commands under way for the same agent. Same type and same aim: a duplicate. Another one that moves
-- its primary, or aims at the same instance: an opposite.
CREATE OR REPLACE PROCEDURE verb_pending_guards(p_agent UUID, p_type VARCHAR(40), p_mode VARCHAR(10), p_pool VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin,
	p_instance VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin, p_override JSON, INOUT p_rails JSON)
BEGIN
	DECLARE v_same, v_opposite VARCHAR(300);
	SELECT MIN(CASE WHEN c.command_type = p_type AND c.target_mode <=> p_mode AND c.target_pool_id <=> p_pool
				AND (p_type = 'switch' OR c.instance_id <=> p_instance) THEN c.text END),
			MIN(CASE WHEN NOT (c.command_type = p_type AND c.target_mode <=> p_mode AND c.target_pool_id <=> p_pool
					AND (p_type = 'switch' OR c.instance_id <=> p_instance))
				AND ((c.moves AND p_type IN ('switch', 'PROMOTE_REPLICA_TO_PRIMARY', 'SELF_DESTRUCT'))
					OR (c.instance_id = p_instance AND c.command_type <> 'APPLY_CONFIG')
					OR ('SELF_DESTRUCT' IN (c.command_type, p_type) AND c.command_type <> 'APPLY_CONFIG')) THEN c.text END)
		INTO v_same, v_opposite
		FROM (SELECT d.command_type, d.target_mode, d.target_pool_id, d.instance_id,
				d.command_type IN ('switch', 'PROMOTE_REPLICA_TO_PRIMARY', 'SELF_DESTRUCT') AS moves,
				CONCAT(d.command_type, COALESCE(CONCAT(' to ', COALESCE(d.target_pool_id, d.target_mode)), ''), ' is ',
					d.status, ' (', LEFT(d.id, 8), ', ', COALESCE(d.created_by, 'unknown'), ', ',
					{{in_words(TIMESTAMPDIFF(SECOND, d.created_at, NOW()))}}, ' ago)') AS text
			FROM commands d WHERE d.agent_id = p_agent AND {{is_under_way(d)}}) c;
	SET p_rails = verb_guard(p_rails, p_override, TRUE, 'duplicate_pending', v_same IS NULL,
			COALESCE(v_same, 'no such command is under way'));
	SET p_rails = verb_guard(p_rails, p_override, TRUE, 'opposite_pending', v_opposite IS NULL,
			COALESCE(v_opposite, 'no opposite command is under way'));
END//

-- How much of a client's zone, a pool and a client is being touched at once, this agent included. Whoever has its new primary is
-- touched no longer, though its old instance still waits for its end. The whole is
-- counted up to 1,000: more would not change the answer, and the cost must not grow with the fleet.
CREATE OR REPLACE PROCEDURE verb_share_guards(p_agent UUID, p_override JSON, INOUT p_rails JSON)
BEGIN
	DECLARE v_az VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin;
	DECLARE v_pool VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin;
	DECLARE v_client UUID;
	DECLARE v_share DECIMAL(4,3);
	DECLARE v_in_az, v_in_pool, v_in_client, v_az_n, v_pool_n, v_client_n INT;
	SELECT a.az, a.current_pool_id, a.client_id INTO v_az, v_pool, v_client FROM agents a WHERE a.id = p_agent;
	SELECT COUNT(DISTINCT IF({{in_zone(a, v_az, v_client)}}, a.id, NULL)), COUNT(DISTINCT IF(a.current_pool_id = v_pool, a.id, NULL)),
			COUNT(DISTINCT IF(a.client_id = v_client, a.id, NULL))
		INTO v_in_az, v_in_pool, v_in_client
		FROM ((SELECT c.agent_id FROM commands c WHERE c.status = 'executing' AND NOT (c.command_type IN ('switch', 'PROMOTE_REPLICA_TO_PRIMARY') AND c.stage IN ('promoted', 'cleanup'))
				AND c.command_type IN ('switch', 'TERMINATE_INSTANCE', 'PROMOTE_REPLICA_TO_PRIMARY', 'SELF_DESTRUCT') LIMIT 5000)
			UNION ALL (SELECT c.agent_id FROM commands c WHERE {{is_pending(c)}}
				AND c.command_type IN ('switch', 'TERMINATE_INSTANCE', 'PROMOTE_REPLICA_TO_PRIMARY', 'SELF_DESTRUCT') LIMIT 5000)) t
		JOIN agents a ON a.id = t.agent_id WHERE a.id <> p_agent;
	SELECT COUNT(*) INTO v_az_n FROM (SELECT 1 FROM agents a WHERE {{in_zone(a, v_az, v_client)}} AND a.enabled LIMIT 1000) t;
	SELECT COUNT(*) INTO v_pool_n FROM (SELECT 1 FROM agents a WHERE a.current_pool_id = v_pool AND a.enabled LIMIT 1000) t;
	SELECT COUNT(*) INTO v_client_n FROM (SELECT 1 FROM agents a WHERE a.client_id = v_client AND a.enabled LIMIT 1000) t;
	SET v_share = verb_max_share(v_client);
	SET p_rails = verb_share_guard(p_rails, p_override, 'share_az', v_share, v_in_az, v_az_n, COALESCE(v_az, 'no zone'));
	SET p_rails = verb_share_guard(p_rails, p_override, 'share_pool', v_share, v_in_pool, v_pool_n, COALESCE(v_pool, 'no pool'));
	SET p_rails = verb_share_guard(p_rails, p_override, 'share_client', v_share, v_in_client, v_client_n, 'its client');
END//

CREATE OR REPLACE FUNCTION verb_share_guard(p_rails JSON, p_override JSON, p_name VARCHAR(40), p_share DECIMAL(4,3), p_touched INT, p_whole INT,
	p_what VARCHAR(150)) RETURNS JSON DETERMINISTIC
	RETURN verb_guard(p_rails, p_override, TRUE, p_name,
		p_touched + 1 <= GREATEST(2, FLOOR(p_whole * p_share)),
		CONCAT(p_touched + 1, ' of ', IF(p_whole >= 1000, 'over 1,000 agents', {{n_of(p_whole, 'agent', 'agents')}}), ' of ', p_what,
			' at once (limit ', GREATEST(2, FLOOR(p_whole * p_share)), ', a share of ', ROUND(100 * p_share), ' %)'))//

-- The freeze that covers an agent, or the pool a command aims at, as a sentence; NULL when none does.
CREATE OR REPLACE FUNCTION verb_frozen_by(p_agent UUID, p_pool VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin) RETURNS VARCHAR(400) READS SQL DATA
	RETURN (SELECT CONCAT('frozen by ', f.created_by, ' (', IF(f.scope_type = 'all', 'fleet', f.scope_type), ') until ',
			REPLACE({{utc(f.expires_at)}}, 'T', ' '), ': ', LEFT(f.reason, 200))
		FROM automation_freezes f JOIN agents a ON a.id = p_agent
		WHERE f.thawed_at IS NULL AND f.expires_at > NOW() AND f.scope_id = CASE f.scope_type WHEN 'all' THEN ''
			WHEN 'client' THEN CAST(a.client_id AS CHAR) WHEN 'agent' THEN CAST(a.id AS CHAR)
			WHEN 'az' THEN a.az WHEN 'region' THEN a.region
			WHEN 'pool' THEN IF(f.scope_id = p_pool, p_pool, a.current_pool_id) END
		ORDER BY f.expires_at DESC LIMIT 1)//

-- Automatic commands that arrive in a frozen scope are kept, as cancelled, so that one sees what was
-- held back. Emergencies and people pass.
CREATE OR REPLACE TRIGGER commands_frozen BEFORE INSERT ON commands FOR EACH ROW
BEGIN
	DECLARE v_frozen VARCHAR(400);
	IF NEW.trigger_type IN ('ml', 'scheduled') AND NEW.status = 'pending' THEN
		SET v_frozen = verb_frozen_by(NEW.agent_id, NEW.target_pool_id);
		IF v_frozen IS NOT NULL THEN
			SET NEW.status = 'cancelled', NEW.success = FALSE, NEW.message = v_frozen, NEW.completed_at = NOW(), NEW.stage = 'done';
		END IF;
	END IF;
END//

DELIMITER ;
