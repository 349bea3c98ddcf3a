-- What this role lacks, beside what the model of the source names as gaps.
SELECT format('GRANT SELECT ON LARGE OBJECT %s TO %I', min(m.oid::bigint), current_user) AS name, --@ source
    format('%s large object(s) cannot be read; each needs it', count(*)) AS value, NULL AS more --@ source
FROM pg_catalog.pg_largeobject_metadata m, pg_catalog.pg_roles me --@ source
WHERE me.rolname = current_user AND NOT me.rolsuper AND NOT pg_catalog.pg_has_role(m.lomowner, 'USAGE') --@ source
  AND current_setting('lo_compat_privileges') <> 'on' --@ source
  AND NOT EXISTS (SELECT FROM pg_catalog.aclexplode(m.lomacl) x WHERE x.privilege_type = 'SELECT' --@ source
      AND (x.grantee = 0 OR pg_catalog.pg_has_role(x.grantee, 'USAGE'))) --@ source
HAVING count(*) > 0 --@ source
SELECT format('ALTER ROLE %I CREATEDB', r.rolname) AS name, 'a copy is loaded into a shadow database' AS value, 'shadow' AS more --@ target
FROM pg_catalog.pg_roles r WHERE r.rolname = current_user AND NOT (r.rolcreatedb OR r.rolsuper) --@ target
UNION ALL --@ target
SELECT format('GRANT %I TO %I', pg_catalog.pg_get_userbyid(d.datdba), r.rolname), --@ target
    format('only its owner may replace database "%s"; or ALTER DATABASE %I OWNER TO %I', d.datname, d.datname, r.rolname), 'shadow' --@ target
FROM pg_catalog.pg_database d, pg_catalog.pg_roles r --@ target
WHERE d.datname = pg_catalog.current_setting('dbtwin.database', true) AND r.rolname = current_user --@ target
  AND NOT r.rolsuper AND NOT pg_catalog.pg_has_role(d.datdba, 'MEMBER') --@ target
UNION ALL --@ target
SELECT format('GRANT pg_signal_backend TO %I', r.rolname), --@ target
    'sessions of other roles that block the swap are ended; without it, they must end by themselves', 'warning' --@ target
FROM pg_catalog.pg_roles r --@ target
WHERE r.rolname = current_user AND NOT r.rolsuper AND NOT pg_catalog.pg_has_role('pg_signal_backend', 'USAGE') --@ target
