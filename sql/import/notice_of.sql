-- Whose instance is it, and what does its agent know already?
-- :param instance str
SELECT i.agent_id, a.logical_agent_id AS agent, i.is_primary, i.is_active, a.notice_status, UNIX_TIMESTAMP(a.notice_deadline) AS deadline_s
FROM instances AS i LEFT JOIN agents AS a ON a.id = i.agent_id
WHERE i.id = :instance
