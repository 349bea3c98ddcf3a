-- Positions are data: they are read when a snapshot is copied, not here.
SELECT 'n' || c.relnamespace::text AS _parent,
    c.relname AS _name,
    'r' || c.oid::text AS _id,
    format_type(s.seqtypid, NULL) AS type,
    s.seqstart AS start,
    s.seqmin AS min,
    s.seqmax AS max,
    s.seqincrement AS increment,
    s.seqcache AS cache,
    s.seqcycle AS cycle,
    CASE c.relpersistence WHEN 'u' THEN 'unlogged' ELSE 'permanent' END AS persistence,
    d.refobjid::regclass::text || '.' || quote_ident(a.attname) AS owned_by,
    d.deptype IS NOT DISTINCT FROM 'i' AS identity,
    pg_get_userbyid(c.relowner) AS owner,
    NULL AS comment
FROM pg_class c
JOIN pg_sequence s ON s.seqrelid = c.oid
LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0
    AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
WHERE c.oid >= 16384 AND c.relkind = 'S' AND c.relpersistence <> 't'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.refclassid = 'pg_extension'::regclass AND e.deptype = 'e')
