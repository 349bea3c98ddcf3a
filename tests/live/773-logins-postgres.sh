#!/bin/bash
# Logins over TCP, where dbtwin looks at each message before libpq gets it: SCRAM and MD5 with and without
# TLS, the bare password with TLS only, what is refused by the server, and several hosts of which one is down.
. "$(dirname "$0")/../lib/live.sh"

kind=$(servers pg | tail -n 1)
[ "$kind" ] || skip_all "no PostgreSQL"
server_start "$kind" login --own --tcp || bail "no server"
data=$(q login postgres "SHOW data_directory") hba=$(q login postgres "SHOW hba_file")
must openssl req -x509 -newkey rsa:2048 -nodes -keyout "$data/server.key" -out "$data/server.crt" \
    -days 2 -subj /CN=localhost -addext "subjectAltName=DNS:localhost,IP:127.0.0.1" 2>/dev/null
chown --reference="$data/PG_VERSION" "$data/server.key" "$data/server.crt"
chmod 600 "$data/server.key"
fresh_db login shop
must q login shop "CREATE TABLE t (a int)"
must q login shop "SET password_encryption = 'scram-sha-256'; CREATE ROLE scram LOGIN PASSWORD 'hunter2'; CREATE ROLE clear LOGIN PASSWORD 'hunter2'"
must q login shop "SET password_encryption = 'md5'; CREATE ROLE md LOGIN PASSWORD 'hunter2'"
{
    printf 'host all %s 127.0.0.1/32 %s\n' scram scram-sha-256 md md5 clear password nobody reject
    cat "$hba"
} >"$WORK/hba"
cat "$WORK/hba" >"$hba"
must q login postgres "ALTER SYSTEM SET ssl = on"
must q login postgres "SELECT pg_reload_conf()"
sleep 1
port=$(url_tcp login shop | sed 's/.*:\([0-9]*\)\/.*/\1/')
at() { echo "postgresql://$1:${3:-hunter2}@127.0.0.1:$port/shop?sslmode=$2"; }

for mode in disable prefer require; do
    ok "scram, $mode" dbtwin inspect "$(at scram $mode)"
    out_has "scram, $mode: the schema" 'table t '
    ok "md5, $mode" dbtwin inspect "$(at md $mode)"
    expect_exit 2 "a wrong password, $mode" dbtwin inspect "$(at scram $mode wrong)"
    err_has "a wrong password, $mode: the server's word" "password authentication failed"
    expect_exit 2 "an account that is refused, $mode" dbtwin inspect "$(at nobody $mode)"
done
for mode in disable allow; do
    expect_exit 2 "the bare password, $mode" dbtwin inspect "$(at clear $mode)"
    err_has "the bare password, $mode: says why" "asks for the password itself"
done
ok "the bare password, with TLS" dbtwin inspect "$(at clear require)"
ok "the bare password, with TLS where there is" dbtwin inspect "$(at clear prefer)"
ok "the first of two hosts is down" dbtwin inspect \
    "postgresql://scram:hunter2@127.0.0.1:1,127.0.0.1:$port/shop?sslmode=disable"
must q login postgres "ALTER SYSTEM SET ssl = off"
must q login postgres "SELECT pg_reload_conf()"
sleep 1
ok "a server without TLS" dbtwin inspect "$(at scram prefer)"
expect_exit 2 "a server without TLS, which is asked for" dbtwin inspect "$(at scram require)"
err_has "a server without TLS, which is asked for: libpq's word" "SSL"
expect_exit 2 "the bare password to a server without TLS" dbtwin inspect "$(at clear prefer)"
fresh_db login copied
ok "a copy of several sessions" dbtwin copy -q "$(at scram disable | sed 's/scram/postgres/')" "$(url login copied)" -j 4
done_testing
