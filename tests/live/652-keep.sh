#!/bin/bash
# What staging alone owns survives a copy: tables with rows and definition, what they need, rights of
# roles, positions; foreign keys that would not hold are a refusal; writers wait, and lose nothing.
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/live/copies.sh"

for kind in $(some_servers); do
    start "$kind" prod staging
    fresh_db prod kept
    fresh_db staging kept
    p= id=int
    server_is_pg prod && p=public.
    must q prod kept "CREATE TABLE orders (id int PRIMARY KEY, t varchar(20))"
    must q prod kept "INSERT INTO orders VALUES (1, 'one'), (2, 'two'), (3, 'three')"
    must q prod kept "CREATE TABLE flag (name varchar(20) PRIMARY KEY, state int)"
    must q prod kept "INSERT INTO flag VALUES ('dark', 1), ('fast', 1)"
    must q prod kept "CREATE VIEW open_flag AS SELECT name FROM flag WHERE state = 1"
    from=$(url prod kept) to=$(url staging kept)
    cat >"$WORK/dbtwin.yaml" <<END
databases:
  s:
    url: $to
    keep:
      tables: [${p}flag, "${p}qa_*"]
END
    c="-c $WORK/dbtwin.yaml"
    # shellcheck disable=SC2086
    expect_exit 2 "$kind: a table that there is not" dbtwin copy $from s $c
    err_has "$kind: is named" "${p}flag"
    must dbtwin copy -q "$from" "$to"

    # staging's own: other rows, another column, another index; a table that production has not
    must q staging kept "DELETE FROM flag WHERE name = 'fast'"
    must q staging kept "DROP VIEW open_flag"
    must q staging kept "ALTER TABLE flag ADD note varchar(50)"
    must q staging kept "UPDATE flag SET state = 0, note = 'for the demo'"
    if server_is_pg staging; then
        must q staging kept "CREATE TYPE mood AS ENUM ('bad', 'good')"
        must q staging kept "CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.t = upper(NEW.t); RETURN NEW; END'"
        must q staging kept "CREATE TABLE qa_note (id serial PRIMARY KEY, o int REFERENCES orders, m mood, t text)"
        must q staging kept "CREATE TRIGGER s BEFORE INSERT ON qa_note FOR EACH ROW EXECUTE FUNCTION stamp()"
    else
        must q staging kept "CREATE TABLE qa_note (id int AUTO_INCREMENT PRIMARY KEY, o int, m enum('bad', 'good'), t varchar(50), CONSTRAINT qa_o FOREIGN KEY (o) REFERENCES orders (id))"
        must q staging kept "CREATE TRIGGER s BEFORE INSERT ON qa_note FOR EACH ROW SET NEW.t = UPPER(NEW.t)"
    fi
    must q staging kept "CREATE INDEX qa_t ON qa_note (t)"
    must q staging kept "INSERT INTO qa_note (o, m, t) VALUES (2, 'good', 'a'), (3, 'bad', 'b'), (NULL, NULL, 'c')"
    must q staging kept "DELETE FROM qa_note WHERE t = 'C'"
    must q prod kept "UPDATE orders SET t = 'uno' WHERE id = 1"
    note() { dump_of_table qa_note; }
    dump_of_table() { # as its own server describes it, with its rows
        if server_is_pg staging; then pg_dump_of staging kept "$1"; else q staging kept "SHOW CREATE TABLE $1"; fi
        q staging kept "SELECT * FROM $1 ORDER BY 1"
    }
    pg_dump_of() { # what pg_dump would say, by the catalog
        q "$1" "$2" "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'public.$3'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
        q "$1" "$2" "SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = 'public.$3'::regclass ORDER BY 1"
        q "$1" "$2" "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'public.$3'::regclass ORDER BY 1"
        q "$1" "$2" "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = 'public.$3'::regclass AND NOT tgisinternal ORDER BY 1"
    }
    notes=$(note) flags=$(dump_of_table flag)
    # shellcheck disable=SC2086
    ok "$kind: a copy that keeps" dbtwin copy $from s $c
    err_has "$kind: says so" "${p}qa_note"
    is "$kind: a table of staging's own is as it was" "$(note)" "$notes"
    is "$kind: one that production has too" "$(dump_of_table flag)" "$flags"
    is "$kind: what is copied is copied" "$(q staging kept "SELECT t FROM orders WHERE id = 1")" uno
    is "$kind: views are production's" "$(q staging kept "SELECT count(*) FROM open_flag")" 0
    ok "$kind: --truncate of a kept table" dbtwin copy $from s $c --truncate "${p}flag"
    err_lacks "$kind: --truncate of a kept table: does not empty it, nor says so" "arrives empty"
    is "$kind: --truncate of a kept table: is as it was" "$(dump_of_table flag)" "$flags"
    must q staging kept "INSERT INTO qa_note (o, m, t) VALUES (1, 'good', 'd')"
    is "$kind: numbers go on, triggers fire" "$(q staging kept "SELECT max(id), max(t) FROM qa_note")" "4	D"
    # shellcheck disable=SC2086
    ok "$kind: and once more" dbtwin copy -q $from s $c --verify full
    is "$kind: three rows now" "$(q staging kept "SELECT count(*) FROM qa_note")" 3
    must dbtwin snapshot -q "$from" -o "$WORK/s.dbtwin" --force
    notes=$(note)
    # shellcheck disable=SC2086
    ok "$kind: a restore keeps too" dbtwin restore -q "$WORK/s.dbtwin" s $c --replace kept
    is "$kind: as it was" "$(note)" "$notes"
    is "$kind: production's flags are not there" "$(dump_of_table flag)" "$flags"

    # keys that would not hold, both ways
    must q prod kept "DELETE FROM orders WHERE id = 2"
    before=$(sum_of staging kept)
    # shellcheck disable=SC2086
    expect_exit 4 "$kind: kept rows that refer to nothing" dbtwin copy $from s $c
    err_has "$kind: the kept table is named" "${p}qa_note"
    err_has "$kind: and what it refers to" "${p}orders"
    untouched "$kind: kept rows that refer to nothing" staging kept "$before"
    must q staging kept "DELETE FROM qa_note WHERE o = 2"
    must q prod kept "CREATE TABLE uses (f varchar(20), CONSTRAINT uses_f FOREIGN KEY (f) REFERENCES flag (name))"
    must q prod kept "INSERT INTO uses VALUES ('fast')"
    before=$(sum_of staging kept)
    # shellcheck disable=SC2086
    expect_exit 4 "$kind: copied rows that refer to nothing" dbtwin copy $from s $c
    err_has "$kind: the key is named" "uses_f"
    untouched "$kind: copied rows that refer to nothing" staging kept "$before"
    must q prod kept "DELETE FROM uses"
    # a table that is needed and not kept
    must q staging kept "CREATE TABLE other (id int PRIMARY KEY)"
    must q staging kept "CREATE TABLE qa_more (id int, CONSTRAINT qa_m FOREIGN KEY (id) REFERENCES other (id))"
    # shellcheck disable=SC2086
    expect_exit 4 "$kind: a kept table that needs one that is not" dbtwin copy $from s $c
    err_has "$kind: which is named" "${p}other"
    must q staging kept "DROP TABLE qa_more"

    # a writer meanwhile: what it was told is committed is there afterwards (on MySQL and MariaDB
    # triggers follow the tables, so upper or lower case does not count)
    must q staging kept "DROP TABLE other"
    (
        n=0
        while [ ! -e "$WORK/stop" ]; do
            n=$((n + 1))
            q staging kept "INSERT INTO qa_note (t) VALUES ('w$n')" >/dev/null 2>&1 && echo "W$n" >>"$WORK/written"
        done
    ) &
    writer=$!
    at_exit touch "$WORK/stop"
    for _ in 1 2 3; do
        # shellcheck disable=SC2086
        ok "$kind: a copy beside a writer" dbtwin copy -q $from s $c
    done
    touch "$WORK/stop"
    wait "$writer"
    rm -f "$WORK/stop"
    q staging kept "SELECT upper(t) FROM qa_note WHERE upper(t) LIKE 'W%'" | LC_ALL=C sort >"$WORK/there"
    LC_ALL=C sort "$WORK/written" >"$WORK/written.sorted"
    is "$kind: nothing written is lost" "$(LC_ALL=C comm -23 "$WORK/written.sorted" "$WORK/there" | head -5)" ''
    isnt "$kind: and something was" "$(wc -l <"$WORK/written")" 0
    ok "$kind: numbers go on behind the last of them" q staging kept "INSERT INTO qa_note (t) VALUES ('next')"
    rm -f "$WORK/written"

    # positions, rights
    if server_is_pg prod; then
        must q prod kept "CREATE SEQUENCE invoice"
        must q prod kept "SELECT setval('invoice', 10)"
        must dbtwin copy -q "$from" s -c "$WORK/dbtwin.yaml"
        must q staging kept "SELECT setval('invoice', 500)"
        must q staging postgres "DO \$\$ BEGIN CREATE ROLE kept_qa; EXCEPTION WHEN duplicate_object THEN NULL; END \$\$"
        must q staging kept "GRANT SELECT, UPDATE ON orders TO kept_qa"
        must q staging kept "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO kept_qa"
        ok "$kind: positions and rights" dbtwin copy -q "$from" s -c "$WORK/dbtwin.yaml" \
            --keep-sequence public.invoice --keep-grants kept_qa
        is "$kind: the sequence did not go back" "$(q staging kept "SELECT nextval('invoice')")" 501
        is "$kind: the role may what it might" "$(q staging kept "SELECT has_table_privilege('kept_qa', 'orders', 'UPDATE')")" t
        is "$kind: by default too" "$(q staging kept "SELECT count(*) FROM pg_default_acl")" 1
        ok "$kind: without production's rights" dbtwin copy -q "$from" s -c "$WORK/dbtwin.yaml" --no-grants --keep-grants kept_qa
        is "$kind: the role's stay" "$(q staging kept "SELECT has_table_privilege('kept_qa', 'orders', 'UPDATE')")" t
        must q prod kept "SELECT setval('invoice', 1000)"
        must dbtwin copy -q "$from" s -c "$WORK/dbtwin.yaml" --keep-sequence 'public.*'
        is "$kind: ahead it is production's" "$(q staging kept "SELECT last_value FROM invoice")" 1000
        must q staging kept "DROP OWNED BY kept_qa"
        must q staging postgres "DROP ROLE kept_qa"
    else
        must q prod kept "CREATE TABLE n (id int AUTO_INCREMENT PRIMARY KEY)"
        must dbtwin copy -q "$from" s -c "$WORK/dbtwin.yaml"
        must q staging kept "ALTER TABLE n AUTO_INCREMENT = 500"
        ok "$kind: positions" dbtwin copy -q "$from" s -c "$WORK/dbtwin.yaml" --keep-sequence n
        must q staging kept "INSERT INTO n VALUES (NULL)"
        is "$kind: the counter did not go back" "$(q staging kept "SELECT id FROM n")" 500
    fi
done
done_testing
