-- The end of a step that is not to be.
ROLLBACK
