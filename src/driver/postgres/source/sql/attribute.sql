--@ composites
SELECT 'r' || a.attrelid::text AS _parent,
    a.attname AS _name,
    'r' || a.attrelid::text || '.' || a.attnum::text AS _id, --@ columns
    format_type(a.atttypid, a.atttypmod) AS type,
    CASE WHEN a.attcollation <> t.typcollation THEN a.attcollation::regcollation::text END AS collation,
    row_number() OVER (PARTITION BY a.attrelid ORDER BY a.attnum) AS position,
    d.description AS comment
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_description d ON d.classoid = 'pg_class'::regclass AND d.objoid = c.oid AND d.objsubid = a.attnum
WHERE c.oid >= 16384 AND c.relkind = 'c'
