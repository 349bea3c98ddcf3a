#!/bin/bash
# shop.sh postgres|mysql MB: SQL of a shop of about MB megabytes on disk, indexes included, to choose rows from:
# customers (who refer others), orders, order_lines (a composite key), payments, shipments, reviews, events (on
# PostgreSQL no index on what they refer to), products, categories (a tree), countries. Deterministic.
set -eu
engine=${1:?postgres or mysql} mb=${2:?megabytes}
customers=$((mb * 206)) orders=$((mb * 1030)) products=$((mb * 15 + 1000))

common() { # KEY: what both engines write alike
    cat <<SQL
CREATE TABLE countries (code char(2) NOT NULL PRIMARY KEY, name varchar(40));
CREATE TABLE categories (id int NOT NULL PRIMARY KEY, parent int, name varchar(40));
CREATE TABLE products (id int NOT NULL PRIMARY KEY, category int NOT NULL, name varchar(80), price decimal(10,2));
CREATE TABLE customers (id int NOT NULL PRIMARY KEY, country char(2) NOT NULL, referrer int, email varchar(80) NOT NULL, name varchar(60), address varchar(160));
CREATE TABLE orders (id bigint NOT NULL PRIMARY KEY, customer int NOT NULL, placed date NOT NULL, note varchar(200));
CREATE TABLE order_lines (orders bigint NOT NULL, line int NOT NULL, product int NOT NULL, amount int, price decimal(10,2), PRIMARY KEY (orders, line));
CREATE TABLE payments (id bigint NOT NULL PRIMARY KEY, orders bigint NOT NULL, paid date, text varchar(80));
CREATE TABLE shipments (id bigint NOT NULL PRIMARY KEY, orders bigint NOT NULL, line int NOT NULL, sent date);
CREATE TABLE reviews (customer int NOT NULL, product int NOT NULL, text varchar(400), PRIMARY KEY (customer, product));
CREATE TABLE events (id bigint NOT NULL PRIMARY KEY, customer int NOT NULL, kind varchar(10), text varchar(200));
INSERT INTO countries VALUES ('de', 'Germany'), ('fr', 'France'), ('es', 'Spain'), ('it', 'Italy');
SQL
}
rows() { # FROM TO: numbers as n
    if [ "$engine" = postgres ]; then echo "generate_series($1::bigint, $2) n"; else echo "(SELECT seq n FROM numbers WHERE seq BETWEEN $1 AND $2) x"; fi
}
country="CASE n % 4 WHEN 0 THEN 'de' WHEN 1 THEN 'fr' WHEN 2 THEN 'es' ELSE 'it' END"
if [ "$engine" = postgres ]; then
    day() { echo "date '2022-01-01' + ($1)::int"; }
    div() { echo "(($1) / $2)"; }
    digest() { echo "md5(n::text)"; }
    echo "SET client_min_messages = warning; SET synchronous_commit = off; SET maintenance_work_mem = '256MB';"
else
    day() { echo "date '2022-01-01' + INTERVAL ($1) DAY"; }
    div() { echo "(($1) DIV $2)"; }
    digest() { echo "left(sha2(n, 224), 32)"; }
    echo "SET unique_checks = 0, foreign_key_checks = 0;"
    echo "CREATE TABLE digits (d int); INSERT INTO digits VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9);"
    echo "CREATE TABLE numbers (seq bigint PRIMARY KEY); INSERT INTO numbers SELECT a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d + 100000 * g.d + 1000000 * h.d FROM digits h, digits g, digits f, digits e, digits c, digits b, digits a WHERE h.d <= $((orders * 2 / 1000000));"
fi
common
cat <<SQL
INSERT INTO categories SELECT n, CASE WHEN n > 10 THEN n % 10 + 1 END, concat('Category ', n) FROM $(rows 1 200);
INSERT INTO products SELECT n, n % 200 + 1, concat('Product ', $(digest)), (n % 9999) / 100.0 FROM $(rows 1 $products);
INSERT INTO customers SELECT n, $country, CASE WHEN n > 1000 AND n % 5 = 0 THEN $(div n 7) END,
    concat('c', n, '@example.com'), concat('Customer ', n), repeat($(digest), 3) FROM $(rows 1 $customers);
INSERT INTO orders SELECT n, (n * 7919) % $customers + 1, $(day 'n % 1500'), repeat($(digest), (n % 5)$([ "$engine" = mysql ] || echo ::int)) FROM $(rows 1 $orders);
INSERT INTO order_lines SELECT $(div n 2), n % 2, (n * 104729) % $products + 1, n % 9 + 1, (n % 9999) / 100.0 FROM $(rows 2 $((orders * 2 + 1)));
INSERT INTO payments SELECT n, n, $(day 'n % 1500'), $(digest) FROM $(rows 1 $orders);
INSERT INTO shipments SELECT n, n, 1, $(day 'n % 1500') FROM $(rows 1 $orders);
INSERT INTO reviews SELECT $(div n 2), (n * 31) % $products + 1, repeat($(digest), 6) FROM $(rows 2 $((customers * 2 + 1)));
INSERT INTO events SELECT n, (n * 31) % $customers + 1, 'view', repeat($(digest), 5) FROM $(rows 1 $orders);
ALTER TABLE categories ADD CONSTRAINT categories_parent FOREIGN KEY (parent) REFERENCES categories (id);
ALTER TABLE products ADD CONSTRAINT products_category FOREIGN KEY (category) REFERENCES categories (id);
ALTER TABLE customers ADD CONSTRAINT customers_country FOREIGN KEY (country) REFERENCES countries (code);
ALTER TABLE customers ADD CONSTRAINT customers_referrer FOREIGN KEY (referrer) REFERENCES customers (id);
CREATE INDEX orders_customer ON orders (customer);
ALTER TABLE orders ADD CONSTRAINT orders_customer FOREIGN KEY (customer) REFERENCES customers (id);
ALTER TABLE order_lines ADD CONSTRAINT lines_orders FOREIGN KEY (orders) REFERENCES orders (id);
ALTER TABLE order_lines ADD CONSTRAINT lines_product FOREIGN KEY (product) REFERENCES products (id);
CREATE INDEX payments_orders ON payments (orders);
ALTER TABLE payments ADD CONSTRAINT payments_orders FOREIGN KEY (orders) REFERENCES orders (id);
CREATE INDEX shipments_line ON shipments (orders, line);
ALTER TABLE shipments ADD CONSTRAINT shipments_line FOREIGN KEY (orders, line) REFERENCES order_lines (orders, line);
ALTER TABLE reviews ADD CONSTRAINT reviews_customer FOREIGN KEY (customer) REFERENCES customers (id);
ALTER TABLE reviews ADD CONSTRAINT reviews_product FOREIGN KEY (product) REFERENCES products (id);
ALTER TABLE events ADD CONSTRAINT events_customer FOREIGN KEY (customer) REFERENCES customers (id);
SQL
if [ "$engine" = postgres ]; then echo "VACUUM ANALYZE;"; else echo "DROP TABLE numbers, digits; ANALYZE TABLE customers, orders, order_lines, payments, shipments, reviews, events;"; fi
