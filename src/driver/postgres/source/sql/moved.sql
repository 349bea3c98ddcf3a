-- Whether what was read is one state. Rows come from the snapshot, but the server's own texts (of
-- views, types, names) from the newest catalog: they fit together when no row that the snapshot sees
-- was changed or dropped since by a transaction that has committed. One such row, or none. Of
-- pg_class only the name is told by such texts: TRUNCATE and REFRESH change other things all day.
WITH base AS (SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS xmin),
changed AS (
    SELECT 'relation ' || c.relname::text AS what, c.xmax AS xid
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.xmax <> '0' AND c.oid >= 16384 AND c.relpersistence <> 't' AND c.relkind <> 't'
      AND c.oid::regclass::text <> quote_ident(n.nspname) || '.' || quote_ident(c.relname)
    UNION ALL SELECT 'column ' || a.attname::text, a.xmax
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE a.xmax <> '0' AND a.attrelid >= 16384 AND c.relpersistence <> 't' AND c.relkind <> 't'
    UNION ALL SELECT 'default of column ' || d.adnum::text, d.xmax
    FROM pg_attrdef d JOIN pg_class c ON c.oid = d.adrelid WHERE d.xmax <> '0' AND c.relpersistence <> 't'
    UNION ALL SELECT 'index ' || c.relname::text, i.xmax
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE i.xmax <> '0' AND i.indexrelid >= 16384 AND c.relpersistence <> 't' AND c.relnamespace <> 'pg_toast'::regnamespace
    UNION ALL SELECT 'constraint ' || o.conname::text, o.xmax
    FROM pg_constraint o LEFT JOIN pg_class c ON c.oid = o.conrelid
    WHERE o.xmax <> '0' AND o.oid >= 16384 AND c.relpersistence IS DISTINCT FROM 't'
    UNION ALL SELECT 'rule ' || w.rulename::text, w.xmax
    FROM pg_rewrite w JOIN pg_class c ON c.oid = w.ev_class WHERE w.xmax <> '0' AND w.oid >= 16384 AND c.relpersistence <> 't'
    UNION ALL SELECT 'trigger ' || t.tgname::text, t.xmax
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE t.xmax <> '0' AND c.relpersistence <> 't'
    UNION ALL SELECT 'type ' || t.typname::text, t.xmax
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
    WHERE t.xmax <> '0' AND t.oid >= 16384 AND n.nspname !~ '^pg_'
    UNION ALL SELECT 'function ' || p.proname::text, p.xmax FROM pg_proc p WHERE p.xmax <> '0' AND p.oid >= 16384
    UNION ALL SELECT 'policy ' || p.polname::text, p.xmax FROM pg_policy p WHERE p.xmax <> '0'
    UNION ALL SELECT 'statistics ' || s.stxname::text, s.xmax FROM pg_statistic_ext s WHERE s.xmax <> '0'
    UNION ALL SELECT 'partition', i.xmax
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.xmax <> '0' AND c.relpersistence <> 't'
    UNION ALL SELECT 'schema ' || n.nspname::text, n.xmax FROM pg_namespace n WHERE n.xmax <> '0' AND n.nspname !~ '^pg_'
    UNION ALL SELECT 'operator ' || o.oprname::text, o.xmax FROM pg_operator o WHERE o.xmax <> '0' AND o.oid >= 16384
    UNION ALL SELECT 'operator class ' || o.opcname::text, o.xmax FROM pg_opclass o WHERE o.xmax <> '0' AND o.oid >= 16384
    UNION ALL SELECT 'collation ' || o.collname::text, o.xmax FROM pg_collation o WHERE o.xmax <> '0' AND o.oid >= 16384),
-- How far behind the snapshot's oldest transaction the one that did it is, across a wraparound.
aged AS (
    SELECT what, xmin, mod(xid::text::bigint - mod(xmin, 4294967296) + 6442450944, 4294967296) - 2147483648 AS since
    FROM changed, base)
SELECT what FROM aged
WHERE CASE WHEN since >= 0 THEN pg_xact_status((xmin + since)::text::xid8) = 'committed' END
LIMIT 1
