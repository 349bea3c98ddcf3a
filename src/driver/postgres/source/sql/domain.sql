SELECT 'n' || t.typnamespace::text AS _parent,
    t.typname AS _name,
    't' || t.oid::text AS _id,
    format_type(t.typbasetype, t.typtypmod) AS type,
    CASE WHEN t.typcollation <> b.typcollation THEN t.typcollation::regcollation::text END AS collation,
    t.typnotnull AS not_null,
    coalesce(pg_get_expr(t.typdefaultbin, 0), quote_literal(t.typdefault)) AS "default",
    pg_get_userbyid(t.typowner) AS owner,
    NULL AS comment
FROM pg_type t
JOIN pg_type b ON b.oid = t.typbasetype
WHERE t.oid >= 16384 AND t.typtype = 'd'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_type'::regclass AND e.objid = t.oid AND e.refclassid = 'pg_extension'::regclass AND e.deptype = 'e')
