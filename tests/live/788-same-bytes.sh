#!/bin/bash
# What inspect writes of an unchanged schema is the same bytes each time, however many rows came and
# went; --stats has what changes meanwhile.
. "$(dirname "$0")/../lib/live.sh"

for kind in $(some_servers); do
    start "$kind" prod
    fresh_db prod same
    if server_is_pg prod; then
        must q prod same "CREATE TABLE t (a serial PRIMARY KEY, b text); CREATE SEQUENCE s; CREATE MATERIALIZED VIEW m AS SELECT b FROM t"
    else
        must q prod same "CREATE TABLE t (a int PRIMARY KEY AUTO_INCREMENT, b varchar(99))"
        case $kind in mariadb*) must q prod same "CREATE SEQUENCE s" ;; esac
    fi
    for format in xml json tree; do
        ok "$kind: $format" dbtwin inspect "$(url prod same)" --format $format -o "$WORK/$format.before"
    done
    ok "$kind: --stats" dbtwin inspect --stats "$(url prod same)" -o "$WORK/stats.xml"
    ok "$kind: has the time" grep -q taken_at= "$WORK/stats.xml"
    must q prod same "INSERT INTO t (b) VALUES ('x'), ('y'), ('z')"
    if server_is_pg prod; then
        must q prod same "SELECT nextval('s'), lo_create(0)"
        must q prod same "REFRESH MATERIALIZED VIEW m"
        must q prod same "VACUUM ANALYZE"
        must q prod same "SELECT lo_unlink(oid) FROM pg_largeobject_metadata"
    else
        must q prod same "ANALYZE TABLE t"
        case $kind in mariadb*) must q prod same "SELECT nextval(s)" ;; esac
    fi
    sleep 1
    for format in xml json tree; do
        ok "$kind: $format again" dbtwin inspect "$(url prod same)" --format $format -o "$WORK/$format.after"
        same_files "$kind: $format: the same bytes" "$WORK/$format.before" "$WORK/$format.after"
    done
    ok "$kind: --stats again" dbtwin inspect --stats "$(url prod same)" -o "$WORK/stats2.xml"
    expect_exit 1 "$kind: is not the same" cmp -s "$WORK/stats.xml" "$WORK/stats2.xml"
    ok "$kind: and no drift" dbtwin diff "$WORK/xml.before" "$WORK/stats2.xml"
    must q prod same "ALTER TABLE t ADD c int"
    ok "$kind: a column more" dbtwin inspect "$(url prod same)" -o "$WORK/xml.after"
    expect_exit 1 "$kind: is seen" cmp -s "$WORK/xml.before" "$WORK/xml.after"
done
done_testing
