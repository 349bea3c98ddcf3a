SELECT 'n' || c.opcnamespace::text AS _parent,
    c.opcname::text || ' using ' || m.amname::text AS _name,
    'opc' || c.oid::text AS _id,
    CASE WHEN c.opcdefault THEN 'DEFAULT ' ELSE '' END || 'FOR TYPE ' || format_type(c.opcintype, NULL)
        || ' USING ' || quote_ident(m.amname) || ' FAMILY ' || quote_ident(fn.nspname) || '.' || quote_ident(f.opfname) || ' AS '
        || concat_ws(', ', CASE WHEN c.opckeytype <> 0 THEN 'STORAGE ' || format_type(c.opckeytype, NULL) END,
    (SELECT string_agg(x.def, ', ' ORDER BY x.def COLLATE "C") FROM (
        SELECT 'OPERATOR ' || o.amopstrategy::text || ' ' || o.amopopr::regoperator::text
            || CASE WHEN o.amoppurpose = 'o' THEN ' FOR ORDER BY ' || (SELECT quote_ident(n.nspname) || '.' || quote_ident(s.opfname)
                FROM pg_opfamily s JOIN pg_namespace n ON n.oid = s.opfnamespace WHERE s.oid = o.amopsortfamily) ELSE '' END AS def
        FROM pg_depend d JOIN pg_amop o ON o.oid = d.objid
        WHERE d.refclassid = 'pg_opclass'::regclass AND d.refobjid = c.oid AND d.classid = 'pg_amop'::regclass
        UNION ALL
        SELECT 'FUNCTION ' || p.amprocnum::text || ' (' || format_type(p.amproclefttype, NULL) || ', '
            || format_type(p.amprocrighttype, NULL) || ') ' || p.amproc::regprocedure::text
        FROM pg_depend d JOIN pg_amproc p ON p.oid = d.objid
        WHERE d.refclassid = 'pg_opclass'::regclass AND d.refobjid = c.oid AND d.classid = 'pg_amproc'::regclass) x)) AS definition,
    pg_get_userbyid(c.opcowner) AS owner,
    NULL AS comment
FROM pg_opclass c
JOIN pg_am m ON m.oid = c.opcmethod
JOIN pg_opfamily f ON f.oid = c.opcfamily
JOIN pg_namespace fn ON fn.oid = f.opfnamespace
WHERE c.oid >= 16384
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_opclass'::regclass AND e.objid = c.oid AND e.refclassid = 'pg_extension'::regclass AND e.deptype = 'e')
