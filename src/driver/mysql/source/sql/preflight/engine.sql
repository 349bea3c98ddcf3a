SELECT LOWER(ENGINE) AS `name`, CAST(COUNT(*) AS CHAR) AS `value`, NULL AS `more` FROM information_schema.TABLES --@ source
WHERE TABLE_SCHEMA = @dbtwin_database AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED') AND ENGINE IS NOT NULL GROUP BY 1 --@ source
SELECT LOWER(ENGINE) AS `name`, SUPPORT AS `value`, NULL AS `more` FROM information_schema.ENGINES --@ target
WHERE SUPPORT IN ('YES', 'DEFAULT') --@ target
