-- Storage options of relations (those of their TOAST table as toast.*) and of indexes, options of
-- views, of columns, of foreign tables (their columns' own as attribute.*, for the wrapper may know the
-- same words) and of foreign-data wrappers. The server's own mark
-- pg_attver=N, which some minor versions put on every column, is none.
SELECT 'r' || f.ftrelid::text AS _parent, o.option_name AS _name, o.option_value AS value
FROM pg_foreign_table f, pg_options_to_table(f.ftoptions) o
UNION ALL
SELECT 'fdw' || w.oid::text, o.option_name, o.option_value
FROM pg_foreign_data_wrapper w, pg_options_to_table(w.fdwoptions) o
UNION ALL --@ relation_options
SELECT CASE WHEN k.oid IS NOT NULL THEN 'c' || k.oid::text ELSE 'r' || c.oid::text END, --@ relation_options
    o.option_name, o.option_value --@ relation_options
FROM pg_class c --@ relation_options
LEFT JOIN pg_constraint k ON c.relkind IN ('i', 'I') AND k.conindid = c.oid AND k.contype IN ('p', 'u', 'x'), --@ relation_options
    pg_options_to_table(c.reloptions) o --@ relation_options
WHERE c.oid >= 16384 AND c.relkind <> 't' AND c.reloptions IS NOT NULL --@ relation_options
UNION ALL --@ relation_options
SELECT 'r' || c.oid::text, 'toast.' || o.option_name::text, o.option_value --@ relation_options
FROM pg_class t --@ relation_options
JOIN pg_class c ON c.reltoastrelid = t.oid, --@ relation_options
    pg_options_to_table(t.reloptions) o --@ relation_options
WHERE t.relkind = 't' AND t.reloptions IS NOT NULL --@ relation_options
UNION ALL --@ column_options
SELECT 'r' || a.attrelid::text || '.' || a.attnum::text, o.option_name, o.option_value --@ column_options
FROM pg_attribute a, LATERAL ( --@ column_options
    SELECT CASE WHEN EXISTS (SELECT FROM pg_foreign_table f WHERE f.ftrelid = a.attrelid) THEN 'attribute.' ELSE '' END --@ column_options
        || t.option_name::text AS option_name, t.option_value --@ column_options
    FROM pg_options_to_table(a.attoptions) t WHERE t.option_name <> 'pg_attver' --@ column_options
    UNION ALL --@ column_options
    SELECT * FROM pg_options_to_table(a.attfdwoptions)) o --@ column_options
WHERE a.attrelid >= 16384 AND ((a.attoptions IS NOT NULL AND NOT (cardinality(a.attoptions) = 1 AND a.attoptions[1] LIKE 'pg\_attver=%')) --@ column_options
    OR a.attfdwoptions IS NOT NULL) --@ column_options
