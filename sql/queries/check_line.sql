-- What the plugin prints: a row a kind, the gravest first, with the fleet's figures behind each, all of one moment.
SELECT k.*, f.*
FROM (
	-- :include check_kinds
) k
JOIN (
	-- :include check
	LIMIT 1 -- so that it is reckoned once, not for each kind
) f
ORDER BY k.place
