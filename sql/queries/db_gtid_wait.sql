-- Waits until that is here: 0, or -1 after so many seconds.
-- :param gtid str
-- :param seconds int
SELECT MASTER_GTID_WAIT(:gtid, :seconds) AS is_late
