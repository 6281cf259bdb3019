-- One migration into a database at a time; waits for one that was killed to let go.
SELECT GET_LOCK(CONCAT('spotop:migrate:', DATABASE()), 120) AS ok
