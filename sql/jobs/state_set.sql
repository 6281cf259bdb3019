-- What a job remembers from run to run.
-- :param job str
-- :param key str
-- :param value str
UPDATE job_schedules SET state = JSON_SET(COALESCE(state, '{}'), CONCAT('$.', :key), :value) WHERE name = :job
