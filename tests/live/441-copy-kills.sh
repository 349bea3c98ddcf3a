#!/bin/bash
# The kill matrix: copy, snapshot, restore and the swap, ended at random points by SIGKILL of dbtwin, of
# the source's server, of the target's server, by a network that falls silent and by a full disk. The
# target is old or new, byte for byte by its own dump; the next run has no trouble with what is left, and
# with --resume continues it or says why it does not. On PostgreSQL the same schema by schema and in place.
# KILL_POINTS=60 for as many points an engine (6 by itself, the first with --resume); KILL_SEED repeats
# a run; KILL_ONLY="copy:net swap:self" chooses.
# slow
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/live/copies.sh"
. "$TOP/tests/lib/kill.sh"
. "$TOP/tests/lib/network.sh"

points=${KILL_POINTS:-6}
seed=${KILL_SEED:-$(($(date +%s) % 32768))}
tap_say "KILL_SEED=$seed KILL_POINTS=$points"
RANDOM=$seed

# ---- what it takes: small disks, and a network that can be cut ----

disks='' net=''
if [ "$(id -u)" = 0 ]; then
    chmod 711 "$WORK"
    small_disk "$WORK/probe" 1m && disks=1
    cable || net=''
fi
[ -n "$disks" ] || skip "full disks" "this machine may not mount a small one"
[ -n "$net" ] || skip "a cut network" "this machine makes no network namespaces"

# ---- one point ----

launch() { # VERB EVENT: in the background, $run
    local from to file=$WORK/shelf/s wrap=() user=()
    [ "$1" != schemas ] || user=(killer)
    from=$(url prod ends) to=$(url staging ends "${user[@]}")
    case $1:$2 in
        *:net) from=$(far prod ends) to=$(far staging ends "${user[@]}") wrap=(ip netns exec "dbtwin$$") ;;
    esac
    case $1 in
        copy | swap | schemas) set -- copy -v "$from" "$to" ;;
        place) set -- copy -v "$from" "$to" --in-place ;;
        resume) set -- copy -v "$from" "$to" --resume --max-rate "$rate" ;;
        snapshot) set -- snapshot -v "$from" -o "$file" --force ;;
        restore) set -- restore -v "$WORK/ends.snapshot" "$to" ;;
    esac
    exec "${wrap[@]}" "$DBTWIN" "$@" >"$OUT" 2>"$ERR" </dev/null
}
strike() { # EVENT
    case $1 in
        self) kill -KILL "$run" 2>/dev/null ;;
        source) kill_server prod ;;
        target) kill_server staging ;;
        net) ip link set "d$$" down ;;
        disk) for d in "$WORK/shelf" "$WORK/$kind"; do
            dd if=/dev/zero of="$d/filler" bs=1M 2>/dev/null
            dd if=/dev/zero of="$d/filler2" bs=512 2>/dev/null
        done ;;
    esac
}
heal() {
    rm -f "$WORK/shelf"/filler* "$WORK/$kind"/filler*
    [ -z "$net" ] || ip link set "d$$" up
    revive prod
    revive staging
}
# state: old, new, or what it is instead
state_of() {
    local got t
    case $1 in # until the next run old schemas may stand beside the new
        schemas | place) got=$(sum_of staging ends -N '*__dbtwin_old') ;;
        *) got=$(sum_of staging ends) ;;
    esac
    case $got in
        "$old") echo old; return ;;
        "$new") echo new; return ;;
    esac
    # MySQL: after the tables views and triggers follow at once, made by the next run if need be
    if ! server_is_pg staging && [ "$(q staging '' "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'ends' AND table_name = 'dbtwin_journal'")" = 1 ]; then
        t=$(tables_of staging ends)
        [ "$t" != "$new_tables" ] || { echo "new, to be finished"; return; }
    fi
    echo "neither old nor new: $got"
}
bad() { failures=$((failures + 1)); tap_say "point $i ($verb, $event at $delay ms): $*"; tap_say "$(tail -n 3 "$ERR")"; }

# A server learns of a client behind a dead network by and by; so long it keeps the next run out, which
# says so.
again() { # DB [OPTION...]
    local end=$((SECONDS + 120)) db=$1 user=()
    shift
    [ "$verb" != schemas ] || user=(killer)
    until dbtwin copy "$(url prod "$db")" "$(url staging ends "${user[@]}")" "$@" 2>"$ERR"; do
        [ "$event" = net ] && grep -q 'another.*run' "$ERR" && [ $SECONDS -lt $end ] || return 1
        sleep 1
    done
}

# The same copy again: goes on, or says why not, or there was nothing
resume() {
    local was=nothing
    [ "$(notes ends run)" != 1 ] || was=noted
    again ends --resume || bad "the next run with --resume"
    if grep -q 'resumed: ' "$ERR"; then was="went on"
    elif grep -q 'starting over: ' "$ERR"; then was="anew"
    elif [ $was = noted ]; then bad "says nothing of what was left"; fi
    tally[$verb:$event]="${tally[$verb:$event]}, $was"
    [ "$(sum_of staging ends)" = "$new" ] || bad "the result of --resume"
    [ -z "$(shadows staging)" ] || bad "left: $(shadows staging)"
}

one_point() {
    local verb=$1 event=$2 delay code=0 state options=()
    [ "$verb" != place ] || options=(--in-place)
    delay=$((RANDOM % (span[$verb] + 1)))
    case $verb in
        swap) delay=$((RANDOM % 60)) ;;
        resume) delay=$((RANDOM % 2000)) ;; # of the rows and what comes after them
    esac
    launch "$verb" "$event" &
    run=$!
    [ "$verb" != swap ] || until_true 30 at_swap
    [ "$verb" != resume ] || until_true 30 at_data
    sleep "$(awk "BEGIN { print $delay / 1000 }")"
    server_alive "$run" && hits=$((hits + 1))
    strike "$event"
    until_true 60 dead "$run" 2>/dev/null || { bad "it hung"; kill -KILL "$run"; } # bash tells of the end
    wait "$run" 2>/dev/null || code=$?
    case $event:$code in
        self:137 | *:0) ;;
        *:2) [ "$(grep -c '^dbtwin: error:' "$ERR")" = 1 ] || bad "not one error" ;;
        *) bad "exit code $code" ;;
    esac
    cp "$ERR" "$WORK/err.point"
    heal
    if [ "$verb" = snapshot ]; then
        if cmp -s "$WORK/shelf/s" "$WORK/old.snapshot"; then state=old
        elif dbtwin check -q "$WORK/shelf/s" >/dev/null 2>"$ERR"; then state=new
        else state="neither: $(ls -l "$WORK/shelf")"; fi
    else
        state=$(state_of "$verb")
    fi
    case $state:$code in
        neither*) cp "$WORK/err.point" "$ERR"; bad "$state" ;;
        old:0) bad "success, but the old state" ;;
    esac
    tally[$verb:$event]="${tally[$verb:$event]:-} $state"
    # the next run
    if [ "$verb" = snapshot ]; then
        dbtwin snapshot -q "$(url prod old)" -o "$WORK/shelf/s" --force 2>"$ERR" || bad "the next snapshot"
        is_alone=$(find "$WORK/shelf" -type f | wc -l)
        [ "$is_alone" = 1 ] || bad "left: $(ls "$WORK/shelf")"
        cp "$WORK/old.snapshot" "$WORK/shelf/s"
        return
    fi
    [ "$verb" != resume ] || resume
    again old "${options[@]}" || bad "the next run"
    [ "$(sum_of staging ends)" = "$old" ] || bad "the next run's result"
    [ -z "$(shadows staging)" ] || bad "left: $(shadows staging)"
}

# A shuffled list of verb:event, over and over
matrix() {
    local verb list=() i j t
    for verb in copy resume snapshot restore swap schemas place; do
        for event in self source target net disk; do
            case $verb:$event in
                schemas:* | place:*) server_is_pg staging || continue ;;&
                *:net) [ "$verb" = copy ] || [ -n "${KILL_POINTS:-}" ] || continue ;;& # half a minute each
                snapshot:target | restore:source | swap:source) continue ;;
                *:net) [ -n "$net" ] || continue ;;
                *:disk) [ -n "$disks" ] || continue ;;
            esac
            [ -z "${KILL_ONLY:-}" ] || case " $KILL_ONLY " in *" $verb:$event "*) ;; *) continue ;; esac
            list+=("$verb:$event")
        done
    done
    for ((i = ${#list[@]} - 1; i > 0; i--)); do
        j=$((RANDOM % (i + 1))) t=${list[$i]} list[$i]=${list[$j]} list[$j]=$t
    done
    for ((i = ${#list[@]} - 1; i > 0; i--)); do # one with --resume comes first
        case ${list[$i]} in resume:*) t=${list[$i]} list[$i]=${list[0]} list[0]=$t; break ;; esac
    done
    order=("${list[@]}")
}

declare -A span=() tally=()
for kind in $(one_of_each); do
    tally=()
    case $kind in
        pg*) log='' rate=5M
            more="-c listen_addresses=* -c synchronous_commit=on" size=500m ;;
        *) rate=1500k
            log="--log-bin=bin --server-id=7" # tells whether it has changed since
            more="--bind-address=0.0.0.0 --innodb-flush-log-at-trx-commit=1" size=600m ;;
    esac
    kill_ARGS=([prod]="$more $log" [staging]=$more)
    mkdir -p "$WORK/shelf"
    data=()
    if [ -n "$disks" ]; then
        small_disk "$WORK/$kind" $size && chown "$(server_user "$kind"):" "$WORK/$kind" && data=(--data "$WORK/$kind")
        mountpoint -q "$WORK/shelf" || small_disk "$WORK/shelf" 40m
    else
        mkdir -p "$WORK/$kind"
    fi
    # shellcheck disable=SC2086
    server_start "$kind" prod --tcp -- ${kill_ARGS[prod]} && server_start "$kind" staging --tcp "${data[@]}" -- $more ||
        bail "$kind did not start"
    if [ -n "$net" ] && server_is_pg prod; then
        for s in prod staging; do
            echo "host all all $net.0/30 trust" >>"$(cat "$(server_dir $s)/where")/pg_hba.conf"
            q $s postgres 'SELECT pg_reload_conf()' >/dev/null
        done
    fi
    # neither may it create databases nor does it own one, but what is in it is its own
    ! server_is_pg staging || must q staging postgres "CREATE ROLE killer LOGIN; GRANT postgres TO killer"
    for s in prod staging; do fresh_db $s ends; done
    fresh_db prod old
    ends_begin
    new_tables=$(server_is_pg prod || tables_of prod ends)
    must dbtwin snapshot -q "$(url prod ends)" -o "$WORK/ends.snapshot" --force
    must dbtwin snapshot -q "$(url prod old)" -o "$WORK/old.snapshot" --force
    cp "$WORK/old.snapshot" "$WORK/shelf/s"
    back
    [ -z "$net" ] || ! server_is_pg prod || are_patient
    matrix
    for verb in copy snapshot restore schemas place; do # how long each takes that is to be ended
        case " ${order[*]:0:points}" in *" $verb:"*) ;; *) continue ;; esac
        case $verb in schemas | place) back ;; esac
        t0=$(now_ms)
        launch $verb self &
        wait $! || fail "$kind: a whole $verb" "$(cat "$ERR")"
        span[$verb]=$(($(now_ms) - t0))
    done
    span[swap]=0 span[resume]=0
    cp "$WORK/old.snapshot" "$WORK/shelf/s"
    back
    failures=0 hits=0
    for ((i = 0; i < points; i++)); do
        one_point "${order[i % ${#order[@]}]%:*}" "${order[i % ${#order[@]}]#*:}"
    done
    is "$kind: $points points: always old or new, and the next run cleans up" "$failures" 0
    [ "$hits" -gt 0 ] && pass "$kind: and they came in time" || fail "$kind: and they came in time" "all runs had ended"
    tap_say "$kind: $hits of $points points met a run that was going on:"
    for s in $(printf '%s\n' "${!tally[@]}" | sort); do
        tap_say "  $s: $(printf '%s\n' "${tally[$s]}" | sed 's/new, to be finished/new*/g')"
    done
    server_stop prod
    server_stop staging
done
done_testing
