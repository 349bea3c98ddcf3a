#!/bin/bash
# dbtwin killed hard at any point: the target is old or new, whole, and the next run cleans up.
# DBTWIN_KILLS=60 tries as many points in time (12 by itself, 6 of the sanitizer build).
# slow
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/live/copies.sh"

usual=12
case ${DBTWIN_BUILD:-} in *asan*) usual=6 ;; esac # four times as slow
for kind in $(one_of_each); do
    start "$kind" prod staging
    fresh_db prod ends
    fresh_db prod old
    fresh_db staging ends
    ends_begin
    n=${DBTWIN_KILLS:-$usual} bad=0 early=0 t0=$(date +%s%N)
    dbtwin copy "$from" "$to" >/dev/null 2>&1 || fail "$kind: a whole copy"
    span=$((($(date +%s%N) - t0) / 1000000))
    back
    for ((i = 1; i <= n; i++)); do
        begin
        sleep "$(awk "BEGIN { print $span * $i / ($n + 1) / 1000 }")"
        kill -KILL $run 2>/dev/null
        code=0
        wait $run 2>/dev/null || code=$?
        [ "$code" = 0 ] || early=$((early + 1))
        # on MySQL triggers and views follow right after the tables, finished by the next run
        if server_is_pg prod; then got=$(sum_of staging ends); else got=$(tables_of staging ends); fi
        if server_is_pg prod; then o=$old m=$new; else o=$(tables_of prod old) m=$(tables_of prod ends); fi
        case $got in
            "$o" | "$m") ;;
            *) bad=$((bad + 1)); tap_say "neither old nor new after kill $i of $n" ;;
        esac
        if ! dbtwin copy "$(url prod old)" "$to" >"$OUT" 2>"$ERR"; then
            bad=$((bad + 1)); tap_say "the next run after kill $i of $n: $(cat "$ERR")"
        fi
        [ "$(sum_of staging ends)" = "$old" ] || { bad=$((bad + 1)); tap_say "not the old state after kill $i"; }
        [ -z "$(shadows staging)" ] || { bad=$((bad + 1)); tap_say "left after kill $i: $(shadows staging)"; }
    done
    is "$kind: $n kills: always old or new, and the next run cleans up" "$bad" 0
    isnt "$kind: and they came in time" "$early" 0
done
done_testing
