-- How many commands that were.
SELECT @spotop_n AS n
