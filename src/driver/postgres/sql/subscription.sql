-- The connection string may be read by superusers only: "secrets" says that this role may;
-- "subscriptions" that it may read the rest (before PostgreSQL 14 superusers only).
SELECT s.subname AS _name,
    'sub' || s.oid AS _id, --@ subscriptions
    concat_ws(', ', --@ subscriptions
        'publications = ' || s.subpublications::text, --@ subscriptions
        'enabled = ' || s.subenabled, --@ subscriptions
        'slot_name = ' || coalesce(s.subslotname::text, 'NONE'), --@ subscriptions
        'synchronous_commit = ' || s.subsynccommit, --@ subscriptions
        'binary = ' || s.subbinary, --@ pg >= 140000
        'streaming = ' || CASE s.substream::text WHEN 't' THEN 'true' WHEN 'f' THEN 'false' WHEN 'p' THEN 'parallel' ELSE s.substream::text END, --@ pg >= 140000
        'two_phase = ' || (s.subtwophasestate <> 'd'), --@ pg >= 150000
        'disable_on_error = ' || s.subdisableonerr, --@ pg >= 150000
        'origin = ' || s.suborigin, --@ pg >= 160000
        'password_required = ' || s.subpasswordrequired, --@ pg >= 160000
        'run_as_owner = ' || s.subrunasowner, --@ pg >= 160000
        'failover = ' || s.subfailover, --@ pg >= 170000
        NULL) AS definition, --@ subscriptions
    s.subconninfo AS connection, --@ secrets
    pg_get_userbyid(s.subowner) AS owner,
    NULL AS comment
FROM pg_subscription s
WHERE s.subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
