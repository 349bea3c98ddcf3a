-- One value each, by its name. A NULL is what this role may not see.
SELECT name, value, NULL AS more FROM (VALUES
    ('server', pg_catalog.version()),
    ('user', current_user::text),
    ('in_recovery', CASE WHEN pg_catalog.pg_is_in_recovery() THEN 'yes' ELSE 'no' END),
    ('local', CASE WHEN pg_catalog.inet_server_addr() IS NULL THEN 'yes' ELSE 'no' END),
    ('superuser', (SELECT CASE WHEN rolsuper THEN 'yes' ELSE 'no' END FROM pg_catalog.pg_roles WHERE rolname = current_user)),
    -- The role that stands in for a superuser where nobody is one, and whether this one has it.
    ('admin', (SELECT rolname::text FROM pg_catalog.pg_roles WHERE rolname IN
        ('rds_superuser', 'cloudsqlsuperuser', 'azure_pg_admin', 'alloydbsuperuser', 'neon_superuser', 'supabase_admin')
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = current_user AND r.rolsuper)
        AND (pg_catalog.pg_has_role(current_user, oid, 'MEMBER') OR rolname = 'supabase_admin' AND current_user = 'postgres')
        ORDER BY 1 LIMIT 1)),
    ('max_connections', pg_catalog.current_setting('max_connections')),
    ('reserved_connections', pg_catalog.current_setting('superuser_reserved_connections')),
    ('used_connections', (SELECT pg_catalog.count(*)::text FROM pg_catalog.pg_stat_activity WHERE backend_type IN ('client backend', 'walsender'))),
    ('lock_slots', (pg_catalog.current_setting('max_locks_per_transaction')::bigint * (pg_catalog.current_setting('max_connections')::bigint --@ target
        + pg_catalog.current_setting('max_prepared_transactions')::bigint))::text), --@ target
    ('role_connections', (SELECT NULLIF(rolconnlimit, -1)::text FROM pg_catalog.pg_roles WHERE rolname = current_user)),
    ('database_bytes', (SELECT pg_catalog.pg_database_size(oid)::text FROM pg_catalog.pg_database
        WHERE datname = pg_catalog.current_setting('dbtwin.database', true)
          AND (pg_catalog.has_database_privilege(oid, 'CONNECT') OR pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE')))),
    -- As of the last VACUUM or ANALYZE: pg_relation_size() would wait for whoever locks a table.
    ('largest_index_bytes', (SELECT (max(relpages)::bigint * pg_catalog.current_setting('block_size')::bigint)::text FROM pg_catalog.pg_class WHERE relkind = 'i')), --@ source
    ('tables', (SELECT pg_catalog.count(*)::text FROM pg_catalog.pg_class WHERE relkind = 'r' AND oid >= 16384)), --@ source
    ('max_wal_bytes', (SELECT (setting::bigint * 1048576)::text FROM pg_catalog.pg_settings WHERE name = 'max_wal_size')),
    ('data_directory', (SELECT setting FROM pg_catalog.pg_settings WHERE name = 'data_directory')),
    ('tablespace', (SELECT NULLIF(pg_catalog.pg_tablespace_location(dattablespace), '') FROM pg_catalog.pg_database
        WHERE datname = pg_catalog.current_setting('dbtwin.database', true))),
    -- What sorts text: not the same on two systems means that indexes and ORDER BY may differ.
    ('collation_version', (SELECT pg_catalog.pg_database_collation_actual_version(oid) FROM pg_catalog.pg_database --@ pg >= 150000
        WHERE datname = pg_catalog.current_setting('dbtwin.database', true))), --@ pg >= 150000
    ('wal_level', pg_catalog.current_setting('wal_level')),
    ('archive_mode', pg_catalog.current_setting('archive_mode')),
    ('synchronous_standby_names', NULLIF(pg_catalog.current_setting('synchronous_standby_names'), '')),
    ('standbys', (SELECT NULLIF(pg_catalog.count(*), 0)::text FROM pg_catalog.pg_stat_replication)),
    ('hot_standby_feedback', pg_catalog.current_setting('hot_standby_feedback')),
    ('max_standby_streaming_delay', pg_catalog.current_setting('max_standby_streaming_delay'))
) AS v(name, value)
WHERE value IS NOT NULL
