#!/bin/bash
# PostgreSQL: what lies in a tablespace of its own is created in the default one, with all its rows, proven but for
# that; the copy says so, and what it did on purpose is no drift.
. "$(dirname "$0")/../lib/live.sh"

for kind in $(servers pg); do
    server_start "$kind" tsprod --own || bail tsprod
    start "$kind" staging
    if [ "$(q tsprod postgres "SELECT current_setting('server_version_num')::int >= 150000")" != t ]; then
        mkdir -p "$(server_dir tsprod)/ts1" || bail "a folder"
        chown --reference="$(server_dir tsprod)/data" "$(server_dir tsprod)/ts1" 2>/dev/null
        must q tsprod postgres "CREATE TABLESPACE ts1 LOCATION '$(server_dir tsprod)/ts1'"
    else
        must pg tsprod postgres -c "SET allow_in_place_tablespaces = on" -c "CREATE TABLESPACE ts1 LOCATION ''"
    fi
    fresh_db tsprod tspace
    fresh_db staging tspace
    must q tsprod tspace "CREATE TABLE a (id int PRIMARY KEY USING INDEX TABLESPACE ts1, v text UNIQUE) TABLESPACE ts1;
        INSERT INTO a SELECT i, i::text FROM generate_series(1, 100) i; CREATE INDEX av ON a (v) TABLESPACE ts1;
        CREATE MATERIALIZED VIEW m TABLESPACE ts1 AS SELECT id FROM a; CREATE TABLE pt (a int) PARTITION BY LIST (a) TABLESPACE ts1;
        CREATE TABLE pt1 PARTITION OF pt FOR VALUES IN (1); INSERT INTO pt VALUES (1)"
    ok "$kind: a copy" dbtwin copy "$(url tsprod tspace)" "$(url staging tspace)"
    err_has "$kind: says so" "its tablespace ts1: it is created in the default one"
    is "$kind: every row" "$(q staging tspace "SELECT count(*) || ' ' || (SELECT count(*) FROM m) || ' ' || (SELECT count(*) FROM pt) FROM a")" "100 100 1"
    is "$kind: in the default one" "$(q staging tspace "SELECT count(*) FROM pg_class WHERE reltablespace <> 0 AND oid >= 16384")" 0
    is "$kind: the twin, by dump" "$(dump staging tspace --no-tablespaces)" "$(dump tsprod tspace --no-tablespaces)"
    ok "$kind: verify" dbtwin verify -q "$(url tsprod tspace)" "$(url staging tspace)"
    server_stop tsprod KILL
done
done_testing
