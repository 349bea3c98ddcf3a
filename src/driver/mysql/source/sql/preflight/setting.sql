-- Global settings that change what a statement means or gives. In `more`: what it is about. Those
-- that make it faster or slower are left aside. (Names are matched in lower case.)
SELECT w.n AS `name`, v.VARIABLE_VALUE AS `value`, w.about AS `more`
FROM (SELECT 'auto_increment_increment' AS n, 'generated numbers' AS about
    UNION ALL SELECT 'autocommit', 'when a statement is committed'
    UNION ALL SELECT 'character_set_server', 'character set of new databases'
    UNION ALL SELECT 'collation_server', 'collation of new databases'
    UNION ALL SELECT 'character_set_collations', 'collation of a character set given without one'
    UNION ALL SELECT 'completion_type', 'what COMMIT does'
    UNION ALL SELECT 'default_authentication_plugin', 'how new accounts log in'
    UNION ALL SELECT 'authentication_policy', 'how new accounts log in'
    UNION ALL SELECT 'default_collation_for_utf8mb4', 'collation of utf8mb4 without one'
    UNION ALL SELECT 'default_storage_engine', 'engine of new tables'
    UNION ALL SELECT 'default_week_format', 'WEEK()'
    UNION ALL SELECT 'div_precision_increment', 'digits of a quotient'
    UNION ALL SELECT 'event_scheduler', 'whether events run'
    UNION ALL SELECT 'explicit_defaults_for_timestamp', 'defaults of TIMESTAMP columns'
    UNION ALL SELECT 'foreign_key_checks', 'whether foreign keys are checked'
    UNION ALL SELECT 'group_concat_max_len', 'where GROUP_CONCAT is cut'
    UNION ALL SELECT 'innodb_autoinc_lock_mode', 'gaps in numbers'
    UNION ALL SELECT 'innodb_default_row_format', 'row format of new tables'
    UNION ALL SELECT 'innodb_ft_min_token_size', 'words of a full-text search'
    UNION ALL SELECT 'innodb_lock_wait_timeout', 'when statements are cancelled'
    UNION ALL SELECT 'innodb_page_size', 'largest row and index'
    UNION ALL SELECT 'innodb_rollback_on_timeout', 'what a lock timeout undoes'
    UNION ALL SELECT 'innodb_strict_mode', 'what CREATE TABLE refuses'
    UNION ALL SELECT 'ft_min_word_len', 'words of a full-text search'
    UNION ALL SELECT 'lc_time_names', 'names of months and days'
    UNION ALL SELECT 'local_infile', 'whether rows can be loaded fast'
    UNION ALL SELECT 'lower_case_table_names', 'whether table names are case-sensitive'
    UNION ALL SELECT 'max_allowed_packet', 'largest row or statement'
    UNION ALL SELECT 'max_execution_time', 'when statements are cancelled'
    UNION ALL SELECT 'max_statement_time', 'when statements are cancelled'
    UNION ALL SELECT 'max_sort_length', 'ORDER BY of long values'
    UNION ALL SELECT 'ngram_token_size', 'words of a full-text search'
    UNION ALL SELECT 'old_mode', 'behaviour of older versions'
    UNION ALL SELECT 'sql_mode', 'what is an error and what a warning'
    UNION ALL SELECT 'sql_require_primary_key', 'whether tables need a primary key'
    UNION ALL SELECT 'sql_generate_invisible_primary_key', 'columns added to new tables'
    UNION ALL SELECT 'system_time_zone', 'what NOW() returns where time_zone is SYSTEM'
    UNION ALL SELECT 'time_zone', 'what NOW() gives and TIMESTAMP shows'
    UNION ALL SELECT 'transaction_isolation', 'isolation of transactions'
    UNION ALL SELECT 'tx_isolation', 'isolation of transactions'
    UNION ALL SELECT 'unique_checks', 'whether unique keys are checked') w
JOIN performance_schema.global_variables v --@ mysql
JOIN information_schema.GLOBAL_VARIABLES v --@ mariadb
  ON CONVERT(LOWER(v.VARIABLE_NAME) USING utf8mb4) COLLATE utf8mb4_bin = CONVERT(w.n USING utf8mb4) COLLATE utf8mb4_bin
ORDER BY 1
