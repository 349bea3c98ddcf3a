-- The database itself.
SELECT DEFAULT_CHARACTER_SET_NAME AS `charset`,
       DEFAULT_COLLATION_NAME AS `collation`,
       DEFAULT_ENCRYPTION AS `encryption`, --@ mysql >= 80016
       'no' AS `encryption`, --@ mysql < 80016
       IF((SELECT OPTIONS FROM information_schema.SCHEMATA_EXTENSIONS AS e WHERE e.SCHEMA_NAME = SCHEMATA.SCHEMA_NAME) LIKE '%READ ONLY=1%', 'yes', 'no') AS `read_only`, --@ mysql >= 80022
       'no' AS `read_only`, --@ mysql < 80022
       NULLIF(SCHEMA_COMMENT, '') AS `comment`, --@ mariadb >= 100500
       'database' AS `_kind`
FROM information_schema.SCHEMATA
WHERE SCHEMA_NAME = DATABASE()
