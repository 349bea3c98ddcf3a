SELECT 'n' || c.relnamespace::text AS _parent,
    c.relname AS _name,
    'r' || c.oid::text AS _id,
    CASE c.relpersistence WHEN 'u' THEN 'unlogged' ELSE 'permanent' END AS persistence,
    m.amname AS access_method,
    s.spcname AS tablespace,
    CASE WHEN c.reloftype <> 0 THEN c.reloftype::regtype::text END AS of_type,
    CASE WHEN c.relkind = 'p' THEN coalesce(pg_get_partkeydef(c.oid), chr(1)) END AS partition_key,
    CASE WHEN c.relispartition THEN i.inhparent::regclass::text END AS partition_of,
    pg_get_expr(c.relpartbound, c.oid) AS partition_bound,
    CASE c.relreplident WHEN 'd' THEN 'default' WHEN 'f' THEN 'full' WHEN 'n' THEN 'nothing'
        ELSE coalesce((SELECT 'index ' || quote_ident(x.relname) FROM pg_index y JOIN pg_class x ON x.oid = y.indexrelid
            WHERE y.indrelid = c.oid AND y.indisreplident), 'nothing') END AS replica_identity,
    c.relrowsecurity AS row_security,
    c.relforcerowsecurity AS force_row_security,
    pg_get_userbyid(c.relowner) AS owner,
    NULL AS comment,
    CASE WHEN c.reltuples >= 0 THEN c.reltuples::bigint END AS rows,
    (c.relpages + coalesce(t.relpages, 0))::bigint * current_setting('block_size')::bigint AS bytes
FROM pg_class c
LEFT JOIN pg_am m ON m.oid = c.relam
LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace
LEFT JOIN pg_inherits i ON c.relispartition AND i.inhrelid = c.oid
LEFT JOIN pg_class t ON t.oid = c.reltoastrelid
WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.refclassid = 'pg_extension'::regclass AND e.deptype = 'e')
