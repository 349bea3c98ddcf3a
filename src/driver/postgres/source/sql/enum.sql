SELECT 'n' || t.typnamespace::text AS _parent,
    t.typname AS _name,
    't' || t.oid::text AS _id,
    pg_get_userbyid(t.typowner) AS owner,
    NULL AS comment
FROM pg_type t
WHERE t.oid >= 16384 AND t.typtype = 'e'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_type'::regclass AND e.objid = t.oid AND e.refclassid = 'pg_extension'::regclass AND e.deptype = 'e')
