-- No price without its pool, agent and client; no event without its agent and client.
SELECT 'fk_snapshots_pool holds' AS name, COUNT(*) = 0 AS ok, {{n_of(COUNT(*), 'pool named that is not there', 'pools named that are not there')}} AS evidence
FROM (SELECT DISTINCT pool_id FROM spot_price_snapshots) s LEFT JOIN spot_pools p ON p.id = s.pool_id WHERE p.id IS NULL
UNION ALL
SELECT 'pricing_consolidated has its pools', COUNT(*) = 0, {{n_of(COUNT(*), 'pool named that is not there', 'pools named that are not there')}}
FROM (SELECT DISTINCT pool_id FROM pricing_consolidated) s LEFT JOIN spot_pools p ON p.id = s.pool_id WHERE p.id IS NULL
UNION ALL
SELECT 'pricing_canonical has its pools', COUNT(*) = 0, {{n_of(COUNT(*), 'pool named that is not there', 'pools named that are not there')}}
FROM (SELECT DISTINCT pool_id FROM pricing_canonical) s LEFT JOIN spot_pools p ON p.id = s.pool_id WHERE p.id IS NULL
UNION ALL
SELECT 'system_events has its clients', COUNT(*) = 0, {{n_of(COUNT(*), 'client named that is not there', 'clients named that are not there')}}
FROM (SELECT DISTINCT client_id FROM system_events WHERE client_id IS NOT NULL) s LEFT JOIN clients c ON c.id = s.client_id WHERE c.id IS NULL
UNION ALL
SELECT 'fk_snapshots_agent holds', COUNT(*) = 0, {{n_of(COUNT(*), 'agent named that is not there', 'agents named that are not there')}}
FROM (SELECT DISTINCT agent_id FROM spot_price_snapshots WHERE agent_id IS NOT NULL) s LEFT JOIN agents p ON p.id = s.agent_id WHERE p.id IS NULL
UNION ALL
SELECT 'fk_snapshots_client holds', COUNT(*) = 0, {{n_of(COUNT(*), 'client named that is not there', 'clients named that are not there')}}
FROM (SELECT DISTINCT client_id FROM spot_price_snapshots WHERE client_id IS NOT NULL) s LEFT JOIN clients p ON p.id = s.client_id WHERE p.id IS NULL
UNION ALL
SELECT 'system_events has its agents', COUNT(*) = 0, {{n_of(COUNT(*), 'agent named that is not there', 'agents named that are not there')}}
FROM (SELECT DISTINCT agent_id FROM system_events WHERE agent_id IS NOT NULL) s LEFT JOIN agents p ON p.id = s.agent_id WHERE p.id IS NULL
