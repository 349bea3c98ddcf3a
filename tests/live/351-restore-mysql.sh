#!/bin/bash
# A database that the server's own tools dump and restore has not drifted, and what a copy makes
# shows the same SHOW CREATE: real projects' schemas and all pairs of fixtures/drift/mysql.
# slow
. "$(dirname "$0")/../lib/live.sh"
. "$(dirname "$0")/../lib/cases.sh"
. "$(dirname "$0")/../lib/mutation.sh"
fixtures=$TOP/fixtures/drift/mysql

dump_bin() { # the server's own dumper, with what it needs to be quiet
    case $1 in
        mysql*) echo "$DBTWIN_CACHE/mysql9/usr/bin/mysqldump --no-defaults --set-gtid-purged=OFF" ;;
        *) echo "mariadb-dump --no-defaults" ;;
    esac
}

# created DB: SHOW CREATE of each table and view, without counters, and the engine's options in
# capitals as in the manual
created() {
    q one "$1" "SELECT CONCAT('SHOW CREATE TABLE \`', REPLACE(TABLE_NAME, '\`', '\`\`'), '\`;') FROM information_schema.TABLES
        WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE <> 'SEQUENCE' AND TABLE_NAME NOT IN ('dbtwin_mark', 'dbtwin_run')
        ORDER BY TABLE_NAME" >"$WORK/show.sql"
    my one "$1" -N -B -r <"$WORK/show.sql" |
        sed -E -e "s/\`$1\`/DB/g" -e 's/ AUTO_INCREMENT=[0-9]+//' -e 's/`(page_[a-z_]*)`=/`\U\1`=/g'
}

one_case() { # one_case KIND NAME: of database case_c
    local dir n
    dir=$(server_dir one)
    n=$(q one case_c "SELECT count(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()")
    isnt "$1: $2: has tables" "$n" 0
    must q one '' "DROP DATABASE IF EXISTS case_r"
    must q one '' "CREATE DATABASE case_r CHARACTER SET $(q one case_c 'SELECT @@character_set_database') COLLATE $(q one case_c 'SELECT @@collation_database')"
    # shellcheck disable=SC2046
    timeout 100 $(dump_bin "$1") -S "$dir/s" -uroot --default-character-set=utf8mb4 --routines --events --triggers case_c \
        2>"$WORK/dump.err" | my one case_r 2>"$WORK/load.err"
    if [ -s "$WORK/load.err" ] || grep -qi error "$WORK/dump.err"; then
        skip "$1: $2" "its own tools do not restore it: $(head -c 200 "$WORK/load.err" "$WORK/dump.err" | tr '\n' ' ')"
    else
        expect_exit 0 "$1: $2: restored, no drift" dbtwin diff --strict "$(url one case_c)" "$(url one case_r)"
        out_has "$1: $2: and all was compared" "Same: no drift"
    fi
    must q one '' "DROP DATABASE case_r; CREATE DATABASE case_r"
    dbtwin copy -q "$(url one case_c)" "$(url one case_r)" >"$WORK/copy.out" 2>"$WORK/copy.err"
    case $? in
        0)
            created case_c >"$WORK/c.sql"
            created case_r >"$WORK/r.sql"
            same_files "$1: $2: SHOW CREATE of the copy" "$WORK/c.sql" "$WORK/r.sql"
            expect_exit 0 "$1: $2: the copy has not drifted" dbtwin diff "$(url one case_c)" "$(url one case_r)"
            ;;
        4) pass "$1: $2: the copy is refused by name: $(head -c 150 "$WORK/copy.err" | tr '\n' ' ')" ;;
        *) fail "$1: $2: copy" "$(cat "$WORK/copy.err")" ;;
    esac
}

for kind in $(servers my); do
    server_start "$kind" one --own || bail "$kind did not start"
    version=$(flavor)
    for side in prod staging; do
        fresh_db one case_c
        mutation script "$version" "$side" whole | at_place >"$WORK/$side.sql"
        must load one case_c "$WORK/$side.sql"
        one_case "$kind" "pairs, $side"
    done
    for file in "$CASES"/my-*/new.sql; do # the old ones are 500's
        [ -f "$file" ] || continue
        name=${file#"$CASES"/}
        fresh_db one case_c
        if ! load one case_c "$file" >/dev/null 2>"$WORK/load.err"; then
            skip "$kind: $name" "not for this server: $(grep -m 1 ERROR "$WORK/load.err")"
            continue
        fi
        one_case "$kind" "$name"
    done
    server_stop one
done
done_testing
