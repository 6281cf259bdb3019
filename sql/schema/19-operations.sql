-- What operators see and do: alerts, automation_freezes, audit_log, plans.

-- One condition from when it was first seen until it is gone. alert_key names the condition
-- ("silent:AGENT-UUID"); open_key lets one such alert be open at a time.
-- acked: somebody has seen it; claimed: that one looks after it, until done or given back.
-- snoozed_saw: what its snooze covers, {severity, extent, instance_id} of when it was given (sql/parts/conditions.sql).
-- Growth: some a day. Retention: 13 months after it was resolved.
-- Report: not in it; what its views show, kept from begin to end.
CREATE TABLE IF NOT EXISTS alerts (
	id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
	alert_key VARCHAR(160) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	kind VARCHAR(50) NOT NULL,
	severity ENUM('info','warning','error','critical') NOT NULL DEFAULT 'warning',
	client_id UUID NULL,
	agent_id UUID NULL,
	instance_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NULL,
	pool_id VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NULL,
	message VARCHAR(500) NOT NULL,
	evidence JSON NULL,
	opened_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
	last_seen_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
	seen_count INT UNSIGNED NOT NULL DEFAULT 1,
	acked_at TIMESTAMP NULL DEFAULT NULL,
	acked_by VARCHAR(128) NULL,
	claimed_at TIMESTAMP NULL DEFAULT NULL,
	claimed_by VARCHAR(128) NULL,
	snoozed_until TIMESTAMP NULL DEFAULT NULL,
	snoozed_by VARCHAR(128) NULL,
	snoozed_saw JSON NULL,
	resolved_at TIMESTAMP NULL DEFAULT NULL,
	notes JSON NULL,
	version INT UNSIGNED NOT NULL DEFAULT 1,
	open_key VARCHAR(160) CHARACTER SET ascii COLLATE ascii_bin AS (IF(resolved_at IS NULL, alert_key, NULL)) VIRTUAL,
	PRIMARY KEY (id),
	UNIQUE KEY uk_alerts_open (open_key),
	KEY idx_alerts_open (resolved_at, severity, opened_at),
	KEY idx_alerts_agent (agent_id, opened_at),
	KEY idx_alerts_client (client_id, opened_at),
	CONSTRAINT fk_alerts_client FOREIGN KEY (client_id) REFERENCES clients (id) ON DELETE CASCADE,
	CONSTRAINT fk_alerts_agent FOREIGN KEY (agent_id) REFERENCES agents (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

-- "No automation here until then": while one is open for a scope, commands of ML and schedules for
-- it are refused; people and emergencies are not.
-- scope_id by scope_type: all -> '', client, agent -> their UUID, pool -> pool id, az, region.
-- Growth: some a week. Retention: 13 months after its end.
-- Report: not in it.
CREATE TABLE IF NOT EXISTS automation_freezes (
	id UUID NOT NULL DEFAULT UUID(),
	scope_type ENUM('all','client','agent','pool','az','region') NOT NULL,
	scope_id VARCHAR(128) NOT NULL DEFAULT '',
	reason VARCHAR(500) NOT NULL,
	created_by VARCHAR(128) NOT NULL,
	created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
	expires_at TIMESTAMP NOT NULL,
	thawed_at TIMESTAMP NULL DEFAULT NULL,
	thawed_by VARCHAR(128) NULL,
	request_id UUID NOT NULL DEFAULT UUID(),
	version INT UNSIGNED NOT NULL DEFAULT 1,
	PRIMARY KEY (id),
	UNIQUE KEY uk_freezes_request_id (request_id),
	KEY idx_freezes_scope (scope_type, scope_id, expires_at),
	KEY idx_freezes_open (thawed_at, expires_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

-- Who did what to what, why and with which result: append-only (triggers refuse UPDATE and DELETE),
-- each row's hash covering the one before it. Written only by audit_append (65-audit.sql), in the
-- transaction of the deed. Row 1 is the start of the chain. actor is the login,
-- os_user and host what the console says of the person behind it. Ids are dense.
-- settled_request makes a request act once, or be voided, whatever reads what at which isolation: the second of two
-- that come at once, or late, fails on uk_audit_settled and undoes its deed. Refusals and conflicts settle nothing.
-- Growth: a row a verb. Retention: for ever.
-- is_repeat: of before there was such a key, when a request could act twice; only an upgrade sets it, and no hash covers it.
-- Report: not in it (6.0 had audit_logs); append-only and chained is ours.
CREATE TABLE IF NOT EXISTS audit_log (
	id BIGINT UNSIGNED NOT NULL,
	at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
	actor VARCHAR(255) NOT NULL,
	os_user VARCHAR(64) NULL,
	host VARCHAR(255) NULL,
	action VARCHAR(64) NOT NULL,
	target_type VARCHAR(32) NULL,
	target_id VARCHAR(128) NULL,
	request_id UUID NULL,
	reason VARCHAR(500) NULL,
	before_state JSON NULL,
	after_state JSON NULL,
	result VARCHAR(500) NULL,
	prev_hash CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	hash CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	is_repeat BOOLEAN NOT NULL DEFAULT FALSE,
	settled_request UUID AS (IF(result IN ('done', 'void') AND NOT is_repeat, request_id, NULL)) VIRTUAL,
	PRIMARY KEY (id),
	UNIQUE KEY uk_audit_settled (settled_request),
	KEY idx_audit_at (at),
	KEY idx_audit_target (target_type, target_id, id),
	KEY idx_audit_request (request_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

-- The head of the audit chain: which row was written last, when, and its hash. A verb takes this row first, so verbs wait for
-- each other here, and writes it last. Whoever may read a row may hold it: no role but spotop_admin sees this one.
-- Growth: none. Retention: for ever.
-- Report: not in it.
CREATE TABLE IF NOT EXISTS spotop_audit_head (
	id TINYINT UNSIGNED NOT NULL DEFAULT 1,
	last_id BIGINT UNSIGNED NOT NULL,
	last_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
	last_hash CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	PRIMARY KEY (id),
	CONSTRAINT chk_audit_head_one CHECK (id = 1)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

-- Connections that fill tables: the triggers of `all` neither count nor write events, those of `prices` do not keep
-- the pools' newest price, `clock` only keeps the time that the session was set to. Written by bulk_begin,
-- bulk_prices_begin and clock_hold alone (20-clock.sql). A row counts
-- for the connection that has its token, so that one left behind by a connection that died is nobody's.
-- Growth: none. Retention: until the connection's bulk_end, a week at most.
-- Report: not in it.
CREATE TABLE IF NOT EXISTS spotop_bulk (
	connection_id BIGINT UNSIGNED NOT NULL,
	token CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	kind ENUM('all','prices','clock') NOT NULL,
	login VARCHAR(255) NOT NULL,
	since TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
	PRIMARY KEY (connection_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

-- A plan that moves every agent out of a zone, a pool or a list: who made it, who runs it, how it goes. Only that which was shown
-- is run, by its id. While it is running or paused its agents are in no other one (spotop_plan_rows.live_agent).
--   state  planned -> running <-> paused -> done | cancelled; planned -> cancelled
--   in_flight: how many agents may be moving at once, until the new instance of one is ready. is_paced: somebody chose so many.
--   override: of the share limits, by name.
-- Growth: some a month. Retention: 90 days after its end, or after it was made.
-- Report: not in it.
CREATE TABLE IF NOT EXISTS spotop_plans (
	id UUID NOT NULL DEFAULT UUID(),
	scope_type ENUM('az','pool','agents') NOT NULL,
	scope VARCHAR(500) NOT NULL,
	state ENUM('planned','running','paused','cancelled','done') NOT NULL DEFAULT 'planned',
	in_flight SMALLINT UNSIGNED NOT NULL,
	is_paced BOOLEAN NOT NULL DEFAULT FALSE,
	override JSON NULL,
	reason VARCHAR(500) NULL,
	created_by VARCHAR(128) NOT NULL,
	created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
	run_by VARCHAR(128) NULL,
	started_at TIMESTAMP NULL DEFAULT NULL,
	state_by VARCHAR(128) NULL,
	state_at TIMESTAMP NULL DEFAULT NULL,
	ended_at TIMESTAMP NULL DEFAULT NULL,
	message VARCHAR(500) NULL,
	version INT UNSIGNED NOT NULL DEFAULT 1,
	PRIMARY KEY (id),
	KEY idx_plans_state (state, created_at),
	KEY idx_plans_time (created_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

-- One agent of a plan: in which place, to where, by when, and what came of it. A held row becomes an ordinary command when its turn
-- comes (verb_plan_release), so that agents and the states of commands know nothing of plans.
--   what    promote: its ready replica; switch: into target_pool_id; ondemand; none: nothing can be done for it
--   state   held -> released -> done | failed; held -> skipped; released -> held where its place had no capacity
--   expected_s: from the start of the plan to the new primary, by the p95 of evidence_n boots (evidence_of: 1 of the pool, 2 of type and
--   region, 3 of the region, 4 of the fleet); NULL: not known. hears_s: of it, until the agent's next heartbeat.
-- Growth: as many as a plan has agents. Retention: with the plan.
-- Report: not in it.
CREATE TABLE IF NOT EXISTS spotop_plan_rows (
	plan_id UUID NOT NULL,
	agent_id UUID NOT NULL,
	place SMALLINT UNSIGNED NOT NULL,
	what ENUM('promote','switch','ondemand','none') NOT NULL,
	target_pool_id VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NULL,
	instance_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NULL,
	deadline TIMESTAMP NULL DEFAULT NULL,
	expected_s INT NULL,
	takes_s INT NULL,
	hears_s SMALLINT NOT NULL DEFAULT 0,
	evidence_n INT UNSIGNED NOT NULL DEFAULT 0,
	evidence_of TINYINT UNSIGNED NULL,
	is_slowest BOOLEAN NOT NULL DEFAULT FALSE,
	verdict ENUM('MAKES IT','MISSES BY','NOT KNOWN','MISSED') NULL,
	usd_before DECIMAL(10,6) NULL,
	usd_after DECIMAL(10,6) NULL,
	state ENUM('held','released','done','failed','skipped') NOT NULL DEFAULT 'held',
	attempts TINYINT UNSIGNED NOT NULL DEFAULT 0,
	command_id UUID NULL,
	released_at TIMESTAMP NULL DEFAULT NULL,
	ended_at TIMESTAMP NULL DEFAULT NULL,
	message VARCHAR(2000) NULL,
	is_live BOOLEAN NOT NULL DEFAULT FALSE,
	live_agent UUID AS (IF(is_live, agent_id, NULL)) VIRTUAL,
	PRIMARY KEY (plan_id, agent_id),
	UNIQUE KEY uk_plan_rows_live (live_agent),
	KEY idx_plan_rows_place (plan_id, place),
	KEY idx_plan_rows_state (state, plan_id),
	KEY idx_plan_rows_agent (agent_id),
	CONSTRAINT fk_plan_rows_plan FOREIGN KEY (plan_id) REFERENCES spotop_plans (id) ON DELETE CASCADE,
	CONSTRAINT fk_plan_rows_agent FOREIGN KEY (agent_id) REFERENCES agents (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
