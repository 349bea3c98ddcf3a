#!/bin/bash
# What a snapshot and COPY do not take care of by themselves: a table emptied behind the snapshot,
# policies, large objects with owner and rights, the bytes of a database that is not UTF-8, parts of a
# big table.
. "$(dirname "$0")/../lib/live.sh"

same() { # NAME DB SQL: the same answer on both sides, and not nothing
    local a b
    a=$(q prod "$2" "$3") b=$(q staging "$2" "$3")
    [ -n "$a" ] || a='(nothing on prod)'
    is "$1" "$b" "$a"
}

large="SELECT m.oid, md5(lo_get(m.oid)), pg_get_userbyid(lomowner), obj_description(m.oid,
    'pg_largeobject'), (SELECT string_agg(x::text, ' ' ORDER BY x::text) FROM unnest(lomacl) x)
    FROM pg_largeobject_metadata m ORDER BY 1"

for kind in $(servers pg); do
    start "$kind" prod staging
    for s in prod staging; do
        q "$s" postgres "DROP ROLE IF EXISTS data_app" 2>/dev/null
        must q "$s" postgres "CREATE ROLE data_app LOGIN"
    done

    # TRUNCATE is not hidden by a snapshot: it waits for our locks here, then commits
    fresh_db prod guarded
    fresh_db staging guarded
    must q prod guarded "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 9)"
    q prod guarded "BEGIN; TRUNCATE t; SELECT pg_sleep(3); COMMIT" >/dev/null &
    truncating=$!
    sleep 0.5
    expect_exit 2 "$kind: a table truncated behind the snapshot fails the copy" \
        dbtwin copy "$(url prod guarded)" "$(url staging guarded)"
    err_has "$kind: and is named" "public.t"
    wait "$truncating"

    # a policy is an error and never fewer rows
    must q prod guarded "CREATE TABLE p (id int PRIMARY KEY); INSERT INTO p VALUES (1), (2);
        ALTER TABLE p ENABLE ROW LEVEL SECURITY; GRANT SELECT ON t, p TO data_app"
    expect_exit 2 "$kind: row-level security is an error before anything moves" \
        dbtwin copy "$(url prod guarded data_app)" "$(url staging guarded)"
    err_has "$kind: and says what would help" "BYPASSRLS"

    # the names that PostgreSQL 18 gives to NOT NULL, where they are not those it would choose now
    fresh_db prod named
    fresh_db staging named
    must q prod named "CREATE TABLE a (id int PRIMARY KEY, x int NOT NULL); CREATE TABLE b (LIKE a INCLUDING ALL);
        ALTER TABLE a RENAME x TO y"
    ok "$kind: columns renamed and tables made alike" dbtwin copy "$(url prod named)" "$(url staging named)"
    same "$kind: their constraints" named "SELECT conrelid::regclass, conname, contype, conkey FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2"

    # large objects
    fresh_db prod large
    fresh_db staging large
    must q prod large "CREATE TABLE t (a int PRIMARY KEY);
        SELECT lo_from_bytea(100000 + i, decode(repeat(md5(i::text), i), 'hex'))
            FROM generate_series(1, 1100) i;
        SELECT lo_from_bytea(90000, ''), lo_from_bytea(90001, decode(repeat('00ff0a5c', 700000), 'hex'));
        COMMENT ON LARGE OBJECT 90000 IS 'it''s a \\comment';
        ALTER LARGE OBJECT 90001 OWNER TO data_app;
        GRANT SELECT, UPDATE ON LARGE OBJECT 90000 TO PUBLIC"
    ok "$kind: large objects are copied" dbtwin copy "$(url prod large)" "$(url staging large)"
    same "$kind: with number, bytes, owner, comment and rights" large "$large"

    # bytes that are not UTF-8
    fresh_db prod latin
    must pg prod postgres -c "DROP DATABASE latin" \
        -c "CREATE DATABASE latin TEMPLATE template0 ENCODING LATIN1 LC_COLLATE 'C' LC_CTYPE 'C'"
    fresh_db staging latin
    must q prod latin "CREATE TABLE t (id int PRIMARY KEY, \"Größe\" text); CREATE TABLE raw (b text)"
    must q prod latin "INSERT INTO t VALUES (1, chr(252) || chr(223) || E'\\t\\\\'), (2, NULL)"
    ok "$kind: a LATIN1 database is copied" dbtwin copy "$(url prod latin)" "$(url staging latin)"
    same "$kind: and stays LATIN1" latin "SHOW server_encoding"
    same "$kind: byte for byte" latin "SELECT id, encode(convert_to(t::text, 'LATIN1'), 'hex') FROM t t ORDER BY 1"
    same "$kind: names as well" latin \
        "SELECT encode(convert_to(attname, 'LATIN1'), 'hex') FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum = 2"

    # more than one chunk, wide rows out of line, and rows on every page
    fresh_db prod parts
    fresh_db staging parts
    must q prod parts "CREATE TABLE big (id int PRIMARY KEY, pad text);
        ALTER TABLE big ALTER pad SET STORAGE EXTERNAL;
        INSERT INTO big SELECT i, repeat(md5(i::text), 400) FROM generate_series(1, 24000) i;
        DELETE FROM big WHERE id % 7 = 0; CREATE TABLE wide (id int PRIMARY KEY, b bytea);
        INSERT INTO wide SELECT i, decode(repeat(md5(i::text), 600000), 'hex') FROM generate_series(1, 2) i"
    ok "$kind: a table of several chunks" dbtwin copy -j 4 "$(url prod parts)" "$(url staging parts)"
    same "$kind: every row once" parts "SELECT count(*), count(DISTINCT id), sum(hashtext(pad)::bigint) FROM big"
    same "$kind: a row of megabytes" parts "SELECT id, length(b), md5(b) FROM wide ORDER BY 1"
done
done_testing
