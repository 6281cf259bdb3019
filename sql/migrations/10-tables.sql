-- The move of a database in the field (5.1, 6.0) into this one: what it keeps of itself.
--
-- The source is only ever read. All state lies in the new database, so that a batch and its
-- checkpoint are one transaction: whatever is killed, running again goes on where it was.
--   migration_run      one row: from where, since when, which pass
--   migration_rules    one row a table to be migrated: what it was called, where it goes, how far it is
--   migration_columns  what each new column is made of
--   migration_states   the words of the field and the states they stand for; edit it to teach a word
--   migration_rejects  source rows that could not be kept, whole, with the reason
--   migration_notes    values that could not be kept as they were, and what was put in their place
--   migration_others   source tables that have no place here, and why
--   migration_changes  --follow: what the triggers on the source say has changed; taken over, a row goes
--   migration_broken   what a trigger could not write there: the log is not whole any more
--   migration_ranges   what --compare found: rows and checksum of each range of keys, on both sides
--   migration_differences   and each value that is not what the rule makes of the source
-- `db migrate --clean` drops the helpers when nobody wants them any more.
CREATE TABLE IF NOT EXISTS migration_run (
	id TINYINT UNSIGNED NOT NULL DEFAULT 1,
	source_db VARCHAR(64) NOT NULL,
	source_version VARCHAR(20) NOT NULL DEFAULT '',
	-- prices older than this are left where they are
	since TIMESTAMP NOT NULL,
	tokens_are_hashed BOOLEAN NOT NULL DEFAULT FALSE,
	-- 0: the first copy; then one more for each catch-up
	pass INT UNSIGNED NOT NULL DEFAULT 0,
	pass_kind ENUM('copy','quick','final','sample') NOT NULL DEFAULT 'copy',
	pass_started_at TIMESTAMP NULL DEFAULT NULL,
	-- every change up to here has been seen
	watermark TIMESTAMP NULL DEFAULT NULL,
	is_done BOOLEAN NOT NULL DEFAULT FALSE,
	started_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
	PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

-- mode: how rows get in.
--   update   new rows are added, changed ones updated in place (other rows hang on them); what another
--            unique key refuses is rejected by name, never joined to another row
--   replace  a changed row is taken out and put in anew: it may have jumped states
--   last     rows of one natural key become one, the last wins
--   pools    pools that are named somewhere but stand in no table of pools
-- is_log: most rows are added at the end; only a final pass looks at all of them again.
-- yields_to: where that rule has a row of the same natural key, it stays as that one says.
CREATE TABLE IF NOT EXISTS migration_rules (
	rule VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	ord SMALLINT UNSIGNED NOT NULL,
	names VARCHAR(255) NOT NULL,
	target VARCHAR(64) NOT NULL,
	mode ENUM('update','replace','last','pools') NOT NULL,
	is_log BOOLEAN NOT NULL DEFAULT FALSE,
	yields_to VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NULL,
	pk VARCHAR(100) NOT NULL DEFAULT 'id',
	joins TEXT NULL,
	left_if TEXT NULL,
	day_col VARCHAR(64) NULL,
	source_table VARCHAR(64) NULL,
	key_col VARCHAR(64) NULL,
	key_kind ENUM('num','text','bin') NULL,
	changed_col VARCHAR(64) NULL,
	source_rows BIGINT UNSIGNED NULL,
	source_bytes BIGINT UNSIGNED NULL,
	state ENUM('absent','waiting','copying','copied') NOT NULL DEFAULT 'absent',
	cursor_key VARCHAR(512) NULL,
	last_key VARCHAR(512) NULL,
	rows_read BIGINT UNSIGNED NOT NULL DEFAULT 0,
	rows_migrated BIGINT UNSIGNED NOT NULL DEFAULT 0,
	rows_merged BIGINT UNSIGNED NOT NULL DEFAULT 0,
	rows_left BIGINT UNSIGNED NOT NULL DEFAULT 0,
	rows_changed BIGINT UNSIGNED NOT NULL DEFAULT 0,
	pass_read BIGINT UNSIGNED NOT NULL DEFAULT 0,
	busy_ms BIGINT UNSIGNED NOT NULL DEFAULT 0,
	sql_raw LONGTEXT NULL,
	sql_bad LONGTEXT NULL,
	sql_new LONGTEXT NULL,
	sql_notes LONGTEXT NULL,
	sql_count LONGTEXT NULL,
	sql_out LONGTEXT NULL,
	sql_in LONGTEXT NULL,
	sql_row LONGTEXT NULL,
	sql_taken LONGTEXT NULL,
	sql_moved LONGTEXT NULL,
	PRIMARY KEY (rule),
	UNIQUE KEY uk_migration_rules_ord (ord)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

-- For a migration begun by an earlier program.
ALTER TABLE migration_rules ADD COLUMN IF NOT EXISTS yields_to VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NULL AFTER is_log,
	ADD COLUMN IF NOT EXISTS sql_taken LONGTEXT NULL, ADD COLUMN IF NOT EXISTS sql_keys LONGTEXT NULL, ADD COLUMN IF NOT EXISTS sql_moved LONGTEXT NULL,
	-- of mode update: what makes room where rows of a batch change hands of a name or an address
	ADD COLUMN IF NOT EXISTS sql_room LONGTEXT NULL,
	-- What --compare sends; expires: which rows over b the retention of here may have taken away
	ADD COLUMN IF NOT EXISTS sql_sums LONGTEXT NULL, ADD COLUMN IF NOT EXISTS sql_suspects LONGTEXT NULL, ADD COLUMN IF NOT EXISTS sql_differences LONGTEXT NULL,
	ADD COLUMN IF NOT EXISTS sql_expired LONGTEXT NULL, ADD COLUMN IF NOT EXISTS sql_last LONGTEXT NULL, ADD COLUMN IF NOT EXISTS expires TEXT NULL,
	-- What of the source is the natural key here, where that has several columns (an expression over s): of mode last, rows
	-- that have it in common become one row
	ADD COLUMN IF NOT EXISTS sib TEXT NULL,
	ADD COLUMN IF NOT EXISTS compare_state ENUM('none','waiting','going','read','done') NOT NULL DEFAULT 'none', ADD COLUMN IF NOT EXISTS compare_key VARCHAR(512) NULL,
	-- not NULL: of the ranges of the last comparison only those that have changed
	ADD COLUMN IF NOT EXISTS compare_n INT NULL;

-- The natural keys (hashed) of rules that others yield to, and of those others.
CREATE TABLE IF NOT EXISTS migration_taken (
	rule VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	k BINARY(16) NOT NULL,
	source_key VARCHAR(255) COLLATE utf8mb4_bin NOT NULL DEFAULT '',
	PRIMARY KEY (rule, k, source_key),
	KEY idx_migration_taken_source (rule, source_key)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

ALTER TABLE migration_taken ADD COLUMN IF NOT EXISTS source_key VARCHAR(255) COLLATE utf8mb4_bin NOT NULL DEFAULT '', ADD KEY IF NOT EXISTS idx_migration_taken_source (rule, source_key);

-- Rows of a log that a later pass found under a key (hashed) that was not there: another row of the same
-- id is what they were before, and goes when the pass ends.
CREATE TABLE IF NOT EXISTS migration_moved (
	target VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	id BIGINT UNSIGNED NOT NULL,
	k BINARY(16) NOT NULL,
	PRIMARY KEY (target, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE IF NOT EXISTS migration_columns (
	rule VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	col VARCHAR(64) NOT NULL,
	expr TEXT NOT NULL,
	kind VARCHAR(20) NULL,
	parent VARCHAR(64) NULL,
	fallback TEXT NULL,
	note_if TEXT NULL,
	note_was TEXT NULL,
	note_text VARCHAR(200) NULL,
	PRIMARY KEY (rule, col)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE IF NOT EXISTS migration_states (
	domain VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	value VARCHAR(100) NOT NULL,
	mapped VARCHAR(64) NOT NULL,
	PRIMARY KEY (domain, value)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE IF NOT EXISTS migration_rejects (
	rule VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	source_table VARCHAR(64) NOT NULL,
	source_key VARCHAR(255) COLLATE utf8mb4_bin NOT NULL,
	reason VARCHAR(500) NOT NULL,
	row_data LONGTEXT NULL,
	rejected_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
	PRIMARY KEY (rule, source_key)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE IF NOT EXISTS migration_notes (
	rule VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	source_table VARCHAR(64) NOT NULL,
	source_key VARCHAR(255) COLLATE utf8mb4_bin NOT NULL,
	col VARCHAR(64) NOT NULL,
	value TEXT NULL,
	done VARCHAR(200) NOT NULL,
	PRIMARY KEY (rule, source_key, col)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE IF NOT EXISTS migration_others (
	name VARCHAR(64) NOT NULL,
	why VARCHAR(255) NOT NULL,
	PRIMARY KEY (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

-- Which of an agent's instances is its primary, decided over all of them before any is moved.
CREATE TABLE IF NOT EXISTS migration_primaries (
	agent_id UUID NOT NULL,
	instance_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	PRIMARY KEY (agent_id),
	KEY idx_migration_primaries_instance (instance_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE IF NOT EXISTS migration_ranges (
	rule VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	n INT UNSIGNED NOT NULL,
	-- keys as SQL literals: above lo (NULL: from the start), up to hi
	lo VARCHAR(512) NULL,
	hi VARCHAR(512) NOT NULL,
	rows_source BIGINT UNSIGNED NOT NULL,
	rows_target BIGINT UNSIGNED NOT NULL,
	sum_source BIGINT UNSIGNED NOT NULL,
	sum_target BIGINT UNSIGNED NOT NULL,
	rejected BIGINT UNSIGNED NOT NULL,
	left_out BIGINT UNSIGNED NOT NULL,
	expired BIGINT UNSIGNED NOT NULL,
	merged BIGINT UNSIGNED NOT NULL,
	compared_at TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
	-- changed: rows of it have been taken over since
	is_changed BOOLEAN NOT NULL DEFAULT FALSE,
	PRIMARY KEY (rule, n)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

-- Keys whose rows were not the same when their range was read: looked at again before anything is said.
CREATE TABLE IF NOT EXISTS migration_suspects (
	rule VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	source_key VARCHAR(255) COLLATE utf8mb4_bin NOT NULL,
	PRIMARY KEY (rule, source_key)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE IF NOT EXISTS migration_differences (
	rule VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	source_table VARCHAR(64) NOT NULL,
	source_key VARCHAR(255) COLLATE utf8mb4_bin NOT NULL,
	-- '': the whole row
	col VARCHAR(64) NOT NULL,
	expected TEXT NULL,
	found TEXT NULL,
	PRIMARY KEY (rule, source_key, col)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

-- op: I inserted, U updated, D deleted; N and P updated, and others depend on what was changed (N: a name or an
-- address, P: which instance is the primary, O: whose agent it is); M updated, and it is another row here now (sib says
-- which one it was); C may have lost its parent. A row without a number that ascends with the commits: they are
-- deleted when they are taken over, so none that came late is passed by.
CREATE TABLE IF NOT EXISTS migration_changes (
	id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
	tab VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	k VARCHAR(255) COLLATE utf8mb4_bin NOT NULL,
	op CHAR(1) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	sib VARCHAR(400) COLLATE utf8mb4_bin NULL,
	at TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
	PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE IF NOT EXISTS migration_broken (
	id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
	at TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
	tab VARCHAR(64) NOT NULL,
	error VARCHAR(300) NOT NULL,
	PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

-- The triggers that were made in the source, as the server shows them, and the table as it was then (emptied by
-- TRUNCATE or built anew it is another one).
CREATE TABLE IF NOT EXISTS migration_triggers (
	name VARCHAR(64) NOT NULL,
	kind ENUM('log','fence') NOT NULL,
	tab VARCHAR(64) NOT NULL,
	made DATETIME(3) NULL,
	body_md5 CHAR(32) NULL,
	table_made DATETIME NULL,
	-- the engine's number of it
	table_id BIGINT UNSIGNED NULL,
	PRIMARY KEY (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

-- log_state: making: triggers are being made; open: they are there, and one whole pass has still to go over what was
-- written before them; whole: what the log says and what is here are together the source.
ALTER TABLE migration_run ADD COLUMN IF NOT EXISTS log_state ENUM('none','making','open','whole') NOT NULL DEFAULT 'none',
	ADD COLUMN IF NOT EXISTS log_since TIMESTAMP(3) NULL DEFAULT NULL,
	-- its triggers were there before the first row was read: the copy itself makes it whole
	ADD COLUMN IF NOT EXISTS log_from_start BOOLEAN NOT NULL DEFAULT FALSE, ADD COLUMN IF NOT EXISTS is_fenced BOOLEAN NOT NULL DEFAULT FALSE,
	ADD COLUMN IF NOT EXISTS fenced_at TIMESTAMP(3) NULL DEFAULT NULL,
	-- the fingerprint of all that the rules' statements were made of
	ADD COLUMN IF NOT EXISTS compiled_for CHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL,
	-- raw prices older than this are left where they are; NULL: as all prices
	ADD COLUMN IF NOT EXISTS raw_since TIMESTAMP NULL DEFAULT NULL;
