-- Parents of inherited tables; a partition's parent is a property of the partition.
SELECT 'r' || i.inhrelid::text AS _parent, i.inhparent::regclass::text AS _name, i.inhseqno AS position
FROM pg_inherits i
JOIN pg_class c ON c.oid = i.inhrelid AND c.relkind IN ('r', 'p', 'f') AND NOT c.relispartition
