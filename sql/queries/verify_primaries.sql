-- No agent has two primaries, and no primary is in a state that is none.
SELECT 'one primary per agent' AS name, COUNT(*) = 0 AS ok, {{n_of(COUNT(*), 'agent with more than one', 'agents with more than one')}} AS evidence
FROM (SELECT agent_id FROM instances WHERE is_primary = TRUE AND agent_id IS NOT NULL GROUP BY agent_id HAVING COUNT(*) > 1) x
UNION ALL
SELECT 'primaries run', COUNT(*) = 0, CONCAT(COUNT(*), ' primaries not running')
FROM instances WHERE is_primary = TRUE AND instance_status NOT IN ('running_primary', 'promoting')
