#!/bin/bash
# An account that may not see something is told so, with the GRANT that would help, and the verdict
# is incomplete; nothing that it cannot see is called absent or the same.
. "$(dirname "$0")/../lib/live.sh"

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
    must q prod '' "DROP USER IF EXISTS lowly@localhost; CREATE USER lowly@localhost; GRANT SELECT ON rights.open TO lowly@localhost"

    ok "$kind: who may see all misses nothing" dbtwin diff "$(url prod rights)" "$(url prod rights2)"
    expect_exit 3 "$kind: who may not is told" dbtwin inspect "$(url prod rights lowly)" --format tree
    out_has "$kind: what may be seen is there" "table open"
    for grant in SELECT TRIGGER EVENT EXECUTE "SHOW VIEW"; do
        err_has "$kind: the right is named: $grant" "GRANT $grant ON \`rights\`.*"
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
    ok "$kind: with these rights nothing is missing" dbtwin diff "$(url prod rights lowly)" "$(url prod rights2)"
    must q prod rights2 "ALTER TABLE closed ADD b int"
    expect_exit 1 "$kind: and drift is seen" dbtwin diff "$(url prod rights lowly)" "$(url prod rights2)"
done
done_testing
