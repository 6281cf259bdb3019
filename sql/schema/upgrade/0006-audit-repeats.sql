-- Rows of before the key by which a request acts once, which repeat one that had acted, are marked and no longer keep that key away
-- (0003-request-keys.sql). Databases that have the key have none.
ALTER TABLE audit_log ADD COLUMN IF NOT EXISTS is_repeat BOOLEAN NOT NULL DEFAULT FALSE AFTER hash;
ALTER TABLE audit_log DROP KEY IF EXISTS uk_audit_settled, DROP COLUMN IF EXISTS settled_request,
	ADD COLUMN settled_request UUID AS (IF(result IN ('done', 'void') AND NOT is_repeat, request_id, NULL)) VIRTUAL,
	ADD UNIQUE KEY uk_audit_settled (settled_request);
