SELECT 'n' || c.cfgnamespace::text AS _parent,
    c.cfgname AS _name,
    'tsc' || c.oid::text AS _id,
    quote_ident(n.nspname) || '.' || quote_ident(p.prsname) AS parser,
    pg_get_userbyid(c.cfgowner) AS owner,
    NULL AS comment
FROM pg_ts_config c
JOIN pg_ts_parser p ON p.oid = c.cfgparser
JOIN pg_namespace n ON n.oid = p.prsnamespace
WHERE c.oid >= 16384
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_ts_config'::regclass AND e.objid = c.oid AND e.refclassid = 'pg_extension'::regclass AND e.deptype = 'e')
