--@ composites
-- The type's owner, comment and grants hang on its row in pg_type; its attributes on pg_class.
SELECT 'n' || c.relnamespace::text AS _parent,
    c.relname AS _name,
    'r' || c.oid::text AS _id,
    pg_get_userbyid(c.relowner) AS owner,
    NULL AS comment
FROM pg_class c
WHERE c.oid >= 16384 AND c.relkind = 'c'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_type'::regclass AND e.objid = c.reltype AND e.refclassid = 'pg_extension'::regclass AND e.deptype = 'e')
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.refclassid = 'pg_extension'::regclass AND e.deptype = 'e')
