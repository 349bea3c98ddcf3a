SELECT 'tsc' || m.mapcfg::text AS _parent,
    k.alias AS _name,
    string_agg(m.mapdict::regdictionary::text, ', ' ORDER BY m.mapseqno) AS dictionaries
FROM pg_ts_config_map m
JOIN pg_ts_config c ON c.oid = m.mapcfg
JOIN LATERAL ts_token_type(c.cfgparser) k ON k.tokid = m.maptokentype
WHERE m.mapcfg >= 16384
GROUP BY m.mapcfg, k.alias
