-- What was paid and saved a day over the last 14 whole days, over all clients, from the daily account. -- :now
-- What was paid and saved a day over the 14 whole days before :at, over all clients, from the daily account. -- :at
-- :past
SELECT d.date AS day, SUM(d.actual_cost) AS cost_usd, SUM(d.baseline_cost) AS baseline_usd, SUM(d.savings) AS saved_usd
FROM client_savings_daily d
WHERE d.date >= CURRENT_DATE - INTERVAL 14 DAY AND d.date < CURRENT_DATE -- :now
WHERE d.date >= DATE(:at) - INTERVAL 14 DAY AND d.date < DATE(:at) -- :at
GROUP BY d.date
ORDER BY d.date
