#!/bin/bash
# The history of runs stands beside the mark, survives the swap and is no part of comparisons and
# copies; status reads it for people and monitors.
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/live/copies.sh"

value() { python3 -c '
import json, sys
o = json.load(open(sys.argv[1]))
for k in sys.argv[2:]:
    o = o[int(k)] if k.isdigit() else o[k]
print(o)' "$@"; }
past() { # AGE: puts the last copy back in time
    if server_is_pg staging; then
        must q staging history "UPDATE dbtwin.run SET taken_at =
            to_char(now() AT TIME ZONE 'UTC' - interval '$1 hours', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
    else
        must q staging history "UPDATE dbtwin_run SET taken_at =
            DATE_FORMAT(UTC_TIMESTAMP() - INTERVAL $1 HOUR, '%Y-%m-%dT%H:%i:%sZ')"
    fi
}

for kind in $(some_servers); do
    start "$kind" prod staging
    fresh_db prod history
    fresh_db staging history
    must q prod history "CREATE TABLE t (a int PRIMARY KEY, b varchar(200))"
    must q prod history "INSERT INTO t VALUES (1, 'one'), (2, 'two')"
    from=$(url prod history) to=$(url staging history)

    expect_exit 1 "$kind: before the first copy" dbtwin status "$to"
    out_has "$kind: says never" "never filled"
    expect_exit 1 "$kind: as JSON" dbtwin status "$to" --format json
    is "$kind: never, in JSON" "$(value "$OUT" verdict)" never
    must dbtwin copy -q "$from" "$to"
    must q prod history "INSERT INTO t VALUES (3, 'it''s \"three\" \\ ')"
    must dbtwin copy -q "$from" "$to"
    must dbtwin snapshot -q "$from" -o "$WORK/s" --force
    must dbtwin restore -q "$WORK/s" "$to"
    expect_exit 0 "$kind: after three" dbtwin status "$to" --max-age 1h
    out_like "$kind: how old" 'as of 20[0-9-]+T[0-9:]+Z, [0-9]+ seconds? ago'
    is "$kind: a line, and one for each" "$(wc -l <"$OUT")" 4
    ok "$kind: -q is silent" dbtwin status -q "$to" --max-age 1h
    out_empty "$kind: indeed"
    ok "$kind: as JSON" dbtwin status "$to" --format json
    cp "$OUT" "$WORK/j"
    is "$kind: ok, in JSON" "$(value "$WORK/j" verdict)" ok
    is "$kind: the newest first" "$(value "$WORK/j" runs 1 rows)" 3
    is "$kind: the oldest last" "$(value "$WORK/j" runs 2 rows)" 2
    is "$kind: tables" "$(value "$WORK/j" runs 0 tables)" 1
    is "$kind: done" "$(value "$WORK/j" runs 2 result)" done
    is "$kind: the source" "$(value "$WORK/j" runs 1 source)" "$(printf %s "$from" | sed 's|:[^:/@]*@|:***@|')"
    if server_is_pg prod; then
        value "$WORK/j" runs 1 position >"$OUT"
        out_like "$kind: the LSN" '^[0-9A-F]+/[0-9A-F]+$'
    fi

    # a failed run leaves the copies in the history as they were, and neither comparison nor copy sees it
    expect_exit 2 "$kind: a failed run" dbtwin copy -q "$from"x "$to"
    ok "$kind: then" dbtwin status "$to" --format json
    is "$kind: has left one line" "$(value "$OUT" runs 3 rows)" 2
    is "$kind: which is about it" "$(value "$OUT" runs 0 rows)" 0
    ok "$kind: the history is no drift" dbtwin diff "$from" "$to"
    ok "$kind: and no row" dbtwin verify "$from" "$to"
    fresh_db staging again
    ok "$kind: nor is it copied on" dbtwin copy -q "$to" "$(url staging again)"
    ok "$kind: the copy of the copy" dbtwin status "$(url staging again)" --format json
    is "$kind: has one run" "$(python3 -c 'import json,sys; print(len(json.load(open(sys.argv[1]))["runs"]))' "$OUT")" 1

    past 30
    expect_exit 1 "$kind: too old" dbtwin status -q "$to" --max-age 26h
    out_has "$kind: says so" "older than 26 hours"
    ok "$kind: not too old" dbtwin status "$to" --max-age 2d
    out_has "$kind: says the age" "30 hours ago"
    printf 'databases:\n  s:\n    url: %s\n    options: {max-age: 26h}\n' "$to" >"$WORK/dbtwin.yaml"
    expect_exit 1 "$kind: --max-age in the config" dbtwin status s -c "$WORK/dbtwin.yaml"
done
expect_exit 2 "status of a file" dbtwin status "$WORK/s"
expect_exit 2 "status as XML" dbtwin status "$to" --format xml
done_testing
