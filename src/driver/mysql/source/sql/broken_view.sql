-- Views that the server itself cannot use, and its reason: it stands where the comment would.
-- MariaDB tells this only to who reads all of a table's status, which opens every table: see show.c.
SELECT 'view' AS `_kind`, --@ mysql
       CONCAT('t:', TABLE_NAME) AS `_id`, --@ mysql
       TABLE_COMMENT AS `broken` --@ mysql
FROM information_schema.TABLES --@ mysql
WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'VIEW' AND TABLE_COMMENT NOT IN ('', 'VIEW') --@ mysql
