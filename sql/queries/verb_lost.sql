-- Which of these commands a failover lost: this server takes writes, and has neither the row nor the write that made it.
-- :param commands json
SELECT w.id AS command_id
FROM JSON_TABLE(:commands, '$[*]' COLUMNS (id CHAR(36) PATH '$.id', gtid VARCHAR(60) PATH '$.gtid')) w
WHERE NOT @@GLOBAL.read_only AND NOT EXISTS (SELECT 1 FROM commands c WHERE c.id = w.id) AND {{lacks(w.gtid)}} AND NOT {{is_cluster}}
