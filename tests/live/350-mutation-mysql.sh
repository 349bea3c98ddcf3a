#!/bin/bash
# One property differs at a time, in every property that is compared, and diff names it, on this
# object, and nothing else: both ways, and without --strict only what counts then.
. "$(dirname "$0")/../lib/live.sh"
. "$(dirname "$0")/../lib/mutation.sh"

fixtures=$TOP/fixtures/drift/mysql

libraries() { # libraries KIND: a folder for the servers' --plugin-dir, with functions to load
    local base=
    mkdir "$WORK/$1"
    for name in added result aggregate library; do
        printf 'char user_function_%s_init(void *i, void *a, char *m) { return 0; }
            long long user_function_%s(void *i, void *a, char *n, char *e) { return 1; }
            void user_function_%s_clear(void *i, char *n, char *e) {}
            void user_function_%s_add(void *i, void *a, char *n, char *e) {}\n' \
            "$name" "$name" "$name" "$name"
    done >"$WORK/functions.c"
    must cc -w -shared -fPIC -o "$WORK/$1/dbtwin_one.so" "$WORK/functions.c"
    cp "$WORK/$1/dbtwin_one.so" "$WORK/$1/dbtwin_two.so"
    base=$(server_my_base "$1")
    case $1 in mysql*) must cp "$base"/lib/mysql/plugin/{mysql_no_login,component_query_attributes,component_validate_password}.so "$WORK/$1" ;; esac
    chmod -R go+rX "$WORK" # for the servers' user
}

for kind in $(servers my); do
    server_start "$kind" one --own || bail "$kind did not start"
    version=$(flavor)
    for side in prod staging; do
        must q one '' "CREATE DATABASE $side CHARACTER SET utf8mb4"
        mutation script "$version" "$side" | at_place >"$WORK/$side.sql"
        must load one "$side" "$WORK/$side.sql"
    done
    results "$kind" "$version" "$(url one prod)" "$(url one staging)"

    mutation list "$version" >"$WORK/alone"
    isnt "$kind: some pairs have databases of their own" "$(wc -l <"$WORK/alone")" 0
    n=0
    while IFS='|' read -r name prod staging; do
        n=$((n + 1))
        for side in prod staging; do
            must q one '' "CREATE DATABASE ${side}_$n ${!side}"
            at_place <"$fixtures/$name/$side.sql" >"$WORK/$side.sql"
            must load one "${side}_$n" "$WORK/$side.sql"
        done
        results "$kind" "$version" "$(url one "prod_$n")" "$(url one "staging_$n")" "$name"
    done <"$WORK/alone"
    server_stop one

    libraries "$kind"
    for side in prod staging; do
        server_start "$kind" "$side" --own -- --plugin-dir="$WORK/$kind" || bail "$kind did not start"
        must q "$side" '' "CREATE DATABASE servers CHARACTER SET utf8mb4"
        mutation script "$version" "$side" servers >"$WORK/$side.sql"
        must load "$side" servers "$WORK/$side.sql"
    done
    results "$kind" "$version" "$(url prod servers)" "$(url staging servers)" servers
    server_stop prod
    server_stop staging
done
done_testing
