-- Functions, window functions and procedures. Names carry the input types, as identity does.
SELECT 'n' || p.pronamespace::text AS _parent,
    CASE p.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END AS _kind,
    p.proname::text || '(' || oidvectortypes(p.proargtypes) || ')' AS _name,
    'f' || p.oid::text AS _id,
    coalesce(pg_get_function_arguments(p.oid), chr(1)) AS arguments,
    CASE WHEN p.prokind <> 'p' THEN coalesce(pg_get_function_result(p.oid), chr(1)) END AS result,
    l.lanname AS language,
    CASE WHEN p.prokind <> 'p' THEN p.prokind = 'w' END AS "window",
    CASE WHEN p.prokind <> 'p' THEN
        CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END END AS volatility,
    CASE WHEN p.prokind <> 'p' THEN p.proisstrict END AS strict,
    CASE WHEN p.prokind <> 'p' THEN p.proleakproof END AS leakproof,
    CASE WHEN p.prosecdef THEN 'definer' ELSE 'invoker' END AS security,
    CASE WHEN p.prokind <> 'p' THEN
        CASE p.proparallel WHEN 's' THEN 'safe' WHEN 'r' THEN 'restricted' ELSE 'unsafe' END END AS parallel,
    CASE WHEN p.prokind <> 'p' THEN p.procost END AS cost,
    CASE WHEN p.prokind <> 'p' AND p.proretset THEN p.prorows END AS rows,
    CASE WHEN p.prosupport <> 0 THEN p.prosupport::regproc::text END AS support,
    (SELECT string_agg(format_type(t.oid, NULL), ', ' ORDER BY t.n)
        FROM unnest(p.protrftypes) WITH ORDINALITY t(oid, n)) AS transforms,
    p.probin AS library,
    CASE WHEN p.prosqlbody IS NULL THEN p.prosrc ELSE coalesce(pg_get_function_sqlbody(p.oid), chr(1)) END AS body, --@ pg >= 140000
    p.prosrc AS body, --@ pg < 140000
    pg_get_userbyid(p.proowner) AS owner,
    NULL AS comment,
    coalesce(pg_get_functiondef(p.oid), chr(1)) AS definition
FROM pg_proc p
JOIN pg_language l ON l.oid = p.prolang
WHERE p.oid BETWEEN '0' AND '4294967295' AND p.oid >= 16384 AND p.prokind <> 'a'
  AND p.pronamespace IN (SELECT oid FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'dbtwin')
  -- Those of a range type come with the type.
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_proc'::regclass AND e.objid = p.oid
    AND (e.deptype = 'e' OR e.deptype = 'i' AND e.refclassid = 'pg_type'::regclass))
