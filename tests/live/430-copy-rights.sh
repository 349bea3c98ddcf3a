#!/bin/bash
# A role that may not read everything: never silently less. What it lacks is named, diff is
# incomplete (3), and a copy is refused (4) before anything moves.
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/live/copies.sh"

refused() { # NAME URL WHAT
    local before
    before=$(sum_of staging rights)
    expect_exit 2 "$1: copy is refused" dbtwin copy "$2" "$(url staging rights)" --replace rights
    err_has "$1: naming what cannot be read" "$3"
    err_has "$1: with a hint" "hint:"
    is "$1: once, for a mail of one paragraph" "$(grep -c 'cannot be copied' "$ERR")" 1
    untouched "$1" staging rights "$before"
    expect_exit 2 "$1: a snapshot too" dbtwin snapshot "$2" -o "$WORK/none"
    is "$1: and there is no file" "$(ls "$WORK"/none* 2>/dev/null)" ''
}

for kind in $(servers pg); do
    start "$kind" prod staging
    fresh_db prod rights
    fresh_db staging rights
    must q staging rights "CREATE TABLE old (a int); INSERT INTO old VALUES (1)"
    must q prod rights "CREATE TABLE open (a int PRIMARY KEY); INSERT INTO open VALUES (1), (2);
        CREATE TABLE closed (a int PRIMARY KEY, b text); INSERT INTO closed VALUES (1, 'x'), (2, 'y');
        DROP ROLE IF EXISTS halfreader; CREATE ROLE halfreader LOGIN; GRANT SELECT ON open TO halfreader"
    u=$(url prod rights halfreader)
    q staging postgres "DROP ROLE IF EXISTS halfreader" >/dev/null 2>&1
    refused "$kind: a table without SELECT" "$u" closed
    must q prod rights "GRANT SELECT ON ALL TABLES IN SCHEMA public TO halfreader"

    # row-level security: all rows or an error, never fewer
    must q prod rights "ALTER TABLE closed ENABLE ROW LEVEL SECURITY; CREATE POLICY one ON closed USING (a = 1)"
    before=$(sum_of staging rights)
    code=0
    dbtwin copy "$u" "$(url staging rights)" --replace rights >"$OUT" 2>"$ERR" || code=$?
    case $code in
        2 | 4)
            pass "$kind: row-level security stops the copy"
            err_has "$kind: naming the table" closed
            err_has "$kind: with a hint" "hint:"
            untouched "$kind: row-level security" staging rights "$before"
            ;;
        0) is "$kind: row-level security hides no rows" "$(q staging rights 'SELECT count(*) FROM closed')" 2 ;;
        *) fail "$kind: row-level security" "exit code $code" ;;
    esac
    # roles belong to the server: one that staging lacks is found before anything moves
    before=$(sum_of staging rights)
    expect_exit 4 "$kind: a role that the target lacks" \
        dbtwin copy "$(url prod rights)" "$(url staging rights)" --replace rights
    err_has "$kind: is named" halfreader
    err_has "$kind: with ways out" "--no-grants"
    untouched "$kind: a missing role" staging rights "$before"
    must q staging postgres "CREATE ROLE halfreader"
    ok "$kind: who may pass row-level security copies all" \
        dbtwin copy "$(url prod rights)" "$(url staging rights)" --replace rights
    is "$kind: all rows are there" "$(q staging rights 'SELECT count(*) FROM closed')" 2
    expect_exit 2 "$kind: verify does not hide rows either" dbtwin verify "$u" "$(url staging rights)"
    must q prod rights "ALTER TABLE closed FORCE ROW LEVEL SECURITY; ALTER TABLE closed OWNER TO halfreader"
    code=0
    dbtwin copy "$u" "$(url staging rights)" >"$OUT" 2>"$ERR" || code=$?
    isnt "$kind: not even from their owner, when it is forced" "$code $(q staging rights 'SELECT count(*) FROM closed')" "0 1"
    is "$kind: then the rows stay" "$(q staging rights 'SELECT count(*) FROM closed')" 2
done

for kind in $(servers my); do
    start "$kind" prod staging
    fresh_db prod rights
    fresh_db staging rights
    must q staging rights "CREATE TABLE old (a int PRIMARY KEY); INSERT INTO old VALUES (1)"
    must q prod rights "CREATE TABLE open (a int PRIMARY KEY); INSERT INTO open VALUES (1), (2);
        CREATE TABLE closed (a int PRIMARY KEY, b text); INSERT INTO closed VALUES (1, 'x'), (2, 'y');
        CREATE VIEW vw AS SELECT a FROM open;
        CREATE TRIGGER trg BEFORE INSERT ON open FOR EACH ROW SET NEW.a = NEW.a + 0;
        CREATE EVENT ev ON SCHEDULE EVERY 1 DAY DISABLE DO DELETE FROM open WHERE a = -1;
        CREATE PROCEDURE pr() SELECT 1"
    give() { # GRANT...: what the reader may do, and nothing more
        q prod '' "DROP USER IF EXISTS reader@localhost; CREATE USER reader@localhost; $1"
    }
    u=$(url prod rights reader)
    show="EXECUTE ON rights.* TO reader@localhost; GRANT SHOW_ROUTINE ON *.*"
    case $kind in mariadb*) show="EXECUTE ON rights.* TO reader@localhost; GRANT SELECT ON mysql.proc" ;; esac
    routine="GRANT $show TO reader@localhost"
    case $kind in mariadb11*) routine="$routine; GRANT SHOW CREATE ROUTINE ON rights.* TO reader@localhost" ;; esac
    must give "GRANT SELECT, SHOW VIEW, TRIGGER, EVENT ON rights.* TO reader@localhost; $routine"
    dbtwin copy "$u" "$(url staging rights)" --replace rights >"$OUT" 2>"$ERR"
    is "$kind: with all rights it copies" "$? $(q staging rights 'SELECT count(*) FROM closed')" "0 2"
    [ "$(grep -c . "$ERR")" -lt 3 ] || tap_say "$(cat "$ERR")"

    must give "GRANT SELECT, SHOW VIEW, TRIGGER ON rights.open TO reader@localhost; $routine"
    refused "$kind: a table without SELECT" "$u" "GRANT SELECT"
    for lacks in "SHOW VIEW" TRIGGER EVENT; do
        have=$(printf '%s\n' SELECT "SHOW VIEW" TRIGGER EVENT | grep -vx "$lacks" | paste -sd, -)
        must give "GRANT $have ON rights.* TO reader@localhost; $routine"
        refused "$kind: without $lacks" "$u" "$lacks"
        expect_exit 3 "$kind: without $lacks diff is incomplete" dbtwin diff "$u" "$(url staging rights)"
    done
    must give "GRANT SELECT, SHOW VIEW, TRIGGER, EVENT ON rights.* TO reader@localhost"
    refused "$kind: without the bodies of routines" "$u" pr
done
done_testing
