-- Makes it the session's database.
-- :param database str
EXECUTE IMMEDIATE CONCAT('USE `', REPLACE(:database, '`', '``'), '`')
