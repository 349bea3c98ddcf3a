-- How tables are partitioned, their partitions and sub-partitions. Options, and the comments of
-- sub-partitions, come from SHOW CREATE.
SELECT IF(PARTITION_ORDINAL_POSITION = 1, CONCAT('t:', TABLE_NAME), NULL) AS `table._id`,
       CONCAT(PARTITION_METHOD, ' (', IFNULL(PARTITION_EXPRESSION, ''), ')') AS `table.partition_key`,
       CONCAT(SUBPARTITION_METHOD, ' (', IFNULL(SUBPARTITION_EXPRESSION, ''), ')') AS `table.subpartition_key`,
       CONCAT('p:', CHAR_LENGTH(TABLE_NAME), ':', TABLE_NAME, PARTITION_NAME) AS `_id`,
       CONCAT('t:', TABLE_NAME) AS `_parent`,
       PARTITION_NAME AS `_name`,
       PARTITION_ORDINAL_POSITION AS `position`,
       CASE WHEN PARTITION_METHOD LIKE 'RANGE%' AND PARTITION_METHOD NOT LIKE '%COLUMNS' AND PARTITION_DESCRIPTION = 'MAXVALUE' THEN 'LESS THAN MAXVALUE'
            WHEN PARTITION_METHOD LIKE 'RANGE%' THEN CONCAT('LESS THAN (', PARTITION_DESCRIPTION, ')')
            WHEN PARTITION_METHOD LIKE 'LIST%' AND PARTITION_DESCRIPTION = 'DEFAULT' THEN 'DEFAULT'
            WHEN PARTITION_METHOD LIKE 'LIST%' THEN CONCAT('IN (', PARTITION_DESCRIPTION, ')')
            ELSE PARTITION_DESCRIPTION
       END AS `values`,
       NULL AS `engine`,
       NULL AS `options`,
       NULLIF(PARTITION_COMMENT, '') AS `comment`,
       SUBPARTITION_NAME AS `subpartition._name`,
       SUBPARTITION_ORDINAL_POSITION AS `subpartition.position`,
       NULL AS `subpartition.engine`,
       NULL AS `subpartition.options`,
       NULL AS `subpartition.comment`
FROM information_schema.PARTITIONS
WHERE TABLE_SCHEMA = DATABASE() AND PARTITION_NAME IS NOT NULL
