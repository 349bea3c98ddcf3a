#!/bin/bash
# Traps of copying that no other scenario walks into (TRAPS.md tells them by number): sessions that the
# server would end, dirty rows behind keys that are said to hold, what an extension or another database
# owns, servers that are set otherwise.
# slow
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/live/copies.sh"

copy() { dbtwin copy "$(url prod traps)" "$(url staging traps)" "$@"; }
again() { # NAME: a new source; the target keeps what it has
    fresh_db prod traps
    before=$(sum_of staging traps)
}
twin() { is "$1: the twin, by dump" "$(sum_of staging traps)" "$(sum_of prod traps)"; }

for kind in $(servers pg | tail -n 1); do
    server_start "$kind" prod --own || bail "$kind did not start"
    server_start "$kind" staging --own -- -c max_prepared_transactions=5 || bail "$kind did not start"
    fresh_db prod traps
    fresh_db staging traps
    must q staging traps "CREATE TABLE old (a int)"

    # 4: timeouts of the server, the database and the role would end a long snapshot and a long load
    must q prod traps "CREATE TABLE t (id int PRIMARY KEY, b text); INSERT INTO t SELECT n, repeat('x', 1000) FROM generate_series(1, 3000) n"
    for s in prod staging; do
        must q $s postgres "ALTER SYSTEM SET idle_in_transaction_session_timeout = '400ms'"
        must q $s postgres "ALTER DATABASE traps SET statement_timeout = '400ms'; ALTER ROLE postgres SET lock_timeout = '50ms'; SELECT pg_reload_conf()"
    done
    ok "$kind: 4: no timeout of theirs ends it" copy --max-rate 1M
    is "$kind: 4: though it takes longer" "$(q staging postgres "SET lock_timeout = 0" && q staging traps "SET statement_timeout = 0; SELECT count(*) FROM t")" 3000
    for s in prod staging; do
        must q $s postgres "ALTER SYSTEM RESET ALL"
        must q $s postgres "ALTER ROLE postgres RESET ALL; ALTER DATABASE traps RESET ALL; SELECT pg_reload_conf()"
    done

    # 7: who waits for a table to itself goes first, and with it all who wait behind it
    again
    must q prod traps "CREATE TABLE t (id int PRIMARY KEY, b text); INSERT INTO t SELECT n, repeat('x', 1000) FROM generate_series(1, 5000) n; CREATE TABLE u (a int)"
    "$DBTWIN" copy --create "$(url prod traps)" "$(url staging traps)" --max-rate 100k >"$OUT" 2>"$ERR" </dev/null &
    run=$!
    until_true 10 eval '[ "$(q prod traps "SELECT count(*) > 0 FROM pg_stat_activity WHERE query LIKE '"'COPY \"public\".\"t\"%'"' AND application_name LIKE '"'dbtwin%'"'")" = t ]'
    a=$SECONDS
    (q prod traps "ALTER TABLE t ADD x int") >/dev/null 2>&1 &
    alters=$!
    sleep 0.3
    is "$kind: 7: a reader behind an ALTER behind the copy" "$(q prod traps "SELECT count(*) FROM t")" 5000
    ok "$kind: 7: does not wait for its end: $((SECONDS - a)) s" test $((SECONDS - a)) -lt 15
    wait $alters
    is "$kind: 7: nor does the ALTER" $? 0
    wait $run
    is "$kind: 7: for the copy gives way" $? 2
    err_like "$kind: 7: and says to whom" 'process [0-9]+ waits for public.t'
    untouched "$kind: 7" staging traps "$before"

    # 10, 20: a leaf that is foreign; views by a primary key; keys on an index; bodies of what is not there
    again
    cat >"$WORK/make.sql" <<'SQL'
SET client_min_messages = warning;
CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;
CREATE TABLE part (id int, at date) PARTITION BY RANGE (at);
CREATE FOREIGN TABLE part_far PARTITION OF part FOR VALUES FROM (MINVALUE) TO ('2020-01-01') SERVER s;
CREATE TABLE part_near PARTITION OF part FOR VALUES FROM ('2020-01-01') TO (MAXVALUE);
INSERT INTO part VALUES (1, '2024-01-01');
CREATE TABLE people (id int PRIMARY KEY, name text, mail text);
CREATE UNIQUE INDEX by_mail ON people (mail);
CREATE TABLE letters (id int PRIMARY KEY, mail text REFERENCES people (mail));
INSERT INTO people VALUES (1, 'a', 'a@x'), (2, 'b', 'b@x'); INSERT INTO letters VALUES (1, 'a@x');
CREATE VIEW a_grouped AS SELECT p.id, p.name, count(*) AS n FROM people p JOIN letters l USING (mail) GROUP BY p.id;
CREATE MATERIALIZED VIEW z_first AS SELECT id FROM people; CREATE MATERIALIZED VIEW a_second AS SELECT id FROM z_first;
SET check_function_bodies = off;
CREATE FUNCTION body() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM not_there';
CREATE FUNCTION early() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM people';
CREATE ROLE traps_reader;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO traps_reader; ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
SQL
    must load prod traps "$WORK/make.sql"
    must q staging postgres "CREATE ROLE traps_reader"
    ok "$kind: 10: a foreign leaf, a view by a key, a key on an index" copy
    twin "$kind: 10"
    is "$kind: 10: rows of the near leaf" "$(q staging traps "SELECT count(*) FROM part_near")" 1
    is "$kind: 12: default privileges gave nothing to what the copy made" "$(q staging traps "SELECT count(*) FROM pg_class WHERE relacl::text LIKE '%traps_reader%' AND relnamespace = 'public'::regnamespace")" 0
    is "$kind: 14: a materialized view of another is filled" "$(q staging traps "SELECT count(*) FROM a_second")" 2
    for s in prod staging; do must q $s traps "DROP OWNED BY traps_reader"; must q $s postgres "DROP ROLE traps_reader"; done

    # 15: what is computed by functions that name tables without their schema
    again
    cat >"$WORK/make.sql" <<'SQL'
CREATE TABLE rates (c text PRIMARY KEY, r int); INSERT INTO rates VALUES ('x', 2);
CREATE FUNCTION rate(text) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN (SELECT r FROM rates WHERE c = $1); END';
CREATE TABLE goods (id int PRIMARY KEY, c text CHECK (rate(c) > 0)); INSERT INTO goods VALUES (1, 'x');
SQL
    # from 17 on the server itself refuses the others
    [ "${kind#pg}" -ge 17 ] || echo "CREATE INDEX ON goods (rate(c)); CREATE MATERIALIZED VIEW priced AS SELECT id, rate(c) FROM goods" >>"$WORK/make.sql"
    must load prod traps "$WORK/make.sql"
    code=0
    copy >"$OUT" 2>"$ERR" || code=$?
    case $code in
        0) twin "$kind: 15: functions that name no schema" ;;
        2 | 4)
            err_like "$kind: 15: functions that name no schema: the table is named" 'goods|priced|rates'
            untouched "$kind: 15" staging traps "$before"
            ;;
        *) fail "$kind: 15: functions that name no schema" "exit code $code" ;;
    esac

    # 16: a unique index that another collation order has broken
    again
    must q prod traps "CREATE TABLE u (id int PRIMARY KEY, t text); CREATE UNIQUE INDEX u_t ON u (t); INSERT INTO u VALUES (1, 'x'), (2, 'y')"
    must q prod traps "UPDATE pg_index SET indisready = false, indislive = false WHERE indexrelid = 'u_t'::regclass"
    must q prod traps "INSERT INTO u VALUES (3, 'x')"
    must q prod traps "UPDATE pg_index SET indisready = true, indislive = true WHERE indexrelid = 'u_t'::regclass"
    expect_exit 2 "$kind: 16: duplicates under a unique index" copy
    err_has "$kind: 16: the index is named" u_t
    untouched "$kind: 16" staging traps "$before"

    # 24: rows that a foreign key does not hold for: said to hold, it fails; said not to, it stays so
    again
    must q prod traps "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (p int CONSTRAINT c_p REFERENCES p); INSERT INTO p VALUES (1)"
    must q prod traps "SET session_replication_role = replica; INSERT INTO c VALUES (1), (7)"
    expect_exit 2 "$kind: 24: orphans" copy
    err_has "$kind: 24: the key is named" c_p
    untouched "$kind: 24" staging traps "$before"
    must q prod traps "ALTER TABLE c DROP CONSTRAINT c_p, ADD CONSTRAINT c_p FOREIGN KEY (p) REFERENCES p NOT VALID"
    ok "$kind: 24: behind a key that is not valid" copy
    twin "$kind: 24"

    # 22: a prepared transaction on the target cannot be ended
    again
    must q prod traps "CREATE TABLE n (a int)"
    must q staging traps "BEGIN; CREATE TABLE prepared (a int); PREPARE TRANSACTION 'traps'"
    expect_exit 2 "$kind: 22: a prepared transaction is in the way" copy
    err_like "$kind: 22: and named" 'prepared'
    must q staging traps "ROLLBACK PREPARED 'traps'"
    untouched "$kind: 22" staging traps "$before"
    ok "$kind: 22: when it is gone" copy
    server_stop staging

    # 11, 12: extensions that the target has not; rows that users gave to an extension's own table
    if [ "${kind#pg}" -ge 18 ]; then # only there without touching the server's own files
        chmod 755 "$WORK"
        mkdir -p "$WORK/$kind/extension"
        printf "default_version = '1.0'\nrelocatable = false\n" >"$WORK/$kind/extension/dbtwin_conf.control"
        printf '%s\n' "CREATE TABLE public.conf (k text PRIMARY KEY, own bool DEFAULT false); INSERT INTO public.conf VALUES ('shipped', true);" \
            "SELECT pg_extension_config_dump('public.conf', 'WHERE NOT own');" >"$WORK/$kind/extension/dbtwin_conf--1.0.sql"
        server_stop prod
        server_start "$kind" prod --own -- -c "extension_control_path=$WORK/$kind:\$system" || bail "$kind did not start"
        server_start "$kind" staging --own || bail "$kind did not start"
        server_start "$kind" knows --own -- -c "extension_control_path=$WORK/$kind:\$system" || bail "$kind did not start"
        fresh_db prod traps
        fresh_db staging traps
        fresh_db knows traps
        must q prod traps "CREATE EXTENSION dbtwin_conf; CREATE TABLE t (a int); INSERT INTO t VALUES (1)"
        must q staging traps "CREATE TABLE old (a int)"
        before=$(sum_of staging traps)
        expect_exit 2 "$kind: 12: an extension that the target has not" copy
        err_has "$kind: 12: is named" dbtwin_conf
        untouched "$kind: 12" staging traps "$before"
        expect_exit 2 "$kind: 12: preflight knows it before" dbtwin preflight "$(url prod traps)" "$(url staging traps)"
        out_has "$kind: 12: by name" dbtwin_conf
        ok "$kind: 11: the extension's own rows come with it" dbtwin copy -q "$(url prod traps)" "$(url knows traps)"
        is "$kind: 11: once" "$(q knows traps "SELECT count(*) FROM conf")" 1
        must q prod traps "INSERT INTO conf VALUES ('ours')"
        ok "$kind: 11: rows of users in it come too" dbtwin copy "$(url prod traps)" "$(url knows traps)"
        is "$kind: 11: beside the extension's own" "$(q knows traps "SELECT count(*) FROM conf")" 2
        ok "$kind: 11: left out by name" dbtwin copy "$(url prod traps)" "$(url knows traps)" --without extension_rows
        is "$kind: 11: they stay behind" "$(q knows traps "SELECT count(*) FROM conf")" 1
        server_stop staging
        server_stop knows
    fi
    server_stop prod
done

for kind in $(servers my); do
    server_start "$kind" prod --own -- --default-time-zone=+02:00 || bail "$kind did not start"
    server_start "$kind" staging --own -- --default-time-zone=-09:30 --log-bin=b --server-id=7 --character-set-server=latin1 \
        --sql-mode=ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PAD_CHAR_TO_FULL_LENGTH,PIPES_AS_CONCAT,IGNORE_SPACE,NO_UNSIGNED_SUBTRACTION,STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE ||
        bail "$kind did not start"
    fresh_db prod traps
    fresh_db staging traps
    must q staging traps "CREATE TABLE old (a int)"

    # 32, 33: what the session's mode and time zone would change on the way
    cat >"$WORK/make.sql" <<'SQL'
SET NAMES utf8mb4; SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES';
CREATE TABLE t (id int AUTO_INCREMENT PRIMARY KEY, c char(5), s varchar(20), d date, ts timestamp NULL, dt datetime, k varchar(30) AS (concat(s, '\\')));
INSERT INTO t (id, c, s, d, ts, dt) VALUES (0, 'a ', 'a\\b''c"', '0000-00-00', '2024-10-27 02:30:00', '2024-10-27 02:30:00'), (1, '', '\\', '2024-02-30', '2024-10-27 01:30:00', '2024-03-31 02:30:00');
CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET NEW.s = concat("a\\", 'b' || 0);
CREATE FUNCTION f() RETURNS varchar(9) DETERMINISTIC RETURN "a\\b";
CREATE EVENT e ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 00:00:00' DISABLE DO SET @a = "x\\";
SQL
    must load prod traps "$WORK/make.sql"
    ok "$kind: 32: to a server of another mode, character set and time zone" copy
    rows="SET sql_mode = '', time_zone = '+00:00'; SELECT id, HEX(c), HEX(s), d + 0, UNIX_TIMESTAMP(ts), dt + 0, HEX(k) FROM t ORDER BY id"
    is "$kind: 32, 33: every value" "$(q staging traps "$rows")" "$(q prod traps "$rows")"
    is "$kind: 32: a routine keeps the mode it was made under" "$(q staging traps "SELECT HEX(f())")" "$(q prod traps "SELECT HEX(f())")"
    is "$kind: 33: and an event its time zone" "$(q staging traps "SELECT time_zone, starts FROM information_schema.events WHERE event_schema = 'traps'")" \
        "$(q prod traps "SELECT time_zone, starts FROM information_schema.events WHERE event_schema = 'traps'")"
    ok "$kind: 32: no drift" dbtwin diff "$(url prod traps)" "$(url staging traps)"
    ok "$kind: 32: verify agrees" dbtwin verify "$(url prod traps)" "$(url staging traps)"

    # 39: the rows do not fill the target's binlog
    again
    must q prod traps "CREATE TABLE t (id int PRIMARY KEY, b text)"
    must q prod traps "INSERT INTO t WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 1000) SELECT i, REPEAT('x', 3000) FROM n"
    logged() { q staging '' "SHOW BINARY LOGS" | awk '{ n += $2 } END { print n }'; }
    was=$(logged)
    ok "$kind: 39: three megabytes" copy
    ok "$kind: 39: are not in its binlog" test $(($(logged) - was)) -lt 200000

    # 36: a DEFINER that the target has not: it would fail when used
    again
    must q prod '' "CREATE USER IF NOT EXISTS ghost@localhost"
    must q prod '' "GRANT ALL ON traps.* TO ghost@localhost"
    must q prod traps "CREATE TABLE t (a int); INSERT INTO t VALUES (1)"
    must q prod traps "CREATE DEFINER=ghost@localhost VIEW v AS SELECT a FROM t"
    code=0
    copy >"$OUT" 2>"$ERR" || code=$?
    err_has "$kind: 36: a definer that is not there is named" "ghost@localhost"
    is "$kind: 36: and the copy is made" $code 0
    must q prod traps "DROP VIEW v"

    # 26: a statement that runs long on the source does not make writers wait behind the snapshot
    again
    must q prod traps "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1), (2); CREATE TABLE w (a int)"
    (q prod traps "SELECT SLEEP(6) FROM t" >/dev/null 2>&1) &
    slow=$!
    sleep 0.5
    (
        for _ in $(seq 60); do
            a=$(date +%s%3N)
            q prod traps "INSERT INTO w VALUES (1)"
            echo $(($(date +%s%3N) - a))
            sleep 0.05
            [ ! -e "$WORK/enough" ] || break
        done >"$WORK/waits"
    ) &
    writer=$!
    ok "$kind: 26: while a statement runs long" copy -j 2
    touch "$WORK/enough"
    wait $writer
    rm -f "$WORK/enough"
    ok "$kind: 26: no writer waits longer than $(sort -n "$WORK/waits" | tail -n 1) ms" test "$(sort -n "$WORK/waits" | tail -n 1)" -lt 4500
    isnt "$kind: 26: and they did write" "$(wc -l <"$WORK/waits")" 0
    kill $slow 2>/dev/null
    wait $slow 2>/dev/null

    # 28: engines without transactions are not in the snapshot, which is said
    again
    must q prod traps "CREATE TABLE i (a int) ENGINE=MyISAM; INSERT INTO i VALUES (1)"
    ok "$kind: 28: an engine without transactions" copy
    err_like "$kind: 28: is told" 'without transactions.*read as found'

    # 38: its own name in a body leads back to it
    again
    must q prod '' "CREATE DATABASE IF NOT EXISTS traps_of"
    must q prod traps "CREATE TABLE t (a int); INSERT INTO t VALUES (1); CREATE PROCEDURE wipe() DELETE FROM traps.t; CREATE VIEW v AS SELECT a FROM traps.t"
    must q prod '' "CREATE DATABASE IF NOT EXISTS other"
    ok "$kind: 38: to another database of the same server" dbtwin copy "$(url prod traps)" "$(url prod other)"
    err_like "$kind: 38: a body that names its database is told" 'has external effects \(outward\): procedure wipe.*database traps'
    must q prod other "DELETE FROM t"
    is "$kind: 38: a view means its own tables" "$(q prod other "SELECT count(*) FROM v") $(q prod traps "SELECT count(*) FROM v")" "0 1"
    ok "$kind: 38: to one of the same name" copy
    err_lacks "$kind: 38: it is what it should be" outward
    server_stop prod
    server_stop staging
done

# 34: collations that the other side has not
if [ -n "$(servers my | grep -x mariadb11.8)" ] && [ -n "$(servers my | grep -x mariadb)" ]; then
    server_start mariadb11.8 prod --own && server_start mariadb staging --own || bail "the pair did not start"
    fresh_db prod traps
    fresh_db staging traps
    must q staging traps "CREATE TABLE old (a int)"
    must q prod traps "CREATE TABLE t (a varchar(9) COLLATE utf8mb4_uca1400_turkish_ai_cs); INSERT INTO t VALUES ('x')"
    before=$(sum_of staging traps)
    if [ "$(q staging '' "SELECT count(*) FROM information_schema.collation_character_set_applicability WHERE full_collation_name = 'utf8mb4_uca1400_turkish_ai_cs'")" = 0 ]; then
        expect_exit 2 "34: a collation that the target has not" copy
        err_has "34: is named" utf8mb4_uca1400_turkish_ai_cs
        expect_exit 2 "34: preflight knows it before" dbtwin preflight "$(url prod traps)" "$(url staging traps)"
        out_has "34: by name" "has no collation utf8mb4_uca1400_turkish_ai_cs"
        untouched "34" staging traps "$before"
    else
        ok "34: a collation that both have" copy
        is "34: stays" "$(q staging traps "SELECT collation_name FROM information_schema.columns WHERE table_schema = 'traps' AND table_name = 't'")" utf8mb4_uca1400_turkish_ai_cs
    fi
fi
done_testing
