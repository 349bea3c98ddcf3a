-- Large objects are rows: their number counts where rows are to be copied or compared; that there are
-- any always does, or a database of nothing else would be empty.
SELECT 'large objects' AS _name, count(*) AS count, pg_table_size('pg_catalog.pg_largeobject') AS bytes --@ data
FROM pg_largeobject_metadata --@ data
HAVING count(*) > 0 --@ data
SELECT 'large objects' AS _name WHERE EXISTS (SELECT FROM pg_largeobject_metadata) --@ compare
