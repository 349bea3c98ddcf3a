SELECT 'n' || p.prsnamespace::text AS _parent,
    p.prsname AS _name,
    'tsp' || p.oid::text AS _id,
    concat_ws(', ', 'START = ' || p.prsstart::text, 'GETTOKEN = ' || p.prstoken::text, 'END = ' || p.prsend::text,
        CASE WHEN p.prsheadline <> 0 THEN 'HEADLINE = ' || p.prsheadline::text END,
        'LEXTYPES = ' || p.prslextype::text) AS definition,
    NULL AS comment
FROM pg_ts_parser p
WHERE p.oid >= 16384
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_ts_parser'::regclass AND e.objid = p.oid AND e.refclassid = 'pg_extension'::regclass AND e.deptype = 'e')
