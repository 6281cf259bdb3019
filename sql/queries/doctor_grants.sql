-- What the session's login and its active role may do, in the server's words.
SHOW GRANTS
