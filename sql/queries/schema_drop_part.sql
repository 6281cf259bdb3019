-- Drops what a server that died while it made a partitioned table left behind: a part that belongs to no table, which
-- keeps the table from being made.
-- :param table str
-- :param part str
EXECUTE IMMEDIATE CONCAT('DROP TABLE IF EXISTS `#mysql50#', :table, '#P#', :part, '`')
