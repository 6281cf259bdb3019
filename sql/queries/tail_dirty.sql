-- The next statement, and only that one, sees what other transactions have not yet committed.
SET TRANSACTION ISOLATION LEVEL READ UNCOMMITTED
