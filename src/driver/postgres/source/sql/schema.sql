-- Schemas; those of extensions come with the extension, unless somebody else's objects stand in them.
SELECT n.nspname AS _name, 'n' || n.oid::text AS _id, x.extname AS extension, pg_get_userbyid(n.nspowner) AS owner,
    n.oid = 2200 AND n.nspowner = 10 AS initial_owner, --@ pg < 150000
    n.oid = 2200 AND n.nspowner = 'pg_database_owner'::regrole AS initial_owner, --@ pg >= 150000
    NULL AS comment
FROM pg_namespace n
LEFT JOIN pg_depend e ON e.classid = 'pg_namespace'::regclass AND e.objid = n.oid AND e.refclassid = 'pg_extension'::regclass AND e.deptype = 'e'
LEFT JOIN pg_extension x ON x.oid = e.refobjid
WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'dbtwin')
  AND (x.oid IS NULL OR EXISTS (
    SELECT FROM pg_depend d
    WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = n.oid AND d.deptype = 'n' AND d.classid <> 'pg_extension'::regclass
      AND NOT EXISTS (SELECT FROM pg_depend m WHERE m.classid = d.classid AND m.objid = d.objid AND m.deptype = 'e')))
