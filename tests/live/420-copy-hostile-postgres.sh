#!/bin/bash
# What hurts copying tools on PostgreSQL: names, shapes and values at the edge. Dumps are equal, an
# SQL checksum of our own agrees on both sides, and what is inserted afterwards gets the next id.
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/live/copies.sh"

cat >"$WORK/schema.sql" <<'SQL'
SET client_min_messages = warning;
-- names
CREATE SCHEMA "a.b";
CREATE SCHEMA "select";
CREATE SCHEMA "qu""ote's
line";
CREATE TABLE "a.b"."c.d" ("e.f" int PRIMARY KEY, "order" text, "back\slash" text, "percent%s" text);
INSERT INTO "a.b"."c.d" VALUES (1, 'x', 'y\', '%s%n%d'), (2, '', NULL, '%');
CREATE TABLE "select"."table" ("from" int PRIMARY KEY, "where" int REFERENCES "select"."table");
INSERT INTO "select"."table" VALUES (1, NULL), (2, 1), (3, 3);
CREATE TYPE "qu""ote's
line"."enum's" AS ENUM ('it''s', 'say "hi"', '', 'new
line', 'a,b', '{c}', '\N');
CREATE TABLE "qu""ote's
line"."tab	le""'" ("col""umn" serial, "new
line" text DEFAULT 'it''s', "'" "qu""ote's
line"."enum's", " " int, "\." text, PRIMARY KEY ("col""umn", "'"),
    CONSTRAINT "ch.e""ck" CHECK ("new
line" <> 'no'));
INSERT INTO "qu""ote's
line"."tab	le""'" VALUES (1, 'a', 'it''s', 1, '\.'), (2, 'b', '', 2, '\N'), (3, '\.', '\N', NULL, 'x');
CREATE INDEX "i.n""d'ex" ON "qu""ote's
line"."tab	le""'" (lower("new
line"), " " DESC) WHERE " " IS NOT NULL;
CREATE VIEW "qu""ote's
line"."vi.e""w" AS SELECT "new
line" || ' ' AS "'", "'" AS "select" FROM "qu""ote's
line"."tab	le""'";
CREATE FUNCTION "a.b"."f""n$$"("in" int, VARIADIC "rest" text[]) RETURNS text LANGUAGE plpgsql AS $f$
BEGIN RETURN '$$' || "in" || '$x$'; END $f$;
CREATE FUNCTION "a.b".never() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'a trigger fired'; END $$;
CREATE TRIGGER "no""t' now" BEFORE INSERT ON "a.b"."c.d" FOR EACH ROW EXECUTE FUNCTION "a.b".never();
CREATE TABLE "üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüx" (
    "éééééééééééééééééééééééééééééééy" int PRIMARY KEY,
    "表表表表表表表表表表表表表表表表表表表表表" text UNIQUE, "😀" text);
INSERT INTO "üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüx" VALUES (1, 'x', '😀'), (2, NULL, '');
COMMENT ON TABLE "a.b"."c.d" IS 'it''s a "comment"
with \N and $$';
COMMENT ON COLUMN "a.b"."c.d"."back\slash" IS '\';
-- shapes
CREATE TABLE nothing ();
INSERT INTO nothing DEFAULT VALUES;
INSERT INTO nothing DEFAULT VALUES;
INSERT INTO nothing DEFAULT VALUES;
CREATE TABLE nokey (a int, b text);
INSERT INTO nokey VALUES (1, 'x'), (1, 'x'), (1, NULL), (NULL, NULL), (NULL, NULL);
CREATE TABLE empty (a int PRIMARY KEY);
CREATE TABLE dropped (a int, gone text, b text, gone2 int, c int NOT NULL DEFAULT 7);
INSERT INTO dropped VALUES (1, 'x', 'y', 2, 3);
ALTER TABLE dropped DROP gone, DROP gone2;
INSERT INTO dropped VALUES (2, 'z');
CREATE TABLE allgone (a int); INSERT INTO allgone VALUES (1), (2); ALTER TABLE allgone DROP a;
CREATE UNLOGGED TABLE nolog (a int); INSERT INTO nolog VALUES (1);
SELECT format('CREATE TABLE wide (%s)', string_agg(format('c%s int DEFAULT %s', n, n), ', '))
    FROM generate_series(1, 1000) n \gexec
INSERT INTO wide DEFAULT VALUES;
INSERT INTO wide (c1, c999, c1000) VALUES (-1, NULL, 0);
CREATE TABLE chicken (id int PRIMARY KEY, egg int);
CREATE TABLE egg (id int PRIMARY KEY, chicken int REFERENCES chicken DEFERRABLE INITIALLY DEFERRED);
INSERT INTO chicken VALUES (1, 1), (2, 2); INSERT INTO egg VALUES (1, 2), (2, 1);
ALTER TABLE chicken ADD FOREIGN KEY (egg) REFERENCES egg ON DELETE CASCADE;
-- values
CREATE DOMAIN short AS varchar(9) DEFAULT 'd' CHECK (VALUE <> 'bad');
CREATE TYPE pair AS (x int, "y z" text);
CREATE TABLE v (id int PRIMARY KEY, t text, b bytea, d double precision, r real, n numeric, da date,
    ts timestamp, tz timestamptz, iv interval, arr text[], ia int[], j json, jb jsonb, x xml,
    tv tsvector, u uuid, ip inet, vb varbit, m money, rg int4range, p pair, pa pair[], s short,
    c char(5), "char" "char", bo boolean, o oid, pt point, ti timetz);
INSERT INTO v (id) VALUES (0), (-2147483648), (2147483647);
INSERT INTO v VALUES (1, '', '', 'Infinity', 'Infinity', 'NaN', 'infinity', 'infinity', 'infinity',
    '-1 mons +2 days -03:04:05.000006', '{}', '{}', '""', '""', '', '', NULL, NULL, '', NULL, 'empty',
    '(,)', '{}', '', '', '', NULL, 0, '(Infinity,NaN)', '24:00:00+15:59');
INSERT INTO v VALUES (2, '\N', '\x00', '-Infinity', '-Infinity', '-0.000', '-infinity', '-infinity',
    '-infinity', '178000000 years', ARRAY['\N', NULL, 'NULL', '', '"', '{', 'a,b', E'\t\n'],
    '[-1:1]={1,NULL,3}', '{"a": [1,  2],"a":"\u00e9\n"}', '{"a":"\u00e9\n"}', '<a>&lt;</a>',
    'it''s:1A "b\\c":2', '00000000-0000-0000-0000-000000000000', '::1/64', B'101', '-1.23', '[1,)',
    '(1,"a ""b"" \\c")', ARRAY[(1, NULL)::pair, (NULL, ',')::pair], 'x', 'ab', 'Z', true, 4294967295,
    '(1e-300,-0)', '00:00:00-15:59');
INSERT INTO v (id, t, b, d, r, n, da, ts, tz) VALUES (3, '\.', 'x',
    'NaN', 'NaN', 1e-300, '4713-01-01 BC', '294276-12-31 23:59:59.999999', '2024-10-27 01:30:00.000001+02');
UPDATE v SET b = (SELECT string_agg(set_byte('\x00', 0, n), '') FROM generate_series(0, 255) n) WHERE id = 3;
INSERT INTO v (id, t, d, r, n) VALUES (4, E'\t\n\r\b\f\v\\ \x01\x7f', 0.1 + 0.2, 0.1, repeat('9', 1000)::numeric / 7),
    (5, 'ü€😀 e' || U&'\0301', 2.2250738585072014e-308, 1.17549435e-38, -0.0000000001),
    (6, ' x ', 4.9e-324, 1.4e-45, 1e100), (7, E'\\N\n\\.\n', '-0', '-0', 0),
    (8, repeat(E'long \\ \t line\n', 100000), 1.7976931348623157e308, 3.4028235e38, 1);
CREATE TABLE "key's" (k text, n numeric, d date, b bytea, PRIMARY KEY (k, n, d, b));
INSERT INTO "key's" VALUES ('', 'NaN', 'infinity', ''), (E'\n\t\\', 0, '-infinity', '\x00'), ('ü', -1, '1-1-1 BC', '\xff'),
    ('\N', 1, '2024-02-29', '\x5c2e'), (' ', 2, '2024-02-29', '\x5c4e');
-- partitions, one with its columns in another order, and inheritance
CREATE TABLE part (id int, at date, "te.xt" text) PARTITION BY RANGE (at);
CREATE TABLE "part.1" PARTITION OF part FOR VALUES FROM (MINVALUE) TO ('2024-01-01');
CREATE TABLE part_2 (x int, "te.xt" text, at date, id int); ALTER TABLE part_2 DROP x;
ALTER TABLE part ATTACH PARTITION part_2 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE part_d PARTITION OF part DEFAULT PARTITION BY HASH (id);
CREATE TABLE part_d0 PARTITION OF part_d FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE part_d1 PARTITION OF part_d FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO part SELECT n, CASE n % 4 WHEN 3 THEN NULL ELSE '2022-06-01'::date + n * 5 END, 't' || n FROM generate_series(1, 300) n;
CREATE INDEX ON part (id); ALTER TABLE part ADD UNIQUE (id, at) DEFERRABLE;
CREATE TABLE base (id int, what text DEFAULT 'base');
CREATE TABLE other (more int);
CREATE TABLE heir (extra text) INHERITS (base, other);
CREATE TABLE grandheir () INHERITS (heir);
INSERT INTO base VALUES (1, 'b'); INSERT INTO heir VALUES (2, 'h', 3, 'e'); INSERT INTO grandheir VALUES (4);
-- numbers that go on
CREATE TABLE gen (id int GENERATED ALWAYS AS IDENTITY (START 5 INCREMENT 3), a int,
    "twi""ce" int GENERATED ALWAYS AS (a * 2) STORED, t text);
INSERT INTO gen (a) SELECT n FROM generate_series(1, 10) n;
CREATE TABLE gen2 (id bigint GENERATED BY DEFAULT AS IDENTITY (START -1 INCREMENT -2 MINVALUE -1000 MAXVALUE 0 CYCLE CACHE 5) PRIMARY KEY, t text);
INSERT INTO gen2 (t) VALUES ('x'), ('y'); INSERT INTO gen2 VALUES (0, 'zero');
CREATE TABLE ser (id smallserial PRIMARY KEY, t text); INSERT INTO ser VALUES (0, 'zero'), (99, 'by hand');
INSERT INTO ser (t) VALUES ('one'), ('two'); DELETE FROM ser WHERE id = 2;
CREATE SEQUENCE fresh START 77; CREATE SEQUENCE used; SELECT nextval('used'), nextval('used');
CREATE SEQUENCE setback; SELECT setval('setback', 40, false);
CREATE TABLE shared (id int DEFAULT nextval('used'), t text); INSERT INTO shared (t) VALUES ('a');
-- large objects
SELECT lo_from_bytea(4711, ''), lo_from_bytea(4712, decode(repeat('00ff5c0a', 50000), 'hex'));
SELECT lo_from_bytea(4713, '\x5c2e0a'); COMMENT ON LARGE OBJECT 4713 IS 'it''s';
CREATE MATERIALIZED VIEW mv AS SELECT id, t FROM v; CREATE UNIQUE INDEX ON mv (id);
CREATE MATERIALIZED VIEW mv_not AS SELECT 1 AS a WITH NO DATA;
SQL

# By SQL, and by nobody else: every relation's own rows, and the large objects
checksums() {
    local sql
    sql=$(q "$1" "$2" "SELECT string_agg(format('SELECT %L, count(*), md5(coalesce(string_agg(
            md5(x::text), '''' ORDER BY md5(x::text)), '''')) FROM (SELECT %s FROM %s %I.%I t) AS s(x)',
            c.oid::regclass::text,
            'ROW(' || coalesce((SELECT string_agg(format('t.%I', attname), ',' ORDER BY attname)
                FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped), '') || ')',
            CASE relkind WHEN 'm' THEN '' ELSE 'ONLY' END, nspname, relname), ' UNION ALL ' ORDER BY nspname, relname)
        FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
        WHERE (relkind = 'r' OR relkind = 'm' AND relispopulated)
            AND nspname NOT IN ('pg_catalog', 'information_schema', 'dbtwin')")
    q "$1" "$2" "SET extra_float_digits = 3; $sql" | LC_ALL=C sort # in parallel they come in any order
    q "$1" "$2" "SELECT loid, length(lo_get(loid)), md5(lo_get(loid)) FROM
        (SELECT oid AS loid FROM pg_largeobject_metadata) l ORDER BY 1"
}
next_ids() {
    q "$1" "$2" "INSERT INTO gen (a) VALUES (1) RETURNING id, \"twi\"\"ce\"; INSERT INTO gen2 (t) VALUES ('n') RETURNING id;
        INSERT INTO gen2 (t) VALUES ('n') RETURNING id; INSERT INTO ser (t) VALUES ('n') RETURNING id;
        INSERT INTO shared (t) VALUES ('n') RETURNING id"
    q "$1" "$2" "INSERT INTO \"qu\"\"ote's
line\".\"tab	le\"\"'\" (\"'\") VALUES ('a,b') RETURNING \"col\"\"umn\""
    q "$1" "$2" "SELECT nextval('fresh'), nextval('setback'), currval('fresh')"
}

src='so.ur"ce é'
dst="sta'ging db"
for kind in $(servers pg); do
    start "$kind" prod staging
    fresh_db prod "$src"
    fresh_db staging "$dst"
    must load prod "$src" "$WORK/schema.sql"
    if [ "${kind#pg}" -ge 14 ]; then # infinite numerics and multiranges came with 14
        must q prod "$src" "CREATE TABLE v14 (id int PRIMARY KEY, n numeric, mr int4multirange);
            INSERT INTO v14 VALUES (1, 'Infinity', '{}'), (2, '-Infinity', '{[1,3),[5,)}')"
    fi
    [ "${kind#pg}" -lt 18 ] || must q prod "$src" "CREATE TABLE virt (a int, b int GENERATED ALWAYS AS (a + 1) VIRTUAL);
            INSERT INTO virt VALUES (1), (2)"
    must dump prod "$src"
    cp "$OUT" "$WORK/prod"
    checksums prod "$src" >"$WORK/prod.sums"
    for how in "-j 1" "-j 4"; do
        # shellcheck disable=SC2086
        ok "$kind $how: copied" dbtwin copy "$(url prod "$src")" "$(url staging "$dst")" $how
        dump staging "$dst" >"$WORK/staging"
        same_files "$kind $how: the dumps are the same" "$WORK/prod" "$WORK/staging"
        checksums staging "$dst" >"$WORK/staging.sums"
        same_files "$kind $how: and the rows, by SQL" "$WORK/prod.sums" "$WORK/staging.sums"
    done
    ok "$kind: no drift" dbtwin diff --strict "$(url prod "$src")" "$(url staging "$dst")"
    ok "$kind: verify agrees" dbtwin verify "$(url prod "$src")" "$(url staging "$dst")"
    ok "$kind: snapshot" dbtwin snapshot "$(url prod "$src")" -o "$WORK/snap" --force
    fresh_db staging "$dst"
    ok "$kind: restore" dbtwin restore "$WORK/snap" "$(url staging "$dst")"
    dump staging "$dst" >"$WORK/staging"
    same_files "$kind: the dump of what was restored is the same" "$WORK/prod" "$WORK/staging"
    checksums staging "$dst" >"$WORK/staging.sums"
    same_files "$kind: and its rows" "$WORK/prod.sums" "$WORK/staging.sums"
    next_ids prod "$src" >"$WORK/prod.ids"
    next_ids staging "$dst" >"$WORK/staging.ids"
    same_files "$kind: the next ids are the source's" "$WORK/prod.ids" "$WORK/staging.ids"

    # encodings, one with bytes that are no text at all
    for enc in LATIN1 SQL_ASCII; do
        for s in prod staging; do
            must q "$s" postgres "DROP DATABASE IF EXISTS enc"
            must q "$s" postgres "CREATE DATABASE enc TEMPLATE template0 ENCODING '$enc' LC_COLLATE 'C' LC_CTYPE 'C'"
        done
        must q prod enc "SET client_encoding = '$enc'; CREATE TABLE t (a int PRIMARY KEY, b text); INSERT INTO t VALUES (1, E'\\xe9\\xff'), (2, E'\\x80\\\\')"
        [ $enc = LATIN1 ] || must q prod enc "SET client_encoding = 'SQL_ASCII'; INSERT INTO t VALUES (3, E'\\xc3')"
        ok "$kind: $enc copied" dbtwin copy "$(url prod enc)" "$(url staging enc)"
        is "$kind: $enc, byte by byte" "$(q staging enc "SELECT a, convert_to(b, 'SQL_ASCII') FROM t ORDER BY 1")" \
            "$(q prod enc "SELECT a, convert_to(b, 'SQL_ASCII') FROM t ORDER BY 1")"
        ok "$kind: $enc verified" dbtwin verify "$(url prod enc)" "$(url staging enc)"
    done
done
done_testing
