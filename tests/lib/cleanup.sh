# shellcheck shell=bash
# cleanup.sh: `at_exit COMMAND...` runs the command when this shell ends, however it ends;
# the last one registered runs first. The exit status is kept, unless a command sets cleanup_RC.

if [ -z "${cleanup_READY:-}" ]; then
    cleanup_READY=$$
    cleanup_LIST=()

    cleanup_run() {
        cleanup_RC=$? # first of all: anything else would change it
        local i
        [ "$cleanup_READY" = "$BASHPID" ] || return 0 # a subshell owns nothing
        trap '' INT TERM HUP
        trap - EXIT
        for ((i = ${#cleanup_LIST[@]} - 1; i >= 0; i--)); do eval "${cleanup_LIST[i]}"; done
        exit "$cleanup_RC"
    }
    trap cleanup_run EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    trap 'exit 129' HUP
fi

at_exit() { cleanup_LIST+=("$(printf '%q ' "$@")"); }
