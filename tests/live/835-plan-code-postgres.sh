#!/bin/bash
# The plan changes types, code and rights of a PostgreSQL database into another's, both ways: afterwards pg_dump
# shows no difference, nothing is manual, and the rows are there as they were (labels, collations and operator
# classes go, with columns, heirs, foreign keys, partitions, indexes, views and functions that have them).
. "$(dirname "$0")/../lib/live.sh"
. "$(dirname "$0")/../lib/plan.sh"

fixtures=$TOP/fixtures/plan/postgres

# rows DB: the rows of each table that both sides have, without columns that only one of them has.
rows() {
    q one "$1" "SELECT string_agg(x::text, E'\n' ORDER BY id) FROM (SELECT id, m, ms, d, b, w, a FROM s.t) x"
}

# fitting FILE: without what only newer servers have.
fitting() {
    if [ "$version" -ge 150000 ]; then
        cat "$1"
    else
        sed 's/WITH (security_invoker = true) //; s/TABLE s.t (id, a) WHERE (id > 1)/TABLE s.t/' "$1" |
            if [ "$version" -ge 140000 ]; then cat; else sed '/BEGIN ATOMIC/d'; fi
    fi
}

reach() { # reach FROM TO
    plan_reach one
    is "$kind: $pair, from $1 to $2" "$VERDICT" same
    [ "$VERDICT" = same ] || tap_say "$(cat "$WORK/plan.err" "$WORK/plan.diff" 2>/dev/null | grep '^[-+]\|ERROR\|rror\|manual' | head -40)"
}

for kind in $(servers pg); do
    start "$kind" one
    version=$(q one postgres "SHOW server_version_num")
    for role in plan_reader plan_writer plan_admin; do
        q one postgres "CREATE ROLE $role" >/dev/null 2>&1
    done
    for pair in types code rights collation inherited; do
        for way in "a b" "b a"; do
            from=${way#* } to=${way% *}
            for side in a b; do
                fresh_db one "$side"
                script=$from
                [ $side = b ] || script=$to
                fitting "$fixtures/$pair.$script.sql" >"$WORK/$side.sql"
                must load one "$side" "$WORK/$side.sql"
            done
            [ $pair != types ] || rows a >"$WORK/rows.before"
            reach "$from" "$to"
            [ $pair != types ] || { rows a >"$WORK/rows.after"; is "$kind: its rows" "$(cat "$WORK/rows.after")" "$(cat "$WORK/rows.before")"; }
        done
    done
done
done_testing
