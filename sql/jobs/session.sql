-- The session of a worker: a holder that stands still inside a step is cut off by the server, so that its locks cannot outlive its lease.
-- :param idle_s int
SET SESSION idle_transaction_timeout = :idle_s, SESSION max_statement_time = 0, SESSION innodb_lock_wait_timeout = 10
