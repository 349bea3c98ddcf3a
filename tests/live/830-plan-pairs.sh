#!/bin/bash
# Pairs of schemas that public tools are tested with: the plan from A to B, carried out on A by psql or the
# mysql client, leaves what B is, by its dump, column order aside; and back again. With PAIRS=all, by hand, all of
# them; else a few. PAIRS_KEEP=FOLDER keeps the plan and the difference of each that is not the same.
# slow
. "$(dirname "$0")/../lib/live.sh"
. "$(dirname "$0")/../lib/cases.sh"
. "$(dirname "$0")/../lib/plan.sh"
need_cases
SCENARIO_TIMEOUT=${SCENARIO_TIMEOUT:-3000}

for kind in $(servers all); do
    start "$kind" one
    folder=my
    server_is_pg one && folder=pg
    declare -A count=()
    bad=
    n=0
    for pair in "$CASES/../pairs/$folder"/*${PAIRS_LIKE:-}*; do
        [ -d "$pair" ] || continue
        n=$((n + 1))
        [ -n "${PAIRS:-}" ] || [ $((n % 29)) = 0 ] || continue
        for way in "a b" "b a"; do
            plan_pair one "$pair/${way% *}.sql" "$pair/${way#* }.sql"
            count[$VERDICT]=$((${count[$VERDICT]:-0} + 1))
            case $VERDICT in same | refused) continue ;; esac
            name=${pair##*/}.${way// /-}
            bad="$bad $VERDICT:$name"
            [ -z "${PAIRS_KEEP:-}" ] || {
                mkdir -p "$PAIRS_KEEP"
                { echo "== $VERDICT"; cat "$WORK/plan.sql" "$WORK/plan.err"; [ ! -f "$WORK/plan.diff" ] || cat "$WORK/plan.diff"; } >"$PAIRS_KEEP/$kind.$name"
            }
            rm -f "$WORK/plan.diff"
        done
    done
    isnt "$kind: some pairs were reached" "${count[same]:-0}" 0
    is "$kind: same ${count[same]:-0}, manual ${count[manual]:-0}, differs ${count[differs]:-0}, failed ${count[failed]:-0}, error ${count[error]:-0}, refused by the server ${count[refused]:-0}" "$bad" ""
done
done_testing
