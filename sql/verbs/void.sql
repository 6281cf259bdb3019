-- Makes sure that a request never happens, unless it did; one row: status void or replayed.
-- :param request_id str
-- :param about str
-- :param reason str
-- :param os_user str
-- :param host str
CALL verb_void(:request_id, :about, :reason, :os_user, :host)
