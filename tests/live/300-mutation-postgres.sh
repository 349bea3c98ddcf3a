#!/bin/bash
# One property differs at a time, in every property that is compared, and diff names it, on this
# object, and nothing else: both ways, and without --strict only what counts then.
. "$(dirname "$0")/../lib/live.sh"
. "$(dirname "$0")/../lib/mutation.sh"

fixtures=$TOP/fixtures/drift/postgres

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
