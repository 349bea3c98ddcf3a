-- Indexes; those of constraints come with the constraint.
SELECT 'r' || i.indrelid::text AS _parent,
    x.relname AS _name,
    'r' || x.oid::text AS _id,
    i.indisunique AS "unique",
    m.amname AS method,
    CASE WHEN i.indpred IS NOT NULL THEN coalesce(pg_get_expr(i.indpred, i.indrelid), chr(1)) END AS predicate,
    i.indnullsnotdistinct AS nulls_not_distinct, --@ pg >= 150000
    false AS nulls_not_distinct, --@ pg < 150000
    i.indisvalid AND i.indisready AND i.indislive AS valid,
    CASE WHEN x.relispartition THEN h.inhparent::regclass::text END AS partition_of,
    s.spcname AS tablespace,
    i.indisclustered AS clustered,
    NULL AS comment
FROM pg_index i
JOIN pg_class x ON x.oid = i.indexrelid
JOIN pg_class c ON c.oid = i.indrelid AND c.relkind IN ('r', 'p', 'm') AND c.relpersistence <> 't'
JOIN pg_am m ON m.oid = x.relam
LEFT JOIN pg_tablespace s ON s.oid = x.reltablespace
LEFT JOIN pg_inherits h ON x.relispartition AND h.inhrelid = x.oid
WHERE i.indrelid >= 16384
  AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
