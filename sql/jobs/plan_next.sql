-- Releases the next row of a running plan whose turn it is: one row as a verb's, none when nothing may be released now.
CALL job_plan_next()
