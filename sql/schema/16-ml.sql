-- The models, what they were trained on, and what they decided.

-- A data set a model was trained on.
-- Growth: a few a month. Retention: for ever.
-- Report: its columns are not given; they follow the schema in the field.
CREATE TABLE IF NOT EXISTS ml_training_datasets (
	id UUID NOT NULL DEFAULT UUID(),
	dataset_name VARCHAR(100) NOT NULL,
	dataset_version VARCHAR(20) NOT NULL,
	data_start_date DATE NOT NULL,
	data_end_date DATE NOT NULL,
	record_count INT UNSIGNED NOT NULL DEFAULT 0,
	feature_count SMALLINT UNSIGNED NOT NULL DEFAULT 0,
	null_percentage DECIMAL(5,2) NULL,
	duplicate_percentage DECIMAL(5,2) NULL,
	storage_location VARCHAR(500) NULL,
	file_size_mb DECIMAL(10,2) NULL,
	created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
	created_by UUID NULL,
	metadata JSON NULL,
	PRIMARY KEY (id),
	UNIQUE KEY uk_datasets_name_version (dataset_name, dataset_version),
	KEY idx_datasets_created_by (created_by),
	CONSTRAINT fk_datasets_user FOREIGN KEY (created_by) REFERENCES users (id) ON DELETE SET NULL,
	CONSTRAINT chk_datasets_dates CHECK (data_start_date <= data_end_date)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

-- A model that decides; at most some of them active.
-- Growth: a few a month. Retention: for ever.
-- Report: its columns are not given; they follow the schema in the field.
CREATE TABLE IF NOT EXISTS ml_models (
	id UUID NOT NULL DEFAULT UUID(),
	model_name VARCHAR(100) NOT NULL,
	model_version VARCHAR(20) NOT NULL,
	model_type ENUM('decision_tree','random_forest','neural_network','heuristic') NOT NULL DEFAULT 'heuristic',
	model_binary LONGBLOB NULL,
	model_hash CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
	training_dataset_id UUID NULL,
	accuracy_score DECIMAL(5,4) NULL,
	precision_score DECIMAL(5,4) NULL,
	recall_score DECIMAL(5,4) NULL,
	f1_score DECIMAL(5,4) NULL,
	is_active BOOLEAN NOT NULL DEFAULT FALSE,
	validation_status ENUM('pending','validated','failed') NOT NULL DEFAULT 'pending',
	uploaded_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
	activated_at TIMESTAMP NULL DEFAULT NULL,
	uploaded_by UUID NULL,
	metadata JSON NULL,
	PRIMARY KEY (id),
	UNIQUE KEY uk_models_name_version (model_name, model_version),
	KEY idx_models_active (is_active),
	KEY idx_models_dataset (training_dataset_id),
	KEY idx_models_uploaded_by (uploaded_by),
	CONSTRAINT fk_models_dataset FOREIGN KEY (training_dataset_id) REFERENCES ml_training_datasets (id) ON DELETE SET NULL,
	CONSTRAINT fk_models_user FOREIGN KEY (uploaded_by) REFERENCES users (id) ON DELETE SET NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

-- What a model advised for an agent and what came of it.
-- Growth: some an hour for each agent. Retention: 90 days.
-- Report: its columns are not given; they follow the schema in the field.
CREATE TABLE IF NOT EXISTS ml_decisions (
	id UUID NOT NULL DEFAULT UUID(),
	client_id UUID NOT NULL,
	agent_id UUID NOT NULL,
	model_id UUID NULL,
	current_pool_id VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NULL,
	current_price DECIMAL(10,6) NULL,
	recommended_action ENUM('switch','stay','emergency_replica') NOT NULL DEFAULT 'stay',
	recommended_pool_id VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NULL,
	recommended_price DECIMAL(10,6) NULL,
	expected_savings DECIMAL(10,6) NULL,
	confidence_score DECIMAL(5,4) NULL,
	risk_score DECIMAL(5,4) NULL,
	input_features JSON NULL,
	action_taken BOOLEAN NOT NULL DEFAULT FALSE,
	command_id UUID NULL,
	actual_savings DECIMAL(10,6) NULL,
	decided_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
	PRIMARY KEY (id),
	KEY idx_decisions_agent (agent_id, decided_at DESC, id DESC),
	KEY idx_decisions_client (client_id, decided_at DESC, id DESC),
	KEY idx_decisions_time (decided_at),
	KEY idx_decisions_model (model_id),
	KEY idx_decisions_command (command_id),
	CONSTRAINT fk_decisions_client FOREIGN KEY (client_id) REFERENCES clients (id) ON DELETE CASCADE,
	CONSTRAINT fk_decisions_agent FOREIGN KEY (agent_id) REFERENCES agents (id) ON DELETE CASCADE,
	CONSTRAINT fk_decisions_model FOREIGN KEY (model_id) REFERENCES ml_models (id) ON DELETE SET NULL,
	CONSTRAINT fk_decisions_command FOREIGN KEY (command_id) REFERENCES commands (id) ON DELETE SET NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
