-- Which of these requests, told as done, a failover lost: this server takes writes, and has neither the row that settles
-- it nor the write that made it. One that takes none may only be behind, and is to be asked again.
-- :param requests json
SELECT @@GLOBAL.read_only AS is_read_only, (SELECT JSON_ARRAYAGG(w.id)
	FROM JSON_TABLE(:requests, '$[*]' COLUMNS (id CHAR(36) PATH '$.id', gtid VARCHAR(60) PATH '$.gtid')) w
	WHERE NOT @@GLOBAL.read_only AND {{lacks(w.gtid)}}
		AND NOT EXISTS (SELECT 1 FROM audit_log l WHERE l.settled_request = CAST(w.id AS UUID)) AND NOT {{is_cluster}}) AS lost
