-- What a private server runs at each start (--init-file: a statement a line) when others replicate it: its port is
-- everybody's on this machine, so only root of the socket and who replicates may log in.
-- :param password str
SET SESSION sql_log_bin = 0;
DELETE FROM mysql.global_priv WHERE User = '' OR (User = 'root' AND Host <> 'localhost');
FLUSH PRIVILEGES;
CREATE OR REPLACE USER replicator@127.0.0.1 IDENTIFIED BY :password;
GRANT REPLICATION SLAVE ON *.* TO replicator@127.0.0.1;
