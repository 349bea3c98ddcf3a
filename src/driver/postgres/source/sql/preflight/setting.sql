-- Settings that change what a statement means or gives, as a session gets them in this database: the
-- database's own value, else the server's. In `more`: what it is about. Those that make it faster or
-- slower are left aside.
WITH wanted(name, about) AS (VALUES
    ('DateStyle', 'how dates are read and printed'),
    ('IntervalStyle', 'how intervals are printed'),
    ('TimeZone', 'what timestamp with time zone means'),
    ('array_nulls', 'NULL in array literals'),
    ('backslash_quote', 'quoting in literals'),
    ('block_size', 'page size'),
    ('bytea_output', 'how bytea is printed'),
    ('default_tablespace', 'where new tables go'),
    ('default_text_search_config', 'text search without a configuration'),
    ('default_toast_compression', 'how long values are compressed'),
    ('default_transaction_isolation', 'isolation of transactions'),
    ('default_transaction_read_only', 'whether transactions may write'),
    ('extra_float_digits', 'how floats are printed'),
    ('idle_in_transaction_session_timeout', 'when sessions are ended'),
    ('integer_datetimes', 'how timestamps are stored'),
    ('jit', 'plans'),
    ('lc_messages', 'language of messages'),
    ('lc_monetary', 'how money is read and printed'),
    ('lc_numeric', 'to_char of numbers'),
    ('lc_time', 'to_char of dates'),
    ('lo_compat_privileges', 'who may read large objects'),
    ('lock_timeout', 'when statements are cancelled'),
    ('max_identifier_length', 'length of names'),
    ('max_prepared_transactions', 'two-phase commit'),
    ('password_encryption', 'how passwords are stored'),
    ('plan_cache_mode', 'plans of prepared statements'),
    ('quote_all_identifiers', 'deparsed SQL'),
    ('row_security', 'whether policies apply silently'),
    ('search_path', 'what an unqualified name means'),
    ('session_preload_libraries', 'code loaded into each session'),
    ('session_replication_role', 'which triggers fire'),
    ('shared_preload_libraries', 'extensions that run in the server'),
    ('standard_conforming_strings', 'backslashes in literals'),
    ('statement_timeout', 'when statements are cancelled'),
    ('transaction_timeout', 'when transactions are ended'),
    ('transform_null_equals', 'x = NULL'),
    ('xmlbinary', 'bytea in XML'),
    ('xmloption', 'text as XML')),
own AS (
    SELECT pg_catalog.lower(pg_catalog.split_part(c, '=', 1)) AS name, pg_catalog.substr(c, pg_catalog.strpos(c, '=') + 1) AS value
    FROM pg_catalog.pg_db_role_setting s, pg_catalog.unnest(s.setconfig) AS c
    WHERE s.setrole = 0 AND s.setdatabase = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_setting('dbtwin.database', true)))
SELECT w.name, COALESCE(o.value, g.reset_val, g.setting) AS value, w.about AS more
FROM wanted w
JOIN pg_catalog.pg_settings g ON pg_catalog.lower(g.name) = pg_catalog.lower(w.name)
LEFT JOIN own o ON o.name = pg_catalog.lower(w.name)
ORDER BY 1
