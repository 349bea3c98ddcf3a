SELECT CASE WHEN t.typrelid <> 0 THEN 'r' || t.typrelid::text ELSE v.prefix::text || l.objoid::text END
        || CASE WHEN l.objsubid <> 0 THEN '.' || l.objsubid::text ELSE '' END AS _parent,
    l.provider AS _name, l.label AS label
FROM pg_seclabel l
JOIN (VALUES ('pg_namespace', 'n'), ('pg_class', 'r'), ('pg_type', 't'), ('pg_proc', 'f'), ('pg_language', 'lan'),
        ('pg_publication', 'pub'), ('pg_event_trigger', 'evt')) v(class, prefix)
    ON l.classoid = ('pg_catalog.' || v.class::text)::regclass
LEFT JOIN pg_type t ON l.classoid = 'pg_type'::regclass AND t.oid = l.objoid AND t.typtype = 'c'
UNION ALL
SELECT 'sub' || l.objoid::text, l.provider, l.label
FROM pg_shseclabel l
WHERE l.classoid = 'pg_subscription'::regclass
UNION ALL
SELECT NULL, l.provider, l.label
FROM pg_shseclabel l
WHERE l.classoid = 'pg_database'::regclass AND l.objoid = (SELECT oid FROM pg_database WHERE datname = current_database())
