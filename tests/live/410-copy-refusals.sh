#!/bin/bash
# What must never be overwritten is refused with code 4 and a way out, before anything moves: the
# source itself, production, rows of others, a target that another run works on.
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/live/copies.sh"

schema="CREATE TABLE guest (id int PRIMARY KEY, name varchar(20) NOT NULL);
CREATE TABLE visit (id int PRIMARY KEY, guest int REFERENCES guest (id), note varchar(50))"
rows="INSERT INTO guest VALUES (1, 'Ada'), (2, 'Bo'); INSERT INTO visit VALUES (1, 2, 'x')"
foreign="CREATE TABLE theirs (a int PRIMARY KEY); INSERT INTO theirs VALUES (42)"

mark_production() { # as dbtwin-concepts(7) says, word for word
    if server_is_pg staging; then
        q staging "$1" "CREATE SCHEMA dbtwin;
            CREATE TABLE dbtwin.mark (key text PRIMARY KEY, value text);
            INSERT INTO dbtwin.mark VALUES ('role', 'production');
            GRANT USAGE ON SCHEMA dbtwin TO PUBLIC;
            GRANT SELECT ON dbtwin.mark TO PUBLIC;"
    else
        q staging "$1" "CREATE TABLE dbtwin_mark (k varchar(64) NOT NULL PRIMARY KEY, v text);
            INSERT INTO dbtwin_mark VALUES ('role', 'production');"
    fi
}

same_database() { # two addresses of one database
    local a=$1 b=$2 name=$3 before
    before=$(sum_of prod here)
    expect_exit 4 "$name: refused" dbtwin copy "$a" "$b"
    err_has "$name: as the same database" "same database"
    err_has "$name: with a hint" "hint:"
    expect_exit 4 "$name: --replace does not help" dbtwin copy "$a" "$b" --replace here
    untouched "$name" prod here "$before"
}

for kind in $(some_servers); do
    server_start "$kind" prod --tcp || bail "$kind did not start"
    start "$kind" staging
    fresh_db prod here
    must q prod here "$schema"
    must q prod here "$rows"

    # the source under another address
    same_database "$(url prod here)" "$(url_tcp prod here)" "$kind: socket and TCP"
    same_database "$(url_tcp prod here)" "$(url prod here)" "$kind: TCP and socket"
    if ! server_is_pg prod; then
        same_database "$(url prod here)" "$(url_tcp prod here | sed s/^mysql:/mariadb:/)" \
            "$kind: the other scheme"
    fi

    # production, by config and by mark
    fresh_db staging there
    printf 'databases:\n  safe:\n    url: %s\n    role: production\n' "$(url staging there)" \
        >"$WORK/dbtwin.yaml"
    expect_exit 4 "$kind: a target that is production by config" \
        dbtwin copy "$(url prod here)" safe -c "$WORK/dbtwin.yaml"
    err_has "$kind: says so" "role: production"
    err_has "$kind: has a hint" "hint:"
    expect_exit 4 "$kind: even with --replace" \
        dbtwin copy "$(url prod here)" safe -c "$WORK/dbtwin.yaml" --replace there
    must q staging there "$foreign"
    must mark_production there
    before=$(sum_of staging there)
    expect_exit 4 "$kind: a target with the production mark" \
        dbtwin copy "$(url prod here)" "$(url staging there)"
    err_has "$kind: says so too" "production mark"
    expect_exit 4 "$kind: even with --replace" \
        dbtwin copy "$(url prod here)" "$(url staging there)" --replace there
    ok "$kind: a snapshot of production is fine" dbtwin snapshot "$(url prod here)" -o "$WORK/s" --force
    expect_exit 4 "$kind: and the mark stops a restore as well" \
        dbtwin restore "$WORK/s" "$(url staging there)" --replace there
    untouched "$kind: production by mark" staging there "$before"

    # rows of others
    fresh_db staging there
    must q staging there "$foreign"
    before=$(sum_of staging there)
    expect_exit 4 "$kind: rows of others" dbtwin copy "$(url prod here)" "$(url staging there)"
    err_has "$kind: names a table that has some" theirs
    err_has "$kind: and what to say" "--replace there"
    expect_exit 4 "$kind: --replace with another name" \
        dbtwin copy "$(url prod here)" "$(url staging there)" --replace here
    err_has "$kind: names both" '"there"'
    expect_exit 4 "$kind: restore refuses them as well" dbtwin restore "$WORK/s" "$(url staging there)"
    untouched "$kind: rows of others" staging there "$before"
    expect_exit 0 "$kind: --replace with the right name" \
        dbtwin copy "$(url prod here)" "$(url staging there)" --replace there
    is "$kind: then it is the source's twin" "$(sum_of staging there)" "$(sum_of prod here)"

    # what needs no word: filled before, empty, tables without rows, not there at all
    must q prod here "INSERT INTO guest VALUES (3, 'Cy')"
    ok "$kind: filled before" dbtwin copy "$(url prod here)" "$(url staging there)"
    is "$kind: and filled again" "$(q staging there 'SELECT count(*) FROM guest')" 3
    fresh_db staging there
    ok "$kind: an empty target" dbtwin copy "$(url prod here)" "$(url staging there)"
    fresh_db staging there
    must q staging there "$schema"
    ok "$kind: tables without rows" dbtwin copy "$(url prod here)" "$(url staging there)"
    is "$kind: are filled" "$(q staging there 'SELECT count(*) FROM guest')" 3
    if server_is_pg staging; then
        must q staging postgres "DROP DATABASE IF EXISTS brandnew"
    else
        must q staging '' "DROP DATABASE IF EXISTS brandnew"
    fi
    ok "$kind: a target that is not there" dbtwin copy "$(url prod here)" "$(url staging brandnew)"
    is "$kind: is made" "$(q staging brandnew 'SELECT count(*) FROM guest')" 3

    # two at once: a lock on a source table holds the first one while it reads
    if server_is_pg prod; then
        holder="BEGIN; LOCK TABLE guest IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(3)"
    else
        holder="LOCK TABLES guest WRITE; SELECT SLEEP(3)"
    fi
    q prod here "$holder" >/dev/null 2>&1 &
    held=$!
    sleep 0.4
    dbtwin copy "$(url prod here)" "$(url staging there)" >"$WORK/first.out" 2>&1 &
    first=$!
    sleep 0.8
    expect_exit 4 "$kind: a second run at the same time" \
        dbtwin copy "$(url prod here)" "$(url staging there)"
    err_has "$kind: says that there is another" "another"
    code=0
    wait "$first" || code=$?
    is "$kind: the first one goes on" "$code" 0
    wait "$held"
    is "$kind: and ends" "$(shadows staging)" ''

done
done_testing
