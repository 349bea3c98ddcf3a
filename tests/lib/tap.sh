# shellcheck shell=bash
# tap.sh: numbered checks for scenario scripts, told in TAP ("ok 1 - name"). Sourced by live.sh.
# A check never ends the scenario; `must` does. Every command runs under a time limit. The last
# line of a scenario is `done_testing`: one that ends before it is a failure.

. "$(dirname "${BASH_SOURCE[0]}")/cleanup.sh"

tap_COUNT=0
tap_FAILED=0
tap_DONE=
declare -A tap_TYPE=() # a command that is no function -> what bash calls it
WORK=$(mktemp -d "${TMPDIR:-/tmp}/dbtwin-w.XXXXXX") || exit 2 # the scenario's own folder
OUT=$WORK/.out                                                # what the last run wrote
ERR=$WORK/.err
export WORK OUT ERR
: >"$OUT"
: >"$ERR"
export HOME=$WORK # nobody's ~/.pgpass, ~/.my.cnf or configuration may matter
at_exit tap_end

tap_end() {
    rm -rf "$WORK"
    if [ -z "$tap_DONE" ]; then
        echo "Bail out! the scenario ended before done_testing"
        [ "$cleanup_RC" != 0 ] || cleanup_RC=1
    fi
}

tap_say() { printf '%s\n' "$*" | sed 's/^/# /'; }

pass() {
    tap_COUNT=$((tap_COUNT + 1))
    printf 'ok %d - %s\n' "$tap_COUNT" "$1"
}
fail() { # fail NAME [WHY]
    tap_COUNT=$((tap_COUNT + 1))
    tap_FAILED=$((tap_FAILED + 1))
    printf 'not ok %d - %s\n' "$tap_COUNT" "$1"
    [ $# -lt 2 ] || tap_say "$2"
    tap_say "at $(basename "${BASH_SOURCE[-1]}") line ${BASH_LINENO[-2]:-?}"
    return 1
}
skip() { # skip NAME REASON: one check that cannot be made here
    tap_COUNT=$((tap_COUNT + 1))
    printf 'ok %d - %s # SKIP %s\n' "$tap_COUNT" "$1" "${2:-}"
}
skip_all() { # nothing of this scenario can be tried here
    tap_DONE=1
    echo "1..0 # SKIP $*"
    exit 0
}
bail() {
    tap_DONE=1
    echo "Bail out! $*"
    exit 1
}
done_testing() {
    tap_DONE=1
    [ "$tap_COUNT" -gt 0 ] || bail "no check was made"
    echo "1..$tap_COUNT"
    [ "$tap_FAILED" = 0 ]
    exit
}

# Run anything with its output in $OUT and $ERR; RUN_TIMEOUT seconds (60) for a program, while a
# shell function brings limits of its own (pg, my, dbtwin have one).
tap_run() {
    if ! declare -F -- "$1" >/dev/null && [ -z "${tap_TYPE[$1]:-}" ]; then tap_TYPE[$1]=$(type -t -- "$1"); fi
    case ${tap_TYPE[$1]:-} in
        file) timeout -k 5 "${RUN_TIMEOUT:-60}" "$@" >"$OUT" 2>"$ERR" </dev/null ;;
        *) "$@" >"$OUT" 2>"$ERR" </dev/null ;;
    esac
}
tap_show() {
    tap_say "stdout:"
    head -n "${TAP_LINES:-30}" "$OUT" | sed 's/^/#   /'
    tap_say "stderr:"
    head -n "${TAP_LINES:-30}" "$ERR" | sed 's/^/#   /'
}

# expect_exit CODE NAME COMMAND...
expect_exit() {
    local want=$1 name=$2 got=0
    shift 2
    tap_run "$@" || got=$?
    if [ "$got" = "$want" ]; then
        pass "$name"
    else
        fail "$name" "exit code $got, not $want: $*"
        tap_show
        return 1
    fi
}
ok() { expect_exit 0 "$@"; } # ok NAME COMMAND...

# must COMMAND...: a step that the rest stands on (loading a schema, say)
must() {
    local got=0
    tap_run "$@" || got=$?
    [ "$got" = 0 ] && return 0
    fail "needed: $*" "exit code $got"
    tap_show
    tap_DONE=1
    echo "Bail out! a needed step failed"
    exit 1
}

is() { # is NAME GOT WANTED
    if [ "$2" = "$3" ]; then
        pass "$1"
    else
        fail "$1" "got:    $2
wanted: $3"
    fi
}
isnt() {
    if [ "$2" != "$3" ]; then pass "$1"; else fail "$1" "both are: $2"; fi
}
same_files() { # same_files NAME LEFT RIGHT: and neither is empty
    if [ ! -s "$2" ] || [ ! -s "$3" ]; then
        fail "$1" "$2 or $3 is empty or missing"
    elif cmp -s "$2" "$3"; then
        pass "$1"
    else
        fail "$1" "$(diff -u "$2" "$3" | head -n "${TAP_LINES:-30}")"
    fi
}

# What the last run wrote: a fixed string (has, lacks) or an extended regular expression (like)
out_has() { if grep -qF -e "$2" "$OUT"; then pass "$1"; else fail "$1" "no '$2' in stdout"; tap_show; return 1; fi; }
out_like() { if grep -qE -e "$2" "$OUT"; then pass "$1"; else fail "$1" "no /$2/ in stdout"; tap_show; return 1; fi; }
out_lacks() { if grep -qF -e "$2" "$OUT"; then fail "$1" "'$2' in stdout"; tap_show; return 1; else pass "$1"; fi; }
err_has() { if grep -qF -e "$2" "$ERR"; then pass "$1"; else fail "$1" "no '$2' in stderr"; tap_show; return 1; fi; }
err_like() { if grep -qE -e "$2" "$ERR"; then pass "$1"; else fail "$1" "no /$2/ in stderr"; tap_show; return 1; fi; }
err_lacks() { if grep -qF -e "$2" "$ERR"; then fail "$1" "'$2' in stderr"; tap_show; return 1; else pass "$1"; fi; }
out_empty() { if [ -s "$OUT" ]; then fail "$1" "stdout is not empty"; tap_show; return 1; else pass "$1"; fi; }
err_empty() { if [ -s "$ERR" ]; then fail "$1" "stderr is not empty"; tap_show; return 1; else pass "$1"; fi; }
