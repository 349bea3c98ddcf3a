SELECT 'n' || d.dictnamespace::text AS _parent,
    d.dictname AS _name,
    'tsd' || d.oid::text AS _id,
    quote_ident(n.nspname) || '.' || quote_ident(t.tmplname) AS template,
    d.dictinitoption AS options,
    pg_get_userbyid(d.dictowner) AS owner,
    NULL AS comment
FROM pg_ts_dict d
JOIN pg_ts_template t ON t.oid = d.dicttemplate
JOIN pg_namespace n ON n.oid = t.tmplnamespace
WHERE d.oid >= 16384
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_ts_dict'::regclass AND e.objid = d.oid AND e.refclassid = 'pg_extension'::regclass AND e.deptype = 'e')
