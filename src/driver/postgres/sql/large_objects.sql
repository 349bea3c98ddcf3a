SELECT 'large objects' AS _name, count(*) AS count, pg_table_size('pg_catalog.pg_largeobject') AS bytes
FROM pg_largeobject_metadata
HAVING count(*) > 0
