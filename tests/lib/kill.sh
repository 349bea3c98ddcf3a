# shellcheck shell=bash
# kill.sh: servers and runs that end the hard way, and come back; and what a run notes for --resume.
# Sourced after live.sh and copies.sh.

declare -gA kill_ARGS=() # a server's name -> the options that it is started with again

now_ms() { echo $(($(date +%s%N) / 1000000)); }
dead() { ! server_alive "$1"; } # PID
at_data() { grep -q 'phase: data' "$ERR" || ! server_alive "$run"; }
at_swap() { grep -q 'phase: publish' "$ERR" || ! server_alive "$run"; }

kill_server() { # NAME
    local pid
    pid=$(server_pid "$1")
    kill -KILL "$pid"
    until_true 10 dead "$pid"
}
boot() { # NAME: on its own data
    local dir k start=server_start_my
    dir=$(server_dir "$1")
    k=$(cat "$dir/kind")
    case $k in pg*) start=server_start_pg ;; esac
    # shellcheck disable=SC2086
    $start "$k" "$(server_user "$k")" "$dir" "$(cat "$dir/where")" "$(cat "$dir/port")" ${kill_ARGS[$1]:-}
}
answers() { # NAME
    local db=''
    ! server_is_pg "$1" || db=postgres
    server_alive "$(cat "$(server_dir "$1")/pid" 2>/dev/null || echo 1000000000)" && q "$1" "$db" 'SELECT 1' >/dev/null 2>&1
}
revive() { # NAME: if it is not there, or ending
    local i
    for ((i = 0; i < 20; i++)); do
        answers "$1" && return 0
        server_stop "$1" 2>/dev/null
        boot "$1" 2>/dev/null && return 0
        sleep 0.3 # the children of a killed PostgreSQL are still leaving
    done
    bail "$1 did not start again"
}

# notes DB PATTERN: how many such notes the shadow of a database on staging holds; 0 where there is none
notes() {
    local n table=dbtwin_progress
    ! server_is_pg staging || table=dbtwin.progress
    n=$(q staging "$1__dbtwin_shadow" "SELECT count(*) FROM $table WHERE name LIKE '$2'" 2>/dev/null)
    echo "${n:-0}"
}
