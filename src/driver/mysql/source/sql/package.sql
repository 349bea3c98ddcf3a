-- Packages. Specification and body come from SHOW CREATE; '' says that there is a body.
SELECT CONCAT('c:', p.ROUTINE_NAME) AS `_id`, --@ mariadb
       p.ROUTINE_NAME AS `_name`, --@ mariadb
       IF(b.ROUTINE_NAME IS NULL, NULL, '') AS `implementation`, --@ mariadb
       LOWER(p.SECURITY_TYPE) AS `security`, --@ mariadb
       p.DEFINER AS `definer`, --@ mariadb
       p.SQL_MODE AS `sql_mode`, --@ mariadb
       p.CHARACTER_SET_CLIENT AS `charset_client`, --@ mariadb
       p.COLLATION_CONNECTION AS `collation_connection`, --@ mariadb
       p.DATABASE_COLLATION AS `database_collation`, --@ mariadb
       b.CHARACTER_SET_CLIENT AS `body_charset_client`, --@ mariadb
       b.COLLATION_CONNECTION AS `body_collation_connection`, --@ mariadb
       NULLIF(p.ROUTINE_COMMENT, '') AS `comment` --@ mariadb
FROM information_schema.ROUTINES AS p --@ mariadb
LEFT JOIN information_schema.ROUTINES AS b --@ mariadb
  ON b.ROUTINE_SCHEMA = DATABASE() AND b.ROUTINE_TYPE = 'PACKAGE BODY' AND b.ROUTINE_NAME = p.ROUTINE_NAME --@ mariadb
WHERE p.ROUTINE_SCHEMA = DATABASE() AND p.ROUTINE_TYPE = 'PACKAGE' --@ mariadb
