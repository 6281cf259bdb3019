-- Makes the database if it is not there.
-- :param database str
EXECUTE IMMEDIATE CONCAT('CREATE DATABASE IF NOT EXISTS `', REPLACE(:database, '`', '``'), '` CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci')
