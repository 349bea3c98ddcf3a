#!/bin/bash
# Every object of a MySQL or MariaDB database is read, whatever its name: the counts agree with what
# SHOW says, bodies are byte for byte what was written, and texts that information_schema garbles
# come whole.
. "$(dirname "$0")/../lib/live.sh"

# What SHOW CREATE TABLE has of each sort, over all tables: "table 3", one a line.
count_shown() {
    local db=$1 t type
    while IFS=$'\t' read -r t type; do
        case $type in
            VIEW) echo view ;;
            SEQUENCE) echo sequence ;;
            *)
                echo table
                q prod "$db" "SHOW CREATE TABLE \`${t//\`/\`\`}\`" | LC_ALL=C sed -nE \
                    -e 's/^  `.* CHECK \(.*/column\ncheck/p;t' \
                    -e 's/^  `.*/column/p;t' \
                    -e 's/^  ([A-Z]+ )?KEY .*/index/p;t' \
                    -e 's/^  CONSTRAINT .* FOREIGN KEY .*/foreign_key/p;t' \
                    -e 's/^  CONSTRAINT .* CHECK .*/check/p'
                ;;
        esac
    done < <(q prod "$db" "SHOW FULL TABLES") | sort | uniq -c | awk '{ print $2, $1 }'
}

for kind in $(servers my); do
    start "$kind" prod
    db='in`tro spéct.1'
    fresh_db prod "$db"
    must load prod "$db" "$TOP/fixtures/introspect/mysql.sql"
    case $kind in
        mysql*) must load prod "$db" "$TOP/fixtures/introspect/mysql-only.sql" ;;
        *)
            must load prod "$db" "$TOP/fixtures/introspect/mariadb.sql"
            ;;
    esac
    ok "$kind: a database of every kind is read" dbtwin inspect "$(url prod "$db")" --format xml
    cp "$OUT" "$WORK/model.xml"

    count_shown "$db" >"$WORK/wanted"
    {
        echo "trigger $(q prod "$db" "SELECT count(*) FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE()")"
        echo "event $(q prod "$db" "SELECT count(*) FROM information_schema.EVENTS WHERE EVENT_SCHEMA = DATABASE()")"
        for what in function procedure; do
            echo "$what $(q prod "$db" "SELECT count(*) FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE() AND ROUTINE_TYPE = UPPER('$what')")"
        done
        echo "index_part $(q prod "$db" "SELECT count(*) FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE()")"
        echo "partition $(q prod "$db" "SELECT count(DISTINCT TABLE_NAME, PARTITION_NAME) FROM information_schema.PARTITIONS WHERE TABLE_SCHEMA = DATABASE() AND PARTITION_NAME IS NOT NULL")"
        echo "subpartition $(q prod "$db" "SELECT count(SUBPARTITION_NAME) FROM information_schema.PARTITIONS WHERE TABLE_SCHEMA = DATABASE()")"
    } >>"$WORK/wanted"
    is "$kind: sorts of objects that the fixture has" "$(wc -l <"$WORK/wanted")" \
        "$(case $kind in mysql*) echo 13 ;; *) echo 14 ;; esac)"
    while read -r what n; do
        is "$kind: all of kind $what" "$(grep -c "<$what[ >/]" "$WORK/model.xml")" "$n"
        isnt "$kind: the fixture has some: $what" "$n" 0
    done <"$WORK/wanted"
    cp "$WORK/model.xml" "$OUT"
    out_lacks "$kind: nothing is said to be missing" "<gap"
    is "$kind: every table is proven" "$(grep -c '<table .*proven="yes"' "$OUT")" "$(awk '$1 == "table" { print $2 }' "$WORK/wanted")"
    out_lacks "$kind: the database's own name is in no text" 'in``tro'

    ok "$kind: the same as a listing" dbtwin inspect "$(url prod "$db")" --format tree
    out_has "$kind: a body keeps its escapes and its smile" "SET @a = 'it''s \\'\\\$[', @b = '😀';"
    out_has "$kind: a function's too" "concat(a,b,'\\\$[','\$[','😀','a''b\\'c\\n')"
    out_has "$kind: arguments as written" 'IN a int, OUT `b``b` decimal(10,2), INOUT c enum('
    out_has "$kind: what looks like a name in a string stays" "'fx.x \`fx\`.\`y\`'"
    out_has "$kind: a view's smile" "€😀"
    out_like "$kind: a default of four bytes a character" "column q .* default='w😀\\?'"
    out_has "$kind: a generated column's" "expression=concat("
    out_like "$kind: and its literal" "expression=concat\\(.*'€😀'\\)"
    out_like "$kind: an expression as default" "column d .* default=\\(concat\\(.*'😀'"
    out_like "$kind: a literal NULL is not null" "column nult .* default='NULL'"
    out_lacks "$kind: and null is not a literal" "default=NULL"
    out_like "$kind: quotes in a default" "column name .* default='O''Brien \\\\\\\\ x'"
    out_like "$kind: numbers stand bare" "column n .* default=0 "
    out_like "$kind: now has one spelling" "column dt .* default=current_timestamp\\(\\) "
    out_like "$kind: a prefix" 'index_part 1  expression=`txt`  prefix=10'
    out_like "$kind: a descending part" 'index_part 2  expression=`n`  descending'
    out_like "$kind: a key's algorithm" 'table pkl .*LINEAR KEY ALGORITHM=1 \(`a`\)'
    case $kind in
        mysql*)
            out_like "$kind: a default that begins with a zero byte" "column b .* default=0x00FF3F"
            out_has "$kind: a parser" "parser=ngram"
            out_has "$kind: what an index is over" 'expression=(lower(`u`))'
            out_has "$kind: options of a column" "options=COLUMN_FORMAT FIXED"
            ;;
        *)
            out_like "$kind: a sequence" "sequence seq .*start=5 .*max=1000 .*increment=2 .*cache=10  cycle"
            out_has "$kind: a sequence as default, without the database" 'default=(nextval(`seq`))'
            out_has "$kind: history" "options=WITHOUT SYSTEM VERSIONING"
            out_has "$kind: a package's body" "AS FUNCTION a RETURN int AS BEGIN RETURN 1; END; END"
            must load prod "$db" "$TOP/fixtures/introspect/mariadb-period.sql"
            ok "$kind: periods are read" dbtwin inspect "$(url prod "$db")" --format tree
            out_has "$kind: an application's" 'option period for `p`  value=`a`, `b`'
            out_has "$kind: the system's" 'option period for system_time  value='
            out_has "$kind: a key over one" 'expression=`p` WITHOUT OVERLAPS'
            ;;
    esac
done
done_testing
