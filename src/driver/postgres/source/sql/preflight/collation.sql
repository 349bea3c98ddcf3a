-- Collations that the system has, by name and, for that of a whole database, by provider and locale.
SELECT DISTINCT c.collname AS name, NULL AS value, NULL AS more FROM ( --@ source
    SELECT attcollation AS oid FROM pg_catalog.pg_attribute WHERE attrelid >= 16384 AND NOT attisdropped --@ source
    UNION SELECT pg_catalog.unnest(indcollation) FROM pg_catalog.pg_index WHERE indexrelid >= 16384 --@ source
    UNION SELECT typcollation FROM pg_catalog.pg_type WHERE oid >= 16384 --@ source
    UNION SELECT rngcollation FROM pg_catalog.pg_range WHERE rngtypid >= 16384 --@ source
    UNION SELECT pg_catalog.unnest(partcollation) FROM pg_catalog.pg_partitioned_table) u --@ source
JOIN pg_catalog.pg_collation c ON c.oid = u.oid --@ source
WHERE c.collnamespace = 'pg_catalog'::pg_catalog.regnamespace AND c.collname <> 'default' --@ source
UNION ALL --@ source
SELECT 'database: ' || 'libc ' || pg_catalog.lower(pg_catalog.replace(datcollate, '-', '')), datcollate, NULL --@ source
FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database() AND datcollate NOT IN ('C', 'POSIX') --@ source
SELECT collname AS name, NULL AS value, NULL AS more FROM pg_catalog.pg_collation --@ target
WHERE collnamespace = 'pg_catalog'::pg_catalog.regnamespace --@ target
UNION SELECT 'database: ' || 'libc ' || pg_catalog.lower(pg_catalog.replace(collcollate, '-', '')), collcollate, NULL --@ target
FROM pg_catalog.pg_collation WHERE collprovider = 'c' AND collcollate IS NOT NULL --@ target
UNION SELECT 'database: ' || 'libc ' || pg_catalog.lower(pg_catalog.replace(datcollate, '-', '')), datcollate, NULL --@ target
FROM pg_catalog.pg_database --@ target
ORDER BY 1
