-- How the scripts after this one are to be read: literals in routines and views keep the collation
-- of the session that makes them, and it must be the tables'.
SET NAMES utf8mb4 COLLATE utf8mb4_general_ci /*M!110201 , SESSION character_set_collations = '' */;
-- A change of a table gives way to whoever uses it; it is tried again.
SET SESSION lock_wait_timeout = 5;
