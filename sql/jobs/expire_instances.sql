-- Instances 90 days after they were terminated.
DELETE FROM instances WHERE instance_status = 'terminated' AND COALESCE(terminated_at, updated_at) < NOW() - INTERVAL 90 DAY LIMIT 2000
