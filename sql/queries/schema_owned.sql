-- How many routines belong to the database's own account already, and what would let the session's login give more to it.
SELECT (SELECT COUNT(*) FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE() AND DEFINER LIKE 'spotop\\_definer%') AS n_owned,
	CONCAT('GRANT SET USER ON *.* TO ', QUOTE(SUBSTRING_INDEX(CURRENT_USER(), '@', 1)), '@', QUOTE(SUBSTRING_INDEX(CURRENT_USER(), '@', -1))) AS set_user
