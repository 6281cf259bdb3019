-- Does the chain still hold a row with this hash at this place (an anchor kept elsewhere)?
-- :param id int
-- :param hash str
SELECT l.id, l.hash = :hash AS is_same
FROM v_audit l
WHERE l.id = :id
