-- Commands nobody claimed in their time.
UPDATE commands SET status = 'expired', message = 'not claimed in time'
WHERE status = 'pending' AND {{command_end(commands)}} < NOW() LIMIT 500
