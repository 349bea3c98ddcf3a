#!/bin/bash
# Large objects that kept tables refer to come along: bytes, owner, privileges, comment; under their own
# number, or another where the source brings that one; whatever the way of the swap, and through a resume.
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/live/copies.sh"

# What the kept rows lead to, by the server's own functions.
kept() {
    q staging klarge "SELECT d.id, x.o = 9999 OR x.o IS NULL, md5(lo_get(m.oid)), length(lo_get(m.oid)), obj_description(m.oid, 'pg_largeobject'),
        pg_get_userbyid(m.lomowner), (SELECT string_agg(pg_get_userbyid(a.grantee) || a.privilege_type, ' ' ORDER BY a.grantee) FROM aclexplode(m.lomacl) a WHERE a.grantee <> 0)
        FROM (SELECT id, body AS o FROM doc UNION ALL SELECT id, l FROM doc UNION ALL SELECT id, o FROM doc, unnest(list) o UNION ALL SELECT id + 1000, o FROM \"Odd tab\") d(id, o)
        CROSS JOIN LATERAL (SELECT d.o) x LEFT JOIN pg_largeobject_metadata m ON m.oid = x.o ORDER BY 1, 2, 3" | LC_ALL=C sort
}
numbers() { q staging klarge "SELECT id, body, l, list FROM doc ORDER BY id"; }
objects() { q staging klarge "SELECT count(*) FROM pg_largeobject_metadata"; }
of_source() { q "$1" klarge "SELECT oid, md5(lo_get(oid)) FROM pg_largeobject_metadata WHERE oid IN (9001, 9002, 9003) ORDER BY 1"; }

fill() { # what staging has by itself
    fresh_db staging klarge
    must q staging klarge "CREATE DOMAIN lo AS oid; CREATE TABLE doc (id int PRIMARY KEY, t int, body oid, l lo, list oid[], pad text DEFAULT 'ü'); CREATE TABLE \"Odd tab\" (id int, \"O\"\"1\" oid)"
    q staging klarge "ALTER TABLE \"Odd tab\" RENAME \"O\"\"1\" TO o" >/dev/null
    must q staging klarge "SELECT lo_from_bytea(9001, 'staging''s own'), lo_from_bytea(9500, decode(repeat('00ff5c0a', 300000), 'hex')), lo_create(9501), lo_from_bytea(9600, 'nobody refers to it')"
    must q staging klarge "SELECT lo_from_bytea(o::oid, convert_to('n' || o, 'UTF8')) FROM generate_series(20000, 21500) o"
    must q staging klarge "COMMENT ON LARGE OBJECT 9001 IS 'schön'; ALTER LARGE OBJECT 9500 OWNER TO klarge_qa; GRANT SELECT ON LARGE OBJECT 9001 TO klarge_qa"
    must q staging klarge "INSERT INTO doc VALUES (1, 1, 9001, 9500, '{9001,9500}'), (2, 1, 9500, NULL, '{}'), (3, NULL, 9999, 9501, NULL)"
    must q staging klarge "INSERT INTO doc SELECT n, NULL, 20000 + n, 9001, ARRAY[20000 + n, NULL, 9001]::oid[] FROM generate_series(100, 1400) n; INSERT INTO \"Odd tab\" VALUES (1, 9001), (2, 9500), (3, NULL)"
    want=$(kept)
}
arrived() { # NAME: all of it is there, and nothing twice
    is "$1: what kept rows refer to" "$(diff <(echo "$want") <(kept) | head -5)" ''
    is "$1: nothing else came, nothing twice" "$(objects)" $((3 + 1 + 2 + 1301))
    is "$1: the source's are the source's" "$(of_source staging)" "$(of_source prod)"
}

for kind in $(servers pg | sed -n '1p;$p' | sort -u); do
    start "$kind" prod staging
    q staging postgres "CREATE ROLE klarge_qa" >/dev/null 2>&1
    fresh_db prod klarge
    must q prod klarge "CREATE TABLE t (id int PRIMARY KEY, o oid); SELECT lo_from_bytea(9001, 'production'), lo_from_bytea(9002, decode(repeat('0a', 700000), 'hex')), lo_create(9003)"
    must q prod klarge "INSERT INTO t VALUES (1, 9001), (2, 9002)"
    fill
    from=$(url prod klarge) to=$(url staging klarge)
    keep="--keep-table public.doc --keep-table public.Odd*"
    # shellcheck disable=SC2086
    ok "$kind: copy" dbtwin copy -q "$from" "$to" --replace klarge $keep -j 4 --verify full
    arrived "$kind: copy"
    isnt "$kind: the number that the source brings is another" "$(q staging klarge "SELECT body FROM doc WHERE id = 1")" 9001
    is "$kind: a free number stays" "$(q staging klarge "SELECT body, (SELECT body FROM doc WHERE id = 100) FROM doc WHERE id = 2")" "9500	20100"
    is "$kind: one object stays one" "$(q staging klarge "SELECT d.body = o.o AND d.body = d.list[1] FROM doc d, \"Odd tab\" o WHERE d.id = 1 AND o.id = 1")" t
    is "$kind: what leads nowhere is left alone" "$(q staging klarge "SELECT body FROM doc WHERE id = 3")" 9999
    ok "$kind: verify" dbtwin verify "$from" "$to"
    err_has "$kind: verify: says what it leaves out" "public.doc, which the target keeps"
    ok "$kind: diff" dbtwin diff "$from" "$to"
    must q staging klarge "SELECT lo_from_bytea(77, 'a stranger')"
    expect_exit 1 "$kind: an object of nobody's is still found" dbtwin verify "$from" "$to"
    nights=$(numbers)
    # shellcheck disable=SC2086
    ok "$kind: the next night" dbtwin copy -q "$from" "$to" $keep
    arrived "$kind: the next night"
    is "$kind: the next night: numbers stay" "$(numbers)" "$nights"
    must dbtwin snapshot -q "$from" -o "$WORK/s.dbtwin" --force
    # shellcheck disable=SC2086
    ok "$kind: restore" dbtwin restore -q "$WORK/s.dbtwin" "$to" $keep
    arrived "$kind: restore"

    # a run that fails behind the kept rows, and one that resumes it
    fill
    must q staging klarge "CREATE TABLE t (id int PRIMARY KEY, o oid); INSERT INTO t VALUES (1), (7); ALTER TABLE doc ADD CONSTRAINT k FOREIGN KEY (t) REFERENCES t; INSERT INTO doc VALUES (4, 7)"
    # shellcheck disable=SC2086
    expect_exit 4 "$kind: a kept row that refers to nothing" dbtwin copy -q "$from" "$to" --replace klarge $keep --resume
    must q staging klarge "DELETE FROM doc WHERE id = 4"
    # shellcheck disable=SC2086
    ok "$kind: resumed" dbtwin copy "$from" "$to" --replace klarge $keep --resume
    err_has "$kind: resumed: it was" "resume"
    arrived "$kind: resumed"

    # within the database
    fill
    # shellcheck disable=SC2086
    ok "$kind: in place" dbtwin copy -q "$from" "$to" --replace klarge $keep --in-place
    arrived "$kind: in place"
    # shellcheck disable=SC2086
    ok "$kind: in place: the next night" dbtwin copy -q "$from" "$to" $keep --in-place
    arrived "$kind: in place: the next night"

    # arrays that cannot be written anew; objects that may not be read
    fill
    must q staging klarge "UPDATE doc SET list = '{{9001},{9500}}' WHERE id = 1"
    before=$(q staging klarge "SELECT cksum FROM (SELECT md5(string_agg(doc::text, ',' ORDER BY id)) AS cksum FROM doc) q")
    # shellcheck disable=SC2086
    expect_exit 4 "$kind: an array of two dimensions" dbtwin copy -q "$from" "$to" --replace klarge $keep
    err_has "$kind: an array of two dimensions: by name" "column list"
    is "$kind: an array of two dimensions: the target is as it was" "$(q staging klarge "SELECT md5(string_agg(doc::text, ',' ORDER BY id)) FROM doc")" "$before"
    q staging postgres "CREATE ROLE klarge_own LOGIN CREATEDB" >/dev/null 2>&1
    must q staging postgres "ALTER DATABASE klarge OWNER TO klarge_own"
    must q staging klarge "ALTER TABLE doc OWNER TO klarge_own; ALTER TABLE \"Odd tab\" OWNER TO klarge_own"
    # shellcheck disable=SC2086
    expect_exit 2 "$kind: an object that may not be read" dbtwin copy -q "$from" "$(url staging klarge klarge_own)" --replace klarge $keep --no-owners --no-grants
    err_has "$kind: an object that may not be read: by its number" "large object 9001"
    must q staging postgres "DROP DATABASE klarge"
    q staging postgres "DROP ROLE klarge_own; DROP ROLE klarge_qa" >/dev/null 2>&1
    q staging postgres "DROP ROLE klarge_own" >/dev/null 2>&1
    q staging postgres "DROP ROLE klarge_qa" >/dev/null 2>&1
done
done_testing
