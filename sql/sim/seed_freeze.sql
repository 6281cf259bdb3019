-- Automatic switching of one client is frozen, as an operator would do it.
-- :param request_id str
-- :param scope str
CALL verb_freeze(:request_id, CONCAT('client:', :scope), '{"seconds":7200}', NULL, FALSE, '[]', 'release in progress', 'demo', 'demo')
