SELECT t.evtname AS _name,
    'evt' || t.oid::text AS _id,
    t.evtevent AS event,
    (SELECT string_agg(quote_literal(g.tag), ', ' ORDER BY g.tag COLLATE "C") FROM unnest(t.evttags) g(tag)) AS tags,
    t.evtfoid::regproc::text AS function,
    CASE t.evtenabled WHEN 'O' THEN 'origin' WHEN 'R' THEN 'replica' WHEN 'A' THEN 'always' ELSE 'disabled' END AS enabled,
    pg_get_userbyid(t.evtowner) AS owner,
    NULL AS comment
FROM pg_event_trigger t
WHERE NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_event_trigger'::regclass AND e.objid = t.oid AND e.refclassid = 'pg_extension'::regclass AND e.deptype = 'e')
