#!/bin/bash
# What a copy replaced is kept when asked for, older states are dropped, and rollback swaps the
# newest back as a whole, settings and rights of the database included.
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/live/copies.sh"

previous() {
    q staging postgres "SELECT datname FROM pg_database
        WHERE datname ~ '^back__dbtwin_[0-9]{8}T[0-9]{6}\$' ORDER BY 1"
}
version() { q staging back "SELECT b FROM t WHERE a = 1"; }
publish() { # VERSION OPTION...: a copy of another state
    must q prod back "UPDATE t SET b = '$1' WHERE a = 1"
    shift
    must dbtwin copy -q "$from" "$to" "$@"
    sleep 1 # kept states are named by the second
}

for kind in $(servers pg | head -n 1); do
    start "$kind" prod staging
    fresh_db prod back
    fresh_db staging back
    for d in $(previous); do must q staging postgres "DROP DATABASE \"$d\""; done
    must q prod back "CREATE TABLE t (a int PRIMARY KEY, b text)"
    must q prod back "INSERT INTO t VALUES (1, 'v0')"
    from=$(url prod back) to=$(url staging back)

    expect_exit 4 "$kind: what dbtwin did not fill" dbtwin rollback "$to"
    publish v1
    is "$kind: nothing is kept unasked" "$(previous)" ''
    expect_exit 4 "$kind: so there is no way back" dbtwin rollback "$to"
    err_has "$kind: a hint says how" "--keep-previous"
    must q staging postgres "ALTER DATABASE back SET work_mem = '7MB'"
    must q staging back "UPDATE t SET b = 'v1 and more' WHERE a = 1"
    old=$(sum_of staging back)
    publish v2 --keep-previous 2
    is "$kind: one is kept" "$(previous | wc -l)" 1
    publish v3 --keep-previous 2
    publish v4 --keep-previous 2
    is "$kind: two are kept" "$(previous | wc -l)" 2
    is "$kind: the newer two" "$(q staging "$(previous | head -n 1)" "SELECT b FROM t")" v2
    publish v5 --keep-previous 2
    before=$(previous)

    ok "$kind: rollback" dbtwin rollback "$to"
    is "$kind: brings back what was there before" "$(version)" v4
    is "$kind: and keeps as many" "$(previous | wc -l)" 2
    is "$kind: the setting of the database stays" "$(q staging back 'SHOW work_mem')" 7MB
    ok "$kind: status" dbtwin status "$to"
    out_has "$kind: knows of it" "rolled back"
    ok "$kind: once more" dbtwin rollback -q "$to"
    err_empty "$kind: quietly"
    is "$kind: is the way forth" "$(version)" v5
    isnt "$kind: under other names" "$(previous)" "$before"
    is "$kind: no shadow is left" "$(shadows staging | grep -cE '_(shadow|old)$')" 0

    # as a copy: production is refused, a second run too, and a reader sees one state or the other
    printf 'databases:\n  s:\n    url: %s\n    role: production\n' "$to" >"$WORK/dbtwin.yaml"
    expect_exit 4 "$kind: production by config" dbtwin rollback s -c "$WORK/dbtwin.yaml"
    must q staging back "UPDATE dbtwin.mark SET value = 'production' WHERE key = 'role'"
    expect_exit 4 "$kind: production by mark" dbtwin rollback "$to"
    is "$kind: nothing happened" "$(version)" v5
    must q staging back "UPDATE dbtwin.mark SET value = 'copy' WHERE key = 'role'"
    publish v6
    is "$kind: without the option the kept ones stay" "$(previous | wc -l)" 2

    # back to the very bytes
    fresh_db staging back
    for d in $(previous); do must q staging postgres "DROP DATABASE \"$d\""; done
    publish v1
    must q staging back "UPDATE t SET b = 'v1 and more' WHERE a = 1"
    old=$(sum_of staging back)
    publish v7 --keep-previous 1
    isnt "$kind: another state" "$(sum_of staging back)" "$old"
    ok "$kind: rollback to it" dbtwin rollback "$to"
    is "$kind: byte for byte" "$(sum_of staging back)" "$old"
    for d in $(previous); do must q staging postgres "DROP DATABASE \"$d\""; done
done

# ---- MySQL and MariaDB: what cannot move with its tables is made again where it is kept ----
kept() {
    q staging '' "SELECT schema_name FROM information_schema.schemata
        WHERE schema_name REGEXP '^back__dbtwin_[0-9]{8}_[0-9]{6}\$' ORDER BY 1"
}
drop_kept() { for d in $(kept); do must q staging '' "DROP DATABASE \`$d\`"; done; }
objects() { # DB: numbers of views, triggers, routines, events, and events that run
    q staging '' "SELECT (SELECT COUNT(*) FROM information_schema.views WHERE table_schema = '$1'),
        (SELECT COUNT(*) FROM information_schema.triggers WHERE trigger_schema = '$1'),
        (SELECT COUNT(*) FROM information_schema.routines WHERE routine_schema = '$1'),
        (SELECT COUNT(*) FROM information_schema.events WHERE event_schema = '$1'),
        (SELECT COUNT(*) FROM information_schema.events WHERE event_schema = '$1' AND status = 'ENABLED')"
}
own_state() { # staging as somebody works on it: objects of its own, an event that runs
    cat >"$WORK/own.sql" <<'SQL'
CREATE TABLE mine (id int AUTO_INCREMENT PRIMARY KEY, t int, v varchar(20), KEY (t), CONSTRAINT mine_t FOREIGN KEY (t) REFERENCES t (a));
INSERT INTO mine (t, v) VALUES (1, 'eins'), (1, 'zwei');
CREATE VIEW mine_v AS SELECT m.v, t.b, twice(m.id) AS n FROM mine m JOIN t ON t.a = m.t;
CREATE VIEW mine_w AS SELECT * FROM mine_v WHERE v <> 't';
CREATE TRIGGER mine_a BEFORE INSERT ON mine FOR EACH ROW SET NEW.v = UPPER(NEW.v);
CREATE TRIGGER mine_b BEFORE INSERT ON mine FOR EACH ROW FOLLOWS mine_a SET NEW.v = CONCAT(NEW.v, '!');
CREATE EVENT mine_e ON SCHEDULE EVERY 10 YEAR STARTS '2037-01-01 00:00:00' ENABLE DO DELETE FROM mine;
CREATE EVENT mine_f ON SCHEDULE EVERY 10 YEAR STARTS '2037-01-01 00:00:00' ON COMPLETION PRESERVE DISABLE COMMENT 'it''s' DO SELECT 1;
SQL
    must load staging back "$WORK/own.sql"
}
seen() { [ "$(q staging '' "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE INFO REGEXP '$1'")" != 0 ]; }
unseen() { ! seen "$1"; }
end_statement() { # and wait until it is gone
    for id in $(q staging '' "SELECT ID FROM information_schema.PROCESSLIST WHERE INFO REGEXP '$1'"); do q staging '' "KILL $id" >/dev/null 2>&1; done
    until_true 30 unseen "$1" || fail "$kind: $1 ends"
}
for kind in $(servers my); do
    start "$kind" prod staging
    fresh_db prod back
    fresh_db staging back
    drop_kept
    cat >"$WORK/prod.sql" <<'SQL'
CREATE TABLE t (a int PRIMARY KEY, b text);
INSERT INTO t VALUES (1, 'v0');
CREATE FUNCTION twice(n int) RETURNS int DETERMINISTIC RETURN 2 * n;
CREATE PROCEDURE p() SELECT 1;
CREATE VIEW v AS SELECT b, twice(a) AS n FROM t;
CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET NEW.b = CONCAT(NEW.b, '');
CREATE EVENT e ON SCHEDULE EVERY 10 YEAR STARTS '2037-01-01 00:00:00' DO DELETE FROM t;
SQL
    must load prod back "$WORK/prod.sql"
    from=$(url prod back) to=$(url staging back)
    expect_exit 4 "$kind: what dbtwin did not fill" dbtwin rollback "$to"
    publish v1
    is "$kind: nothing is kept unasked" "$(kept)" ''
    expect_exit 4 "$kind: so there is no way back" dbtwin rollback "$to"
    err_has "$kind: a hint says how" "--keep-previous"
    own_state
    old=$(sum_of staging back) had=$(objects back)
    publish v2 --keep-previous 2
    is "$kind: one is kept" "$(kept | wc -l)" 1
    k=$(kept)
    is "$kind: with all that was in it, events off" "$(objects "$k")" "${had%?}0"
    is "$kind: its views read its own tables" "$(q staging "$k" "SELECT b, n FROM mine_w ORDER BY n LIMIT 1")" "v1	2"
    must q staging "$k" "INSERT INTO mine (t, v) VALUES (1, 'x')"
    is "$kind: its triggers fire, in order" "$(q staging "$k" "SELECT v FROM mine ORDER BY id DESC LIMIT 1")" "X!"
    must q staging "$k" "DELETE FROM mine WHERE v = 'X!'"
    must q staging "$k" "ALTER TABLE mine AUTO_INCREMENT = 3"
    expect_exit 1 "$kind: its keys hold" q staging "$k" "INSERT INTO mine (t, v) VALUES (9, 'x')"
    new=$(sum_of staging back)
    ok "$kind: rollback" dbtwin rollback "$to"
    is "$kind: byte for byte" "$(sum_of staging back)" "$old"
    is "$kind: events that ran run" "$(objects back)" "$had"
    is "$kind: the other one is kept instead" "$(kept | wc -l)" 1
    isnt "$kind: under another name" "$(kept)" "$k"
    ok "$kind: status" dbtwin status "$to"
    out_has "$kind: knows of it" "rolled back"
    ok "$kind: once more" dbtwin rollback -q "$to"
    err_empty "$kind: quietly"
    is "$kind: is the way forth" "$(sum_of staging back)" "$new"
    publish v3 --keep-previous 2
    publish v4 --keep-previous 2
    is "$kind: two are kept" "$(kept | wc -l)" 2
    is "$kind: the newer two" "$(q staging "$(kept | head -n 1)" "SELECT b FROM t")" v2
    is "$kind: no shadow is left" "$(shadows staging | grep -cE '_(shadow|old)$')" 0

    # refused, and why
    printf 'databases:\n  s:\n    url: %s\n    role: production\n' "$to" >"$WORK/dbtwin.yaml"
    expect_exit 4 "$kind: production by config" dbtwin rollback s -c "$WORK/dbtwin.yaml"
    must q staging back "UPDATE dbtwin_mark SET v = 'production' WHERE k = 'role'"
    expect_exit 4 "$kind: production by mark" dbtwin rollback "$to"
    must q staging back "UPDATE dbtwin_mark SET v = 'copy' WHERE k = 'role'"
    is "$kind: nothing happened" "$(q staging back "SELECT b FROM t")" v4

    # killed at any point, in copies that keep and in rollbacks: one state or the other, and the next
    # run finishes or undoes it
    drop_kept
    publish v1
    own_state
    publish v2 --keep-previous 1
    one=$(sum_of staging back)
    t0=$(date +%s%N)
    must dbtwin rollback -q "$to"
    span=$((($(date +%s%N) - t0) / 1000000))
    two=$(sum_of staging back)
    isnt "$kind: two states" "$one" "$two"
    bad=0 n=${DBTWIN_KILLS:-6}
    for ((i = 1; i <= n; i++)); do
        "$DBTWIN" rollback -q "$to" >/dev/null 2>&1 </dev/null &
        run=$!
        sleep "$(awk "BEGIN { print $span * $i / ($n + 1) / 1000 }")"
        kill -KILL $run 2>/dev/null
        wait $run 2>/dev/null
        sleep 0.1
        dbtwin rollback -q "$to" >"$OUT" 2>"$ERR" || { bad=$((bad + 1)); tap_say "after kill $i: $(cat "$ERR")"; }
        case $(sum_of staging back) in
            "$one" | "$two") ;;
            *) bad=$((bad + 1)); tap_say "neither the one nor the other after kill $i of $n" ;;
        esac
        [ "$(kept | wc -l)" = 1 ] || { bad=$((bad + 1)); tap_say "kept after kill $i: $(kept)"; }
        [ "$(shadows staging | grep -cE '_(shadow|old)$')" = 0 ] || { bad=$((bad + 1)); tap_say "left after kill $i"; }
        [ "$(q staging '' "SELECT COUNT(*) FROM information_schema.tables WHERE table_name = 'dbtwin_journal'")" = 0 ] || { bad=$((bad + 1)); tap_say "a journal after kill $i"; }
    done
    is "$kind: $n kills of rollbacks leave whole states" "$bad" 0
    one=$(kept)
    must q staging "$one" "CREATE TABLE dbtwin_journal (n int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
        what varchar(16) CHARACTER SET ascii NOT NULL, \`sql\` longblob NOT NULL) ENGINE=InnoDB"
    ok "$kind: one killed before its journal said what it is" dbtwin rollback -q "$to"
    is "$kind: one killed before its journal said what it is: a state is kept" "$(kept | wc -l)" 1

    # killed when the places were made and nothing was swapped: a table of the kept state is held, so
    # that the swap waits
    one=$(kept)
    my staging "$one" -e "LOCK TABLES t READ; SELECT 'holds', SLEEP(100)" >/dev/null 2>&1 &
    holder=$!
    until_true 20 seen "^SELECT ''holds'', SLEEP" || fail "$kind: a table is held"
    "$DBTWIN" rollback -q "$to" >"$OUT" 2>"$ERR" </dev/null &
    run=$!
    until_true 30 seen '^(RENAME TABLE|DROP TRIGGER)' || fail "$kind: the swap waits" "$(cat "$ERR")"
    kill -KILL $run
    wait $run 2>/dev/null
    end_statement '^(RENAME TABLE|DROP TRIGGER)'
    end_statement "^SELECT ''holds'', SLEEP"
    wait $holder 2>/dev/null
    is "$kind: killed before the swap: the place for the old tables is there" "$(kept | wc -l)" 2
    # the server may take a moment to see that the killed run's lock is nobody's
    until_true 30 dbtwin copy -q "$from" "$to" --keep-previous 3 2>"$ERR" || fail "$kind: the next copy" "$(cat "$ERR")"
    is "$kind: the next copy takes it away, keeps what it replaced" "$(kept | wc -l)" 2
    is "$kind: and leaves nothing else" "$(shadows staging | grep -cE '_(shadow|old)$')" 0
    drop_kept
    fresh_db staging back
done
done_testing
