-- Lets go of schema_lock.
SELECT RELEASE_LOCK(CONCAT('spotop:schema:', DATABASE())) AS was_mine
