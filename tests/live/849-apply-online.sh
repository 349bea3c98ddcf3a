#!/bin/bash
# apply --online: indexes, checks, foreign keys and NOT NULL come by forms that let readers and writers go on, each in
# a transaction of its own; the schema is then production's, by its dump, and what fails leaves nothing behind.
. "$(dirname "$0")/../lib/live.sh"

schema_of() { if server_is_pg one; then dump one "$1" -s; else dump one "$1" --no-data; fi | grep -v '^--'; }
for kind in $(servers all); do
    case $kind in pg15 | pg18 | mariadb | mysql9) ;; *) continue ;; esac
    start "$kind" one
    fresh_db one prod
    fresh_db one stag
    for db in prod stag; do
        q one $db "CREATE TABLE orders (id int PRIMARY KEY)" >"$OUT"
        q one $db "CREATE TABLE items (id int PRIMARY KEY, order_id int, note varchar(20), n int)" >"$OUT"
    done
    q one stag "INSERT INTO orders VALUES (1)" >"$OUT"
    q one stag "INSERT INTO items VALUES (1, 1, 'a', 1), (2, 1, 'b', 2)" >"$OUT"
    if server_is_pg one; then
        q one prod "CREATE INDEX items_order ON items (order_id)" >"$OUT"
        q one prod "ALTER TABLE items ADD CONSTRAINT positive CHECK (n > 0), ALTER note SET NOT NULL, ADD CONSTRAINT once UNIQUE (note)" >"$OUT"
        q one prod "ALTER TABLE items ADD CONSTRAINT of_order FOREIGN KEY (order_id) REFERENCES orders (id)" >"$OUT"
        q one stag "CREATE INDEX items_n ON items (n)" >"$OUT"
    else
        q one prod "ALTER TABLE items ADD KEY items_order (order_id), ADD UNIQUE KEY once (note)" >"$OUT"
    fi
    prod=$(url one prod) stag=$(url one stag)
    ok "$kind: small tables" dbtwin plan "$prod" "$stag"
    out_lacks "$kind: small tables are changed at once" "CONCURRENTLY"
    out_lacks "$kind: small tables are changed at once" "ALGORITHM"
    if server_is_pg one; then
        q one stag "UPDATE pg_class SET reltuples = 2000000 WHERE relname = 'items'" >"$OUT"
        ok "$kind: a large table" dbtwin plan "$prod" "$stag"
        out_has "$kind: a large table lets others go on" "CREATE INDEX CONCURRENTLY"
        err_has "$kind: a large table: told" "--online=never"
        ok "$kind: never" dbtwin plan "$prod" "$stag" --online never
        out_lacks "$kind: unless told not to" "CONCURRENTLY"
        q one stag "UPDATE pg_class SET reltuples = 2 WHERE relname = 'items'" >"$OUT"
    fi
    ok "$kind: the plan" dbtwin plan "$prod" "$stag" --online -o "$WORK/plan.sql" -o "$WORK/plan.json"
    if server_is_pg one; then
        for form in "CREATE INDEX CONCURRENTLY" "DROP INDEX CONCURRENTLY" "CREATE UNIQUE INDEX CONCURRENTLY" "NOT VALID" "VALIDATE CONSTRAINT"; do
            isnt "$kind: $form" "$(grep -c "$form" "$WORK/plan.sql")" 0
        done
        is "$kind: no step holds a strong lock, or reads all under one" "$(grep -cE '"(lock|scan)"' "$WORK/plan.json")" 0
    else
        isnt "$kind: asked for" "$(grep -c 'ALGORITHM=INPLACE, LOCK=NONE' "$WORK/plan.sql")" 0
    fi
    # Where it fails, nothing is left that the next run would stumble over.
    q one stag "UPDATE items SET note = 'a'" >"$OUT"
    expect_exit 2 "$kind: a key that rows violate" dbtwin apply "$prod" "$stag" --online --yes --no-row-checks --allow index,scan
    err_has "$kind: a key that rows violate: named" "once"
    ! server_is_pg one || is "$kind: no invalid index is left" "$(q one stag "SELECT count(*) FROM pg_index WHERE NOT indisvalid")" 0
    q one stag "UPDATE items SET note = 'b' WHERE id = 2" >"$OUT"
    ok "$kind: apply" dbtwin apply "$prod" "$stag" --online --yes --allow index,scan
    schema_of prod >"$WORK/a"
    schema_of stag >"$WORK/b"
    same_files "$kind: the dump of one is that of the other" "$WORK/a" "$WORK/b"
    is "$kind: rows survive" "$(q one stag "SELECT count(*) FROM items")" 2
    server_stop one
done
done_testing
