SELECT 'n' || c.relnamespace::text AS _parent,
    c.relname AS _name,
    'r' || c.oid::text AS _id,
    s.srvname AS server,
    CASE WHEN c.relispartition THEN i.inhparent::regclass::text END AS partition_of,
    pg_get_expr(c.relpartbound, c.oid) AS partition_bound,
    pg_get_userbyid(c.relowner) AS owner,
    NULL AS comment
FROM pg_class c
JOIN pg_foreign_table f ON f.ftrelid = c.oid
JOIN pg_foreign_server s ON s.oid = f.ftserver
LEFT JOIN pg_inherits i ON c.relispartition AND i.inhrelid = c.oid
WHERE c.oid >= 16384 AND c.relkind = 'f'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.refclassid = 'pg_extension'::regclass AND e.deptype = 'e')
