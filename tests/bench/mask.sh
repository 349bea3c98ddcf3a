#!/bin/bash
# mask.sh [ROWS] - a copy with ten of thirty columns masked beside the same without masks, in pairs whose
# order alternates; results checked by count. KIND=pg15 (or mariadb …), RUNS=3. Prints medians.
. "$(dirname "$0")/../lib/live.sh"
rows=${1:-200000} kind=${KIND:-pg15} runs=${RUNS:-3}
export SCENARIO_TIMEOUT=1800

start "$kind" prod staging
fresh_db prod bench
fresh_db staging bench
columns=$(for i in $(seq 1 29); do echo ", c$i varchar(60)"; done)
names=$(for i in $(seq 1 29); do printf ', c%d' "$i"; done)
values=$(for i in $(seq 1 29); do
    if server_is_pg prod; then printf ", 'person%d.' || i || '@example.com'" "$i"; else printf ", concat('person%d.', i, '@example.com')" "$i"; fi
done)
must q prod bench "CREATE TABLE t (id int PRIMARY KEY $columns)"
if server_is_pg prod; then
    must q prod bench "INSERT INTO t (id $names) SELECT i $values FROM generate_series(1, $rows) i"
else
    must q prod bench "SET max_recursive_iterations = 100000000; INSERT INTO t (id $names) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $rows) SELECT i $values FROM n"
fi
(umask 077; od -An -tx1 -N32 /dev/urandom | tr -d ' \n' >"$WORK/key")
{
    printf 'mask:\n  key_file: %s\n  require: none\n  columns:\n' "$WORK/key"
    n=0
    for rule in email email name phone text hash digits username first last; do
        n=$((n + 1))
        echo "    \"*.t.c$n\": {$rule: {}}"
    done
} >"$WORK/mask.yaml"
: >"$WORK/plain.yaml"

once() { # plain | mask: seconds of wall time and of CPU time
    local TIMEFORMAT='%R %U'
    { time dbtwin copy -q --config "$WORK/$1.yaml" "$(url prod bench)" "$(url staging bench)"; } 2>&1 | tail -1 >>"$WORK/$1.times"
    is "$1: rows" "$(q staging bench "SELECT count(*) FROM t")" "$rows"
}
for run in $(seq 1 "$runs"); do
    if [ $((run % 2)) = 1 ]; then once plain; once mask; else once mask; once plain; fi
done
middle() { cut -d' ' -f"$2" "$WORK/$1.times" | sort -n | sed -n "$(((runs + 1) / 2))p"; }
echo "# $kind, $rows rows: plain $(middle plain 1) s ($(middle plain 2) of the tool), ten of thirty masked $(middle mask 1) s ($(middle mask 2))"
echo "# rate: $(echo "$(middle plain 1) $(middle mask 1)" | awk '{ printf "%.2f", $1 / $2 }') of the unmasked"
done_testing
