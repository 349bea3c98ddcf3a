#!/bin/bash
# inspect --format sql: the script makes the schema again, as the server's own dump says; the same bytes for a
# schema and for its copy; in a folder a file for each object, and none of one that is gone.
. "$(dirname "$0")/../lib/live.sh"

for kind in $(servers all); do
    case $kind in pg15 | pg18 | mariadb | mysql9) ;; *) continue ;; esac
    start "$kind" one
    fresh_db one a
    fresh_db one b
    if server_is_pg one; then
        # As a restored dump: the server then spells expressions as it will again.
        fresh_db one first
        load one first "$TOP/fixtures/restore/postgres.sql" 2>"$ERR" || bail "the fixture: $(cat "$ERR")"
        dump one first -s >"$WORK/first.sql"
        load one a "$WORK/first.sql" 2>"$ERR" || bail "the fixture, restored: $(cat "$ERR")"
        options=-s
    else
        load one a "$TOP/fixtures/introspect/$([ "$kind" = mysql9 ] && echo mysql || echo mariadb).sql" 2>"$ERR" || bail "the fixture: $(cat "$ERR")"
        options="--no-data --routines --events"
        # What SHOW CREATE shows with the database's name cannot be elsewhere (unproven), and is named.
        my one a -e "DROP TABLE IF EXISTS sv"
    fi
    dbtwin inspect "$(url one a)" --format sql -o "$WORK/a.sql" 2>"$ERR"
    code=$?
    is "$kind: the code says whether something is not in it" $((code == 3)) $(($(grep -c '^-- not here' "$WORK/a.sql") > 0))
    # shellcheck disable=SC2086
    if server_is_pg one; then
        pg one b -v ON_ERROR_STOP=1 -o /dev/null -f "$WORK/a.sql" >"$OUT" 2>"$ERR"
    else
        my one b --comments <"$WORK/a.sql" >"$OUT" 2>"$ERR"
    fi && pass "$kind: it runs" || fail "$kind: it runs" "$(cat "$ERR")"
    # shellcheck disable=SC2086
    { dump one a $options | sort | sed 's/pg_attver=[0-9]*//; s/`PAGE_[A-Z_]*`/\L&/g' >"$WORK/da"; dump one b $options | sort >"$WORK/db"; }
    grep -av '^-- ' "$WORK/da" >"$WORK/da1"; grep -av '^-- ' "$WORK/db" >"$WORK/db1"
    same_files "$kind: the dump is the same" "$WORK/da1" "$WORK/db1"
    dbtwin inspect "$(url one b)" --format sql -o "$WORK/b.sql" 2>"$ERR"
    same_files "$kind: of the copy, the same bytes" "$WORK/a.sql" "$WORK/b.sql"

    dbtwin inspect "$(url one a)" --format sql -o "$WORK/folder/" 2>"$ERR"
    is "$kind: a folder, with the same code" $? $code
    isnt "$kind: a folder: tables" "$(ls "$WORK/folder/table" | wc -l)" 0
    mv "$WORK/folder" "$WORK/folder.1"
    dbtwin inspect "$(url one b)" --format sql -o "$WORK/folder/" 2>"$ERR"
    is "$kind: a folder of the copy, the same bytes" "$(diff -r "$WORK/folder.1" "$WORK/folder")" ""
    touch "$WORK/folder/table/mine.sql"
    q one b "CREATE TABLE zz_new (a int)" >"$OUT"
    dbtwin inspect "$(url one b)" --format sql -o "$WORK/folder" 2>"$ERR"
    is "$kind: a file more" "$(diff -rq "$WORK/folder.1" "$WORK/folder" | grep -c 'zz_new.sql$')" 1
    q one b "DROP TABLE zz_new" >"$OUT"
    dbtwin inspect "$(url one b)" --format sql -o "$WORK/folder" 2>"$ERR"
    is "$kind: it goes with its object, what is not dbtwin's stays" "$(diff -rq "$WORK/folder.1" "$WORK/folder")" \
        "Only in $WORK/folder/table: mine.sql"
    rm -r "$WORK/folder" "$WORK/folder.1"
    server_stop one
done
done_testing
