SELECT l.lanname AS _name,
    'lan' || l.oid::text AS _id,
    l.lanpltrusted AS trusted,
    nullif(l.lanplcallfoid, 0)::regproc::text AS handler,
    nullif(l.laninline, 0)::regproc::text AS inline,
    nullif(l.lanvalidator, 0)::regproc::text AS validator,
    pg_get_userbyid(l.lanowner) AS owner,
    NULL AS comment
FROM pg_language l
WHERE l.oid >= 16384 AND l.lanispl
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_language'::regclass AND e.objid = l.oid AND e.refclassid = 'pg_extension'::regclass AND e.deptype = 'e')
