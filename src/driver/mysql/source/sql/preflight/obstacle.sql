-- What stands in the way of the swap.
SELECT CONCAT('foreign key ', CONSTRAINT_SCHEMA, '.', CONSTRAINT_NAME, ' of another database') AS `name`, --@ target
       'it would keep pointing at the old tables: drop it before the copy' AS `value`, NULL AS `more` --@ target
FROM information_schema.KEY_COLUMN_USAGE --@ target
WHERE REFERENCED_TABLE_SCHEMA = @dbtwin_database AND TABLE_SCHEMA <> @dbtwin_database AND ORDINAL_POSITION = 1 --@ target
  AND TABLE_SCHEMA NOT LIKE '%\_\_dbtwin\_%' --@ target
  AND INSTR(@dbtwin_together, CONCAT(',', HEX(CONVERT(TABLE_SCHEMA USING utf8mb4)), ',')) = 0 --@ target
UNION ALL --@ target
SELECT CONCAT(COUNT(*), ' session(s) use it'), --@ target
       'their statements wait briefly while the tables are swapped', 'note' --@ target
FROM information_schema.PROCESSLIST WHERE DB = @dbtwin_database AND ID <> CONNECTION_ID() HAVING COUNT(*) > 0 --@ target
UNION ALL --@ target
SELECT CONCAT('database ', SCHEMA_NAME, ' is left over from an earlier run'), 'the next copy removes it', 'note' --@ target
FROM information_schema.SCHEMATA WHERE SCHEMA_NAME IN (CONCAT(@dbtwin_database, '__dbtwin_shadow'), --@ target
    CONCAT(@dbtwin_database, '__dbtwin_old')) --@ target
UNION ALL --@ mysql >= 80200 and target
SELECT CONCAT(COUNT(*), ' view(s), routine(s) or event(s) there have another definer, such as ', MIN(d)), --@ mysql >= 80200 and target
       'where that account has SYSTEM_USER, this one needs it too to drop them: GRANT SYSTEM_USER ON *.*, or drop them before', 'warning' --@ mysql >= 80200 and target
FROM (SELECT DEFINER AS d FROM information_schema.VIEWS WHERE TABLE_SCHEMA = @dbtwin_database --@ mysql >= 80200 and target
    UNION ALL SELECT DEFINER FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = @dbtwin_database --@ mysql >= 80200 and target
    UNION ALL SELECT DEFINER FROM information_schema.EVENTS WHERE EVENT_SCHEMA = @dbtwin_database) o --@ mysql >= 80200 and target
WHERE d <> CURRENT_USER() AND NOT EXISTS (SELECT 1 FROM information_schema.USER_PRIVILEGES WHERE PRIVILEGE_TYPE = 'SYSTEM_USER' --@ mysql >= 80200 and target
    AND GRANTEE = CONCAT('''', SUBSTRING_INDEX(CURRENT_USER(), '@', 1), '''@''', SUBSTRING_INDEX(CURRENT_USER(), '@', -1), '''')) --@ mysql >= 80200 and target
HAVING COUNT(*) > 0 --@ mysql >= 80200 and target
