-- What stands in the way of the swap: a database that somebody is in is neither renamed nor dropped.
SELECT format('%s session(s) of %s are connected to it', count(*), --@ target
        string_agg(DISTINCT COALESCE(quote_ident(a.usename::text), '?'), ', ')) AS name, --@ target
    'they are ended at the moment of the swap' AS value, 'shadow note' AS more --@ target
FROM pg_catalog.pg_stat_activity a --@ target
WHERE a.datname = pg_catalog.current_setting('dbtwin.database', true) --@ target
  AND a.application_name NOT LIKE 'dbtwin%' AND a.backend_type = 'client backend' --@ target
HAVING count(*) > 0 --@ target
UNION ALL --@ target
SELECT format('prepared transaction %L of %s', gid, prepared), format('COMMIT PREPARED %L, or ROLLBACK PREPARED', gid), NULL --@ target
FROM pg_catalog.pg_prepared_xacts WHERE database = pg_catalog.current_setting('dbtwin.database', true) --@ target
UNION ALL --@ target
SELECT format('logical replication slot %I', slot_name), --@ target
    format('the old database cannot be dropped while it exists: SELECT pg_drop_replication_slot(%L)', slot_name), 'shadow warning' --@ target
FROM pg_catalog.pg_replication_slots WHERE database = pg_catalog.current_setting('dbtwin.database', true) --@ target
UNION ALL --@ target
SELECT format('subscription %I', subname), --@ target
    'the old database cannot be dropped while it exists; in that database: ALTER SUBSCRIPTION name DISABLE, SET (slot_name = NONE), DROP', 'shadow warning' --@ target
FROM pg_catalog.pg_subscription --@ target
WHERE subdbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_setting('dbtwin.database', true)) --@ target
UNION ALL --@ target
SELECT format('database %I is left over from an earlier run', datname), 'the next copy drops it', 'shadow note' --@ target
FROM pg_catalog.pg_database --@ target
WHERE datname = pg_catalog.current_setting('dbtwin.database', true) || '__dbtwin_shadow' --@ target
   OR datname = pg_catalog.current_setting('dbtwin.database', true) || '__dbtwin_old' --@ target
