#!/bin/bash
# What a copy replaced is kept when asked for, older states are dropped, and rollback swaps the
# newest back as a whole, settings and rights of the database included. PostgreSQL.
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/live/copies.sh"

previous() {
    q staging postgres "SELECT datname FROM pg_database
        WHERE datname ~ '^back__dbtwin_[0-9]{8}T[0-9]{6}\$' ORDER BY 1"
}
version() { q staging back "SELECT b FROM t WHERE a = 1"; }
publish() { # VERSION OPTION...: a copy of another state
    must q prod back "UPDATE t SET b = '$1' WHERE a = 1"
    shift
    must dbtwin copy -q "$from" "$to" "$@"
    sleep 1 # kept states are named by the second
}

for kind in $(servers pg | head -n 1); do
    start "$kind" prod staging
    fresh_db prod back
    fresh_db staging back
    for d in $(previous); do must q staging postgres "DROP DATABASE \"$d\""; done
    must q prod back "CREATE TABLE t (a int PRIMARY KEY, b text)"
    must q prod back "INSERT INTO t VALUES (1, 'v0')"
    from=$(url prod back) to=$(url staging back)

    expect_exit 4 "$kind: what dbtwin did not fill" dbtwin rollback "$to"
    publish v1
    is "$kind: nothing is kept unasked" "$(previous)" ''
    expect_exit 4 "$kind: so there is no way back" dbtwin rollback "$to"
    err_has "$kind: a hint says how" "--keep-previous"
    must q staging postgres "ALTER DATABASE back SET work_mem = '7MB'"
    must q staging back "UPDATE t SET b = 'v1 and more' WHERE a = 1"
    old=$(sum_of staging back)
    publish v2 --keep-previous 2
    is "$kind: one is kept" "$(previous | wc -l)" 1
    publish v3 --keep-previous 2
    publish v4 --keep-previous 2
    is "$kind: two are kept" "$(previous | wc -l)" 2
    is "$kind: the newer two" "$(q staging "$(previous | head -n 1)" "SELECT b FROM t")" v2
    publish v5 --keep-previous 2
    before=$(previous)

    ok "$kind: rollback" dbtwin rollback "$to"
    is "$kind: brings back what was there before" "$(version)" v4
    is "$kind: and keeps as many" "$(previous | wc -l)" 2
    is "$kind: the setting of the database stays" "$(q staging back 'SHOW work_mem')" 7MB
    ok "$kind: status" dbtwin status "$to"
    out_has "$kind: knows of it" "rolled back"
    ok "$kind: once more" dbtwin rollback -q "$to"
    err_empty "$kind: quietly"
    is "$kind: is the way forth" "$(version)" v5
    isnt "$kind: under other names" "$(previous)" "$before"
    is "$kind: no shadow is left" "$(shadows staging | grep -cE '_(shadow|old)$')" 0

    # as a copy: production is refused, a second run too, and a reader sees one state or the other
    printf 'databases:\n  s:\n    url: %s\n    role: production\n' "$to" >"$WORK/dbtwin.yaml"
    expect_exit 4 "$kind: production by config" dbtwin rollback s -c "$WORK/dbtwin.yaml"
    must q staging back "UPDATE dbtwin.mark SET value = 'production' WHERE key = 'role'"
    expect_exit 4 "$kind: production by mark" dbtwin rollback "$to"
    is "$kind: nothing happened" "$(version)" v5
    must q staging back "UPDATE dbtwin.mark SET value = 'copy' WHERE key = 'role'"
    publish v6
    is "$kind: without the option the kept ones stay" "$(previous | wc -l)" 2

    # back to the very bytes
    fresh_db staging back
    for d in $(previous); do must q staging postgres "DROP DATABASE \"$d\""; done
    publish v1
    must q staging back "UPDATE t SET b = 'v1 and more' WHERE a = 1"
    old=$(sum_of staging back)
    publish v7 --keep-previous 1
    isnt "$kind: another state" "$(sum_of staging back)" "$old"
    ok "$kind: rollback to it" dbtwin rollback "$to"
    is "$kind: byte for byte" "$(sum_of staging back)" "$old"
    for d in $(previous); do must q staging postgres "DROP DATABASE \"$d\""; done
done
for kind in $(servers my | head -n 1); do
    start "$kind" prod staging
    fresh_db prod back
    fresh_db staging back
    must q prod back "CREATE TABLE t (a int PRIMARY KEY)"
    must q staging back "CREATE TABLE old (a int PRIMARY KEY)"
    before=$(sum_of staging back)
    expect_exit 2 "$kind: --keep-previous" dbtwin copy "$(url prod back)" "$(url staging back)" --keep-previous 2
    err_has "$kind: says that it cannot" "PostgreSQL only"
    untouched "$kind" staging back "$before"
    expect_exit 2 "$kind: rollback" dbtwin rollback "$(url staging back)"
done
done_testing
