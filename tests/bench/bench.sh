#!/bin/bash
# bench.sh inspect|diff|copy|scale|snapshot|restore postgres|mysql [SIZE]: dbtwin against the tools that everybody has, on the
# same servers, in pairs of runs whose order alternates; medians, extremes, peak memory, and a look
# that every tool's result is right. Not a test: nothing here fails for being slow.
#
#   inspect   SIZE tables (10000): pg_dump -s or mariadb-dump --no-data --single-transaction
#             (it locks all tables otherwise, much slower), and dbtwin inspect. PostgreSQL:
#             SCHEMAS=100, and JOBS=1 or 2 for so many connections (without: as dbtwin sees fit)
#   diff      SIZE tables (10000), postgres only: two frozen models that differ in four objects, and a plan of a thousand; how
#             long reading their files takes, and how long comparing. No rival
#   copy      SIZE megabytes (700): pg_dump -Fc -Z0 | pg_restore, pg_dump -Fd and pg_restore -j, pgcopydb;
#             or mariadb-dump | mariadb and mydumper, myloader; and dbtwin copy
#   scale     dbtwin copy alone: SIZE megabytes (350), then twice, then four times as much
#   snapshot  SIZE megabytes (700): dbtwin snapshot on one processor, beside the server and with it, and on all of them
#   restore   SIZE megabytes (700): dbtwin copy, and dbtwin restore of a snapshot of the same
#
# RUNS=5 or 2 (inspect), 3 (copy)   JOBS=2 (dbtwin copy -j)   KIND=pg15|mariadb|... (tests/lib/servers.sh)
# RIVALS='dump pgcopydb' only these   READY=COMMAND run before the first pair   COMPRESS=gzip (snapshot)
# DBTWIN=/some/dbtwin          SERVER_ARGS='-c fsync=on' more options for both servers
#
# The servers run with fsync off and wal_level=replica, 2 GB between checkpoints, no binary log. Peak
# memory is that of the largest process of the tool, without the server's. dbtwin copy also runs
# ANALYZE; so do the rivals on PostgreSQL, those on MySQL leave it undone.
set -u
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/servers.sh"
usage() { sed -n '2,20s/^# \{0,1\}//p' "$0" >&2; exit 2; }
what=${1:-} engine=${2:-}
case $what:$engine in inspect:* | diff:postgres | copy:* | scale:* | snapshot:* | restore:*) ;; *) usage ;; esac
case $engine in postgres | mysql) ;; *) usage ;; esac
case $what in copy | scale | restore) fills=1 ;; *) fills='' ;; esac
case $what in inspect | diff) unit=tables maker=catalog.sh ;; *) unit='MB asked for' maker=data.sh ;; esac
case $what:$engine in
    # mariadb-dump takes minutes for so many tables: two pairs have to do
    inspect:mysql) size=${3:-10000} runs=${RUNS:-2} ;;
    inspect:* | diff:*) size=${3:-10000} runs=${RUNS:-5} ;;
    scale:*) size=${3:-350} runs=${RUNS:-2} ;;
    *) size=${3:-700} runs=${RUNS:-3} ;;
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
[ -z "$fills" ] || server_start "$kind" staging --own -- "${args[@]}" || exit 2
# make_data SIZE: the source's database; says what it is
make_data() {
    local s=$SECONDS mb version
    fresh_db prod bench || exit 2
    bash "$here/$maker" "$engine" "$1" ${SCHEMAS:-} >"$work/make.sql" && load prod bench "$work/make.sql" >"$work/log" ||
        die "could not make the database"
    if [ "$engine" = postgres ]; then
        [ "$maker" != catalog.sh ] || pg prod bench -c 'VACUUM ANALYZE'
        mb=$(q prod bench 'SELECT pg_database_size(current_database()) / 1000000')
        version=$(q prod bench 'SHOW server_version')
    else
        mb=$(q prod '' "SELECT round(sum(data_length + index_length) / 1000000) FROM information_schema.tables WHERE table_schema = 'bench'")
        version=$(q prod '' 'SELECT version()')
    fi
    echo "$what $engine: $1 $unit, $mb MB on disk, made in $((SECONDS - s)) s; $kind $version; $(nproc) CPUs; $runs paired runs"
    [ -z "$fills" ] || fingerprint prod >"$work/here"
}

# ---- the contenders: shell text, so that a pipe is timed as a whole ----
dir=$(server_dir prod)
to=$([ -z "$fills" ] || server_dir staging)
declare -A name=([own]="dbtwin $what") command=()
rivals=()
copy="$DBTWIN copy '$(url prod bench)' '${fills:+$(url staging bench)}' -j $jobs --quiet"
snapshot="$DBTWIN snapshot '$(url prod bench)' -o $work/s --force -j $jobs --quiet --compress ${COMPRESS:-gzip}"
rival() { rivals+=("$1") name[$1]=$2 command[$1]=$3; } # rival WORD NAME COMMAND
case $what:$engine in
    inspect:postgres) rival dump "pg_dump -s" "pg_dump -h $dir -U postgres -s -f $work/rival.out bench" ;;
    inspect:mysql) rival dump "mariadb-dump --no-data" \
        "mariadb-dump --no-defaults -S $dir/s -uroot --single-transaction --no-data --routines --triggers -r $work/rival.out bench" ;;
    copy:postgres)
        # with ANALYZE, as dbtwin; pgcopydb runs VACUUM ANALYZE by itself
        analyze="vacuumdb -h $to -U postgres -q -Z -j 2 bench"
        rival dump "pg_dump | pg_restore" \
            "set -eo pipefail; pg_dump -h $dir -U postgres -Fc -Z0 bench | pg_restore -h $to -U postgres -d bench; $analyze"
        rival dir "pg_dump -Fd, pg_restore -j$jobs" \
            "set -e; rm -rf $work/d; pg_dump -h $dir -U postgres -Fd -Z0 -j $jobs -f $work/d bench; pg_restore -h $to -U postgres -d bench -j $jobs $work/d; $analyze"
        if command -v pgcopydb >/dev/null || setup_install pgcopydb; then
            rival pgcopydb "pgcopydb clone" \
                "rm -rf $work/pc; TMPDIR=$work pgcopydb clone --dir $work/pc --source '$(url prod bench)' --target '$(url staging bench)' --table-jobs $jobs --index-jobs $jobs"
        fi ;;
    copy:mysql) rival dump "mariadb-dump | mariadb" \
        "set -o pipefail; mariadb-dump --no-defaults -S $dir/s -uroot --single-transaction --routines --triggers --hex-blob bench | mariadb --no-defaults -S $to/s -uroot --max-allowed-packet=64M bench"
        if [ "$kind" != mysql9 ] && { command -v mydumper >/dev/null || setup_install mydumper; }; then
            # without compression, and no lock that a snapshot would not need
            rival mydumper "mydumper | myloader" \
                "rm -rf $work/my; mydumper -S $dir/s -u root -B bench -o $work/my -t $jobs --trx-consistency-only -v 1 && myloader -S $to/s -u root -B bench -d $work/my -t $jobs -o -v 1"
        fi ;;
esac
[ "$kind" != mysql9 ] || [ -z "${command[dump]:-}" ] || { command[dump]=${command[dump]//mariadb-dump --no-defaults/$DBTWIN_CACHE/mysql9/usr/bin/mysqldump --no-defaults --set-gtid-purged=OFF} name[dump]=${name[dump]/mariadb-dump/mysqldump}; }
case $what in
    inspect) command[own]="$DBTWIN inspect '$(url prod bench)' -o $work/own.out ${JOBS:+-j $JOBS}" ;;
    copy | scale) name[own]="dbtwin copy -j $jobs" command[own]=$copy ;;
    snapshot) rival one "on one processor" "exec taskset -c 0 $snapshot"
        pid=$(server_pid prod) # its sessions are where it is when they begin
        rival alone "the server on it too" "taskset -pc 0 $pid && taskset -c 0 $snapshot; e=\$?; taskset -pc 0-$(($(nproc) - 1)) $pid; exit \$e"
        command[own]=$snapshot ;;
    restore) rival copy "dbtwin copy -j $jobs" "$copy"
        command[own]="$DBTWIN restore $work/s '$(url staging bench)' -j $jobs --quiet" ;;
esac

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
    if [ "$what" = snapshot ]; then
        "$DBTWIN" check -q "$work/s" || { echo "    WRONG: the snapshot of $1"; wrong=$((wrong + 1)); }
    elif [ "$what" = inspect ]; then
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
# CPU seconds of the source's finished sessions; on MySQL of the whole server
server_cpu() {
    sleep 0.1
    awk -v of="$([ "$engine" = postgres ] && echo 16 || echo 14)" '{ print ($of + $(of + 1)) / 100 }' \
        "/proc/$(server_pid prod)/stat"
}
once() { # once TOOL: the time goes to $work/TOOL.t
    local before
    if [ -n "$fills" ]; then fresh_db staging bench || die "no empty target"; fi
    if [ "$engine" = postgres ]; then
        pg prod bench -c CHECKPOINT
        [ -z "$fills" ] || pg staging bench -c CHECKPOINT
    fi
    before=$(server_cpu)
    /usr/bin/time -f '%e %U %S %M' -o "$work/t" timeout -k 10 1800 bash -c "${command[$1]}" >"$work/log" 2>&1 </dev/null ||
        { tail -n 5 "$work/log"; die "$1 failed"; }
    echo "$(tail -n 1 "$work/t") $(server_cpu) $before" >>"$work/$1.t"
    printf '    %-9s %s s\n' "$1" "$(tail -n 1 "$work/t" | cut -d' ' -f1)"
    check "$1"
}

all=()
for c in "${rivals[@]}"; do case " ${RIVALS:-${rivals[*]}} " in *" $c "*) all+=("$c") ;; esac; done
rivals=("${all[@]}") all+=(own)

rounds() { # rounds N: each runs all; to and fro, so that nobody is always the first
    local i c
    for ((i = 0; i < $1; i++)); do
        for ((c = 0; c < ${#all[@]}; c++)); do
            if [ $((i % 2)) = 0 ]; then once "${all[$c]}"; else once "${all[${#all[@]} - 1 - c]}"; fi
        done
    done
}

summary() { # NAME FILE -> median, least, most, peak MB
    sort -n "$2" | awk -v name="$1" '
        { t[NR] = $1; cpu[NR] = $2 + $3; server[NR] = $5 - $6; if ($4 > peak) peak = $4 }
        END { m = NR % 2 ? t[(NR + 1) / 2] : (t[NR / 2] + t[NR / 2 + 1]) / 2; i = int((NR + 1) / 2)
              printf "  %-28s median %6.2f s  (%.2f to %.2f)  own CPU %.2f s  %speak %.0f MB\n", name, m, t[1], t[NR],
                  cpu[i], server[i] ? sprintf("source server CPU %.2f s  ", server[i]) : "", peak / 1024 }'
}

for times in $([ "$what" = scale ] && echo 1 2 4 || echo 1); do
    make_data $((size * times))
    [ "$what" != diff ] || . "$here/diff.sh"
    [ "$what" != restore ] || bash -c "$snapshot" || die "no snapshot"
    [ "$times" != 1 ] || eval "${READY:-:}"
    if [ "$what:$engine" = inspect:postgres ]; then # one of each that does not count, to warm the caches
        rounds 1 >/dev/null
    fi
    rm -f "$work"/*.t
    rounds "$runs"
    for c in "${all[@]}"; do summary "${name[$c]}" "$work/$c.t"; done
done
# the median of the pairs' ratios says more than the ratio of the medians on a busy machine
for c in "${rivals[@]}"; do
    paste -d' ' "$work/own.t" "$work/$c.t" | awk '{ print $1 / $7 }' | sort -n |
        awk -v than="${name[$c]}" '{ r[NR] = $1 } END { printf "  dbtwin takes %.2f of the time of %s (median of pairs; %.2f to %.2f)\n",
            NR % 2 ? r[(NR + 1) / 2] : (r[NR / 2] + r[NR / 2 + 1]) / 2, than, r[1], r[NR] }'
done
if [ "$wrong" = 0 ]; then
    echo "  every run's result was $([ "$what" = inspect ] && echo "complete ($size tables)" || echo 'the same: rows, keys, indexes')"
else
    echo "  $wrong RESULTS WERE WRONG"
    exit 1
fi
