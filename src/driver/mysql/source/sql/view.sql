-- Views. An empty definition means that this account may not see it.
SELECT CONCAT('t:', TABLE_NAME) AS `_id`,
       TABLE_NAME AS `_name`,
       VIEW_DEFINITION AS `query`,
       NULL AS `columns`, --@ mysql
       LOWER(CHECK_OPTION) AS `check_option`,
       LOWER(ALGORITHM) AS `algorithm`, --@ mariadb
       LOWER(SECURITY_TYPE) AS `security`,
       DEFINER AS `definer`,
       CHARACTER_SET_CLIENT AS `charset_client`,
       COLLATION_CONNECTION AS `collation_connection`,
       NULL AS `comment`,
       IF(VIEW_DEFINITION IS NULL OR VIEW_DEFINITION = '', 'query', NULL) AS `_unknown`
FROM information_schema.VIEWS
WHERE TABLE_SCHEMA = DATABASE()
