-- The days to reckon: yesterday and today, and any of the last week that were missed.
SELECT DATE(NOW()) - INTERVAL s.seq DAY AS day FROM seq_0_to_7 s
WHERE s.seq <= 1 OR (EXISTS (SELECT 1 FROM clients) AND NOT EXISTS (SELECT 1 FROM client_savings_daily d WHERE d.date = DATE(NOW()) - INTERVAL s.seq DAY))
ORDER BY day
