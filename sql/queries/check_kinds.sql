-- What is wrong now, kind by kind in the order of impact.
-- :include condition_kinds
ORDER BY k.place
