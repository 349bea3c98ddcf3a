#!/bin/bash
# Every pair of fixtures/drift/mysql, in both directions: dbtwin plan makes of one side the other, each
# statement of it runs, the dumps are equal afterwards but for what the plan calls manual, a second plan has
# nothing to do, and a table that had rows has them still, unless the plan said that data is lost.
# By hand, MUTATION_PAIRS=all takes the pairs one by one, each in databases of its own; PAIRS_KEEP=FOLDER
# keeps the plan and the difference of each.
. "$(dirname "$0")/../lib/live.sh"
. "$(dirname "$0")/../lib/mutation.sh"
. "$(dirname "$0")/../lib/plan.sh"

fixtures=$TOP/fixtures/drift/mysql
SCENARIO_TIMEOUT=${SCENARIO_TIMEOUT:-3000}

# The dump with the order of columns, without what is no difference to the server or its own: the order of
# keys, the databases' names, positions, RESTRICT and NO ACTION, which are one, and how an option is spelt.
strict_dump() {
    dump "$1" "$2" --no-data --routines --events --triggers |
        sed -E -e 's/ USING BTREE//' -e '/^DO SETVAL/d' -e 's/`(prod|staging)`\.//g' \
            -e 's/ ON (DELETE|UPDATE) (RESTRICT|NO ACTION)//g' -e 's/`PAGE_(COMPRESS[A-Z_]*)`/`page_\L\1`/g' |
        LC_ALL=C awk '
            /^CREATE TABLE / { print; fflush(); on = 1; next }
            on && /^[)]/ { close("LC_ALL=C sort"); on = 0 }
            on && !/^  `/ { sub(/,$/, ""); print | "LC_ALL=C sort"; next }
            on { sub(/,$/, ""); print; fflush(); next }
            { print }' | but_manual
}

# Without the tables that the plan leaves to a person.
but_manual() {
    sed -n 's/^-- manual: [a-z_]* \([^.: ]*\).*/\1/p' "$WORK/plan.sql" >"$WORK/manual"
    LC_ALL=C awk -v names="$WORK/manual" '
        BEGIN { while ((getline name <names) > 0) left["`" name "`"] = 1 }
        /^CREATE TABLE / && ($3 in left) { skip = 1 }
        !skip { print }
        /^[)].*;$/ || (skip && /;$/) { skip = 0 }'
}

keep() { # keep NAME WHAT
    [ -n "${PAIRS_KEEP:-}" ] || return 0
    mkdir -p "$PAIRS_KEEP"
    { echo "== $2"; cat "$WORK/plan.sql" "$WORK/plan.err"; [ ! -f "$WORK/plan.diff" ] || cat "$WORK/plan.diff"; } >"$PAIRS_KEEP/$1"
}

# carry_out FROM TO: errors are in $WORK/plan.err
carry_out() {
    dbtwin plan --strict "$(url one "$1")" "$(url one "$2")" >"$WORK/plan.sql" 2>"$WORK/plan.err"
    case $? in 0 | 3) ;; *) return 0 ;; esac
    my one "$2" -f <"$WORK/plan.sql" >"$WORK/plan.err" 2>&1
}

# Rows of zeros and nulls do not fit everywhere: then the plan has said so, and without them it runs.
without_rows() {
    [ -s "$WORK/plan.err" ] && grep -q '^-- hazard rows' "$WORK/plan.sql" || return 0
    plan_empty one "$2"
    carry_out "$@"
}

# Tables that have fewer or more rows than before, but for those of which a step said that data is lost.
lost_rows() {
    local table n
    awk '/^-- hazard data/ { on = 1; next } on && !/^--/ { print; on = 0 }' "$WORK/plan.sql" >"$WORK/said"
    while read -r table n; do
        grep -q "^$table $n\$" "$WORK/rows.after" || grep -q "\`$table\`" "$WORK/said" || echo "$table had $n rows; "
    done <"$WORK/rows.before"
}

# way LABEL FROM TO: TO becomes FROM; databases prod and staging of server one
way() {
    local what=
    rm -f "$WORK/plan.diff"
    plan_seed one "$3"
    plan_rows one "$3" >"$WORK/rows.before"
    carry_out "$2" "$3"
    plan_rows one "$3" >"$WORK/rows.after"
    what=$(lost_rows)
    case $1 in *"one database"*) [ "$(grep -vc ' 0$' "$WORK/rows.before")" -gt 100 ] || what="${what:+$what; }few tables had rows" ;; esac
    without_rows "$2" "$3"
    [ ! -s "$WORK/plan.err" ] || what="${what:+$what; }statements failed: $(head -3 "$WORK/plan.err")"
    strict_dump one "$2" >"$WORK/dump.from"
    strict_dump one "$3" >"$WORK/dump.to"
    diff -u "$WORK/dump.from" "$WORK/dump.to" >"$WORK/plan.diff" ||
        what="${what:+$what; }dumps differ: $(grep -c '^[-+]' "$WORK/plan.diff") lines"
    dbtwin plan --strict "$(url one "$2")" "$(url one "$3")" >"$WORK/plan.again" 2>&1
    grep -vE '^(--|$)' "$WORK/plan.again" >"$WORK/again" && what="${what:+$what; }a second plan has steps: $(head -3 "$WORK/again")"
    if [ -z "$what" ]; then pass "$1"; else fail "$1" "$what"; keep "${1// /}" "$what"; fi
}

make() { # make DB OPTIONS SCRIPT
    my one '' -e "DROP DATABASE IF EXISTS $1; CREATE DATABASE $1 ${2:-CHARACTER SET utf8mb4}"
    must load one "$1" "$3"
}

both() { # both LABEL PROD-OPTIONS STAGING-OPTIONS: of the scripts prod.sql and staging.sql in $WORK
    local db
    for db in staging prod; do
        make prod "$2" "$WORK/prod.sql"
        make staging "$3" "$WORK/staging.sql"
        if [ $db = staging ]; then way "$1: to production" prod staging; else way "$1: and back" staging prod; fi
    done
}

for kind in $(servers my); do
    server_start "$kind" one --own || bail "$kind did not start"
    version=$(flavor)
    if [ -n "${MUTATION_PAIRS:-}" ]; then
        for pair in "$fixtures"/*; do
            [ -d "$pair" ] || continue
            name=${pair##*/}
            case $name in *${MUTATION_LIKE:-}*) ;; *) continue ;; esac
            mutation one "$version" "$name" >"$WORK/options" || continue
            for side in prod staging; do at_place <"$pair/$side.sql" >"$WORK/$side.sql"; done
            both "$kind $name" "$(sed -n 1p "$WORK/options")" "$(sed -n 2p "$WORK/options")"
        done
    else
        for side in prod staging; do mutation script "$version" "$side" | at_place >"$WORK/$side.sql"; done
        both "$kind: all pairs in one database" "" ""
    fi
    server_stop one
done
done_testing
