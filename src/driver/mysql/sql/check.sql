-- Check constraints.
SELECT CONCAT('t:', TABLE_NAME) AS `_parent`, --@ mariadb
       CONSTRAINT_NAME AS `_name`, --@ mariadb
       CHECK_CLAUSE AS `expression`, --@ mariadb
       LOWER(LEVEL) AS `level` --@ mariadb >= 100510
FROM information_schema.CHECK_CONSTRAINTS --@ mariadb
WHERE CONSTRAINT_SCHEMA = DATABASE() --@ mariadb
SELECT CONCAT('t:', t.TABLE_NAME) AS `_parent`, --@ mysql >= 80016
       c.CONSTRAINT_NAME AS `_name`, --@ mysql >= 80016
       c.CHECK_CLAUSE AS `expression`, --@ mysql >= 80016
       t.ENFORCED AS `enforced` --@ mysql >= 80016
FROM information_schema.CHECK_CONSTRAINTS AS c --@ mysql >= 80016
JOIN information_schema.TABLE_CONSTRAINTS AS t --@ mysql >= 80016
  ON t.CONSTRAINT_SCHEMA = c.CONSTRAINT_SCHEMA AND t.CONSTRAINT_NAME = c.CONSTRAINT_NAME --@ mysql >= 80016
WHERE c.CONSTRAINT_SCHEMA = DATABASE() AND t.CONSTRAINT_TYPE = 'CHECK' --@ mysql >= 80016
