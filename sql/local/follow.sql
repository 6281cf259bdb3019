-- What a private replica server runs after that: it goes on where it stands; a copy, at its first start, has all that
-- stands in its own log.
-- :param port int
-- :param password str
SET GLOBAL gtid_slave_pos = IF(@@GLOBAL.gtid_slave_pos = '', @@GLOBAL.gtid_binlog_pos, @@GLOBAL.gtid_slave_pos);
CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = :port, MASTER_USER = 'replicator', MASTER_PASSWORD = :password, MASTER_USE_GTID = slave_pos, MASTER_CONNECT_RETRY = 1;
START SLAVE;
