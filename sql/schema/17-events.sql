-- What happened: system_events (kept), sse_events (a queue of an hour), notifications (for people).

-- The log of the fleet; notices, emergencies and maintenance are types of it. Types that the schema
-- itself writes, with their metadata:
--   rebalance_notice, termination_notice  {pool, az, deadline, received}   a notice reached an agent
--   notice_cleared            {was}                              and went away
--   instance_promoted         {from, version}                    a replica became the primary
--   instance_zombie           {was}                              a replaced instance lives on
--   launch_failed             {pool, requested_at}               launching went to terminated
--   outage_began              {cause, is_planned, pool}          an agent lost its primary and has no other; its instance_id
--   outage_ended              {cause, is_planned, pool, began_at, seconds, by}   until another one ran; v_outages reads them
--   agent_offline, agent_online, agent_error, agent_enabled, agent_disabled {was}
--   command_failed, command_expired, command_cancelled {command_id, command_type, message}
--   prices_refused            {refused, accepted}                of one report
--   switch_completed, switch_failed {command_id, old, new, downtime_seconds, savings_impact}
--   snapshot_archive_triggered                                   the 12-hourly call for consolidation
--   partition_catch_all       {table, rows}                      rows in a partition nobody made
-- Partitioned by month (UTC) of created_at, so the primary key holds it too (1503) and references
-- are kept by triggers (1506): an unknown client or agent is refused, deletes take their rows along.
-- Growth: 10,000 to 100,000 rows a day. Retention: debug and info 90 days, a month whole 13 months.
-- Report: partitions by month of created_at; event_type is a VARCHAR where the report says enum, because the fleet's
-- own agents and jobs write types of theirs.
CREATE TABLE IF NOT EXISTS system_events (
	id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
	event_type VARCHAR(50) NOT NULL,
	severity ENUM('debug','info','warning','error','critical') NOT NULL DEFAULT 'info',
	message TEXT NULL,
	client_id UUID NULL,
	agent_id UUID NULL,
	instance_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NULL,
	metadata JSON NULL,
	created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
	PRIMARY KEY (id, created_at),
	KEY idx_events_client (client_id, created_at),
	KEY idx_events_agent (agent_id, created_at),
	KEY idx_events_type (event_type, created_at),
	KEY idx_events_severity (severity, created_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci
PARTITION BY RANGE (UNIX_TIMESTAMP(created_at)) (PARTITION p_future VALUES LESS THAN MAXVALUE);

-- The queue of live changes, written by triggers in the writer's transaction, so that no caller can
-- forget; ids are handed out before commits, so a reader must mind gaps. event_data by type:
--   INSTANCE_LAUNCHING | INSTANCE_RUNNING | INSTANCE_TERMINATING | INSTANCE_TERMINATED
--     {"instance_id","agent_id","status","was","is_primary","mode","pool_id","az","instance_type",
--      "spot_price","version","at"}   promoting and zombie are INSTANCE_RUNNING with that status:
--                                     the instance runs; was is NULL for a new row, here and below
--   AGENT_STATUS_CHANGED  {"agent_id","agent","status","was","enabled","was_enabled","at"}
--   EMERGENCY_EVENT       {"agent_id","agent","kind","was","deadline","pool_id","az","instance_id","at"}
--                                     kind is rebalance, termination or none (it is over)
--   COMMAND_EXECUTED      {"command_id","request_id","agent_id","command_type","status","success",
--                          "message","instance_id","target_pool_id","at"}   for each end of a command
--   HEARTBEAT             {"agent_id","at"}   for back ends that want it; nothing here writes it
-- at is ISO 8601 UTC with milliseconds.
-- Growth: some a minute for each agent in trouble. Retention: 1 h (expires_at, cleanup_sse_events).
-- Report: to the letter, save client_id (a UUID as everywhere; the report's CHAR(36) would not take the foreign key) and
-- the ENUM's values, which it leaves open.
CREATE TABLE IF NOT EXISTS sse_events (
	id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
	client_id UUID NOT NULL,
	event_type ENUM('INSTANCE_LAUNCHING','INSTANCE_RUNNING','INSTANCE_TERMINATING','INSTANCE_TERMINATED','AGENT_STATUS_CHANGED','EMERGENCY_EVENT','COMMAND_EXECUTED','HEARTBEAT') NOT NULL,
	event_data JSON NOT NULL,
	delivered BOOLEAN NOT NULL DEFAULT FALSE,
	delivered_at TIMESTAMP NULL DEFAULT NULL,
	created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
	expires_at TIMESTAMP NOT NULL,
	PRIMARY KEY (id),
	KEY idx_sse_client_pending (client_id, delivered, created_at ASC),
	KEY idx_sse_expires (expires_at),
	CONSTRAINT fk_sse_client FOREIGN KEY (client_id) REFERENCES clients (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

-- Messages for a client's people, made from alerts by the worker.
-- Growth: a few a day for each client. Retention: 90 days.
-- Report: its columns are not given; they follow the schema in the field.
CREATE TABLE IF NOT EXISTS notifications (
	id UUID NOT NULL DEFAULT UUID(),
	client_id UUID NOT NULL,
	message TEXT NOT NULL,
	notification_type ENUM('info','success','warning','error') NOT NULL DEFAULT 'info',
	is_read BOOLEAN NOT NULL DEFAULT FALSE,
	created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
	read_at TIMESTAMP NULL DEFAULT NULL,
	PRIMARY KEY (id),
	KEY idx_notifications_client (client_id, is_read, created_at),
	KEY idx_notifications_time (created_at),
	CONSTRAINT fk_notifications_client FOREIGN KEY (client_id) REFERENCES clients (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
