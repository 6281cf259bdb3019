-- Makes the row of a job or of the leader's lease where it is missing; what is there is not even locked.
-- :param name str
-- :param kind str
-- :param about str
-- :param every_s int
INSERT IGNORE INTO job_schedules (name, kind, about, every_seconds, next_run_at)
SELECT :name, :kind, :about, :every_s, IF(:kind = 'job', NOW(), NULL) FROM (SELECT 1 AS one) x
WHERE NOT EXISTS (SELECT 1 FROM job_schedules s WHERE s.name = :name)
