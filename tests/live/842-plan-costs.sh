#!/bin/bash
# What a step is said to cost is what it costs: the server makes the table anew, by its own number for it, if
# and only if the step carries hazard rewrite. Each change in a table of its own, with rows.
. "$(dirname "$0")/../lib/live.sh"

# Name, what is there, what should be, for which servers ("" all).
changes() {
    cat <<'EOF'
add_last|a int|a int, n int|
add_middle|a int, b int|a int, n int, b int|
add_default|a int|a int, n int DEFAULT (1 + 1)|
add_virtual|a int|a int, n int AS (a + 1) VIRTUAL|
add_stored|a int|a int, n int AS (a + 1) STORED|
add_check|a int|a int, n int, CONSTRAINT add_check_c CHECK (n > 0)|
add_fulltext_column|a text, FULLTEXT KEY k (a)|a text, n int, FULLTEXT KEY k (a)|
add_column_and_key|a int|a int, n int, KEY k (n)|
drop_column|a int, n int|a int|
drop_indexed_column|a int, n int, KEY k (n)|a int|
set_default|a int DEFAULT 1|a int DEFAULT 2|
json_default|a longtext CHECK (json_valid(a))|a longtext DEFAULT ('[]') CHECK (json_valid(a))|
default_expression|a int DEFAULT 1|a int DEFAULT (1 + 1)|
default_literal|a int DEFAULT (1 + 1)|a int DEFAULT 1|
set_comment|a int|a int COMMENT 'c'|
not_null|a int|a int NOT NULL|
nullable|a int NOT NULL|a int|
longer|a varchar(10)|a varchar(60)|
longer_over_255|a varchar(60)|a varchar(70)|
shorter|a varchar(60)|a varchar(50)|
bigger|a int|a bigint|
digits|a decimal(8,2)|a decimal(10,2)|
label|a enum('x','y')|a enum('x','y','z')|
label_between|a enum('x','z')|a enum('x','y','z')|
set_collation|a varchar(10) COLLATE utf8mb4_bin|a varchar(10) COLLATE utf8mb4_unicode_ci|
set_charset|a varchar(10) CHARACTER SET latin1|a varchar(10) CHARACTER SET utf8mb4|
to_utf8mb4|a varchar(10) CHARACTER SET utf8mb3|a varchar(10) CHARACTER SET utf8mb4|
expression|a int, n int AS (a + 1) VIRTUAL|a int, n int AS (a + 2) VIRTUAL|
add_key|a int|a int, KEY k (a)|
add_unique|a int|a int, UNIQUE KEY k (a)|
drop_key|a int, KEY k (a)|a int|
rename_key|a int, KEY k (a)|a int, KEY other (a)|
drop_check|a int, CONSTRAINT drop_check_c CHECK (a <> 99)|a int|
add_table_check|a int|a int, CONSTRAINT add_table_check_c CHECK (a <> 99)|
EOF
}

number() { # the server's own number of the table
    case $kind in
        mysql*) q one '' "SELECT TABLE_ID FROM information_schema.INNODB_TABLES WHERE NAME = 'a/$1'" ;;
        *) q one '' "SELECT TABLE_ID FROM information_schema.INNODB_SYS_TABLES WHERE NAME = 'a/$1'" ;;
    esac
}

for kind in $(servers my); do
    start "$kind" one
    n=0
    bad=
    {
        echo "SET sql_mode = '';"
        changes | awk -F'|' '{ print "CREATE TABLE " $1 " (id int PRIMARY KEY, " $2 ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;" }'
        changes | awk -F'|' '{ print "INSERT INTO " $1 " (id, a) VALUES (1, \"1\");" }' | sed "s/\"1\"/CASE WHEN 1 THEN '1' END/; /label/s/'1'/'x'/"
    } >"$WORK/a.sql"
    changes | awk -F'|' '{ print "CREATE TABLE " $1 " (id int PRIMARY KEY, " $3 ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;" }' >"$WORK/b.sql"
    for db in a b; do
        q one '' "DROP DATABASE IF EXISTS $db; CREATE DATABASE $db CHARACTER SET utf8mb4"
        must load one $db "$WORK/$db.sql"
    done
    dbtwin plan --format json "$(url one b)" "$(url one a)" >"$WORK/plan.json" 2>"$WORK/err" || : "3: manual"
    python3 - "$WORK/plan.json" >"$WORK/steps" <<'EOF'
import json, re, sys
for step in json.load(open(sys.argv[1]))["steps"]:
    names = [h if isinstance(h, str) else h["name"] for h in step.get("hazards", [])]
    table = re.search(r"TABLE `(\w+)`", step["sql"])
    print(table[1], "yes" if "rewrite" in names else "no", " ".join(step["sql"].split()), sep="\t")
EOF
    while IFS=$'\t' read -r table said sql; do
        n=$((n + 1))
        before=$(number "$table")
        must q one a "$sql"
        now=no
        [ "$(number "$table")" = "$before" ] || now=yes
        [ "$said" = "$now" ] || bad="$bad $table:said=$said,is=$now"
    done <"$WORK/steps"
    is "$kind: a step for each change" "$n" "$(changes | wc -l)"
    is "$kind: rewritten is what is said to be" "$bad" ""
done
done_testing
