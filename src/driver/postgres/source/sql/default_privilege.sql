-- An entry of the whole database replaces the built-in privileges, so it is told as what differs
-- from those; an entry of a schema adds to them.
WITH entry AS (
    SELECT oid, defaclrole AS role, defaclnamespace AS nsp, defaclobjtype AS type, defaclacl AS acl,
        acldefault(CASE defaclobjtype WHEN 'S' THEN 's' ELSE defaclobjtype END, defaclrole) AS builtin
    FROM pg_default_acl),
given AS (
    SELECT e.oid, x.grantee, string_agg(x.privilege_type::text || CASE WHEN x.is_grantable THEN '*' ELSE '' END, ', '
        ORDER BY x.privilege_type) AS privileges
    FROM entry e, aclexplode(e.acl) x GROUP BY e.oid, x.grantee),
builtin AS (
    SELECT e.oid, x.grantee, string_agg(x.privilege_type::text || CASE WHEN x.is_grantable THEN '*' ELSE '' END, ', '
        ORDER BY x.privilege_type) AS privileges
    FROM entry e, aclexplode(e.builtin) x WHERE e.nsp = 0 GROUP BY e.oid, x.grantee),
named AS (
    SELECT e.nsp, pg_get_userbyid(e.role)::text AS role,
        CASE e.type WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions' WHEN 'T' THEN 'types'
            WHEN 'n' THEN 'schemas' ELSE 'large objects' END AS objects,
        CASE WHEN d.grantee = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(d.grantee)::text END AS grantee,
        d.now AS privileges
    FROM entry e
    JOIN (SELECT oid, grantee, coalesce(g.privileges, '') AS now, coalesce(b.privileges, '') AS before
        FROM given g FULL JOIN builtin b USING (oid, grantee)) d ON d.oid = e.oid
    WHERE d.now <> d.before)
SELECT CASE WHEN nsp <> 0 THEN 'n' || nsp::text END AS _parent,
    role || ', ' || objects || ', ' || grantee AS _name,
    role, objects, grantee, privileges
FROM named
