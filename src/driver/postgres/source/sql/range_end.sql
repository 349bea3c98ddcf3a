-- Where to cut the queries whose functions lock the relations that a view, rule, policy or SQL body
-- reads (see introspect.c): ranges that lock an eighth of what fits into the server's lock table, and
-- no more than 500 relations. Query, and the last oid of each range.
WITH reads AS (
    SELECT CASE WHEN w.rulename <> '_RETURN' THEN 'rule' WHEN c.relkind = 'v' THEN 'view' ELSE 'materialized_view' END AS query,
        CASE WHEN w.rulename <> '_RETURN' THEN w.oid ELSE c.oid END AS oid,
        d.refobjid
    FROM pg_depend d
    JOIN pg_rewrite w ON w.oid = d.objid
    JOIN pg_class c ON c.oid = w.ev_class
    WHERE d.classid = 'pg_rewrite'::regclass AND d.objid >= 16384 AND d.refclassid = 'pg_class'::regclass
    UNION
    SELECT CASE WHEN d.classid = 'pg_policy'::regclass THEN 'policy' ELSE 'routine' END, d.objid, d.refobjid
    FROM pg_depend d
    WHERE d.classid IN ('pg_policy'::regclass, 'pg_proc'::regclass) AND d.objid >= 16384 AND d.refclassid = 'pg_class'::regclass),
numbered AS (
    SELECT query, oid, sum(count(*)) OVER (PARTITION BY query ORDER BY oid)::bigint / least(500, greatest(10,
        current_setting('max_locks_per_transaction')::bigint
        * (current_setting('max_connections')::bigint + current_setting('max_prepared_transactions')::bigint) / 8)) AS range
    FROM reads GROUP BY query, oid)
SELECT query, max(oid) AS last
FROM numbered
GROUP BY query, range
ORDER BY query, max(oid)
