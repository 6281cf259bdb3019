-- The end of a step.
COMMIT
