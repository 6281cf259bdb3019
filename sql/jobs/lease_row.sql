-- Makes the row of a job or of the leader's lease; what is there stays.
-- :param name str
-- :param kind str
-- :param about str
-- :param every_s int
INSERT INTO job_schedules (name, kind, about, every_seconds, next_run_at)
VALUES (:name, :kind, :about, :every_s, IF(:kind = 'job', NOW(), NULL))
ON DUPLICATE KEY UPDATE about = VALUES(about)
