-- A procedure that took the name of any table is gone, and the right to call it with it.
DROP PROCEDURE IF EXISTS job_put_back;
