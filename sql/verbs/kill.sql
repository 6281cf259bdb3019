-- Ends a lost session of ours, so that what it was doing is either committed or undone.
-- :param thread int
KILL CONNECTION :thread
