SELECT 'n' || o.oprnamespace::text AS _parent,
    o.oprname::text || '(' || CASE WHEN o.oprleft = 0 THEN 'NONE' ELSE format_type(o.oprleft, NULL) END || ', '
        || CASE WHEN o.oprright = 0 THEN 'NONE' ELSE format_type(o.oprright, NULL) END || ')' AS _name,
    'opr' || o.oid::text AS _id,
    CASE WHEN o.oprcode <> 0 THEN concat_ws(', ',
        'FUNCTION = ' || o.oprcode::regproc::text,
        CASE WHEN o.oprleft <> 0 THEN 'LEFTARG = ' || format_type(o.oprleft, NULL) END,
        CASE WHEN o.oprright <> 0 THEN 'RIGHTARG = ' || format_type(o.oprright, NULL) END,
        (SELECT 'COMMUTATOR = OPERATOR(' || quote_ident(n.nspname) || '.' || x.oprname::text || ')'
            FROM pg_operator x JOIN pg_namespace n ON n.oid = x.oprnamespace WHERE x.oid = o.oprcom),
        (SELECT 'NEGATOR = OPERATOR(' || quote_ident(n.nspname) || '.' || x.oprname::text || ')'
            FROM pg_operator x JOIN pg_namespace n ON n.oid = x.oprnamespace WHERE x.oid = o.oprnegate),
        CASE WHEN o.oprrest <> 0 THEN 'RESTRICT = ' || o.oprrest::regproc::text END,
        CASE WHEN o.oprjoin <> 0 THEN 'JOIN = ' || o.oprjoin::regproc::text END,
        CASE WHEN o.oprcanhash THEN 'HASHES' END,
        CASE WHEN o.oprcanmerge THEN 'MERGES' END) END AS definition,
    pg_get_userbyid(o.oprowner) AS owner,
    NULL AS comment
FROM pg_operator o
WHERE o.oid >= 16384
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_operator'::regclass AND e.objid = o.oid AND e.refclassid = 'pg_extension'::regclass AND e.deptype = 'e')
