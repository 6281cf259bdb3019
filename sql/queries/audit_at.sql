-- Who had done what to what by :at.
-- :param mine bool
-- :param at str
SELECT l.* FROM (
	-- :include audit
) l WHERE l.at <= :at
