-- All scripts have been given; this is their fingerprint.
-- :param print str
ALTER PROCEDURE migration_session COMMENT :print
