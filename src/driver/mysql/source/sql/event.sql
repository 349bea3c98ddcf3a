-- Events. The body comes from SHOW CREATE.
SELECT CONCAT('e:', EVENT_NAME) AS `_id`,
       EVENT_NAME AS `_name`,
       IF(EVENT_TYPE = 'ONE TIME', CONCAT('AT ''', EXECUTE_AT, ''''),
          CONCAT('EVERY ', INTERVAL_VALUE, ' ', INTERVAL_FIELD,
                 IFNULL(CONCAT(' STARTS ''', STARTS, ''''), ''),
                 IFNULL(CONCAT(' ENDS ''', ENDS, ''''), ''))) AS `schedule`,
       CASE STATUS WHEN 'ENABLED' THEN 'enabled' WHEN 'DISABLED' THEN 'disabled' ELSE 'disabled on replica' END AS `status`,
       LOWER(ON_COMPLETION) AS `on_completion`,
       TIME_ZONE AS `time_zone`,
       DEFINER AS `definer`,
       SQL_MODE AS `sql_mode`,
       CHARACTER_SET_CLIENT AS `charset_client`,
       COLLATION_CONNECTION AS `collation_connection`,
       DATABASE_COLLATION AS `database_collation`,
       NULLIF(EVENT_COMMENT, '') AS `comment`,
       'body' AS `_unknown`
FROM information_schema.EVENTS
WHERE EVENT_SCHEMA = DATABASE()
