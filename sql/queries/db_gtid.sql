-- What this session committed last; "" where the server keeps no binary log.
SELECT @@last_gtid AS gtid
