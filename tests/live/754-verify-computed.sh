#!/bin/bash
# verify looks at stored generated columns and at materialized views, and names what differs as such;
# a value of a megabyte and more is compared by its digest, so that one of any size can be.
. "$(dirname "$0")/../lib/live.sh"

verify() { expect_exit "$1" "$2" dbtwin verify "$(url prod sums)" "$(url staging sums)"; }

for kind in $(servers pg); do
    start "$kind" prod staging
    for name in prod staging; do
        fresh_db $name sums
        must q $name sums "CREATE DOMAIN blob AS bytea; CREATE DOMAIN blobs AS blob; CREATE TYPE pair AS (a int, t text);
            CREATE FUNCTION ten() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 10';
            CREATE TABLE g (id int PRIMARY KEY, a int, s int GENERATED ALWAYS AS (a * ten()) STORED);
            INSERT INTO g (id, a) SELECT i, i FROM generate_series(1, 100) i;
            CREATE TABLE nokey (a int, s int GENERATED ALWAYS AS (a * ten()) STORED);
            INSERT INTO nokey (a) SELECT i FROM generate_series(1, 5) i;
            CREATE MATERIALIZED VIEW mv AS SELECT a, s FROM g;
            CREATE MATERIALIZED VIEW empty AS SELECT a FROM g WITH NO DATA;
            CREATE TABLE wide (id int PRIMARY KEY, b bytea, d blobs, t text, v varchar, x xml, small text,
                j json, jb jsonb, ba bytea[], na int[], ta text[], r pair);
            CREATE TABLE heap (b bytea)"
        # Compressed to next to nothing, and not at all; random() from a seed gives both the same.
        must q $name sums "SELECT setseed(0.5);
            INSERT INTO wide SELECT i, decode(repeat('00', 3000000), 'hex'), decode(repeat(md5(i::text), 90000), 'hex'),
                repeat('ü', 1500000), repeat('y', 1048576), ('<a>' || repeat('z', 2000000) || '</a>')::xml, 'x',
                ('[\"' || repeat('q', 1500000) || '\", 1]')::json, jsonb_build_array(repeat('q', 1500000), 1), ARRAY[decode(repeat('ab', 700000), 'hex')],
                array_fill(7, ARRAY[400000]), ARRAY[repeat('w', 1500000), NULL], (1, repeat('v', 1200000))::pair FROM generate_series(1, 2) i;
            INSERT INTO heap SELECT b FROM wide" >/dev/null
    done
    verify 0 "$kind: the same"
    out_has "$kind: generated columns are told" "Generated columns of 2 tables were compared too"
    out_has "$kind: and materialized views" "1 materialized view was compared too"
    out_has "$kind: tables are counted once" "4 tables"
    must q staging sums "CREATE OR REPLACE FUNCTION ten() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 11'; UPDATE g SET a = a WHERE id = 7"
    verify 1 "$kind: a generated column that differs"
    out_like "$kind: is named as such" 'public.g, its generated columns: 1 row differs'
    out_has "$kind: by its key" "row 7: differs"
    out_lacks "$kind: the rows themselves are the same" "public.g:"
    must q staging sums "REFRESH MATERIALIZED VIEW mv"
    verify 1 "$kind: a materialized view that differs"
    out_like "$kind: is named as such" 'public.mv, a materialized view: 2 rows differ'
    must q staging sums "CREATE OR REPLACE FUNCTION ten() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 10'; UPDATE g SET a = a WHERE id = 7;
        REFRESH MATERIALIZED VIEW mv; UPDATE nokey SET a = a"
    verify 0 "$kind: the same once more"
    for column in "b = set_byte(b, 2999999, 1)" "d = set_byte(d, 7, 255)" "t = t || 'u'" "v = 'z' || substr(v, 2)" \
        "x = replace(x::text, 'zz</a>', 'zy</a>')::xml" "small = 'y'" \
        "j = (replace(j::text, ', 1', ', 2'))::json" "jb = jsonb_set(jb, '{1}', '2')" "ba[1] = set_byte(ba[1], 699999, 1)" "na[400000] = 8" \
        "ta[2] = ''" "r.a = 2"; do
        must q staging sums "BEGIN; ALTER TABLE wide RENAME TO was; CREATE TABLE wide (LIKE was INCLUDING ALL); INSERT INTO wide SELECT * FROM was;
            UPDATE wide SET $column WHERE id = 2; COMMIT"
        verify 1 "$kind: a great value that differs (${column%% *})"
        out_has "$kind: by its key (${column%% *})" "row 2: differs"
        must q staging sums "DROP TABLE wide; ALTER TABLE was RENAME TO wide"
    done
    must q staging sums "UPDATE heap SET b = set_byte(b, 2999999, 2) WHERE ctid = (SELECT ctid FROM heap LIMIT 1)"
    verify 1 "$kind: in a table without a key"
    out_has "$kind: is seen" "public.heap"
done

# Production has not refreshed a view for a while: the copy's is filled from the rows of now.
for kind in $(servers pg | tail -n 1); do
    for name in prod staging; do fresh_db $name stale; done
    must q prod stale "CREATE FUNCTION f(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT \$1 + 1'; CREATE TABLE t (a int PRIMARY KEY); CREATE TABLE u (a int PRIMARY KEY);
        CREATE VIEW v AS SELECT f(a) AS a FROM t; CREATE MATERIALIZED VIEW m AS SELECT a FROM v; CREATE MATERIALIZED VIEW mm AS SELECT count(*) FROM m;
        CREATE MATERIALIZED VIEW other AS SELECT a FROM u; INSERT INTO t VALUES (1), (2); INSERT INTO u VALUES (1)"
    must dbtwin copy -q "$(url prod stale)" "$(url staging stale)"
    stale() { expect_exit "$1" "$2" dbtwin verify "$(url prod stale)" "$(url staging stale)"; }
    stale 0 "$kind: views that production has not refreshed"
    err_has "$kind: are named" "materialized view public.m is stale on the source"
    err_has "$kind: and those that read them" "materialized view public.mm is stale on the source"
    must q staging stale "INSERT INTO u VALUES (2)"
    stale 1 "$kind: beside other rows: no excuse"
    out_has "$kind: the rows are named" "public.u:"
    out_has "$kind: and the view over them, which is not known to be stale" "public.other, a materialized view"
    must q staging stale "DELETE FROM u WHERE a = 2; CREATE OR REPLACE FUNCTION f(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT \$1 + 2'; REFRESH MATERIALIZED VIEW m"
    stale 1 "$kind: another function behind a view: no excuse"
    out_has "$kind: it is named" "public.m, a materialized view"
    must q staging stale "CREATE OR REPLACE FUNCTION f(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT \$1 + 1'; REFRESH MATERIALIZED VIEW m; DROP TABLE dbtwin.mark"
    stale 1 "$kind: what is no copy: no excuse"
done
done_testing
