-- Commands the end of zombies older than 30 days.
CALL job_reap_zombies(30, 100, @spotop_n)
