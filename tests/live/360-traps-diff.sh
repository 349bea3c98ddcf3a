#!/bin/bash
# Traps of comparing that no pair of fixtures/drift can show, for they are about the session, the server
# or its other databases (TRAPS.md): settings that change how texts are spelled, secrets and options that
# a role may not read, what a server hides unless it is asked.
. "$(dirname "$0")/../lib/live.sh"

same() { # NAME FROM TO: nothing differs, and all was compared
    expect_exit 0 "$1" dbtwin diff --ignore kind:setting "$2" "$3"
    out_has "$1: and all was compared" "Same: no drift"
}

for kind in $(servers pg); do
    start "$kind" prod
    for db in traps traps2; do
        fresh_db prod $db
        cat >"$WORK/make.sql" <<'SQL'
CREATE SCHEMA app;
CREATE TYPE app.mood AS ENUM ('a', 'b');
CREATE FUNCTION app.one(app.mood) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE TABLE app."Order" (id int PRIMARY KEY, m app.mood DEFAULT 'a' CHECK (app.one(m) = 1), at timestamptz DEFAULT '2020-01-01 00:00+00', f float8 DEFAULT 0.1,
    i interval DEFAULT '1 day 02:03', b bytea DEFAULT '\x00ff', t text DEFAULT E'a\\b');
CREATE INDEX ON app."Order" (app.one(m)) WHERE at > '2020-01-01 00:00+00' AND f > 0.1;
CREATE VIEW app.v AS SELECT id, m, app.one(m) AS one, at + i AS later FROM app."Order" WHERE m = 'a' AND at <> '2020-06-01 12:00+00' AND t <> E'c\\d';
CREATE TABLE app.p (at timestamptz, f float8, i interval) PARTITION BY RANGE (at, f);
CREATE TABLE app.p1 PARTITION OF app.p FOR VALUES FROM ('2020-01-01 00:00+00', 0.1) TO ('2020-07-01 00:00+00', 0.30000000000000004);
CREATE SEQUENCE app.s;
SQL
        must load prod $db "$WORK/make.sql"
    done
    # 2: what the role, the database or a pooler sets must not change a text
    must q prod postgres "ALTER DATABASE traps2 SET search_path = app, public; ALTER DATABASE traps2 SET quote_all_identifiers = on;
        ALTER DATABASE traps2 SET DateStyle = 'German'; ALTER DATABASE traps2 SET TimeZone = 'Asia/Tokyo'; ALTER DATABASE traps2 SET IntervalStyle = 'iso_8601';
        ALTER DATABASE traps2 SET extra_float_digits = -10; ALTER DATABASE traps2 SET bytea_output = 'escape'; ALTER DATABASE traps2 SET standard_conforming_strings = off;
        ALTER DATABASE traps2 SET default_transaction_isolation = 'serializable'"
    isnt "$kind: the database's settings do change texts" "$(q prod traps2 "SELECT pg_get_viewdef('app.v')")" "$(q prod traps "SELECT pg_get_viewdef('app.v')")"
    same "$kind: settings that change spelling change nothing" "$(url prod traps)" "$(url prod traps2)"
    # 16: a sequence's position is data
    must q prod traps "SELECT setval('app.s', 4711)"
    same "$kind: a position is no drift" "$(url prod traps)" "$(url prod traps2)"
    must q prod postgres "ALTER DATABASE traps2 RESET ALL"

    # 28: what a role may not read is unknown, not absent
    for db in traps traps2; do
        must q prod $db "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS (host 'h');
            CREATE USER MAPPING FOR postgres SERVER s OPTIONS (user 'u', password 's3cret');
            CREATE SUBSCRIPTION sub_$db CONNECTION 'host=/nowhere password=s3cret' PUBLICATION p WITH (connect = false)"
    done
    q prod traps "CREATE ROLE traps_lowly LOGIN" 2>/dev/null
    for db in traps traps2; do must q prod $db "GRANT USAGE ON SCHEMA app TO traps_lowly; GRANT SELECT ON ALL TABLES IN SCHEMA app TO traps_lowly"; done
    dbtwin diff "$(url prod traps)" "$(url prod traps2 traps_lowly)" --ignore 'kind:subscription' --format json >"$OUT" 2>"$ERR"
    is "$kind: a mapping's options that may not be read are not comparable" $? 3
    out_has "$kind: it is named" '"path": "s.postgres"'
    out_lacks "$kind: and not called absent" '"change": "removed"'
    out_lacks "$kind: and not shown" s3cret
    expect_exit 3 "$kind: nor is a subscription's connection" dbtwin diff "$(url prod traps)" "$(url prod traps traps_lowly)"
    out_like "$kind: which is named" 'sub_traps|subscription'
    err_lacks "$kind: and not shown" s3cret
    for db in traps traps2; do
        must q prod $db "ALTER SUBSCRIPTION sub_$db SET (slot_name = NONE); DROP SUBSCRIPTION sub_$db"
        must q prod $db "DROP OWNED BY traps_lowly"
        must q prod postgres "DROP DATABASE $db"
    done
    # 13: privileges on parameters are the server's
    if [ "${kind#pg}" -ge 15 ]; then
        start "$kind" staging
        q staging postgres "CREATE ROLE traps_lowly" 2>/dev/null
        for s in prod staging; do fresh_db $s traps; must q $s traps "CREATE TABLE t (a int)"; done
        same "$kind: no privilege on a parameter" "$(url prod traps)" "$(url staging traps)"
        must q staging postgres "GRANT SET ON PARAMETER log_statement TO traps_lowly"
        expect_exit 1 "$kind: one on one side" dbtwin diff "$(url prod traps)" "$(url staging traps)"
        out_has "$kind: is named" log_statement
        must q staging postgres "REVOKE SET ON PARAMETER log_statement FROM traps_lowly; DROP ROLE traps_lowly"
        # a role that owns something here, and that the other server has not
        must q prod traps "CREATE ROLE traps_owner; ALTER TABLE t OWNER TO traps_owner"
        expect_exit 1 "$kind: an owner that the other server has not" dbtwin diff "$(url prod traps)" "$(url staging traps)"
        out_like "$kind: the role is missing" '- role traps_owner: missing'
        out_like "$kind: and the owner differs" 'owner: traps_owner → postgres'
        must q prod traps "ALTER TABLE t OWNER TO postgres; DROP ROLE traps_owner"
        for s in prod staging; do must q $s postgres "DROP DATABASE traps"; done
    fi
    q prod postgres "DROP ROLE traps_lowly"
done

# What an older version cannot say is told once, however many objects have it; what it only did not
# write down is no difference.
old=$(servers pg | sort -V | head -n 1)
if [ "$old" != pg18 ] && servers pg | grep -qx pg18; then
    start "$old" elder
    start pg18 younger
    for s in elder younger; do
        fresh_db $s traps
        must q $s traps "CREATE TABLE p (a int NOT NULL, b int NOT NULL); CREATE TABLE x (a int, CONSTRAINT k CHECK (a > 0) NOT VALID); CREATE INDEX ON x (a)"
        must q $s traps "CREATE SUBSCRIPTION sub_traps CONNECTION 'host=/nowhere' PUBLICATION p WITH (connect = false$([ $s = elder ] || echo ', streaming = off'))"
    done
    must q elder traps "CREATE TABLE c1 () INHERITS (p); CREATE TABLE c2 () INHERITS (p)"
    must q younger traps "CREATE TABLE c1 () INHERITS (p); CREATE TABLE c2 () INHERITS (p)"
    same "$old against pg18: what has no other meaning" "$(url elder traps)" "$(url younger traps)"
    must q younger traps "ALTER TABLE c1 ALTER a SET NOT NULL, ALTER b SET NOT NULL; ALTER TABLE c2 ALTER a SET NOT NULL"
    expect_exit 0 "$old against pg18: what the older does not know is no drift" dbtwin diff "$(url elder traps)" "$(url younger traps)"
    is "$old against pg18: is told once" "$(grep -c not_null_local "$OUT")" 1
    for s in elder younger; do
        must q $s traps "ALTER SUBSCRIPTION sub_traps SET (slot_name = NONE); DROP SUBSCRIPTION sub_traps"
        must q $s postgres "DROP DATABASE traps"
    done
fi

for kind in $(servers my); do
    start "$kind" prod
    # 40: a key that the server makes by itself, and hides from who does not ask
    case $kind in
        mysql*)
            server_start "$kind" hides --own -- --show-gipk-in-create-table-and-information-schema=OFF || bail "$kind did not start"
            for s in prod hides; do
                fresh_db $s gipk
                must q $s gipk "SET sql_generate_invisible_primary_key = ON; CREATE TABLE t (a int); INSERT INTO t VALUES (1), (2)"
            done
            is "$kind: the server hides its key" "$(q hides gipk "SELECT count(*) FROM information_schema.columns WHERE table_schema = 'gipk'")" 1
            same "$kind: a generated key is read where it is hidden" "$(url prod gipk)" "$(url hides gipk)"
            fresh_db hides gipk_s
            ok "$kind: and copied" dbtwin copy -q "$(url prod gipk)" "$(url hides gipk_s)"
            is "$kind: with its values" "$(q hides gipk_s "SELECT my_row_id, a FROM t ORDER BY 1")" "$(q prod gipk "SELECT my_row_id, a FROM t ORDER BY 1")"
            must q hides gipk "DROP TABLE t; CREATE TABLE t (a int)"
            expect_exit 1 "$kind: a table without it differs" dbtwin diff "$(url prod gipk)" "$(url hides gipk)"
            out_has "$kind: by the key's column" my_row_id
            server_stop hides
            ;;
        *) ;;
    esac
    # 37: old statistics are not shown as rows or counters, and counters are data
    for db in counted counted2; do
        fresh_db prod $db
        must q prod $db "CREATE TABLE t (id int AUTO_INCREMENT PRIMARY KEY, b varchar(9)) ROW_FORMAT=DYNAMIC MAX_ROWS=100 MIN_ROWS=5"
    done
    must q prod counted "INSERT INTO t VALUES (4711, 'x')"
    same "$kind: a counter is no drift" "$(url prod counted)" "$(url prod counted2)"
    must q prod counted2 "DROP TABLE t; CREATE TABLE t (id int AUTO_INCREMENT PRIMARY KEY, b varchar(9)) MIN_ROWS=5 MAX_ROWS=100 ROW_FORMAT=DYNAMIC"
    same "$kind: nor is the order of options" "$(url prod counted)" "$(url prod counted2)"
    # 32: a changed default of a table is not a changed column, and the other way round
    for db in counted counted2; do
        fresh_db prod $db
        must q prod $db "CREATE TABLE t (a varchar(9), b varchar(9) CHARACTER SET latin1) CHARSET utf8mb4"
    done
    must q prod counted2 "ALTER TABLE t DEFAULT CHARSET latin1"
    expect_exit 1 "$kind: another default of a table" dbtwin diff --format json "$(url prod counted)" "$(url prod counted2)"
    is "$kind: is told of the table and of no column" "$(python3 -c 'import json, sys; print(*(c["kind"] + " " + c["path"] for c in json.load(sys.stdin)["changes"]))' <"$OUT")" "table t"
    must q prod counted2 "ALTER TABLE t DEFAULT CHARSET utf8mb4, MODIFY a varchar(9) CHARACTER SET latin1"
    expect_exit 1 "$kind: a column's own set" dbtwin diff --format json "$(url prod counted)" "$(url prod counted2)"
    is "$kind: is told of it" "$(python3 -c 'import json, sys; print(*(c["kind"] + " " + c["path"] for c in json.load(sys.stdin)["changes"]))' <"$OUT")" "column t.a"
    # 42: where TLS is wanted and the server has none, nobody goes on without
    case $kind in
        mariadb)
            server_start "$kind" plain --tcp || bail "$kind did not start"
            if [ "$(q plain '' "SELECT @@have_ssl")" = YES ]; then
                skip "$kind: a server without TLS" "this one has it by itself"
            else
                fresh_db plain notls
                expect_exit 2 "$kind: TLS that is wanted and not there" dbtwin inspect "$(url_tcp plain notls)?ssl-mode=REQUIRED"
                err_has "$kind: is named" "offers no TLS"
                ok "$kind: unless it is not wanted" dbtwin inspect "$(url_tcp plain notls)" -o "$WORK/model.xml"
            fi
            server_stop plain
            ;;
    esac
done
done_testing
