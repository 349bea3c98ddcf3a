# shellcheck shell=bash
# live.sh: everything a scenario needs, in one line: . "$(dirname "$0")/../lib/live.sh"
set -u
umask 022
. "$(dirname "${BASH_SOURCE[0]}")/servers.sh"
. "$(dirname "${BASH_SOURCE[0]}")/tap.sh"

TOP=$DBTWIN_TOP
DBTWIN=${DBTWIN:-$(setup_program "${DBTWIN_BUILD:-build}")}
export ASAN_OPTIONS=${ASAN_OPTIONS:-exitcode=99:detect_leaks=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-halt_on_error=1:exitcode=99:print_stacktrace=1}
export LC_ALL=C.UTF-8 TZ=UTC
[ -x "$DBTWIN" ] || bail "no program at $DBTWIN: build it first, or run tests/run.sh"

# dbtwin ARG...: the program under test, DBTWIN_TIMEOUT seconds (120). Targets that are not there are
# made (--create), unless CREATE is set to nothing.
dbtwin() {
    local word create=
    for word; do
        case $word in copy | restore | preflight | --rehearse) create=${CREATE---create} ;; esac
    done
    timeout -k 10 "${DBTWIN_TIMEOUT:-120}" "$DBTWIN" "$@" $create
}

# need KIND...: skips the scenario when one of these servers cannot be had or was not asked for
need() {
    local k
    for k; do
        case " $(servers_default) " in *" $k "*) ;; *) skip_all "$k is not among $(servers_default)" ;; esac
        fetch_get "$k" || skip_all "$k cannot be had here"
    done
}

# start KIND NAME...: server_start for each name, or the scenario ends
start() {
    local kind=$1 n
    shift
    for n; do server_start "$kind" "$n" || bail "server $n ($kind) did not start"; done
}

# frozen NAME DB: its model in a file of its own, for comparing a database with itself (live against live, that
# is no comparison)
frozen() {
    local file=$WORK/frozen-$1-${2//[^A-Za-z0-9]/_}.xml
    dbtwin inspect -q "$(url "$1" "$2")" -o "$file" >/dev/null 2>&1 || [ -s "$file" ] || return 1
    echo "$file"
}

# until_true SECONDS COMMAND...: asks every 50 ms until it is true
until_true() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.05
    done
}

# The first kind of each engine: for what takes long, or depends little on the version
one_of_each() {
    servers pg | head -n 1
    servers my | head -n 1
}

# These, and MySQL: where flavours differ
some_servers() {
    local k
    one_of_each
    for k in $(servers my | tail -n +2); do case $k in mysql*) echo "$k" ;; esac; done
}
