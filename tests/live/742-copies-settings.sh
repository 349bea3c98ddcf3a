#!/bin/bash
# What a role, a database or a server sets otherwise changes nothing of what dbtwin's statements mean;
# production's event triggers neither stop dbtwin nor see its own statements.
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/live/copies.sh"

sure() { # SERVER SQL: though the settings say otherwise
    PGOPTIONS='-c default_transaction_read_only=off -c exit_on_error=off -c search_path=pg_catalog -c lock_timeout=0' must q "$1" postgres "$2"
}

hostile() { # SERVER VERSION: settings that any role's defaults may hold
    must q "$1" postgres "ALTER ROLE postgres SET default_transaction_isolation = 'serializable'; ALTER ROLE postgres SET default_transaction_deferrable = on;
        ALTER ROLE postgres SET transform_null_equals = on; ALTER ROLE postgres SET exit_on_error = on; ALTER ROLE postgres SET session_replication_role = replica;
        ALTER ROLE postgres SET search_path = evil, pg_catalog; ALTER ROLE postgres SET array_nulls = off; ALTER ROLE postgres SET quote_all_identifiers = on;
        ALTER ROLE postgres SET standard_conforming_strings = off; ALTER ROLE postgres SET escape_string_warning = on; ALTER ROLE postgres SET backslash_quote = off;
        ALTER ROLE postgres SET bytea_output = escape; ALTER ROLE postgres SET IntervalStyle = iso_8601; ALTER ROLE postgres SET extra_float_digits = -15;
        ALTER ROLE postgres SET xmloption = document; ALTER ROLE postgres SET xmlbinary = hex; ALTER ROLE postgres SET lock_timeout = '1ms';
        ALTER ROLE postgres SET DateStyle = 'German'; ALTER ROLE postgres SET log_min_messages = debug5; ALTER ROLE postgres SET row_security = off;
        ALTER DATABASE postgres SET default_transaction_read_only = on"
    [ "$2" -lt 16 ] || sure "$1" "ALTER ROLE postgres SET createrole_self_grant = 'set, inherit'; ALTER ROLE postgres SET icu_validation_level = 'error'"
    [ "$2" -lt 17 ] || sure "$1" "ALTER ROLE postgres SET transaction_timeout = '500ms'; ALTER ROLE postgres SET restrict_nonsystem_relation_kind = 'view'"
}

for kind in $(servers pg); do
    version=${kind#pg}
    server_start "$kind" prod --own || bail "$kind did not start"
    server_start "$kind" staging --own || bail "$kind did not start"
    for db in hostile guard audit; do fresh_db prod $db; fresh_db staging $db; done

    # event triggers that refuse, and that log, in each state
    cat >"$WORK/make.sql" <<'SQL'
CREATE TABLE x (a int PRIMARY KEY); INSERT INTO x VALUES (1); CREATE MATERIALIZED VIEW mv AS SELECT a FROM x;
CREATE FUNCTION guard() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no DDL outside of a migration: %', tg_tag; END $$;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC;
CREATE EVENT TRIGGER b_guard ON ddl_command_start EXECUTE FUNCTION guard(); COMMENT ON EVENT TRIGGER b_guard IS 'x';
CREATE EVENT TRIGGER a_guard ON sql_drop EXECUTE FUNCTION guard(); CREATE EVENT TRIGGER c_guard ON ddl_command_end EXECUTE FUNCTION guard();
CREATE EVENT TRIGGER d_guard ON table_rewrite EXECUTE FUNCTION guard();
ALTER EVENT TRIGGER a_guard ENABLE ALWAYS; ALTER EVENT TRIGGER c_guard ENABLE REPLICA; ALTER EVENT TRIGGER d_guard DISABLE;
SQL
    must load prod guard "$WORK/make.sql"
    ok "$kind: a guard against DDL" dbtwin copy "$(url prod guard)" "$(url staging guard)"
    is "$kind: the twin, with the guards' states" "$(sum_of staging guard)" "$(sum_of prod guard)"
    ok "$kind: again, over the guard" dbtwin copy "$(url prod guard)" "$(url staging guard)"
    is "$kind: the guards stand" "$(q staging guard "SELECT string_agg(evtname::text || evtenabled::text, ' ' ORDER BY evtname) FROM pg_event_trigger")" "a_guardA b_guardO c_guardR d_guardD"
    q staging guard "CREATE TABLE y ()" >"$OUT" 2>"$ERR"
    err_has "$kind: and guard" 'no DDL outside'
    cat >"$WORK/make.sql" <<'SQL'
CREATE TABLE x (a int); CREATE TABLE log (tag text);
CREATE FUNCTION note() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.log VALUES (tg_tag); END $$;
CREATE EVENT TRIGGER audit ON ddl_command_end EXECUTE FUNCTION note(); CREATE EVENT TRIGGER always ON ddl_command_start EXECUTE FUNCTION note(); ALTER EVENT TRIGGER always ENABLE ALWAYS;
CREATE TABLE after (a int);
SQL
    must load prod audit "$WORK/make.sql"
    ok "$kind: an audit of DDL" dbtwin copy "$(url prod audit)" "$(url staging audit)"
    is "$kind: logs nothing of ours" "$(q staging audit "SELECT string_agg(tag, ', ') FROM log")" "$(q prod audit "SELECT string_agg(tag, ', ') FROM log")"

    # hostile settings, and functions and operators in a schema that comes first
    cat >"$WORK/make.sql" <<'SQL'
CREATE TABLE t (id int PRIMARY KEY, a text CHECK (a = NULL OR a <> E'\\'), b bytea, i interval, f float8, d date DEFAULT '2024-02-01', n int[], x xml);
INSERT INTO t VALUES (1, 'it''s \ x', '\x005c27', '1 mon -2 days', 0.1::float8 + 0.2, '2024-03-04', '{1,NULL}', '<a/>'), (2, NULL, '\xff', '1 year', 'NaN', NULL, '{}', 'text');
CREATE SCHEMA evil; CREATE FUNCTION evil.quote_ident(text) RETURNS text LANGUAGE sql AS $$ SELECT 'evil' $$;
CREATE FUNCTION evil.eq(text, text) RETURNS bool LANGUAGE sql AS 'SELECT true'; CREATE OPERATOR evil.= (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.eq);
CREATE FUNCTION evil.cat(text, text) RETURNS text LANGUAGE sql AS $$ SELECT 'evil' $$; CREATE OPERATOR evil.|| (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.cat);
CREATE FUNCTION evil.format_type(oid, int) RETURNS text LANGUAGE sql AS $$ SELECT 'evil' $$; CREATE TABLE evil.pg_class (oid oid); CREATE DOMAIN evil.text AS int;
CREATE VIEW v AS SELECT id, a FROM t WHERE a IS NULL; CREATE SEQUENCE s; SELECT setval('s', 7);
SQL
    must load prod hostile "$WORK/make.sql"
    wanted=$(sum_of prod hostile)
    must pg staging postgres -c "SET allow_in_place_tablespaces = on" -c "CREATE TABLESPACE ts1 LOCATION ''"
    must q staging postgres "ALTER ROLE postgres SET default_tablespace = 'ts1'"
    for s in prod staging; do sure $s "ALTER DATABASE hostile SET search_path = evil, public"; hostile $s "$version"; done
    ok "$kind: hostile settings: copied" dbtwin copy "$(url prod hostile)" "$(url staging hostile)"
    ok "$kind: hostile settings: diff" dbtwin diff "$(url prod hostile)" "$(url staging hostile)"
    ok "$kind: hostile settings: verify" dbtwin verify "$(url prod hostile)" "$(url staging hostile)"
    is "$kind: nothing stands in another tablespace" "$(PGOPTIONS='-c search_path=pg_catalog' q staging hostile "SELECT count(*) FROM pg_catalog.pg_class WHERE reltablespace <> 0 AND oid >= 16384")" 0
    for s in prod staging; do sure $s "ALTER ROLE postgres RESET ALL; ALTER DATABASE postgres RESET ALL; ALTER DATABASE hostile RESET ALL"; done
    is "$kind: the twin, by dump" "$(sum_of staging hostile)" "$wanted"
    server_stop prod
    server_stop staging
done
done_testing
