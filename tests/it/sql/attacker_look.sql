-- One line for each table and client: how many rows, and their sum; then parts, tables and the server's accounts.
SET SESSION group_concat_max_len = 1000000;
-- once a session: tables stay as they are
IF @look IS NULL THEN
SELECT GROUP_CONCAT(q.text SEPARATOR ' UNION ALL ') INTO @look FROM (
SELECT CONCAT('SELECT ''', c.TABLE_NAME, ''' AS t, CAST(', CASE WHEN c.TABLE_NAME = 'clients' THEN 'id' WHEN MAX(c.COLUMN_NAME = 'client_id') THEN 'client_id' 
WHEN MAX(c.COLUMN_NAME = 'agent_id') THEN '(SELECT x.client_id FROM agents x WHERE x.id = agent_id)' ELSE 'NULL' END, ' AS CHAR) AS o, COUNT(*) AS n, 
SUM(CRC32(CONCAT_WS(''|'', ', GROUP_CONCAT(CONCAT('IFNULL(`', c.COLUMN_NAME, '`, ''~'')') ORDER BY c.ORDINAL_POSITION SEPARATOR ', '), '))) AS s FROM `', c.TABLE_NAME, '` GROUP BY 2') AS text 
FROM information_schema.COLUMNS c JOIN information_schema.TABLES t USING (TABLE_SCHEMA, TABLE_NAME) 
WHERE c.TABLE_SCHEMA = DATABASE() AND t.TABLE_TYPE = 'BASE TABLE' AND c.TABLE_NAME NOT IN ('audit_log', 'spotop_audit_head') GROUP BY c.TABLE_NAME) q;
END IF;
EXECUTE IMMEDIATE CONCAT('SELECT GROUP_CONCAT(CONCAT(t, '' '', CASE o WHEN ''c0000000-0000-4000-8000-000000000001'' THEN ''mine'' WHEN ''c0000000-0000-4000-8000-000000000009'' THEN ''its'' 
ELSE ''nobody'' END, '' '', n, '' '', s) ORDER BY t, o SEPARATOR ''\n'') INTO @lines FROM (', @look, ') u');
SELECT CONCAT_WS('\n', @lines, (SELECT CONCAT('parts nobody ', SUM(NAME LIKE '%#P#%'), ' ', SUM(IF(NAME LIKE '%#P#%', CRC32(NAME), 0)), '\ntables nobody ', SUM(NAME NOT LIKE '%#P#%'), ' ', SUM(IF(NAME LIKE '%#P#%', 0, CRC32(NAME))))
 FROM information_schema.INNODB_SYS_TABLES WHERE NAME LIKE CONCAT(DATABASE(), '/%')),
(SELECT CONCAT('mysql.global_priv nobody ', COUNT(*), ' ', SUM(CRC32(CONCAT(User, Host, Priv)))) FROM mysql.global_priv),
(SELECT CONCAT('mysql.procs_priv nobody ', COUNT(*), ' ', SUM(CRC32(CONCAT(User, Routine_name, Proc_priv)))) FROM mysql.procs_priv),
(SELECT CONCAT('mysql.tables_priv nobody ', COUNT(*), ' ', SUM(CRC32(CONCAT(User, Table_name, Table_priv, Column_priv)))) FROM mysql.tables_priv),
(SELECT CONCAT('mysql.db nobody ', COUNT(*), ' ', SUM(CRC32(CONCAT(User, Db)))) FROM mysql.db),
(SELECT CONCAT('mysql.roles_mapping nobody ', COUNT(*), ' ', SUM(CRC32(CONCAT(User, Role, Admin_option)))) FROM mysql.roles_mapping),
(SELECT CONCAT('mysql.proc nobody ', COUNT(*), ' ', MAX(modified)) FROM mysql.proc),
(SELECT CONCAT('mysql.event nobody ', COUNT(*), ' ', MAX(modified)) FROM mysql.event)), MAX(id) FROM audit_log
