-- The session's time goes on again.
SET SESSION timestamp = DEFAULT
