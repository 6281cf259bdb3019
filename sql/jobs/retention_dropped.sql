-- How many parts the last drop took.
SELECT @spotop_dropped AS dropped
