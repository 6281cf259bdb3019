-- The points that fill the gaps: each half hour while half an hour remains, on the straight line and never over a day; behind an imported change its price, for 25 hours.
CREATE OR REPLACE TEMPORARY TABLE job_points (observed_at DATETIME NOT NULL PRIMARY KEY, price DECIMAL(10,6) NOT NULL) ENGINE = MEMORY
SELECT g.since + INTERVAL 30 * k.seq MINUTE AS observed_at,
	IF(g.is_import, g.price, ROUND(g.price + (g.next_price - g.price) * 30 * k.seq / g.minutes, 6)) AS price
FROM job_gaps g JOIN seq_1_to_50 k ON 30 * k.seq + 30 <= g.minutes
WHERE g.is_import OR g.minutes <= 1440
