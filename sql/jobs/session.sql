-- The session of a worker: a holder that stands still inside a step is cut off by the server, and a statement whose worker is gone ends by itself, so that locks cannot outlive the lease for long.
-- :param idle_s int
-- :param statement_s int
SET SESSION idle_transaction_timeout = :idle_s, SESSION max_statement_time = :statement_s, SESSION innodb_lock_wait_timeout = 10
