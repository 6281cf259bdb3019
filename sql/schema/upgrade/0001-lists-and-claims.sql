-- What the tables gained before revisions were counted: the indexes that give lists and the past their
-- order, who claimed an alert, and the counts of agents beside those of instances.
-- 1,000,000 instances: 12 s (make bench-upgrade), in which a heartbeat or a change of an instance waits 1.0 s at most.
ALTER TABLE agents ADD KEY IF NOT EXISTS idx_agents_name (logical_agent_id);
ALTER TABLE instances ADD KEY IF NOT EXISTS idx_instances_created (created_at),
	ADD KEY IF NOT EXISTS idx_instances_terminated (terminated_at),
	DROP KEY IF EXISTS idx_instances_pool, ADD KEY idx_instances_pool (current_pool_id, is_active);
-- Where it still has that name: a later step gave it another.
DELIMITER //
BEGIN NOT ATOMIC
	IF EXISTS (SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'instance_counts' AND TABLE_TYPE = 'BASE TABLE') THEN
		ALTER TABLE instance_counts ADD COLUMN IF NOT EXISTS agent_count INT NOT NULL DEFAULT 0,
			ADD COLUMN IF NOT EXISTS enabled_count INT NOT NULL DEFAULT 0 AFTER agent_count;
	END IF;
END //
DELIMITER ;
ALTER TABLE commands ADD KEY IF NOT EXISTS idx_commands_time (created_at),
	ADD KEY IF NOT EXISTS idx_commands_executed (executed_at),
	ADD KEY IF NOT EXISTS idx_commands_completed (completed_at);
ALTER TABLE replica_instances ADD KEY IF NOT EXISTS idx_replicas_time (launch_requested_at),
	ADD KEY IF NOT EXISTS idx_replicas_up (launch_completed_at),
	ADD KEY IF NOT EXISTS idx_replicas_ended (terminated_at);
ALTER TABLE notifications ADD KEY IF NOT EXISTS idx_notifications_time (created_at);
ALTER TABLE alerts ADD COLUMN IF NOT EXISTS claimed_at TIMESTAMP NULL DEFAULT NULL AFTER acked_by,
	ADD COLUMN IF NOT EXISTS claimed_by VARCHAR(128) NULL AFTER claimed_at;
