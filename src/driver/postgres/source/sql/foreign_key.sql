-- A foreign key to a partitioned table has a copy for each partition: those are not listed.
SELECT 'r' || c.conrelid::text AS _parent,
    c.conname AS _name,
    'c' || c.oid::text AS _id,
    (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY k.n)
        FROM unnest(c.conkey) WITH ORDINALITY k(num, n)
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.num) AS columns,
    c.confrelid::regclass::text AS "references",
    (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY k.n)
        FROM unnest(c.confkey) WITH ORDINALITY k(num, n)
        JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.num) AS ref_columns,
    CASE c.confmatchtype WHEN 'f' THEN 'full' WHEN 'p' THEN 'partial' ELSE 'simple' END AS match,
    CASE c.confupdtype WHEN 'a' THEN 'no action' WHEN 'r' THEN 'restrict' WHEN 'c' THEN 'cascade'
        WHEN 'n' THEN 'set null' ELSE 'set default' END AS on_update,
    CASE c.confdeltype WHEN 'a' THEN 'no action' WHEN 'r' THEN 'restrict' WHEN 'c' THEN 'cascade'
        WHEN 'n' THEN 'set null' ELSE 'set default' END AS on_delete,
    (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY k.n) --@ pg >= 150000
        FROM unnest(c.confdelsetcols) WITH ORDINALITY k(num, n) --@ pg >= 150000
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.num) AS on_delete_columns, --@ pg >= 150000
    NULL AS on_delete_columns, --@ pg < 150000
    c.conperiod AS period, --@ pg >= 180000
    false AS period, --@ pg < 180000
    c.condeferrable AS deferrable,
    c.condeferred AS deferred,
    c.convalidated AS validated,
    c.conenforced AS enforced, --@ pg >= 180000
    true AS enforced, --@ pg < 180000
    c.coninhcount AS inherited,
    NULL AS comment
FROM pg_constraint c
LEFT JOIN pg_constraint p ON p.oid = c.conparentid
WHERE c.oid >= 16384 AND c.contype = 'f'
  AND (p.oid IS NULL OR p.conrelid <> c.conrelid)
