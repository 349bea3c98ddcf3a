-- What somebody added to an object that is not modelled itself. Of members of extensions: an owner that
-- is neither the extension's nor initdb's (who owns what a trusted extension's script makes), comments,
-- and what stands on a table or view. The script's own comments, keys and indexes cannot be told from
-- others; on both sides they are the same. Then comments on the indexes behind keys.
WITH member AS (
    SELECT d.classid, d.objid, d.refobjid AS ext, x.extowner
    FROM pg_depend d JOIN pg_extension x ON x.oid = d.refobjid
    WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND d.objid >= 16384),
owned AS (
    SELECT 'pg_class'::regclass AS classid, oid, relowner AS owner FROM pg_class
    UNION ALL SELECT 'pg_proc'::regclass, oid, proowner FROM pg_proc
    UNION ALL SELECT 'pg_type'::regclass, oid, typowner FROM pg_type
    UNION ALL SELECT 'pg_namespace'::regclass, oid, nspowner FROM pg_namespace
    UNION ALL SELECT 'pg_operator'::regclass, oid, oprowner FROM pg_operator
    UNION ALL SELECT 'pg_opclass'::regclass, oid, opcowner FROM pg_opclass
    UNION ALL SELECT 'pg_opfamily'::regclass, oid, opfowner FROM pg_opfamily
    UNION ALL SELECT 'pg_collation'::regclass, oid, collowner FROM pg_collation
    UNION ALL SELECT 'pg_conversion'::regclass, oid, conowner FROM pg_conversion
    UNION ALL SELECT 'pg_ts_dict'::regclass, oid, dictowner FROM pg_ts_dict
    UNION ALL SELECT 'pg_ts_config'::regclass, oid, cfgowner FROM pg_ts_config
    UNION ALL SELECT 'pg_language'::regclass, oid, lanowner FROM pg_language
    UNION ALL SELECT 'pg_foreign_data_wrapper'::regclass, oid, fdwowner FROM pg_foreign_data_wrapper
    UNION ALL SELECT 'pg_foreign_server'::regclass, oid, srvowner FROM pg_foreign_server
    UNION ALL SELECT 'pg_event_trigger'::regclass, oid, evtowner FROM pg_event_trigger),
said AS (
    SELECT m.ext, m.classid, m.objid, 0 AS sub, pg_get_userbyid(o.owner)::text AS owner, NULL AS comment
    FROM member m JOIN owned o ON o.classid = m.classid AND o.oid = m.objid
    WHERE o.owner NOT IN (m.extowner, 10)
    UNION ALL
    SELECT m.ext, m.classid, m.objid, d.objsubid, NULL, d.description
    FROM member m JOIN pg_description d ON d.classoid = m.classid AND d.objoid = m.objid),
relation AS (SELECT m.ext, c.oid, c.oid::regclass::text AS name FROM member m JOIN pg_class c ON m.classid = 'pg_class'::regclass AND c.oid = m.objid),
state(letter, state, verb) AS (VALUES ('O'::"char", 'origin', ' ENABLE '), ('R', 'replica', ' ENABLE REPLICA '),
    ('A', 'always', ' ENABLE ALWAYS '), ('D', 'disabled', ' DISABLE '))
SELECT 'ext' || s.ext::text AS _parent,
    i.type::text || ' ' || i.identity::text AS _name,
    max(s.owner) AS owner, max(s.comment) AS comment, NULL AS definition, NULL AS enabled,
    CASE WHEN i.type LIKE '% column' THEN 'COLUMN' WHEN i.type = 'composite type' THEN 'TYPE'
        ELSE upper(replace(i.type, '-', ' ')) END || ' ' || i.identity::text AS target
FROM said s, pg_identify_object(s.classid, s.objid, s.sub) i
GROUP BY s.ext, i.type, i.identity
UNION ALL
SELECT 'ext' || r.ext::text, 'constraint ' || quote_ident(o.conname) || ' on ' || r.name::text, NULL, NULL,
    'ALTER TABLE ' || r.name::text || ' ADD CONSTRAINT ' || quote_ident(o.conname) || ' ' || coalesce(pg_get_constraintdef(o.oid), chr(1)), NULL, NULL
FROM relation r JOIN pg_constraint o ON o.conrelid = r.oid
WHERE o.contype IN ('p', 'u', 'x', 'c', 'f') AND o.conparentid = 0
UNION ALL
SELECT 'ext' || r.ext::text, 'index ' || quote_ident(c.relname) || ' on ' || r.name::text, NULL, NULL, coalesce(pg_get_indexdef(i.indexrelid), chr(1)), NULL, NULL
FROM relation r JOIN pg_index i ON i.indrelid = r.oid JOIN pg_class c ON c.oid = i.indexrelid
WHERE NOT c.relispartition AND NOT EXISTS (SELECT FROM pg_constraint o WHERE o.conindid = i.indexrelid AND o.contype IN ('p', 'u', 'x'))
UNION ALL
SELECT 'ext' || r.ext::text, 'trigger ' || quote_ident(t.tgname) || ' on ' || r.name::text, NULL, NULL, coalesce(pg_get_triggerdef(t.oid), chr(1)),
    e.state, 'TABLE ' || r.name::text || e.verb::text || 'TRIGGER ' || quote_ident(t.tgname)
FROM relation r JOIN pg_trigger t ON t.tgrelid = r.oid JOIN state e ON e.letter = t.tgenabled WHERE NOT t.tgisinternal AND t.tgparentid = 0
UNION ALL
SELECT 'ext' || r.ext::text, 'rule ' || quote_ident(w.rulename) || ' on ' || r.name::text, NULL, NULL, coalesce(pg_get_ruledef(w.oid), chr(1)),
    e.state, 'TABLE ' || r.name::text || e.verb::text || 'RULE ' || quote_ident(w.rulename)
FROM relation r JOIN pg_rewrite w ON w.ev_class = r.oid JOIN state e ON e.letter = w.ev_enabled WHERE w.rulename <> '_RETURN'
UNION ALL
SELECT 'ext' || r.ext::text, 'policy ' || quote_ident(p.polname) || ' on ' || r.name::text, NULL, NULL,
    'CREATE POLICY ' || quote_ident(p.polname) || ' ON ' || r.name::text || ' AS ' || CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END
    || ' FOR ' || CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END
    || ' TO ' || CASE WHEN p.polroles = '{0}' THEN 'PUBLIC'
        ELSE (SELECT string_agg(quote_ident(pg_get_userbyid(u)), ', ' ORDER BY pg_get_userbyid(u)) FROM unnest(p.polroles) u) END
    || coalesce(' USING (' || pg_get_expr(p.polqual, p.polrelid) || ')', '')
    || coalesce(' WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')', ''), NULL, NULL
FROM relation r JOIN pg_policy p ON p.polrelid = r.oid
UNION ALL
SELECT 'ext' || r.ext::text, 'row security on ' || r.name::text, NULL, NULL, 'ALTER TABLE ' || r.name::text || concat_ws(',',
    CASE WHEN c.relrowsecurity THEN ' ENABLE ROW LEVEL SECURITY' END, CASE WHEN c.relforcerowsecurity THEN ' FORCE ROW LEVEL SECURITY' END), NULL, NULL
FROM relation r JOIN pg_class c ON c.oid = r.oid
WHERE c.relrowsecurity OR c.relforcerowsecurity
UNION ALL
SELECT 'c' || o.oid::text, 'index', NULL, d.description, NULL, NULL, 'INDEX ' || o.conindid::regclass::text
FROM pg_description d JOIN pg_constraint o ON o.conindid = d.objoid AND o.contype IN ('p', 'u', 'x')
WHERE d.classoid = 'pg_class'::regclass AND d.objsubid = 0
