-- Schemas; those of extensions come with the extension.
SELECT n.nspname AS _name, 'n' || n.oid AS _id, pg_get_userbyid(n.nspowner) AS owner, NULL AS comment
FROM pg_namespace n
WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'dbtwin')
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_namespace'::regclass AND e.objid = n.oid AND e.deptype = 'e')
