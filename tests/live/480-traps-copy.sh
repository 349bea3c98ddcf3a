#!/bin/bash
# Traps of copying PostgreSQL that no other scenario walks into (TRAPS.md tells them by number): sessions
# that the server would end, dirty rows behind keys that are said to hold, what an extension owns.
# slow
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/live/copies.sh"
. "$TOP/tests/lib/traps.sh"

for kind in $(servers pg | tail -n 1); do
    server_start "$kind" prod --own || bail "$kind did not start"
    server_start "$kind" staging --own -- -c max_prepared_transactions=5 || bail "$kind did not start"
    fresh_db prod traps
    fresh_db staging traps
    must q staging traps "CREATE TABLE old (a int)"

    # 4: timeouts of the server, the database and the role would end a long snapshot and a long load
    must q prod traps "CREATE TABLE t (id int PRIMARY KEY, b text); INSERT INTO t SELECT n, repeat('x', 1000) FROM generate_series(1, 3000) n"
    for s in prod staging; do
        must q $s postgres "ALTER SYSTEM SET idle_in_transaction_session_timeout = '400ms'"
        must q $s postgres "ALTER DATABASE traps SET statement_timeout = '400ms'; ALTER ROLE postgres SET lock_timeout = '50ms'; SELECT pg_reload_conf()"
    done
    ok "$kind: 4: no timeout of theirs ends it" copy --max-rate 1M
    is "$kind: 4: though it takes longer" "$(q staging postgres "SET lock_timeout = 0" && q staging traps "SET statement_timeout = 0; SELECT count(*) FROM t")" 3000
    for s in prod staging; do
        must q $s postgres "ALTER SYSTEM RESET ALL"
        must q $s postgres "ALTER ROLE postgres RESET ALL; ALTER DATABASE traps RESET ALL; SELECT pg_reload_conf()"
    done

    # 7: who waits for a table to itself goes first, and with it all who wait behind it
    again
    must q prod traps "CREATE TABLE t (id int PRIMARY KEY, b text); INSERT INTO t SELECT n, repeat('x', 1000) FROM generate_series(1, 5000) n; CREATE TABLE u (a int)"
    "$DBTWIN" copy --create "$(url prod traps)" "$(url staging traps)" --max-rate 100k >"$OUT" 2>"$ERR" </dev/null &
    run=$!
    until_true 10 eval '[ "$(q prod traps "SELECT count(*) > 0 FROM pg_stat_activity WHERE query LIKE '"'COPY \"public\".\"t\"%'"' AND application_name LIKE '"'dbtwin%'"'")" = t ]'
    a=$SECONDS
    (q prod traps "ALTER TABLE t ADD x int") >/dev/null 2>&1 &
    alters=$!
    sleep 0.3
    is "$kind: 7: a reader behind an ALTER behind the copy" "$(q prod traps "SELECT count(*) FROM t")" 5000
    ok "$kind: 7: does not wait for its end: $((SECONDS - a)) s" test $((SECONDS - a)) -lt 15
    wait $alters
    is "$kind: 7: nor does the ALTER" $? 0
    wait $run
    is "$kind: 7: for the copy gives way" $? 2
    err_like "$kind: 7: and says to whom" 'process [0-9]+ waits for public.t'
    untouched "$kind: 7" staging traps "$before"

    # 10, 20: a leaf that is foreign; views by a primary key; keys on an index; bodies of what is not there
    again
    cat >"$WORK/make.sql" <<'SQL'
SET client_min_messages = warning;
CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;
CREATE TABLE part (id int, at date) PARTITION BY RANGE (at);
CREATE FOREIGN TABLE part_far PARTITION OF part FOR VALUES FROM (MINVALUE) TO ('2020-01-01') SERVER s;
CREATE TABLE part_near PARTITION OF part FOR VALUES FROM ('2020-01-01') TO (MAXVALUE);
INSERT INTO part VALUES (1, '2024-01-01');
CREATE TABLE people (id int PRIMARY KEY, name text, mail text);
CREATE UNIQUE INDEX by_mail ON people (mail);
CREATE TABLE letters (id int PRIMARY KEY, mail text REFERENCES people (mail));
INSERT INTO people VALUES (1, 'a', 'a@x'), (2, 'b', 'b@x'); INSERT INTO letters VALUES (1, 'a@x');
CREATE VIEW a_grouped AS SELECT p.id, p.name, count(*) AS n FROM people p JOIN letters l USING (mail) GROUP BY p.id;
CREATE MATERIALIZED VIEW z_first AS SELECT id FROM people; CREATE MATERIALIZED VIEW a_second AS SELECT id FROM z_first;
SET check_function_bodies = off;
CREATE FUNCTION body() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM not_there';
CREATE FUNCTION early() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM people';
CREATE ROLE traps_reader;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO traps_reader; ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
SQL
    must load prod traps "$WORK/make.sql"
    must q staging postgres "CREATE ROLE traps_reader"
    ok "$kind: 10: a foreign leaf, a view by a key, a key on an index" copy
    twin "$kind: 10"
    is "$kind: 10: rows of the near leaf" "$(q staging traps "SELECT count(*) FROM part_near")" 1
    is "$kind: 12: default privileges gave nothing to what the copy made" "$(q staging traps "SELECT count(*) FROM pg_class WHERE relacl::text LIKE '%traps_reader%' AND relnamespace = 'public'::regnamespace")" 0
    is "$kind: 14: a materialized view of another is filled" "$(q staging traps "SELECT count(*) FROM a_second")" 2
    for s in prod staging; do must q $s traps "DROP OWNED BY traps_reader"; must q $s postgres "DROP ROLE traps_reader"; done

    # 15: what is computed by functions that name tables without their schema
    again
    cat >"$WORK/make.sql" <<'SQL'
CREATE TABLE rates (c text PRIMARY KEY, r int); INSERT INTO rates VALUES ('x', 2);
CREATE FUNCTION rate(text) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN (SELECT r FROM rates WHERE c = $1); END';
CREATE TABLE goods (id int PRIMARY KEY, c text CHECK (rate(c) > 0)); INSERT INTO goods VALUES (1, 'x');
SQL
    # from 17 on the server itself refuses the others
    [ "${kind#pg}" -ge 17 ] || echo "CREATE INDEX ON goods (rate(c)); CREATE MATERIALIZED VIEW priced AS SELECT id, rate(c) FROM goods" >>"$WORK/make.sql"
    must load prod traps "$WORK/make.sql"
    code=0
    copy >"$OUT" 2>"$ERR" || code=$?
    case $code in
        0) twin "$kind: 15: functions that name no schema" ;;
        2 | 4)
            err_like "$kind: 15: functions that name no schema: the table is named" 'goods|priced|rates'
            untouched "$kind: 15" staging traps "$before"
            ;;
        *) fail "$kind: 15: functions that name no schema" "exit code $code" ;;
    esac

    # 16: a unique index that another collation order has broken
    again
    must q prod traps "CREATE TABLE u (id int PRIMARY KEY, t text); CREATE UNIQUE INDEX u_t ON u (t); INSERT INTO u VALUES (1, 'x'), (2, 'y')"
    must q prod traps "UPDATE pg_index SET indisready = false, indislive = false WHERE indexrelid = 'u_t'::regclass"
    must q prod traps "INSERT INTO u VALUES (3, 'x')"
    must q prod traps "UPDATE pg_index SET indisready = true, indislive = true WHERE indexrelid = 'u_t'::regclass"
    expect_exit 2 "$kind: 16: duplicates under a unique index" copy
    err_has "$kind: 16: the index is named" u_t
    untouched "$kind: 16" staging traps "$before"

    # 24: rows that a foreign key does not hold for come with a key that is NOT VALID, which is said
    again
    must q prod traps "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (p int CONSTRAINT c_p REFERENCES p); INSERT INTO p VALUES (1)"
    must q prod traps "SET session_replication_role = replica; INSERT INTO c VALUES (1), (7)"
    ok "$kind: 24: orphans" copy
    err_has "$kind: 24: the key is named" "c_p arrives NOT VALID"
    is "$kind: 24: the rows" "$(q staging traps "SELECT string_agg(p::text, ' ' ORDER BY p) FROM c")" "1 7"
    is "$kind: 24: the key" "$(q staging traps "SELECT convalidated FROM pg_constraint WHERE conname = 'c_p'")" f
    must q prod traps "ALTER TABLE c DROP CONSTRAINT c_p, ADD CONSTRAINT c_p FOREIGN KEY (p) REFERENCES p NOT VALID"
    ok "$kind: 24: behind a key that is not valid" copy
    twin "$kind: 24"

    # 22: a prepared transaction on the target cannot be ended
    again
    must q prod traps "CREATE TABLE n (a int)"
    must q staging traps "BEGIN; CREATE TABLE prepared (a int); PREPARE TRANSACTION 'traps'"
    expect_exit 2 "$kind: 22: a prepared transaction is in the way" copy
    err_like "$kind: 22: and named" 'prepared'
    must q staging traps "ROLLBACK PREPARED 'traps'"
    untouched "$kind: 22" staging traps "$before"
    ok "$kind: 22: when it is gone" copy
    server_stop staging

    # 11, 12: extensions that the target has not; rows that users gave to an extension's own table
    if [ "${kind#pg}" -ge 18 ]; then # only there without touching the server's own files
        chmod 755 "$WORK"
        mkdir -p "$WORK/$kind/extension"
        printf "default_version = '1.0'\nrelocatable = false\n" >"$WORK/$kind/extension/dbtwin_conf.control"
        printf '%s\n' "CREATE TABLE public.conf (k text PRIMARY KEY, own bool DEFAULT false); INSERT INTO public.conf VALUES ('shipped', true);" \
            "SELECT pg_extension_config_dump('public.conf', 'WHERE NOT own');" >"$WORK/$kind/extension/dbtwin_conf--1.0.sql"
        server_stop prod
        server_start "$kind" prod --own -- -c "extension_control_path=$WORK/$kind:\$system" || bail "$kind did not start"
        server_start "$kind" staging --own || bail "$kind did not start"
        server_start "$kind" knows --own -- -c "extension_control_path=$WORK/$kind:\$system" || bail "$kind did not start"
        fresh_db prod traps
        fresh_db staging traps
        fresh_db knows traps
        must q prod traps "CREATE EXTENSION dbtwin_conf; CREATE TABLE t (a int); INSERT INTO t VALUES (1)"
        must q staging traps "CREATE TABLE old (a int)"
        before=$(sum_of staging traps)
        expect_exit 2 "$kind: 12: an extension that the target has not" copy
        err_has "$kind: 12: is named" dbtwin_conf
        untouched "$kind: 12" staging traps "$before"
        expect_exit 2 "$kind: 12: preflight knows it before" dbtwin preflight "$(url prod traps)" "$(url staging traps)"
        out_has "$kind: 12: by name" dbtwin_conf
        ok "$kind: 11: the extension's own rows come with it" dbtwin copy -q "$(url prod traps)" "$(url knows traps)"
        is "$kind: 11: once" "$(q knows traps "SELECT count(*) FROM conf")" 1
        must q prod traps "INSERT INTO conf VALUES ('ours')"
        ok "$kind: 11: rows of users in it come too" dbtwin copy "$(url prod traps)" "$(url knows traps)"
        is "$kind: 11: beside the extension's own" "$(q knows traps "SELECT count(*) FROM conf")" 2
        ok "$kind: 11: left out by name" dbtwin copy "$(url prod traps)" "$(url knows traps)" --without extension_rows
        is "$kind: 11: they stay behind" "$(q knows traps "SELECT count(*) FROM conf")" 1
        server_stop staging
        server_stop knows
    fi
    server_stop prod
done
done_testing
