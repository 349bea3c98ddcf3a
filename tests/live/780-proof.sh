#!/bin/bash
# What the server itself writes differently after each reading is no difference to the copy's proof:
# schemas as people type them, never dumped before, are copied, kept as snapshots and restored.
. "$(dirname "$0")/../lib/live.sh"

source_sql() { # of the fixture, what a version takes
    awk -v version="$1" '/^--@ from/ { skip = version < $3 } !skip' "$TOP/fixtures/restore/respelled.sql"
}


copied() { # LABEL FROM TO: copy, snapshot and restore, judged by the target's own dump
    local l=$1 from=$2 to=$3
    fresh_db "$to" staging
    fresh_db "$to" back
    expect_exit 0 "$l: copied" dbtwin copy "$(url "$from" prod)" "$(url "$to" staging)"
    err_lacks "$l: nothing is in doubt" 'cannot say'
    expect_exit 0 "$l: a snapshot" dbtwin snapshot "$(url "$from" prod)" -o "$WORK/s" --force
    expect_exit 0 "$l: comes back" dbtwin restore "$WORK/s" "$(url "$to" back)"
    is "$l: rows" "$(q "$to" staging "SELECT md5(string_agg(t::text, '|' ORDER BY id)) FROM t")" \
        "$(q "$from" prod "SELECT md5(string_agg(t::text, '|' ORDER BY id)) FROM t")"
    is "$l: the view counts them" "$(q "$to" back "SELECT count(*) FROM v_in")" "$(q "$from" prod "SELECT count(*) FROM v_in")"
    dump "$to" staging -s >"$WORK/a.sql"
    dump "$to" back -s >"$WORK/b.sql"
    same_files "$l: copy and restore build the same" "$WORK/a.sql" "$WORK/b.sql"
    # The oracle: what the older server's own dump makes of it on the target's server.
    . "$TOP/tests/lib/restore.sh"
    if must_move "$from" "$to"; then
        dump "$to" moved -s >"$WORK/c.sql"
        faithful "$WORK/c.sql" "$WORK/a.sql" && pass "$l: and what a dump and restore builds" ||
            fail "$l: and what a dump and restore builds" "$(diff "$WORK/c.sql" "$WORK/a.sql" | head -n 20)"
    fi
    expect_exit 0 "$l: no drift" dbtwin diff "$(url "$from" prod)" "$(url "$to" staging)"
}

must_move() { # FROM TO; a dump is not for older servers
    [ "$(server_version_of "$1")" -le "$(server_version_of "$2")" ] || return 1
    move "$1" prod "$2" moved >"$WORK/move.out" 2>&1 || { fail "dump and restore" "$(tail -n 3 "$WORK/move.out")"; return 1; }
}
server_version_of() { local k; k=$(server_kind "$1"); echo "${k#pg}"; }

kinds=$(servers pg | sort -V)
for kind in $kinds; do
    start "$kind" "p$kind"
    fresh_db "p$kind" prod
    source_sql "${kind#pg}" >"$WORK/prod.sql"
    must load "p$kind" prod "$WORK/prod.sql"
    copied "$kind" "p$kind" "p$kind"
    # In one transaction, which the questions must leave as it is.
    expect_exit 0 "$kind: in place" dbtwin copy --in-place "$(url "p$kind" prod)" "$(url "p$kind" staging)"
    err_lacks "$kind: in place nothing is in doubt either" 'cannot say'
    dump "p$kind" staging >"$WORK/d.sql"
    dump "p$kind" prod >"$WORK/e.sql"
    is "$kind: in place, rows too" "$(grep -c . "$WORK/d.sql")" "$(grep -c . "$WORK/e.sql")"
done
oldest=$(head -n 1 <<<"$kinds") newest=$(tail -n 1 <<<"$kinds")
if [ "$oldest" != "$newest" ]; then
    copied "$oldest to $newest" "p$oldest" "p$newest"
    # What 13 does not know, bodies in standard SQL, is refused beforehand; the rest goes there.
    if [ "${oldest#pg}" -lt 14 ]; then
        fresh_db "p$oldest" staging
        expect_exit 4 "$newest to $oldest: what it lacks" dbtwin copy "$(url "p$newest" prod)" "$(url "p$oldest" staging)"
        err_has "$newest to $oldest: is named" "a body in standard SQL"
        fresh_db "p$newest" prod
        source_sql "${oldest#pg}" >"$WORK/prod.sql"
        must load "p$newest" prod "$WORK/prod.sql"
        # EXTRACT and AT TIME ZONE are other functions there: see 770.
        must q "p$newest" prod "DROP VIEW v_time"
    fi
    copied "$newest to $oldest" "p$newest" "p$oldest"
fi
done_testing
