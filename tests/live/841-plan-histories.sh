#!/bin/bash
# Years of public projects' schemas: the plan from the new version to the old one's database, and back, and to one that the
# project's own upgrade made, leaves what the other is, by its dump. Where the rows do not fit, which the plan says, it is tried without them. By hand, with
# HISTORIES=all, the large ones too: minutes.
# slow
. "$(dirname "$0")/../lib/live.sh"
. "$(dirname "$0")/../lib/cases.sh"
. "$(dirname "$0")/../lib/plan.sh"
need_cases
SCENARIO_TIMEOUT=${SCENARIO_TIMEOUT:-3000}

for kind in $(servers all); do
    start "$kind" one
    engine=my
    server_is_pg one && engine=pg
    for case in "$CASES/$engine"-*"${CASES_LIKE:-}"*; do
        name=${case##*/}
        [ -f "$case/old.sql" ] || continue
        if [ "${HISTORIES:-}" != all ] && [ "$(stat -Lc %s "$case/old.sql")" -gt 60000 ]; then
            skip "$kind $name" "large: HISTORIES=all"
            continue
        fi
        for way in "old new" "new old" "upgrade new"; do
            [ -f "$case/${way% *}.sql" ] || continue
            from=("$name/${way% *}.sql")
            [ "${way% *}" != upgrade ] || from=("$name/old.sql" "${from[@]}")
            case_load one a "${from[@]}" || continue
            case_load one b "$name/${way#* }.sql" || continue
            plan_reach one
            if [ "$VERDICT" = failed ] && grep -q '^-- hazard rows' "$WORK/plan.sql"; then
                case_load one a "${from[@]}"
                plan_empty one a
                plan_reach one
            fi
            is "$kind $name, ${way/ / to }" "$VERDICT" same
            [ -z "${PAIRS_KEEP:-}" ] || [ "$VERDICT" = same ] || {
                mkdir -p "$PAIRS_KEEP"
                cat "$WORK/plan.sql" "$WORK/plan.err" "$WORK/plan.diff" >"$PAIRS_KEEP/$kind.$name.${way/ /-}" 2>/dev/null
            }
        done
    done
done
done_testing
