-- Writes down that an import begins: what it holds (a fingerprint of its rows) and by how much it is shifted.
-- :param id str
-- :param fingerprint str
-- :param from str
-- :param to str
-- :param details json
INSERT INTO consolidation_jobs (id, job_type, status, window_start, window_end, started_at, chunk, holder, details)
VALUES (:id, 'import', 'running', :from, :to, CURRENT_TIMESTAMP, :fingerprint, CURRENT_USER(), :details)
