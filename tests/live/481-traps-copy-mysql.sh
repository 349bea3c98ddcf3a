#!/bin/bash
# Traps of copying MySQL and MariaDB that no other scenario walks into (TRAPS.md tells them by number):
# servers that are set otherwise, writers behind a snapshot, definers, engines without transactions.
# slow
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/live/copies.sh"
. "$TOP/tests/lib/traps.sh"

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
