-- Clients with the SHA-256 of their tokens; a closed one is told not to come again.
SELECT id AS client_id, name, client_token, is_active FROM clients
