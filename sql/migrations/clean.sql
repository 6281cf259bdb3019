-- The helpers of a migration, away with them: first what it made in the source, then its owner, for a trigger whose owner
-- is gone refuses every writer.
DELIMITER //
BEGIN NOT ATOMIC
	IF EXISTS (SELECT 1 FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE() AND ROUTINE_NAME = 'migration_drop_owned') THEN
		CALL migration_drop_owned();
	END IF;
END //
DELIMITER ;
DROP PROCEDURE IF EXISTS migration_add_pools;
DROP PROCEDURE IF EXISTS migration_apply;
DROP PROCEDURE IF EXISTS migration_apply_gone;
DROP PROCEDURE IF EXISTS migration_begin;
DROP PROCEDURE IF EXISTS migration_begin_pass;
DROP PROCEDURE IF EXISTS migration_census;
DROP PROCEDURE IF EXISTS migration_choose_primaries;
DROP PROCEDURE IF EXISTS migration_compare_begin;
DROP PROCEDURE IF EXISTS migration_compare_range;
DROP PROCEDURE IF EXISTS migration_compare_step;
DROP PROCEDURE IF EXISTS migration_compile;
DROP PROCEDURE IF EXISTS migration_dependents;
DROP PROCEDURE IF EXISTS migration_dependents_of_instances;
DROP PROCEDURE IF EXISTS migration_drop_moved;
DROP PROCEDURE IF EXISTS migration_drop_owned;
DROP PROCEDURE IF EXISTS migration_drop_triggers;
DROP PROCEDURE IF EXISTS migration_end_gone;
DROP PROCEDURE IF EXISTS migration_fence;
DROP PROCEDURE IF EXISTS migration_find;
DROP PROCEDURE IF EXISTS migration_finish;
DROP PROCEDURE IF EXISTS migration_follow_step;
DROP PROCEDURE IF EXISTS migration_gone;
DROP PROCEDURE IF EXISTS migration_ids_for;
DROP PROCEDURE IF EXISTS migration_keys_for;
DROP PROCEDURE IF EXISTS migration_log_make;
DROP PROCEDURE IF EXISTS migration_make_owner;
DROP PROCEDURE IF EXISTS migration_make_room;
DROP PROCEDURE IF EXISTS migration_make_trigger;
DROP PROCEDURE IF EXISTS migration_map;
DROP PROCEDURE IF EXISTS migration_name_pools;
DROP PROCEDURE IF EXISTS migration_next;
DROP PROCEDURE IF EXISTS migration_prepare;
DROP PROCEDURE IF EXISTS migration_raw_of_keys;
DROP PROCEDURE IF EXISTS migration_recheck;
DROP PROCEDURE IF EXISTS migration_reject;
DROP PROCEDURE IF EXISTS migration_session;
DROP PROCEDURE IF EXISTS migration_step;
DROP PROCEDURE IF EXISTS migration_take;
DROP PROCEDURE IF EXISTS migration_take_parts;
DROP PROCEDURE IF EXISTS migration_take_singly;
DROP FUNCTION IF EXISTS migration_changed_sql;
DROP FUNCTION IF EXISTS migration_children_sql;
DROP FUNCTION IF EXISTS migration_expand;
DROP FUNCTION IF EXISTS migration_guess;
DROP FUNCTION IF EXISTS migration_handler;
DROP FUNCTION IF EXISTS migration_id_sql;
DROP FUNCTION IF EXISTS migration_is_compared;
DROP FUNCTION IF EXISTS migration_json_sql;
DROP FUNCTION IF EXISTS migration_key_sql;
DROP FUNCTION IF EXISTS migration_log_fault;
DROP FUNCTION IF EXISTS migration_log_sql;
DROP FUNCTION IF EXISTS migration_lost_sql;
DROP FUNCTION IF EXISTS migration_owner;
DROP FUNCTION IF EXISTS migration_quote;
DROP FUNCTION IF EXISTS migration_ref;
DROP FUNCTION IF EXISTS migration_row_uuid_sql;
DROP FUNCTION IF EXISTS migration_sib_sql;
DROP FUNCTION IF EXISTS migration_uuid_sql;
DROP FUNCTION IF EXISTS migration_value_sql;
DROP TABLE IF EXISTS migration_broken, migration_changes, migration_columns, migration_differences, migration_moved, migration_notes, migration_others, migration_primaries, migration_ranges, migration_rejects, migration_rules, migration_run, migration_states, migration_suspects, migration_taken, migration_triggers;
