-- A database for back ends of schema 6.0 on the rows of here. Rows: what it has.
-- :param name str
CALL migration_as60(:name)
