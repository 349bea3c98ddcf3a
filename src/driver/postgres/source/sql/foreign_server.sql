SELECT s.srvname AS _name,
    'srv' || s.oid::text AS _id,
    w.fdwname AS wrapper,
    s.srvtype AS type,
    s.srvversion AS version,
    pg_get_userbyid(s.srvowner) AS owner,
    NULL AS comment
FROM pg_foreign_server s
JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw
WHERE NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_foreign_server'::regclass AND e.objid = s.oid AND e.refclassid = 'pg_extension'::regclass AND e.deptype = 'e')
