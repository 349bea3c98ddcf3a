#!/bin/bash
# The account of a CI job, with the rights that the README and dbtwin(1) name and no other, compares
# all of a database and exits with 0; what belongs to the server is one line, and no reason for 3.
. "$(dirname "$0")/../lib/live.sh"

# The statements under a comment of the manual's, which are the README's too.
statements() {
    sed -n "/^-- $1\$/,/^--\|^\`\`\`/p" "$TOP/man/dbtwin-concepts.7.scd" | grep -E '^(GRANT|CREATE)'
}

flavor() { # of the server "prod", as the manual calls it
    case $kind in
        mysql*) echo 'MySQL, from 8.0.20' ;;
        mariadb) echo 'MariaDB, before 11.3' ;;
        *) echo 'MariaDB, from 11.3' ;;
    esac
}

grown() { # one more column, constraint, key, view, trigger and routine of the second database
    for sql in "ALTER TABLE t ADD extra int" "ALTER TABLE c ADD CHECK (id > 0)" "CREATE INDEX more ON t (v)" "$@"; do
        must q prod ci2 "$sql"
        expect_exit 1 "$kind: drift is seen: ${sql:0:30}" dbtwin diff "$(url prod ci_shop ci)" "$(url prod ci2 ci)"
    done
}

for kind in $(servers pg); do
    start "$kind" prod
    q prod postgres "DROP ROLE IF EXISTS ci"
    must q prod postgres "$(statements PostgreSQL)"
    cat >"$WORK/shop.sql" <<'END'
CREATE SCHEMA hidden;
CREATE TYPE hidden.mood AS ENUM ('a', 'b');
CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a int DEFAULT 1 CHECK (a > 0), v varchar(10));
CREATE TABLE c (id int REFERENCES t, m hidden.mood DEFAULT 'a');
CREATE TABLE hidden.p (a int) PARTITION BY RANGE (a);
CREATE TABLE hidden.p1 PARTITION OF hidden.p FOR VALUES FROM (1) TO (9);
CREATE SEQUENCE hidden.s;
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON t USING (a = 1);
CREATE VIEW hidden.w AS SELECT a FROM t;
CREATE MATERIALIZED VIEW hidden.mv AS SELECT a FROM t;
CREATE FUNCTION hidden.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION hidden.f();
CREATE RULE r AS ON DELETE TO c DO INSTEAD NOTHING;
CREATE STATISTICS st ON a, v FROM t;
CREATE PUBLICATION pub FOR TABLE t;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION hidden.f FROM PUBLIC;
SELECT lo_create(4711);
END
    for db in ci_shop ci2; do
        fresh_db prod "$db"
        must load prod "$db" "$WORK/shop.sql"
    done
    ok "$kind: a role that may only connect compares all" dbtwin diff "$(url prod ci_shop ci)" "$(url prod ci2 ci)"
    out_lacks "$kind: and there is no line for what it may not read" "permission"
    ok "$kind: as a file" dbtwin inspect "$(url prod ci_shop ci)" -o "$WORK/m.xml"
    ok "$kind: which is the superuser's" dbtwin diff "$WORK/m.xml" "$(url prod ci_shop)"
    expect_exit 2 "$kind: it copies nothing" dbtwin snapshot "$(url prod ci_shop ci)" -o "$WORK/s"
    err_has "$kind: and the right that it lacks is named" "GRANT SELECT ON public.t TO ci"
    for i in 1 2 3 4 5 6; do must q prod ci_shop "CREATE SEQUENCE s$i"; done
    must q prod ci_shop "GRANT USAGE ON SCHEMA public TO ci"
    dbtwin preflight "$(url prod ci_shop ci)" "$(url prod ci_staging)" >"$OUT" 2>"$ERR"
    is "$kind: sequences' rights are one statement" "$(grep -c 'GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO ci' "$OUT")" 1
    out_lacks "$kind: and not one each" "GRANT SELECT ON SEQUENCE s1"
    for i in 1 2 3 4 5 6; do must q prod ci_shop "DROP SEQUENCE s$i"; done
    must q prod ci_shop "REVOKE USAGE ON SCHEMA public FROM ci"
    ok "$kind: nothing differs again" dbtwin diff "$(url prod ci_shop ci)" "$(url prod ci2 ci)"
    grown "CREATE VIEW another AS SELECT a FROM t" "GRANT SELECT ON c TO ci"
    must q prod ci_shop "DROP OWNED BY ci" && must q prod ci2 "DROP OWNED BY ci"
    must q prod postgres "DROP ROLE ci"
done

for kind in $(servers my); do
    start "$kind" prod
    must q prod '' "DROP USER IF EXISTS ci@localhost"
    for db in ci_shop ci2; do
        fresh_db prod "$db"
        must q prod "$db" "
CREATE TABLE t (id int PRIMARY KEY AUTO_INCREMENT, a int DEFAULT 1, v varchar(10) DEFAULT 'x', g int AS (a + 1) STORED,
    b blob DEFAULT ('abc'), ts timestamp DEFAULT current_timestamp, CHECK (a > 0), KEY k (a)) COMMENT 'c';
CREATE TABLE c (id int, FOREIGN KEY (id) REFERENCES t (id));
CREATE TABLE p (a int) PARTITION BY RANGE (a) (PARTITION p1 VALUES LESS THAN (9), PARTITION p2 VALUES LESS THAN MAXVALUE);
CREATE VIEW w AS SELECT a FROM t;
CREATE ALGORITHM=MERGE VIEW v AS SELECT a FROM w;
CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1;
CREATE FUNCTION f(i int) RETURNS int DETERMINISTIC RETURN i + 1;
CREATE PROCEDURE pr() SELECT 1;
CREATE EVENT e ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 00:00:00' DISABLE DO SELECT 1;"
    done
    must q prod '' "CREATE USER ci@localhost"
    statements "$(flavor)" >"$WORK/grants"
    is "$kind: the manual has the statements" "$(grep -c GRANT "$WORK/grants" | tr 12 yy)" y
    while read -r line; do
        ok "$kind: the README has it: $line" grep -qxF "$line" "$TOP/README.md"
        must q prod '' "${line//shop./ci_shop.}"
        case $line in *shop.*) must q prod '' "${line//shop./ci2.}" ;; esac
    done <"$WORK/grants"

    expect_exit 3 "$kind: views are shown to who may read them" dbtwin diff "$(url prod ci_shop ci)" "$(url prod ci2 ci)"
    is "$kind: which is all that is named" "$(grep -c 'needs GRANT' "$OUT")" 4
    out_has "$kind: with the right for that view" "GRANT SELECT, SHOW VIEW ON \`ci_shop\`.\`v\`"
    for db in ci_shop ci2; do must q prod '' "GRANT SELECT ON $db.v TO ci@localhost; GRANT SELECT ON $db.w TO ci@localhost"; done

    ok "$kind: all of the database is compared" dbtwin diff "$(url prod ci_shop ci)" "$(url prod ci2 ci)"
    is "$kind: one line says what belongs to the server" "$(grep -c -- '--scope server' "$OUT")" 1
    out_lacks "$kind: and nothing wants a right" "GRANT"
    ok "$kind: as a file" dbtwin inspect "$(url prod ci_shop ci)" -o "$WORK/m.xml"
    ok "$kind: which is root's" dbtwin diff "$WORK/m.xml" "$(url prod ci_shop)"
    expect_exit 3 "$kind: what is the server's is not known to it" dbtwin diff --scope server "$(url prod ci_shop ci)" "$(url prod ci2 ci)"
    out_has "$kind: and says which right that needs" "GRANT SELECT ON mysql.*"
    ok "$kind: to root it is" dbtwin diff --scope server "$(url prod ci_shop)" "$(url prod ci2)"
    must q prod '' "REVOKE SELECT ON ci2.w FROM ci@localhost"
    expect_exit 1 "$kind: and a right less is drift then" dbtwin diff --scope server "$(url prod ci_shop)" "$(url prod ci2)"
    expect_exit 1 "$kind: or where it is asked for by its kind" dbtwin diff --kind grant "$(url prod ci_shop)" "$(url prod ci2)"
    ok "$kind: but not by default" dbtwin diff "$(url prod ci_shop)" "$(url prod ci2)"
    must q prod '' "GRANT SELECT ON ci2.w TO ci@localhost"
    expect_exit 2 "$kind: there are two scopes" dbtwin diff --scope galaxy "$(url prod ci_shop ci)" "$(url prod ci2 ci)"

    expect_exit 2 "$kind: it copies nothing" dbtwin snapshot "$(url prod ci_shop ci)" -o "$WORK/s"
    err_has "$kind: and the right that it lacks is named" "it needs GRANT SELECT ON \`ci_shop\`.*"
    grown "ALTER VIEW v AS SELECT a + 1 AS a FROM w" "DROP TRIGGER tr" "DROP FUNCTION f"
    must q prod '' "DROP USER ci@localhost"
done
done_testing
