-- What the console's first line counts: clients, enabled agents, instances, and whether automation is frozen.
SELECT (SELECT COUNT(*) FROM clients WHERE is_active) AS clients,
       (SELECT COUNT(*) FROM agents WHERE enabled) AS agents,
       (SELECT COALESCE(SUM(total_instances), 0) FROM instance_counts WHERE slot > 0) AS instances,
       (SELECT COUNT(*) FROM automation_freezes WHERE thawed_at IS NULL AND expires_at > NOW()) AS freezes,
       NOW(3) AS server_time
