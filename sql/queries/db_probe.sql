-- Is SYSDATE() what a session says it is? No variable tells of a server that was started with --sysdate-is-now. Where the
-- server lets nobody set his clock (secure_timestamp) this is an error, and there is nothing to forge.
SET STATEMENT timestamp = 86400 FOR SELECT SYSDATE() = NOW() AS is_sysdate_now
