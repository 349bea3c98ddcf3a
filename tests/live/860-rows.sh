#!/bin/bash
# rows: of the config: the rows of a start, those that they refer to and their declared children come, and no others;
# every foreign key holds, the same rows come every night; cycles, self references, composite keys, several paths
# and references that no constraint declares; what nobody named is refused before anything moves.
. "$(dirname "$0")/../lib/live.sh"

schema() {
    cat <<'SQL'
CREATE TABLE country (code varchar(2) PRIMARY KEY, name varchar(20));
CREATE TABLE customer (id int PRIMARY KEY, country varchar(2) NOT NULL REFERENCES country (code), referrer int, name varchar(30),
    FOREIGN KEY (country) REFERENCES country (code), FOREIGN KEY (referrer) REFERENCES customer (id));
CREATE TABLE product (shop int, sku varchar(20), name varchar(20), PRIMARY KEY (shop, sku));
CREATE TABLE tag (id int PRIMARY KEY, code varchar(8) NOT NULL UNIQUE);
CREATE TABLE orders (id int PRIMARY KEY, customer int NOT NULL, first_line int, tag varchar(8), FOREIGN KEY (customer) REFERENCES customer (id), FOREIGN KEY (tag) REFERENCES tag (code));
CREATE TABLE line (orders int, no int, shop int NOT NULL, sku varchar(20) NOT NULL, PRIMARY KEY (orders, no),
    FOREIGN KEY (orders) REFERENCES orders (id), FOREIGN KEY (shop, sku) REFERENCES product (shop, sku));
CREATE TABLE event (id int PRIMARY KEY, object_type varchar(10), object_id int);
CREATE TABLE log (at int, text varchar(40));
CREATE TABLE shop (id int PRIMARY KEY);
CREATE TABLE member (id int PRIMARY KEY, boss int, mentor int, shop int, FOREIGN KEY (shop) REFERENCES shop (id), FOREIGN KEY (boss) REFERENCES member (id), FOREIGN KEY (mentor) REFERENCES member (id));
INSERT INTO country VALUES ('de', 'Germany'), ('fr', 'France'), ('it', 'Italy');
SQL
    # 30 customers in three countries; each but the first three was referred by the one three before
    for i in $(seq 30); do
        echo "INSERT INTO customer VALUES ($i, '$(sed -n "$((i % 3 + 1))p" <<<$'de\nfr\nit')', $([ "$i" -gt 3 ] && echo $((i - 3)) || echo NULL), 'it''s \\\\ $i');"
    done
    for i in $(seq 20); do echo "INSERT INTO product VALUES ($((i % 2)), 'sku ''$i', 'thing $i');"; done
    for i in $(seq 9); do echo "INSERT INTO tag VALUES ($i, 'T-$i');"; done
    for i in $(seq 60); do
        echo "INSERT INTO orders VALUES ($i, $((i % 30 + 1)), 1, $([ $((i % 10)) -gt 0 ] && echo "'T-$((i % 10))'" || echo NULL));"
        echo "INSERT INTO line VALUES ($i, 1, $(((i % 20 + 1) % 2)), 'sku ''$((i % 20 + 1))'), ($i, 2, $(((i % 7 + 1) % 2)), 'sku ''$((i % 7 + 1))');"
        echo "INSERT INTO event VALUES ($i, '$([ $((i % 2)) = 0 ] && echo order || echo other)', $i);"
    done
    echo "INSERT INTO log VALUES (1, 'x'), (2, 'y');"
    echo "INSERT INTO shop VALUES (1), (2);"
    for i in $(seq 12); do echo "INSERT INTO member VALUES ($i, $([ "$i" -gt 1 ] && echo $((i / 2)) || echo NULL), $([ "$i" -gt 3 ] && echo $((i - 3)) || echo NULL), $([ "$i" = 11 ] && echo 2 || echo NULL));"; done
    echo "ALTER TABLE orders ADD CONSTRAINT back FOREIGN KEY (id, first_line) REFERENCES line (orders, no);"
}
config() { # config TEXT: rows: of it, with the two databases
    printf 'databases:\n  prod:\n    url: "%s"\n  staging:\n    url: "%s"\n%s\n' "$(url prod rows)" "$(url staging rows)" "$1" >"$WORK/rows.yaml"
}
p() { if server_is_pg prod; then echo "public.$1"; else echo "$1"; fi; }
ids() { q staging rows "SELECT $2 FROM $1 ORDER BY 1, 2" | tr '\t\n' ': '; }
one() { q staging rows "SELECT $2 FROM $1 ORDER BY 1" | tr '\n' ' '; }
dangling() { # rows of staging that refer to nothing, by a query of the test's own
    q staging rows "SELECT (SELECT count(*) FROM customer c WHERE NOT EXISTS (SELECT 1 FROM country x WHERE x.code = c.country))
        + (SELECT count(*) FROM customer c WHERE referrer IS NOT NULL AND NOT EXISTS (SELECT 1 FROM customer x WHERE x.id = c.referrer))
        + (SELECT count(*) FROM orders o WHERE tag IS NOT NULL AND NOT EXISTS (SELECT 1 FROM tag x WHERE x.code = o.tag))
        + (SELECT count(*) FROM orders o WHERE NOT EXISTS (SELECT 1 FROM customer x WHERE x.id = o.customer))
        + (SELECT count(*) FROM orders o WHERE NOT EXISTS (SELECT 1 FROM line x WHERE x.orders = o.id AND x.no = o.first_line))
        + (SELECT count(*) FROM line l WHERE NOT EXISTS (SELECT 1 FROM product x WHERE x.shop = l.shop AND x.sku = l.sku))
        + (SELECT count(*) FROM line l WHERE NOT EXISTS (SELECT 1 FROM orders x WHERE x.id = l.orders))"
}

for kind in $(some_servers); do
    start "$kind" prod staging
    for n in prod staging; do fresh_db $n rows; done
    schema >"$WORK/schema.sql"
    # MySQL ignores REFERENCES in a column and says nothing of it: the constraint stands by itself as well
    server_is_pg prod && sed -i 's/ NOT NULL REFERENCES country (code), referrer/ NOT NULL, referrer/' "$WORK/schema.sql"
    server_is_pg prod && sed -i "s/'it''s \\\\\\\\ /'it''s \\\\ /" "$WORK/schema.sql"
    must load prod rows "$WORK/schema.sql"
    copy() { dbtwin copy -c "$WORK/rows.yaml" prod staging --replace rows "$@"; }

    # Order 7 is customer 8's, whom 5 referred, whom 2 did; its lines are of products (8, 1) and (1, 2).
    config "rows:
  start: {$(p orders): 'id = 7'}
  none: [$(p log), $(p event)]"
    ok "$kind: one order" copy
    is "$kind: the order" "$(one orders id)" "7 "
    ok "$kind: read back and compared" copy --verify full
    is "$kind: the same order" "$(one orders id)" "7 "
    is "$kind: its customer, and who referred them" "$(one customer id)" "2 5 8 "
    is "$kind: the line that it names, by a circle; not the other" "$(ids line 'orders, no')" "7:1 "
    is "$kind: the line's product, by two columns" "$(one product sku)" "sku '8 "
    is "$kind: its tag, by a key that is not the primary one" "$(one tag code)" "T-7 "
    is "$kind: their country" "$(one country code)" "it "
    is "$kind: none of what is none" "$(q staging rows "SELECT (SELECT count(*) FROM log) + (SELECT count(*) FROM event)")" 0
    is "$kind: no row refers to nothing" "$(dangling)" 0
    is "$kind: texts are as they were" "$(q staging rows "SELECT name FROM customer WHERE id = 8")" "it's \\ 8"
    err_has "$kind: says how many rows, and why" "rows of $(p customer): 3 (needed by rows of $(p orders))"
    ok "$kind: verify compares the part" dbtwin verify -c "$WORK/rows.yaml" prod staging
    must q staging rows "UPDATE customer SET name = 'x' WHERE id = 5"
    must q staging rows "INSERT INTO product VALUES (0, 'new', 'x')"
    expect_exit 1 "$kind: and finds what differs" dbtwin verify -c "$WORK/rows.yaml" prod staging
    out_like "$kind: a row that was changed" "customer.*1 row"
    out_like "$kind: a row that was not chosen" "product.*1 row"
    must q staging rows "DELETE FROM product WHERE sku = 'new'"

    config "rows:
  start: {$(p customer): 'id IN (8, 9)'}
  children: {$(p customer): [$(p orders)], $(p orders): [$(p line)]}
  whole: [$(p log)]
  none: ['*event']"
    ok "$kind: children" copy
    is "$kind: the tags of these" "$(one tag code)" "T-7 T-8 "
    is "$kind: the orders of both, and of nobody whom they need" "$(one orders id)" "7 8 37 38 "
    is "$kind: the lines of these" "$(q staging rows "SELECT count(*) FROM line")" 8
    is "$kind: a whole table" "$(q staging rows "SELECT count(*) FROM log")" 2
    is "$kind: no row refers to nothing, with children" "$(dangling)" 0

    config "rows:
  start: {$(p event): 'id IN (3, 4)'}
  none: [$(p log)]
references:
  $(p event).object_id: {when: \"object_type = 'order'\", to: $(p orders).id}"
    ok "$kind: a reference that no constraint declares" copy
    is "$kind: the order of the event that is about one" "$(one orders id)" "4 "

    # Two references of a table to itself: 11 needs 5 and 8, these 2, 4 and 5, and these 1.
    config "rows:
  start: {$(p member): 'id = 11'}
  none: [$(p log), $(p event), $(p orders), $(p line), $(p customer)]"
    ok "$kind: two references of a table to itself" copy
    is "$kind: both are followed, through each other" "$(one member id)" "1 2 4 5 8 11 "
    config "rows:
  start: {$(p shop): 'id = 2'}
  children: {$(p shop): [$(p member)]}
  none: [$(p log), $(p event), $(p orders), $(p line), $(p customer)]"
    ok "$kind: the same for a child" copy
    is "$kind: which brings what it refers to in its own table" "$(one member id)" "1 2 4 5 8 11 "

    config "rows:
  start: {$(p customer): {percent: 20, cover: [country], at_least: 4}}
  none: [$(p log), $(p event), $(p orders), $(p line)]"
    ok "$kind: a share" copy
    first=$(one customer id)
    is "$kind: every value of a column that is to be covered" "$(one country code)" "de fr it "
    isnt "$kind: not all" "$(wc -w <<<"$first")" 30
    ok "$kind: a share, another night" copy
    is "$kind: the same rows" "$(one customer id)" "$first"
    sed -i 's/percent: 20/percent: 60/' "$WORK/rows.yaml"
    ok "$kind: a larger share" copy
    larger=$(one customer id)
    is "$kind: has all of the smaller" "$(comm -23 <(tr ' ' '\n' <<<"$first" | sort) <(tr ' ' '\n' <<<"$larger" | sort))" ""

    config "rows:
  start: {$(p orders): 'id = 7'}"
    ok "$kind: preflight" dbtwin preflight -c "$WORK/rows.yaml" prod staging --replace rows --no-rehearsal
    out_has "$kind: preflight counts the rows" "rows of $(p customer): 3"
    snap=$WORK/rows.dbtwin
    ok "$kind: a snapshot of a part" dbtwin snapshot -c "$WORK/rows.yaml" prod --force -o "$snap"
    config ""
    ok "$kind: restored" dbtwin restore -c "$WORK/rows.yaml" "$snap" staging --replace rows
    is "$kind: has the part, and small tables whole" "$(one customer id)$(q staging rows "SELECT count(*) FROM log")" "2 5 8 2"

    # ---- for one run
    ok "$kind: a condition of the command line" copy --where "$(p orders)=id = 9" --exclude "$(p log)" --exclude "$(p event)"
    is "$kind: chooses" "$(one orders id)$(q staging rows "SELECT count(*) FROM log")" "9 0"
    ok "$kind: the mark says that it is a part" dbtwin status -c "$WORK/rows.yaml" staging
    out_has "$kind: and of what" "a part of the rows: from $(p orders)"
    ok "$kind: verify knows the same options" dbtwin verify -c "$WORK/rows.yaml" --where "$(p orders)=id = 9" --exclude "$(p log)" --exclude "$(p event)" prod staging
    expect_exit 4 "$kind: at most" copy --where "$(p orders)=id < 30" --exclude "$(p log)" --exclude "$(p event)" --max-rows 20
    expect_exit 2 "$kind: no condition" copy --where "$(p orders)"
    config "rows:
  start: {$(p orders): 'id = 7'}"
    ok "$kind: as it was before" copy

    # ---- refused before anything moves
    before=$(one customer id)
    config "rows:
  start: {$(p customer): 'id = 8'}"
    expect_exit 4 "$kind: a table that refers to a part, and nobody said" copy
    err_has "$kind: names it" "$(p orders)"
    err_has "$kind: and the way out" "children: {$(p customer): [$(p orders)]}"
    config "rows:
  start: {$(p orders): 'id = 7'}
  none: [$(p customer)]"
    expect_exit 4 "$kind: needed rows of a table that arrives empty" copy
    config "rows:
  start: {$(p orders): 'nonsense = 7'}"
    expect_exit 2 "$kind: a condition that the server does not take" copy
    err_has "$kind: with its line" "rows.yaml:7"
    config "rows:
  start: {nosuch: 'id = 7'}"
    expect_exit 2 "$kind: no such table" copy
    err_has "$kind: no such table is named" "nosuch"
    config "rows:
  start: {$(p customer): 'id > 0'}
  none: [$(p log), $(p event), $(p orders), $(p line)]
  max_rows: 20"
    expect_exit 4 "$kind: more rows than are allowed" copy
    is "$kind: staging is as it was" "$(one customer id)" "$before"
done
done_testing
