--@ materialized_views
SELECT 'n' || c.relnamespace::text AS _parent,
    c.relname AS _name,
    'r' || c.oid::text AS _id,
    coalesce(pg_get_viewdef(c.oid), chr(1)) AS query,
    c.relispopulated AS populated,
    m.amname AS access_method,
    s.spcname AS tablespace,
    pg_get_userbyid(c.relowner) AS owner,
    NULL AS comment,
    c.relpages::bigint * current_setting('block_size')::bigint AS bytes
FROM pg_class c
LEFT JOIN pg_am m ON m.oid = c.relam
LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace
WHERE c.oid BETWEEN '0' AND '4294967295' AND c.oid >= 16384 AND c.relkind = 'm'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.refclassid = 'pg_extension'::regclass AND e.deptype = 'e')
