SELECT w.fdwname AS _name,
    'fdw' || w.oid::text AS _id,
    CASE WHEN w.fdwhandler <> 0 THEN w.fdwhandler::regproc::text END AS handler,
    CASE WHEN w.fdwvalidator <> 0 THEN w.fdwvalidator::regproc::text END AS validator,
    pg_get_userbyid(w.fdwowner) AS owner,
    NULL AS comment
FROM pg_foreign_data_wrapper w
WHERE w.oid >= 16384
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_foreign_data_wrapper'::regclass AND e.objid = w.oid AND e.refclassid = 'pg_extension'::regclass AND e.deptype = 'e')
