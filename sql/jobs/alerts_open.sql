-- The open alerts that the worker raised, by key.
SELECT a.id AS open_id, a.alert_key, a.kind, a.severity, a.client_id, a.agent_id, a.instance_id, a.pool_id, a.message, a.evidence
FROM alerts a WHERE a.resolved_at IS NULL
