SELECT x.extname AS _name,
    'ext' || x.oid::text AS _id,
    x.extversion AS version,
    n.nspname AS schema,
    pg_get_userbyid(x.extowner) AS owner,
    NULL AS comment
FROM pg_extension x
JOIN pg_namespace n ON n.oid = x.extnamespace
