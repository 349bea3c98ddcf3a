#!/bin/bash
# check reads all of a snapshot and sees any damage; snapshots in a folder are kept by day, week and
# month, only good ones count, and the newest good one is never removed.
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/live/copies.sh"

names() { (cd "$WORK/keep" && ls); }

for kind in $(one_of_each); do
    start "$kind" prod
    fresh_db prod kept
    must q prod kept "CREATE TABLE t (a int PRIMARY KEY, b varchar(200))"
    must q prod kept "CREATE TABLE u (a int PRIMARY KEY)"
    must q prod kept "INSERT INTO t VALUES (1, 'one'), (2, 'two'), (3, NULL)"
    must q prod kept "INSERT INTO u VALUES (7)"
    from=$(url prod kept)
    must dbtwin snapshot "$from" -o "$WORK/s" --force

    ok "$kind: check" dbtwin check "$WORK/s"
    out_like "$kind: counts" 'is complete: 2 tables, 4 rows'
    out_has "$kind: names the database" '"kept"'
    ok "$kind: check -q" dbtwin check -q "$WORK/s"
    out_empty "$kind: check -q says nothing"
    ok "$kind: check of a stream" bash -c "'$DBTWIN' check - <'$WORK/s'"
    out_like "$kind: counts the same" 'is complete: 2 tables, 4 rows'
    expect_exit 2 "$kind: check of a database" dbtwin check "$from"
    err_has "$kind: is not for databases" "not a snapshot"
    size=$(stat -c %s "$WORK/s")
    for cut in 0 100 512 $((size / 2)) $((size - 1024)) $((size - 1)); do
        head -c "$cut" "$WORK/s" >"$WORK/cut"
        expect_exit 2 "$kind: cut after $cut bytes" dbtwin check "$WORK/cut"
    done
    # a byte in every member of rows, wherever it stands
    tar -tvRf "$WORK/s" | awk '/data\/.*gz$/ { sub(":", "", $2); print $2 }' >"$WORK/blocks"
    is "$kind: two members of rows" "$(wc -l <"$WORK/blocks")" 2
    while read -r block; do
        cp "$WORK/s" "$WORK/bad"
        at=$(((block + 1) * 512 + 14))
        byte=$(od -An -tu1 -j "$at" -N 1 "$WORK/bad")
        # shellcheck disable=SC2059
        printf "\\$(printf %o $((byte ^ 1)))" | dd of="$WORK/bad" bs=1 seek="$at" conv=notrunc 2>/dev/null
        expect_exit 2 "$kind: a flipped bit in block $block" dbtwin check "$WORK/bad"
        err_has "$kind: says what to do" "hint:"
    done <"$WORK/blocks"
    echo hello >"$WORK/other"
    expect_exit 2 "$kind: another file" dbtwin check "$WORK/other"

    # a folder: named by database and time
    rm -rf "$WORK/keep"
    must mkdir "$WORK/keep"
    ok "$kind: into a folder" dbtwin snapshot "$from" -o "$WORK/keep"
    names >"$OUT"
    out_like "$kind: bears database and time" '^kept-20[0-9]{6}T[0-9]{6}Z\.dbtwin$'
    rm "$WORK/keep/"*
    # 1 Nov to 20 Nov 2025, twice a day; 3 Nov is a Monday; two are damaged, others are not ours
    for day in $(seq -w 1 20); do
        cp "$WORK/s" "$WORK/keep/kept-202511${day}T031500Z.dbtwin"
        cp "$WORK/s" "$WORK/keep/kept-202511${day}T120000Z.dbtwin"
    done
    cp "$WORK/bad" "$WORK/keep/kept-20251120T120000Z.dbtwin"
    : >"$WORK/keep/kept-20251119T120000Z.dbtwin"
    cp "$WORK/s" "$WORK/keep/kept2-20251101T031500Z.dbtwin"
    cp "$WORK/s" "$WORK/keep/kept-20251101.dbtwin"
    ok "$kind: keeps by day and week" dbtwin snapshot "$from" -o "$WORK/keep" --keep-daily 3 --keep-weekly 3
    err_has "$kind: names a damaged one" "kept-20251120T120000Z.dbtwin"
    fresh=$(names | grep -c '^kept-202[6-9]')
    is "$kind: the new one is there" "$fresh" 1
    # days: today, 20 (its good one), 19 (its good one); weeks: today's, 17 to 23 (20), 10 to 16 (16)
    cat >"$WORK/wanted" <<END
kept-20251101.dbtwin
kept-20251116T120000Z.dbtwin
kept-20251119T031500Z.dbtwin
kept-20251119T120000Z.dbtwin
kept-20251120T031500Z.dbtwin
kept-20251120T120000Z.dbtwin
kept2-20251101T031500Z.dbtwin
END
    names | grep -v '^kept-202[6-9]' >"$WORK/got"
    same_files "$kind: what is left" "$WORK/wanted" "$WORK/got"
    sleep 1
    ok "$kind: one month" dbtwin snapshot "$from" -o "$WORK/keep/" --keep-monthly 1 -q
    is "$kind: the newest, and what is no snapshot of ours, stays" "$(names | wc -l)" 4
    expect_exit 2 "$kind: not with a file" dbtwin snapshot "$from" -o "$WORK/f" --keep-daily 3
    expect_exit 2 "$kind: no snapshot, nothing removed" \
        dbtwin snapshot "$from"x -o "$WORK/keep" --keep-daily 1
    is "$kind: all are there" "$(names | wc -l)" 4
done
done_testing
