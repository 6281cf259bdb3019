-- What can be bought, at which list price, and where nothing can be bought now: spot_pools, ondemand_prices, spotop_cooling.

-- One kind of instance in one zone. id is `instance_type.az` (r3.large.us-east-1e), as agents name it.
-- last_price is a cache of the newest snapshot (kept by the snapshot's trigger, the newest
-- observed_at wins); the boot and notice figures are kept by agents' procedures and jobs.
-- Growth: hundreds in all. Retention: for ever; deleting a pool deletes its prices.
-- Report: id, boot_sample_count SMALLINT; the price cache, cordons and 30-day figures are ours.
CREATE TABLE IF NOT EXISTS spot_pools (
	id VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	pool_name VARCHAR(255) NULL,
	instance_type VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	region VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	az VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	is_active BOOLEAN NOT NULL DEFAULT TRUE,
	avg_boot_time_seconds SMALLINT UNSIGNED NULL,
	boot_sample_count SMALLINT UNSIGNED NOT NULL DEFAULT 0,
	last_boot_time_update TIMESTAMP NULL DEFAULT NULL,
	created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
	updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
	last_price DECIMAL(10,6) NULL,
	last_price_at TIMESTAMP NULL DEFAULT NULL,
	is_cordoned BOOLEAN NOT NULL DEFAULT FALSE,
	cordoned_until TIMESTAMP NULL DEFAULT NULL,
	cordon_reason VARCHAR(500) NULL,
	cordoned_by VARCHAR(128) NULL,
	-- the last 30 days, by the pool statistics job; n says how much they are worth
	boot_p50_seconds SMALLINT UNSIGNED NULL,
	boot_p95_seconds SMALLINT UNSIGNED NULL,
	boot_n_30d INT UNSIGNED NOT NULL DEFAULT 0,
	downtime_p95_seconds SMALLINT UNSIGNED NULL,
	downtime_n_30d INT UNSIGNED NOT NULL DEFAULT 0,
	notice_count_30d INT UNSIGNED NOT NULL DEFAULT 0,
	rebalance_count_30d INT UNSIGNED NOT NULL DEFAULT 0,
	instance_days_30d DECIMAL(10,2) NOT NULL DEFAULT 0,
	stats_at TIMESTAMP NULL DEFAULT NULL,
	PRIMARY KEY (id),
	KEY idx_pools_type_az (instance_type, region, az),
	KEY idx_pools_az (az)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

-- On-demand list prices, one row for each change; the newest not in the future counts.
-- Growth: a few rows a year for each type and region. Retention: for ever.
-- Report: its columns are not given; they follow the schema in the field.
CREATE TABLE IF NOT EXISTS ondemand_prices (
	id UUID NOT NULL DEFAULT UUID(),
	instance_type VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	region VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	price DECIMAL(10,6) NOT NULL,
	recorded_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
	PRIMARY KEY (id),
	UNIQUE KEY uk_ondemand_type_region_time (instance_type, region, recorded_at),
	CONSTRAINT chk_ondemand_price CHECK (price >= 0)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

-- A place that had no capacity for a launch, as an agent reported it, or in which a client met its quota: nothing is sent there
-- until cooled_until, and for an hour after that one launch at a time, until one comes up, which removes the row
-- (sql/parts/capacity.sql). place: a pool's id, or ondemand.TYPE.REGION; client_id: whose agent reported it, and to whom it is
-- closed; to all, where agents of two clients reported it.
-- Growth: none beyond a row a place and client. Retention: until a launch of that client comes up there.
-- Report: not in it.
CREATE TABLE IF NOT EXISTS spotop_cooling (
	place VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	client_id UUID NOT NULL,
	error VARCHAR(60) NOT NULL,
	failed_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
	cooled_until TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
	failures SMALLINT UNSIGNED NOT NULL DEFAULT 1,
	PRIMARY KEY (place, client_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
