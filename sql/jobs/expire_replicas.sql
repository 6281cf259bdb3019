-- Replicas 90 days after their end.
DELETE FROM replica_instances WHERE status = 'terminated' AND terminated_at < NOW() - INTERVAL 90 DAY LIMIT 2000
