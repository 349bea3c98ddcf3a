-- A constraint's own triggers, where ALTER TABLE ... DISABLE TRIGGER ALL (or one that names them) has
-- left them otherwise than the server makes them: a foreign key that is not enforced, a deferrable
-- key that is not looked at again. Four for a foreign key, two on either table; their names hold an
-- oid, so they are told by what they do.
SELECT 'c' || t.tgconstraint::text AS _parent,
    CASE WHEN p.proname = 'unique_key_recheck' THEN 'recheck'
        WHEN p.proname LIKE 'RI\_FKey\_check\_%' THEN CASE WHEN p.proname LIKE '%\_ins' THEN 'insert' ELSE 'update' END
        ELSE 'referenced ' || CASE WHEN p.proname LIKE '%\_del' THEN 'delete' ELSE 'update' END END AS _name,
    CASE t.tgenabled WHEN 'R' THEN 'replica' WHEN 'A' THEN 'always' ELSE 'disabled' END AS enabled
FROM pg_trigger t
JOIN pg_proc p ON p.oid = t.tgfoid
WHERE t.tgisinternal AND t.tgconstraint <> 0 AND t.tgenabled <> 'O'
  AND (p.proname = 'unique_key_recheck' OR p.proname LIKE 'RI\_FKey\_%')
