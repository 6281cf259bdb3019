-- The sum of the days up to today, kept at each client by itself: a clock that was ahead left days to come.
-- Its answer: how many changed, and a row of each client that takes no sum, with the reason.
BEGIN NOT ATOMIC
	DECLARE v_n, v_ok INT DEFAULT 0;
	DECLARE v_failed LONGTEXT DEFAULT '[]';
	FOR s IN (SELECT c.id, LEAST(99999999.9999, GREATEST(-99999999.9999, SUM(IF(d.date <= CURRENT_DATE, d.savings, 0)))) AS total
		FROM clients c JOIN client_savings_daily d ON d.client_id = c.id GROUP BY c.id, c.total_savings HAVING total <> c.total_savings ORDER BY c.id) DO
		BEGIN
			-- :include each_alone what=CAST(s.id AS CHAR)
			UPDATE clients SET total_savings = s.total WHERE id = s.id;
			SET v_n = v_n + ROW_COUNT(), v_ok = v_ok + 1;
		END;
	END FOR;
	-- :include each_failed type='savings'
END
