#!/bin/bash
# What is kept and does not fit what is copied is refused by name, before anything is loaded; rights that
# only the source gives are not kept, and positions are those of the swap, not of the beginning.
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/live/copies.sh"

refused() { # NAME CODE WORDS OPTION...
    local name=$1 code=$2 words=$3
    shift 3
    expect_exit "$code" "$kind: $name" dbtwin copy -q "$from" "$to" --replace fits "$@"
    err_has "$kind: $name: by name" "$words"
    untouched "$kind: $name" staging fits "$before"
}

for kind in $(servers pg | tail -n 1); do
    start "$kind" prod staging
    for n in prod staging; do
        fresh_db $n fits
        q $n postgres "CREATE ROLE fit_qa" >/dev/null 2>&1
        must q $n fits "CREATE TYPE mood AS ENUM ('a', 'b'); CREATE DOMAIN code AS text; CREATE TABLE t (id int PRIMARY KEY); CREATE TABLE other (id int)"
    done
    from=$(url prod fits) to=$(url staging fits)
    must q staging fits "CREATE TABLE note (id int PRIMARY KEY, m mood, c code, t int REFERENCES t)"
    must q staging fits "CREATE TABLE part (id int, k int) PARTITION BY LIST (k); CREATE TABLE part_1 PARTITION OF part FOR VALUES IN (1)"

    before=$(sum_of staging fits)
    ok "$kind: what fits is kept" dbtwin preflight "$from" "$to" --replace fits --keep-table public.note
    must q prod fits "ALTER TYPE mood RENAME VALUE 'b' TO 'c'"
    refused "a label that is gone" 4 'no label "b"' --keep-table public.note
    must q prod fits "ALTER TYPE mood RENAME VALUE 'c' TO 'b'; DROP DOMAIN code; CREATE DOMAIN code AS int"
    refused "a domain of another type" 4 "public.code" --keep-table public.note
    must q prod fits "DROP DOMAIN code; CREATE DOMAIN code AS text; ALTER TABLE t ALTER id TYPE uuid USING NULL"
    refused "a referred column of another type" 4 "public.t.id" --keep-table public.note
    must q prod fits "DROP TABLE t; CREATE TABLE t (id bigint PRIMARY KEY)"
    refused "a parent without its partition" 4 "public.part_1" --keep-table public.part
    refused "a partition without its parent" 4 "public.part_1" --keep-table public.part_1
    refused "a role that there is not" 2 "fit_nobody" --keep-grants fit_nobody

    must q prod fits "GRANT INSERT, SELECT ON t TO fit_qa; GRANT DELETE ON other TO fit_qa; CREATE SEQUENCE n; CREATE SEQUENCE fresh"
    must q staging fits "GRANT UPDATE ON t TO fit_qa; CREATE SEQUENCE n; CREATE SEQUENCE fresh; SELECT nextval('fresh')"
    must q staging fits "SELECT setval('n', 50)"
    # numbers are given out while the copy is loaded: its own --after waits for one that is
    dbtwin copy -q "$from" "$to" --replace fits --keep-table public.note --keep-table 'public.part*' \
        --keep-grants fit_qa --keep-sequence 'public.*' --after "DO \$\$ BEGIN PERFORM pg_sleep(3); END \$\$" 2>"$ERR" &
    copy=$!
    sleep 1.5
    must q staging fits "SELECT nextval('n') FROM generate_series(1, 20)"
    wait $copy && pass "$kind: a wider key is kept" || fail "$kind: a wider key is kept" "$(cat "$ERR")"
    is "$kind: the role may what it might" "$(q staging fits "SELECT has_table_privilege('fit_qa', 't', 'UPDATE')")" t
    is "$kind: and not what only the source says" "$(q staging fits "SELECT has_table_privilege('fit_qa', 't', 'INSERT'), has_table_privilege('fit_qa', 'other', 'DELETE')")" "f	f"
    is "$kind: no number is given out twice" "$(q staging fits "SELECT nextval('n') > 70")" t
    is "$kind: nor the first" "$(q staging fits "SELECT nextval('fresh')")" 2
    is "$kind: what fits is there" "$(q staging fits "SELECT count(*) FROM pg_class WHERE relname IN ('note', 'part', 'part_1')")" 3
    for n in prod staging; do
        q $n fits "DROP OWNED BY fit_qa" >/dev/null
        q $n postgres "DROP ROLE fit_qa" >/dev/null
    done
done

# MySQL and MariaDB: a table's counter, moved while the copy is loaded.
for kind in $(servers my); do
    start "$kind" prod staging
    for n in prod staging; do
        fresh_db $n fits
        must q $n fits "CREATE TABLE t (id int AUTO_INCREMENT PRIMARY KEY, v varchar(9))"
        must q $n fits "INSERT INTO t (v) VALUES ('a'), ('b')"
    done
    dbtwin copy -q "$(url prod fits)" "$(url staging fits)" --replace fits --keep-sequence t \
        --after "DO SLEEP(3)" 2>"$ERR" &
    copy=$!
    sleep 1.5
    must q staging fits "INSERT INTO t (id, v) VALUES (70, 'late')"
    wait $copy && pass "$kind: copied" || fail "$kind: copied" "$(cat "$ERR")"
    must q staging fits "INSERT INTO t (v) VALUES ('next')"
    is "$kind: no number of a table is given out twice" "$(q staging fits "SELECT id FROM t WHERE v = 'next'")" 71
done
done_testing
