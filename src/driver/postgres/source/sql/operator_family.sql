-- Members that hang on a class are told there; here are those that hang on the family.
SELECT 'n' || f.opfnamespace::text AS _parent,
    f.opfname::text || ' using ' || m.amname::text AS _name,
    'opf' || f.oid::text AS _id,
    (SELECT string_agg(x.def, ', ' ORDER BY x.def COLLATE "C") FROM (
        SELECT 'OPERATOR ' || o.amopstrategy::text || ' ' || o.amopopr::regoperator::text
            || CASE WHEN o.amoppurpose = 'o' THEN ' FOR ORDER BY ' || (SELECT quote_ident(n.nspname) || '.' || quote_ident(s.opfname)
                FROM pg_opfamily s JOIN pg_namespace n ON n.oid = s.opfnamespace WHERE s.oid = o.amopsortfamily) ELSE '' END AS def
        FROM pg_depend d JOIN pg_amop o ON o.oid = d.objid
        WHERE d.refclassid = 'pg_opfamily'::regclass AND d.refobjid = f.oid AND d.classid = 'pg_amop'::regclass
        UNION ALL
        SELECT 'FUNCTION ' || p.amprocnum::text || ' (' || format_type(p.amproclefttype, NULL) || ', '
            || format_type(p.amprocrighttype, NULL) || ') ' || p.amproc::regprocedure::text
        FROM pg_depend d JOIN pg_amproc p ON p.oid = d.objid
        WHERE d.refclassid = 'pg_opfamily'::regclass AND d.refobjid = f.oid AND d.classid = 'pg_amproc'::regclass) x) AS definition,
    pg_get_userbyid(f.opfowner) AS owner,
    NULL AS comment
FROM pg_opfamily f
JOIN pg_am m ON m.oid = f.opfmethod
WHERE f.oid >= 16384
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_opfamily'::regclass AND e.objid = f.oid AND e.refclassid = 'pg_extension'::regclass AND e.deptype = 'e')
