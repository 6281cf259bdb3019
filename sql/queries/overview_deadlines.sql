-- The gravest of the agents under notice: what each counts on, and whether it makes its deadline.
-- :param client str
-- :param agent str
-- :past
SELECT n.* FROM (
	-- :include deadline_rows -- :now
	-- :include deadline_rows_at -- :at
) n ORDER BY n.place LIMIT 50
