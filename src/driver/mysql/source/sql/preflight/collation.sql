SELECT DISTINCT c AS `name`, NULL AS `value`, NULL AS `more` FROM ( --@ source
    SELECT COLLATION_NAME AS c FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = @dbtwin_database --@ source
    UNION SELECT TABLE_COLLATION FROM information_schema.TABLES WHERE TABLE_SCHEMA = @dbtwin_database --@ source
    UNION SELECT DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = @dbtwin_database) u --@ source
WHERE c IS NOT NULL --@ source
SELECT COLLATION_NAME AS `name`, NULL AS `value`, NULL AS `more` FROM information_schema.COLLATIONS --@ mysql and target
-- From 10.10 a collation of several character sets stands there once, without their names.
SELECT COALESCE(FULL_COLLATION_NAME, COLLATION_NAME) AS `name`, NULL AS `value`, NULL AS `more` --@ mariadb >= 101000 and target
FROM information_schema.COLLATION_CHARACTER_SET_APPLICABILITY --@ mariadb >= 101000 and target
SELECT COLLATION_NAME AS `name`, NULL AS `value`, NULL AS `more` FROM information_schema.COLLATIONS --@ mariadb < 101000 and target
