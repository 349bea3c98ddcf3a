-- What differs from the privileges that an object is born with; of a member of an extension, what
-- differs from those that its script gave it: told at the extension. "compare" says that this is for
-- a comparison: grants on the database itself, on parameters and on members are not copied.
WITH holder AS (
    SELECT CASE c.relkind WHEN 'c' THEN NULL ELSE 'r' || c.oid END AS id, '' AS what, c.relowner AS owner, c.relacl AS acl,
        acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner) AS builtin
    FROM pg_class c WHERE c.oid >= 16384 AND c.relacl IS NOT NULL
    UNION ALL --@ column_grants
    SELECT 'r' || a.attrelid || '.' || a.attnum, '', c.relowner, a.attacl, acldefault('c', c.relowner) --@ column_grants
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid --@ column_grants
    WHERE a.attrelid >= 16384 AND a.attacl IS NOT NULL AND NOT a.attisdropped --@ column_grants
    UNION ALL
    SELECT 'f' || p.oid, '', p.proowner, p.proacl, acldefault('f', p.proowner)
    FROM pg_proc p WHERE p.oid >= 16384 AND p.proacl IS NOT NULL
    UNION ALL
    -- Those of a table's row type are not told: gap.sql.
    SELECT CASE WHEN t.typtype = 'c' THEN 'r' || t.typrelid ELSE 't' || t.oid END, '', t.typowner, t.typacl, acldefault('T', t.typowner)
    FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
    WHERE t.oid >= 16384 AND t.typacl IS NOT NULL AND c.relkind IS NOT DISTINCT FROM CASE t.typtype WHEN 'c' THEN 'c'::"char" END
    UNION ALL
    SELECT 'n' || n.oid, '', n.nspowner, n.nspacl, acldefault('n', n.nspowner)
    FROM pg_namespace n WHERE n.nspacl IS NOT NULL
    UNION ALL
    SELECT 'lan' || l.oid, '', l.lanowner, l.lanacl, acldefault('l', l.lanowner)
    FROM pg_language l WHERE l.oid >= 16384 AND l.lanacl IS NOT NULL
    UNION ALL
    SELECT 'fdw' || w.oid, '', w.fdwowner, w.fdwacl, acldefault('F', w.fdwowner)
    FROM pg_foreign_data_wrapper w WHERE w.fdwacl IS NOT NULL
    UNION ALL
    SELECT 'srv' || s.oid, '', s.srvowner, s.srvacl, acldefault('S', s.srvowner)
    FROM pg_foreign_server s WHERE s.srvacl IS NOT NULL
    UNION ALL --@ compare
    SELECT '', '', d.datdba, d.datacl, acldefault('d', d.datdba) --@ compare
    FROM pg_database d WHERE d.datname = current_database() AND d.datacl IS NOT NULL --@ compare
    UNION ALL --@ compare and pg >= 150000
    SELECT '', 'parameter ' || a.parname || ' for ', 10, a.paracl, acldefault('p', 10) --@ compare and pg >= 150000
    FROM pg_parameter_acl a --@ compare and pg >= 150000
    UNION ALL --@ compare
    SELECT 'ext' || e.refobjid, (pg_identify_object(e.classid, e.objid, 0)).identity || ' for ', m.owner, --@ compare
        coalesce(m.acl, acldefault(m.type, m.owner)), coalesce(i.initprivs, acldefault(m.type, m.owner)) --@ compare
    FROM pg_depend e --@ compare
    JOIN ( --@ compare
        SELECT 'pg_class'::regclass AS classid, oid, relowner AS owner, relacl AS acl, CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char" AS type --@ compare
        FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S') --@ compare
        UNION ALL SELECT 'pg_proc'::regclass, oid, proowner, proacl, 'f' FROM pg_proc --@ compare
        UNION ALL SELECT 'pg_type'::regclass, oid, typowner, typacl, 'T' FROM pg_type --@ compare
        UNION ALL SELECT 'pg_namespace'::regclass, oid, nspowner, nspacl, 'n' FROM pg_namespace --@ compare
        UNION ALL SELECT 'pg_language'::regclass, oid, lanowner, lanacl, 'l' FROM pg_language --@ compare
        UNION ALL SELECT 'pg_foreign_data_wrapper'::regclass, oid, fdwowner, fdwacl, 'F' FROM pg_foreign_data_wrapper) m --@ compare
        ON m.classid = e.classid AND m.oid = e.objid --@ compare
    LEFT JOIN pg_init_privs i ON i.classoid = e.classid AND i.objoid = e.objid AND i.objsubid = 0 --@ compare
    WHERE e.deptype = 'e' AND (m.acl IS NOT NULL OR i.initprivs IS NOT NULL) --@ compare
    ),
given AS (
    SELECT h.id, h.what, h.owner, x.grantee, x.grantor, string_agg(x.privilege_type || CASE WHEN x.is_grantable THEN '*' ELSE '' END, ', '
        ORDER BY x.privilege_type) AS privileges
    FROM holder h, aclexplode(h.acl) x GROUP BY h.id, h.what, h.owner, x.grantee, x.grantor),
builtin AS (
    SELECT h.id, h.what, h.owner, x.grantee, x.grantor, string_agg(x.privilege_type || CASE WHEN x.is_grantable THEN '*' ELSE '' END, ', '
        ORDER BY x.privilege_type) AS privileges
    FROM holder h, aclexplode(h.builtin) x GROUP BY h.id, h.what, h.owner, x.grantee, x.grantor),
named AS (
    SELECT id, what, grantor = owner AS by_owner,
        CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(grantee) END AS grantee,
        pg_get_userbyid(grantor) AS grantor,
        coalesce(g.privileges, '') AS privileges
    FROM given g FULL JOIN builtin b USING (id, what, owner, grantee, grantor)
    WHERE coalesce(g.privileges, '') <> coalesce(b.privileges, ''))
SELECT nullif(id, '') AS _parent,
    what || grantee || CASE WHEN by_owner THEN '' ELSE ' by ' || grantor END AS _name,
    grantee, grantor, privileges
FROM named
WHERE id IS NOT NULL
