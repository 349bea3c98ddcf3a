# shellcheck shell=bash
# servers.sh: throw-away database servers on unix sockets, each with a data folder of its own that
# is deleted with it. Sourced; needs bash. See README.md for how a test uses it.
#
# Kinds: pg15 (or whatever PostgreSQL the machine has), mariadb (the machine's own);
# fetched into a cache when DBTWIN_SERVERS names them: pg13 pg14 pg16 pg17 pg18 mariadb11.8 mysql9.
#
# A session is a folder in the temporary folder with one folder for each running server. The shell
# that made it stops everything when it ends; a shell that finds DBTWIN_SESSION joins it, and shares
# servers of the same kind and name with those before it.

. "$(dirname "${BASH_SOURCE[0]}")/cleanup.sh"
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
. "$(dirname "${BASH_SOURCE[0]}")/fetch.sh"

declare -gA server_ID=() # the scenario's name of a server -> its folder in the session
export PATH=$PATH:/usr/sbin:/sbin
unset PGHOST PGHOSTADDR PGPORT PGUSER PGDATABASE PGPASSWORD PGSERVICE PGSERVICEFILE PGOPTIONS \
    PGPASSFILE PGSSLMODE PGAPPNAME PGCLIENTENCODING MYSQL_HOST MYSQL_TCP_PORT MYSQL_UNIX_PORT MYSQL_PWD

# Servers refuse to run as root, and another user cannot enter root's home: hence /var/cache.
if [ -z "${DBTWIN_CACHE:-}" ]; then
    if [ "$(id -u)" = 0 ]; then
        DBTWIN_CACHE=/var/cache/dbtwin-servers
    else
        DBTWIN_CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/dbtwin-servers
    fi
fi
export DBTWIN_CACHE

# ---- which servers ----

server_pg_bin() { # the folder of initdb and postgres, or nothing
    local n=${1#pg} d
    for d in "/usr/lib/postgresql/$n/bin" "/usr/pgsql-$n/bin" "$DBTWIN_CACHE/pg$n/native/bin" \
        "$DBTWIN_CACHE/pg$n/usr/lib/postgresql/$n/bin"; do
        [ -x "$d/postgres" ] && { echo "$d"; return 0; }
    done
    d=$(command -v postgres) && case $("$d" -V) in *" $n."*) dirname "$(readlink -f "$d")" ;; esac
    return 0
}

server_my_base() {
    case $1 in
        mariadb) echo /usr ;;
        *) echo "$DBTWIN_CACHE/$1/usr" ;;
    esac
}

# PostgreSQL 15 where it can be had, else the newest one installed
server_default_pg() {
    local d n=
    [ -n "$(server_pg_bin pg15)" ] && { echo pg15; return 0; }
    for d in /usr/lib/postgresql/*/bin/postgres /usr/pgsql-*/bin/postgres; do
        [ -x "$d" ] && n=$(printf '%s\n' "$n" "$(echo "$d" | tr -dc 0-9)" | sort -n | tail -n 1)
    done
    echo "pg${n:-15}"
}

# Debian's psql and pg_dump are scripts that look for clusters first; the programs themselves start
# ten times as fast.
if [ -x "$(server_pg_bin "$(server_default_pg)")/psql" ]; then
    PATH=$(server_pg_bin "$(server_default_pg)"):$PATH
fi

# The list: told by DBTWIN_SERVERS; in CI the wide one; else what is there already.
servers_default() {
    local k
    if [ -n "${DBTWIN_SERVERS:-}" ]; then echo "$DBTWIN_SERVERS"; return 0; fi
    if [ "${CI:-}" = true ]; then echo "pg15 pg13 pg18 mariadb mariadb11.8 mysql9"; return 0; fi
    printf '%s mariadb' "$(server_default_pg)"
    for k in pg13 pg14 pg16 pg17 pg18 mariadb11.8 mysql9; do
        [ "$k" != "$(server_default_pg)" ] && fetch_have "$k" && printf ' %s' "$k"
    done
    echo
}

# servers pg|my|all: the kinds to test with that can be had, fetching them if need be
servers() {
    local k
    for k in $(servers_default); do
        case $1:$k in pg:pg* | my:my* | my:mariadb* | all:*) ;; *) continue ;; esac
        fetch_get "$k" && echo "$k"
    done
    return 0
}

# ---- the session ----

server_alive() { # also false for a zombie, which kill -0 would call alive
    case $(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null) in '' | Z* | X*) return 1 ;; esac
}

# Stop by pid, after a look that the pid is still that server; at once, as the data go too.
server_stop_dir() {
    local dir=$1 sig=${2:-} pid i
    pid=$(cat "$dir/pid" 2>/dev/null) || return 0
    if server_alive "$pid" &&
        tr '\0' ' ' <"/proc/$pid/cmdline" | grep -qF -- "$(cat "$dir/where") "; then
        if [ -z "$sig" ]; then
            case $(cat "$dir/kind") in pg*) sig=QUIT ;; *) sig=KILL ;; esac
        fi
        kill "-$sig" "$pid"
        for ((i = 0; i < 600; i++)); do
            server_alive "$pid" || break
            sleep 0.05
            [ "$i" != 400 ] || kill -KILL "$pid" 2>/dev/null
        done
        ! server_alive "$pid" || { setup_say "server $pid does not stop"; return 1; }
    fi
    rm -f "$dir/pid"
}

server_drop_dir() {
    server_stop_dir "$1" && rm -rf "$(cat "$1/where" 2>/dev/null || echo "$1/data")" "$1"
}

session_end() {
    local d
    for d in "$1"/*/; do [ ! -f "$d/kind" ] || server_drop_dir "${d%/}"; done
    rm -rf "$1"
}

# Sessions whose shell was killed the hard way
session_sweep() {
    local d
    for d in "$1"/dbtwin-s.*/; do
        [ -O "$d" ] && [ -f "$d/owner" ] && ! server_alive "$(cat "$d/owner")" &&
            session_end "${d%/}"
    done
    return 0
}

session_begin() {
    local t=${TMPDIR:-/tmp}
    [ -z "${DBTWIN_SESSION:-}" ] || [ ! -d "$DBTWIN_SESSION" ] || return 0
    [ ${#t} -le 50 ] || t=/tmp # a socket's path may have 107 bytes
    session_sweep "$t"
    DBTWIN_SESSION=$(mktemp -d "$t/dbtwin-s.XXXXXX") || exit 2
    chmod 755 "$DBTWIN_SESSION" # mktemp's 0700 would keep the servers' user out
    echo $$ >"$DBTWIN_SESSION/owner"
    export DBTWIN_SESSION
    at_exit session_end "$DBTWIN_SESSION"
}
session_begin

# ---- starting ----

# Debian's cluster is postgres' own, nobody has nothing: either may run a server, root may not.
server_user() {
    [ "$(id -u)" = 0 ] || { id -un; return 0; }
    case $1 in pg*) id -un postgres 2>/dev/null && return 0 ;; esac
    echo nobody
}

# server_as USER COMMAND...
server_as() {
    local u=$1
    shift
    if [ "$(id -u)" = 0 ]; then
        setpriv --reuid="$u" --regid="$(id -g "$u")" --clear-groups -- "$@"
    else
        "$@"
    fi
}

server_my_setup() { # sets base bin share common extra for a MySQL or MariaDB kind
    base=$(server_my_base "$1")
    common="--no-defaults --basedir=$base --innodb-flush-method=nosync --secure-file-priv="
    if [ "$1" = mysql9 ]; then
        bin=$base/sbin/mysqld share=$base/share/mysql
        common="$common --skip-log-bin --innodb-redo-log-capacity=64M"
        extra="--mysqlx=OFF"
    else
        bin=$base/sbin/mariadbd share=$base/share/mariadb
        [ -f "$share/fill_help_tables.sql" ] || share=$base/share/mysql
        extra="--innodb-log-file-size=96M --skip-log-bin"
    fi
    extra="$extra --character-set-server=utf8mb4"
    common="$common --lc-messages-dir=$share"
}

# What mariadb-install-db does, without the help tables and without Debian's root-by-socket rule
server_my_bootstrap() {
    local p=mariadb
    [ -f "$share/mariadb_system_tables.sql" ] || p=mysql
    printf '%s\n' 'create database if not exists mysql;' 'use mysql;' 'SET @auth_root_socket=NULL;'
    cat "$share/${p}_system_tables.sql" "$share/${p}_performance_tables.sql" \
        "$share/${p}_system_tables_data.sql" "$share/maria_add_gis_sp_bootstrap.sql" \
        "$share/${p}_sys_schema.sql"
}

server_init() { # server_init KIND USER DIR: an empty data folder
    local kind=$1 user=$2 dir=$3 base bin share common extra
    case $kind in
        pg*)
            bin=$(server_pg_bin "$kind")
            server_as "$user" timeout -k 5 120 "$bin/initdb" -D "$dir" -U postgres -A trust \
                -E UTF8 --locale=C.UTF-8 --no-sync
            ;;
        mysql*)
            server_my_setup "$kind"
            # shellcheck disable=SC2086
            server_as "$user" timeout -k 5 180 "$bin" $common --datadir="$dir" \
                --initialize-insecure && rm -f "$dir/auto.cnf"
            ;;
        *)
            server_my_setup "$kind"
            # shellcheck disable=SC2086
            server_my_bootstrap | server_as "$user" timeout -k 5 180 "$bin" $common \
                --datadir="$dir" --bootstrap --silent-startup --log-warnings=0 \
                --enforce-storage-engine= --max-allowed-packet=8M --net-buffer-length=16K \
                --innodb-log-file-size=16M
            ;;
    esac
}

# An initialised folder is kept for each version and user; a server starts from a copy of it.
server_template() {
    local kind=$1 user=$2 v tpl base bin share common extra
    case $kind in
        pg*) v=$("$(server_pg_bin "$kind")/postgres" -V) ;;
        *) server_my_setup "$kind"; v=$("$bin" --no-defaults --version 2>/dev/null) ;;
    esac
    v=$(printf '%s' "$v $user" | cksum)
    tpl=$DBTWIN_CACHE/data/$kind-${v%% *}
    mkdir -p "$DBTWIN_CACHE/data"
    (
        flock -w 300 9 || exit 1
        [ -d "$tpl" ] && exit 0
        rm -rf "$tpl.new"
        mkdir -m 700 "$tpl.new"
        [ "$(id -u)" != 0 ] || chown "$user:" "$tpl.new"
        if server_init "$kind" "$user" "$tpl.new" 9>&- >"$DBTWIN_SESSION/.init-$kind" 2>&1; then
            mv "$tpl.new" "$tpl"
        else
            tail -n 5 "$DBTWIN_SESSION/.init-$kind" >&2
            exit 1
        fi
    ) 9>"$DBTWIN_CACHE/data/.lock-$kind" || return 1
    echo "$tpl"
}

server_free_port() {
    perl -MIO::Socket::INET -e \
        'print IO::Socket::INET->new(LocalAddr => "127.0.0.1", Listen => 1)->sockport'
}

server_start_pg() { # KIND USER DIR DATA PORT ARGS...
    local bin user=$2 dir=$3 data=$4 port=$5 a opts
    bin=$(server_pg_bin "$1")
    shift 5
    # the replica level, as everywhere in production; only what a crash would need is left out
    opts="-F -k $dir -p ${port:-5432} -h '${port:+127.0.0.1}' -c full_page_writes=off
 -c synchronous_commit=off -c shared_buffers=64MB -c max_wal_size=2GB -c autovacuum=off
 -c timezone=UTC -c lc_messages=C"
    for a; do opts="$opts $(printf '%q' "$a")"; done
    server_as "$user" timeout -k 5 90 "$bin/pg_ctl" -D "$data" -w -s -t 60 -l "$dir/log" \
        -o "${opts//$'\n'/}" start >"$dir/ctl.log" 2>&1 </dev/null || return 1
    head -n 1 "$data/postmaster.pid" >"$dir/pid"
}

server_start_my() { # the same
    local kind=$1 user=$2 dir=$3 data=$4 port=$5 net=--skip-networking pid i
    local base bin share common extra
    shift 5
    server_my_setup "$kind"
    [ -z "$port" ] || net="--bind-address=127.0.0.1 --port=$port"
    printf '%s\n' "CREATE USER IF NOT EXISTS 'test'@'%' IDENTIFIED BY 'test';" \
        "GRANT ALL PRIVILEGES ON *.* TO 'test'@'%' WITH GRANT OPTION;" >"$dir/init.sql"
    : >"$dir/log.err"
    mkdir -p "$dir/tmp" # two MariaDBs in one folder for temporary files take each other's away
    [ "$(id -u)" != 0 ] || chown "$user:" "$dir/log.err" "$dir/tmp"
    local as=()
    [ "$(id -u)" != 0 ] ||
        as=(setpriv "--reuid=$user" "--regid=$(id -g "$user")" --clear-groups --)
    # not through server_as: $! has to be the server's own pid
    # shellcheck disable=SC2086
    setsid "${as[@]}" "$bin" $common --datadir="$data" --socket="$dir/s" \
        --tmpdir="$dir/tmp" --pid-file="$dir/server.pid" --log-error="$dir/log.err" $net --skip-name-resolve \
        --local-infile=1 --init-file="$dir/init.sql" --innodb-flush-log-at-trx-commit=0 \
        --innodb-doublewrite=0 --innodb-buffer-pool-size=128M --performance-schema=OFF $extra \
        "$@" </dev/null >/dev/null 2>&1 &
    pid=$!
    disown "$pid"
    echo "$pid" >"$dir/pid"
    for ((i = 0; i < 1200; i++)); do
        [ -S "$dir/s" ] && timeout 5 mariadb --no-defaults -S "$dir/s" -uroot -e 'select 1' \
            >/dev/null 2>&1 && return 0
        server_alive "$pid" || break
        sleep 0.05
    done
    cp "$dir/log.err" "$dir/log"
    return 1
}

# server_start KIND NAME [--own] [--tcp] [--data DIR] [-- SERVER OPTION...]
#   Without options the server is shared with the other scenarios of the session. Any option makes
#   it this scenario's own: it is stopped and dropped when the scenario ends.
#   --tcp      listens on 127.0.0.1 as well (see url_tcp)
#   --data DIR keeps the data folder under DIR (say, a small file system)
server_start() {
    local kind=$1 name=$2 own= port= parent= id dir user tpl data
    shift 2
    while [ $# -gt 0 ]; do
        case $1 in
            --own) own=1 ;;
            --tcp) own=1 port=$(server_free_port) ;;
            --data) own=1 parent=$2; shift ;;
            --) own=1; shift; break ;;
            *) setup_say "server_start: $1?"; return 2 ;;
        esac
        shift
    done
    id=$kind-$name${own:+-$$}
    dir=$DBTWIN_SESSION/$id
    if [ -f "$dir/pid" ] && server_alive "$(cat "$dir/pid")"; then
        server_ID[$name]=$id
        return 0
    fi
    fetch_get "$kind" || return 1
    user=$(server_user "$kind")
    tpl=$(server_template "$kind" "$user") || { setup_say "$kind: no data folder"; return 1; }
    data=${parent:-$dir}/data${parent:+-$id}
    rm -rf "$dir" "$data"
    mkdir -p "$dir"
    chmod 755 "$dir"
    echo "$kind" >"$dir/kind"
    echo "$data" >"$dir/where"
    echo "$port" >"$dir/port"
    cp -a --reflink=auto "$tpl" "$data" || return 1
    [ "$(id -u)" != 0 ] || chown "$user:" "$dir"
    [ -z "$own" ] || at_exit server_drop_dir "$dir"
    case $kind in
        pg*) server_start_pg "$kind" "$user" "$dir" "$data" "$port" "$@" ;;
        *) server_start_my "$kind" "$user" "$dir" "$data" "$port" "$@" ;;
    esac || {
        setup_say "$kind did not start:"
        tail -n 5 "$dir/ctl.log" "$dir/log" >&2 2>/dev/null
        server_drop_dir "$dir"
        return 1
    }
    server_ID[$name]=$id
}

# server_stop NAME [SIGNAL]: at once, unless a signal is named (INT and TERM are clean); the data
# stay until the session ends.
server_stop() { server_stop_dir "$(server_dir "$1")" "${2:-}"; }

# server_look NAME: sets look_DIR, look_KIND and look_PORT. Asked ten thousands of times in a run, so
# without a process of its own.
server_look() {
    [ -n "${server_ID[$1]:-}" ] || { setup_say "no server $1 was started"; return 1; }
    look_DIR=$DBTWIN_SESSION/${server_ID[$1]} look_KIND='' look_PORT=''
    { read -r look_KIND <"$look_DIR/kind" && read -r look_PORT <"$look_DIR/port"; } 2>/dev/null || return 0
}
server_dir() { server_look "$1" && echo "$look_DIR"; }
server_kind() { server_look "$1" && echo "$look_KIND"; }
server_pid() { cat "$(server_dir "$1")/pid"; }
server_is_pg() { server_look "$1" && [[ $look_KIND == pg* ]]; }

. "$(dirname "${BASH_SOURCE[0]}")/sql.sh"
