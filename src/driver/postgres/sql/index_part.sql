-- pg_get_indexdef is dear, so only expressions are asked of it.
SELECT 'r' || i.indexrelid AS _parent,
    k.attnum AS _name,
    CASE WHEN i.indkey[k.attnum - 1] <> 0 THEN quote_ident(a.attname)
        ELSE (SELECT CASE WHEN e.def LIKE '(%' OR e.def = chr(1) THEN e.def ELSE '(' || e.def || ')' END
            FROM (SELECT coalesce(pg_get_indexdef(i.indexrelid, k.attnum, false), chr(1)) AS def OFFSET 0) e) END AS expression,
    CASE WHEN k.attcollation <> 0 AND k.attcollation <> coalesce(a.attcollation, t.typcollation)
        THEN k.attcollation::regcollation::text END AS collation,
    CASE WHEN NOT o.opcdefault OR k.attoptions IS NOT NULL AND NOT (cardinality(k.attoptions) = 1 AND k.attoptions[1] LIKE 'pg\_attver=%')
        THEN quote_ident(n.nspname) || '.' || quote_ident(o.opcname)
            || coalesce((SELECT ' (' || string_agg(quote_ident(p.option_name) || '=' || quote_literal(p.option_value), ', ') || ')'
                FROM pg_options_to_table(k.attoptions) p WHERE p.option_name <> 'pg_attver'), '') END AS opclass,
    coalesce(i.indoption[k.attnum - 1] & 1, 0) AS descending,
    coalesce((i.indoption[k.attnum - 1] >> 1) & 1, 0) AS nulls_first,
    k.attnum > i.indnkeyatts AS included,
    CASE WHEN k.attstattarget >= 0 THEN k.attstattarget END AS statistics
FROM pg_index i
JOIN pg_class c ON c.oid = i.indrelid AND c.relkind IN ('r', 'p', 'm') AND c.relpersistence <> 't'
JOIN pg_attribute k ON k.attrelid = i.indexrelid
JOIN pg_type t ON t.oid = k.atttypid
LEFT JOIN LATERAL (SELECT t.attname, t.attcollation FROM pg_attribute t
    WHERE t.attrelid = i.indrelid AND t.attnum = i.indkey[k.attnum - 1] AND t.attnum <> 0 OFFSET 0) a ON true
LEFT JOIN pg_opclass o ON o.oid = i.indclass[k.attnum - 1]
LEFT JOIN pg_namespace n ON n.oid = o.opcnamespace
WHERE i.indrelid >= 16384
  AND NOT EXISTS (SELECT FROM pg_constraint q WHERE q.conindid = i.indexrelid AND q.contype IN ('p', 'u', 'x'))
