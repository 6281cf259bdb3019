-- The head of a multi-row insert: the rows are added to it. No client, no agent, no role and id 0 mark an import; the key (pool, time, 0) makes a second one add nothing.
INSERT IGNORE INTO spot_price_snapshots (id, pool_id, price, observed_at) VALUES
