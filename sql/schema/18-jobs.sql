-- The jobs: what is due (job_schedules), what ran (consolidation_jobs), what came of it by day
-- (client_savings_daily), and which schema this is (schema_migrations).

-- One row a job, and the worker's leader lease (name 'leader', kind 'lease'). A holder writes only
-- with the fence it was given; a lease that ran out may be taken, which raises the fence.
-- Growth: none. Retention: for ever.
-- Report: not in it; what its two events cannot do: order, leases, retries.
CREATE TABLE IF NOT EXISTS job_schedules (
	name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	kind ENUM('job','lease') NOT NULL DEFAULT 'job',
	about VARCHAR(255) NOT NULL DEFAULT '',
	every_seconds INT UNSIGNED NULL,
	is_enabled BOOLEAN NOT NULL DEFAULT TRUE,
	next_run_at TIMESTAMP NULL DEFAULT NULL,
	last_run_at TIMESTAMP NULL DEFAULT NULL,
	last_ok_at TIMESTAMP NULL DEFAULT NULL,
	last_status ENUM('never','running','ok','failed') NOT NULL DEFAULT 'never',
	last_error TEXT NULL,
	last_duration_ms INT UNSIGNED NULL,
	consecutive_failures SMALLINT UNSIGNED NOT NULL DEFAULT 0,
	holder VARCHAR(255) NULL,
	lease_until TIMESTAMP(3) NULL DEFAULT NULL,
	fence BIGINT UNSIGNED NOT NULL DEFAULT 0,
	state JSON NULL,
	updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
	PRIMARY KEY (name),
	KEY idx_schedules_due (is_enabled, next_run_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

-- One run of a job over one window; chunk names the part of it (a pool, a partition), '' the whole.
-- The first three types are the report's, the rest ours.
-- Growth: some hundred rows a day. Retention: 90 days.
-- Report: its columns are not given; the types beyond the first three are ours.
CREATE TABLE IF NOT EXISTS consolidation_jobs (
	id UUID NOT NULL DEFAULT UUID(),
	job_type ENUM('pricing','metrics','logs','consolidate','canonical','hourly','retention','partitions','savings','pool_stats','alerts','commands','counts','notifications','import') NOT NULL,
	status ENUM('pending','running','completed','failed') NOT NULL DEFAULT 'pending',
	window_start TIMESTAMP NULL DEFAULT NULL,
	window_end TIMESTAMP NULL DEFAULT NULL,
	records_processed INT UNSIGNED NOT NULL DEFAULT 0,
	errors_encountered INT UNSIGNED NOT NULL DEFAULT 0,
	error_message TEXT NULL,
	started_at TIMESTAMP NULL DEFAULT NULL,
	completed_at TIMESTAMP NULL DEFAULT NULL,
	duration_seconds SMALLINT UNSIGNED NULL,
	chunk VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
	fence BIGINT UNSIGNED NOT NULL DEFAULT 0,
	holder VARCHAR(255) NULL,
	details JSON NULL,
	created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
	PRIMARY KEY (id),
	KEY idx_jobs_type_time (job_type, started_at),
	KEY idx_jobs_status (status, started_at),
	KEY idx_jobs_window (job_type, window_start, window_end)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

-- What a client paid, would have paid and saved, by day (UTC).
-- Growth: a row a day for each client. Retention: for ever.
-- Report: its columns are not given; they follow the schema in the field.
CREATE TABLE IF NOT EXISTS client_savings_daily (
	client_id UUID NOT NULL,
	date DATE NOT NULL,
	baseline_cost DECIMAL(15,4) NOT NULL DEFAULT 0,
	actual_cost DECIMAL(15,4) NOT NULL DEFAULT 0,
	savings DECIMAL(15,4) NOT NULL DEFAULT 0,
	savings_percentage DECIMAL(5,2) NULL,
	switch_count INT UNSIGNED NOT NULL DEFAULT 0,
	instance_count INT UNSIGNED NOT NULL DEFAULT 0,
	online_agent_count INT UNSIGNED NOT NULL DEFAULT 0,
	computed_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
	PRIMARY KEY (client_id, date),
	KEY idx_savings_date (date),
	CONSTRAINT fk_savings_client FOREIGN KEY (client_id) REFERENCES clients (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

-- Which version this database is and how it came to be so; the newest row counts.
-- Growth: a row a version. Retention: for ever.
-- Report: its columns are not given; they follow the schema in the field.
CREATE TABLE IF NOT EXISTS schema_migrations (
	version VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	name VARCHAR(255) NOT NULL DEFAULT '',
	applied_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
	applied_by VARCHAR(255) NOT NULL DEFAULT '',
	program_version VARCHAR(32) NULL,
	duration_ms INT UNSIGNED NULL,
	details JSON NULL,
	PRIMARY KEY (version)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
