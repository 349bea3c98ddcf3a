#!/bin/bash
# Real projects' schemas, and pairs that public tools are tested with, loaded on the oldest and on the
# newest PostgreSQL: never drift, both ways. What either version refuses is counted. With MAJORS=all, by
# hand, all of them (an hour); else a few.
# slow
. "$(dirname "$0")/../lib/live.sh"
. "$(dirname "$0")/../lib/cases.sh"
need_cases
SCENARIO_TIMEOUT=${SCENARIO_TIMEOUT:-3000}

kinds=$(servers pg | sort -V)
old=$(head -n 1 <<<"$kinds") new=$(tail -n 1 <<<"$kinds")
[ "$old" != "$new" ] || skip_all "one version of PostgreSQL is not enough"
start "$old" elder
start "$new" younger
for s in elder younger; do
    for file in "$CASES"/pg-*/roles.sql; do pg "$s" postgres -v ON_ERROR_STOP=0 -o /dev/null -f "$file" >/dev/null 2>&1; done
done

compared=0 refused=0 unknown=0 drift=
judge() { # judge FILE: a script, on both, into databases of its own
    local s code from to
    for s in elder younger; do
        fresh_db "$s" majors
        if ! load "$s" majors "$1" >/dev/null 2>&1; then refused=$((refused + 1)); return; fi
    done
    for from in elder younger; do
        to=$([ $from = elder ] && echo younger || echo elder)
        dbtwin diff -q "$(url $from majors)" "$(url $to majors)" >"$OUT" 2>"$ERR"
        code=$?
        compared=$((compared + 1))
        case $code in 0) ;; 3) unknown=$((unknown + 1)) ;; *) drift="$drift $from:$1" ;; esac
    done
}
for file in "$CASES"/pg-*/old.sql "$CASES"/pg-*/new.sql "$CASES"/faults-pg/*/prod.sql \
    "$CASES"/../pairs/pg/*/a.sql "$CASES"/../pairs/pg/*/b.sql; do
    [ -n "${MAJORS:-}" ] || [[ $file =~ (openstreetmap|roundcube|rt|powerdns)/new|sqldef.*View.*/a ]] || continue
    [ ! -s "$file" ] || judge "$file"
done
isnt "something was compared" "$compared" 0
is "$compared comparisons, $unknown not sure, $refused scripts refused: none is drift" "$drift" ""
done_testing
