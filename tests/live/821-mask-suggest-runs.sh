#!/bin/bash
# What mask suggest prints runs as it stands: a copy under it needs no further line, whatever tables and columns are called,
# holds none of the planted persons, keeps unique what is unique and joined what is joined; a column added later stops it.
. "$(dirname "$0")/../lib/live.sh"

person='quintessa|zebedee|planted|\+44 7700 900|203\.0\.113\.9|4111111111111111|DE8937040044'

common() {
    echo "CREATE TABLE members (login varchar(60) PRIMARY KEY, email varchar(120) NOT NULL UNIQUE, first_name varchar(40), last_name varchar(40) NOT NULL,
            full_name varchar(90), phone varchar(30), street varchar(60), city varchar(40), plz char(5), country char(2), geb_dat date, birth_year int,
            sex char(1), passwd varchar(100), api_key varchar(40) UNIQUE, iban varchar(34), cc_number varchar(19), tax_id varchar(20), last_ip varchar(45),
            notes varchar(1000), salary numeric(10,2), lat numeric(9,6), member_no int UNIQUE, settings $1, x1 varchar(100));
        CREATE TABLE orders (id int PRIMARY KEY, login varchar(60), ship_name varchar(80), ship_address varchar(100), status varchar(10),
            FOREIGN KEY (login) REFERENCES members (login));
        CREATE TABLE order_notes (order_id int, author varchar(60), body varchar(500), PRIMARY KEY (order_id, author),
            FOREIGN KEY (order_id) REFERENCES orders (id), FOREIGN KEY (author) REFERENCES members (login));
        CREATE TABLE products (id int PRIMARY KEY, name varchar(60) UNIQUE, price numeric(8,2));
        INSERT INTO members VALUES
            ('quintessa', 'quintessa@planted.example', 'Quintessa', 'Zebedee', 'Quintessa Zebedee', '+44 7700 900123', '1 Planted Road', 'Plantedton',
             '10115', 'DE', '1980-02-29', 1980, 'f', '\$2y\$10\$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy', 'planted8f3a9c27b1e6d504f8', 'DE89370400440532013000',
             '4111111111111111', 'planted-12/345', '203.0.113.9', 'planted: likes tea', 5200.50, 52.5, 1, '{\"mail\": \"quintessa@planted.example\"}', 'see quintessa@planted.example'),
            ('zebedee', 'zebedee@planted.example', 'Zebedee', 'Quintessa', NULL, NULL, NULL, '', '20095', 'FR', NULL, NULL,
             'm', NULL, NULL, NULL, NULL, NULL, NULL, '', NULL, NULL, 2, NULL, NULL);
        INSERT INTO orders VALUES (1, 'quintessa', 'Quintessa Zebedee', '1 Planted Road', 'open'), (2, 'zebedee', NULL, NULL, 'done'), (3, NULL, NULL, NULL, 'open');
        INSERT INTO order_notes VALUES (1, 'zebedee', 'planted words'), (1, 'quintessa', 'more planted words');
        INSERT INTO products VALUES (1, 'Tea', 3.50), (2, 'Pot', 12.00);"
}
for_pg="CREATE DOMAIN mail AS varchar(100);
    CREATE TABLE \"Odd.Names\" (id int, \"E-Mail\" mail, \"it's *\" text, phones text[], \"last IP\" inet, mac macaddr, token uuid UNIQUE);
    INSERT INTO \"Odd.Names\" VALUES (1, 'zebedee@planted.example', 'x', '{+44 7700 900456,NULL}', '203.0.113.9', '08:00:2b:01:02:03', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11');
    CREATE TABLE visits (at date, visitor_email text) PARTITION BY RANGE (at);
    CREATE TABLE visits_1 PARTITION OF visits FOR VALUES FROM ('2020-01-01') TO ('2030-01-01');
    INSERT INTO visits VALUES ('2024-05-05', 'quintessa@planted.example');"
for_my="CREATE TABLE \`Odd.Names\` (id int, \`E-Mail\` varchar(100), \`it's *\` text, sex enum('f','m'), user_ip varbinary(16), phone bigint);
    INSERT INTO \`Odd.Names\` VALUES (1, 'zebedee@planted.example', 'x', 'f', NULL, 447700900456);"

DBTWIN_MASK_KEY=$(od -An -tx1 -N32 /dev/urandom | tr -d ' \n')
export DBTWIN_MASK_KEY
for kind in $(some_servers); do
    start "$kind" prod staging
    fresh_db prod runs
    fresh_db staging runs
    if server_is_pg prod; then
        { common jsonb; echo "$for_pg"; } >"$WORK/s.sql"
    else
        { common json; echo "$for_my"; } >"$WORK/s.sql"
    fi
    must load prod runs "$WORK/s.sql"
    from=$(url prod runs) to=$(url staging runs)
    ok "$kind: suggest" dbtwin mask suggest "$from" -o "$WORK/mask.yaml"
    is "$kind: a rule for everything" "$(grep -c 'NO RULE' "$WORK/mask.yaml")" 0
    ok "$kind: the copy runs under it" dbtwin copy --config "$WORK/mask.yaml" --verify full "$from" "$to"
    dump staging runs >"$WORK/dump.sql"
    is "$kind: nobody is there" "$(grep -aoiE "$person" "$WORK/dump.sql" | sort | uniq -c | head -5)" ""
    is "$kind: as many rows" "$(q staging runs "SELECT count(*), count(DISTINCT email), count(DISTINCT member_no) FROM members" | tr '\t' ' ')" "2 2 2"
    is "$kind: joins hold" "$(q staging runs "SELECT count(*) FROM orders o JOIN members m ON m.login = o.login JOIN order_notes n ON n.order_id = o.id")" 2
    is "$kind: what is nobody's is as it was" "$(q staging runs "SELECT name FROM products ORDER BY id" | tr '\n' ' ')$(q staging runs "SELECT count(*) FROM orders WHERE status = 'open'")" "Tea Pot 2"
    must q prod runs "ALTER TABLE orders ADD COLUMN guardian_email varchar(80)"
    expect_exit 4 "$kind: a column added later stops it" dbtwin copy --config "$WORK/mask.yaml" "$from" "$to"
    err_has "$kind: and is named" "orders.guardian_email"
done
done_testing
