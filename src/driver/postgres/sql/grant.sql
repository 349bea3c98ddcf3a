-- What differs from the privileges that an object is born with.
WITH holder AS (
    SELECT CASE c.relkind WHEN 'c' THEN NULL ELSE 'r' || c.oid END AS id, c.relowner AS owner, c.relacl AS acl,
        acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner) AS builtin
    FROM pg_class c WHERE c.oid >= 16384 AND c.relacl IS NOT NULL
    UNION ALL
    SELECT 'r' || a.attrelid || '.' || a.attnum, c.relowner, a.attacl, acldefault('c', c.relowner)
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE a.attrelid >= 16384 AND a.attacl IS NOT NULL AND NOT a.attisdropped
    UNION ALL
    SELECT 'f' || p.oid, p.proowner, p.proacl, acldefault('f', p.proowner)
    FROM pg_proc p WHERE p.oid >= 16384 AND p.proacl IS NOT NULL
    UNION ALL
    SELECT CASE WHEN t.typtype = 'c' THEN 'r' || t.typrelid ELSE 't' || t.oid END, t.typowner, t.typacl, acldefault('T', t.typowner)
    FROM pg_type t WHERE t.oid >= 16384 AND t.typacl IS NOT NULL
    UNION ALL
    SELECT 'n' || n.oid, n.nspowner, n.nspacl, acldefault('n', n.nspowner)
    FROM pg_namespace n WHERE n.nspacl IS NOT NULL
    UNION ALL
    SELECT 'lan' || l.oid, l.lanowner, l.lanacl, acldefault('l', l.lanowner)
    FROM pg_language l WHERE l.oid >= 16384 AND l.lanacl IS NOT NULL
    UNION ALL
    SELECT 'fdw' || w.oid, w.fdwowner, w.fdwacl, acldefault('F', w.fdwowner)
    FROM pg_foreign_data_wrapper w WHERE w.fdwacl IS NOT NULL
    UNION ALL
    SELECT 'srv' || s.oid, s.srvowner, s.srvacl, acldefault('S', s.srvowner)
    FROM pg_foreign_server s WHERE s.srvacl IS NOT NULL),
given AS (
    SELECT h.id, h.owner, x.grantee, x.grantor, string_agg(x.privilege_type || CASE WHEN x.is_grantable THEN '*' ELSE '' END, ', '
        ORDER BY x.privilege_type) AS privileges
    FROM holder h, aclexplode(h.acl) x GROUP BY h.id, h.owner, x.grantee, x.grantor),
builtin AS (
    SELECT h.id, h.owner, x.grantee, x.grantor, string_agg(x.privilege_type || CASE WHEN x.is_grantable THEN '*' ELSE '' END, ', '
        ORDER BY x.privilege_type) AS privileges
    FROM holder h, aclexplode(h.builtin) x GROUP BY h.id, h.owner, x.grantee, x.grantor),
named AS (
    SELECT id, grantor = owner AS by_owner,
        CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(grantee) END AS grantee,
        pg_get_userbyid(grantor) AS grantor,
        coalesce(g.privileges, '') AS privileges
    FROM given g FULL JOIN builtin b USING (id, owner, grantee, grantor)
    WHERE coalesce(g.privileges, '') <> coalesce(b.privileges, ''))
SELECT id AS _parent,
    grantee || CASE WHEN by_owner THEN '' ELSE ' by ' || grantor END AS _name,
    grantee, grantor, privileges
FROM named
WHERE id IS NOT NULL
