-- ALTER ... DEPENDS ON EXTENSION: of routines, triggers, materialized views and indexes, those behind
-- constraints too.
SELECT CASE d.classid WHEN 'pg_proc'::regclass THEN 'f' WHEN 'pg_trigger'::regclass THEN 'g'
        ELSE CASE WHEN k.oid IS NULL THEN 'r' ELSE 'c' END END || coalesce(k.oid, d.objid)::text AS _parent,
    x.extname AS _name
FROM pg_depend d
JOIN pg_extension x ON x.oid = d.refobjid
LEFT JOIN pg_constraint k ON d.classid = 'pg_class'::regclass AND k.conindid = d.objid AND k.contype IN ('p', 'u', 'x')
WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'x'
