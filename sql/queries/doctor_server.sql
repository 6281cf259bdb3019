-- The server's identity, the login, and the settings that the console leans on.
SELECT VERSION() AS version, @@version_comment AS comment, USER() AS login, CURRENT_USER() AS account, CURRENT_ROLE() AS role,
	DATABASE() AS name, @@event_scheduler AS event_scheduler, @@performance_schema AS performance_schema, @@read_only AS is_read_only,
	{{is_replicated}} AS is_replicated,
	(SELECT VARIABLE_VALUE FROM information_schema.SESSION_STATUS WHERE VARIABLE_NAME = 'Ssl_version') AS tls_version
