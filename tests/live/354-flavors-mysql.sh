#!/bin/bash
# One portable schema on MySQL 9 and on MariaDB: what differs is what a person would call different.
. "$(dirname "$0")/../lib/live.sh"

need mysql9
need mariadb
server_start mysql9 my --own || bail "mysql9 did not start"
server_start mariadb ma --own || bail "mariadb did not start"
cat >"$WORK/portable.sql" <<'END'
SET NAMES utf8mb4;
SET sql_mode = 'STRICT_TRANS_TABLES,NO_ZERO_DATE';
CREATE TABLE customer (
    id int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
    name varchar(80) NOT NULL DEFAULT 'it''s "x" \\ ü',
    small smallint(5) DEFAULT 7, big bigint DEFAULT NULL, flag tinyint(1) NOT NULL DEFAULT 0,
    price decimal(10,2) NOT NULL DEFAULT 0.00, ratio double, y year,
    colour enum('red','green') DEFAULT 'red', tags set('a','b'),
    note text, data json DEFAULT NULL, raw varbinary(16) DEFAULT 'abc', bits bit(4) DEFAULT b'101',
    created timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
    changed datetime(3) DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3),
    twice int GENERATED ALWAYS AS (small * 2 + 1) VIRTUAL,
    label varchar(200) GENERATED ALWAYS AS (concat(upper(name), ' <', small, '>')) STORED,
    word varchar(20) DEFAULT (concat('a', 'b')),
    CHECK (price >= 0 AND (small > 1 OR small IS NULL)),
    CONSTRAINT named CHECK (name <> '' AND name NOT LIKE 'x%' AND small BETWEEN 1 AND 9 OR flag IN (0, 1)),
    KEY by_name (name(10), small DESC), UNIQUE KEY u (small, big), FULLTEXT KEY f (note)
) ENGINE=InnoDB COMMENT='customers';
CREATE TABLE orders (
    id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    customer int unsigned NOT NULL, amount int CHECK (amount > 0), day date NOT NULL,
    FOREIGN KEY (customer) REFERENCES customer (id),
    CONSTRAINT fk2 FOREIGN KEY (customer) REFERENCES customer (id) ON DELETE RESTRICT ON UPDATE NO ACTION
) ENGINE=InnoDB;
CREATE TABLE latin (a varchar(9), b varchar(9) COLLATE latin1_bin) CHARSET latin1;
CREATE TABLE parts (id int NOT NULL, d date NOT NULL, PRIMARY KEY (id, d))
    PARTITION BY RANGE (year(d)) (PARTITION p0 VALUES LESS THAN (2020), PARTITION p1 VALUES LESS THAN MAXVALUE);
CREATE TABLE codes (id int PRIMARY KEY, code binary(4) NOT NULL DEFAULT 'x', zeros binary(3) NOT NULL DEFAULT '', null_code binary(3) DEFAULT 'y',
    below int DEFAULT (-2 * 3), half int GENERATED ALWAYS AS (below * -2) VIRTUAL, CHECK (below > -7 AND below <> -(3) AND below BETWEEN -6 AND -(-6)));
CREATE VIEW odd AS SELECT id, below XOR half AS a, below IS TRUE AS b, id IS NOT FALSE AS c, TRUE AS d, x'4142' AS e, NOT id AS f
    FROM codes WHERE EXISTS (SELECT 1 FROM customer c WHERE c.id = codes.id AND c.name NOT REGEXP '^[0-9]' OR c.name RLIKE 'x$');
CREATE VIEW big AS SELECT c.id, upper(c.name) AS name, o.amount * 2 + 1 AS twice, now() AS t,
    CASE WHEN o.amount > 10 AND c.flag THEN 'big' ELSE 'small' END AS size, ifnull(c.note, 'none ü') AS note
    FROM customer c JOIN orders o ON o.customer = c.id LEFT JOIN parts p ON p.id = c.id AND p.d > '2020-01-01'
    WHERE (o.amount > 1 OR c.small IS NULL) AND NOT (c.name LIKE 'x%' OR o.day < '2001-01-01')
      AND o.day + INTERVAL 1 DAY <= curdate() AND c.id IN (SELECT customer FROM orders WHERE amount BETWEEN 1 AND 5)
    GROUP BY c.id, c.name, o.amount, c.flag, c.note HAVING count(*) > 1 ORDER BY c.name DESC LIMIT 5;
CREATE VIEW both_of AS SELECT id, 'a' AS what FROM customer UNION ALL SELECT id, 'b' FROM orders;
CREATE FUNCTION f(x int, s varchar(20)) RETURNS varchar(20) DETERMINISTIC RETURN concat(s, x);
CREATE PROCEDURE p(IN a int, OUT b int) MODIFIES SQL DATA BEGIN SET b = a + 1; END;
CREATE TRIGGER g BEFORE INSERT ON orders FOR EACH ROW SET NEW.amount = NEW.amount + 1;
CREATE EVENT e ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 00:00:00' DISABLE DO DELETE FROM orders WHERE amount < 0;
END
sed '/^CREATE PROCEDURE/s/BEGIN SET b = a + 1; END;/SET b = a + 1;/' "$WORK/portable.sql" >"$WORK/p.sql"
for s in my ma; do
    must q $s '' "CREATE DATABASE shop CHARACTER SET utf8mb4"
    must load $s shop "$WORK/p.sql"
done
my=$(url my shop) ma=$(url ma shop)
expect_exit 1 "the defaults of the servers differ" dbtwin diff --format json "$my" "$ma"
is "that is told once, and nothing else is" "$(python3 -c '
import json, sys
r = json.load(sys.stdin)
print(*(c["change"] + " " + c["kind"] + " " + c["path"] + " " + ",".join(p["name"] for p in c.get("properties", []))
        for c in r["changes"]), sep="; ")' <"$OUT")" "changed database database collation"
is "all was compared" "$(python3 -c '
import json, sys
print(*(str(c["kind"]) + " " + str(c["path"]) for c in json.load(sys.stdin)["not_compared"]), sep="; ")' <"$OUT")" ""
for s in my ma; do must q $s '' "ALTER DATABASE shop COLLATE utf8mb4_unicode_ci"; done
dbtwin diff "$my" "$ma" >"$OUT" 2>"$ERR"
out_has "what inherited the old default now differs from the new one, and from the other's" "collation"

# With one collation on both sides nothing is left.
for s in my ma; do
    must q $s '' "CREATE DATABASE same CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci"
    must load $s same "$WORK/p.sql"
done
my=$(url my same) ma=$(url ma same)
ok "one schema on both: no drift" dbtwin diff "$my" "$ma"
out_has "and all was compared" "Same: no drift"
ok "the other way round too" dbtwin diff "$ma" "$my"

# A table that names its character set alone has its server's collation of it, not the database's.
for s in my ma; do must q $s same "CREATE TABLE named1 (a varchar(9)) CHARSET utf8mb4; CREATE TABLE named2 (a varchar(9)) CHARSET utf8mb4"; done
expect_exit 3 "the servers' own defaults are no choice of anybody" dbtwin diff "$my" "$ma"
is "and told once" "$(grep -c 'its own default: utf8mb4' "$OUT")" 1
for s in my ma; do must q $s same "DROP TABLE named1, named2"; done

drift() { # drift NAME SQL WHAT: on MariaDB
    must q ma same "$2"
    expect_exit 1 "a real difference is seen: $1" dbtwin diff "$my" "$ma"
    out_has "a real difference is named: $1" "$3"
}
drift "a check" "ALTER TABLE orders MODIFY amount int CHECK (amount > 1)" "check"
drift "parentheses that mean something" "CREATE OR REPLACE VIEW big AS SELECT c.id, (o.amount + 1) * 2 AS twice FROM customer c JOIN orders o ON o.customer = c.id" "view big"
drift "JSON that is none" "ALTER TABLE customer MODIFY data longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL" "data"
drift "a collation of one column" "ALTER TABLE customer MODIFY note text COLLATE utf8mb4_bin" "note"
drift "a generated column" "ALTER TABLE customer MODIFY twice int GENERATED ALWAYS AS (small * (2 + 1)) VIRTUAL" "twice"
drift "a default" "ALTER TABLE customer ALTER COLUMN word SET DEFAULT (concat('a', 'c'))" "word"
drift "a string" "CREATE OR REPLACE VIEW both_of AS SELECT id, 'A' AS what FROM customer UNION ALL SELECT id, 'b' FROM orders" "both_of"
done_testing
