#!/bin/bash
# Kills of a copy that keeps what it replaces (--keep-previous) and of a rollback, of dbtwin and of the
# target's server, at random points and in the swap: staging is old or new, each kept state is what it
# was, the one that was replaced is among them, and the next run counts them right and clears up.
# On PostgreSQL also of states that are kept as schemas.
# KILL_POINTS=60 for as many points an engine (5 by itself); KILL_SEED repeats a run.
# slow
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/live/copies.sh"
. "$TOP/tests/lib/kill.sh"

points=${KILL_POINTS:-5}
seed=${KILL_SEED:-$(($(date +%s) % 32768))}
tap_say "KILL_SEED=$seed KILL_POINTS=$points"
RANDOM=$seed

admin() { if server_is_pg "$1"; then q "$1" postgres "$2"; else q "$1" '' "$2"; fi; }
kept() { # oldest first; of schemas the times
    if [ "$way" = schemas ]; then
        q staging ends "SELECT right(nspname, 15) FROM pg_namespace WHERE nspname ~ '^dbtwin__dbtwin_[0-9]{8}T[0-9]{6}\$' ORDER BY 1"
    elif server_is_pg staging; then
        admin staging "SELECT datname FROM pg_database WHERE datname ~ '^ends__dbtwin_[0-9]{8}T[0-9]{6}\$' ORDER BY 1"
    else
        admin staging "SELECT schema_name FROM information_schema.schemata WHERE schema_name REGEXP '^ends__dbtwin_[0-9]{8}_[0-9]{6}\$' ORDER BY 1"
    fi
}
works() { # databases, or schemas, of a run that is going on
    if [ "$way" = schemas ]; then
        q staging ends "SELECT nspname FROM pg_namespace WHERE nspname ~ '__dbtwin' AND right(nspname, 15) <> ALL ('{$(kept | paste -sd,)}')"
    else
        database_works
    fi
}
database_works() { shadows staging | grep -vxF -e "$(kept)" | grep -v '^$'; }
# What a state holds, whatever its name: of MySQL rows and programs
state() { # DB
    if [ "$way" = schemas ]; then
        # but for its name, and what is said of public only where it is not called so
        local which=public
        [ "$1" = ends ] || which="public__dbtwin_${1/T/\"T\"}" # capitals of a pattern in quotes
        dump staging ends -n "$which" >"$WORK/.kept" && [ -s "$WORK/.kept" ] &&
            sed -E -e 's/"?public__dbtwin_[0-9]{8}T[0-9]{6}"?/public/g' -e '/SCHEMA/d' -e '/^(--)?$/d' "$WORK/.kept" | cksum
    elif server_is_pg staging; then
        sum_of staging "$1"
    else
        { tables_of staging "$1"
          admin staging "SELECT table_name FROM information_schema.views WHERE table_schema = '$1' ORDER BY 1;
            SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = '$1' ORDER BY 1;
            SELECT routine_name FROM information_schema.routines WHERE routine_schema = '$1' ORDER BY 1"; } | cksum
    fi
}
kept_states() { local d; for d in $(kept); do echo "$d $(state "$d")"; done; }
bad() { failures=$((failures + 1)); tap_say "point $i ($verb, $event at $delay ms): $*"; tap_say "$(tail -n 3 "$WORK/err.point")"; }
finished() { [ "$(server_is_pg staging && echo 0 || admin staging "SELECT count(*) FROM information_schema.tables WHERE (table_schema = 'ends' OR table_schema LIKE 'ends\\_\\_dbtwin%') AND table_name = 'dbtwin_journal'")" = 0 ]; }

one_point() { # VERB EVENT
    local verb=$1 event=$2 delay before held new found newest code=0
    delay=$((RANDOM % (span + 1)))
    [ "$verb" = copy ] || delay=$((RANDOM % 200))
    must q prod ends "UPDATE small SET a = $((i + 100))"
    before=$(state ends) held=$(kept_states) newest=$(kept | tail -n 1)
    if [ "$verb" = rollback ]; then
        new=$(state "$newest")
        "$DBTWIN" rollback "$to" >"$OUT" 2>"$ERR" </dev/null &
    else
        new=''
        "$DBTWIN" copy --create -v "$from" "$to" --keep-previous 2 >"$OUT" 2>"$ERR" </dev/null &
    fi
    run=$!
    [ "$verb" != swap ] || until_true 30 at_swap
    sleep "$(awk "BEGIN { print $delay / 1000 }")"
    server_alive "$run" && hits=$((hits + 1))
    if [ "$event" = self ]; then
        kill -KILL "$run" 2>/dev/null
    else
        kill_server staging
    fi
    wait "$run" 2>/dev/null || code=$?
    cp "$ERR" "$WORK/err.point"
    revive staging
    # the server ends its side of a killed run by itself
    if server_is_pg staging; then until_true 20 gone; fi
    now=$(state ends)
    if ! finished; then
        found="to be finished" # MySQL: the tables are old or new, triggers and views follow in the next run
    elif [ "$now" = "$before" ]; then
        found=old
        [ "$code" != 0 ] || bad "success, but the old state"
        [ "$(kept_states | grep -cxF -e "$held")" = "$(printf '%s' "$held" | grep -c .)" ] || bad "kept states changed: $held / $(kept_states)"
    elif [ "$verb" = rollback ] && [ "$now" = "$new" ]; then
        found=new
        [ "$(state "$(kept | tail -n 1)")" = "$before" ] || bad "what was rolled back is not kept"
    elif [ "$verb" != rollback ] && dbtwin verify -q "$from" "$to" >/dev/null 2>&1; then
        found=new
        [ "$(state "$(kept | tail -n 1)")" = "$before" ] || bad "what was replaced is not kept as it was"
    else
        found=neither
        bad "neither old nor new"
    fi
    tally[$verb:$event]="${tally[$verb:$event]:-} $found"
    # the next run, of other rows: two states that are the same could not be told apart
    must q prod ends "UPDATE small SET a = $((i + 1000))"
    dbtwin copy -q "$from" "$to" --keep-previous 2 2>"$WORK/err.point" || bad "the next run"
    [ "$(kept | grep -c .)" = 2 ] || bad "kept: $(kept)"
    [ -z "$(works)" ] || bad "left: $(works)"
    [ "$found" = "to be finished" ] || [ "$(state "$(kept | tail -n 1)")" = "$now" ] || bad "the next run did not keep what was there"
    dbtwin verify -q "$from" "$to" >/dev/null 2>"$WORK/err.point" || bad "the next run's rows"
}
gone() { [ "$(admin staging "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'dbtwin%'")" = 0 ]; }

one_kind() { # of the server, $kind, and the $way that states are kept
    declare -A tally=()
    # A killed server keeps what it has committed, as production's would.
    local durable=--innodb-flush-log-at-trx-commit=1
    case $kind in pg*) durable="-c synchronous_commit=on" ;; esac
    # shellcheck disable=SC2086 # its words
    server_start "$kind" prod && server_start "$kind" staging --own -- $durable || bail "$kind did not start"
    fresh_db prod ends
    fresh_db staging ends
    ends_rows >"$WORK/rows.sql"
    must load prod ends "$WORK/rows.sql"
    from=$(url prod ends) to=$(url staging ends)
    if [ "$way" = schemas ]; then
        must q staging postgres "CREATE ROLE killer LOGIN; GRANT postgres TO killer"
        to=$(url staging ends killer)
    fi
    for n in 1 2 3; do
        must q prod ends "UPDATE small SET a = $n"
        t0=$(now_ms)
        must dbtwin copy -q "$from" "$to" --keep-previous 2
        span=$(($(now_ms) - t0))
        sleep 1 # a swap within the same second would wait, and be timed as one that takes long
    done
    is "$kind, $way: two are kept" "$(kept | grep -c .)" 2
    failures=0 hits=0
    order=(swap:self copy:self rollback:self swap:target copy:target rollback:target swap:self rollback:self)
    for ((i = 0; i < points; i++)); do
        one_point "${order[i % ${#order[@]}]%:*}" "${order[i % ${#order[@]}]#*:}"
    done
    is "$kind, $way: $points points: old or new, and all that is kept is what it was" "$failures" 0
    [ "$hits" -gt 0 ] && pass "$kind, $way: and they came in time" || fail "$kind, $way: and they came in time" "all runs had ended"
    tap_say "$kind, $way: $hits of $points points met a run that was going on:"
    for s in $(printf '%s\n' "${!tally[@]}" | sort); do
        tap_say "  $s: ${tally[$s]}"
    done
    server_stop prod
    server_stop staging
}

for kind in $(one_of_each); do
    for way in $(case $kind in pg*) echo databases schemas ;; *) echo databases ;; esac); do
        one_kind
    done
done
done_testing
