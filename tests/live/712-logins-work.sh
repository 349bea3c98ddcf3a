#!/bin/bash
# Each login method that a server has works where it should: over the socket, and with TLS that was
# asked for, on a server whose cache is cold; and without TLS, where the method shows nothing.
. "$(dirname "$0")/../lib/live.sh"

# login CODE NAME QUERY
login() {
    expect_exit "$1" "$kind: $2" dbtwin inspect "$(url_tcp prod logins "$user:hunter2")$3"
    err_lacks "$kind: $2: hidden" hunter2
}

for kind in $(servers my); do
    tls=()
    if [ "$kind" != mysql9 ]; then # which makes its own
        must openssl req -x509 -newkey rsa:2048 -nodes -keyout "$WORK/key.pem" -out "$WORK/cert.pem" \
            -days 2 -subj /CN=localhost -addext "subjectAltName=DNS:localhost,IP:127.0.0.1" 2>/dev/null
        chmod 644 "$WORK/key.pem"
        chmod 755 "$WORK"
        tls=(--ssl-cert="$WORK/cert.pem" --ssl-key="$WORK/key.pem")
    fi
    server_start "$kind" prod --tcp -- "${tls[@]}" || bail "the server did not start"
    fresh_db prod logins
    must q prod logins "CREATE TABLE t (a int PRIMARY KEY)"
    for method in mysql_native_password caching_sha2_password ed25519; do
        user=u_${method:0:8}
        case $method in
            ed25519) as="IDENTIFIED VIA ed25519 USING PASSWORD('hunter2')" ;;
            mysql_native*) as="IDENTIFIED BY 'hunter2'"; [ "$kind" != mysql9 ] || continue ;;
            *) as="IDENTIFIED WITH $method BY 'hunter2'" ;;
        esac
        if ! q prod logins "CREATE USER $user $as" >/dev/null 2>&1; then
            skip "$kind: $method" "this server does not have it"
            continue
        fi
        must q prod logins "GRANT ALL ON *.* TO $user"
        ok "$kind: $method: by the socket" dbtwin inspect "$(url prod logins "$user:hunter2")"
        must q prod logins "FLUSH PRIVILEGES" # the cache of caching_sha2_password is cold again
        login 0 "$method: TLS by itself" ""
        must q prod logins "FLUSH PRIVILEGES"
        login 0 "$method: TLS that is asked for" "?ssl-mode=required"
        must q prod logins "FLUSH PRIVILEGES"
        if [ $method = caching_sha2_password ]; then
            login 2 "$method: no TLS, no key" "?ssl-mode=disabled"
            login 0 "$method: no TLS, whatever key" "?ssl-mode=disabled&get-server-public-key=1"
            must q prod logins "FLUSH PRIVILEGES"
            must cp "$(q prod logins "SELECT @@datadir")public_key.pem" "$WORK/public.pem"
            login 0 "$method: no TLS, the server's key" \
                "?ssl-mode=disabled&server-public-key-path=$WORK/public.pem"
            must q prod logins "FLUSH PRIVILEGES"
            must sh -c "openssl genrsa 2048 2>/dev/null | openssl rsa -pubout >'$WORK/other.pem' 2>/dev/null"
            login 2 "$method: no TLS, another's key" \
                "?ssl-mode=disabled&server-public-key-path=$WORK/other.pem"
            login 2 "$method: no TLS, no such key" \
                "?ssl-mode=disabled&server-public-key-path=$WORK/none.pem"
        else
            login 0 "$method: no TLS" "?ssl-mode=disabled"
        fi
    done
    # The file's password counts, its TLS settings only where they ask for more
    printf '[client]\nuser=%s\npassword=hunter2\nskip-ssl\n' "$user" >"$WORK/.my.cnf"
    chmod 600 "$WORK/.my.cnf"
    bare=$(url_tcp prod logins x:y | sed 's|//x:y@|//|')
    if [ "$kind" != mysql9 ]; then user=u_mysql_na; sed -i "s/^user=.*/user=$user/" "$WORK/.my.cnf"
    else user=u_caching_; sed -i "s/^user=.*/user=$user/" "$WORK/.my.cnf"; fi
    ok "$kind: user and password from a file" dbtwin inspect "$bare"
    ok "$kind: the same, and TLS" dbtwin inspect "$bare?ssl-mode=required"
    printf '[client]\nuser=%s\npassword=hunter2\nssl-verify-server-cert=1\n' "$user" >"$WORK/.my.cnf"
    [ "$kind" = mysql9 ] || printf 'ssl-ca=%s\n' "$WORK/cert.pem" >>"$WORK/.my.cnf"
    [ "$kind" = mysql9 ] || ok "$kind: a file's CA" dbtwin inspect "$bare"
    sed -i "s|^ssl-ca=.*|ssl-ca=$WORK/none.pem|" "$WORK/.my.cnf"
    expect_exit 2 "$kind: a file that asks for more TLS than there is" dbtwin inspect "$bare"
    rm "$WORK/.my.cnf"
    server_stop prod
done
done_testing
