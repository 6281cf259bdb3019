-- How many orders that were.
SELECT @spotop_n AS n
