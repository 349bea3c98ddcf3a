#!/bin/bash
# What a MySQL server, or whoever answers in its place, may learn of a password, and of our files:
# nothing that it can use, unless the connection was asked to be encrypted.
. "$(dirname "$0")/../lib/live.sh"

command -v python3 >/dev/null || skip_all "there is no python3 to play the server"
must openssl req -x509 -newkey rsa:2048 -nodes -keyout "$WORK/key.pem" -out "$WORK/cert.pem" \
    -days 2 -subj /CN=localhost -addext "subjectAltName=DNS:localhost,IP:127.0.0.1" 2>/dev/null

oracle() { ldd "$DBTWIN" | grep -q libmysqlclient; }

# hostile NAME MODE [CERT KEY]: starts one; its folder is $WORK/NAME, $port where it listens
hostile() {
    local name=$1 i
    shift
    mkdir -p "$WORK/$name"
    cp "$WORK/key.pem" "$WORK/$name/rsa.key"
    touch "$WORK/$name/heard" "$WORK/$name/log"
    python3 "$TOP/tests/lib/hostile_mysql.py" "$WORK/$name" "$@" 2>"$WORK/$name/stderr" &
    at_exit kill $!
    for ((i = 0; i < 100; i++)); do [ -s "$WORK/$name/port" ] && break; sleep 0.1; done
    port=$(cat "$WORK/$name/port") || bail "the hostile server did not start"
}

# at QUERY: the URL of the server that was started last
at() { echo "mysql://keeper:hunter2@127.0.0.1:$port/shop$1"; }

# unheard NAME WHAT: the password's bytes did not arrive, however it was reached
unheard() {
    if grep -qaF hunter2 "$WORK/$1/heard"; then
        fail "$2: the password was sent" "$(cat "$WORK/$1/log")"
    else
        pass "$2: no password was sent"
    fi
}

# heard_login NAME WHAT: the login went as far as the test means it to
heard_login() { ok "$2" grep -q "^login" "$WORK/$1/log"; }

# Without TLS: whatever the server asks for, and whatever option files and the environment say
printf '[client]\nenable-cleartext-plugin\nssl-mode=DISABLED\nskip-ssl\nlocal-infile=1\n%s\n%s\n' \
    'default-auth=mysql_clear_password' 'restricted-auth=mysql_clear_password,dialog,sha256_password' \
    >"$WORK/.my.cnf"
chmod 600 "$WORK/.my.cnf"
export LIBMYSQL_ENABLE_CLEARTEXT_PLUGIN=1
for mode in clear dialog sha256 sha2 old; do
    hostile "$mode" "$mode"
    for query in "" "?ssl-mode=preferred" "?ssl-mode=disabled"; do
        expect_exit 2 "$mode$query" dbtwin inspect "$(at "$query")"
        err_lacks "$mode$query: hidden" hunter2
        case $mode in
            clear | dialog) err_has "$mode$query: says what would help" "?ssl-mode=required" ;;
        esac
    done
    unheard "$mode" "$mode"
    heard_login "$mode" "$mode: the server got as far as asking"
    # Oracle's sha256_password asks for a key whatever it is told: dbtwin-concepts(7), ENCRYPTION
    [ "$mode" = sha256 ] && oracle && continue
    ok "$mode: it got no answer" sh -c "! grep -q 'logged in' '$WORK/$mode/log'"
done
# ... nor does the method that the greeting names get the password
hostile first first-clear
dbtwin inspect "$(at "")" >"$OUT" 2>"$ERR"
oracle || heard_login first "first-clear: there was a login" # Oracle's is silent
unheard first "first-clear"
ok "sha2: no key was asked for" sh -c "! grep -q 'key asked' '$WORK/sha2/log'"
is "sha2: and nothing sealed" "$(ls "$WORK/sha2/sealed" 2>/dev/null)" ""

# TLS that is required: a server without it hears not even the user's name
for mode in clear native no-plugins; do
    hostile "required-$mode" "$mode"
    for query in required verify-ca verify-identity; do
        expect_exit 2 "$query, $mode" dbtwin inspect "$(at "?ssl-mode=$query")"
        err_like "$query, $mode: says why" "TLS|SSL is required"
    done
    is "required, $mode: nothing was heard" "$(wc -c <"$WORK/required-$mode/heard")" 0
done

# TLS with a stranger's certificate: by itself it does not let the bare password through
hostile tls clear "$WORK/cert.pem" "$WORK/key.pem"
expect_exit 2 "TLS by itself" dbtwin inspect "$(at "")"
ok "TLS by itself: there was TLS" grep -q "^TLS" "$WORK/tls/log"
unheard tls "TLS by itself"
expect_exit 2 "TLS of a stranger" dbtwin inspect "$(at "?ssl-mode=verify-identity")"
unheard tls "TLS of a stranger"
printf '[client]\nssl-verify-server-cert=0\nskip-ssl\n' >"$WORK/.my.cnf"
expect_exit 2 "TLS of a stranger, with a file that says otherwise" \
    dbtwin inspect "$(at "?ssl-mode=verify-identity")"
unheard tls "TLS of a stranger, with a file that says otherwise"
dbtwin inspect "$(at "?ssl-mode=verify-identity&ssl-ca=$WORK/cert.pem")" >"$OUT" 2>"$ERR"
ok "TLS that was asked for: the account's own method is served" grep -qaF hunter2 "$WORK/tls/heard"

# Our files: no connection answers, whatever statement the server asks at
printf '[client]\nlocal-infile=1\ninit-command=SELECT 1 AS mine\n' >"$WORK/.my.cnf"
number=0
for ask in infile-login "infile:SELECT VERSION" "infile:SET NAMES" "infile:information_schema" \
    "infile:SHOW" "infile:GET_LOCK"; do
    number=$((number + 1))
    hostile "file$number" "$ask"
    for verb in inspect copy; do
        if [ $verb = copy ]; then set -- copy "$(at "")" "$(at "")x"; else set -- inspect "$(at "")"; fi
        dbtwin "$@" >"$OUT" 2>"$ERR"
        isnt "$ask, $verb: it fails" $? 0
    done
    ok "$ask: none was sent" sh -c "! grep -q 'file received' '$WORK/file$number/log'"
    [ "$ask" = infile:GET_LOCK ] || [ "$ask" = infile:SHOW ] ||
        ok "$ask: one was asked for" grep -q "file asked for" "$WORK/file$number/log"
    ok "$ask: a file's init-command is not run" sh -c "! grep -q 'AS mine' '$WORK/file$number/log'"
done

# ... nor the one that ends a query after a signal
hostile kill infile:KILL
"$DBTWIN" inspect "$(at "")" >"$OUT" 2>"$ERR" &
pid=$!
for ((i = 0; i < 100; i++)); do grep -q "statement: SELECT.*FROM" "$WORK/kill/log" && break; sleep 0.1; done
start=$(date +%s%N)
kill -INT $pid
wait $pid
is "an interrupt while a statement runs: exit" $? 130
ok "an interrupt while a statement runs: soon" test $((($(date +%s%N) - start) / 1000000)) -lt 3000
ok "KILL: a file was asked for" grep -q "file asked for" "$WORK/kill/log"
ok "KILL: none was sent" sh -c "! grep -q 'file received' '$WORK/kill/log'"
# Oracle's library says at login that it can, and then refuses
oracle || ok "KILL: its connection cannot send any" sh -c "! grep -q 'LOCAL on' '$WORK/kill/log'"
done_testing
