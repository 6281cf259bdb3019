-- Plans that ended, or were never run, more than 90 days ago, with their rows.
DELETE FROM spotop_plans WHERE state IN ('planned', 'cancelled', 'done') AND COALESCE(ended_at, created_at) < NOW() - INTERVAL 90 DAY LIMIT 500
