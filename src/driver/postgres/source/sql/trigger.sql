-- A partition's copy of its parent's trigger is listed only where it is enabled otherwise.
SELECT 'r' || t.tgrelid::text AS _parent,
    t.tgname AS _name,
    'g' || t.oid::text AS _id,
    coalesce(pg_get_triggerdef(t.oid), chr(1)) AS definition,
    CASE t.tgenabled WHEN 'O' THEN 'origin' WHEN 'R' THEN 'replica' WHEN 'A' THEN 'always' ELSE 'disabled' END AS enabled,
    t.tgparentid <> 0 AS inherited,
    NULL AS comment
FROM pg_trigger t
JOIN pg_class c ON c.oid = t.tgrelid AND c.relpersistence <> 't'
LEFT JOIN pg_trigger u ON u.oid = t.tgparentid
WHERE t.oid >= 16384
  AND (NOT t.tgisinternal AND t.tgparentid = 0
    OR t.tgparentid <> 0 AND t.tgconstrrelid = 0 AND t.tgenabled <> u.tgenabled)
