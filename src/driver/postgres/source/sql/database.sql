-- The database itself.
SELECT d.datname AS _name,
    'db' || d.oid::text AS _id,
    pg_encoding_to_char(d.encoding) AS encoding,
    CASE d.datlocprovider WHEN 'c' THEN 'libc' WHEN 'i' THEN 'icu' ELSE 'builtin' END AS locale_provider, --@ pg >= 150000
    'libc' AS locale_provider, --@ pg < 150000
    d.datcollate AS "collate",
    d.datctype AS ctype,
    d.datlocale AS locale, --@ pg >= 170000
    d.daticulocale AS locale, --@ pg >= 150000 and pg < 170000
    NULL AS locale, --@ pg < 150000
    d.daticurules AS icu_rules, --@ pg >= 160000
    NULL AS icu_rules, --@ pg < 160000
    d.datcollversion AS collation_version, --@ pg >= 150000
    NULL AS collation_version, --@ pg < 150000
    pg_get_userbyid(d.datdba) AS owner,
    t.spcname AS tablespace,
    d.datconnlimit AS connection_limit,
    shobj_description(d.oid, 'pg_database') AS comment,
    -- What a session gets whose role and database say nothing. (What this role says is its own.)
    (SELECT string_agg(s.name::text || '=' || s.reset_val::text, chr(10) ORDER BY s.name) FROM pg_settings s
     WHERE s.name IN ('DateStyle', 'IntervalStyle', 'TimeZone', 'bytea_output', 'default_text_search_config',
        'extra_float_digits', 'lc_monetary', 'lc_numeric', 'lc_time', 'timezone_abbreviations', 'xmlbinary')
       AND s.reset_val IS NOT NULL AND NOT EXISTS (
        SELECT FROM pg_db_role_setting r, unnest(r.setconfig) v(item)
        WHERE r.setrole IN (SELECT oid FROM pg_roles WHERE rolname = session_user)
          AND lower(split_part(v.item, '=', 1)) = lower(s.name))) AS defaults
FROM pg_database d
JOIN pg_tablespace t ON t.oid = d.dattablespace
WHERE d.datname = current_database()
