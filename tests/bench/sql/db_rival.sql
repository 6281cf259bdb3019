-- What the honest rival has on top: the index on the agent, and on pool and time of a price. Its rows are copied from v60.
CREATE TABLE agents LIKE v60.agents;
CREATE TABLE instances LIKE v60.instances;
CREATE TABLE commands LIKE v60.commands;
CREATE TABLE ml_decisions LIKE v60.ml_decisions;
CREATE TABLE spot_price_snapshots LIKE v60.spot_price_snapshots;
ALTER TABLE instances ADD KEY a (agent_id);
ALTER TABLE commands ADD KEY a (agent_id);
ALTER TABLE ml_decisions ADD KEY a (agent_id);
ALTER TABLE spot_price_snapshots ADD KEY p (pool_id, observed_at);
INSERT INTO agents SELECT * FROM v60.agents;
INSERT INTO instances SELECT * FROM v60.instances;
INSERT INTO commands SELECT * FROM v60.commands;
INSERT INTO ml_decisions SELECT * FROM v60.ml_decisions;
INSERT INTO spot_price_snapshots SELECT * FROM v60.spot_price_snapshots;
ANALYZE TABLE v60.agents, v60.instances, v60.commands, v60.ml_decisions, v60.spot_price_snapshots, agents, instances, commands, ml_decisions, spot_price_snapshots;
