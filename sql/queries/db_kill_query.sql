-- Stops the statement that a session is running, not the session.
-- :param thread int
KILL QUERY :thread
