-- What a job remembers.
-- :param job str
SELECT state FROM job_schedules WHERE name = :job
