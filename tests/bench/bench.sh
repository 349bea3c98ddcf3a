#!/bin/bash
# bench.sh inspect|copy postgres|mysql [SIZE]: dbtwin against the tools that everybody has, on the
# same servers, in pairs of runs whose order alternates; medians, extremes, peak memory, and a look
# that every tool's result is right. Not a test: nothing here fails for being slow.
#
#   inspect   SIZE tables (10000): pg_dump -s or mariadb-dump --no-data --single-transaction
#             (it locks all tables otherwise, much slower), and dbtwin inspect
#   copy      SIZE megabytes (700): pg_dump -Fc -Z0 | pg_restore or mariadb-dump | mariadb, and
#             dbtwin copy
#
# RUNS=5 or 2 (inspect), 3 (copy)   JOBS=2 (dbtwin copy -j)   KIND=pg15|mariadb|... (tests/lib/servers.sh)
# DBTWIN=/some/dbtwin          SERVER_ARGS='-c fsync=on' more options for both servers
#
# The servers run with fsync off and wal_level=replica, 2 GB between checkpoints, no binary log. Peak
# memory is that of the largest process of the tool, without the server's. dbtwin copy also runs
# ANALYZE, which the others leave undone.
set -u
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/servers.sh"
usage() { sed -n '2,13s/^# \{0,1\}//p' "$0" >&2; exit 2; }
what=${1:-} engine=${2:-}
case $what:$engine in inspect:postgres | inspect:mysql | copy:postgres | copy:mysql) ;; *) usage ;; esac
case $what:$engine in
    # mariadb-dump takes minutes for so many tables: two pairs have to do
    inspect:mysql) size=${3:-10000} runs=${RUNS:-2} ;;
    inspect:*) size=${3:-10000} runs=${RUNS:-5} ;;
    copy:*) size=${3:-700} runs=${RUNS:-3} ;;
esac
jobs=${JOBS:-2}
if [ "$engine" = postgres ]; then kind=${KIND:-$(server_default_pg)}; else kind=${KIND:-mariadb}; fi
DBTWIN=${DBTWIN:-$(setup_program)}
[ -x "$DBTWIN" ] || { echo "no $DBTWIN: build it first" >&2; exit 2; }
[ -x /usr/bin/time ] || setup_install time || exit 2
export SQL_TIMEOUT=1800
work=$(mktemp -d "${TMPDIR:-/tmp}/dbtwin-bench.XXXXXX") || exit 2
at_exit rm -rf "$work"
die() { echo "$*" >&2; exit 2; }

if [ "$engine" = postgres ]; then
    # a bench of the copy must not profit from wal_level=minimal, which skips the log
    args=(-c wal_level=replica -c shared_buffers=256MB -c max_locks_per_transaction=256)
else
    args=(--innodb-buffer-pool-size=512M --max-allowed-packet=64M)
fi
# shellcheck disable=SC2206
args+=(${SERVER_ARGS:-})
server_start "$kind" prod --own -- "${args[@]}" || exit 2
[ "$what" = inspect ] || server_start "$kind" staging --own -- "${args[@]}" || exit 2
fresh_db prod bench || exit 2
s=$SECONDS
if [ "$what" = inspect ]; then maker=catalog.sh; else maker=data.sh; fi
bash "$here/$maker" "$engine" "$size" >"$work/make.sql" && load prod bench "$work/make.sql" >"$work/log" ||
    die "could not make the database"
if [ "$engine" = postgres ]; then
    [ "$what" = copy ] || pg prod bench -c 'VACUUM ANALYZE'
    mb=$(q prod bench 'SELECT pg_database_size(current_database()) / 1000000')
    version=$(q prod bench 'SHOW server_version')
else
    mb=$(q prod '' "SELECT round(sum(data_length + index_length) / 1000000) FROM information_schema.tables WHERE table_schema = 'bench'")
    version=$(q prod '' 'SELECT version()')
fi
echo "$what $engine: $size $([ $what = inspect ] && echo tables || echo 'MB asked for'), $mb MB on disk, made in $((SECONDS - s)) s; $kind $version; $(nproc) CPUs; $runs paired runs"

# ---- the contenders: shell text, so that a pipe is timed as a whole ----
dir=$(server_dir prod)
to=$([ "$what" = copy ] && server_dir staging)
case $what:$engine in
    inspect:postgres) rival_name="pg_dump -s"
        rival="pg_dump -h $dir -U postgres -s -f $work/rival.out bench" ;;
    inspect:mysql) rival_name="mariadb-dump --no-data"
        rival="mariadb-dump --no-defaults -S $dir/s -uroot --single-transaction --no-data --routines --triggers -r $work/rival.out bench" ;;
    copy:postgres) rival_name="pg_dump | pg_restore"
        rival="set -o pipefail; pg_dump -h $dir -U postgres -Fc -Z0 bench | pg_restore -h $to -U postgres -d bench" ;;
    copy:mysql) rival_name="mariadb-dump | mariadb"
        rival="set -o pipefail; mariadb-dump --no-defaults -S $dir/s -uroot --single-transaction --routines --triggers --hex-blob bench | mariadb --no-defaults -S $to/s -uroot --max-allowed-packet=64M bench" ;;
esac
[ "$kind" != mysql9 ] || { rival=${rival//mariadb-dump/$DBTWIN_CACHE/mysql9/usr/bin/mysqldump --set-gtid-purged=OFF} rival_name=${rival_name/mariadb-dump/mysqldump}; }
if [ "$what" = inspect ]; then
    own_name="dbtwin inspect"
    own="$DBTWIN inspect '$(url prod bench)' -o $work/own.out"
else
    own_name="dbtwin copy -j $jobs"
    own="$DBTWIN copy '$(url prod bench)' '$(url staging bench)' -j $jobs --quiet"
fi

# fingerprint NAME: rows by checksum, keys, indexes; what dbtwin leaves for itself is not looked at
fingerprint() {
    local t
    if [ "$engine" = postgres ]; then
        for t in $(q "$1" bench "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname !~ '^_*dbtwin' ORDER BY 1"); do
            echo "$t $(q "$1" bench "SELECT count(*), sum(hashtextextended(t::text, 0)) FROM public.$t t")"
        done
        q "$1" bench "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename !~ '^_*dbtwin' ORDER BY 1;"
        q "$1" bench "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated FROM pg_constraint
            WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text !~ '^_*dbtwin' ORDER BY 1, 2"
    else
        for t in $(q "$1" bench "SELECT table_name FROM information_schema.tables WHERE table_schema = 'bench' AND table_name NOT RLIKE '^_*dbtwin' ORDER BY 1"); do
            echo "$(q "$1" bench "CHECKSUM TABLE \`$t\`") $(q "$1" bench "SELECT count(*) FROM \`$t\`")"
        done
        q "$1" bench "SELECT table_name, index_name, seq_in_index, column_name, non_unique, index_type FROM information_schema.statistics
            WHERE table_schema = 'bench' AND table_name NOT RLIKE '^_*dbtwin' ORDER BY 1, 2, 3"
        q "$1" bench "SELECT table_name, constraint_name, referenced_table_name, delete_rule, update_rule
            FROM information_schema.referential_constraints WHERE constraint_schema = 'bench' ORDER BY 1, 2"
    fi
}

wrong=0
check() { # check TOOL
    if [ "$what" = inspect ]; then
        local n
        if [ "$1" = own ]; then n=$(grep -oE '<table ' "$work/own.out" | wc -l)
        else n=$(grep -cE '^CREATE TABLE ' "$work/rival.out"); fi
        [ "$n" = "$size" ] || { echo "    WRONG: $1 shows $n tables, not $size"; wrong=$((wrong + 1)); }
    else
        fingerprint staging >"$work/there"
        cmp -s "$work/here" "$work/there" ||
            { echo "    WRONG: after $1 the target differs:"; diff "$work/here" "$work/there" | head -n 10; wrong=$((wrong + 1)); }
    fi
}
once() { # once TOOL COMMAND: the time goes to $work/TOOL.t
    if [ "$what" = copy ]; then fresh_db staging bench || die "no empty target"; fi
    if [ "$engine" = postgres ]; then
        pg prod bench -c CHECKPOINT
        [ "$what" != copy ] || pg staging bench -c CHECKPOINT
    fi
    /usr/bin/time -f '%e %U %S %M' -o "$work/t" timeout -k 10 1800 bash -c "$2" >"$work/log" 2>&1 </dev/null ||
        { tail -n 5 "$work/log"; die "$1 failed"; }
    tail -n 1 "$work/t" >>"$work/$1.t"
    printf '    %-6s %s s\n' "$1" "$(tail -n 1 "$work/t" | cut -d' ' -f1)"
    check "$1"
}

[ "$what" = inspect ] || fingerprint prod >"$work/here"
if [ "$what:$engine" = inspect:postgres ]; then # one of each that does not count, to warm the caches
    once rival "$rival" >/dev/null
    once own "$own" >/dev/null
    rm -f "$work/rival.t" "$work/own.t"
fi
for ((i = 0; i < runs; i++)); do
    if [ $((i % 2)) = 0 ]; then once rival "$rival"; once own "$own"
    else once own "$own"; once rival "$rival"; fi
done

summary() { # NAME FILE -> median, least, most, peak MB
    sort -n "$2" | awk -v name="$1" '
        { t[NR] = $1; cpu[NR] = $2 + $3; if ($4 > peak) peak = $4 }
        END { m = NR % 2 ? t[(NR + 1) / 2] : (t[NR / 2] + t[NR / 2 + 1]) / 2
              printf "  %-24s median %6.2f s  (%.2f to %.2f)  own CPU %.2f s  peak %.0f MB\n",
                  name, m, t[1], t[NR], cpu[int((NR + 1) / 2)], peak / 1024 }'
}
summary "$rival_name" "$work/rival.t"
summary "$own_name" "$work/own.t"
# the median of the pairs' ratios says more than the ratio of the medians on a busy machine
paste -d' ' "$work/own.t" "$work/rival.t" | awk '{ print $1 / $5 }' | sort -n |
    awk '{ r[NR] = $1 } END { printf "  dbtwin takes %.2f of the time (median of pairs; %.2f to %.2f)\n",
        NR % 2 ? r[(NR + 1) / 2] : (r[NR / 2] + r[NR / 2 + 1]) / 2, r[1], r[NR] }'
if [ "$wrong" = 0 ]; then
    echo "  every run's result was $([ "$what" = inspect ] && echo "complete ($size tables)" || echo 'the same: rows, keys, indexes')"
else
    echo "  $wrong RESULTS WERE WRONG"
    exit 1
fi
