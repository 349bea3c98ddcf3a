#!/bin/bash
# Materialized views that read others through functions are filled in the order that works; one that
# production itself could not fill now arrives empty, with a warning, and is no drift.
. "$(dirname "$0")/../lib/live.sh"

for kind in $(servers pg); do
    start "$kind" prod staging
    for name in prod staging; do
        q $name postgres 'CREATE ROLE tiller' >/dev/null 2>&1
    done
    fresh_db prod views
    must q prod views "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1), (2), (3);
        CREATE FUNCTION read_c() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT sum(n) FROM public.c); END';
        CREATE FUNCTION read_b() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT sum(n) FROM public.b); END';
        CREATE FUNCTION read_z() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT sum(n) FROM public.z); END';
        CREATE MATERIALIZED VIEW c AS SELECT id AS n FROM t;
        CREATE MATERIALIZED VIEW b AS SELECT read_c() AS n;
        CREATE MATERIALIZED VIEW a AS SELECT read_b() + 1 AS n;
        CREATE UNIQUE INDEX ON a (n);
        CREATE MATERIALIZED VIEW z AS SELECT id AS n FROM t WITH NO DATA;
        CREATE TABLE secret (n int); INSERT INTO secret VALUES (7);
        CREATE MATERIALIZED VIEW lost AS SELECT n FROM secret;
        CREATE MATERIALIZED VIEW broken AS SELECT 1 / n AS n FROM secret;
        CREATE MATERIALIZED VIEW above AS SELECT n FROM lost;
        ALTER MATERIALIZED VIEW lost OWNER TO tiller;
        UPDATE secret SET n = 0"
    for way in shadow restore in-place; do
        fresh_db staging views
        case $way in
            restore)
                piped() { dbtwin snapshot -q "$(url prod views)" -o - | dbtwin restore - "$(url staging views)"; }
                (set -o pipefail && piped 2>"$WORK/why")
                is "$kind, $way: done" $? 0
                ERR=$WORK/why
                ;;
            in-place) expect_exit 0 "$kind, $way: done" dbtwin copy --in-place "$(url prod views)" "$(url staging views)" ;;
            *) expect_exit 0 "$kind, $way: done" dbtwin copy "$(url prod views)" "$(url staging views)" ;;
        esac
        err_like "$kind, $way: the owner that lost a right" 'materialized view public.lost arrives without its rows.*permission denied'
        err_like "$kind, $way: one that fails" 'materialized view public.broken arrives without its rows.*division by zero'
        err_like "$kind, $way: and what stands on it" 'materialized view public.above arrives without its rows.*not been populated'
        err_lacks "$kind, $way: the others are filled" "view public.a arrives"
        is "$kind, $way: in the order that works" "$(q staging views "SELECT n FROM a")" 7
        is "$kind, $way: what has no rows has none" "$(q staging views "SELECT string_agg(matviewname, ' ' ORDER BY matviewname) FROM pg_matviews WHERE NOT ispopulated")" "above broken lost z"
        expect_exit 0 "$kind, $way: diff knows of it" dbtwin diff "$(url prod views)" "$(url staging views)"
    done
done
done_testing
