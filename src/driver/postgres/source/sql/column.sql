-- Only columns that something may hang on have an id; with "columns" all. A default has no columns in it, so it can be
-- printed without its table (0): a third of the cost, and no lock on the table.
-- What is the same for all columns of a table is worked out once (OFFSET 0). What a type has as its
-- collation and storage is known of those that most columns have, and plain of a fixed length; joining
-- pg_type costs more than all that is asked of it.
WITH dropped AS ( --@ dropped
    SELECT attrelid, array_agg(attnum) AS nums FROM pg_attribute --@ dropped
    WHERE attrelid >= 16384 AND attnum > 0 AND attisdropped GROUP BY attrelid) --@ dropped
SELECT c.id AS _parent,
    a.attname AS _name,
    CASE WHEN false
        OR true --@ columns
        OR a.attacl IS NOT NULL --@ column_grants
        OR a.attoptions IS NOT NULL AND NOT (cardinality(a.attoptions) = 1 AND a.attoptions[1] LIKE 'pg\_attver=%') OR a.attfdwoptions IS NOT NULL --@ column_options
        OR EXISTS (SELECT FROM pg_seclabel l WHERE l.classoid = 'pg_class'::regclass AND l.objoid = a.attrelid AND l.objsubid = a.attnum) --@ column_labels
        THEN 'r' || a.attrelid::text || '.' || a.attnum::text END AS _id,
    format_type(a.atttypid, a.atttypmod) AS type,
    CASE WHEN a.attcollation <> CASE WHEN a.attcollation = 0 THEN 0
            WHEN a.atttypid IN ('text'::regtype, 'varchar'::regtype, 'bpchar'::regtype) THEN '"default"'::regcollation
            ELSE (SELECT typcollation FROM pg_type WHERE oid = a.atttypid) END
        THEN a.attcollation::regcollation::text END AS collation,
    a.attnotnull AS not_null,
    CASE WHEN a.attinhcount > 0 AND a.attnotnull AND NOT c.part THEN ( --@ pg >= 180000
        SELECT n.conislocal FROM pg_constraint n --@ pg >= 180000
        WHERE n.conrelid = a.attrelid AND n.contype = 'n' AND n.conkey[1] = a.attnum AND n.coninhcount > 0) END AS not_null_local, --@ pg >= 180000
    NULL AS not_null_local, --@ pg < 180000
    CASE WHEN a.atthasdef AND a.attgenerated = '' THEN coalesce(pg_get_expr(d.adbin, 0), chr(1)) END AS "default",
    CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END AS identity,
    CASE a.attgenerated WHEN 's' THEN 'stored' WHEN 'v' THEN 'virtual' END AS generated,
    CASE WHEN a.attgenerated <> '' THEN coalesce(pg_get_expr(d.adbin, d.adrelid), chr(1)) END AS expression,
    CASE WHEN a.attlen < 0 AND a.attstorage <> CASE
            WHEN a.atttypid IN ('text'::regtype, 'varchar'::regtype, 'bpchar'::regtype, 'jsonb'::regtype) THEN 'x'
            WHEN a.atttypid = 'numeric'::regtype THEN 'm'
            ELSE (SELECT typstorage FROM pg_type WHERE oid = a.atttypid) END THEN
        CASE a.attstorage WHEN 'p' THEN 'plain' WHEN 'e' THEN 'external' WHEN 'x' THEN 'extended' ELSE 'main' END END AS storage,
    CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END AS compression, --@ pg >= 140000
    NULL AS compression, --@ pg < 140000
    CASE WHEN a.attstattarget >= 0 THEN a.attstattarget END AS statistics,
    a.attislocal AS local,
    a.attinhcount AS inherited,
    /* --@ column_comments
    NULL AS comment,
    */ --@ column_comments
    s.description AS comment, --@ column_comments
    a.attnum
        - CASE WHEN x.nums IS NULL THEN 0 ELSE (SELECT count(*) FROM unnest(x.nums) n WHERE n < a.attnum) END --@ dropped
        AS position
FROM (SELECT oid, 'r' || oid::text AS id, relispartition AS part FROM pg_class
    WHERE oid >= 16384 AND relkind IN ('r', 'p', 'v', 'm', 'f') AND relpersistence <> 't' OFFSET 0) c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef d ON d.adrelid = CASE WHEN a.atthasdef THEN a.attrelid END AND d.adnum = a.attnum
LEFT JOIN dropped x ON x.attrelid = a.attrelid --@ dropped
LEFT JOIN pg_description s ON s.classoid = 'pg_class'::regclass AND s.objoid = a.attrelid AND s.objsubid = a.attnum --@ column_comments
