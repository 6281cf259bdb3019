-- One at a time changes the schema of a database; the lock goes with the session.
SELECT GET_LOCK(CONCAT('spotop:schema:', DATABASE()), 5) AS is_mine, IS_USED_LOCK(CONCAT('spotop:schema:', DATABASE())) AS holder
