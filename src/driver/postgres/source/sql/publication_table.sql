-- Its name is the table in SQL, or "TABLES IN SCHEMA name".
SELECT 'pub' || r.prpubid::text AS _parent,
    r.prrelid::regclass::text AS _name,
    'pr' || r.oid::text AS _id
    , (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) --@ pg >= 150000
        FROM pg_attribute a WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs::int2[])) AS columns --@ pg >= 150000
    , CASE WHEN r.prqual IS NOT NULL THEN coalesce(pg_get_expr(r.prqual, r.prrelid), chr(1)) END AS filter --@ pg >= 150000
    /* --@ pg >= 150000
    , NULL AS columns, NULL AS filter
    */ --@ pg >= 150000
FROM pg_publication_rel r
UNION ALL --@ pg >= 150000
SELECT 'pub' || n.pnpubid::text, 'TABLES IN SCHEMA ' || n.pnnspid::regnamespace::text, 'pn' || n.oid::text, NULL, NULL --@ pg >= 150000
FROM pg_publication_namespace n --@ pg >= 150000
