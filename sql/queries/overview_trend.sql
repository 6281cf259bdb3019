-- What was paid and saved a day over the last 14 whole days, over all clients, from the daily account.
SELECT d.date AS day, SUM(d.actual_cost) AS cost_usd, SUM(d.baseline_cost) AS baseline_usd, SUM(d.savings) AS saved_usd
FROM client_savings_daily d
WHERE d.date >= CURRENT_DATE - INTERVAL 14 DAY AND d.date < CURRENT_DATE
GROUP BY d.date
ORDER BY d.date
