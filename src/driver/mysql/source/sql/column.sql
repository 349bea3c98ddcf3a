-- Columns of tables (those of views follow from their queries). `default` is what stands after
-- DEFAULT; expressions of MySQL come with escapes that are taken off afterwards.
SELECT CONCAT('t:', TABLE_NAME) AS `_parent`,
       COLUMN_NAME AS `_name`,
       COLUMN_TYPE AS `type`, --@ mysql
       SUBSTRING_INDEX(COLUMN_TYPE, ' /*M!100301 COMPRESSED', 1) AS `type`, --@ mariadb
       CHARACTER_SET_NAME AS `charset`,
       COLLATION_NAME AS `collation`,
       IF(IS_NULLABLE = 'NO', 'yes', 'no') AS `not_null`,
       IF(COLUMN_DEFAULT = 'NULL', NULL, COLUMN_DEFAULT) AS `default`, --@ mariadb
       CASE --@ mysql
         WHEN COLUMN_DEFAULT IS NULL OR EXTRA LIKE '%auto\_increment%' THEN NULL --@ mysql
         WHEN LOWER(COLUMN_DEFAULT) LIKE 'current\_timestamp%' AND DATA_TYPE IN ('timestamp', 'datetime') THEN LOWER(COLUMN_DEFAULT) --@ mysql
         WHEN EXTRA LIKE '%DEFAULT\_GENERATED%' THEN CONCAT('(', COLUMN_DEFAULT, ')') --@ mysql
         WHEN DATA_TYPE IN ('bit', 'tinyint', 'smallint', 'mediumint', 'int', 'bigint', 'decimal', 'float', 'double', 'year') THEN COLUMN_DEFAULT --@ mysql
         WHEN DATA_TYPE IN ('binary', 'varbinary') THEN IF(COLUMN_DEFAULT = '', '''''', CONCAT('0x', HEX(COLUMN_DEFAULT))) --@ mysql < 80000
         WHEN DATA_TYPE = 'binary' AND COLUMN_DEFAULT LIKE '0x%' THEN RPAD(COLUMN_DEFAULT, 2 + 2 * CHARACTER_OCTET_LENGTH, '0') --@ mysql >= 80000
         WHEN DATA_TYPE IN ('binary', 'varbinary') AND COLUMN_DEFAULT LIKE '0x%' THEN IF(COLUMN_DEFAULT = '0x', '''''', COLUMN_DEFAULT) --@ mysql >= 80000
         WHEN DATA_TYPE IN ('enum', 'set') AND CHARACTER_SET_NAME IS NULL AND COLUMN_DEFAULT LIKE '0x%' --@ mysql >= 80000
           THEN CONCAT('''', REPLACE(REPLACE(CONVERT(UNHEX(SUBSTRING(COLUMN_DEFAULT, 3)) USING utf8mb4), '\\', '\\\\'), '''', ''''''), '''') --@ mysql >= 80000
         ELSE CONCAT('''', REPLACE(REPLACE(REPLACE(REPLACE(COLUMN_DEFAULT, '\\', '\\\\'), '''', ''''''), '\n', '\\n'), '\r', '\\r'), '''') --@ mysql
       END AS `default`, --@ mysql
       IF(EXTRA LIKE '%on update %', LOWER(SUBSTRING_INDEX(SUBSTRING_INDEX(REPLACE(EXTRA, ',', ' '), 'on update ', -1), ' ', 1)), NULL) AS `on_update`,
       IF(EXTRA LIKE '%auto\_increment%', 'yes', 'no') AS `auto_increment`,
       CASE WHEN EXTRA LIKE '%VIRTUAL GENERATED%' THEN 'virtual'
            WHEN EXTRA LIKE '%STORED GENERATED%' OR EXTRA LIKE '%PERSISTENT GENERATED%' THEN 'stored'
       END AS `generated`,
       NULLIF(GENERATION_EXPRESSION, '') AS `expression`,
       IF(EXTRA LIKE '%INVISIBLE%', 'yes', 'no') AS `invisible`,
       SRS_ID AS `srid`, --@ mysql >= 80003
       NULL AS `srid`, --@ mysql < 80003
       NULL AS `srid`, --@ mariadb
       NULL AS `options`, --@ mysql
       NULLIF(CONCAT_WS(' ', IF(COLUMN_TYPE LIKE '% COMPRESSED*/', 'COMPRESSED', NULL), IF(EXTRA LIKE '%WITHOUT SYSTEM VERSIONING%', 'WITHOUT SYSTEM VERSIONING', NULL)), '') AS `options`, --@ mariadb
       NULLIF(COLUMN_COMMENT, '') AS `comment`,
       ORDINAL_POSITION AS `position`
FROM information_schema.COLUMNS
WHERE TABLE_SCHEMA = DATABASE()
