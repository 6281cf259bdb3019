-- Active clients with the SHA-256 of their tokens.
SELECT id AS client_id, name, client_token FROM clients WHERE is_active
