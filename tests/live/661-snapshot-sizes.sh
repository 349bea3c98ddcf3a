#!/bin/bash
# Snapshots compressed in each way restore to the same; and the memory of copy, snapshot and restore
# stays below 64 MB and twice the largest row, with small rows and with a field of 200 MB.
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/live/copies.sh"

# peak COMMAND...: runs dbtwin, its largest memory in MB goes to $PEAK
peak() {
    PEAK=$(python3 -c '
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=sys.stderr)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
sys.exit(code)' timeout -k 10 "${DBTWIN_TIMEOUT:-120}" "$DBTWIN" "$@" 2>"$ERR") || tap_say "$(cat "$ERR")"
}
within() { # NAME LIMIT
    tap_say "$1: ${PEAK:-?} MB"
    case ${DBTWIN_BUILD:-} in *asan*) skip "$1" "sanitizers take memory of their own"; return ;; esac
    [ "${PEAK:-99999}" -le "$2" ] && pass "$1" || fail "$1" "$PEAK MB, not $2"
}
big_row() { # MB
    if server_is_pg prod; then
        q prod sizes "INSERT INTO t SELECT 0, repeat(md5('x') || '\\' || E'\\t', $1 * 1000000 / 34)"
    else
        q prod sizes "INSERT INTO t SELECT 0, REPEAT(CONCAT(MD5('x'), '\\\\', '\\t'), $1 * 1000000 / 34)"
    fi
}

for kind in $(one_of_each); do
    args=()
    server=pg
    case $kind in pg*) ;; *) server=my args=(--max-allowed-packet=1G --innodb-log-file-size=512M) ;; esac
    server_start "$kind" prod --own -- "${args[@]}" && server_start "$kind" staging --own -- "${args[@]}" ||
        bail "$kind did not start"
    fresh_db prod sizes
    fresh_db staging sizes
    from=$(url prod sizes) to=$(url staging sizes)
    if [ $server = pg ]; then
        must q prod sizes "CREATE TABLE t (id int PRIMARY KEY, b text); CREATE TABLE none (a int)"
        must q prod sizes "INSERT INTO t SELECT n, repeat(md5(n::text), n % 60) FROM generate_series(1, 15000) n"
    else
        must q prod sizes "CREATE TABLE t (id int PRIMARY KEY, b longtext); CREATE TABLE none (a int)"
        must q prod sizes "INSERT INTO t SELECT seq, REPEAT(MD5(seq), seq % 60) FROM seq_1_to_15000"
        # each byte that is escaped, at each place of each length: scans look at sixteen at once
        must q prod sizes "CREATE TABLE marks (id int AUTO_INCREMENT PRIMARY KEY, v varbinary(80))"
        must q prod sizes "INSERT INTO marks (v) SELECT CONCAT(REPEAT('a', p.seq), c.v, REPEAT('b', n.seq - p.seq))
            FROM seq_0_to_50 n JOIN seq_0_to_50 p ON p.seq <= n.seq
            JOIN (SELECT X'00' v UNION SELECT X'09' UNION SELECT X'0A' UNION SELECT X'5C' UNION SELECT X'FF5C5C00') c"
    fi
    want=$(sum_of prod sizes)
    if [ $server = pg ]; then rows=15,000; else rows=21,630; fi # and 5 * 51 * 52 / 2

    for how in gzip:6 zstd none gzip; do
        if [ $how = zstd ] && ! dbtwin snapshot -q "$from" -o "$WORK/s.$how" --compress zstd 2>"$ERR"; then
            if grep -q 'built without zstd' "$ERR"; then skip "$kind: zstd" "this build has none"
            else fail "$kind: zstd" "$(cat "$ERR")"; fi
            continue
        fi
        peak snapshot -q "$from" -o "$WORK/s.$how" --compress $how --force
        within "$kind: snapshot --compress $how: memory" 64
        ok "$kind: $how: check" dbtwin check "$WORK/s.$how"
        out_has "$kind: $how: all rows" "$rows rows"
        fresh_db staging sizes
        peak restore -q "$WORK/s.$how" "$to"
        within "$kind: restore from $how: memory" 64
        is "$kind: $how: restored, equal by dump" "$(sum_of staging sizes)" "$want"
    done
    small=$(stat -c %s "$WORK/s.gzip:6") plain=$(stat -c %s "$WORK/s.none")
    [ "$small" -lt $((plain / 2)) ] && pass "$kind: gzip is smaller than none" || fail "$kind: gzip is smaller than none" "$small, $plain"
    names=$(tar -tf "$WORK/s.none" | grep -c '/[0-9]*\.\(copy\|tsv\)$')
    [ "$names" -gt 5 ] && pass "$kind: plain members are named so" || fail "$kind: plain members are named so" "$names"
    expect_exit 2 "$kind: another way" dbtwin snapshot "$from" -o "$WORK/s.x" --compress brotli
    err_has "$kind: names the ways" "zstd:1 to zstd:19"
    expect_exit 2 "$kind: another level" dbtwin snapshot "$from" -o "$WORK/s.x" --compress gzip:12
    ok "$kind: nothing was made" test ! -e "$WORK/s.x"
    rm -f "$WORK"/s.*

    must big_row 200
    limit=$((64 + 2 * 212)) # two bytes of each 34 take two as text rows
    want=$(q prod sizes "SELECT count(*), sum(length(b)), md5(max(b)) FROM t")
    fresh_db staging sizes
    peak copy -q "$from" "$to"
    within "$kind: copy of a 200 MB field: memory" $limit
    is "$kind: copied" "$(q staging sizes "SELECT count(*), sum(length(b)), md5(max(b)) FROM t")" "$want"
    peak snapshot -q "$from" -o "$WORK/s"
    within "$kind: snapshot of a 200 MB field: memory" $limit
    fresh_db staging sizes
    peak restore -q "$WORK/s" "$to"
    within "$kind: restore of a 200 MB field: memory" $limit
    is "$kind: restored" "$(q staging sizes "SELECT count(*), sum(length(b)), md5(max(b)) FROM t")" "$want"
    rm -f "$WORK/s"
    server_stop prod
    server_stop staging
done
done_testing
