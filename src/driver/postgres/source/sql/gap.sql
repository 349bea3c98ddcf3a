-- What this role cannot see or read; "data" says that rows are to be copied or compared.
WITH ns AS (
    SELECT n.oid, CASE WHEN n.nspname ~ '[."\\]|[[:cntrl:]]' THEN '"' || replace(n.nspname, '"', '""') || '"' ELSE n.nspname END AS path,
        quote_ident(n.nspname) AS quoted,
        has_schema_privilege(n.oid, 'USAGE') AS usable
    FROM pg_namespace n
    WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'dbtwin')),
rel AS (
    SELECT c.oid, c.relkind, c.relrowsecurity, ns.usable, ns.oid AS nsp, ns.path AS within, ns.quoted AS schema,
        ns.path::text || '.' || CASE WHEN c.relname ~ '[."\\]|[[:cntrl:]]' OR c.relname = ''
            THEN '"' || replace(c.relname, '"', '""') || '"' ELSE c.relname END AS path
    FROM pg_class c JOIN ns ON ns.oid = c.relnamespace
    WHERE c.relpersistence <> 't' AND c.relkind IN ('r', 'p', 'm', 'S')
      AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid
        AND e.refclassid = 'pg_extension'::regclass AND e.deptype = 'e')
      -- Superusers may read everything, and asking for each table is dear.
      AND NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user))
SELECT 'user_mapping' AS kind, CASE WHEN s.srvname ~ '[."\\]|[[:cntrl:]]' THEN '"' || replace(s.srvname, '"', '""') || '"' ELSE s.srvname END || '.'
    || CASE WHEN u.umuser = 0 THEN 'PUBLIC' WHEN u.usename ~ '[."\\]|[[:cntrl:]]' THEN '"' || replace(u.usename, '"', '""') || '"' ELSE u.usename END AS path,
    'only superusers, the user itself and the server''s owner can read its options' AS why, NULL AS within, NULL AS many
FROM pg_user_mappings u JOIN pg_foreign_server s ON s.oid = u.srvid
WHERE u.umoptions IS NULL AND NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
UNION ALL
SELECT 'grant', ns.path::text || '.' || CASE WHEN t.typname ~ '[."\\]|[[:cntrl:]]' THEN '"' || replace(t.typname, '"', '""') || '"' ELSE t.typname END,
    'privileges on its row type are not compared', NULL, NULL
FROM pg_type t
JOIN pg_class c ON c.oid = t.typrelid AND c.relkind <> 'c'
JOIN ns ON ns.oid = t.typnamespace
WHERE t.typacl IS NOT NULL AND t.oid >= 16384
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid
    AND e.refclassid = 'pg_extension'::regclass AND e.deptype = 'e')
UNION ALL --@ data
SELECT 'schema', ns.path, --@ data
    'permission denied for USAGE (copy and verify need it): GRANT USAGE ON SCHEMA ' || ns.quoted::text || ' TO ' || quote_ident(current_user), --@ data
    NULL, NULL --@ data
FROM ns --@ data
WHERE NOT ns.usable AND EXISTS (SELECT FROM rel WHERE rel.nsp = ns.oid AND rel.relkind IN ('r', 'p')) --@ data
UNION ALL --@ data
SELECT 'table', path, --@ data
    'permission denied for SELECT (copy and verify need it): GRANT SELECT ON ' || oid::regclass::text || ' TO ' || quote_ident(current_user), --@ data
    within, 'permission denied for SELECT (copy and verify need it): GRANT SELECT ON ALL TABLES IN SCHEMA ' || schema || ' TO ' || quote_ident(current_user) --@ data
FROM rel --@ data
WHERE relkind IN ('r', 'p') AND NOT has_table_privilege(oid, 'SELECT') --@ data
UNION ALL --@ data
SELECT 'sequence', path, --@ data
    'permission denied for its position: GRANT SELECT ON SEQUENCE ' || oid::regclass::text || ' TO ' || quote_ident(current_user), --@ data
    within, 'permission denied for their positions: GRANT SELECT ON ALL SEQUENCES IN SCHEMA ' || schema || ' TO ' || quote_ident(current_user) --@ data
FROM rel --@ data
WHERE CASE WHEN relkind = 'S' AND usable THEN NOT has_sequence_privilege(oid, 'SELECT') END --@ data
UNION ALL --@ data
SELECT 'table', path, 'row-level security hides rows from ' || current_user::text || ': use its owner, or ALTER ROLE ' --@ data
    || quote_ident(current_user) || ' BYPASSRLS', NULL, NULL --@ data
FROM rel --@ data
WHERE relrowsecurity AND has_table_privilege(oid, 'SELECT') AND NOT (SELECT rolbypassrls OR rolsuper FROM pg_roles WHERE rolname = current_user) --@ data
  AND NOT EXISTS (SELECT FROM pg_class o WHERE o.oid = rel.oid AND pg_has_role(o.relowner, 'USAGE') AND NOT o.relforcerowsecurity) --@ data
UNION ALL --@ data
SELECT 'table', ns.path::text || '.' || CASE WHEN c.relname ~ '[."\\]|[[:cntrl:]]' THEN '"' || replace(c.relname, '"', '""') || '"' ELSE c.relname END, --@ data
    'it is unlogged, and a standby has none of its rows: read it from the primary', NULL, NULL --@ data
FROM pg_class c JOIN ns ON ns.oid = c.relnamespace --@ data
WHERE c.relpersistence = 'u' AND c.relkind = 'r' AND pg_is_in_recovery() --@ data
UNION ALL --@ pg >= 140000
SELECT 'table', ns.path::text || '.' || CASE WHEN c.relname ~ '[."\\]|[[:cntrl:]]' THEN '"' || replace(c.relname, '"', '""') || '"' ELSE c.relname END, --@ pg >= 140000
    'is being detached from ' || h.inhparent::regclass::text || ' (DETACH ... PENDING), neither a partition nor none: ALTER TABLE ' --@ pg >= 140000
    || h.inhparent::regclass::text || ' DETACH PARTITION ' || c.oid::regclass::text || ' FINALIZE', NULL, NULL --@ pg >= 140000
FROM pg_inherits h JOIN pg_class c ON c.oid = h.inhrelid JOIN ns ON ns.oid = c.relnamespace --@ pg >= 140000
WHERE h.inhdetachpending --@ pg >= 140000
UNION ALL --@ data
SELECT 'extension_rows', x.extname::text || '.' || '"' || replace(quote_ident(n.nspname::text) || '.' || quote_ident(c.relname::text), '"', '""') || '"', --@ data
    'permission denied for SELECT (copy and verify need it): GRANT SELECT ON ' || c.oid::regclass::text || ' TO ' || quote_ident(current_user::text), NULL, NULL --@ data
FROM pg_extension x, unnest(x.extconfig) AS e(oid), pg_class c, pg_namespace n --@ data
WHERE c.oid = e.oid AND n.oid = c.relnamespace AND c.relkind IN ('r', 'p', 'S') AND x.extname <> 'pg_cron' --@ data
  AND NOT CASE WHEN NOT has_schema_privilege(n.oid, 'USAGE') THEN false WHEN c.relkind = 'S' THEN has_sequence_privilege(c.oid, 'SELECT') --@ data
      ELSE has_table_privilege(c.oid, 'SELECT') END --@ data
