-- A pool is cordoned, as an operator would do it.
-- :param request_id str
-- :param pool str
CALL verb_cordon(:request_id, :pool, '{"seconds":21600}', NULL, FALSE, '[]', 'no capacity since this morning', 'demo', 'demo')
