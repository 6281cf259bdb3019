-- From now on the session's time is that one: what a replica server shows is of when its data are.
-- :param at_ms int
SET SESSION timestamp = :at_ms / 1000
