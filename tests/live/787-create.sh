#!/bin/bash
# A database that is not there is made by --create, or where the config says so, and by nothing else:
# preflight says so, and a copy is refused before anything is read.
. "$(dirname "$0")/../lib/live.sh"
CREATE= # the harness says --create for the other scenarios

databases() { # whether the target server has it
    if server_is_pg staging; then
        q staging postgres "SELECT count(*) FROM pg_database WHERE datname LIKE 'mistyped%'"
    else
        q staging '' "SELECT count(*) FROM information_schema.schemata WHERE schema_name LIKE 'mistyped%'"
    fi
}

for kind in $(some_servers); do
    start "$kind" prod staging
    fresh_db prod shop
    must q prod shop "CREATE TABLE t (a int PRIMARY KEY); INSERT INTO t VALUES (1), (2); CREATE TABLE e (a int)"
    fresh_db staging mistyped
    if server_is_pg staging; then must q staging postgres "DROP DATABASE mistyped"; else must q staging '' "DROP DATABASE mistyped"; fi
    s=$(url prod shop) t=$(url staging mistyped)

    expect_exit 4 "$kind: a target that is not there" dbtwin copy "$s" "$t"
    err_has "$kind: is named" "mistyped@localhost: there is no database \"mistyped\" on that server"
    err_has "$kind: with the way out" "--create"
    expect_exit 4 "$kind: preflight says no" dbtwin preflight "$s" "$t"
    out_like "$kind: for that reason" "target +NO +mistyped@localhost: there is no database"
    ok "$kind: a snapshot needs none" dbtwin snapshot --force "$s" -o "$WORK/s"
    err_has "$kind: and counts the tables" ": 2 tables, 2 rows"
    ok "$kind: as check does" dbtwin check "$WORK/s"
    out_has "$kind: the empty one too" ": 2 tables, 2 rows"
    expect_exit 4 "$kind: restore says the same" dbtwin restore "$WORK/s" "$t"
    expect_exit 4 "$kind: and so does its rehearsal" dbtwin check "$WORK/s" --rehearse "$t"
    is "$kind: nothing was made" "$(databases)" 0
    ok "$kind: preflight --create" dbtwin preflight --create "$s" "$t"
    out_has "$kind: says what will be made" "does not exist: the copy creates it"
    is "$kind: which is still to be made" "$(databases)" 0
    ok "$kind: copy --create" dbtwin copy --create "$s" "$t"
    is "$kind: makes it" "$(q staging mistyped "SELECT count(*) FROM t")" 2
    ok "$kind: the next one needs no word" dbtwin copy "$s" "$t"
    printf 'databases:\n  new:\n    url: "%s"\n    create: true\n' "$(url staging mistyped2)" >"$WORK/dbtwin.yaml"
    ok "$kind: create: true in the config" dbtwin copy -c "$WORK/dbtwin.yaml" "$s" new
    is "$kind: is a word too" "$(q staging mistyped2 "SELECT count(*) FROM t")" 2
    if server_is_pg staging; then
        for db in mistyped mistyped2; do must q staging postgres "DROP DATABASE $db"; done
    else
        for db in mistyped mistyped2; do must q staging '' "DROP DATABASE $db"; done
    fi
done
done_testing
