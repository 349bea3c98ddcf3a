SELECT 'n' || s.stxnamespace::text AS _parent,
    s.stxname AS _name,
    's' || s.oid::text AS _id,
    coalesce(pg_get_statisticsobjdef(s.oid), chr(1)) AS definition,
    CASE WHEN s.stxstattarget >= 0 THEN s.stxstattarget END AS target,
    pg_get_userbyid(s.stxowner) AS owner,
    NULL AS comment
FROM pg_statistic_ext s
JOIN pg_class c ON c.oid = s.stxrelid AND c.relpersistence <> 't'
WHERE s.oid >= 16384
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_statistic_ext'::regclass AND e.objid = s.oid AND e.refclassid = 'pg_extension'::regclass AND e.deptype = 'e')
