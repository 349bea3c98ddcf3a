SELECT 'n' || c.collnamespace::text AS _parent,
    c.collname AS _name,
    'col' || c.oid::text AS _id,
    CASE c.collprovider WHEN 'c' THEN 'libc' WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'default' END AS provider,
    c.collcollate AS "collate", --@ pg >= 150000
    c.collctype AS ctype, --@ pg >= 150000
    CASE WHEN c.collprovider <> 'i' THEN c.collcollate END AS "collate", --@ pg < 150000
    CASE WHEN c.collprovider <> 'i' THEN c.collctype END AS ctype, --@ pg < 150000
    c.colllocale AS locale, --@ pg >= 170000
    c.colliculocale AS locale, --@ pg >= 150000 and pg < 170000
    CASE WHEN c.collprovider = 'i' THEN c.collcollate END AS locale, --@ pg < 150000
    c.collicurules AS icu_rules, --@ pg >= 160000
    NULL AS icu_rules, --@ pg < 160000
    c.collisdeterministic AS deterministic,
    c.collversion AS version,
    pg_get_userbyid(c.collowner) AS owner,
    NULL AS comment
FROM pg_collation c
WHERE c.oid >= 16384
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_collation'::regclass AND e.objid = c.oid AND e.refclassid = 'pg_extension'::regclass AND e.deptype = 'e')
