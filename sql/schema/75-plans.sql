-- Evacuation: a plan is made, shown, run by its id, paused, resumed, cancelled; the leading worker releases its rows as commands.
--
-- A plan is rows, not held commands: a row is made a command by the frame of every verb (verb_plan_release) when its turn comes,
-- under the ordinary guardrails, and from then on it is one like any other. So agents, leases and the states of commands know
-- nothing of plans, and a target that is taken away before its turn costs a change of a row.
DELIMITER //

-- The plan by id, or by the beginning of it.
CREATE OR REPLACE PROCEDURE verb_find_plan(p_target VARCHAR(400), p_lock BOOLEAN, OUT p_plan UUID)
BEGIN
	DECLARE v_n INT DEFAULT 0;
	SET p_plan = NULL;
	IF p_target REGEXP '^[0-9a-fA-F-]{4,36}\\z' THEN
		SELECT COUNT(*), MIN(p.id) INTO v_n, p_plan FROM spotop_plans p WHERE CAST(p.id AS CHAR) LIKE CONCAT(LOWER(p_target), '%');
	END IF;
	IF v_n > 1 THEN
		CALL verb_bad(CONCAT(v_n, ' plans begin with ', LEFT(p_target, 40), '; say more of it'));
	ELSEIF p_plan IS NULL THEN
		CALL verb_missing(CONCAT('no plan ', LEFT(p_target, 100)));
	END IF;
	IF p_lock THEN
		SELECT p.id INTO p_plan FROM spotop_plans p WHERE p.id = p_plan FOR UPDATE;
	END IF;
END//

-- Which live plan has agents of this one (p_plan NULL: of the temporary table plan_agents), as a sentence; NULL: none.
CREATE OR REPLACE PROCEDURE plan_rivals(p_plan UUID, OUT p_text VARCHAR(400))
BEGIN
	IF p_plan IS NULL THEN
		SELECT CONCAT({{n_of(COUNT(*), 'agent of it is', 'agents of it are')}}, ' in plan ', LEFT(MIN(q.id), 8), ' of ', MIN(COALESCE(q.run_by, q.created_by)), ' (', MIN(q.scope), ', ', MIN(q.state), ')')
			INTO p_text FROM plan_agents t JOIN spotop_plan_rows r ON r.live_agent = t.agent_id JOIN spotop_plans q ON q.id = r.plan_id HAVING COUNT(*) > 0;
	ELSE
		SELECT CONCAT({{n_of(COUNT(*), 'agent of it is', 'agents of it are')}}, ' in plan ', LEFT(MIN(q.id), 8), ' of ', MIN(COALESCE(q.run_by, q.created_by)), ' (', MIN(q.scope), ', ', MIN(q.state), ')')
			INTO p_text FROM spotop_plan_rows t JOIN spotop_plan_rows r ON r.live_agent = t.agent_id AND r.plan_id <> t.plan_id JOIN spotop_plans q ON q.id = r.plan_id
			WHERE t.plan_id = p_plan HAVING COUNT(*) > 0;
	END IF;
END//

-- The ready replica of an agent that can take over: outside of what is evacuated and of where its primary is, not under notice; NULL: none.
CREATE OR REPLACE FUNCTION plan_replica(p_scope_type VARCHAR(10), p_scope VARCHAR(500), p_agent UUID) RETURNS VARCHAR(20) CHARSET ascii COLLATE ascii_bin READS SQL DATA
	RETURN (SELECT i.id FROM instances i JOIN agents a ON a.id = i.agent_id LEFT JOIN instances m ON m.primary_of = a.id
		WHERE i.agent_id = p_agent AND i.instance_status = 'running_replica' AND i.is_active
			AND NOT (p_scope_type = 'az' AND i.az = p_scope) AND NOT (p_scope_type = 'pool' AND i.current_pool_id <=> p_scope)
			AND NOT i.current_pool_id <=> COALESCE(m.current_pool_id, a.current_pool_id)
			AND NOT COALESCE({{is_noticed(i.current_pool_id, a.client_id)}}, FALSE)
		ORDER BY i.id LIMIT 1)//

-- Where an agent of a plan goes. A ready replica outside of what is evacuated is promoted. Else the cheapest place that makes it in
-- p_left seconds (NULL: there is no hurry) with half of its p95 to spare, spot before on-demand; where none has that, the fastest: a
-- p95 is passed by one in twenty, and saving is not what it is about then. Usable are
-- pools of its type and region that are active, not cordoned, not blacklisted, not under notice, with capacity, outside of the scope;
-- one that had none an hour ago takes one at a time. No place, nor on-demand, gets more than half of the plan while another makes it:
-- that there is capacity is not known before. Boot
-- times are asked once a place and kept in the temporary table plan_boots.
CREATE OR REPLACE PROCEDURE plan_choose(p_plan UUID, p_scope_type VARCHAR(10), p_scope VARCHAR(500), p_agent UUID, p_left INT, p_most INT,
	OUT p_what VARCHAR(10), OUT p_pool VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin, OUT p_instance VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin,
	OUT p_takes INT, OUT p_n INT, OUT p_of INT, OUT p_slowest BOOLEAN, OUT p_usd DECIMAL(10,6))
MODIFIES SQL DATA
BEGIN
	DECLARE v_client UUID;
	DECLARE v_type VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin;
	DECLARE v_region VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
	DECLARE v_current VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin;
	DECLARE v_mode VARCHAR(10);
	DECLARE v_black JSON;
	DECLARE v_ondemand DECIMAL(10,6);
	DECLARE CONTINUE HANDLER FOR NOT FOUND BEGIN END;
	SET p_what = 'none', p_pool = NULL, p_instance = NULL, p_takes = NULL, p_n = 0, p_of = NULL, p_slowest = FALSE, p_usd = NULL;
	SELECT a.client_id, a.instance_type, a.region, COALESCE(i.current_pool_id, a.current_pool_id), COALESCE(i.current_mode, a.current_mode), {{ondemand_of(a)}}
		INTO v_client, v_type, v_region, v_current, v_mode, v_ondemand FROM agents a LEFT JOIN instances i ON i.primary_of = a.id WHERE a.id = p_agent;
	SELECT MAX(g.blacklist_pools) INTO v_black FROM agent_configs g WHERE g.agent_id = p_agent;
	-- Once: in a WHERE it is asked of every instance there is. No SET: that would lock all that it looks at.
	SELECT plan_replica(p_scope_type, p_scope, p_agent) INTO p_instance;
	IF p_instance IS NOT NULL THEN
		SELECT i.current_pool_id, COALESCE(k.downtime_p95_seconds, 0), IF(k.downtime_p95_seconds IS NULL, 0, k.downtime_n_30d), 1, {{usd_of(i, k)}}, 'promote'
			INTO p_pool, p_takes, p_n, p_of, p_usd, p_what
			FROM instances i LEFT JOIN spot_pools k ON k.id = i.current_pool_id
			WHERE i.id = p_instance;
	END IF;
	IF p_what = 'none' THEN
		FOR q IN (SELECT p.id FROM spot_pools p WHERE p.instance_type = v_type AND p.region = v_region AND p.is_active
				AND p.id NOT IN (SELECT b.place FROM plan_boots b)) DO
			INSERT INTO plan_boots (place, boot) VALUES (q.id, boot_left(q.id, v_type, v_region, NULL));
		END FOR;
		INSERT INTO plan_boots (place, boot) SELECT {{ondemand_place(v_type, v_region)}}, boot_left('ondemand', v_type, v_region, NULL) FROM DUAL
			WHERE {{ondemand_place(v_type, v_region)}} NOT IN (SELECT b.place FROM plan_boots b);
		SELECT IF(t.pool IS NULL, 'ondemand', 'switch'), t.pool, t.takes, t.n, t.of, t.slowest, t.usd INTO p_what, p_pool, p_takes, p_n, p_of, p_slowest, p_usd
		FROM (SELECT c.pool, c.usd, CAST(JSON_VALUE(b.boot, '$.s') AS SIGNED) AS takes, COALESCE(CAST(JSON_VALUE(b.boot, '$.n') AS SIGNED), 0) AS n,
				CAST(JSON_VALUE(b.boot, '$.of') AS SIGNED) AS of, COALESCE(CAST(JSON_VALUE(b.boot, '$.slowest') AS SIGNED), 0) AS slowest, c.used
			FROM (SELECT p.id AS pool, p.id AS place, p.last_price AS usd,
					(SELECT COUNT(*) FROM spotop_plan_rows r WHERE r.plan_id = p_plan AND r.target_pool_id = p.id AND r.agent_id <> p_agent AND r.state IN ('held', 'released', 'done')) AS used
				FROM spot_pools p WHERE p.instance_type = v_type AND p.region = v_region AND {{is_usable(p, p_agent, v_client, v_black)}}
					AND NOT p.id <=> v_current AND NOT (p_scope_type = 'az' AND p.az = p_scope) AND NOT (p_scope_type = 'pool' AND p.id = p_scope)
					AND NOT ({{is_probed(p.id, v_client)}} AND EXISTS (SELECT 1 FROM spotop_plan_rows r WHERE r.target_pool_id = p.id AND r.state IN ('held', 'released') AND (r.plan_id = p_plan OR r.is_live) AND r.agent_id <> p_agent))
				UNION ALL
				SELECT NULL, {{ondemand_place(v_type, v_region)}}, v_ondemand,
					(SELECT COUNT(*) FROM spotop_plan_rows r JOIN agents b ON b.id = r.agent_id AND b.client_id = v_client AND b.instance_type = v_type WHERE r.plan_id = p_plan AND r.what = 'ondemand' AND r.agent_id <> p_agent AND r.state IN ('held', 'released', 'done'))
				FROM DUAL WHERE v_ondemand IS NOT NULL AND v_mode <> 'ondemand' AND NOT {{is_cooled({{ondemand_place(v_type, v_region)}}, v_client)}}
			) c JOIN plan_boots b ON b.place = c.place) t
		ORDER BY {{plan_fit}} DESC, IF({{plan_fit}} = 2, t.pool IS NULL, FALSE), IF({{plan_fit}} > 0, t.used >= p_most, FALSE),
			IF({{plan_fit}} = 2, t.usd, t.takes) IS NULL, IF({{plan_fit}} = 2, t.usd, t.takes), t.usd, t.pool LIMIT 1;
	END IF;
END//

-- A row of a plan, chosen anew: where its agent goes from now on, p_wait seconds from now at the earliest.
CREATE OR REPLACE PROCEDURE plan_place(p_plan UUID, p_agent UUID, p_wait INT, p_most INT)
MODIFIES SQL DATA
BEGIN
	DECLARE v_scope_type, v_what VARCHAR(10);
	DECLARE v_scope VARCHAR(500);
	DECLARE v_pool VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin;
	DECLARE v_instance VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
	DECLARE v_left, v_hears, v_takes, v_n, v_of, v_started INT;
	DECLARE v_slowest, v_urgent, v_deaf BOOLEAN;
	DECLARE v_usd DECIMAL(10,6);
	SELECT p.scope_type, p.scope, COALESCE(UNIX_TIMESTAMP() - UNIX_TIMESTAMP(p.started_at), 0) INTO v_scope_type, v_scope, v_started FROM spotop_plans p WHERE p.id = p_plan;
	SELECT a.notice_status = 'termination', {{notice_left_s(a)}}, GREATEST(0, CAST(a.heartbeat_interval_seconds AS SIGNED) - COALESCE({{silent_s(a)}}, 0)), {{is_deaf(a)}} INTO v_urgent, v_left, v_hears, v_deaf FROM agents a WHERE a.id = p_agent;
	SET v_left = IF(v_urgent, v_left, NULL);
	CALL plan_choose(p_plan, v_scope_type, v_scope, p_agent, v_left - p_wait - v_hears, p_most, v_what, v_pool, v_instance, v_takes, v_n, v_of, v_slowest, v_usd);
	UPDATE spotop_plan_rows r SET r.what = v_what, r.target_pool_id = v_pool, r.instance_id = v_instance, r.takes_s = v_takes, r.hears_s = v_hears, r.evidence_n = v_n,
		r.evidence_of = v_of, r.is_slowest = v_slowest, r.usd_after = v_usd, r.expected_s = v_started + p_wait + v_hears + v_takes,
		r.deadline = IF(v_left IS NULL, NULL, NOW() + INTERVAL v_left SECOND),
		r.verdict = CASE WHEN v_left IS NULL THEN NULL WHEN v_left < 0 THEN 'MISSED' WHEN v_takes IS NULL THEN 'NOT KNOWN'
			WHEN v_left < p_wait + v_hears + v_takes THEN 'MISSES BY' WHEN v_slowest OR v_deaf THEN 'NOT KNOWN' ELSE 'MAKES IT' END
	WHERE r.plan_id = p_plan AND r.agent_id = p_agent;
END//

-- The agents of a scope into the temporary table plan_agents: enabled ones, of one client where it is named.
CREATE OR REPLACE PROCEDURE plan_scope(p_type VARCHAR(10), p_scope VARCHAR(500), p_client VARCHAR(255), p_agents JSON)
MODIFIES SQL DATA
BEGIN
	DECLARE v_client UUID;
	IF p_client IS NOT NULL THEN
		SELECT MAX(c.id) INTO v_client FROM clients c WHERE c.name = p_client OR CAST(c.id AS CHAR) = p_client;
		IF v_client IS NULL THEN
			CALL verb_missing(CONCAT('no client ', LEFT(p_client, 100)));
		END IF;
	END IF;
	CREATE OR REPLACE TEMPORARY TABLE plan_agents (agent_id UUID NOT NULL PRIMARY KEY);
	CREATE OR REPLACE TEMPORARY TABLE plan_boots (place VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY, boot VARCHAR(300) NULL);
	IF p_type = 'az' THEN
		INSERT INTO plan_agents SELECT a.id FROM agents a WHERE a.az = CONVERT(p_scope USING ascii) AND a.enabled AND (v_client IS NULL OR a.client_id = v_client);
	ELSEIF p_type = 'pool' THEN
		INSERT INTO plan_agents SELECT a.id FROM agents a WHERE a.current_pool_id = CONVERT(p_scope USING ascii) AND a.enabled AND (v_client IS NULL OR a.client_id = v_client);
	ELSE
		INSERT IGNORE INTO plan_agents SELECT a.id FROM JSON_TABLE(p_agents, '$[*]' COLUMNS (id VARCHAR(60) PATH '$')) j JOIN agents a ON a.id = CAST(j.id AS UUID)
			WHERE a.enabled AND (v_client IS NULL OR a.client_id = v_client);
	END IF;
END//

-- How many agents of plan_agents may be touched at once by the share limits: of each client's zones and of it whole; of their pools.
CREATE OR REPLACE FUNCTION plan_limit() RETURNS INT READS SQL DATA
	RETURN LEAST((SELECT SUM(GREATEST(2, FLOOR(q.n * q.share))) FROM (SELECT MAX(verb_max_share(a.client_id)) AS share,
			(SELECT COUNT(*) FROM agents b WHERE b.current_pool_id <=> a.current_pool_id AND b.enabled) AS n
			FROM plan_agents t JOIN agents a ON a.id = t.agent_id GROUP BY a.current_pool_id) q),
		(SELECT SUM(c.most) FROM (SELECT LEAST(SUM(GREATEST(2, FLOOR(z.n * verb_max_share(z.client_id)))),
			GREATEST(2, FLOOR((SELECT COUNT(*) FROM agents b WHERE b.client_id = z.client_id AND b.enabled) * verb_max_share(z.client_id)))) AS most
		FROM (SELECT a.client_id, a.az, (SELECT COUNT(*) FROM agents b WHERE b.az = a.az AND b.client_id = a.client_id AND b.enabled) AS n
			FROM plan_agents t JOIN agents a ON a.id = t.agent_id GROUP BY a.client_id, a.az) z GROUP BY z.client_id) c))//

-- The rows of a plan for the agents of plan_agents: those whose replica is ready first, then by deadline, then the others by name; last
-- those that are offline or silent, who hear nothing for now. As many as in_flight move at once; each begins when one of them is through.
CREATE OR REPLACE PROCEDURE plan_fill(p_plan UUID, p_in_flight INT)
MODIFIES SQL DATA
BEGIN
	DECLARE v_place, v_i, v_wait, v_slot INT DEFAULT 0;
	DECLARE v_most INT;
	DECLARE v_scope_type VARCHAR(10);
	DECLARE v_scope VARCHAR(500);
	SELECT GREATEST(2, CEIL(COUNT(*) / 2)) INTO v_most FROM plan_agents;
	SELECT p.scope_type, p.scope INTO v_scope_type, v_scope FROM spotop_plans p WHERE p.id = p_plan;
	INSERT INTO spotop_plan_rows (plan_id, agent_id, place, what, deadline, usd_before, state, message)
	SELECT p_plan, a.id, 0, 'none', NULL, {{usd_of(i, ip)}}, IF(i.id IS NULL, 'skipped', 'held'), IF(i.id IS NULL, 'it has no primary to move: spotop why says how it gets one', IF({{is_deaf(a)}}, 'it hears nothing now: it is held until it is heard again', NULL))
	FROM plan_agents t JOIN agents a ON a.id = t.agent_id LEFT JOIN instances i ON i.primary_of = a.id AND i.instance_status = 'running_primary' LEFT JOIN spot_pools ip ON ip.id = i.current_pool_id;
	CREATE OR REPLACE TEMPORARY TABLE plan_slots (n INT NOT NULL PRIMARY KEY, free_at INT NOT NULL);
	WHILE v_i < p_in_flight DO
		SET v_i = v_i + 1;
		INSERT INTO plan_slots VALUES (v_i, 0);
	END WHILE;
	FOR r IN (SELECT a.id FROM spotop_plan_rows w JOIN agents a ON a.id = w.agent_id WHERE w.plan_id = p_plan AND w.state = 'held'
		ORDER BY {{is_deaf(a)}}, plan_replica(v_scope_type, v_scope, a.id) IS NULL,
			a.notice_status = 'termination' AND {{notice_left_s(a)}} >= 0 DESC, a.notice_status = 'termination' DESC,
			IF(a.notice_status = 'termination', {{notice_left_s(a)}}, NULL), a.notice_status = 'none', a.logical_agent_id, a.id) DO
		SET v_place = v_place + 1;
		SELECT s.n, s.free_at INTO v_slot, v_wait FROM plan_slots s ORDER BY s.free_at, s.n LIMIT 1;
		CALL plan_place(p_plan, r.id, v_wait, v_most);
		UPDATE spotop_plan_rows w SET w.place = v_place, w.state = IF(w.what = 'none', 'failed', w.state), w.message = IF(w.what = 'none', 'no pool of its type and region is usable, nor on-demand', w.message)
			WHERE w.plan_id = p_plan AND w.agent_id = r.id;
		UPDATE plan_slots s JOIN spotop_plan_rows w ON w.plan_id = p_plan AND w.agent_id = r.id SET s.free_at = COALESCE(w.expected_s, s.free_at + 60) WHERE s.n = v_slot AND w.what <> 'none';
	END FOR;
	-- Promotions first, as they take seconds; the rest as it stands.
	UPDATE spotop_plan_rows w JOIN (SELECT x.agent_id, ROW_NUMBER() OVER (ORDER BY x.state <> 'held', x.what <> 'promote', x.place, x.agent_id) AS n FROM spotop_plan_rows x WHERE x.plan_id = p_plan) o
		ON o.agent_id = w.agent_id SET w.place = o.n WHERE w.plan_id = p_plan;
	DROP TEMPORARY TABLE plan_slots;
END//

-- What a plan comes to: how many of what, who is in time, what its primaries cost now and after, where they go.
CREATE OR REPLACE FUNCTION plan_sums(p_plan UUID) RETURNS JSON READS SQL DATA
	RETURN (SELECT JSON_OBJECT('plan_id', CAST(p_plan AS CHAR), 'agents', COUNT(*), 'promote', COALESCE(SUM(r.what = 'promote'), 0), 'switch', COALESCE(SUM(r.what = 'switch'), 0),
		'ondemand', COALESCE(SUM(r.what = 'ondemand'), 0), 'none', COALESCE(SUM(r.what = 'none' AND r.state <> 'skipped'), 0), 'skipped', COALESCE(SUM(r.state = 'skipped'), 0), 'under_notice', COALESCE(SUM(r.deadline IS NOT NULL), 0),
		'in_time', COALESCE(SUM(r.verdict = 'MAKES IT'), 0), 'misses', COALESCE(SUM(r.verdict IN ('MISSES BY', 'MISSED') OR (r.what = 'none' AND r.state <> 'skipped' AND r.deadline IS NOT NULL)), 0),
		'unknown', COALESCE(SUM(r.verdict = 'NOT KNOWN' AND r.what <> 'none'), 0),
		'misses_at_once', COALESCE(SUM(r.verdict = 'MISSES BY' AND r.hears_s + r.takes_s > TIMESTAMPDIFF(SECOND, p.created_at, r.deadline)), 0),
		'lost', COALESCE(SUM(r.verdict = 'MISSED' OR (r.what = 'none' AND r.state <> 'skipped' AND r.deadline IS NOT NULL)), 0),
		'usd_per_hour_before', SUM(r.usd_before), 'usd_per_hour_after', SUM(IF(r.what = 'none', r.usd_before, r.usd_after)),
		'unpriced', COALESCE(SUM(r.usd_before IS NULL OR (r.what <> 'none' AND r.usd_after IS NULL)), 0),
		'shares', JSON_COMPACT((SELECT JSON_ARRAYAGG(JSON_OBJECT('place', s.place, 'agents', s.n)) FROM (SELECT IF(q.what = 'ondemand', 'on-demand', q.target_pool_id) AS place, COUNT(*) AS n
			FROM spotop_plan_rows q WHERE q.plan_id = p_plan AND q.what <> 'none' GROUP BY 1 ORDER BY n DESC, 1) s)))
		FROM spotop_plan_rows r JOIN spotop_plans p ON p.id = r.plan_id WHERE r.plan_id = p_plan)//

-- Reckons a plan before the verb that makes it takes the audit log's end, at which every other action waits: 2,000 agents are some
-- seconds of work. It is made as in a dry run and undone; p_rows: its rows, p_sums: what it comes to.
-- NULL: the request was done before, or has no id: the frame answers that.
CREATE OR REPLACE PROCEDURE plan_reckon({{verb_takes}}, OUT p_in_flight INT, OUT p_limit INT, OUT p_rows LONGTEXT, OUT p_sums JSON) MODIFIES SQL DATA
main: BEGIN
	DECLARE v_type VARCHAR(10);
	DECLARE v_n INT;
	{{undo(TRUE)}};
	CALL verb_begin(p_request_id, p_target, p_args, p_seen, '1', p_override, p_reason, p_os_user, p_host);
	IF p_request_id IS NULL OR EXISTS (SELECT 1 FROM audit_log l WHERE l.settled_request = p_request_id) THEN
		ROLLBACK;
		LEAVE main;
	END IF;
	SET v_type = JSON_VALUE(p_args, '$.scope');
	CALL check_word('scope', v_type, 'az,pool,agents');
	IF JSON_VALUE(p_args, '$.in_flight') IS NOT NULL AND NOT JSON_VALUE(p_args, '$.in_flight') REGEXP '^[1-9][0-9]{0,2}\\z' THEN
		CALL verb_bad('in_flight is a number from 1 to 999');
	END IF;
	IF v_type = 'agents' AND COALESCE(JSON_TYPE(JSON_EXTRACT(p_args, '$.agents')), '') <> 'ARRAY' THEN
		CALL verb_bad('agents is a list of ids');
	END IF;
	CALL plan_scope(v_type, p_target, JSON_VALUE(p_args, '$.client'), JSON_EXTRACT(p_args, '$.agents'));
	SELECT COUNT(*) INTO v_n FROM plan_agents;
	IF v_n = 0 THEN
		CALL verb_missing(CONCAT('no enabled agent is in ', LEFT(p_target, 100)));
	ELSEIF v_n > 2000 THEN
		CALL verb_bad(CONCAT(v_n, ' agents are more than a plan takes (2,000): name a client, or a filter'));
	END IF;
	SELECT plan_limit() INTO p_limit; -- no SET: that would lock the agents it looks at
	SET p_in_flight = COALESCE(JSON_VALUE(p_args, '$.in_flight'), IF(JSON_CONTAINS(COALESCE(p_override, '[]'), '"share"'), {{plan_in_flight}}, LEAST({{plan_in_flight}}, p_limit)));
	INSERT INTO spotop_plans (id, scope_type, scope, in_flight, created_by) VALUES (p_request_id, v_type, p_target, p_in_flight, LEFT(USER(), 128));
	CALL plan_fill(p_request_id, p_in_flight);
	SET p_sums = plan_sums(p_request_id);
	SELECT JSON_ARRAYAGG(JSON_ARRAY(CAST(r.agent_id AS CHAR), r.place, r.what, r.target_pool_id, r.instance_id, CAST(r.deadline AS CHAR), r.expected_s, r.takes_s, r.hears_s, r.evidence_n,
		r.evidence_of, r.is_slowest, r.verdict, r.usd_before, r.usd_after, r.state, r.message)) INTO p_rows FROM spotop_plan_rows r WHERE r.plan_id = p_request_id;
	DROP TEMPORARY TABLE IF EXISTS plan_boots;
	ROLLBACK;
END//

-- Makes a plan that moves everything out of a zone, a pool or a list of agents; nothing moves before it is run.
-- The plan has the request's id. target: the zone, the pool, or the filter's text; args: {"scope": az, pool or agents; "agents": [ids]; "client": name; "in_flight": n}
CREATE OR REPLACE PROCEDURE verb_evacuate({{verb_takes}}) MODIFIES SQL DATA
	COMMENT 'Plans the way out of a zone or pool'
BEGIN
	DECLARE v_in_flight, v_limit INT;
	DECLARE v_rows LONGTEXT;
	DECLARE v_sums JSON;
	CALL plan_reckon({{verb_passes}}, v_in_flight, v_limit, v_rows, v_sums);
	main: BEGIN
		DECLARE v_plan UUID;
		DECLARE v_type VARCHAR(10);
		DECLARE v_rivals VARCHAR(400);
		DECLARE v_n INT;
		-- :include verb_begin
		SET v_type = JSON_VALUE(p_args, '$.scope');
		-- :include verb_replay verb='evacuate' | target=p_target
		-- Who is there still of those it was reckoned for; what changes later is planned anew when it runs.
		CALL plan_scope(v_type, p_target, JSON_VALUE(p_args, '$.client'), JSON_EXTRACT(p_args, '$.agents'));
		DELETE t FROM plan_agents t LEFT JOIN JSON_TABLE(v_rows, '$[*]' COLUMNS (id VARCHAR(60) PATH '$[0]')) j ON CAST(j.id AS UUID) = t.agent_id WHERE j.id IS NULL;
		SELECT COUNT(*) INTO v_n FROM plan_agents;
		IF v_n = 0 THEN
			CALL verb_missing(CONCAT('no enabled agent is in ', LEFT(p_target, 100)));
		END IF;
		SET v_before = JSON_OBJECT('scope', p_target, 'agents', v_n);
		CALL plan_rivals(NULL, v_rivals);
		SET v_rails = verb_guard(v_rails, p_override, FALSE, 'in_another_plan', v_rivals IS NULL, COALESCE(v_rivals, 'no other plan has any of them'));
		SET v_rails = verb_guard(v_rails, p_override, TRUE, 'share', LEAST(v_n, v_in_flight) <= v_limit, CONCAT(LEAST(v_n, v_in_flight), ' of ', {{n_of(v_n, 'agent', 'agents')}}, ' at once (limit ', v_limit, ')'));
		SET v_plan = p_request_id, v_message = CONCAT('plan the way of ', {{n_of(v_n, 'agent', 'agents')}}, ' out of ', p_target);
		{{verb_decide}};
		IF v_status = 'done' THEN
			INSERT INTO spotop_plans (id, scope_type, scope, in_flight, is_paced, override, reason, created_by)
			VALUES (v_plan, v_type, p_target, v_in_flight, JSON_VALUE(p_args, '$.in_flight') IS NOT NULL, p_override, p_reason, LEFT(CONCAT_WS('/', USER(), p_os_user), 128));
			INSERT INTO spotop_plan_rows (plan_id, agent_id, place, what, target_pool_id, instance_id, deadline, expected_s, takes_s, hears_s, evidence_n, evidence_of, is_slowest, verdict, usd_before, usd_after, state, message)
			SELECT v_plan, t.agent_id, j.place, j.what, j.target_pool_id, j.instance_id, j.deadline, j.expected_s, j.takes_s, j.hears_s, j.evidence_n, j.evidence_of, j.is_slowest, j.verdict, j.usd_before, j.usd_after, j.state, j.message
			FROM JSON_TABLE(v_rows, '$[*]' COLUMNS (agent_id VARCHAR(60) PATH '$[0]', place INT PATH '$[1]', what VARCHAR(10) PATH '$[2]', target_pool_id VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin PATH '$[3]',
				instance_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin PATH '$[4]', deadline TIMESTAMP PATH '$[5]', expected_s INT PATH '$[6]', takes_s INT PATH '$[7]', hears_s INT PATH '$[8]', evidence_n INT PATH '$[9]',
				evidence_of INT PATH '$[10]', is_slowest BOOLEAN PATH '$[11]', verdict VARCHAR(10) PATH '$[12]', usd_before DECIMAL(10,6) PATH '$[13]', usd_after DECIMAL(10,6) PATH '$[14]', state VARCHAR(10) PATH '$[15]',
				message VARCHAR(2000) PATH '$[16]')) j
			JOIN plan_agents t ON t.agent_id = CAST(j.agent_id AS UUID);
			SET v_sums = plan_sums(v_plan);
		END IF;
		IF v_status IN ('done', 'dry_run') THEN
			SET v_after = JSON_SET(v_sums, '$.in_flight', v_in_flight, '$.limit', v_limit);
			SET v_message = CONCAT('plan ', LEFT(v_plan, 8), ': ', {{n_of(v_n, 'agent', 'agents')}}, ' out of ', p_target);
		END IF;
		DROP TEMPORARY TABLE IF EXISTS plan_agents, plan_boots;
		-- :include verb_finish verb='evacuate' | command=NULL | target='plan', v_plan, LEFT(v_plan, 8) | version=1
	END main;
END//

-- The freeze that covers agents of a plan, as a sentence: it holds back what is automatic; what a person issues passes, and is told of it.
CREATE OR REPLACE FUNCTION plan_frozen(p_plan UUID) RETURNS VARCHAR(500) READS SQL DATA
	RETURN (SELECT IF(COUNT(f.says) > 0, CONCAT('a manual plan passes; automation of ', {{n_of(COUNT(f.says), 'agent', 'agents')}}, ' of it is ', MAX(f.says)), 'no freeze covers any of them')
		FROM (SELECT verb_frozen_by(r.agent_id, r.target_pool_id) AS says FROM spotop_plan_rows r WHERE r.plan_id = p_plan AND r.state = 'held') f)//

-- run_plan, pause_plan, resume_plan and cancel_plan in one. target: the plan's id or its beginning; no args.
CREATE OR REPLACE PROCEDURE verb_plan(p_verb VARCHAR(12), {{verb_takes}}) MODIFIES SQL DATA
main: BEGIN
	DECLARE v_plan UUID;
	DECLARE v_state VARCHAR(10);
	DECLARE v_rivals VARCHAR(400);
	DECLARE v_age, v_held, v_moving, v_turn INT;
	DECLARE v_led, v_paced, v_all_at_once BOOLEAN;
	DECLARE v_me VARCHAR(128);
	DECLARE v_sums JSON;
	-- :include verb_begin
	CALL verb_find_plan(p_target, NOT p_dry_run, v_plan);
	-- :include verb_replay verb=p_verb | target=v_plan
	SET v_me = LEFT(CONCAT_WS('/', USER(), p_os_user), 128);
	SELECT p.state, TIMESTAMPDIFF(SECOND, p.created_at, NOW()), p.is_paced OR JSON_CONTAINS(COALESCE(p.override, '[]'), '"share"') INTO v_state, v_age, v_paced FROM spotop_plans p WHERE p.id = v_plan;
	SELECT COALESCE(SUM(r.state = 'held'), 0), COALESCE(SUM(r.state = 'released'), 0) INTO v_held, v_moving FROM spotop_plan_rows r WHERE r.plan_id = v_plan;
	SELECT JSON_OBJECT('plan_id', CAST(p.id AS CHAR), 'scope', p.scope, 'state', p.state, 'version', p.version, 'held', v_held, 'released', v_moving, 'created_by', p.created_by, 'run_by', p.run_by)
		INTO v_before FROM spotop_plans p WHERE p.id = v_plan;
	SET v_rails = verb_guard(v_rails, p_override, FALSE, 'plan_state',
		v_state = CASE p_verb WHEN 'run_plan' THEN 'planned' WHEN 'pause_plan' THEN 'running' WHEN 'resume_plan' THEN 'paused' ELSE IF(v_state IN ('planned', 'running', 'paused'), v_state, 'x') END,
		CONCAT('it is ', v_state, (SELECT COALESCE(CONCAT(' by ', COALESCE(p.state_by, p.run_by)), '') FROM spotop_plans p WHERE p.id = v_plan)));
	IF p_verb IN ('run_plan', 'resume_plan') THEN
		SET v_led = EXISTS (SELECT 1 FROM job_schedules s WHERE s.name = 'leader' AND {{is_leased(s)}});
		CALL plan_rivals(v_plan, v_rivals);
		SET v_rails = verb_guard(v_rails, p_override, FALSE, 'in_another_plan', v_rivals IS NULL, COALESCE(v_rivals, 'no other plan has any of them'));
		SET v_rails = verb_guard(v_rails, p_override, TRUE, 'led', v_led, IF(v_led, 'a worker leads and will release it', 'no worker leads: it is released when one does, or by `spotop job run evacuate`'));
	END IF;
	IF p_verb = 'run_plan' THEN
		SET v_rails = verb_guard(v_rails, p_override, TRUE, 'frozen_scope', TRUE, plan_frozen(v_plan));
		SET v_sums = plan_sums(v_plan), v_all_at_once = NOT v_paced AND JSON_CONTAINS(COALESCE(p_override, '[]'), '"share"');
		SET v_rails = verb_guard(v_rails, p_override, TRUE, 'share', v_paced OR CAST(JSON_VALUE(v_sums, '$.misses') AS INT) <= CAST(JSON_VALUE(v_sums, '$.misses_at_once') AS INT) + CAST(JSON_VALUE(v_sums, '$.lost') AS INT),
			CONCAT((SELECT p.in_flight FROM spotop_plans p WHERE p.id = v_plan), ' at once: ', {{n_of(JSON_VALUE(v_sums, '$.misses'), 'misses its deadline', 'miss their deadlines')}}, '; all at once ', CAST(JSON_VALUE(v_sums, '$.misses_at_once') AS INT) + CAST(JSON_VALUE(v_sums, '$.lost') AS INT)));
		SET v_rails = verb_guard(v_rails, p_override, TRUE, 'plan_age', v_age <= {{plan_age_s}}, CONCAT('it was made ', {{in_words(v_age)}}, ' ago (limit ', {{in_words({{plan_age_s}})}}, ')', IF(v_age <= {{plan_age_s}}, '', ': plan anew')));
	END IF;
	SET v_after = JSON_MERGE_PATCH(COALESCE(v_sums, '{}'), JSON_OBJECT('state', CASE p_verb WHEN 'pause_plan' THEN 'paused' WHEN 'cancel_plan' THEN 'cancelled' ELSE 'running' END, 'held', v_held, 'released', v_moving, 'in_flight', IF(v_sums IS NULL, NULL, (SELECT p.in_flight FROM spotop_plans p WHERE p.id = v_plan))));
	IF v_all_at_once THEN
		SET v_after = JSON_SET(v_after, '$.in_flight', GREATEST(JSON_VALUE(v_after, '$.in_flight'), {{plan_in_flight}}), '$.misses', JSON_VALUE(v_sums, '$.misses_at_once') + JSON_VALUE(v_sums, '$.lost'),
			'$.in_time', JSON_VALUE(v_sums, '$.in_time') + JSON_VALUE(v_sums, '$.misses') - JSON_VALUE(v_sums, '$.misses_at_once') - JSON_VALUE(v_sums, '$.lost'));
	END IF;
	SET v_message = CONCAT(REPLACE(p_verb, '_plan', ''), ' plan ', LEFT(v_plan, 8), ': ', CASE p_verb WHEN 'run_plan' THEN {{n_of(v_held, 'agent moves', 'agents move')}} WHEN 'resume_plan' THEN {{n_of(v_held, 'agent is held', 'agents are held')}}
		WHEN 'cancel_plan' THEN CONCAT({{n_of(v_held, 'agent stays where it is', 'agents stay where they are')}}, ', ', {{n_of(v_moving, 'under way goes on', 'under way go on')}})
		ELSE CONCAT({{n_of(v_held, 'agent is held', 'agents are held')}}, ', ', {{n_of(v_moving, 'under way goes on', 'under way go on')}}) END);
	{{verb_decide}};
	IF v_status = 'done' THEN
		UPDATE spotop_plans p SET p.state = JSON_VALUE(v_after, '$.state'), p.state_by = v_me, p.state_at = NOW(), p.version = p.version + 1,
			p.run_by = IF(p_verb = 'run_plan', v_me, p.run_by), p.started_at = IF(p_verb = 'run_plan', NOW(), p.started_at),
			p.override = IF(v_all_at_once, JSON_ARRAY('share'), p.override), p.in_flight = IF(v_all_at_once, GREATEST(p.in_flight, {{plan_in_flight}}), p.in_flight),
			p.reason = IF(v_all_at_once, p_reason, p.reason), p.ended_at = IF(p_verb = 'cancel_plan', NOW(), NULL) WHERE p.id = v_plan;
		IF v_all_at_once THEN -- the pace is another one: each has its turn when as many as move at once are through, as long as they take on average
			SELECT AVG(r.hears_s + r.takes_s) INTO v_turn FROM spotop_plan_rows r WHERE r.plan_id = v_plan AND r.state = 'held';
			UPDATE spotop_plan_rows r JOIN spotop_plans p ON p.id = r.plan_id SET r.expected_s = (r.place - 1) DIV p.in_flight * v_turn + r.hears_s + r.takes_s WHERE r.plan_id = v_plan AND r.state = 'held';
		END IF;
		IF p_verb = 'run_plan' THEN
			UPDATE spotop_plan_rows r SET r.is_live = TRUE WHERE r.plan_id = v_plan AND r.state = 'held'; -- the leading worker looks each second
		ELSEIF p_verb = 'cancel_plan' THEN
			UPDATE spotop_plan_rows r SET r.is_live = FALSE, r.ended_at = NOW(), r.message = CONCAT('cancelled by ', v_me), r.state = 'skipped' WHERE r.plan_id = v_plan AND r.state = 'held';
		END IF;
	END IF;
	-- :include verb_finish verb=p_verb | command=NULL | target='plan', v_plan, LEFT(v_plan, 8) | version=JSON_VALUE(v_before, '$.version')
END//

CREATE OR REPLACE PROCEDURE verb_run_plan({{verb_takes}}) MODIFIES SQL DATA
	COMMENT 'Runs a plan of evacuation as it was shown'
BEGIN
	CALL verb_plan('run_plan', {{verb_passes}});
END//

CREATE OR REPLACE PROCEDURE verb_pause_plan({{verb_takes}}) MODIFIES SQL DATA
	COMMENT 'Holds what a plan has not released yet'
BEGIN
	CALL verb_plan('pause_plan', {{verb_passes}});
END//

CREATE OR REPLACE PROCEDURE verb_resume_plan({{verb_takes}}) MODIFIES SQL DATA
	COMMENT 'Goes on with a paused plan'
BEGIN
	CALL verb_plan('resume_plan', {{verb_passes}});
END//

CREATE OR REPLACE PROCEDURE verb_cancel_plan({{verb_takes}}) MODIFIES SQL DATA
	COMMENT 'Ends a plan; what moves goes on'
BEGIN
	CALL verb_plan('cancel_plan', {{verb_passes}});
END//

DELIMITER ;
