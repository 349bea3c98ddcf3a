#!/bin/bash
# An account that may not see something is told so, with the GRANT that would help, and the verdict
# is incomplete; nothing that it cannot see is called absent or the same.
. "$(dirname "$0")/../lib/live.sh"

# What fails for another reason than a right is not said to want one.
broken() {
    fresh_db prod rights3
    must q prod rights3 "
CREATE USER IF NOT EXISTS gone@localhost; GRANT ALL ON rights3.* TO gone@localhost;
CREATE TABLE t (a int, secret int);
CREATE TABLE u (a int);
CREATE VIEW fine AS SELECT a FROM t;
CREATE VIEW stale AS SELECT a FROM u;
CREATE DEFINER=gone@localhost SQL SECURITY DEFINER VIEW orphan AS SELECT a FROM t;
CREATE DEFINER=gone@localhost TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1;
DROP TABLE u; DROP USER gone@localhost"
    for who in '' lowly; do
        [ -z "$who" ] || must q prod '' "GRANT SELECT, TRIGGER, EVENT, EXECUTE, SHOW VIEW ON rights3.* TO lowly@localhost"
        dbtwin inspect "$(url prod rights3 $who)" --format tree >"$OUT" 2>"$ERR"
        out_like "$1: ${who:-root}: a view whose table is gone is there" "view stale "
        out_like "$1: ${who:-root}: a view whose definer is gone, too" "view orphan .*definer=gone@localhost"
        out_like "$1: ${who:-root}: and a trigger" "trigger tr .*definer=gone@localhost"
        must dbtwin inspect "$(url prod rights3)" -o "$WORK/m.xml"
        ok "$1: ${who:-root}: nothing of it is missing" dbtwin diff "$WORK/m.xml" "$(url prod rights3 $who)"
    done
    must q prod '' "DROP USER IF EXISTS columns@localhost; CREATE USER columns@localhost; GRANT SELECT (a) ON rights3.t TO columns@localhost"
    expect_exit 3 "$1: rights on a column (1143) or none at all" dbtwin diff "$(url prod rights3)" "$(url prod rights3 columns)"
    out_has "$1: the right is named" "GRANT SELECT ON"
    out_lacks "$1: and nothing is called absent" "missing in"
    must q prod '' "GRANT SELECT ON rights3.* TO columns@localhost"
    expect_exit 3 "$1: views without SHOW VIEW (1142)" dbtwin diff "$(url prod rights3)" "$(url prod rights3 columns)"
    out_has "$1: SHOW VIEW is named" "SHOW VIEW ON"
    out_lacks "$1: still nothing is absent" "missing in"
}

for kind in $(servers my); do
    start "$kind" prod
    for db in rights rights2; do
        fresh_db prod "$db"
        must q prod "$db" "
CREATE TABLE open (a int DEFAULT 1);
CREATE TABLE closed (a int);
CREATE VIEW v AS SELECT a FROM open;
CREATE TRIGGER tr BEFORE INSERT ON open FOR EACH ROW SET NEW.a = 1;
CREATE FUNCTION f() RETURNS int DETERMINISTIC RETURN 1;
CREATE EVENT e ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 00:00:00' DISABLE DO SELECT 1;"
    done
    must q prod '' "DROP USER IF EXISTS lowly@localhost"
    ok "$kind: who may see all misses nothing" dbtwin diff "$(url prod rights)" "$(url prod rights2)"
    must q prod '' "CREATE USER lowly@localhost; GRANT SELECT ON rights.open TO lowly@localhost"

    expect_exit 3 "$kind: who may not is told" dbtwin inspect --scope server "$(url prod rights lowly)" --format tree
    out_has "$kind: what may be seen is there" "table open"
    for grant in REFERENCES TRIGGER EVENT EXECUTE "SHOW VIEW"; do
        err_has "$kind: the right is named: $grant" "GRANT $grant ON \`rights\`.*"
    done
    for what in role grant foreign_server user_function; do
        err_like "$kind: what stands in system tables is not absent: $what" "$what: .*GRANT SELECT ON mysql\.\*"
    done
    dbtwin diff "$(url prod rights2)" "$(url prod rights lowly)" --format json >"$OUT" 2>"$ERR"
    isnt "$kind: two such are never the same" $? 0

    must q prod '' "GRANT SELECT, TRIGGER, EVENT, EXECUTE ON rights.* TO lowly@localhost"
    expect_exit 3 "$kind: bodies want more" dbtwin inspect "$(url prod rights lowly)" --format tree
    out_like "$kind: the function is there, without its body" "function f "
    out_lacks "$kind: its body is not" "RETURN 1"
    err_like "$kind: the function is named" "function f: .*body"
    err_like "$kind: the view is named, or its right" "SHOW VIEW"

    case $kind in
        mysql*) must q prod '' "GRANT SHOW VIEW ON rights.* TO lowly@localhost; GRANT SHOW_ROUTINE ON *.* TO lowly@localhost" ;;
        *) must q prod '' "GRANT SHOW VIEW ON rights.* TO lowly@localhost; GRANT SELECT ON mysql.proc TO lowly@localhost" ;;
    esac
    expect_exit 3 "$kind: accounts are not known yet" dbtwin diff --scope server "$(url prod rights lowly)" "$(url prod rights2)"
    ok "$kind: unless they do not matter" dbtwin diff --scope database "$(url prod rights lowly)" "$(url prod rights2)"
    must q prod '' "GRANT SELECT ON mysql.* TO lowly@localhost"
    # Its own rights on one of the two databases are what differs now.
    expect_exit 1 "$kind: who may read them sees that grants differ" dbtwin diff --scope server "$(url prod rights lowly)" "$(url prod rights2)"
    out_has "$kind: whose they are" "grant lowly@localhost"
    out_lacks "$kind: and all was compared" "Not compared"
    must q prod '' "GRANT SELECT, TRIGGER, EVENT, EXECUTE, SHOW VIEW ON rights2.* TO lowly@localhost; GRANT SELECT ON rights2.open TO lowly@localhost"
    ok "$kind: with these rights nothing is missing" dbtwin diff --scope server "$(url prod rights lowly)" "$(url prod rights2)"
    broken "$kind"
    must q prod rights2 "ALTER TABLE closed ADD b int"
    expect_exit 1 "$kind: and drift is seen" dbtwin diff "$(url prod rights lowly)" "$(url prod rights2)"
done
done_testing
