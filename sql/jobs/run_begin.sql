-- A new run of a job.
-- :param run str
-- :param type str
-- :param from str
-- :param to str
-- :param fence int
-- :param holder str
-- :param details json
INSERT INTO consolidation_jobs (id, job_type, status, window_start, window_end, started_at, fence, holder, details)
VALUES (:run, :type, 'running', :from, :to, NOW(), :fence, :holder, JSON_SET(:details, '$.cutoff', DATE_FORMAT(NOW(), '%Y-%m-%d %H:%i:%s')))
