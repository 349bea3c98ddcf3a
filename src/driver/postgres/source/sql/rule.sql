SELECT 'r' || w.ev_class::text AS _parent,
    w.rulename AS _name,
    'w' || w.oid::text AS _id,
    coalesce(pg_get_ruledef(w.oid), chr(1)) AS definition,
    CASE w.ev_enabled WHEN 'O' THEN 'origin' WHEN 'R' THEN 'replica' WHEN 'A' THEN 'always' ELSE 'disabled' END AS enabled,
    NULL AS comment
FROM pg_rewrite w
JOIN pg_class c ON c.oid = w.ev_class AND c.relpersistence <> 't'
WHERE w.oid BETWEEN '0' AND '4294967295' AND w.oid >= 16384 AND w.rulename <> '_RETURN'
