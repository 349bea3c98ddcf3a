#!/bin/bash
# Between MySQL and MariaDB: what has a faithful spelling gets it, what has none is named by preflight
# and by copy before anything moves, with the reason, instead of a syntax error.
. "$(dirname "$0")/../lib/live.sh"
need mysql9 mariadb11.8
start mysql9 my
start mariadb11.8 ma

fresh_db my accross
fresh_db ma accross
cat >"$WORK/my.sql" <<'EOF'
CREATE TABLE t (a int NOT NULL, b int AS (a + 1) STORED NOT NULL, c text DEFAULT ('x'), d json DEFAULT (json_array()), e int AS (a * 2) VIRTUAL, f int INVISIBLE DEFAULT 1, KEY ka (a) INVISIBLE);
INSERT INTO t (a) VALUES (1),(2);
CREATE TABLE g (p point NOT NULL SRID 0, q int);
CREATE VIEW cte AS WITH x AS (SELECT a + 1 AS a1 FROM t), y AS (SELECT a1 * 2 AS a2 FROM x) SELECT a2 FROM y;
CREATE VIEW win AS SELECT a, row_number() OVER (PARTITION BY a ORDER BY a) AS n FROM t;
EOF
must load my accross "$WORK/my.sql"
ok "MySQL to MariaDB" dbtwin copy "$(url my accross)" "$(url ma accross)" -q
is "its rows" "$(q ma accross "SELECT a, b, c, e, f FROM t ORDER BY a")" "$(q my accross "SELECT a, b, c, e, f FROM t ORDER BY a")"
is "its views" "$(q ma accross "SELECT * FROM cte, win ORDER BY 1, 2")" "$(q my accross "SELECT * FROM cte, win ORDER BY 1, 2")"
is "the key is not used" "$(q ma accross "SELECT IGNORED FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() AND INDEX_NAME = 'ka'")" YES
expect_exit 1 "a generated column that is not to be null is not" q ma accross "INSERT INTO t (a) VALUES (NULL)"
is "by a check" "$(q ma accross "SELECT COUNT(*) FROM information_schema.CHECK_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = DATABASE() AND CHECK_CLAUSE LIKE '%b%is not null%'")" 1
must q my accross "CREATE TABLE n (a int, CONSTRAINT c CHECK (a > 0) NOT ENFORCED, KEY fx ((a + 1)))"
expect_exit 4 "preflight names what cannot go" dbtwin preflight "$(url my accross)" "$(url ma accross)"
out_has "a check" "MariaDB has no checks that are NOT ENFORCED"
out_has "a key" "MariaDB has no keys over expressions"

fresh_db ma accross
fresh_db my accross
cat >"$WORK/ma.sql" <<'EOF'
ALTER DATABASE COLLATE utf8mb4_general_ci;
SET NAMES utf8mb4 COLLATE utf8mb4_general_ci;
CREATE TABLE t (a int NOT NULL, b int AS (a + 1) STORED, c text DEFAULT 'x', d longtext DEFAULT (json_array()), f int INVISIBLE DEFAULT 1, u int DEFAULT (1 + 1), KEY ka (a) IGNORED) CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO t (a) VALUES (1),(2);
CREATE VIEW cte AS WITH x AS (SELECT a + 1 AS a1 FROM t) SELECT a1 FROM x;
CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET NEW.a = NEW.a + 1;
CREATE PROCEDURE p() SELECT 1;
EOF
must load ma accross "$WORK/ma.sql"
ok "MariaDB to MySQL, sql_mode words of its own too" dbtwin copy "$(url ma accross)" "$(url my accross)" -q
is "its rows" "$(q my accross "SELECT a, b, c, f, u FROM t ORDER BY a")" "$(q ma accross "SELECT a, b, c, f, u FROM t ORDER BY a")"
is "the key is not used" "$(q my accross "SELECT IS_VISIBLE FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() AND INDEX_NAME = 'ka'")" NO
cat >"$WORK/ma2.sql" <<'EOF'
CREATE TABLE uu (u uuid, i inet6);
CREATE SEQUENCE s;
CREATE TABLE v (a int) WITH SYSTEM VERSIONING;
SET sql_mode=ORACLE;
DELIMITER $$
CREATE PACKAGE pk AS FUNCTION a RETURN int; END$$
CREATE FUNCTION fo(a INT) RETURN INT AS BEGIN RETURN a + 1; END$$
EOF
must load ma accross "$WORK/ma2.sql"
expect_exit 4 "preflight names what cannot go there" dbtwin preflight "$(url ma accross)" "$(url my accross)"
for what in "column uu.u: MySQL has no type uuid" "column uu.i: MySQL has no type inet6" "sequence s: MySQL has no sequences" \
    "table v: MySQL has no system versioning" "package pk: MySQL has no packages" "function fo: it was created under sql_mode ORACLE"; do
    out_has "$what" "$what"
done
expect_exit 4 "a copy says so before anything moves" dbtwin copy "$(url ma accross)" "$(url my accross)" -q
done_testing
