#!/bin/bash
# data.sh postgres|mysql MB: SQL for a database of about MB megabytes on disk, indexes included:
#   events       most of the bytes: bigint key, JSON, a foreign key, indexes
#   documents    uuid key, binary bodies
#   order_lines  composite key, a foreign key
#   log          no key at all
#   customers    what the two foreign keys point to
# PostgreSQL gets 11 indexes, one of them GIN on jsonb; MySQL 10. Deterministic.
set -eu
engine=${1:?postgres or mysql} mb=${2:?megabytes}

if [ "$engine" = postgres ]; then
    events=$((mb * 2750)) documents=$((mb * 12)) lines=$((mb * 700)) log=$((mb * 350))
    cat <<SQL
SET client_min_messages = warning;
SET synchronous_commit = off;
SET maintenance_work_mem = '256MB';
SET timezone = 'UTC';
CREATE TABLE customers (id integer NOT NULL, email text NOT NULL, name text, since date NOT NULL);
CREATE TABLE events (id bigint NOT NULL, customer integer NOT NULL, kind varchar(20) NOT NULL,
    at timestamptz NOT NULL, amount numeric(12,2), payload jsonb NOT NULL, note text);
CREATE TABLE documents (id uuid NOT NULL, title text NOT NULL, body bytea, added timestamptz NOT NULL);
CREATE TABLE order_lines (order_id integer NOT NULL, line smallint NOT NULL, customer integer NOT NULL,
    product integer NOT NULL, quantity integer NOT NULL, price numeric(10,2) NOT NULL);
CREATE TABLE log (at timestamptz NOT NULL, level smallint NOT NULL, message text);

INSERT INTO customers SELECT n, 'c' || n || '@example.com', 'Customer ' || n, date '2010-01-01' + n % 5000
FROM generate_series(1, 20000) n;
INSERT INTO events SELECT n, (n * 7919) % 20000 + 1, (ARRAY['view','cart','order','return'])[n % 4 + 1],
    timestamptz '2020-01-01 00:00Z' + n * interval '20 seconds', CASE WHEN n % 3 > 0 THEN (n % 100000) / 100.0 END,
    jsonb_build_object('path', '/p/' || n % 5000, 'agent', 'agent ' || n % 300, 'hits', n % 7,
        'ref', CASE WHEN n % 2 = 0 THEN md5((n / 50)::text) END),
    CASE n % 5 WHEN 0 THEN NULL WHEN 1 THEN '' ELSE repeat(md5(n::text) || E'\\t', (n % 5)::int) END
FROM generate_series(1::bigint, $events) n;
INSERT INTO documents SELECT md5('d' || n)::uuid, 'Document ' || n,
    decode(repeat(md5(n::text) || '00ff5c0a', 30 + n % 400), 'hex'), timestamptz '2021-01-01 00:00Z' + n * interval '1 hour'
FROM generate_series(1, $documents) n;
INSERT INTO order_lines SELECT n / 5, n % 5, (n / 5 * 31) % 20000 + 1, (n * 104729) % 3000, n % 9 + 1, (n % 9999) / 100.0
FROM generate_series(0::bigint, $lines) n;
INSERT INTO log SELECT timestamptz '2022-01-01 00:00Z' + n * interval '3 seconds', n % 5, 'message ' || md5((n % 1000)::text)
FROM generate_series(1, $log) n;

ALTER TABLE customers ADD PRIMARY KEY (id), ADD CONSTRAINT customers_email_key UNIQUE (email);
ALTER TABLE events ADD PRIMARY KEY (id);
ALTER TABLE documents ADD PRIMARY KEY (id);
ALTER TABLE order_lines ADD PRIMARY KEY (order_id, line);
CREATE INDEX events_customer_idx ON events (customer);
CREATE INDEX events_at_idx ON events (at);
CREATE INDEX events_kind_idx ON events (kind, at);
CREATE INDEX events_payload_idx ON events USING gin (payload jsonb_path_ops);
CREATE INDEX order_lines_product_idx ON order_lines (product);
CREATE INDEX log_at_idx ON log (at);
ALTER TABLE events ADD CONSTRAINT events_customer_fkey FOREIGN KEY (customer) REFERENCES customers;
ALTER TABLE order_lines ADD CONSTRAINT order_lines_customer_fkey FOREIGN KEY (customer) REFERENCES customers;
VACUUM ANALYZE;
CHECKPOINT;
SQL
else
    events=$((mb * 2750)) documents=$((mb * 12)) lines=$((mb * 700)) log=$((mb * 350))
    cat <<SQL
SET NAMES utf8mb4;
SET time_zone = '+00:00';
CREATE TABLE digits (d int NOT NULL);
INSERT INTO digits VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9);
CREATE TABLE thousand (n int NOT NULL PRIMARY KEY) AS
    SELECT a.d + 10 * b.d + 100 * c.d AS n FROM digits a, digits b, digits c;
CREATE TABLE customers (id int NOT NULL PRIMARY KEY, email varchar(100) NOT NULL, name varchar(100), since date NOT NULL,
    UNIQUE KEY customers_email_key (email));
CREATE TABLE events (id bigint NOT NULL PRIMARY KEY, customer int NOT NULL, kind varchar(20) NOT NULL,
    at datetime NOT NULL, amount decimal(12,2), payload json NOT NULL, note text);
CREATE TABLE documents (id char(36) CHARACTER SET ascii NOT NULL PRIMARY KEY, title varchar(200) NOT NULL,
    body mediumblob, added datetime NOT NULL);
CREATE TABLE order_lines (order_id int NOT NULL, line smallint NOT NULL, customer int NOT NULL, product int NOT NULL,
    quantity int NOT NULL, price decimal(10,2) NOT NULL, PRIMARY KEY (order_id, line));
CREATE TABLE log (at datetime NOT NULL, level smallint NOT NULL, message text);

INSERT INTO customers SELECT n, concat('c', n, '@example.com'), concat('Customer ', n), date('2010-01-01') + INTERVAL n % 5000 DAY
FROM (SELECT a.n * 1000 + b.n + 1 AS n FROM thousand a, thousand b WHERE a.n < 20) q;
INSERT INTO documents SELECT insert(insert(insert(insert(md5(concat('d', n)), 9, 0, '-'), 14, 0, '-'), 19, 0, '-'), 24, 0, '-'),
    concat('Document ', n), unhex(repeat(concat(md5(n), '00ff5c0a'), 30 + n % 400)), timestamp('2021-01-01') + INTERVAL n HOUR
FROM (SELECT a.n * 1000 + b.n + 1 AS n FROM thousand a, thousand b) q WHERE n <= $documents;
SQL
    # rows of these by the 100,000, so that no transaction grows big
    block() { # block NAME ROWS SELECT-LIST
        local from=0
        while [ $from -lt "$2" ]; do
            cat <<SQL
INSERT INTO $1 SELECT $3
FROM (SELECT $from + a.n * 1000 + b.n + 1 AS n FROM thousand a JOIN thousand b ON a.n < 100 ORDER BY a.n, b.n) q WHERE n <= $2;
SQL
            from=$((from + 100000))
        done
    }
    block events $events "n, (n * 7919) % 20000 + 1, elt(n % 4 + 1, 'view', 'cart', 'order', 'return'),
    timestamp('2020-01-01') + INTERVAL n * 20 SECOND, if(n % 3 > 0, (n % 100000) / 100, NULL),
    json_object('path', concat('/p/', n % 5000), 'agent', concat('agent ', n % 300), 'hits', n % 7,
        'ref', if(n % 2 = 0, md5(n DIV 50), NULL)),
    CASE n % 5 WHEN 0 THEN NULL WHEN 1 THEN '' ELSE repeat(concat(md5(n), '\\t'), n % 5) END"
    block order_lines $lines "n DIV 5, n % 5, (n DIV 5 * 31) % 20000 + 1, (n * 104729) % 3000, n % 9 + 1, (n % 9999) / 100"
    block log $log "timestamp('2022-01-01') + INTERVAL n * 3 SECOND, n % 5, concat('message ', md5(n % 1000))"
    cat <<SQL
DROP TABLE digits, thousand;
ALTER TABLE events ADD KEY events_customer_idx (customer), ADD KEY events_at_idx (at), ADD KEY events_kind_idx (kind, at);
ALTER TABLE order_lines ADD KEY order_lines_customer_idx (customer), ADD KEY order_lines_product_idx (product);
ALTER TABLE log ADD KEY log_at_idx (at);
ALTER TABLE events ADD CONSTRAINT events_customer_fkey FOREIGN KEY (customer) REFERENCES customers (id);
ALTER TABLE order_lines ADD CONSTRAINT order_lines_customer_fkey FOREIGN KEY (customer) REFERENCES customers (id);
ANALYZE TABLE customers, events, documents, order_lines, log;
SQL
fi
