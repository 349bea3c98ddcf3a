-- What views need. MySQL leaves its own database's names unqualified in their texts, so that these
-- do not tell; MariaDB's texts do.
SELECT CONCAT('t:', VIEW_NAME) AS `_from`, --@ mysql >= 80013
       CONCAT('t:', TABLE_NAME) AS `_to` --@ mysql >= 80013
FROM information_schema.VIEW_TABLE_USAGE --@ mysql >= 80013
WHERE VIEW_SCHEMA = DATABASE() AND TABLE_SCHEMA = DATABASE() --@ mysql >= 80013
