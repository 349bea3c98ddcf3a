-- Functions and procedures. Arguments, result and body come from SHOW CREATE: here they are not
-- byte for byte.
SELECT LOWER(ROUTINE_TYPE) AS `_kind`,
       CONCAT(IF(ROUTINE_TYPE = 'FUNCTION', 'f:', 'r:'), ROUTINE_NAME) AS `_id`,
       ROUTINE_NAME AS `_name`,
       LOWER(SECURITY_TYPE) AS `security`,
       IF(IS_DETERMINISTIC = 'YES', 'yes', 'no') AS `deterministic`,
       LOWER(SQL_DATA_ACCESS) AS `data_access`,
       DEFINER AS `definer`,
       SQL_MODE AS `sql_mode`,
       CHARACTER_SET_CLIENT AS `charset_client`,
       COLLATION_CONNECTION AS `collation_connection`,
       DATABASE_COLLATION AS `database_collation`,
       NULLIF(ROUTINE_COMMENT, '') AS `comment`
FROM information_schema.ROUTINES
WHERE ROUTINE_SCHEMA = DATABASE() AND ROUTINE_TYPE IN ('FUNCTION', 'PROCEDURE')
