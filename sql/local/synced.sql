-- Has this node of a Galera cluster all that the others have?
SELECT VARIABLE_VALUE = 'Synced' AS is_synced FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'WSREP_LOCAL_STATE_COMMENT'
