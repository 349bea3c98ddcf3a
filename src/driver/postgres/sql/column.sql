-- Only columns that something may hang on have an id. A default has no columns in it, so it can be
-- printed without its table (0): a third of the cost, and no lock on the table.
WITH dropped AS ( --@ dropped
    SELECT attrelid, array_agg(attnum) AS nums FROM pg_attribute --@ dropped
    WHERE attrelid >= 16384 AND attnum > 0 AND attisdropped GROUP BY attrelid) --@ dropped
SELECT 'r' || a.attrelid AS _parent,
    a.attname AS _name,
    CASE WHEN a.attacl IS NOT NULL
        OR a.attoptions IS NOT NULL AND NOT (cardinality(a.attoptions) = 1 AND a.attoptions[1] LIKE 'pg\_attver=%') OR a.attfdwoptions IS NOT NULL
        OR (SELECT count(*) FROM pg_seclabel) > 0 AND EXISTS (SELECT FROM pg_seclabel l WHERE l.classoid = 'pg_class'::regclass AND l.objoid = a.attrelid AND l.objsubid = a.attnum)
        THEN 'r' || a.attrelid || '.' || a.attnum END AS _id,
    format_type(a.atttypid, a.atttypmod) AS type,
    CASE WHEN a.attcollation <> t.typcollation THEN a.attcollation::regcollation::text END AS collation,
    a.attnotnull AS not_null,
    CASE WHEN a.atthasdef AND a.attgenerated = '' THEN coalesce(pg_get_expr(d.adbin, 0), chr(1)) END AS "default",
    CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END AS identity,
    CASE a.attgenerated WHEN 's' THEN 'stored' WHEN 'v' THEN 'virtual' END AS generated,
    CASE WHEN a.attgenerated <> '' THEN coalesce(pg_get_expr(d.adbin, d.adrelid), chr(1)) END AS expression,
    CASE WHEN a.attstorage <> t.typstorage THEN
        CASE a.attstorage WHEN 'p' THEN 'plain' WHEN 'e' THEN 'external' WHEN 'x' THEN 'extended' ELSE 'main' END END AS storage,
    CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END AS compression, --@ pg >= 140000
    NULL AS compression, --@ pg < 140000
    CASE WHEN a.attstattarget >= 0 THEN a.attstattarget END AS statistics,
    a.attislocal AS local,
    a.attinhcount AS inherited,
    s.description AS comment,
    a.attnum
        - CASE WHEN x.nums IS NULL THEN 0 ELSE (SELECT count(*) FROM unnest(x.nums) n WHERE n < a.attnum) END --@ dropped
        AS position
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN dropped x ON x.attrelid = a.attrelid --@ dropped
LEFT JOIN pg_description s ON s.classoid = 'pg_class'::regclass AND s.objoid = a.attrelid AND s.objsubid = a.attnum
WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't'
