SELECT 'n' || c.connamespace::text AS _parent,
    c.conname AS _name,
    'con' || c.oid::text AS _id,
    pg_encoding_to_char(c.conforencoding) AS from_encoding,
    pg_encoding_to_char(c.contoencoding) AS to_encoding,
    c.conproc::regproc::text AS function,
    c.condefault AS is_default,
    pg_get_userbyid(c.conowner) AS owner,
    NULL AS comment
FROM pg_conversion c
WHERE c.oid >= 16384
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_conversion'::regclass AND e.objid = c.oid AND e.refclassid = 'pg_extension'::regclass AND e.deptype = 'e')
