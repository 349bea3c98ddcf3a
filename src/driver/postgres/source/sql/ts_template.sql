SELECT 'n' || t.tmplnamespace::text AS _parent,
    t.tmplname AS _name,
    'tst' || t.oid::text AS _id,
    concat_ws(', ', CASE WHEN t.tmplinit <> 0 THEN 'INIT = ' || t.tmplinit::text END, 'LEXIZE = ' || t.tmpllexize::text) AS definition,
    NULL AS comment
FROM pg_ts_template t
WHERE t.oid >= 16384
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_ts_template'::regclass AND e.objid = t.oid AND e.refclassid = 'pg_extension'::regclass AND e.deptype = 'e')
