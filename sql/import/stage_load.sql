-- Rows as text into the table where days are filled. LOCAL turns what does not fit into something else, with a warning: each
-- value was checked before, and a warning is an error.
LOAD DATA LOCAL INFILE 'spotop prices' IGNORE INTO TABLE importing_prices CHARACTER SET latin1 (id, pool_id, price, observed_at)
