-- Tables and sequences. CREATE_OPTIONS travels in `definition`; it becomes children afterwards.
SELECT CASE TABLE_TYPE WHEN 'SEQUENCE' THEN 'sequence' ELSE 'table' END AS `_kind`,
       CONCAT(IF(TABLE_TYPE = 'SEQUENCE', 's:', 't:'), TABLE_NAME) AS `_id`,
       TABLE_NAME AS `_name`,
       LOWER(ENGINE) AS `engine`,
       IF(TABLE_TYPE = 'SEQUENCE', NULL, SUBSTRING_INDEX(TABLE_COLLATION, '_', 1)) AS `charset`,
       IF(TABLE_TYPE = 'SEQUENCE', NULL, TABLE_COLLATION) AS `collation`,
       NULL AS `row_format`,
       IF(TABLE_TYPE = 'SEQUENCE', NULL, IF(TABLE_TYPE = 'SYSTEM VERSIONED', 'yes', 'no')) AS `system_versioned`, --@ mariadb
       NULL AS `tablespace`,
       NULL AS `partition_key`,
       NULL AS `subpartition_key`,
       NULLIF(TABLE_COMMENT, '') AS `comment`,
       IF(TABLE_TYPE = 'SEQUENCE', NULL, AUTO_INCREMENT) AS `auto_increment`,
       IF(TABLE_TYPE = 'SEQUENCE', NULL, TABLE_ROWS) AS `rows`,
       IF(TABLE_TYPE = 'SEQUENCE', NULL, DATA_LENGTH) AS `bytes`,
       IF(TABLE_TYPE = 'SEQUENCE', NULL, NULLIF(CREATE_OPTIONS, '')) AS `definition`
FROM information_schema.TABLES
WHERE TABLE_SCHEMA = DATABASE()
  AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED', 'SEQUENCE')
  AND TABLE_NAME NOT IN ('dbtwin_mark', 'dbtwin_run', 'dbtwin_journal', 'dbtwin_progress')
