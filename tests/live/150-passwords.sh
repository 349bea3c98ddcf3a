#!/bin/bash
# A password that stands in a URL is never shown: not in a report, a message, a file, or the mark.
. "$(dirname "$0")/../lib/live.sh"

# with_password URL: the same, for a user who has one
with_password() { printf '%s\n' "$1" | sed 's|://[^@/]*@|://keeper:hunter2@|'; }

# silent NAME FILE...: none of the files holds the password
silent() {
    local name=$1
    shift
    if grep -qaF hunter2 "$@" || gunzip -c "$@" 2>/dev/null | grep -qaF hunter2; then
        fail "$name: no password" "$(grep -aF hunter2 "$@")"
    else
        pass "$name: no password"
    fi
}

# run CODE NAME ARGUMENT...: what dbtwin writes to either stream
run() {
    local code=$1 name=$2
    shift 2
    expect_exit "$code" "$name" dbtwin "$@"
    silent "$name" "$OUT" "$ERR"
}

for kind in $(some_servers); do
    start "$kind" prod staging
    fresh_db prod keeps
    fresh_db staging keeps
    must q prod keeps "CREATE TABLE t (a int PRIMARY KEY, b varchar(20))"
    must q prod keeps "INSERT INTO t VALUES (1, 'one'), (2, 'two')"
    for server in prod staging; do
        if server_is_pg $server; then
            q $server keeps "DROP ROLE keeper" >/dev/null 2>&1
            must q $server keeps "CREATE ROLE keeper SUPERUSER LOGIN PASSWORD 'hunter2'"
        else
            q $server keeps "DROP USER keeper@localhost" >/dev/null 2>&1
            must q $server keeps "CREATE USER keeper@localhost IDENTIFIED BY 'hunter2'"
            must q $server keeps "GRANT ALL ON *.* TO keeper@localhost"
        fi
    done
    from=$(with_password "$(url prod keeps)") to=$(with_password "$(url staging keeps)")
    isnt "$kind: the URL has a password" "${from/hunter2/}" "$from"
    run 1 "$kind: diff" diff -v "$from" "$to" -o json:"$WORK/d.json" -o "$WORK/d.junit.xml"
    run 0 "$kind: copy" copy -v "$from" "$to"
    if server_is_pg staging; then mark="SELECT * FROM dbtwin.mark"; else mark="SELECT * FROM dbtwin_mark"; fi
    q staging keeps "$mark" >"$WORK/mark"
    ok "$kind: the mark says what it is a copy of" grep -q keeper "$WORK/mark"
    silent "$kind: the mark" "$WORK/mark"
    run 0 "$kind: verify, equal" verify -v "$from" "$to"
    out_has "$kind: verify: says that they are equal" "Equal"
    must q staging keeps "UPDATE t SET b = 'zwei' WHERE a = 2"
    run 1 "$kind: verify, different" verify -v "$from" "$to"
    out_has "$kind: verify: names the table" "t: 1 row differs"
    rm -f "$WORK/s.tar"
    run 0 "$kind: snapshot" snapshot -v "$from" -o "$WORK/s.tar"
    rm -rf "$WORK/unpacked"
    must mkdir "$WORK/unpacked"
    must tar -C "$WORK/unpacked" -xf "$WORK/s.tar"
    run 0 "$kind: restore" restore -v "$WORK/s.tar" "$to"
    run 0 "$kind: inspect" inspect -v "$from" -o "$WORK/m.xml"
    run 2 "$kind: a wrong option in the URL" inspect -v "$from&nonsense=1"
    run 4 "$kind: a refusal" copy -v "$from" "$from"
    run 2 "$kind: no such database" inspect -v "${from/keeps/nowhere}"
    silent "$kind: the files" "$WORK/d.json" "$WORK/d.junit.xml" "$WORK/m.xml"
    silent "$kind: the snapshot" "$WORK"/unpacked/*.json "$WORK"/unpacked/*.gz
done
done_testing
