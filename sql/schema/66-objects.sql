-- What the database is made of, read with the owner's eyes: the texts of routines and triggers are shown to nobody
-- else, and `db verify` is for every login.

DELIMITER //

CREATE OR REPLACE PROCEDURE schema_objects()
READS SQL DATA
BEGIN
	{{clock_true}};
-- :include objects
;
END //

DELIMITER ;
