#!/bin/bash
# A schema of many tables is read in shares, over several connections: nothing is lost between the
# shares, nothing comes twice, and one connection alone tells the same.
. "$(dirname "$0")/../lib/live.sh"

n=620
bare() { sed -E '1,2s/ (taken_at|label)="[^"]*"//g' "$1"; } # bare FILE: without the time it was made, and who made it
for kind in $(servers my); do
    start "$kind" prod
    fresh_db prod many
    bash "$TOP/tests/bench/catalog.sh" mysql $n >"$WORK/many.sql" || bail "no catalog"
    must load prod many "$WORK/many.sql"
    # others that differ in case alone from a table of another share, which is another table; some
    # that are not only what the rest is
    must q prod many "CREATE TABLE T7 (own int PRIMARY KEY); CREATE TABLE \`T599\` (own int PRIMARY KEY);
        CREATE TABLE \`a''b\\\\\` (a int PRIMARY KEY COMMENT 'x');
        CREATE TABLE t1_parts (a int PRIMARY KEY) PARTITION BY HASH (a) PARTITIONS 3;
        CREATE TABLE t9_parts (a int PRIMARY KEY) PARTITION BY RANGE (a) (PARTITION p0 VALUES LESS THAN (5), PARTITION p1 VALUES LESS THAN MAXVALUE);
        CREATE TRIGGER t500_set BEFORE INSERT ON t500 FOR EACH ROW SET NEW.a = 1"
    more=5
    case $kind in mariadb*) must q prod many "CREATE SEQUENCE t3_numbers START WITH 7; CREATE SEQUENCE zz" ;; esac
    p=$(url prod many)

    ok "$kind: over one connection" dbtwin inspect -j 1 "$p" -o "$WORK/1.xml"
    err_empty "$kind: with nothing left out"
    bare "$WORK/1.xml" >"$WORK/one"
    for jobs in 2 4 9; do
        ok "$kind: over $jobs" dbtwin inspect -v -j $jobs "$p" -o "$WORK/n.xml"
        bare "$WORK/n.xml" >"$WORK/several"
        same_files "$kind: $jobs tell the same as one" "$WORK/one" "$WORK/several"
    done
    count() { grep -c "<$1 " "$WORK/one"; }
    is "$kind: every table" "$(count table)" $((n + more))
    is "$kind: every one is proven" "$(grep -c '<table .*proven="yes"' "$WORK/one")" $((n + more))
    is "$kind: every column" "$(count column)" "$(q prod many "SELECT count(*) FROM information_schema.COLUMNS
        WHERE TABLE_SCHEMA = 'many' AND TABLE_NAME NOT REGEXP '^(v[0-9]+|zz|t3_numbers)$'")"
    is "$kind: every index" "$(count index)" "$(q prod many "SELECT count(DISTINCT CAST(TABLE_NAME AS BINARY), INDEX_NAME) FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = 'many'")"
    is "$kind: every view, function, trigger" "$(count view) $(count function) $(count trigger)" "$((n / 10)) $((n / 20)) 1"
    is "$kind: every partition" "$(count partition)" 5
    case $kind in mariadb*) is "$kind: every sequence" "$(count sequence)" 2 ;; esac

    # an account that may have one connection
    must q prod '' "DROP USER IF EXISTS lonely@localhost; CREATE USER lonely@localhost WITH MAX_USER_CONNECTIONS 1;
        GRANT ALL ON *.* TO lonely@localhost"
    ok "$kind: where the server gives one connection" dbtwin inspect "$(url prod many lonely)" -o "$WORK/n.xml" -v
    err_has "$kind: it is made do with" "reading with fewer connections"
    bare "$WORK/n.xml" >"$WORK/several"
    same_files "$kind: and tells the same" "$WORK/one" "$WORK/several"
    must q prod '' "DROP USER lonely@localhost"
    must q prod '' "DROP DATABASE many"
done
done_testing
