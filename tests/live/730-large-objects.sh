#!/bin/bash
# Large objects, from empty ones to one of many pieces, come through copy, snapshot, restore and
# verify byte for byte, whatever the number of workers; and are data, so that no diff sees them.
. "$(dirname "$0")/../lib/live.sh"

mega=${LARGE_MB:-9} # 300 by hand: LARGE_MB=300 bash tests/live/730-large-objects.sh

# By the server's own functions, each object as a whole.
sums() { # SERVER
    q "$1" large "SELECT oid, pg_get_userbyid(lomowner), coalesce(lomacl::text, ''), coalesce(obj_description(oid, 'pg_largeobject'), '')
        FROM pg_largeobject_metadata ORDER BY oid"
    q "$1" large "SELECT oid, length(d), md5(d) FROM (SELECT oid, lo_get(oid) AS d FROM pg_largeobject_metadata OFFSET 0) q ORDER BY oid"
}

restore_piped() { dbtwin restore -q - "$to" --replace large -j 4 < <(cat "$WORK/s.dbtwin"); }

for kind in $(servers pg | sed -n '1p;$p' | sort -u); do
    start "$kind" prod staging
    fresh_db prod large
    fresh_db staging large
    from=$(url prod large) to=$(url staging large)
    must q prod large "CREATE TABLE t (id int PRIMARY KEY, o oid)"
    must q prod large "SELECT lo_create(9001); SELECT lo_from_bytea(9002, 'x'); COMMENT ON LARGE OBJECT 9002 IS 'small'"
    must q prod large "SELECT lo_from_bytea(9003, decode(repeat('00ff5c0a', 131072), 'hex'))" # one piece to the byte
    must q prod large "SELECT lo_from_bytea(9004, decode(repeat('00ff5c0a', 131072), 'hex') || '\\x01')"
    must q prod large "SELECT lo_create(9005)"
    must q prod large "SELECT count(lo_put(9005, n * 1000000::bigint, convert_to((SELECT string_agg(md5(n::text || k), '') FROM generate_series(1, 31250) k), 'UTF8')))
        FROM generate_series(0, $mega - 1) n"
    must q prod large "SELECT lo_create(9006); SELECT lo_put(9006, 3000000, 'behind a hole')"
    must q prod large "SELECT count(lo_from_bytea(9100 + n, convert_to(repeat(n::text, n * 300), 'UTF8'))) FROM generate_series(1, 60) n"
    must q prod large "GRANT SELECT ON LARGE OBJECT 9005 TO PUBLIC"
    must q prod large "INSERT INTO t SELECT row_number() OVER (ORDER BY oid), oid FROM pg_largeobject_metadata"
    want=$(sums prod)

    ok "$kind: copy" dbtwin copy -q "$from" "$to"
    is "$kind: copied byte for byte" "$(sums staging)" "$want"
    ok "$kind: verify" dbtwin verify "$from" "$to"
    ok "$kind: snapshot" dbtwin snapshot -q "$from" -o "$WORK/s.dbtwin" --force
    ok "$kind: check" dbtwin check "$WORK/s.dbtwin"
    for jobs in 1 2 4; do
        fresh_db staging large
        ok "$kind: restore -j $jobs" dbtwin restore -q "$WORK/s.dbtwin" "$to" -j $jobs
        is "$kind: -j $jobs: restored byte for byte" "$(sums staging)" "$want"
    done
    ok "$kind: restore through a pipe" restore_piped
    is "$kind: and byte for byte" "$(sums staging)" "$want"
    ok "$kind: a database is the same as its own snapshot" dbtwin diff "$WORK/s.dbtwin" "$from"
    ok "$kind: the other way round too" dbtwin diff "$to" "$WORK/s.dbtwin"
    ok "$kind: verify of what was restored" dbtwin verify "$from" "$to"
    must q staging large "SELECT lo_put(9005, 600000, 'y')"
    expect_exit 1 "$kind: one byte that differs is found" dbtwin verify "$from" "$to"
    must q prod large "SELECT lo_unlink(oid) FROM pg_largeobject_metadata"
    ok "$kind: a snapshot with large objects and a database without have the same schema" \
        dbtwin diff "$WORK/s.dbtwin" "$from"
    rm -f "$WORK/s.dbtwin"
done
done_testing
