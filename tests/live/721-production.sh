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

    # an environment that gives production another URL does not give up the former one
    config "$(url live live)"
    printf 'environments: {ci: {databases: {prod: {url: "%s"}}}}\n' "$(url live other)" >>"$WORK/dbtwin.yaml"
    expect_exit 4 "$kind: production, and an environment that replaces it" \
        dbtwin copy "$(url staging live)" "$(url_tcp live live)" -c "$WORK/dbtwin.yaml" --env ci --replace live

    # a first config: which one is production is seen by the mark of the copy
    ok "$kind: config init" dbtwin config init "$WORK/new.yaml" --prod "$from" --staging "$to"
    is "$kind: config init: nobody else reads it" "$(stat -c %a "$WORK/new.yaml")" 600
    ok "$kind: config check --connect" dbtwin config check "$WORK/new.yaml" --connect
    out_like "$kind: config check --connect: the server" '^staging: .*[0-9]+\.[0-9]+.*, database live as .*, filled by dbtwin'
    out_has "$kind: config init: production" "production: only read, never a target"
    expect_exit 4 "$kind: config init: exchanged" dbtwin config init "$WORK/x.yaml" --prod "$to" --staging "$from"
    expect_exit 4 "$kind: config init: one database" dbtwin config init "$WORK/x.yaml" --prod "$(url live live)" --staging "$(url_tcp live live)"
    is "$kind: config init: nothing was written" "$(ls "$WORK/x.yaml" 2>/dev/null)" ""
    rm "$WORK/new.yaml"
    if server_is_pg live; then # asked in the other order, with a password
        printf '%s\t%s\n' "URL of one" "$to" "URL of the other" "postgresql://postgres:pa%3Ass@127.0.0.1:$port/other" \
            "Which one" "" "~/.pgpass" y >"$WORK/talk"
        ok "$kind: config init asks" python3 "$TOP/tests/lib/dialogue.py" "$WORK/talk" "$DBTWIN" config init -c "$WORK/new.yaml"
        out_has "$kind: config init asks: which looks like production" "the second looks like production, the other one does not: dbtwin filled it"
        is "$kind: config init asks: the file" "$(grep -v '^#' "$WORK/new.yaml" | tr -s ' \n' ' ')" \
            "databases: prod: url: \"postgresql://postgres@127.0.0.1:$port/other\" role: production # only read, never a target staging: url: \"$to\" role: staging "
        is "$kind: config init asks: ~/.pgpass" "$(cat "$HOME/.pgpass") $(stat -c %a "$HOME/.pgpass")" "127.0.0.1:$port:other:postgres:pa\\:ss 600"
        rm "$WORK/new.yaml" "$HOME/.pgpass"
    fi

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
