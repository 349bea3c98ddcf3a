#!/bin/bash
# A server that does not answer is given up after connect-timeout, and one interrupt ends every wait:
# for a server, at each stage, for passwordcmd, for a lock. And PostgreSQL's bare password.
. "$(dirname "$0")/../lib/live.sh"

command -v python3 >/dev/null || skip_all "there is no python3 to play the server"

# hostile NAME PROGRAM MODE: starts one; $port is where it listens
hostile() {
    local i
    mkdir -p "$WORK/$1"
    touch "$WORK/$1/heard" "$WORK/$1/log"
    python3 "$TOP/tests/lib/$2" "$WORK/$1" "$3" 2>"$WORK/$1/stderr" &
    at_exit kill $!
    for ((i = 0; i < 100; i++)); do [ -s "$WORK/$1/port" ] && break; sleep 0.1; done
    port=$(cat "$WORK/$1/port") || bail "the hostile server did not start"
}

# interrupted NAME SIGNAL SECONDS ARGUMENT...: dbtwin ends with 130 soon after one signal
interrupted() {
    local name=$1 signal=$2 wait=$3 start pid code took
    shift 3
    set -m
    "$DBTWIN" "$@" >"$OUT" 2>"$ERR" </dev/null &
    pid=$!
    set +m
    sleep "$wait"
    start=$(date +%s%N)
    kill "-$signal" $pid
    for ((i = 0; i < 100; i++)); do server_alive $pid || break; sleep 0.1; done
    took=$((($(date +%s%N) - start) / 1000000))
    server_alive $pid && kill -KILL $pid
    wait $pid
    code=$?
    is "$name: exit" "$code" 130
    ok "$name: soon ($took ms)" test "$took" -lt 4500
}

# given_up NAME SECONDS ARGUMENT...: dbtwin ends with 2 by itself
given_up() {
    local name=$1 limit=$2 start=$SECONDS
    shift 2
    RUN_TIMEOUT=30 expect_exit 2 "$name: given up" dbtwin "$@"
    err_like "$name: says so" "within 2 seconds"
    err_like "$name: says what sets it" "connect.timeout"
    ok "$name: in time ($((SECONDS - start)) s)" test $((SECONDS - start)) -le "$limit"
}

for mode in silent stall; do
    hostile "my-$mode" hostile_mysql.py $mode
    given_up "MySQL, $mode" 4 inspect "mysql://u:hunter2@127.0.0.1:$port/d?connect_timeout=2"
    given_up "MySQL, $mode, a target" 5 copy "mysql://u:hunter2@127.0.0.1:$port/d?connect-timeout=2" \
        "mysql://u:hunter2@127.0.0.1:$port/e?connect-timeout=2"
    interrupted "MySQL, $mode" INT 1 inspect "mysql://u:hunter2@127.0.0.1:$port/d"
    hostile "pg-$mode" hostile_postgres.py $mode
    given_up "PostgreSQL, $mode" 5 inspect "postgresql://u:hunter2@127.0.0.1:$port/d?connect_timeout=2"
    interrupted "PostgreSQL, $mode" INT 1 inspect "postgresql://u:hunter2@127.0.0.1:$port/d"
done
hostile pg-mute hostile_postgres.py mute
interrupted "PostgreSQL, mute" TERM 1 inspect "postgresql://u:hunter2@127.0.0.1:$port/d"

# The bare password, asked for over TCP without TLS
for mode in clear clear-late clear-joined clear-second clear-third; do
    hostile "$mode" hostile_postgres.py $mode
    expect_exit 2 "PostgreSQL, $mode" dbtwin inspect "postgresql://u:hunter2@127.0.0.1:$port/d"
    err_has "PostgreSQL, $mode: says why" "asks for the password itself"
    ok "PostgreSQL, $mode: it was asked" grep -qa "application_name" "$WORK/$mode/heard"
    ok "PostgreSQL, $mode: nothing sent" sh -c "! grep -qaF hunter2 '$WORK/$mode/heard'"
done

# libpq's own reason, without what may be a password; a scheme with a mistake in it
expect_exit 2 "a URL that libpq refuses" dbtwin inspect "postgresql://u:hunter2@h/d?nonsense=1"
err_has "a URL that libpq refuses: its reason" 'invalid URI query parameter: "nonsense"'
for url in "postgresql://u:hunter2%zz@h/d" "postgresql://u@h/d?password=a&hunter2" \
    "postgresql://u@h/d?pass%77ord=hunter2&nonsense=1" "postgresql://u@h/d?PassWord=hunter2" \
    "postgers://u:hunter2@h/db" "mysql//u:hunter2@h/db" "postgresql:/u:hunter2@h" "hunter2@h" \
    "mysql://u@h/d?pass%77ord=hunter2" "mysql://u:hunter2@[::1/d"; do
    for format in text json; do
        expect_exit 2 "refused, $format: ${url//hunter2/PW}" \
            dbtwin inspect --log-format $format "$url"
        err_lacks "hidden, $format: ${url//hunter2/PW}" hunter2
    done
done

# passwordcmd
cat >"$WORK/dbtwin.yaml" <<END2
databases:
  sleeps: {url: "postgresql://u@127.0.0.1:1/d", passwordcmd: "sleep 777; echo x"}
  fails: {url: "postgresql://u@127.0.0.1:1/d", passwordcmd: "echo hunter2; echo the vault is shut >&2; echo more >&2; exit 7"}
  empty: {url: "postgresql://u@127.0.0.1:1/d", passwordcmd: "cat"}
  traces: {url: "postgresql://u@127.0.0.1:1/d", passwordcmd: "echo hunter2; echo + echo hunter2 >&2; exit 1"}
  huge: {url: "postgresql://u@127.0.0.1:1/d", passwordcmd: "head -c 70000 /dev/zero | tr '\\\\0' x"}
END2
cd "$WORK" || exit 2
interrupted "passwordcmd" TERM 1 inspect sleeps
sleep 0.3
is "passwordcmd: its process has ended" "$(pgrep -fx 'sleep 777')" ""
expect_exit 2 "passwordcmd that fails" dbtwin inspect fails
err_has "passwordcmd that fails: its exit code" "exit status 7"
err_has "passwordcmd that fails: its words" "the vault is shut"
err_lacks "passwordcmd that fails: no output" hunter2
expect_exit 2 "passwordcmd reads nothing of ours" sh -c "echo hunter2 | '$DBTWIN' inspect empty"
err_has "passwordcmd reads nothing of ours: says so" "first line is empty"
expect_exit 2 "passwordcmd that traces" dbtwin inspect traces
err_lacks "passwordcmd that traces: no output" hunter2
expect_exit 2 "passwordcmd without an end" dbtwin inspect huge
err_has "passwordcmd without an end: says so" "65536 bytes"

# Passwords that work: many lines behind, a long one, all read by the server
for kind in $(servers my); do
    start "$kind" prod
    fresh_db prod waits
    must q prod waits "CREATE TABLE t (a int)"
    long=$(head -c 3000 /dev/zero | tr '\0' p)
    q prod waits "DROP USER waiter@localhost" >/dev/null 2>&1
    must q prod waits "CREATE USER waiter@localhost IDENTIFIED BY '${long:0:200}'"
    must q prod waits "GRANT ALL ON *.* TO waiter@localhost"
    cat >"$WORK/dbtwin.yaml" <<END2
databases:
  prod: {url: "$(url prod waits waiter)", passwordcmd: "echo ${long:0:200}; seq 1 50000"}
END2
    for i in 1 2 3 4 5; do ok "$kind: passwordcmd with many lines, $i" dbtwin inspect prod; done
    # a lock that somebody holds
    my prod waits -e "LOCK TABLES t WRITE; SELECT SLEEP(30)" >/dev/null 2>&1 &
    pid=$!
    sleep 1
    interrupted "$kind: a lock" INT 1 verify "$(url prod waits)" "$(url prod waits)x"
    kill $pid
done
done_testing
