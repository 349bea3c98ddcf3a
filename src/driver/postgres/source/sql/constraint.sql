-- Constraints but foreign keys. A NOT NULL of PostgreSQL 18 is an object of its own only where it
-- says more than its column, whose name it then has: not valid, not passed on, or a comment. Another
-- name than the server would choose is kept in a copy ("names"), and is no drift: older versions
-- had no names.
SELECT CASE WHEN c.conrelid <> 0 THEN 'r' || c.conrelid::text ELSE 't' || c.contypid::text END AS _parent,
    CASE c.contype WHEN 'p' THEN 'primary_key' WHEN 'u' THEN 'unique' WHEN 'x' THEN 'exclusion'
        WHEN 'c' THEN 'check' ELSE 'not_null' END AS _kind,
    CASE WHEN c.contype <> 'n' THEN c.conname WHEN c.conrelid = 0 THEN 'VALUE' ELSE (
        SELECT a.attname FROM pg_attribute a WHERE a.attrelid = c.conrelid AND a.attnum = c.conkey[1]) END AS _name,
    'c' || c.oid::text AS _id,
    CASE WHEN c.contype IN ('p', 'u') AND cardinality(c.conkey) = 1 THEN (
        SELECT quote_ident(a.attname) FROM pg_attribute a WHERE a.attrelid = c.conrelid AND a.attnum = c.conkey[1])
    WHEN c.contype IN ('p', 'u') THEN (
        SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY k.n)
        FROM unnest(c.conkey) WITH ORDINALITY k(num, n)
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.num) END AS columns,
    CASE WHEN c.contype IN ('p', 'u') AND i.indnatts > i.indnkeyatts THEN (
        SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY k.n)
        FROM unnest(i.indkey) WITH ORDINALITY k(num, n)
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.num
        WHERE k.n > i.indnkeyatts) END AS include,
    CASE WHEN c.contype = 'u' THEN i.indnullsnotdistinct END AS nulls_not_distinct, --@ pg >= 150000
    CASE WHEN c.contype = 'u' THEN false END AS nulls_not_distinct, --@ pg < 150000
    CASE WHEN c.contype IN ('p', 'u') THEN c.conperiod END AS period, --@ pg >= 180000
    CASE WHEN c.contype IN ('p', 'u') THEN false END AS period, --@ pg < 180000
    CASE WHEN c.contype = 'x' THEN
        regexp_replace(coalesce(pg_get_constraintdef(c.oid), chr(1)), '( DEFERRABLE)?( INITIALLY DEFERRED)?$', '') END AS definition,
    CASE WHEN c.contype IN ('p', 'u', 'x') THEN c.condeferrable END AS deferrable,
    CASE WHEN c.contype IN ('p', 'u', 'x') THEN c.condeferred END AS deferred,
    s.spcname AS tablespace,
    CASE WHEN c.contype IN ('p', 'u', 'x') THEN i.indisclustered END AS clustered,
    CASE WHEN c.contype IN ('p', 'u', 'x') THEN i.indisvalid AND i.indisready AND i.indislive END AS valid,
    CASE WHEN c.contype = 'c' THEN coalesce(pg_get_expr(c.conbin, c.conrelid), chr(1)) END AS expression,
    CASE WHEN c.contype = 'n' THEN c.conname END AS "constraint",
    CASE WHEN c.contype IN ('c', 'n') THEN c.convalidated END AS validated,
    CASE WHEN c.contype = 'c' THEN c.conenforced END AS enforced, --@ pg >= 180000
    CASE WHEN c.contype = 'c' THEN true END AS enforced, --@ pg < 180000
    CASE WHEN c.contype IN ('c', 'n') THEN c.connoinherit END AS no_inherit,
    CASE WHEN c.contype = 'c' THEN c.conislocal END AS local,
    CASE WHEN c.contype <> 'n' THEN c.coninhcount END AS inherited,
    NULL AS comment
FROM pg_constraint c
LEFT JOIN pg_index i ON i.indexrelid = c.conindid AND c.contype IN ('p', 'u', 'x')
LEFT JOIN pg_class x ON x.oid = i.indexrelid AND x.reltablespace <> 0
LEFT JOIN pg_tablespace s ON s.oid = x.reltablespace
WHERE c.oid >= 16384
  AND (c.contype IN ('p', 'u', 'x', 'c')
    OR c.contype = 'n' AND (NOT c.convalidated OR c.connoinherit
      OR c.conrelid <> 0 AND EXISTS ( --@ names
        SELECT FROM pg_class r JOIN pg_attribute a ON a.attrelid = r.oid --@ names
        WHERE r.oid = c.conrelid AND a.attnum = c.conkey[1] AND (c.conislocal OR r.relispartition) --@ names
          AND c.conname <> r.relname::text || '_' || a.attname::text || '_not_null' --@ names
          AND octet_length(r.relname::text || '_' || a.attname::text || '_not_null') < 64) --@ names
      OR EXISTS (SELECT FROM pg_description d WHERE d.classoid = 'pg_constraint'::regclass AND d.objoid = c.oid)))
