-- Settings of the database (ALTER DATABASE, ALTER ROLE IN DATABASE) and of routines.
-- A setting for one role is named "<setting> for <role>".
SELECT NULL AS _parent,
    split_part(v.item, '=', 1) || CASE WHEN s.setrole = 0 THEN '' ELSE ' for ' || pg_get_userbyid(s.setrole)::text END AS _name,
    CASE WHEN s.setrole <> 0 THEN pg_get_userbyid(s.setrole) END AS role,
    substr(v.item, strpos(v.item, '=') + 1) AS value
FROM pg_db_role_setting s, unnest(s.setconfig) v(item)
WHERE s.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
UNION ALL
SELECT 'f' || p.oid::text, split_part(v.item, '=', 1), NULL, substr(v.item, strpos(v.item, '=') + 1)
FROM pg_proc p, unnest(p.proconfig) v(item)
WHERE p.oid >= 16384
