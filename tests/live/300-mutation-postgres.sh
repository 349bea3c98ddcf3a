#!/bin/bash
# One property differs at a time, in every property that is compared, and diff names it, on this
# object, and nothing else: both ways, and without --strict only what counts then.
. "$(dirname "$0")/../lib/live.sh"

fixtures=$TOP/fixtures/drift/postgres
mutation() { python3 "$TOP/tests/lib/mutation.py" "$1" "$fixtures" "${@:2}"; }

results() { # results LABEL VERSION FROM TO [PAIR]: the three checks of a pair of databases
    local mode line from to strict
    for mode in forward reverse plain; do
        from=$3 to=$4 strict=--strict
        case $mode in reverse) from=$4 to=$3 ;; plain) strict='' ;; esac
        dbtwin diff $strict "$from" "$to" --format json >"$WORK/$mode.json" 2>"$WORK/report.err"
        case $? in 0 | 1 | 3) ;; *) fail "$1: diff ($mode${5:+, $5})" "$(cat "$WORK/report.err")"; return ;; esac
    done
    mutation check "$2" "$WORK" ${5:+"$5"} >"$WORK/lines"
    while read -r line; do
        case $line in
            "pass "*) pass "$1: ${line#pass }" ;;
            *) fail "$1: ${line#fail }" ;;
        esac
    done <"$WORK/lines"
    [ -s "$WORK/lines" ] || fail "$1: nothing was checked"
}

for kind in $(servers pg); do
    server_start "$kind" one --own -- -c max_locks_per_transaction=1024 || bail "$kind did not start"
    must load one postgres "$fixtures/cluster.sql"
    version=$(q one postgres "SHOW server_version_num")
    for side in prod staging; do
        fresh_db one "$side"
        must load one "$side" "$fixtures/setup.sql"
        mutation script "$version" "$side" >"$WORK/$side.sql"
        must load one "$side" "$WORK/$side.sql"
    done
    results "$kind" "$version" "$(url one prod)" "$(url one staging)"

    mutation list "$version" >"$WORK/alone"
    isnt "$kind: some pairs have databases of their own" "$(wc -l <"$WORK/alone")" 0
    n=0
    while IFS='|' read -r name prod staging; do
        n=$((n + 1))
        for side in prod staging; do
            must q one postgres "CREATE DATABASE ${side}_$n TEMPLATE template0 ${!side}"
            cat "$fixtures/setup.sql" "$fixtures/$name/$side.sql" >"$WORK/$side.sql"
            must load one "${side}_$n" "$WORK/$side.sql"
        done
        results "$kind" "$version" "$(url one "prod_$n")" "$(url one "staging_$n")" "$name"
    done <"$WORK/alone"
    server_stop one
done
done_testing
