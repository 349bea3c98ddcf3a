-- pg_get_indexdef is dear, so only expressions are asked of it. What a key's own row of pg_attribute
-- says is rare (options of its operator class, a statistics target; "index_options") or also said by
-- pg_index; what is the same for all keys of an index is worked out once (OFFSET 0).
SELECT i.id AS _parent,
    k.n AS _name,
    CASE WHEN k.num <> 0 THEN quote_ident(a.attname)
        ELSE (SELECT CASE WHEN e.def LIKE '(%' OR e.def = chr(1) THEN e.def ELSE '(' || e.def::text || ')' END
            FROM (SELECT coalesce(pg_get_indexdef(i.indexrelid, k.n::integer, false), chr(1)) AS def OFFSET 0) e) END AS expression,
    CASE WHEN i.indcollation[k.n - 1] <> 0 AND i.indcollation[k.n - 1] <> coalesce(a.attcollation, (
            SELECT t.typcollation FROM pg_attribute x JOIN pg_type t ON t.oid = x.atttypid WHERE x.attrelid = i.indexrelid AND x.attnum = k.n))
        THEN i.indcollation[k.n - 1]::regcollation::text END AS collation,
    CASE WHEN NOT o.opcdefault
        OR x.attoptions IS NOT NULL AND NOT (cardinality(x.attoptions) = 1 AND x.attoptions[1] LIKE 'pg\_attver=%') --@ index_options
        THEN o.name::text
            || coalesce((SELECT ' (' || string_agg(quote_ident(p.option_name) || '=' || quote_literal(p.option_value), ', ') || ')' --@ index_options
                FROM pg_options_to_table(x.attoptions) p WHERE p.option_name <> 'pg_attver'), '') --@ index_options
        END AS opclass,
    coalesce(i.indoption[k.n - 1] & 1, 0) AS descending,
    coalesce((i.indoption[k.n - 1] >> 1) & 1, 0) AS nulls_first,
    k.n > i.indnkeyatts AS included,
    /* --@ index_options
    NULL AS statistics
    */ --@ index_options
    CASE WHEN x.attstattarget >= 0 THEN x.attstattarget END AS statistics --@ index_options
FROM (SELECT x.*, 'r' || x.indexrelid::text AS id
    FROM pg_index x
    JOIN pg_class c ON c.oid = x.indrelid AND c.relkind IN ('r', 'p', 'm') AND c.relpersistence <> 't'
    WHERE x.indrelid >= 16384
      AND NOT EXISTS (SELECT FROM pg_constraint q WHERE q.conindid = x.indexrelid AND q.contype IN ('p', 'u', 'x'))
    OFFSET 0) i
CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY k(num, n)
LEFT JOIN LATERAL (SELECT t.attname, t.attcollation FROM pg_attribute t
    WHERE t.attrelid = i.indrelid AND t.attnum = k.num AND t.attnum <> 0 OFFSET 0) a ON true
LEFT JOIN (SELECT o.oid, o.opcdefault, quote_ident(n.nspname) || '.' || quote_ident(o.opcname) AS name
    FROM pg_opclass o JOIN pg_namespace n ON n.oid = o.opcnamespace OFFSET 0) o ON o.oid = i.indclass[k.n - 1]
LEFT JOIN pg_attribute x ON x.attrelid = i.indexrelid AND x.attnum = k.n --@ index_options
