#!/bin/bash
# What must be known before rows are loaded: a table of the shadow that somebody dropped means that --resume
# starts over, with the reason; a target whose encoding is another one is refused where it would have to stay.
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/live/copies.sh"

notes() {
    local table=dbtwin_progress
    ! server_is_pg staging || table=dbtwin.progress
    q staging gone__dbtwin_shadow "SELECT count(*) FROM $table WHERE name LIKE 'chunk %'" 2>/dev/null || true
}
has_notes() { [ "$(notes)" = 1 ] || ! server_alive "$run"; }

for kind in $(one_of_each); do
    case $kind in
        mysql*) # which needs a binlog for this
            server_start "$kind" prod -- --log-bin=bin --server-id=7
            server_start "$kind" staging
            ;;
        *) start "$kind" prod staging ;;
    esac || bail "$kind did not start"
    fresh_db prod gone
    fresh_db staging gone
    must q prod gone "CREATE TABLE one (id int PRIMARY KEY, t text)"
    must q prod gone "INSERT INTO one VALUES (1, 'x'), (2, 'y')"
    text=text
    server_is_pg prod || text=mediumtext
    must q prod gone "CREATE TABLE wide (id int PRIMARY KEY, t $text)"
    for i in 1 2 3 4 5 6; do
        must q prod gone "INSERT INTO wide VALUES ($i, repeat('0123456789abcde$i', 64000))"
    done
    ! server_is_pg prod || must q prod gone "ALTER TABLE wide ALTER t SET STORAGE EXTERNAL; ANALYZE"
    "$DBTWIN" copy "$(url prod gone)" "$(url staging gone)" --resume -j 2 --max-rate 100k >/dev/null 2>"$ERR" </dev/null &
    run=$!
    until_true 20 has_notes
    server_alive "$run" || fail "$kind: the run is cut in time" "$(cat "$ERR")"
    kill -TERM "$run"
    wait "$run"
    is "$kind: a table is there" "$(q staging gone__dbtwin_shadow "SELECT count(*) FROM one")" 2
    must q staging gone__dbtwin_shadow "DROP TABLE one"
    ok "$kind: the next run" dbtwin copy "$(url prod gone)" "$(url staging gone)" --resume
    err_like "$kind: starts over and says why" "table (public\\.)?one is missing in it"
    is "$kind: all rows are there" "$(q staging gone "SELECT (SELECT count(*) FROM one), (SELECT count(*) FROM wide), (SELECT sum(length(t)) FROM wide)")" "$(q prod gone "SELECT 2, 6, (SELECT sum(length(t)) FROM wide)")"
    is "$kind: nothing is left" "$(shadows_of staging gone)" ''
    for n in prod staging; do must q $n "$(server_is_pg $n && echo postgres)" "DROP DATABASE gone"; done
done

for kind in $(servers pg | head -n 1); do
    start "$kind" prod staging
    fresh_db prod narrow
    must q prod narrow "CREATE TABLE t (a text); INSERT INTO t VALUES (U&'\\20ac\\4e2d')"
    for n in prod staging; do q $n postgres "CREATE ROLE narrow_own LOGIN" >/dev/null 2>&1; done
    latin() {
        q staging postgres "DROP DATABASE IF EXISTS narrow" >/dev/null 2>&1
        must q staging postgres "CREATE DATABASE narrow OWNER narrow_own ENCODING 'LATIN1' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'"
    }
    latin
    must q staging narrow "ALTER SCHEMA public OWNER TO narrow_own; CREATE TABLE mine (a int); ALTER TABLE mine OWNER TO narrow_own"
    from=$(url prod narrow) to=$(url staging narrow narrow_own)
    for how in "" --in-place; do
        # shellcheck disable=SC2086
        expect_exit 4 "$kind: another encoding that has to stay $how" dbtwin copy "$from" "$to" --replace narrow --no-owners --no-grants $how
        err_has "$kind: is said $how" "another encoding"
        # shellcheck disable=SC2086
        expect_exit 4 "$kind: and known to preflight $how" dbtwin preflight "$from" "$to" --replace narrow --no-owners --no-grants $how
    done
    is "$kind: the target is as it was" "$(q staging narrow "SELECT count(*) FROM mine")" 0
    ok "$kind: a copy that replaces the database" dbtwin copy -q "$from" "$(url staging narrow)" --replace narrow --no-owners
    is "$kind: has production's" "$(q staging narrow "SHOW server_encoding; SELECT a = U&'\\20ac\\4e2d' FROM t")" "UTF8
t"
    for n in prod staging; do
        must q $n postgres "DROP DATABASE narrow"
        must q $n postgres "DROP ROLE narrow_own"
    done
done
done_testing
