-- Triggers. The body comes from SHOW CREATE: here it is not byte for byte.
-- (MariaDB goes through every database for a TRIGGER_SCHEMA; a trigger is in its table's.)
SELECT CONCAT('g:', TRIGGER_NAME) AS `_id`,
       CONCAT('t:', EVENT_OBJECT_TABLE) AS `_parent`,
       TRIGGER_NAME AS `_name`,
       LOWER(ACTION_TIMING) AS `timing`,
       LOWER(EVENT_MANIPULATION) AS `event`,
       ACTION_ORDER AS `order`,
       DEFINER AS `definer`,
       SQL_MODE AS `sql_mode`,
       CHARACTER_SET_CLIENT AS `charset_client`,
       COLLATION_CONNECTION AS `collation_connection`,
       DATABASE_COLLATION AS `database_collation`,
       NULL AS `columns`,
       'body' AS `_unknown`
FROM information_schema.TRIGGERS
WHERE EVENT_OBJECT_SCHEMA = DATABASE()
