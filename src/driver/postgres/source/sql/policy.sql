SELECT 'r' || p.polrelid::text AS _parent,
    p.polname AS _name,
    'p' || p.oid::text AS _id,
    p.polpermissive AS permissive,
    CASE p.polcmd WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update' WHEN 'd' THEN 'delete' ELSE 'all' END AS command,
    (SELECT string_agg(CASE WHEN r.oid = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(r.oid)) END, ', '
        ORDER BY CASE WHEN r.oid <> 0 THEN pg_get_userbyid(r.oid) END COLLATE "C" NULLS FIRST)
        FROM unnest(p.polroles) r(oid)) AS roles,
    CASE WHEN p.polqual IS NOT NULL THEN coalesce(pg_get_expr(p.polqual, p.polrelid), chr(1)) END AS "using",
    CASE WHEN p.polwithcheck IS NOT NULL THEN coalesce(pg_get_expr(p.polwithcheck, p.polrelid), chr(1)) END AS with_check,
    NULL AS comment
FROM pg_policy p
WHERE p.oid BETWEEN '0' AND '4294967295' AND p.oid >= 16384
