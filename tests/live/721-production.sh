#!/bin/bash
# What the config calls production is no target under any other name: another address, account or
# entry of the same database. One that cannot be asked does not stop the night, and a warning names it.
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/live/copies.sh"

config() { # URL-OF-PRODUCTION [LINE...]
    printf 'databases:\n  prod:\n    url: %s\n    role: production\n' "$1" >"$WORK/dbtwin.yaml"
    shift
    [ $# = 0 ] || printf '%s\n' "$@" >>"$WORK/dbtwin.yaml"
    chmod 600 "$WORK/dbtwin.yaml"
}
refused() { # NAME TARGET
    for verb in "copy $from" "restore $WORK/s.dbtwin" rollback "preflight $from"; do
        # shellcheck disable=SC2086
        expect_exit 4 "$1: ${verb%% *}" timeout 60 "$DBTWIN" $verb "$2" -c "$WORK/dbtwin.yaml"
        case $verb in
            preflight*) out_has "$1: preflight: names it" "the config calls prod, with role: production" ;;
            *) err_has "$1: ${verb%% *}: names it" "the config calls prod, with role: production" ;;
        esac
    done
    expect_exit 4 "$1: not with --replace" dbtwin copy "$from" "$2" -c "$WORK/dbtwin.yaml" --replace live
}
goes() { # NAME TEXT: a copy into staging goes on, and a line says what was not asked
    ok "$1" dbtwin copy "$from" "$to" -c "$WORK/dbtwin.yaml"
    err_has "$1: is told" "$2"
}

for kind in $(some_servers); do
    server_start "$kind" live --tcp || bail "$kind did not start"
    start "$kind" staging
    for d in live other; do
        fresh_db live $d
        must q live $d "CREATE TABLE t (a int PRIMARY KEY)"
        must q live $d "INSERT INTO t VALUES (7)"
    done
    fresh_db staging live
    from=$(url live other) to=$(url staging live) port=$(cat "$(server_dir live)/port")
    must dbtwin snapshot -q "$from" -o "$WORK/s.dbtwin" --force
    before=$(sum_of live live)

    config "$(url live live)"
    refused "$kind: production by TCP" "$(url_tcp live live)"
    config "$(url_tcp live live)"
    refused "$kind: production by its socket" "$(url live live)"
    if server_is_pg live; then
        must q live live "CREATE ROLE mate SUPERUSER LOGIN"
        refused "$kind: as another role" "$(url live live mate)"
        must q live live "DROP ROLE mate"
        printf '[alias]\nhost=%s\nuser=postgres\ndbname=live\nport=%s\n' "$(server_dir live)" "$port" >"$WORK/service"
        export PGSERVICEFILE=$WORK/service
        refused "$kind: by a service" "postgresql://?service=alias"
        unset PGSERVICEFILE
        refused "$kind: by another name of the host" "$(url_tcp live live | sed 's/127\.0\.0\.1/localhost/')"
    else
        refused "$kind: by another scheme and case" "$(url live live | sed 's/^mysql:/mariadb:/')"
        config "$(url live '' | sed 's|/?|?|')"
        refused "$kind: a production that is a whole server" "$(url_tcp live live)"
    fi
    config "$(url_tcp live live)" "  twin:" "    url: $(url live live)" "    role: staging"
    refused "$kind: another entry, that says staging" twin
    is "$kind: nothing happened to it" "$(sum_of live live)" "$before"

    # its own database is another one, with the same name, on another server
    config "$(url_tcp live live)"
    ok "$kind: staging is not refused" dbtwin copy "$from" "$to" -c "$WORK/dbtwin.yaml"
    err_lacks "$kind: staging: all was asked" "could not be asked"
    ok "$kind: from production itself" dbtwin copy prod "$to" -c "$WORK/dbtwin.yaml"
    ok "$kind: back to the other" dbtwin restore "$WORK/s.dbtwin" "$to" -c "$WORK/dbtwin.yaml"

    # one that does not answer
    scheme=mysql
    ! server_is_pg live || scheme=postgresql
    config "$scheme://nobody@127.0.0.1:1/live"
    goes "$kind: production is down" "prod, which has role: production, could not be asked"
    config "$scheme://nobody@127.0.0.1:1/live" "    passwordcmd: exit 3"
    goes "$kind: its passwordcmd fails" "the passwordcmd of prod failed"
    mute=$(server_free_port)
    python3 -c "import socket, time
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(('127.0.0.1', $mute)); s.listen(8); print('up', flush=True); time.sleep(100)" >"$WORK/up" &
    listener=$!
    at_exit kill "$listener"
    until_true 10 test -s "$WORK/up" || fail "a listener"
    config "$scheme://nobody@127.0.0.1:$mute/live" $'  p2:\n    role: production' "    url: $scheme://nobody@127.0.0.1:$mute/live2"
    SECONDS=0
    goes "$kind: two that say nothing" "p2, which has role: production, could not be asked"
    [ "$SECONDS" -lt 20 ] && pass "$kind: are given up soon" || fail "$kind: are given up soon" "$SECONDS s"
    kill "$listener" && wait "$listener" 2>/dev/null

    # one whose account is not let in: the place decides
    if server_is_pg live; then
        config "postgresql://nobody@127.0.0.1:$port/live"
    else
        config "mysql://nobody:wrong@127.0.0.1:$port/live"
    fi
    expect_exit 4 "$kind: one that may not be asked, at the same place" \
        dbtwin copy "$from" "$(url_tcp live live)" -c "$WORK/dbtwin.yaml"
    err_has "$kind: one that may not be asked, at the same place: says why" "cannot be asked"
    goes "$kind: one that may not be asked, elsewhere" "could not be asked"
    is "$kind: nothing happened to production" "$(sum_of live live)" "$before"
    rm "$WORK/s.dbtwin" "$WORK/dbtwin.yaml"
    server_stop live
done
done_testing
