-- Is there anything to look at? What is left to itself costs one look at an index.
SELECT EXISTS (SELECT 1 FROM spotop_plans WHERE state IN ('running', 'paused')) OR EXISTS (SELECT 1 FROM spotop_plan_rows WHERE state = 'released') AS n
