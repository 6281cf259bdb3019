-- Whose instance is it, and what does its agent know of it already?
-- :param instance str
SELECT i.agent_id, a.logical_agent_id AS agent, i.is_primary, i.is_active,
	IF(a.notice_instance_id <=> i.id, a.notice_status, 'none') AS notice_status,
	IF(a.notice_instance_id <=> i.id, UNIX_TIMESTAMP(a.notice_deadline), NULL) AS deadline_s
FROM instances AS i LEFT JOIN agents AS a ON a.id = i.agent_id
WHERE i.id = :instance
