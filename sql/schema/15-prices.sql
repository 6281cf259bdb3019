-- Prices in three tiers, and by the hour.
--
-- Departures from the report, each forced by the engine or by the report's own queries:
--   * InnoDB refuses foreign keys on partitioned tables (1506): fk_snapshots_pool and its kin are
--     triggers of the same effect (40-integrity.sql): an orphan is refused, a deleted pool, agent or
--     client takes its rows along.
--   * Every unique key must hold the partition column (1503), so `id` alone cannot be the primary
--     key. Rows are clustered by what is asked for, pool and time; id is a plain 64-bit number made
--     by UUID_SHORT(), which needs no index of its own.
--   * Partitions are days (UTC) of observed_at, not of created_at: the report's queries filter on
--     observed_at and would not prune. Days are made by partitions_ensure (20-partitions.sql) ahead
--     of time and for whatever days an import brings; p_past, p_future and the g_ partitions stand
--     for days nobody has made and are empty in normal running.

-- Tier 1: what agents report and imports bring, as it came. An import has no client, agent, source
-- or role and id 0, so that (pool, time) is unique among imported rows and importing again adds
-- nothing. is_duplicate marks the losers of deduplication (DESIGN: primary before replica before
-- other, then the latest, per pool and minute). The newest observation of a pool is copied to
-- spot_pools.last_price by trigger.
-- Growth: 1,000,000 rows a day for 100 agents. Retention: 24 h, by partition, after consolidation.
-- Report: partitioned by created_at and with fk_snapshots_pool; see the departures above.
CREATE TABLE IF NOT EXISTS spot_price_snapshots (
	id BIGINT UNSIGNED NOT NULL DEFAULT (UUID_SHORT()),
	client_id UUID NULL,
	agent_id UUID NULL,
	pool_id VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	price DECIMAL(10,6) NOT NULL,
	observed_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
	source_instance_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NULL,
	source_instance_role ENUM('primary','replica','zombie') NULL,
	is_duplicate BOOLEAN NOT NULL DEFAULT FALSE,
	created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
	PRIMARY KEY (pool_id, observed_at, id),
	KEY idx_snapshots_consolidation (created_at, is_duplicate),
	CONSTRAINT chk_snapshots_price CHECK (price >= 0)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci
PARTITION BY RANGE (UNIX_TIMESTAMP(observed_at)) (PARTITION p_future VALUES LESS THAN MAXVALUE);

-- Tier 2: one row per pool and minute, gaps of more than an hour filled in and marked.
-- Growth: 100,000 rows a day. Retention: 7 days, by partition, after the canonical tier took it in.
-- Report: uk_consolidated_pool_time; partitions and the filling of gaps at 30, 60, 90 ... minutes on the straight line
-- are ours (the report puts one midpoint price 30 minutes in).
CREATE TABLE IF NOT EXISTS pricing_consolidated (
	id BIGINT UNSIGNED NOT NULL DEFAULT (UUID_SHORT()),
	pool_id VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	price DECIMAL(10,6) NOT NULL,
	observed_at TIMESTAMP NOT NULL,
	is_interpolated BOOLEAN NOT NULL DEFAULT FALSE,
	source_count SMALLINT UNSIGNED NOT NULL DEFAULT 1,
	consolidation_job_id UUID NULL,
	consolidated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
	UNIQUE KEY uk_consolidated_pool_time (pool_id, observed_at),
	CONSTRAINT chk_consolidated_price CHECK (price >= 0)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci
PARTITION BY RANGE (UNIX_TIMESTAMP(observed_at)) (PARTITION p_future VALUES LESS THAN MAXVALUE);

-- Tier 3: every consolidated row with how far it can be trusted; for charts and training.
-- Growth: 50,000 to 100,000 rows a day. Retention: 90 days, by partition.
-- Report: confidence_score and volatility_index, which the canonical job's header defines; partitions are ours.
CREATE TABLE IF NOT EXISTS pricing_canonical (
	id BIGINT UNSIGNED NOT NULL DEFAULT (UUID_SHORT()),
	pool_id VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	price DECIMAL(10,6) NOT NULL,
	observed_at TIMESTAMP NOT NULL,
	confidence_score DECIMAL(3,2) NOT NULL DEFAULT 1.00,
	volatility_index DECIMAL(5,4) NULL,
	created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
	is_interpolated BOOLEAN NOT NULL DEFAULT FALSE,
	UNIQUE KEY uk_canonical_pool_time (pool_id, observed_at),
	CONSTRAINT chk_canonical_price CHECK (price >= 0),
	CONSTRAINT chk_canonical_confidence CHECK (confidence_score BETWEEN 0 AND 1)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci
PARTITION BY RANGE (UNIX_TIMESTAMP(observed_at)) (PARTITION p_future VALUES LESS THAN MAXVALUE);

-- Each pool by the hour (hour_at is the hour's first second): what charts of days and "all pools"
-- read instead of the minutes. Made by the hourly job from the consolidated tier.
-- Growth: 24 rows a day for each pool. Retention: 13 months.
-- Report: not in it; the hours the charts of days read.
CREATE TABLE IF NOT EXISTS pool_price_hourly (
	pool_id VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	hour_at TIMESTAMP NOT NULL,
	price_avg DECIMAL(10,6) NOT NULL,
	price_min DECIMAL(10,6) NOT NULL,
	price_max DECIMAL(10,6) NOT NULL,
	price_open DECIMAL(10,6) NOT NULL,
	price_close DECIMAL(10,6) NOT NULL,
	sample_count SMALLINT UNSIGNED NOT NULL DEFAULT 0,
	interpolated_count SMALLINT UNSIGNED NOT NULL DEFAULT 0,
	PRIMARY KEY (pool_id, hour_at),
	KEY idx_hourly_hour (hour_at),
	CONSTRAINT fk_hourly_pool FOREIGN KEY (pool_id) REFERENCES spot_pools (id) ON DELETE CASCADE,
	CONSTRAINT chk_hourly_order CHECK (price_min <= price_max)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
