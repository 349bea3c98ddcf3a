SELECT x.extname AS name, x.extversion AS value, n.nspname AS more --@ source
FROM pg_catalog.pg_extension x JOIN pg_catalog.pg_namespace n ON n.oid = x.extnamespace --@ source
SELECT name, version AS value, CASE WHEN superuser AND NOT trusted THEN 'superuser' END AS more --@ target
FROM pg_catalog.pg_available_extension_versions --@ target
ORDER BY 1, 2
