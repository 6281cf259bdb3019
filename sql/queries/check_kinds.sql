-- What is wrong now, kind by kind in the order of impact, and how many of each in words.
SELECT w.*, {{counted(w.n, w.kind)}} AS words
FROM (
	-- :include condition_kinds
) w
ORDER BY w.place
