#!/bin/bash
# What a copy says and what it does not: codes, refusals by name, --without, --quiet, plain lines
# where there is no terminal, and never a password.
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/live/copies.sh"

# The mark too
whole() {
    if server_is_pg "$1"; then
        q "$1" "$2" "SELECT * FROM dbtwin.mark"
    else
        q "$1" "$2" "SELECT * FROM dbtwin_mark"
    fi
}

for kind in $(some_servers); do
    server_start "$kind" prod --tcp && server_start "$kind" staging --tcp || bail "$kind did not start"
    fresh_db prod talk
    fresh_db staging talk
    folder=mysql
    ! server_is_pg prod || folder=postgres
    must load prod talk "$TOP/fixtures/demo/$folder/prod.sql"
    from=$(url prod talk) to=$(url staging talk)
    ok "$kind: --quiet" dbtwin copy "$from" "$to" --quiet
    out_empty "$kind: nothing on stdout"
    err_empty "$kind: nor on stderr"
    for closed in '2>&-' '>&-' '<&-' '<&- >&- 2>&-'; do # what a connection would be opened as
        ok "$kind: $closed" bash -c "'$DBTWIN' copy -v '$from' '$to' $closed"
        ok "$kind: snapshot $closed" bash -c "'$DBTWIN' snapshot -v --force '$from' -o '$WORK/closed' $closed"
        ok "$kind: which is one" dbtwin check "$WORK/closed"
    done
    expect_exit 2 "$kind: status >&-" bash -c "'$DBTWIN' status '$to' >&-"
    err_has "$kind: says that it could not" "cannot write standard output"
    ok "$kind: by itself" dbtwin copy "$from" "$to"
    out_empty "$kind: nothing on stdout, which is for data"
    err_like "$kind: how much was copied" "[0-9]+ tables, [0-9,]+ rows"
    is "$kind: no control characters where there is no terminal" "$(tr -d '\n' <"$ERR" | grep -c '[[:cntrl:]]')" 0
    for j in 1 4; do ok "$kind: -j $j" dbtwin copy "$from" "$to" -q -j $j; done
    is "$kind: and it is the twin" "$(sum_of staging talk)" "$(sum_of prod talk)"

    # left out by name
    ok "$kind: --without trigger" dbtwin copy "$from" "$to" --without trigger
    err_has "$kind: says what is left out" "left out: trigger"
    isnt "$kind: production has some" "$(q prod talk "SELECT count(*) FROM information_schema.triggers WHERE trigger_schema NOT IN ('sys', 'mysql')")" 0
    is "$kind: they are not there" "$(q staging talk "SELECT count(*) FROM information_schema.triggers WHERE trigger_schema NOT IN ('sys', 'mysql')")" 0
    before=$(sum_of staging talk)
    expect_exit 2 "$kind: --without what does not exist" dbtwin copy "$from" "$to" --without unicorn
    err_has "$kind: names it" unicorn
    expect_exit 2 "$kind: -j 0" dbtwin copy "$from" "$to" -j 0
    expect_exit 2 "$kind: one argument" dbtwin copy "$from"
    expect_exit 2 "$kind: a file as source" dbtwin copy "$TOP/README.md" "$to"
    expect_exit 2 "$kind: a database that is not there" dbtwin copy "$(url prod nosuch)" "$to"
    err_has "$kind: names it" nosuch
    fresh_db prod nothing
    expect_exit 2 "$kind: an empty source" dbtwin copy "$(url prod nothing)" "$to"
    err_has "$kind: says so" "nothing to copy"
    expect_exit 2 "$kind: a snapshot of nothing" dbtwin snapshot "$(url prod nothing)" -o "$WORK/nothing"
    is "$kind: makes no file" "$(ls "$WORK" | grep -c nothing)" 0
    untouched "$kind: all of that" staging talk "$before"

    # passwords: in the URL, in the environment of messages, in the process list
    if server_is_pg prod; then
        q prod postgres "DROP ROLE IF EXISTS talker; CREATE ROLE talker SUPERUSER LOGIN PASSWORD 'sEcr3t'" >/dev/null 2>&1
        secret=$(url_tcp prod talk talker:sEcr3t)
        wrong=$(url_tcp prod nosuch talker:sEcr3t)
    else
        q prod '' "DROP USER IF EXISTS talker@'%'; CREATE USER talker@'%' IDENTIFIED BY 'sEcr3t'; GRANT ALL ON *.* TO talker@'%'"
        secret=$(url_tcp prod talk talker:sEcr3t)
        wrong=$(url_tcp prod nosuch talker:sEcr3tX)
    fi
    ok "$kind: a password in the URL" dbtwin copy "$secret" "$to" -v
    err_lacks "$kind: is not told" sEcr3t
    is "$kind: nor kept in the mark" "$(whole staging talk | grep -c sEcr3t)" 0
    ok "$kind: inspect" dbtwin inspect "$secret" --format xml
    out_lacks "$kind: nor in a model" sEcr3t
    ok "$kind: a snapshot" dbtwin snapshot "$secret" -o "$WORK/snap" --force
    is "$kind: nor in a snapshot" "$(tar -xOf "$WORK/snap" dbtwin.json manifest.json | grep -c sEcr3t)" 0
    is "$kind: nor in its model" "$(tar -xOf "$WORK/snap" model.xml.gz | gunzip | grep -c sEcr3t)" 0
    ok "$kind: verify" dbtwin verify "$secret" "$to"
    out_lacks "$kind: nor by verify" sEcr3t
    ok "$kind: diff" dbtwin diff "$secret" "$to" --format json -o "$WORK/d.junit.xml" -o "$WORK/d.xml"
    out_lacks "$kind: nor by diff" sEcr3t
    is "$kind: nor in its files" "$(cat "$WORK"/d.*xml | grep -c sEcr3t)" 0
    expect_exit 2 "$kind: a failed connection" dbtwin copy "$wrong" "$to"
    err_lacks "$kind: does not tell it either" sEcr3t
    printf 'databases:\n  p:\n    url: %s\n' "$secret" >"$WORK/dbtwin.yaml"
    chmod 600 "$WORK/dbtwin.yaml"
    timeout 60 "$DBTWIN" copy --create -c "$WORK/dbtwin.yaml" p "$to" >"$OUT" 2>"$ERR" </dev/null &
    run=$!
    seen=0
    while kill -0 $run 2>/dev/null; do
        tr '\0' ' ' <"/proc/$run/cmdline" 2>/dev/null | grep -q sEcr3t && seen=1
        sleep 0.02
    done
    wait $run
    is "$kind: from a config, the process list never shows it" "$? $seen" "0 0"
    "$DBTWIN" copy --create "$secret" "$to" >"$OUT" 2>"$ERR" </dev/null &
    run=$!
    sleep 0.15
    ps -o args= -p $run >"$WORK/ps" 2>/dev/null || tr '\0' ' ' <"/proc/$run/cmdline" >"$WORK/ps"
    wait $run
    is "$kind: nor, soon, an argument" "$(grep -c sEcr3t "$WORK/ps")" 0
done
done_testing
