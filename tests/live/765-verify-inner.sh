#!/bin/bash
# What a row's text does not show: stored generated columns are compared by verify, and on MySQL the types
# inside JSON documents, which a copy carries, and a snapshot loses, and says so by column beforehand.
. "$(dirname "$0")/../lib/live.sh"

verify() { expect_exit "$1" "$2" dbtwin verify "$(url prod inner)" "$(url staging inner)"; }
types() { # NAME: as the server sees them; an integer is one with or without a sign
    q "$1" inner "SELECT id, REPLACE(JSON_TYPE(JSON_EXTRACT(j, '\$.v')), 'UNSIGNED ', ''), JSON_TYPE(JSON_EXTRACT(j, '\$.a[1].v')) FROM j ORDER BY id"
}

for kind in $(servers my); do
    start "$kind" prod staging
    fresh_db prod inner
    fresh_db staging inner
    must q prod inner "CREATE TABLE g (id int PRIMARY KEY, a int, s int AS (a * 10) STORED, v int AS (a + 1) VIRTUAL, t varchar(20) AS (CONCAT('<', a, '>')) STORED);
        INSERT INTO g (id, a) VALUES (1, 1), (2, 2), (3, NULL); CREATE TABLE nokey (a int, s int AS (a * 10) STORED); INSERT INTO nokey (a) VALUES (1), (1), (2);
        CREATE TABLE plain (id int PRIMARY KEY)"
    ok "$kind: a copy" dbtwin copy -q "$(url prod inner)" "$(url staging inner)"
    verify 0 "$kind: the same"
    out_has "$kind: generated columns are told" "Generated columns of 2 tables were compared too"
    out_has "$kind: tables are counted once" "3 tables"
    # The same inputs, worked out otherwise
    must q staging inner "DROP TABLE g; CREATE TABLE g (id int PRIMARY KEY, a int, s int AS (a * 11) STORED, v int AS (a + 1) VIRTUAL, t varchar(20) AS (CONCAT('<', a, '>')) STORED);
        INSERT INTO g (id, a) VALUES (1, 1), (2, 2), (3, NULL)"
    verify 1 "$kind: a generated column that differs"
    out_like "$kind: is named as such" 'g, its generated columns: 2 rows differ'
    out_has "$kind: by its key" "row 2: differs"
    out_lacks "$kind: the rows themselves are the same" "g: "

    case $kind in mysql*) ;; *) continue ;; esac
    for name in prod staging; do fresh_db $name inner; done
    cat >"$WORK/json.sql" <<'SQL'
CREATE TABLE j (id int PRIMARY KEY, j json);
INSERT INTO j VALUES (1, JSON_OBJECT('v', CAST(1.5 AS DECIMAL(5,1)))), (2, JSON_OBJECT('v', CAST('2024-01-02' AS DATE))),
 (3, JSON_OBJECT('v', x'00ff5c')), (4, JSON_OBJECT('v', CAST('10:11:12.5' AS TIME(1)))), (5, JSON_OBJECT('v', TIMESTAMP'2024-01-02 03:04:05')),
 (6, JSON_OBJECT('v', CAST(5 AS UNSIGNED))), (7, JSON_OBJECT('v', 1e0)), (8, JSON_OBJECT('v', 'x')), (9, NULL),
 (10, JSON_OBJECT('a', JSON_ARRAY(1, JSON_OBJECT('v', CAST('2024-01-02' AS DATE))))), (11, CAST(CAST('2024-01-02' AS DATE) AS JSON));
CREATE TABLE text_only (id int PRIMARY KEY, k json NOT NULL); INSERT INTO text_only VALUES (1, '{"a": [1, 2.5, "x", null, true]}');
SQL
    must load prod inner "$WORK/json.sql"
    ok "$kind: preflight" dbtwin preflight "$(url prod inner)" "$(url staging inner)"
    out_has "$kind: names the column and the types" "JSON column j.j holds BLOB, DATE, DATETIME, DECIMAL, TIME (of its first 1000 rows), which arrive"
    out_lacks "$kind: and no other" "JSON column text_only.k holds"
    out_has "$kind: and says what was looked at" "2 JSON columns were looked at"
    for how in counts full; do
        ok "$kind: a copy of documents, --verify $how" dbtwin copy --verify $how "$(url prod inner)" "$(url staging inner)"
        is "$kind: their types are as they were" "$(types staging)" "$(types prod)"
        verify 0 "$kind: verify sees no difference"
        dump prod inner >"$WORK/p" && dump staging inner >"$WORK/s"
        same_files "$kind: nor is there one in a dump" "$WORK/p" "$WORK/s"
    done
    # Of all types, at any depth, beside columns that something follows from; and what no expression makes
    cat >"$WORK/typed.sql" <<'SQL'
DROP TABLE IF EXISTS s, w;
CREATE TABLE s (a decimal(65,30), b tinyblob, c blob, d mediumblob, e longblob, f varbinary(9), g binary(16), h binary(5), i bit(3), k bit(20), l timestamp(3), m year, n time(6), o decimal(20,0));
INSERT INTO s VALUES ('-12345678901234567890.123456789012345678901234567890', 'tiny', x'00ff5c27', 'm', x'0a0d09', x'fe', x'00112233445566778899aabbccddeeff', 'xx', 5, 70000, '2024-02-29 23:59:59.125', 1999, '-700:00:00.000001', 12345678901234567890);
CREATE TABLE w (j json, n int, day varchar(30) AS (j->>'$.z[0].day') STORED NOT NULL, UNIQUE (n, day), up timestamp DEFAULT '2001-01-01 00:00:00' ON UPDATE CURRENT_TIMESTAMP,
  t varchar(20), v json, p set('', 'a'), q geometry, CHECK (JSON_TYPE(j) = 'OBJECT'), x bit(9), y enum('ä', 'b'));
SQL
    must load prod inner "$WORK/typed.sql"
    must q prod inner "INSERT INTO w (j, n, t, v, p, q, x, y) SELECT JSON_OBJECT('z', JSON_ARRAY(JSON_OBJECT('day', DATE'2024-02-29', 'quo\"te\\\\', a)), 'c', c, 'd', d, 'e', e, 'f', f, 'g', g, 'i', i, 'l', l, 'm', m, 'n', n, 'o', o, '', 1.50),
        1, '![{', CAST(l AS JSON), '', POINT(1, 2), b'100000001', 'ä' FROM s"
    must q prod inner "INSERT INTO w (j, n, t) VALUES ('{\"z\": [{\"day\": \"!\"}]}', 2, 'tab\\tend')"
    ok "$kind: a copy of all that can be carried" dbtwin copy --verify full "$(url prod inner)" "$(url staging inner)"
    err_lacks "$kind: nothing to warn of" "warning: JSON"
    verify 0 "$kind: all types arrived"
    typed() { q "$1" inner "SELECT j, v, JSON_TYPE(v), n, day, up, t, HEX(q), p + 0, x + 0, y, $(for k in c d e f g i l n o; do printf "JSON_TYPE(j->'\$.%s'), " $k; done) JSON_TYPE(j->'\$.\"\"'), JSON_TYPE(j->'\$.z[0].day'), JSON_TYPE(JSON_EXTRACT(j, '\$.z[0].*')) FROM w ORDER BY n"; }
    isnt "$kind: there is something to see" "$(typed prod)" ''
    is "$kind: as the servers show it" "$(typed staging)" "$(typed prod)"
    must q prod inner "UPDATE w SET v = (SELECT JSON_OBJECT('h', h, 'k', k, 'b', b) FROM s), up = up WHERE n = 1"
    ok "$kind: what cannot be carried" dbtwin copy --verify full "$(url prod inner)" "$(url staging inner)"
    err_has "$kind: is named" "JSON column w.v holds BIT, BLOB (of its first 1000 rows), of which some BIT, BLOB arrive as strings or numbers"
    verify 1 "$kind: and verify finds it"
    # A file has the text
    must q prod inner "DROP TABLE s, w"
    ok "$kind: a snapshot" dbtwin snapshot "$(url prod inner)" -o "$WORK/inner.dbtwin"
    err_has "$kind: warns" "JSON column j.j holds BLOB, DATE, DATETIME, DECIMAL, TIME (of its first 1000 rows), which arrive as numbers and strings"
    ok "$kind: restored" dbtwin restore "$WORK/inner.dbtwin" "$(url staging inner)"
    isnt "$kind: the types are others now" "$(types staging)" "$(types prod)"
    verify 1 "$kind: verify sees it"
    out_like "$kind: verify names the table" '^j, types inside its JSON documents: 7 rows differ'
    out_lacks "$kind: not the one without such values" "text_only"
    for row in 1 2 3 4 5 10 11; do out_has "$kind: row $row" "row $row: differs"; done
    out_lacks "$kind: an integer is one with or without a sign" "row 6: differs"
    # The same documents by the same statements are the same
    fresh_db staging inner
    must load staging inner "$WORK/json.sql"
    verify 0 "$kind: documents of the same types"
    out_has "$kind: says what was compared" "Types inside the JSON documents of 2 tables were compared too"
    must q staging inner "UPDATE j SET j = JSON_OBJECT('v', CAST(1.5 AS DOUBLE)) WHERE id = 1"
    is "$kind: a type alone" "$(q staging inner "SELECT CONCAT(j) FROM j WHERE id = 1")" "$(q prod inner "SELECT CONCAT(j) FROM j WHERE id = 1")"
    verify 1 "$kind: a type alone differs"
    out_has "$kind: row 1 alone" "1 row differs"
done
done_testing
