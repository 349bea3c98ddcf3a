#!/bin/bash
# Through a pooler (PgBouncer): in session mode all works; one that lends a connection for a transaction or
# a statement only is refused before anything is set on it, on either side of diff and copy.
. "$(dirname "$0")/../lib/live.sh"
setup_install_idle pgbouncer && bouncer=$(command -v pgbouncer) || skip_all "PgBouncer cannot be installed"

# pool NAME SERVER MODE SIZE [LINE...]: a PgBouncer before SERVER, on a socket in its own folder
declare -A pool_DIR=()
pool() {
    local name=$1 server=$2 mode=$3 size=$4 dir=$WORK/$1 user pid
    shift 4
    mkdir -m 755 "$dir"
    echo '"postgres" ""' >"$dir/users"
    {
        printf '[databases]\n* = host=%s\n[pgbouncer]\n' "$(server_dir "$server")"
        printf '%s\n' "unix_socket_dir = $dir" "listen_port = 6432" "auth_type = trust" "auth_file = $dir/users" \
            "pool_mode = $mode" "default_pool_size = $size" "max_client_conn = 100" "query_wait_timeout = 30" \
            "logfile = $dir/log" "pidfile = $dir/pid" "syslog = 0" "$@"
    } >"$dir/ini"
    user=$(server_user pg)
    [ "$(id -u)" != 0 ] || chown -R "$user:" "$dir"
    server_as "$user" timeout 20 "$bouncer" -q -d "$dir/ini" >/dev/null 2>&1 || bail "PgBouncer does not start"
    for _ in $(seq 50); do [ -S "$dir/.s.PGSQL.6432" ] && [ -s "$dir/pid" ] && break; sleep 0.1; done
    pid=$(cat "$dir/pid")
    at_exit kill "$pid"
    pool_DIR[$name]=$dir
}
pooled() { echo "postgresql://postgres@/$2?host=${pool_DIR[$1]}&port=6432"; } # pooled POOL DB

chmod 755 "$WORK"
kind=$(servers pg | head -n 1)
[ -n "$kind" ] || skip_all "no PostgreSQL"
start "$kind" pool
for db in pooled pooled2; do
    fresh_db pool "$db"
    must q pool "$db" "CREATE TABLE t (id serial PRIMARY KEY, b text CHECK (b <> '')); INSERT INTO t (b) SELECT 'x' || g FROM generate_series(1, 3000) g"
done
direct=$(url pool pooled)

pool session pool session 20
pool alone pool session 1
pool lent pool transaction 20
pool one pool transaction 1
pool round pool transaction 5 "server_round_robin = 1" "min_pool_size = 5"
pool word pool statement 5

ok "session mode: diff" dbtwin diff "$(pooled session pooled)" "$(pooled session pooled2)"
must q pool pooled2 "ALTER TABLE t DROP CONSTRAINT t_b_check, ADD CONSTRAINT t_b_check CHECK (b <> ' ')"
expect_exit 1 "session mode: drift, which the pooled target was asked about" \
    dbtwin diff "$(pooled session pooled)" "$(pooled session pooled2)"
out_has "session mode: and it is named" "t_b_check"
must q pool pooled2 "ALTER TABLE t DROP CONSTRAINT t_b_check, ADD CONSTRAINT t_b_check CHECK (b <> '')"
ok "session mode with a single connection: inspect" dbtwin inspect "$(pooled alone pooled)"
fresh_db pool copied
ok "session mode: a copy's source" dbtwin copy -q -j 3 "$(pooled session pooled)" "$(url pool copied)"
is "session mode: and its rows came" "$(q pool copied "SELECT count(*), max(b) FROM t")" $'3000\tx999'
ok "session mode: a copy's target" dbtwin copy -q "$direct" "$(pooled session copied2)"
is "session mode: and its rows came there" "$(q pool copied2 "SELECT count(*), max(b) FROM t")" $'3000\tx999'

# Some traffic of others, so that the pools have more than one connection open.
for p in lent round; do
    for _ in 1 2 3; do
        psql -X -q -h "${pool_DIR[$p]}" -p 6432 -U postgres -c "SELECT pg_sleep(0.4)" pooled >/dev/null 2>&1 &
    done
done
wait
for p in lent one round word; do
    case $p in word) mode=statement ;; *) mode=transaction ;; esac
    for side in from to; do
        [ $side = from ] && set -- "$(pooled $p pooled)" "$direct" || set -- "$direct" "$(pooled $p pooled)"
        expect_exit 2 "$mode mode ($p), $side: diff is refused" dbtwin diff "$@"
        err_has "$mode mode ($p), $side: by name" "a connection pooler is in between"
        err_has "$mode mode ($p), $side: and with a hint" "pool_mode = session"
    done
done
expect_exit 2 "transaction mode: refused as a copy's source" dbtwin copy "$(pooled lent pooled)" "$(url pool copied3)"
err_has "transaction mode: by name as a copy's source" "a connection pooler is in between"
expect_exit 2 "transaction mode: refused as a copy's target" dbtwin copy "$direct" "$(pooled lent copied3)"
err_has "transaction mode: by name as a copy's target" "a connection pooler is in between"
is "and no database was made" "$(q pool postgres "SELECT count(*) FROM pg_database WHERE datname LIKE 'copied3%'")" 0
is "and what dbtwin sets for itself did not reach the pool's connections" \
    "$(for p in lent one round; do psql -X -At -h "${pool_DIR[$p]}" -p 6432 -U postgres -c "SHOW default_transaction_read_only" \
        -c "SHOW search_path" pooled; done | sort -u | tr '\n' ' ')" '"$user", public off '
done_testing
