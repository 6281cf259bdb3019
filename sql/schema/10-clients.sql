-- Who pays and who operates: clients and users.

-- A tenant. Everything a client owns goes with it: its BEFORE DELETE trigger (40-integrity.sql)
-- removes what foreign keys cannot reach.
-- Growth: a handful a year. Retention: for ever.
-- Report: its columns are not given; as in the field, with max_agents SMALLINT as the report has it.
CREATE TABLE IF NOT EXISTS clients (
	id UUID NOT NULL DEFAULT UUID(),
	name VARCHAR(255) NOT NULL,
	email VARCHAR(255) NOT NULL,
	-- SHA-256 of the token the client's agents present, in hex: the token itself is not kept. No viewer reads this column.
	client_token CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	plan ENUM('free','basic','pro','enterprise') NOT NULL DEFAULT 'free',
	max_agents SMALLINT UNSIGNED NOT NULL DEFAULT 100,
	max_instances SMALLINT UNSIGNED NOT NULL DEFAULT 1000,
	is_active BOOLEAN NOT NULL DEFAULT TRUE,
	total_savings DECIMAL(12,4) NOT NULL DEFAULT 0,
	default_auto_terminate BOOLEAN NOT NULL DEFAULT TRUE,
	default_terminate_wait_seconds SMALLINT UNSIGNED NOT NULL DEFAULT 300,
	default_auto_switch_enabled BOOLEAN NOT NULL DEFAULT TRUE,
	created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
	updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
	last_sync_at TIMESTAMP NULL DEFAULT NULL,
	metadata JSON NULL,
	PRIMARY KEY (id),
	UNIQUE KEY uk_clients_token (client_token),
	UNIQUE KEY uk_clients_email (email),
	KEY idx_clients_name (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

-- People: who issued a command, who uploaded a model. A login of the database is matched to its
-- row by db_user, so that the history shows a name. client_id NULL: staff, of no one client.
-- Growth: a handful a year. Retention: for ever (is_active FALSE instead of a delete).
-- Report: its columns are not given; they follow the schema in the field.
CREATE TABLE IF NOT EXISTS users (
	id UUID NOT NULL DEFAULT UUID(),
	client_id UUID NULL,
	email VARCHAR(255) NOT NULL,
	display_name VARCHAR(255) NOT NULL DEFAULT '',
	db_user VARCHAR(80) NULL,
	role ENUM('viewer','operator','admin') NOT NULL DEFAULT 'viewer',
	is_active BOOLEAN NOT NULL DEFAULT TRUE,
	created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
	last_seen_at TIMESTAMP NULL DEFAULT NULL,
	metadata JSON NULL,
	PRIMARY KEY (id),
	UNIQUE KEY uk_users_email (email),
	UNIQUE KEY uk_users_db_user (db_user),
	KEY idx_users_client (client_id),
	CONSTRAINT fk_users_client FOREIGN KEY (client_id) REFERENCES clients (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
