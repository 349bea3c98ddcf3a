-- What differs from the privileges that an object is born with; of a member of an extension and of the
-- system's own, what differs from those that the script or initdb gave it: told at the extension, and
-- at the database. "compare" says that this is for a comparison: grants on the database itself and on
-- parameters are not copied.
WITH holder AS (
    SELECT CASE c.relkind WHEN 'c' THEN NULL ELSE 'r' || c.oid::text END AS id, '' AS what, NULL AS target, c.relowner AS owner, c.relacl AS acl,
        acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner) AS builtin
    FROM pg_class c WHERE c.oid >= 16384 AND c.relacl IS NOT NULL
    UNION ALL --@ column_grants
    SELECT 'r' || a.attrelid::text || '.' || a.attnum::text, '', NULL, c.relowner, a.attacl, acldefault('c', c.relowner) --@ column_grants
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid --@ column_grants
    WHERE a.attrelid >= 16384 AND a.attacl IS NOT NULL AND NOT a.attisdropped --@ column_grants
    UNION ALL
    SELECT 'f' || p.oid::text, '', NULL, p.proowner, p.proacl, acldefault('f', p.proowner)
    FROM pg_proc p WHERE p.oid >= 16384 AND p.proacl IS NOT NULL
    UNION ALL
    -- Those of a table's row type are not told: gap.sql.
    SELECT CASE WHEN t.typtype = 'c' THEN 'r' || t.typrelid::text ELSE 't' || t.oid::text END, '', NULL, t.typowner, t.typacl, acldefault('T', t.typowner)
    FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
    WHERE t.oid >= 16384 AND t.typacl IS NOT NULL AND c.relkind IS NOT DISTINCT FROM CASE t.typtype WHEN 'c' THEN 'c'::"char" END
    UNION ALL
    SELECT 'n' || n.oid::text, '', NULL, n.nspowner, n.nspacl, acldefault('n', n.nspowner)
    FROM pg_namespace n WHERE n.nspacl IS NOT NULL
    UNION ALL
    SELECT 'lan' || l.oid::text, '', NULL, l.lanowner, l.lanacl, acldefault('l', l.lanowner)
    FROM pg_language l WHERE l.oid >= 16384 AND l.lanacl IS NOT NULL
    UNION ALL
    SELECT 'fdw' || w.oid::text, '', NULL, w.fdwowner, w.fdwacl, acldefault('F', w.fdwowner)
    FROM pg_foreign_data_wrapper w WHERE w.fdwacl IS NOT NULL
    UNION ALL
    SELECT 'srv' || s.oid::text, '', NULL, s.srvowner, s.srvacl, acldefault('S', s.srvowner)
    FROM pg_foreign_server s WHERE s.srvacl IS NOT NULL
    UNION ALL --@ compare
    SELECT '', '', NULL, d.datdba, d.datacl, acldefault('d', d.datdba) --@ compare
    FROM pg_database d WHERE d.datname = current_database() AND d.datacl IS NOT NULL --@ compare
    UNION ALL --@ compare and pg >= 150000
    SELECT '', 'parameter ' || a.parname::text || ' for ', NULL, 10, a.paracl, acldefault('p', 10) --@ compare and pg >= 150000
    FROM pg_parameter_acl a --@ compare and pg >= 150000
    UNION ALL
    -- Members of extensions and the system's own: against what the script, or initdb, gave. (What initdb
    -- gives in information_schema is not recorded, and each version has views of its own there.)
    SELECT coalesce('ext' || e.refobjid::text, ''), d.identity::text || ' for ',
        m.word::text || ' ' || CASE m.word WHEN 'TYPE' THEN d.schema::text || '.' || d.name::text ELSE d.identity::text END, m.owner,
        m.acl, coalesce(i.initprivs, array_cat(acldefault(m.type, m.owner), m.more))
    FROM (
        SELECT 'pg_class'::regclass AS classid, oid, relowner AS owner, relacl AS acl, CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char" AS type,
            CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS word,
            CASE relnamespace WHEN 'information_schema'::regnamespace THEN ARRAY[makeaclitem(0, relowner, 'SELECT', false)] END AS more
        FROM pg_class WHERE relacl IS NOT NULL AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
        UNION ALL SELECT 'pg_proc'::regclass, oid, proowner, proacl, 'f', CASE prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END, NULL FROM pg_proc WHERE proacl IS NOT NULL
        UNION ALL SELECT 'pg_type'::regclass, oid, typowner, typacl, 'T', 'TYPE', NULL FROM pg_type WHERE typacl IS NOT NULL
        UNION ALL SELECT 'pg_namespace'::regclass, oid, nspowner, nspacl, 'n', 'SCHEMA',
            CASE nspname WHEN 'information_schema' THEN ARRAY[makeaclitem(0, nspowner, 'USAGE', false)] END FROM pg_namespace WHERE nspacl IS NOT NULL AND oid <> 2200 -- public, whatever its name
        UNION ALL SELECT 'pg_language'::regclass, oid, lanowner, lanacl, 'l', 'LANGUAGE', NULL FROM pg_language WHERE lanacl IS NOT NULL
        UNION ALL SELECT 'pg_foreign_data_wrapper'::regclass, oid, fdwowner, fdwacl, 'F', 'FOREIGN DATA WRAPPER', NULL FROM pg_foreign_data_wrapper) m
    LEFT JOIN pg_init_privs i ON i.classoid = m.classid AND i.objoid = m.oid AND i.objsubid = 0
    LEFT JOIN pg_depend e ON e.classid = m.classid AND e.objid = m.oid AND e.refclassid = 'pg_extension'::regclass AND e.deptype = 'e'
    CROSS JOIN LATERAL pg_identify_object(m.classid, m.oid, 0) d
    WHERE m.acl IS DISTINCT FROM i.initprivs AND (m.oid < 16384 OR e.objid IS NOT NULL)
    UNION ALL
    -- Their columns
    SELECT '', d.identity::text || ' for ', 'TABLE ' || c.oid::regclass::text || ' (' || quote_ident(a.attname) || ')', c.relowner,
        coalesce(a.attacl, acldefault('c', c.relowner)), coalesce(i.initprivs, acldefault('c', c.relowner))
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    LEFT JOIN pg_init_privs i ON i.classoid = 'pg_class'::regclass AND i.objoid = a.attrelid AND i.objsubid = a.attnum
    CROSS JOIN LATERAL pg_identify_object('pg_class'::regclass, a.attrelid, a.attnum) d
    WHERE a.attrelid < 16384 AND c.oid < 16384 AND a.attacl IS DISTINCT FROM i.initprivs
    UNION ALL --@ column_grants
    SELECT 'ext' || e.refobjid::text, d.identity::text || ' for ', 'TABLE ' || c.oid::regclass::text || ' (' || quote_ident(a.attname) || ')', c.relowner, --@ column_grants
        a.attacl, coalesce(i.initprivs, acldefault('c', c.relowner)) --@ column_grants
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid --@ column_grants
    JOIN pg_depend e ON e.classid = 'pg_class'::regclass AND e.objid = a.attrelid AND e.deptype = 'e' --@ column_grants
    LEFT JOIN pg_init_privs i ON i.classoid = 'pg_class'::regclass AND i.objoid = a.attrelid AND i.objsubid = a.attnum --@ column_grants
    CROSS JOIN LATERAL pg_identify_object('pg_class'::regclass, a.attrelid, a.attnum) d --@ column_grants
    WHERE a.attrelid >= 16384 AND a.attacl IS NOT NULL AND a.attacl IS DISTINCT FROM i.initprivs --@ column_grants
    ),
given AS (
    SELECT h.id, h.what, h.target, h.owner, x.grantee, x.grantor, string_agg(x.privilege_type::text || CASE WHEN x.is_grantable THEN '*' ELSE '' END, ', '
        ORDER BY x.privilege_type) AS privileges, min(x.n) AS position
    FROM holder h, aclexplode(h.acl) WITH ORDINALITY x(grantor, grantee, privilege_type, is_grantable, n) GROUP BY h.id, h.what, h.target, h.owner, x.grantee, x.grantor),
builtin AS (
    SELECT h.id, h.what, h.target, h.owner, x.grantee, x.grantor, string_agg(x.privilege_type::text || CASE WHEN x.is_grantable THEN '*' ELSE '' END, ', '
        ORDER BY x.privilege_type) AS privileges
    FROM holder h, aclexplode(h.builtin) x GROUP BY h.id, h.what, h.target, h.owner, x.grantee, x.grantor),
named AS (
    SELECT id, what, coalesce(g.target, b.target) AS target,
        grantor = owner AS by_owner,
        CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(grantee)::text END AS grantee,
        pg_get_userbyid(grantor)::text AS grantor,
        coalesce(g.privileges, '') AS privileges, g.position
    FROM given g FULL JOIN builtin b USING (id, what, owner, grantee, grantor)
    WHERE coalesce(g.privileges, '') <> coalesce(b.privileges, ''))
SELECT nullif(id, '') AS _parent,
    what || grantee || CASE WHEN by_owner THEN '' ELSE ' by ' || grantor END AS _name,
    grantee, grantor, privileges, target, position
FROM named
WHERE id IS NOT NULL
