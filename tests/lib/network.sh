# shellcheck shell=bash
# network.sh: disks that are small, and a network that can be cut: root's. Sourced after live.sh.

small_disk() { # DIR SIZE
    mkdir -p "$1"
    chmod 755 "$1"
    mount -t tmpfs -o "size=$2,mode=755" none "$1" 2>/dev/null || return 1
    at_exit umount -l "$1"
}

# A namespace for dbtwin ("dbtwin$$"), at the other end of a cable that can be pulled out: "d$$"
# down. Sets net: $net.1 is the servers' end.
cable() {
    command -v ip >/dev/null || return 1
    local n=dbtwin$$ i
    # any of these networks may be somebody's
    for i in 77 78 79 80 81; do
        ip -o addr | grep -q "10\.213\.$i\." || break
    done
    ip netns add "$n" 2>/dev/null || return 1
    at_exit ip netns del "$n"
    ip link add "d$$" type veth peer name "e$$" netns "$n" 2>/dev/null || return 1
    at_exit ip link del "d$$"
    ip addr add "10.213.$i.1/30" dev "d$$" && ip link set "d$$" up && ip -n "$n" addr add "10.213.$i.2/30" dev "e$$" &&
        ip -n "$n" link set "e$$" up || return 1
    net=10.213.$i
}

# far NAME DB [USER]: its URL through the cable
far() {
    local port
    port=$(cat "$(server_dir "$1")/port")
    if server_is_pg "$1"; then
        echo "postgresql://${3:-postgres}@$net.1:$port/$2?keepalives_idle=1&keepalives_interval=1&keepalives_count=2&tcp_user_timeout=3000"
    else
        echo "mysql://test:test@$net.1:$port/$2?net-timeout=3"
    fi
}

# of NAME's connections: in how many minutes or seconds the server asks whether a silent client is there;
# persist: it has something to send, and asks all the time
timers() { ss -Htno state established "( sport = :$(cat "$(server_dir "$1")/port") )" | sed 's/.*timer:(\([^,]*\),\([^,]*\),.*/\1 \2/'; }
patient() { timers "$1" | grep -vE '^keepalive ([012]?[0-9]sec|30sec|[0-9.]*ms)$|^on |^persist '; }
# Whether servers miss a client behind a dead cable within a minute: while a slow copy goes on
are_patient() {
    ip netns exec "dbtwin$$" "$DBTWIN" copy --create -v --max-rate 100k "$(far prod ends)" "$(far staging ends)" >"$OUT" 2>"$ERR" </dev/null &
    run=$!
    until_true 10 at_data
    sleep 1
    for s in prod staging; do
        [ "$(timers $s | wc -l)" -ge 2 ] && pass "$kind: connections to $s" || fail "$kind: connections to $s" "$(timers $s) $(cat "$ERR")"
        is "$kind: a client that is gone from $s is missed within a minute" "$(patient $s)" ''
    done
    kill -TERM $run
    wait $run
}
