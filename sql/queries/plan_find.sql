-- The plans whose id begins so.
-- :param plan str
SELECT CAST(p.id AS CHAR) AS plan_id, p.state, p.state_by FROM spotop_plans p WHERE CAST(p.id AS CHAR) LIKE CONCAT(LOWER(:plan), '%') LIMIT 2
