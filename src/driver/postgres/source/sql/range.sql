-- Before PostgreSQL 14 there are no multiranges: given is the name that 14 would choose.
SELECT 'n' || t.typnamespace::text AS _parent,
    t.typname AS _name,
    't' || t.oid::text AS _id,
    format_type(r.rngsubtype, NULL) AS subtype,
    quote_ident(n.nspname) || '.' || quote_ident(o.opcname) AS opclass,
    CASE WHEN r.rngcollation <> s.typcollation THEN r.rngcollation::regcollation::text END AS collation,
    CASE WHEN r.rngcanonical <> 0 THEN r.rngcanonical::regproc::text END AS canonical,
    CASE WHEN r.rngsubdiff <> 0 THEN r.rngsubdiff::regproc::text END AS subtype_diff,
    r.rngmultitypid::regtype::text AS multirange, --@ pg >= 140000
    quote_ident(tn.nspname) || '.' || quote_ident(CASE WHEN strpos(t.typname, 'range') > 0 THEN regexp_replace(t.typname, 'range', 'multirange') ELSE t.typname::text || '_multirange' END) AS multirange, --@ pg < 140000
    pg_get_userbyid(t.typowner) AS owner,
    NULL AS comment
FROM pg_type t
JOIN pg_namespace tn ON tn.oid = t.typnamespace
JOIN pg_range r ON r.rngtypid = t.oid
JOIN pg_type s ON s.oid = r.rngsubtype
JOIN pg_opclass o ON o.oid = r.rngsubopc
JOIN pg_namespace n ON n.oid = o.opcnamespace
WHERE t.oid >= 16384 AND t.typtype = 'r'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_type'::regclass AND e.objid = t.oid AND e.refclassid = 'pg_extension'::regclass AND e.deptype = 'e')
