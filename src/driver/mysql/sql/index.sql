-- Indexes, and what each is over; the primary key is the one called PRIMARY. A prefix of a spatial
-- index is the server's own.
SELECT CONCAT('i:', CHAR_LENGTH(TABLE_NAME), ':', TABLE_NAME, INDEX_NAME) AS `_id`,
       CONCAT('t:', TABLE_NAME) AS `_parent`,
       INDEX_NAME AS `_name`,
       IF(NON_UNIQUE = 0, 'yes', 'no') AS `unique`,
       LOWER(INDEX_TYPE) AS `method`,
       IF(IS_VISIBLE = 'NO', 'yes', 'no') AS `invisible`, --@ mysql >= 80000
       'no' AS `invisible`, --@ mysql < 80000
       IF(IGNORED = 'YES', 'yes', 'no') AS `invisible`, --@ mariadb >= 100600
       'no' AS `invisible`, --@ mariadb < 100600
       NULL AS `parser`,
       NULL AS `options`,
       NULLIF(INDEX_COMMENT, '') AS `comment`,
       CAST(SEQ_IN_INDEX AS CHAR) AS `index_part._name`,
       IF(COLUMN_NAME IS NULL, CONCAT('(', EXPRESSION, ')'), CONCAT('`', REPLACE(COLUMN_NAME, '`', '``'), '`')) AS `index_part.expression`, --@ mysql >= 80013
       CONCAT('`', REPLACE(COLUMN_NAME, '`', '``'), '`') AS `index_part.expression`, --@ mysql < 80013
       CONCAT('`', REPLACE(COLUMN_NAME, '`', '``'), '`') AS `index_part.expression`, --@ mariadb
       IF(INDEX_TYPE = 'SPATIAL', NULL, SUB_PART) AS `index_part.prefix`,
       IF(COLLATION = 'D', 'yes', 'no') AS `index_part.descending`
FROM information_schema.STATISTICS
WHERE TABLE_SCHEMA = DATABASE()
