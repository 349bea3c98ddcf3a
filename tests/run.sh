#!/bin/sh
# run.sh [--quick] [--asan | --both] [--no-install] [-j N] [PATTERN]: install, build, run every test.
#   --quick       without sanitizer build and slow scenarios, on the machine's own two servers
#   --asan        live scenarios on the sanitizer build
#   --both        on either build: all of them on all servers, then, with sanitizers, those that are
#                 not slow on the machine's own two servers
#   --no-install  takes the machine as it is
#   -j N          so many scenarios at a time, each with servers of its own; 2 at the most unless told
#   PATTERN       only live scenarios whose name holds it
# The last line is "N passed, N failed" (", N skipped" if any). False if one failed or none ran.
[ -n "${BASH_VERSION:-}" ] || {
    command -v bash >/dev/null 2>&1 || { echo "the tests need bash" >&2; exit 2; }
    exec bash "$0" "$@"
}
set -u
quick='' install=1 builds=build pattern='' lanes=
while [ $# -gt 0 ]; do
    a=$1
    shift
    case $a in
        --quick) quick=1 ;;
        --asan) builds=build-asan ;;
        --both) builds="build build-asan" ;;
        --no-install) install='' ;;
        -j) lanes=${1:-} && shift ;;
        -j[0-9]*) lanes=${a#-j} ;;
        -*) sed -n '2,10s/^# //p' "$0" >&2; exit 2 ;;
        *) pattern=$a ;;
    esac
done
if [ -z "$lanes" ]; then lanes=$(nproc 2>/dev/null || echo 1) && [ "$lanes" -lt 2 ] || lanes=2; fi
case $lanes in *[!0-9]* | 0*) echo "-j: how many?" >&2; exit 2 ;; esac
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/servers.sh"
cd "$DBTWIN_TOP" || exit 2

# What came of it, from all lanes: "passed failed skipped" a line, and the names of what failed.
tally=$DBTWIN_SESSION/.tally lost=$DBTWIN_SESSION/.lost took=$DBTWIN_SESSION/.took
: >"$tally" >"$lost" >"$took"
finish() {
    local passed failed skipped
    if [ "$(wc -l <"$took")" -gt 10 ]; then
        echo
        echo "the slowest of $(awk '{ s += $1 } END { print s + 0 }' "$took") s in $lanes lanes, $SECONDS s:"
        sort -rn "$took" | head -n 10 | sed 's/^/  /'
    fi
    read -r passed failed skipped < <(awk '{ p += $1; f += $2; s += $3 } END { print p + 0, f + 0, s + 0 }' "$tally")
    if [ -s "$lost" ]; then
        echo
        echo "failed:"
        sed 's/^/  /' "$lost"
    fi
    [ $((passed + failed)) -gt 0 ] || echo "nothing ran"
    echo "$passed passed, $failed failed$([ "$skipped" = 0 ] || echo ", $skipped skipped")"
    [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
    exit
}
lose() { echo 0 1 0 >>"$tally" && echo "$*" >>"$lost"; }

# count NAME P F S SECONDS: one line for what was run
count() {
    echo "$2 $3 $4" >>"$tally"
    echo "$5 $1" >>"$took"
    printf '%-44s %4d passed%s%s  %s s\n' "$1" "$2" "$([ "$3" = 0 ] || printf ', %d FAILED' "$3")" \
        "$([ "$4" = 0 ] || printf ', %d skipped' "$4")" "$5"
}

# Meson counts programs; cmocka's TAP output gives the single tests in them.
run_meson() {
    local dir=$1 log=$1/meson-logs/testlog.txt t0=$SECONDS rc=0 p=0 f=0 s=0 name a b c
    rm -f "$log"
    CMOCKA_MESSAGE_OUTPUT=TAP timeout -k 10 900 meson test -C "$dir" --no-rebuild \
        --print-errorlogs >"$DBTWIN_SESSION/.meson" 2>&1 || rc=$?
    while read -r name a b c; do
        p=$((p + a)) f=$((f + b)) s=$((s + c))
        [ "$b" = 0 ] || echo "$dir: $name ($b)" >>"$lost"
    done < <(awk '
        function flush() {
            if (name == "") return
            if (skip77) s++
            else if (p + f + s == 0) { if (bad) f = 1; else p = 1 }
            else if (bad && f == 0) f = 1
            gsub(/ /, "_", name); print name, p, f, s; name = ""
        }
        /^test: +/ { flush(); name = substr($0, 15); p = f = s = bad = skip77 = 0 }
        /^result: +/ { bad = !/exit status 0$/; if (/exit status 77$/) { bad = 0; skip77 = 1 } }
        /^(not )?ok [0-9]+.*# SKIP/ { s++; next }
        /^ok [0-9]+/ { p++ }
        /^not ok [0-9]+/ { f++ }
        END { flush() }' "$log" 2>/dev/null)
    count "$dir: meson test" "$p" "$f" "$s" $((SECONDS - t0))
    if [ "$f" -gt 0 ]; then
        grep -vE '^ *[0-9]+/[0-9]+ .* OK ' "$DBTWIN_SESSION/.meson" | tail -n 80
    elif [ $rc != 0 ]; then
        lose "$dir: meson test ended with $rc"
        tail -n 30 "$DBTWIN_SESSION/.meson"
    fi
}

# The tests of a build, which is made where it is not yet there
run_tests() {
    [ "$1" != build-asan ] || setup_build_asan || { lose "the sanitizer build"; return; }
    run_meson "$1"
}

# One scenario: its TAP is counted and, when something failed, shown. A plan that is missing or
# does not fit the checks made is one more failure.
run_scenario() {
    local file=$1 build=$2 name t0=$SECONDS rc=0 tap p f s n
    name=$(basename "$file" .sh)
    tap=$DBTWIN_SESSION/.tap
    DBTWIN_BUILD=$build timeout -k 30 "${SCENARIO_TIMEOUT:-300}" bash "$file" >"$tap" 2>&1 </dev/null &
    scenario=$!
    wait "$scenario" || rc=$?
    scenario=
    s=$(grep -cE '^(not )?ok [0-9]+.* # SKIP' "$tap")
    p=$(($(grep -cE '^ok [0-9]+' "$tap") - s))
    f=$(grep -cE '^not ok [0-9]+' "$tap")
    n=$(sed -nE 's/^1\.\.([0-9]+).*/\1/p' "$tap" | tail -n 1)
    if grep -qE '^1\.\.0 # SKIP' "$tap" && [ $((p + f + s)) = 0 ] && [ $rc = 0 ]; then
        echo 0 0 1 >>"$tally"
        printf '%-44s SKIPPED: %s\n' "$build: $name" "$(sed -n 's/^1\.\.0 # SKIP //p' "$tap")"
        return
    fi
    if [ "${n:-none}" != $((p + f + s)) ] || { [ $rc != 0 ] && [ "$f" = 0 ]; }; then
        f=$((f + 1))
        [ $rc != 124 ] || echo "# over its time limit of ${SCENARIO_TIMEOUT:-300} s" >>"$tap"
        echo "# ended with $rc after $((p + f + s - 1)) checks, plan: ${n:-none}" >>"$tap"
    fi
    count "$build: $name" "$p" "$f" "$s" $((SECONDS - t0))
    grep -E '# SKIP' "$tap" | sed 's/^/    /'
    if [ "$f" -gt 0 ]; then
        echo "$build: $name ($f)" >>"$lost"
        grep -vE '^ok [0-9]+ ' "$tap" | head -n 150 | sed 's/^/    /'
    fi
}

next_scenario() {
    (flock 9 && head -n 1 "$queue" && sed -i 1d "$queue") 9>"$queue.lock"
}

# A lane takes one scenario after the other from the list, on a session of servers of its own; and the
# tests without servers, which keep the processors busy while others wait.
lane() { # SESSION
    local session=$1 build file servers
    scenario=
    trap '[ -z "$scenario" ] || { kill "$scenario"; wait "$scenario"; }; exit 143' TERM
    while IFS=$'\t' read -r build file servers < <(next_scenario); do
        DBTWIN_SESSION=$session DBTWIN_SERVERS=$servers
        case $file in
            meson)
                run_tests "$build" &
                scenario=$!
                wait "$scenario"
                scenario=
                ;;
            *) run_scenario "$file" "$build" ;;
        esac >"$session/.report"
        cat "$session/.report" # at once, lest two lanes mix
        echo "$file" >>"$queue.done"
    done
}
lane_pids=()
stop_lanes() { [ ${#lane_pids[@]} = 0 ] || { kill "${lane_pids[@]}" && wait "${lane_pids[@]}"; } 2>/dev/null; }

if [ -n "$install" ]; then setup_packages build servers; fi
[ -z "$quick" ] || { DBTWIN_SERVERS="$(server_default_pg) mariadb" builds=build; }
DBTWIN_SERVERS=$(servers_default)
export DBTWIN_SERVERS
unset DBTWIN

setup_build build || { lose "the build"; finish; }
case $builds in *build-asan*) setup_build_asan || { lose "the sanitizer build"; finish; } ;; esac
echo "servers: $(servers all | tr '\n' ' ')"
all_servers=$DBTWIN_SERVERS
queue=$DBTWIN_SESSION/.queue
{
    [ -n "$pattern" ] || printf '0\tbuild\tmeson\t%s\n' "$all_servers"
    [ -n "$pattern$quick" ] || printf '0\tbuild-asan\tmeson\t%s\n' "$all_servers"
} >"$queue.all"
for build in $builds; do
    brief=$quick on=$all_servers
    [ "$builds" = "${builds#* }" ] || [ "$build" = build ] || {
        brief=1 on="$(server_default_pg) mariadb"
    }
    for file in "$here"/live/[0-9]*.sh; do
        [ -f "$file" ] || continue
        case $(basename "$file") in *"$pattern"*) ;; *) continue ;; esac
        [ -z "$brief" ] || ! grep -qx '# slow' "$file" || continue
        grep -qx '# slow' "$file" && first=0 || first=1
        printf '%s\t%s\t%s\t%s\n' "$first" "$build" "$file" "$on"
    done
done >>"$queue.all"
sort -s -n -k 1,1 "$queue.all" | cut -f 2- >"$queue" # lest a slow one is all that is left for three lanes
: >"$queue.done"
listed=$(wc -l <"$queue")
at_exit stop_lanes
for ((i = 0; i < lanes; i++)); do
    if [ $i -gt 0 ]; then
        unset DBTWIN_SESSION
        session_begin
    fi
    lane "$DBTWIN_SESSION" &
    lane_pids+=($!)
done
wait "${lane_pids[@]}"
lane_pids=()
[ "$(wc -l <"$queue.done")" = "$listed" ] || lose "scenarios that were not run to their end"
DBTWIN_SESSION=${queue%/*}
for k in $all_servers; do
    [ ! -e "$DBTWIN_SESSION/.unavailable-$k" ] || {
        echo "SKIPPED: everything on $k, which cannot be had here"
        echo 0 0 1 >>"$tally"
    }
done
finish
