#!/bin/bash
# MySQL and MariaDB have collations that the other lacks: they are refused by name before anything moves, with what
# can take their place, and mapped by the config, in the copy and in the diff.
. "$(dirname "$0")/../lib/live.sh"

collations() { # NAME [FROM TO]: of the database, tables and columns
    q "$1" coll "SELECT DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = 'coll'
        UNION ALL SELECT TABLE_COLLATION FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'coll' AND TABLE_NAME IN ('t', 'u')
        UNION ALL SELECT COLLATION_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = 'coll' AND TABLE_NAME IN ('t', 'u') AND COLLATION_NAME IS NOT NULL" | sed "s/${2:-none}/${3:-none}/" | sort | uniq -c | awk '{print $1 $2}' | tr '\n' ' '
}

across() { # FROM TO COLLATION NEAREST
    local what="$1 to $2"
    fresh_db "$1" coll
    fresh_db "$2" coll
    must q "$1" coll "ALTER DATABASE COLLATE $3; CREATE TABLE t (id int PRIMARY KEY, a varchar(10), KEY (a)) CHARSET utf8mb4 COLLATE $3; INSERT INTO t VALUES (1, 'x');
        CREATE TABLE u (id int PRIMARY KEY, b varchar(10) CHARACTER SET utf8mb4 COLLATE $3) CHARSET utf8mb4 COLLATE utf8mb4_general_ci;
        SET NAMES utf8mb4 COLLATE utf8mb4_general_ci; CREATE VIEW v AS SELECT id, a FROM t"
    expect_exit 4 "$what: preflight refuses" dbtwin preflight "$(url "$1" coll)" "$(url "$2" coll)"
    out_has "$what: by its name" "has no collation $3, which the source uses (the database and"
    out_has "$what: with what can take its place" "map: {collations: {$3: $4}}"
    is "$what: once" "$(grep -c "has no collation" "$OUT")" 1
    expect_exit 4 "$what: so does a copy" dbtwin copy "$(url "$1" coll)" "$(url "$2" coll)"
    err_has "$what: before anything moves" "has no collation $3"
    is "$what: nothing was made" "$(q "$2" '' "SHOW DATABASES LIKE 'coll\\_\\_%'")" ""
    printf 'databases:\n  p: {url: "%s", role: production}\n  s: {url: "%s"}\nmap:\n  collations: {%s: %s}\n' "$(url "$1" coll)" "$(url "$2" coll)" "$3" "$4" >"$WORK/c.yaml"
    ok "$what: mapped" dbtwin -c "$WORK/c.yaml" copy p s
    is "$what: they are the target's" "$(collations "$2")" "$(collations "$1" "$3" "$4")"
    is "$what: its rows" "$(q "$2" coll "SELECT a FROM v")" x
    expect_exit 0 "$what: and no drift" dbtwin -c "$WORK/c.yaml" diff p s
}

need mysql9 mariadb11.8
start mysql9 my
start mariadb11.8 ma
across ma my utf8mb4_uca1400_as_cs utf8mb4_0900_as_cs
if server_start mariadb old --own; then
    case $(q old '' "SELECT COUNT(*) FROM information_schema.COLLATIONS WHERE COLLATION_NAME = 'utf8mb4_0900_ai_ci'") in
    0) across my old utf8mb4_0900_ai_ci utf8mb4_uca1400_nopad_ai_ci ;;
    *) pass "this MariaDB knows MySQL's collations" ;;
    esac
fi
printf 'databases: {}\nmap:\n  collations: {latin1_bin: utf8mb4_bin}\n' >"$WORK/bad.yaml"
expect_exit 2 "another character set" dbtwin -c "$WORK/bad.yaml" diff a b
err_has "is refused with its place" "bad.yaml:3:"
done_testing
