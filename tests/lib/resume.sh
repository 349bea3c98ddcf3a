# shellcheck shell=bash
# resume.sh: copies that are cut, and what the next run with --resume makes of what they left (656). From
# prod to staging, database resume; $from, $to and $slow are the scenario's. Sourced after kill.sh.

rows_of() { # TABLE ROWS BYTES [MORE]: a table and its rows, about ROWS times BYTES
    if server_is_pg prod; then
        echo "CREATE ${4:-} TABLE $1 (id int PRIMARY KEY, k int, t text);
            INSERT INTO $1 SELECT n, n * 7 % 1009, rpad(md5(n::text), $3, md5((n * 3)::text)) FROM generate_series(1, $2) n;
            CREATE INDEX $1_k ON $1 (k);"
    else
        echo "CREATE TABLE $1 (id int PRIMARY KEY, k int, t text, KEY ${1}_k (k)) ${4:-};
            INSERT INTO $1 WITH RECURSIVE s AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM s WHERE n < $2)
            SELECT n, n * 7 % 1009, RPAD(SHA2(n, 256), $3, SHA2(n * 3, 256)) FROM s;"
    fi
}
# the shadow's name
where() { echo resume__dbtwin_shadow; }
has_shadow() { [ -n "$(shadows staging)" ] || ! server_alive "$run"; }
# A run says that it goes on before it notes anything.
has_notes() { { { [ -z "$said" ] || grep -q "$said" "$ERR"; } && [ "$(notes resume "$1")" -ge "$2" ]; } || ! server_alive "$run"; }
# cut EVENT PATTERN N [OPTION...]: a slow run that is ended when N such notes are there, and it has said $said
said=
cut() {
    local event=$1 pattern=$2 n=$3
    shift 3
    "$DBTWIN" copy --create "$from" "$to" --resume -j 2 $slow "$@" >"$OUT" 2>"$ERR" </dev/null &
    run=$!
    until_true 60 has_notes "$pattern" "$n"
    server_alive "$run" || fail "$kind: the run is cut in time" "$(cat "$ERR")"
    case $event in server) server_kill ;; *) kill "-$event" "$run" ;; esac
    wait "$run" 2>/dev/null
    code=$?
}
server_kill() {
    ! server_is_pg prod || must q staging postgres "CHECKPOINT" # what was noted is to last
    kill_server staging
}
loaded() { # a table that is loaded wholly
    if server_is_pg prod; then
        q staging "$(where)" "SELECT split_part(substr(name, 14), '#', 1) FROM dbtwin.progress WHERE name LIKE 'chunk public.%' ORDER BY 1 LIMIT 1"
    else
        q staging "$(where)" "SELECT SUBSTRING_INDEX(SUBSTR(name, 7), '#', 1) FROM dbtwin_progress WHERE name LIKE 'chunk %' ORDER BY 1 LIMIT 1"
    fi
}
# How often production was made to read a table, by itself
reads() { # TABLE
    if server_is_pg prod; then
        q prod resume "SELECT pg_stat_force_next_flush()" >/dev/null 2>&1 || sleep 1
        q prod resume "SELECT seq_scan + coalesce(idx_scan, 0) FROM pg_stat_user_tables WHERE relname = '$1'"
    else
        grep -ci "select .* from \`$1\`" "$log"
    fi
}
file_of() { # TABLE [DB]: what a new load would change
    q staging "${2:-resume}" "SELECT relfilenode FROM pg_class WHERE relname = '$1'"
}
no_notes() { # in what is in place now
    if server_is_pg prod; then
        is "$1: nothing of it is seen" "$(q staging resume "SELECT count(*) FROM pg_class WHERE relname = 'progress'")" 0
    else
        is "$1: nothing of it is seen" "$(q staging resume "SHOW TABLES LIKE 'dbtwin\\_progress'")" ''
    fi
}
equal() { # WHAT: staging is production, and nothing is left
    is "$1: equal by the server's own dump" "$(sum_of staging resume)" "$(sum_of prod resume)"
    is "$1: nothing is left" "$(shadows staging)" ''
    no_notes "$1"
}
anew() { # WHAT REGEX: starts anew, and says why in one line
    resume "$1"
    err_like "$kind: $1: says why" "$2"
    is "$kind: $1: in one line" "$(grep -c 'starting over\|cannot be read' "$ERR")" 1
    err_lacks "$kind: $1: nothing of then" "resumed"
    equal "$kind: $1"
}
resume() { # WHAT [OPTION...]
    local what=$1
    shift
    ok "$kind: $what: the next run" dbtwin copy "$from" "$to" --resume -j 2 "$@"
}
