-- Stops the statement that a session is running, not the session.
-- :thread int
KILL QUERY :thread
