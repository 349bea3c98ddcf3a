# shellcheck shell=bash
# mutation.sh: what the scenarios of fixtures/drift share. Sourced after live.sh; `fixtures` is the
# folder of the engine's pairs.

mutation() { python3 "$TOP/tests/lib/mutation.py" "$1" "$fixtures" "${@:2}"; }

results() { # results LABEL VERSION FROM TO [PAIR]: the three checks of a pair of databases
    local mode line from to strict
    for mode in forward reverse plain; do
        from=$3 to=$4 strict=--strict
        case $mode in reverse) from=$4 to=$3 ;; plain) strict='' ;; esac
        dbtwin diff --scope server $strict "$from" "$to" --format json >"$WORK/$mode.json" 2>"$WORK/report.err"
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

flavor() { # "mysql:90704" of "9.7.4", "mariadb:101119" of "10.11.19-MariaDB"
    q one '' "SELECT CONCAT(IF(VERSION() LIKE '%MariaDB%', 'mariadb:', 'mysql:'),
        SUBSTRING_INDEX(VERSION(), '.', 1) * 10000
        + SUBSTRING_INDEX(SUBSTRING_INDEX(VERSION(), '.', 2), '.', -1) * 100
        + SUBSTRING_INDEX(SUBSTRING_INDEX(SUBSTRING_INDEX(VERSION(), '-', 1), '.', 3), '.', -1))"
}

at_place() { sed "s|@dir@|$(server_dir one)|"; } # a folder that the server may write to
