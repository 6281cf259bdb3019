-- When everything is silent, its health is read from the index alone.
ALTER TABLE agents ADD KEY IF NOT EXISTS idx_agents_silence (enabled, silent_at, last_heartbeat_at, heartbeat_interval_seconds, status),
	DROP KEY IF EXISTS idx_agents_silent;
