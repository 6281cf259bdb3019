-- The sum of the days up to today, kept at the client: a clock that was ahead left days to come.
UPDATE clients c JOIN (SELECT client_id, SUM(IF(date <= CURRENT_DATE, savings, 0)) AS s FROM client_savings_daily GROUP BY client_id) d ON d.client_id = c.id
SET c.total_savings = LEAST(99999999.9999, d.s) WHERE c.total_savings <> LEAST(99999999.9999, d.s)
