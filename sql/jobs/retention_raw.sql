-- What agents reported on days that stay because of imported history; never what came since the last whole consolidation.
-- :param before str
-- :param taken_in str
DELETE FROM spot_price_snapshots WHERE observed_at < :before AND NOT ({{imported(spot_price_snapshots)}}) AND created_at < :taken_in LIMIT 5000
