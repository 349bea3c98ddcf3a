-- One value each, by its name.
SELECT LOWER(VARIABLE_NAME) AS `name`, VARIABLE_VALUE AS `value`, NULL AS `more`
FROM performance_schema.global_variables --@ mysql
FROM information_schema.GLOBAL_VARIABLES --@ mariadb
WHERE LOWER(VARIABLE_NAME) IN ('read_only', 'super_read_only', 'log_bin', 'binlog_format', 'gtid_mode', 'gtid_strict_mode',
    'enforce_gtid_consistency', 'local_infile', 'max_allowed_packet', 'lower_case_table_names', 'datadir', 'hostname',
    'sql_require_primary_key', 'innodb_force_primary_key', 'log_bin_trust_function_creators', 'innodb_page_size',
    'max_connections', 'max_user_connections', 'event_scheduler', 'wsrep_on', 'server_id', 'tmpdir', 'innodb_read_only',
    'innodb_force_recovery', 'offline_mode')
UNION ALL
-- Who may write where read_only is on; granted to the account itself, not through a role.
SELECT 'over_read_only', IF(COUNT(*) > 0, 'yes', 'no'), NULL FROM information_schema.USER_PRIVILEGES
WHERE GRANTEE = CONCAT('''', SUBSTRING_INDEX(CURRENT_USER(), '@', 1), '''@''', SUBSTRING_INDEX(CURRENT_USER(), '@', -1), '''')
  AND PRIVILEGE_TYPE IN ('CONNECTION_ADMIN', 'SUPER') --@ mysql
  AND PRIVILEGE_TYPE IN ('READ_ONLY ADMIN', 'READ ONLY ADMIN') --@ mariadb >= 101100
  AND PRIVILEGE_TYPE IN ('READ_ONLY ADMIN', 'READ ONLY ADMIN', 'SUPER') --@ mariadb < 101100
UNION ALL
SELECT 'database_bytes', CAST(COALESCE(SUM(COALESCE(DATA_LENGTH, 0) + COALESCE(INDEX_LENGTH, 0)), 0) AS CHAR), NULL
FROM information_schema.TABLES WHERE TABLE_SCHEMA = @dbtwin_database AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED')
UNION ALL
SELECT 'largest_index_bytes', CAST(COALESCE(MAX(COALESCE(INDEX_LENGTH, 0)), 0) AS CHAR), NULL
FROM information_schema.TABLES WHERE TABLE_SCHEMA = @dbtwin_database AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED')
UNION ALL
SELECT 'tables', CAST(COUNT(*) AS CHAR), NULL
FROM information_schema.TABLES WHERE TABLE_SCHEMA = @dbtwin_database AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED')
UNION ALL
SELECT 'keyless_tables', CAST(COUNT(*) AS CHAR), MIN(t.TABLE_NAME)
FROM information_schema.TABLES t
WHERE t.TABLE_SCHEMA = @dbtwin_database AND t.TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED')
  AND NOT EXISTS (SELECT 1 FROM information_schema.TABLE_CONSTRAINTS c WHERE c.TABLE_SCHEMA = t.TABLE_SCHEMA
    AND c.TABLE_NAME = t.TABLE_NAME AND c.CONSTRAINT_TYPE = 'PRIMARY KEY')
UNION ALL
SELECT 'programs', CAST(COUNT(*) AS CHAR), NULL FROM (
    SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA = @dbtwin_database
    UNION ALL SELECT ROUTINE_NAME FROM information_schema.ROUTINES
    WHERE ROUTINE_SCHEMA = @dbtwin_database AND ROUTINE_TYPE = 'FUNCTION') p
