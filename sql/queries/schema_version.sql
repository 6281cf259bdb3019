-- Which server is this? Asks nothing that only MariaDB knows.
SELECT VERSION() AS version, @@version_comment AS comment
