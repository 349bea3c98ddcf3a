#!/bin/bash
# The mark belongs to the database that it was written for: in a restored dump, a copy of a template
# or a promoted clone it counts for nothing. A database that only has the name of what dbtwin makes
# is not dbtwin's. The servers' own databases are never a target.
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/live/copies.sh"
. "$TOP/tests/lib/restore.sh"

elsewhere() { # NAME SERVER DB: its rows are not replaced, and the reason is the mark's
    expect_exit 4 "$1: is not replaced" dbtwin copy "$from" "$(url "$2" "$3")"
    err_has "$1: because of its mark" "written for another database"
    expect_exit 4 "$1: no rollback either" dbtwin rollback "$(url "$2" "$3")"
    expect_exit 4 "$1: preflight says so" dbtwin preflight "$from" "$(url "$2" "$3")"
    out_has "$1: preflight says why" "written for another database"
    is "$1: its rows are there" "$(q "$2" "$3" "SELECT b FROM t")" mine
}
dump_whole() { # SERVER DB: with the mark, as people dump
    local dir tool
    dir=$(server_dir "$1")
    if server_is_pg "$1"; then
        tool=$(dumper "$1") && "$tool" -h "$dir" -U postgres "$2" | sed -E '/^\\(un)?restrict /d'
        return
    fi
    case $(server_kind "$1") in
        mysql9) "$DBTWIN_CACHE/mysql9/usr/bin/mysqldump" --no-defaults -S "$dir/s" -uroot \
            --set-gtid-purged=OFF --no-tablespaces "$2" ;;
        *) mariadb-dump --no-defaults -S "$dir/s" -uroot "$2" | sed '/^\/\*M!999999/d' ;;
    esac
}
drop_db() {
    if server_is_pg "$1"; then q "$1" postgres "DROP DATABASE \"$2\""; else q "$1" '' "DROP DATABASE \`$2\`"; fi
}
never() { # NAME DB
    expect_exit 4 "$kind: $1 $2 is no target of copy" dbtwin copy "$from" "$(url staging "$2")" --replace "$2"
    err_has "$kind: $1 $2: says why" "is the server's own and is never a target"
    expect_exit 4 "$kind: $1 $2: nor of restore" dbtwin restore "$WORK/s.dbtwin" "$(url staging "$2")"
    expect_exit 4 "$kind: $1 $2: nor of rollback" dbtwin rollback "$(url staging "$2")"
    expect_exit 4 "$kind: $1 $2: preflight" dbtwin preflight "$from" "$(url staging "$2")"
}

for kind in $(some_servers); do
    start "$kind" prod staging
    for d in mark mark2 mark3; do fresh_db staging $d; done
    fresh_db prod mark
    must q prod mark "CREATE TABLE t (a int PRIMARY KEY, b varchar(10))"
    must q prod mark "INSERT INTO t VALUES (1, 'x')"
    from=$(url prod mark) to=$(url staging mark)
    pg=
    server_is_pg staging && pg=1
    table=${pg:+dbtwin.mark} key=${pg:+key}
    table=${table:-dbtwin_mark} key=${key:-k}
    must dbtwin copy -q "$from" "$to"
    is "$kind: the mark says which database it is of" \
        "$(q staging mark "SELECT count(*) FROM $table WHERE $key = 'target_id'")" 1
    ok "$kind: its own mark counts" dbtwin copy "$from" "$to"
    err_lacks "$kind: and is no old one" "does not say which database"

    # a dump of it, restored beside it and on another server
    must q staging mark "UPDATE t SET b = 'mine'"
    dump_whole staging mark >"$WORK/dump.sql" || fail "$kind: a dump"
    must load staging mark2 "$WORK/dump.sql"
    elsewhere "$kind: a dump restored beside it" staging mark2
    fresh_db prod mark3
    must load prod mark3 "$WORK/dump.sql"
    elsewhere "$kind: a dump restored elsewhere" prod mark3
    ok "$kind: --replace takes it" dbtwin copy -q "$from" "$(url staging mark2)" --replace mark2
    ok "$kind: once" dbtwin copy -q "$from" "$(url staging mark2)"

    # a mark of an earlier version
    must q staging mark "DELETE FROM $table WHERE $key = 'target_id'"
    ok "$kind: a mark without identity counts" dbtwin copy "$from" "$to"
    err_has "$kind: a mark without identity: is told" "does not say which database"
    ok "$kind: a mark without identity: only once" dbtwin copy "$from" "$to"
    err_lacks "$kind: a mark without identity: is replaced" "does not say which database"

    # names that look like dbtwin's
    kept='mark__dbtwin_20200101'
    kept+=${pg:+T000000}
    [ -n "$pg" ] || kept+=_000000
    late=${kept/2020/2090}
    for d in "$kept" "$late"; do
        fresh_db staging "$d"
        must q staging "$d" "CREATE TABLE theirs (a int PRIMARY KEY)"
    done
    expect_exit 4 "$kind: no state was kept: no way back" dbtwin rollback "$to"
    err_has "$kind: no state was kept: says so" "no previous state"
    must q staging mark "UPDATE t SET b = 'before'"
    ok "$kind: a copy that keeps" dbtwin copy "$from" "$to" --keep-previous 1
    sleep 1
    ok "$kind: another" dbtwin copy "$from" "$to" --keep-previous 1
    is "$kind: the stranger's databases are there" \
        "$(q staging "$kept" 'SELECT count(*) FROM theirs')$(q staging "$late" 'SELECT count(*) FROM theirs')" 00
    must q staging mark "UPDATE t SET b = 'after'"
    ok "$kind: rollback takes the kept one" dbtwin rollback "$to"
    is "$kind: rollback takes the kept one: its rows" "$(q staging mark 'SELECT b FROM t')" x
    ok "$kind: and back" dbtwin rollback "$to"
    is "$kind: and back: its rows" "$(q staging mark 'SELECT b FROM t')" after
    # what was kept was not filled by dbtwin
    fresh_db staging mark3
    must q staging mark3 "CREATE TABLE t (a int PRIMARY KEY, b varchar(10))"
    must q staging mark3 "INSERT INTO t VALUES (1, 'hand')"
    ok "$kind: a state that dbtwin did not fill is kept" dbtwin copy "$from" "$(url staging mark3)" \
        --keep-previous 1 --replace mark3
    ok "$kind: and found again" dbtwin rollback "$(url staging mark3)"
    is "$kind: and found again: its rows" "$(q staging mark3 'SELECT b FROM t')" hand
    for what in shadow old; do
        fresh_db staging "mark__dbtwin_$what"
        must q staging "mark__dbtwin_$what" "CREATE TABLE theirs (a int PRIMARY KEY)"
        expect_exit 4 "$kind: a stranger's database __dbtwin_$what is in the way" dbtwin copy "$from" "$to"
        is "$kind: and stays" "$(q staging "mark__dbtwin_$what" 'SELECT count(*) FROM theirs')" 0
        must drop_db staging "mark__dbtwin_$what"
    done

    # the servers' own
    must dbtwin snapshot -q "$from" -o "$WORK/s.dbtwin" --force
    if [ -n "$pg" ]; then
        for d in postgres template0 template1; do never "the database" $d; done
        must q staging mark "UPDATE t SET b = 'mine'"
        must q staging postgres "DROP DATABASE mark2"
        must q staging postgres "CREATE DATABASE mark2 TEMPLATE mark"
        elsewhere "$kind: a copy of a template" staging mark2
        must q staging mark2 "DELETE FROM dbtwin.mark WHERE key = 'target_id'"
        elsewhere "$kind: a copy of a template with an old mark" staging mark2
    else
        for d in mysql MySQL sys information_schema INFORMATION_SCHEMA performance_schema; do
            never "the schema" $d
        done
    fi
    # files of the server, copied while it stood still: started in another place, and promoted
    if [ -n "$pg" ]; then
        u=$(server_user "$kind")
        server_start "$kind" own --own && server_start "$kind" clone --own || bail "$kind did not start"
        must q own postgres "CREATE DATABASE mark"
        must dbtwin copy -q "$from" "$(url own mark)"
        must q own mark "UPDATE t SET b = 'mine'"
        must server_stop own INT
        must server_stop clone INT
        there=$(server_dir clone)
        rm -rf "$there/data"
        must cp -a "$(server_dir own)/data" "$there/data"
        rm -f "$there/data/postmaster.pid"
        must server_start_pg "$kind" "$u" "$there" "$there/data" ''
        elsewhere "$kind: a clone in another folder" clone mark
        must server_stop clone INT
        : >"$there/data/standby.signal"
        [ "$(id -u)" != 0 ] || chown "$u:" "$there/data/standby.signal"
        must server_start_pg "$kind" "$u" "$there" "$there/data" ''
        must q clone postgres "SELECT pg_promote()"
        must q clone mark "DELETE FROM dbtwin.mark WHERE key = 'target_place'"
        elsewhere "$kind: a promoted clone" clone mark
        must server_start_pg "$kind" "$u" "$(server_dir own)" "$(server_dir own)/data" ''
        ok "$kind: after a restart the mark counts" dbtwin copy -q "$from" "$(url own mark)"
    fi
    rm "$WORK/s.dbtwin" "$WORK/dump.sql"
    for d in "$kept" "$late" mark2 mark3; do must drop_db staging "$d"; done
    for d in $(shadows staging); do must drop_db staging "$d"; done # the servers are shared with other scenarios
done
done_testing
