-- The roles and their rights on the session's database, one statement a row, in order. The routines
-- a role may call are named one by one: what is not named here cannot be called by it. A server may hold several
-- databases of ours: the plain names are spot_optimizer's, the roles of another end in its name. is_optional: lacking
-- the right to say this, the roles work all the same.
WITH d AS (
	SELECT CONCAT('`', REPLACE(DATABASE(), '`', '``'), '`') AS name,
		CONCAT('`', REPLACE(REPLACE(REPLACE(DATABASE(), '`', '``'), '_', '\\_'), '%', '\\%'), '`') AS pattern,
		IF(DATABASE() = 'spot_optimizer', '`', CONCAT('_', REPLACE(DATABASE(), '`', '``'), '`')) AS tail
), r AS (
	SELECT ROUTINE_NAME AS name, ROUTINE_TYPE AS kind FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE()
), g AS (
	SELECT 1 AS n, CONCAT('CREATE ROLE IF NOT EXISTS `', x.role, d.tail) AS statement, FALSE AS is_optional
	FROM d JOIN (SELECT 'spotop_viewer' AS role UNION ALL SELECT 'spotop_operator' UNION ALL SELECT 'spotop_agent' UNION ALL SELECT 'spotop_worker' UNION ALL SELECT 'spotop_admin') x
	UNION ALL
	-- viewer: reads everything but what proves who an agent is. A right on the whole database cannot leave a column out,
	-- so each table is named; the one on the whole goes last, when nobody needs it any more.
	SELECT 2, CONCAT('GRANT SHOW VIEW ON ', d.pattern, '.* TO `spotop_viewer', d.tail), FALSE FROM d
	UNION ALL
	SELECT 2, CONCAT('GRANT SELECT', CASE WHEN t.TABLE_NAME <> 'clients' THEN '' ELSE CONCAT(' (', (SELECT GROUP_CONCAT(CONCAT('`', c.COLUMN_NAME, '`') ORDER BY c.ORDINAL_POSITION SEPARATOR ', ')
		FROM information_schema.COLUMNS c WHERE c.TABLE_SCHEMA = DATABASE() AND c.TABLE_NAME = 'clients' AND c.COLUMN_NAME <> 'client_token'), ')') END,
		' ON ', d.name, '.`', t.TABLE_NAME, '` TO `spotop_viewer', d.tail), FALSE
	FROM information_schema.TABLES t JOIN d WHERE t.TABLE_SCHEMA = DATABASE() AND t.TABLE_TYPE IN ('BASE TABLE', 'VIEW') AND t.TABLE_NAME NOT LIKE '%`%' AND t.TABLE_NAME NOT IN ('audit_log', 'spotop_audit_head')
		-- what comes and goes; a rejected row of a migration is kept whole, tokens too
		AND t.TABLE_NAME NOT LIKE 'migration\\_%' AND t.TABLE_NAME NOT LIKE 'dropping\\_%' AND t.TABLE_NAME NOT LIKE 'importing\\_%'
	UNION ALL
	-- rows of numbers, which statements count days and minutes by: the server makes such a table when it is named
	SELECT 2, CONCAT('GRANT SELECT ON ', d.name, '.`', q.name, '` TO `spotop_viewer', d.tail), FALSE
	FROM d JOIN (SELECT 'seq_0_to_2' AS name UNION ALL SELECT 'seq_0_to_30' UNION ALL SELECT 'seq_0_to_400' UNION ALL SELECT 'seq_0_to_59' UNION ALL SELECT 'seq_0_to_89' UNION ALL SELECT 'seq_1_to_50' UNION ALL SELECT 'seq_1_to_6') q
	UNION ALL
	SELECT 19, CONCAT('REVOKE SELECT ON ', d.pattern, '.* FROM `spotop_viewer', d.tail), FALSE FROM d
	UNION ALL
	-- the audit log is read as v_audit: a row that may be read of a table may be held, and verbs wait for it. Who may act, and
	-- whose programs are of the revision before, read the table still.
	SELECT 19, CONCAT('REVOKE SELECT ON ', d.name, '.`audit_log` FROM `spotop_viewer', d.tail), FALSE FROM d
	UNION ALL
	-- which asks nobody whether the next tier has taken the rows in
	SELECT 19, CONCAT('REVOKE EXECUTE ON PROCEDURE ', d.name, '.`partitions_drop` FROM `spotop_worker', d.tail), FALSE FROM d
	UNION ALL
	SELECT 5, CONCAT('GRANT SELECT ON ', d.name, '.`audit_log` TO `', x.role, d.tail), FALSE FROM d JOIN (SELECT 'spotop_operator' AS role UNION ALL SELECT 'spotop_worker') x
	UNION ALL
	SELECT 3, CONCAT('GRANT EXECUTE ON FUNCTION ', d.name, '.`', r.name, '` TO `spotop_viewer', d.tail), FALSE FROM r JOIN d
	WHERE r.kind = 'FUNCTION' AND r.name IN ('agent_overdue', 'boot_left', 'boot_left_at', 'audit_hash', 'utc_iso', 'ondemand_price_of', 'instance_move_ok', 'verb_try', 'verb_rescue', 'audit_is_guarded', 'audit_has_start', 'audit_may_read')
	UNION ALL
	SELECT 3, CONCAT('GRANT EXECUTE ON PROCEDURE ', d.name, '.`', r.name, '` TO `spotop_viewer', d.tail), FALSE FROM r JOIN d WHERE r.kind = 'PROCEDURE' AND r.name = 'schema_objects'
	UNION ALL
	-- and what the server counted of statements and indexes: texts without values
	SELECT 18, CONCAT('GRANT SELECT ON performance_schema.', t.name, ' TO `spotop_viewer', d.tail), TRUE
	FROM d JOIN (SELECT 'events_statements_summary_by_digest' AS name UNION ALL SELECT 'table_io_waits_summary_by_index_usage') t
	UNION ALL
	-- operator: reads everything, writes through the verbs only
	SELECT 4, CONCAT('GRANT `spotop_viewer', d.tail, ' TO `spotop_operator', d.tail), FALSE FROM d
	UNION ALL
	SELECT 5, CONCAT('GRANT EXECUTE ON PROCEDURE ', d.name, '.`', r.name, '` TO `spotop_operator', d.tail), FALSE FROM r JOIN d
	WHERE r.kind = 'PROCEDURE' AND r.name IN ('verb_switch', 'verb_launch', 'verb_terminate', 'verb_promote', 'verb_config', 'verb_self_destruct',
		'verb_cancel', 'verb_freeze', 'verb_thaw', 'verb_cordon', 'verb_uncordon', 'verb_ack', 'verb_claim', 'verb_release', 'verb_snooze', 'verb_note',
		'verb_run_job', 'verb_stop_job', 'verb_drop_part', 'verb_accept_part', 'verb_void', 'verb_evacuate', 'verb_run_plan', 'verb_pause_plan', 'verb_resume_plan', 'verb_cancel_plan', 'triggers_renew')
	UNION ALL
	-- agent: the agent contract, no table at all
	SELECT 6, CONCAT('GRANT EXECUTE ON PROCEDURE ', d.name, '.`', r.name, '` TO `spotop_agent', d.tail), FALSE FROM r JOIN d
	WHERE r.kind = 'PROCEDURE' AND r.name IN ('agent_register', 'agent_heartbeat', 'agents_heartbeat', 'agent_report_prices', 'agent_claim',
		'agent_progress', 'agent_complete', 'agent_fail', 'agent_notice', 'instance_launching', 'instance_running', 'instance_terminating',
		'instance_terminated', 'instance_zombie', 'instance_promoting', 'promote_instance_to_primary', 'promote_instance_of_agent')
	UNION ALL
	-- worker: prices, jobs, events, alerts; of the fleet's tables only what jobs keep up or throw away
	SELECT 7, CONCAT('GRANT `spotop_viewer', d.tail, ' TO `spotop_worker', d.tail), FALSE FROM d
	UNION ALL
	SELECT 8, CONCAT('GRANT CREATE TEMPORARY TABLES ON ', d.pattern, '.* TO `spotop_worker', d.tail), FALSE FROM d
	UNION ALL
	SELECT 9, CONCAT('GRANT INSERT, UPDATE, DELETE ON ', d.name, '.`', t.name, '` TO `spotop_worker', d.tail), FALSE FROM d JOIN (
		SELECT 'spot_price_snapshots' AS name UNION ALL SELECT 'pricing_consolidated' UNION ALL SELECT 'pricing_canonical' UNION ALL
		SELECT 'pool_price_hourly' UNION ALL SELECT 'ondemand_prices' UNION ALL SELECT 'consolidation_jobs' UNION ALL SELECT 'job_schedules' UNION ALL
		SELECT 'system_events' UNION ALL SELECT 'sse_events' UNION ALL SELECT 'notifications' UNION ALL SELECT 'alerts' UNION ALL
		SELECT 'client_savings_daily') t
	UNION ALL
	SELECT 10, CONCAT('GRANT INSERT, UPDATE ON ', d.name, '.`', t.name, '` TO `spotop_worker', d.tail), FALSE FROM d JOIN (SELECT 'spot_pools' AS name UNION ALL SELECT 'spotop_sums') t
	UNION ALL
	SELECT 11, CONCAT('GRANT UPDATE (total_savings, last_sync_at) ON ', d.name, '.`clients` TO `spotop_worker', d.tail), FALSE FROM d
	UNION ALL
	-- and spotop serve, which runs as a worker, compares what clients show at its door
	SELECT 12, CONCAT('GRANT SELECT (client_token) ON ', d.name, '.`clients` TO `spotop_worker', d.tail), FALSE FROM d
	UNION ALL
	SELECT 12, CONCAT('GRANT UPDATE (status, success, message, completed_at), DELETE ON ', d.name, '.`commands` TO `spotop_worker', d.tail), FALSE FROM d
	UNION ALL
	SELECT 13, CONCAT('GRANT DELETE ON ', d.name, '.`', t.name, '` TO `spotop_worker', d.tail), FALSE FROM d JOIN (
		SELECT 'instances' AS name UNION ALL SELECT 'switches' UNION ALL SELECT 'replica_instances' UNION ALL SELECT 'ml_decisions' UNION ALL
		SELECT 'automation_freezes' UNION ALL SELECT 'spotop_plans') t
	UNION ALL
	SELECT 14, CONCAT('GRANT EXECUTE ON ', r.kind, ' ', d.name, '.`', r.name, '` TO `spotop_worker', d.tail), FALSE FROM r JOIN d
	WHERE r.name IN ('partitions_ensure', 'partitions_ahead', 'partitions_strays', 'partition_unit', 'day_epoch', 'pool_ensure',
		'instance_counts_recount', 'time_of_iso', 'agent_silent_at', 'job_drop_parts', 'job_reap_zombies', 'job_plans_look', 'job_plan_next', 'triggers_renew', 'bulk_prices_begin', 'bulk_end')
	UNION ALL
	-- admin: all of this database, and handing out the other roles
	SELECT 15, CONCAT('GRANT ALL PRIVILEGES ON ', d.pattern, '.* TO `spotop_admin', d.tail, ' WITH GRANT OPTION'), FALSE FROM d
	UNION ALL
	SELECT 16, CONCAT('GRANT `', x.role, d.tail, ' TO `spotop_admin', d.tail, ' WITH ADMIN OPTION'), FALSE
	FROM d JOIN (SELECT 'spotop_viewer' AS role UNION ALL SELECT 'spotop_operator' UNION ALL SELECT 'spotop_agent' UNION ALL SELECT 'spotop_worker') x
	UNION ALL
	-- and root and who else may make users hands out all of them, whoever made the roles; nobody is made by that
	SELECT 17, CONCAT('SET STATEMENT sql_mode = ''NO_AUTO_CREATE_USER'' FOR GRANT `', x.role, d.tail, ' TO ', p.GRANTEE, ' WITH ADMIN OPTION'), TRUE
	FROM d JOIN (SELECT 'spotop_viewer' AS role UNION ALL SELECT 'spotop_operator' UNION ALL SELECT 'spotop_agent' UNION ALL SELECT 'spotop_worker' UNION ALL SELECT 'spotop_admin') x
	JOIN (SELECT '''root''@''localhost''' AS GRANTEE UNION SELECT GRANTEE FROM information_schema.USER_PRIVILEGES WHERE PRIVILEGE_TYPE = 'CREATE USER' AND GRANTEE LIKE '%@%') p
)
SELECT statement, is_optional FROM g ORDER BY n, statement
