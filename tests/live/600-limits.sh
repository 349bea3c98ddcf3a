#!/bin/bash
# Limits: a copy is no faster than it may be, and past its deadline, or with a snapshot that is too
# old, it stops with a message that says so, and the target is as it was. Tables without rows cost little.
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/live/copies.sh"

ms() { date +%s%3N; }
# How many statements staging was asked: PostgreSQL counts transactions by database, and starts with a new one
asked() {
    if server_is_pg staging; then
        q staging postgres "SELECT xact_commit FROM pg_stat_database WHERE datname = 'many'"
    else
        q staging '' "SHOW GLOBAL STATUS LIKE 'Questions'" | cut -f 2
    fi
}
has_asked() { [ "$(($(asked) - before))" -ge "$1" ]; }
tables=300

for kind in $(one_of_each); do
    start "$kind" prod staging
    fresh_db prod limits
    fresh_db staging limits
    must q prod limits "CREATE TABLE t (a int PRIMARY KEY, b varchar(2000))"
    if server_is_pg prod; then
        must q prod limits "INSERT INTO t SELECT i, repeat('x', 1000) FROM generate_series(1, 3000) i"
    else
        must q prod limits "INSERT INTO t SELECT seq, repeat('x', 1000) FROM seq_1_to_3000"
    fi
    from=$(url prod limits) to=$(url staging limits)
    ok "$kind: without limits" dbtwin copy "$from" "$to"
    must q staging limits "UPDATE t SET b = 'old' WHERE a = 1"
    before=$(sum_of staging limits)

    # 3 MB at 1 MB/s: what passes first is free, and blocks may be large
    begin=$(ms)
    ok "$kind: --max-rate" dbtwin snapshot "$from" -o "$WORK/s" --force --max-rate 1M -j 2
    took=$(($(ms) - begin))
    [ "$took" -ge 1800 ] && pass "$kind: takes its time" || fail "$kind: takes its time" "$took ms"
    begin=$(ms)
    ok "$kind: --max-rate 1G" dbtwin snapshot "$from" -o "$WORK/s" --force --max-rate 1G/s
    took=$(($(ms) - begin))
    [ "$took" -lt 1800 ] && pass "$kind: is no brake" || fail "$kind: is no brake" "$took ms"

    # the snapshot's age; the copy would take half a minute
    begin=$(ms)
    expect_exit 2 "$kind: --max-snapshot-age" \
        dbtwin copy "$from" "$to" --max-rate 100k --max-snapshot-age 2s
    took=$(($(ms) - begin))
    err_has "$kind: says so" "--max-snapshot-age"
    err_has "$kind: and what became of the target" "the target is as it was"
    [ "$took" -lt 12000 ] && pass "$kind: stops soon" || fail "$kind: stops soon" "$took ms"
    untouched "$kind: --max-snapshot-age" staging limits "$before"

    # the deadline, from the config
    deadline=$(date -d '+4 seconds' +%T)
    printf 'databases:\n  p:\n    url: %s\n    options:\n      deadline: "%s"\n      max-rate: 20k\n  s:\n    url: %s\n' \
        "$from" "$deadline" "$to" >"$WORK/dbtwin.yaml"
    expect_exit 2 "$kind: --deadline" dbtwin copy p s -c "$WORK/dbtwin.yaml"
    late=$(($(date +%s) - $(date -d "$deadline" +%s)))
    [ "$late" -ge 0 ] && [ "$late" -lt 15 ] && pass "$kind: in time" || fail "$kind: in time" "$late s late"
    err_has "$kind: names it" "deadline"
    untouched "$kind: --deadline" staging limits "$before"
    ok "$kind: the command line has the last word" \
        dbtwin copy p s -c "$WORK/dbtwin.yaml" --max-rate 1G --deadline "$(date -d '+5 hours' +%H:%M)"

    # a table without rows: it is made, looked at and put into place, by so many statements at the most
    fresh_db prod many
    fresh_db staging many
    for ((i = 0; i < tables; i++)); do echo "CREATE TABLE t$i (a int, b varchar(9));"; done >"$WORK/many.sql"
    must load prod many "$WORK/many.sql"
    before=0 most=2
    server_is_pg staging || { before=$(asked) most=4; }
    ok "$kind: tables without rows" dbtwin copy -q -j 2 "$(url prod many)" "$(url staging many)"
    until_true 10 has_asked "$tables" # statistics may come late
    spent=$(($(asked) - before))
    tap_say "$kind: $tables tables without rows: $spent statements"
    [ "$spent" -ge "$tables" ] && [ "$spent" -le $((tables * most + 250)) ] && pass "$kind: at $most statements each" ||
        fail "$kind: at $most statements each" "$spent for $tables tables"
done

# what is not a quantity is an error, and names the line in the config
for word in --max-rate=fast --max-rate=0 --max-rate=5X --max-snapshot-age=1y --max-snapshot-age=h \
    --deadline=25:00 --deadline=5 --deadline=05:0x --deadline=05:00: --deadline=5:00:60 --deadline=05:00:00:0; do
    expect_exit 2 "$word" dbtwin copy "$from" "$to" "$word"
    err_has "$word: is explained" "takes a"
done
printf 'databases:\n  p:\n    url: %s\n    options:\n      max-rate: fast\n' "$from" >"$WORK/dbtwin.yaml"
expect_exit 2 "a wrong value in the config" dbtwin copy p "$to" -c "$WORK/dbtwin.yaml"
err_has "names the line" "dbtwin.yaml:5:17"
printf 'databases:\n  p:\n    url: %s\n    options:\n      replace: limits\n' "$from" >"$WORK/dbtwin.yaml"
expect_exit 2 "an option that is for the command line only" dbtwin copy p "$to" -c "$WORK/dbtwin.yaml"
err_has "names it" "replace"
done_testing
