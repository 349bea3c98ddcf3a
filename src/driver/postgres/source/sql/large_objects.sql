-- Large objects are rows: they count where rows are to be copied or compared.
SELECT 'large objects' AS _name, count(*) AS count, pg_table_size('pg_catalog.pg_largeobject') AS bytes --@ data
FROM pg_largeobject_metadata --@ data
HAVING count(*) > 0 --@ data
