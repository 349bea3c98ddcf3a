SELECT 'n' || c.relnamespace::text AS _parent,
    c.relname AS _name,
    'r' || c.oid::text AS _id,
    coalesce(pg_get_viewdef(c.oid), chr(1)) AS query,
    pg_get_userbyid(c.relowner) AS owner,
    NULL AS comment
FROM pg_class c
WHERE c.oid BETWEEN '0' AND '4294967295' AND c.oid >= 16384 AND c.relkind = 'v' AND c.relpersistence <> 't'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.refclassid = 'pg_extension'::regclass AND e.deptype = 'e')
