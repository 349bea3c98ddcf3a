#!/bin/bash
# The officer's questions: what mask suggest prints runs as it stands; mask check says go, or no-go with
# the line; the raw states that staging had before are named and dropped;
# arrays, domains, enumerations and partitions are masked too.
. "$(dirname "$0")/../lib/live.sh"

schema() { # NAME
    if server_is_pg "$1"; then
        cat <<'SQL'
CREATE DOMAIN email_address AS varchar(100) CHECK (VALUE LIKE '%@%');
CREATE TYPE state AS ENUM ('new', 'old');
CREATE EXTENSION hstore;
CREATE TYPE home AS (street text, since date, flat int);
CREATE TABLE customers (id bigint PRIMARY KEY, mail email_address UNIQUE, first_name text, last_name text, gender char(1),
    born date, telefon text[], city text, state state NOT NULL, home home, homes home[], extra hstore, stay daterange, letter xml, full_name text GENERATED ALWAYS AS (first_name || ' ' || last_name) STORED);
CREATE TABLE visits (at date NOT NULL, customer_id bigint REFERENCES customers, ip inet, user_agent text) PARTITION BY RANGE (at);
CREATE TABLE visits_1 PARTITION OF visits FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE visits_2 PARTITION OF visits FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE MATERIALIZED VIEW people AS SELECT mail, full_name FROM customers;
CREATE INDEX ON customers (lower(last_name));
INSERT INTO customers SELECT i, 'planted' || i || '@quux.example.com', 'Quuxfred', 'Plantedson', 'm', date '1970-01-01' + i,
    ARRAY['+49 171 555' || 1000 + i, NULL, '030 "5551234,x'], 'Quuxtown', 'new', ('Quux "Lane" ' || i, '2020-02-02', i)::home,
    ARRAY[('Quux, (Road)', NULL, NULL)::home, NULL], hstore('who', 'Quuxfred \"' || i) || 'n=>NULL', daterange(date '2020-01-01' + i, date '2020-02-01' + i),
    ('<who id="Quux">Quuxfred &amp; ' || i || '</who>')::xml FROM generate_series(1, 500) i;
INSERT INTO visits SELECT date '2024-06-01' + i, i, ('203.0.113.' || i % 250)::inet, 'agent' FROM generate_series(1, 400) i;
REFRESH MATERIALIZED VIEW people;
SQL
    else
        cat <<'SQL'
CREATE TABLE customers (id bigint PRIMARY KEY, mail varchar(100) UNIQUE, first_name varchar(40), last_name varchar(40), gender char(1),
    born date, telefon varchar(30), city varchar(40), state enum('new', 'old') NOT NULL,
    full_name varchar(81) GENERATED ALWAYS AS (concat(first_name, ' ', last_name)) STORED) CHARACTER SET latin1;
CREATE TABLE visits (at date NOT NULL, customer_id bigint, ip varchar(45), user_agent varchar(40), FOREIGN KEY (customer_id) REFERENCES customers (id));
INSERT INTO customers (id, mail, first_name, last_name, gender, born, telefon, city, state)
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
    SELECT i, concat('planted', i, '@quux.example.com'), 'Quuxfred', 'Plantedson', 'm', date '1970-01-01' + INTERVAL i DAY,
        concat('+49 171 555', 1000 + i), 'Quuxtöwn', 'new' FROM n;
INSERT INTO visits WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400)
    SELECT date '2024-06-01' + INTERVAL i DAY, i, concat('203.0.113.', i % 250), 'agent' FROM n;
SQL
    fi
}

(umask 077; od -An -tx1 -N32 /dev/urandom | tr -d ' \n' >"$WORK/mask.key")
expect_exit 0 "the transformers are listed" dbtwin mask --list
out_has "with what they take" "email: a mail address that no mail reaches"
for kind in $(some_servers); do
    start "$kind" prod staging
    fresh_db prod officer
    fresh_db staging officer
    schema prod >"$WORK/s.sql"
    must load prod officer "$WORK/s.sql"
    from=$(url prod officer) to=$(url staging officer) conf=$WORK/c.yaml

    expect_exit 0 "$kind: a raw night, before anybody asked" dbtwin copy --keep-previous 1 "$from" "$to"
    expect_exit 0 "$kind: and another" dbtwin copy --keep-previous 1 "$from" "$to"

    expect_exit 0 "$kind: rules are suggested" dbtwin mask suggest "$from" -o "$WORK/suggested.yaml"
    { cat "$WORK/suggested.yaml"; } | sed "s|^  require:|  key_file: $WORK/mask.key\n  require:|" >"$conf"
    expect_exit 0 "$kind: and are good as they stand" dbtwin mask check --config "$conf" "$from"
    out_has "$kind: go" "go: "
    out_lacks "$kind: examples show nobody" "Quux"
    out_has "$kind: but what they become" "@example.invalid"

    expect_exit 4 "$kind: what is left of raw nights is named" dbtwin copy --config "$conf" --keep-previous 1 "$from" "$to"
    err_has "$kind: with what to do" "--drop-raw"
    expect_exit 0 "$kind: and dropped" dbtwin copy --config "$conf" --keep-previous 1 --drop-raw "$from" "$to"
    expect_exit 4 "$kind: nothing is left to roll back to" dbtwin rollback "$to"
    dump staging officer >"$WORK/a.sql"
    is "$kind: nobody is left" "$(grep -ciE 'quuxfred|quuxt|quux[.]example|planted|49 171 555|5551234|203\.0\.113' "$WORK/a.sql")" 0
    is "$kind: as many as before" "$(q staging officer "SELECT count(*), count(DISTINCT mail), count(DISTINCT born) > 5 FROM customers" | tr 't\t' '1,')" "500,500,1"
    is "$kind: visits too" "$(q staging officer "SELECT count(*) FROM visits v JOIN customers c ON c.id = v.customer_id")" 400
    expect_exit 0 "$kind: a masked state may be kept" dbtwin copy --config "$conf" --keep-previous 1 "$from" "$to"
    expect_exit 0 "$kind: status" dbtwin status "$to"
    out_like "$kind: says by what" "done; masked: rules [0-9a-f]{16}, key [0-9a-f]{16}"
    expect_exit 0 "$kind: and verified" dbtwin verify --config "$conf" "$from" "$to"

    if server_is_pg prod; then
        is "$kind: what is in values of composite types, hstore, ranges and XML is masked" "$(q staging officer "SELECT count(*) FROM customers
            WHERE (home).street NOT LIKE 'Quux%' AND (homes[1]).street NOT LIKE '%Road%' AND homes[2] IS NULL AND extra -> 'n' IS NULL AND extra ? 'who'
            AND upper(stay) - lower(stay) = 31 AND xpath('count(//who)', letter)::text = '{1}'")" 500
    fi

    # A column of which nobody can tell, and snapshots of raw nights.
    q prod officer "ALTER TABLE customers ADD odd $(server_is_pg prod && echo jsonb || echo json)" >/dev/null
    expect_exit 4 "$kind: nobody can tell of a document" dbtwin copy --config "$conf" "$from" "$to"
    err_has "$kind: it is named, with a rule" "customers.odd: {json: {}}   # nobody can tell"
    q prod officer "ALTER TABLE customers DROP odd" >/dev/null
    mkdir -p "$WORK/$kind"
    expect_exit 0 "$kind: a raw snapshot" dbtwin snapshot "$from" -o "$WORK/$kind/"
    raw=$(ls "$WORK/$kind")
    sleep 1
    expect_exit 4 "$kind: a masked one beside it" dbtwin snapshot --config "$conf" "$from" -o "$WORK/$kind/"
    err_has "$kind: names the raw one" "$raw"
    is "$kind: nothing was written" "$(ls "$WORK/$kind")" "$raw"
    expect_exit 0 "$kind: in place of it" dbtwin snapshot --config "$conf" --drop-raw "$from" -o "$WORK/$kind/"
    is "$kind: one is there" "$(find "$WORK/$kind" -name '*.dbtwin' | wc -l),$(find "$WORK/$kind" -name "$raw" | wc -l)" "1,0"
    expect_exit 0 "$kind: another night beside it" dbtwin snapshot --config "$conf" "$from" -o "$WORK/$kind/"

    # One rule removed: the night is refused.
    grep -v 'customers.last_name' "$conf" >"$WORK/less.yaml"
    expect_exit 4 "$kind: without one rule no night" dbtwin copy --config "$WORK/less.yaml" "$from" "$to"
    err_has "$kind: names the column" "customers.last_name: {last: {}}"
    expect_exit 4 "$kind: nor by check" dbtwin mask check --config "$WORK/less.yaml" "$from"
    out_has "$kind: no-go" "no-go: 1 column"
    if server_is_pg prod; then
        q prod officer "SELECT lo_from_bytea(0, 'Quux')" >/dev/null
        expect_exit 4 "$kind: large objects are not let through" dbtwin copy --config "$conf" "$from" "$to"
        expect_exit 0 "$kind: but left out" dbtwin copy --config "$conf" --without large_objects "$from" "$to"
        is "$kind: none is there" "$(q staging officer "SELECT count(*) FROM pg_largeobject_metadata")" 0
    fi
done
done_testing
