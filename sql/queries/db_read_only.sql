-- May this server be written to? A login with READ ONLY ADMIN is not stopped by it.
SELECT @@read_only AS is_read_only
