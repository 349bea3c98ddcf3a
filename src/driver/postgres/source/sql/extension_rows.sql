-- Of extensions' tables and sequences those whose rows are users' (pg_extension_config_dump): rows count
-- where they are to be copied or compared.
SELECT 'ext' || x.oid::text AS _parent, --@ data
    quote_ident(n.nspname::text) || '.' || quote_ident(c.relname::text) AS _name, --@ data
    'cfg' || c.oid::text AS _id, --@ data
    (SELECT string_agg(a.attname::text, chr(10) ORDER BY a.attnum) FROM pg_attribute a --@ data
     WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '') AS columns, --@ data
    nullif(e.condition, '') AS condition, --@ data
    c.relkind = 'S' AS sequence --@ data
FROM pg_extension x, unnest(x.extconfig, x.extcondition) AS e(oid, condition), pg_class c, pg_namespace n --@ data
WHERE c.oid = e.oid AND n.oid = c.relnamespace AND c.relkind IN ('r', 'p', 'S') --@ data
