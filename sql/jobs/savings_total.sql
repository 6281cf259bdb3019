-- The sum of the days, kept at the client.
UPDATE clients c JOIN (SELECT client_id, SUM(savings) AS s FROM client_savings_daily GROUP BY client_id) d ON d.client_id = c.id
SET c.total_savings = LEAST(99999999.9999, d.s) WHERE c.total_savings <> LEAST(99999999.9999, d.s)
