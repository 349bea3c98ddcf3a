-- What accounts and roles may do with this database and with what is in it. A level is d(atabase),
-- t(able or view), c(olumn), f(unction), r (procedure), p(ackage); `pattern` is there where the
-- name stands for more than this database. GRANT OPTION is of all privileges of a level: a star each.
SELECT 'd' AS `level`, NULL AS `object`, NULL AS `column`,
       IF(REPLACE(REPLACE(Db, '\\_', '_'), '\\%', '%') = DATABASE(), NULL, Db) AS `pattern`,
       CONCAT(User, '@', Host) AS `grantee`, --@ mysql
       IF(Host = '', User, CONCAT(User, '@', Host)) AS `grantee`, --@ mariadb
       Grant_priv = 'Y' AS `grantable`,
       CONCAT_WS(', ', IF(Alter_priv = 'Y', 'ALTER', NULL), IF(Alter_routine_priv = 'Y', 'ALTER ROUTINE', NULL),
                 IF(Create_priv = 'Y', 'CREATE', NULL), IF(Create_routine_priv = 'Y', 'CREATE ROUTINE', NULL),
                 IF(Create_tmp_table_priv = 'Y', 'CREATE TEMPORARY TABLES', NULL),
                 IF(Create_view_priv = 'Y', 'CREATE VIEW', NULL), IF(Delete_priv = 'Y', 'DELETE', NULL),
                 IF(Delete_history_priv = 'Y', 'DELETE HISTORY', NULL), --@ mariadb
                 IF(Drop_priv = 'Y', 'DROP', NULL), IF(Event_priv = 'Y', 'EVENT', NULL),
                 IF(Execute_priv = 'Y', 'EXECUTE', NULL), IF(Index_priv = 'Y', 'INDEX', NULL),
                 IF(Insert_priv = 'Y', 'INSERT', NULL), IF(Lock_tables_priv = 'Y', 'LOCK TABLES', NULL),
                 IF(References_priv = 'Y', 'REFERENCES', NULL), IF(Select_priv = 'Y', 'SELECT', NULL),
                 IF(Show_create_routine_priv = 'Y', 'SHOW CREATE ROUTINE', NULL), --@ mariadb >= 110300
                 IF(Show_view_priv = 'Y', 'SHOW VIEW', NULL), IF(Trigger_priv = 'Y', 'TRIGGER', NULL),
                 IF(Update_priv = 'Y', 'UPDATE', NULL)) AS `privileges`
FROM mysql.db
WHERE IF(@@lower_case_table_names = 0, DATABASE() LIKE Db, LOWER(DATABASE()) LIKE LOWER(Db))
  AND (@@partial_revokes = 0 OR Db = DATABASE()) --@ mysql >= 80016
UNION ALL
SELECT 't', Table_name, NULL, NULL,
       CONCAT(User, '@', Host), --@ mysql
       IF(Host = '', User, CONCAT(User, '@', Host)), --@ mariadb
       FIND_IN_SET('Grant', Table_priv) > 0,
       CONCAT_WS(', ', IF(FIND_IN_SET('Alter', Table_priv), 'ALTER', NULL), IF(FIND_IN_SET('Create', Table_priv), 'CREATE', NULL),
                 IF(FIND_IN_SET('Create View', Table_priv), 'CREATE VIEW', NULL), IF(FIND_IN_SET('Delete', Table_priv), 'DELETE', NULL),
                 IF(FIND_IN_SET('Delete versioning rows', Table_priv), 'DELETE HISTORY', NULL), --@ mariadb
                 IF(FIND_IN_SET('Drop', Table_priv), 'DROP', NULL), IF(FIND_IN_SET('Index', Table_priv), 'INDEX', NULL),
                 IF(FIND_IN_SET('Insert', Table_priv), 'INSERT', NULL), IF(FIND_IN_SET('References', Table_priv), 'REFERENCES', NULL),
                 IF(FIND_IN_SET('Select', Table_priv), 'SELECT', NULL), IF(FIND_IN_SET('Show view', Table_priv), 'SHOW VIEW', NULL),
                 IF(FIND_IN_SET('Trigger', Table_priv), 'TRIGGER', NULL), IF(FIND_IN_SET('Update', Table_priv), 'UPDATE', NULL))
FROM mysql.tables_priv
WHERE Db = DATABASE() AND Table_priv <> ''
UNION ALL
SELECT 'c', Table_name, Column_name, NULL,
       CONCAT(User, '@', Host), --@ mysql
       IF(Host = '', User, CONCAT(User, '@', Host)), --@ mariadb
       FALSE,
       CONCAT_WS(', ', IF(FIND_IN_SET('Insert', Column_priv), 'INSERT', NULL), IF(FIND_IN_SET('References', Column_priv), 'REFERENCES', NULL),
                 IF(FIND_IN_SET('Select', Column_priv), 'SELECT', NULL), IF(FIND_IN_SET('Update', Column_priv), 'UPDATE', NULL))
FROM mysql.columns_priv
WHERE Db = DATABASE() AND Column_priv <> ''
UNION ALL
SELECT CASE Routine_type WHEN 'FUNCTION' THEN 'f' WHEN 'PROCEDURE' THEN 'r' ELSE 'p' END, Routine_name, NULL,
       IF(Routine_type = 'PACKAGE BODY', 'the body', NULL),
       CONCAT(User, '@', Host), --@ mysql
       IF(Host = '', User, CONCAT(User, '@', Host)), --@ mariadb
       FIND_IN_SET('Grant', Proc_priv) > 0,
       CONCAT_WS(', ', IF(FIND_IN_SET('Alter Routine', Proc_priv), 'ALTER ROUTINE', NULL),
                 IF(FIND_IN_SET('Execute', Proc_priv), 'EXECUTE', NULL)
                 , IF(FIND_IN_SET('Show Create Routine', Proc_priv), 'SHOW CREATE ROUTINE', NULL) --@ mariadb >= 110300
                 )
FROM mysql.procs_priv
WHERE Db = DATABASE() AND Proc_priv <> ''
