SELECT m.amname AS _name,
    'am' || m.oid::text AS _id,
    CASE m.amtype WHEN 't' THEN 'table' ELSE 'index' END AS type,
    m.amhandler::regproc::text AS handler,
    NULL AS comment
FROM pg_am m
WHERE m.oid >= 16384
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_am'::regclass AND e.objid = m.oid AND e.refclassid = 'pg_extension'::regclass AND e.deptype = 'e')
