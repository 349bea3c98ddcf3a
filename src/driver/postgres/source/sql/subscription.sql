-- The connection string may be read by superusers only: "secrets" says that this role may;
-- "subscriptions" that it may read the rest (before PostgreSQL 14 superusers only). What is as it would
-- be by itself, or as it is in versions that have no such option, is not written.
SELECT s.subname AS _name,
    'sub' || s.oid::text AS _id, --@ subscriptions
    concat_ws(', ', --@ subscriptions
        'publications = ' || s.subpublications::text, --@ subscriptions
        'enabled = ' || s.subenabled::text, --@ subscriptions
        'slot_name = ' || coalesce(s.subslotname::text, 'NONE'), --@ subscriptions
        'synchronous_commit = ' || s.subsynccommit::text, --@ subscriptions
        CASE WHEN s.subbinary THEN 'binary = true' END, --@ pg >= 140000
        'streaming = ' || CASE s.substream::text WHEN 't' THEN 'true' WHEN 'true' THEN 'true' WHEN 'p' THEN 'parallel' END, --@ pg >= 140000
        CASE WHEN s.subtwophasestate <> 'd' THEN 'two_phase = true' END, --@ pg >= 150000
        CASE WHEN s.subdisableonerr THEN 'disable_on_error = true' END, --@ pg >= 150000
        'origin = ' || nullif(s.suborigin, 'any'), --@ pg >= 160000
        CASE WHEN NOT s.subpasswordrequired THEN 'password_required = false' END, --@ pg >= 160000
        CASE WHEN s.subrunasowner THEN 'run_as_owner = true' END, --@ pg >= 160000
        CASE WHEN s.subfailover THEN 'failover = true' END, --@ pg >= 170000
        NULL) AS definition, --@ subscriptions
    s.subconninfo AS connection, --@ secrets
    pg_get_userbyid(s.subowner) AS owner,
    NULL AS comment
FROM pg_subscription s
WHERE s.subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
