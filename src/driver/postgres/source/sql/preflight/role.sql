SELECT r.rolname AS name, --@ target
    CASE WHEN me.rolsuper OR r.rolname = 'pg_database_owner' --@ target
        OR pg_catalog.pg_has_role(current_user, r.oid, 'MEMBER') --@ target and pg < 160000
        OR pg_catalog.pg_has_role(current_user, r.oid, 'SET') --@ target and pg >= 160000
        THEN 'yes' ELSE 'no' END AS value, CASE WHEN r.rolsuper THEN 'superuser' END AS more --@ target
FROM pg_catalog.pg_roles r, pg_catalog.pg_roles me --@ target
WHERE me.rolname = current_user --@ target
