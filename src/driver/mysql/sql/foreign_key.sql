-- Foreign keys. Names of columns and tables are quoted, another database's table with its database.
SELECT CONCAT('k:', CHAR_LENGTH(k.TABLE_NAME), ':', k.TABLE_NAME, k.CONSTRAINT_NAME) AS `_id`,
       CONCAT('t:', k.TABLE_NAME) AS `_parent`,
       k.CONSTRAINT_NAME AS `_name`,
       k.cols AS `columns`,
       CONCAT(IF(k.ref_schema = DATABASE(), '', CONCAT('`', REPLACE(k.ref_schema, '`', '``'), '`.')),
              '`', REPLACE(k.ref_table, '`', '``'), '`') AS `references`,
       k.ref_cols AS `ref_columns`,
       IF(r.MATCH_OPTION = 'NONE', 'simple', LOWER(r.MATCH_OPTION)) AS `match`,
       LOWER(r.UPDATE_RULE) AS `on_update`,
       LOWER(r.DELETE_RULE) AS `on_delete`
FROM (SELECT TABLE_NAME, CONSTRAINT_NAME,
             MIN(REFERENCED_TABLE_SCHEMA) AS ref_schema, MIN(REFERENCED_TABLE_NAME) AS ref_table,
             GROUP_CONCAT('`', REPLACE(COLUMN_NAME, '`', '``'), '`' ORDER BY ORDINAL_POSITION SEPARATOR ', ') AS cols,
             GROUP_CONCAT('`', REPLACE(REFERENCED_COLUMN_NAME, '`', '``'), '`' ORDER BY ORDINAL_POSITION SEPARATOR ', ') AS ref_cols
      FROM information_schema.KEY_COLUMN_USAGE
      WHERE TABLE_SCHEMA = DATABASE() AND REFERENCED_TABLE_NAME IS NOT NULL
      GROUP BY TABLE_NAME, CONSTRAINT_NAME) AS k
JOIN information_schema.REFERENTIAL_CONSTRAINTS AS r
  ON r.CONSTRAINT_SCHEMA = DATABASE() AND r.TABLE_NAME = k.TABLE_NAME
 AND r.CONSTRAINT_NAME = k.CONSTRAINT_NAME
