#!/bin/bash
# The manual's rescue of one table, run as dbtwin-snapshot(5) prints it: every row of the table arrives
# as it was, with id 0, zero dates, JSON, bytes of every value, and nothing else is claimed.
. "$(dirname "$0")/../lib/live.sh"

page=$TOP/man/dbtwin-snapshot.5.scd
block() { # the N-th block of commands of RESCUING ONE TABLE
    awk -v n="$1" '/^# /{on = $0 == "# RESCUING ONE TABLE"} on && /^```/{i++; next} on && i == 2 * n - 1' "$page"
}

mkdir -p "$WORK/bin" "$WORK/out"
shim() { # shim COMMAND CLIENT-AND-OPTIONS: what the page calls COMMAND, at our server
    printf '#!/bin/bash\nexec %s "$@"\n' "$2" >"$WORK/bin/$1"
    chmod +x "$WORK/bin/$1"
}
follow() { # follow BLOCK...: as a reader of the page would, with the table's folder
    local n
    for n; do block "$n"; done | sed "s/00007-public.orders/$folder/g; s/00007-orders/$folder/g; s/00007/${folder%%-*}/g" >"$WORK/typed"
    (cd "$WORK/out" && PATH="$WORK/bin:$PATH" bash -e -o pipefail "$WORK/typed")
}
unpacked() {
    rm -rf "$WORK/out" && mkdir "$WORK/out"
    must dbtwin snapshot -q "$(url prod shop)" -o "$WORK/out/shop.snapshot"
    folder=$(tar -tf "$WORK/out/shop.snapshot" | sed -n 's,^data/\([0-9]*-[a-z.]*orders\)/table.json$,\1,p')
    isnt "$kind: the table has a folder" "$folder" ""
    ok "$kind: it is unpacked" follow 1
    out_has "$kind: and its columns are read" '"details"'
}

is "the page has the blocks that are followed here" "$(for i in 1 2 3 4 5; do block $i | head -1 | cut -c 1-13; done)" \
    "tar -tf shop.
gunzip -c dat
gunzip -c dat
python3 -c \"i"

for kind in $(servers pg); do
    start "$kind" prod
    must q prod postgres "DROP DATABASE IF EXISTS shop"
    must q prod postgres "CREATE DATABASE shop ENCODING 'LATIN1' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'"
    shim psql "env PGHOST=$(server_dir prod) PGPORT=$(cat "$(server_dir prod)/port") PGUSER=postgres $(command -v psql) -X"
    table="CREATE TABLE orders (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer text, placed timestamptz, details jsonb,
        twice int GENERATED ALWAYS AS (id * 2) STORED)"
    must q prod shop "$table"
    must q prod shop "INSERT INTO orders (id, customer, placed, details) OVERRIDING SYSTEM VALUE
        SELECT i, CASE i % 3 WHEN 0 THEN E'tab\t nl\n back\\\\ \\\\N' WHEN 1 THEN U&'\\00e4\\00df' END, 'epoch'::timestamptz + i * interval '1 day',
               CASE WHEN i % 2 = 0 THEN '{\"a\": \"\\\\n\"}'::jsonb END FROM generate_series(0, 5000) i"
    rows="SELECT md5(string_agg(o::text, '|' ORDER BY id)), count(*), min(id) FROM orders o"
    before=$(q prod shop "$rows")
    unpacked
    must q prod shop "DROP TABLE orders"
    must q prod shop "$table"
    block2=$(block 2)
    block 2 | sed "s/'UTF8'/'LATIN1'/" >"$WORK/latin"
    isnt "$kind: the page names an encoding" "$block2" "$(cat "$WORK/latin")"
    page_was=$page
    sed "s/ENCODING 'UTF8'/ENCODING 'LATIN1'/" "$page_was" >"$WORK/page"
    page=$WORK/page
    ok "$kind: rows are loaded" follow 2
    page=$page_was
    out_has "$kind: and counted" 5001
    is "$kind: each as it was" "$(q prod shop "$rows")" "$before"
    ok "$kind: the manifest says how many" follow 4
    out_like "$kind: there are" "^5001 .*orders"
    must q prod postgres "DROP DATABASE shop"
done

for kind in $(servers my); do
    start "$kind" prod
    fresh_db prod shop
    shim mysql "$(command -v mariadb) --no-defaults -S $(server_dir prod)/s -uroot"
    must q prod '' "SET GLOBAL local_infile = 1"
    table="CREATE TABLE orders (id int AUTO_INCREMENT PRIMARY KEY, customer varchar(40) CHARACTER SET latin1, placed datetime, details json,
        twice int GENERATED ALWAYS AS (CHAR_LENGTH(customer)) STORED)"
    must q prod shop "$table"
    must q prod shop "SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES';
        INSERT INTO orders (id, customer, placed, details) VALUES (0, 'zero', '0000-00-00 00:00:00', '{\"a\": \"\\\\n\"}'),
            (1, 'tab\t nl\n back\\\\ \\\\N', '2020-02-31 00:00:00', NULL), (2, 'äß', '2020-00-00 00:00:00', '[1, \"ü€\"]'),
            (-3, NULL, NULL, '\"x\"')"
    rows="SELECT id, HEX(customer), CAST(placed AS CHAR), HEX(CAST(details AS CHAR)), twice FROM orders ORDER BY id"
    before=$(q prod shop "$rows")
    is "$kind: what there is" "$(q prod shop "SELECT count(*), min(id), max(id), sum(placed < '1000-01-01') FROM orders")" "4	-3	2	1"
    unpacked
    must q prod shop "DROP TABLE orders"
    must q prod shop "$table"
    ok "$kind: rows are loaded" follow 3
    out_like "$kind: all of them" "^Records: 4  Deleted: 0  Skipped: 0  Warnings: 0$"
    is "$kind: each as it was" "$(q prod shop "$rows")" "$before"
    ok "$kind: the manifest says how many" follow 4
    out_like "$kind: there are" "^4 .*orders"
    # what is lost is seen
    must q prod shop "DELETE FROM orders WHERE id <> 1"
    ok "$kind: a key that is there" follow 3
    out_has "$kind: is shown" "Skipped: 1"
    out_has "$kind: with the reason" "Duplicate"
    must q prod '' "DROP DATABASE shop"
done
done_testing
