#!/bin/bash
# No name of the shadow outlives the swap: defaults from sequences, foreign keys to tables that are not
# there. And no run is stuck behind a swap: what could not be made there is tried once more by the next
# run, which finishes then; a run that is killed there is finished.
. "$(dirname "$0")/../lib/live.sh"

# the definitions, from the server's own mouth, with the database's name taken out
shown() { # NAME DB TABLE...
    local n=$1 db=$2 t
    shift 2
    for t; do my "$n" "$db" -N -B -r -e "SHOW CREATE TABLE \`$t\`" || return 1; done |
        sed -E "s/AUTO_INCREMENT=[0-9]+ //; s/\`$db\`\./\`DB\`./g"
}
same_tables() { # KIND WHAT TABLE...
    local kind=$1 what=$2
    shift 2
    is "$kind: $what" "$(shown staging swapst "$@")" "$(shown prod swappr "$@")"
}
copy() { dbtwin copy "$(url prod swappr)" "$(url staging swapst)" -q "$@"; }

keys() { # KIND
    fresh_db prod swappr
    fresh_db staging swapst
    cat >"$WORK/in.sql" <<'EOF'
SET foreign_key_checks=0;
CREATE TABLE orders (id int PRIMARY KEY, cust int, other int, CONSTRAINT orders_cust FOREIGN KEY (cust) REFERENCES customers (id) ON DELETE CASCADE,
  CONSTRAINT a_second FOREIGN KEY (other) REFERENCES nowhere (k), CONSTRAINT good FOREIGN KEY (other) REFERENCES there (k) ON UPDATE SET NULL);
CREATE TABLE there (k int PRIMARY KEY);
INSERT INTO orders VALUES (1, 5, NULL);
EOF
    must load prod swappr "$WORK/in.sql"
    ok "$1: keys to tables that are not there" copy
    same_tables "$1" "they name no database" orders there
    # as on the source, the key holds when its table comes to be
    must q staging swapst "CREATE TABLE customers (id int PRIMARY KEY)"
    expect_exit 1 "$1: the key holds once its table is there" q staging swapst "INSERT INTO orders (id, cust) VALUES (2, 99)"
    ok "$1: again, over a staging that has the table" copy --replace swapst
    same_tables "$1" "and again" orders there
    ok "$1: and once more, keeping that state" copy --keep-previous 1
    ok "$1: which comes back" dbtwin rollback "$(url staging swapst)" -q
    same_tables "$1" "whole" orders there
}

sequences() { # KIND
    fresh_db prod swappr
    fresh_db staging swapst
    cat >"$WORK/in.sql" <<'EOF'
CREATE SEQUENCE s1; CREATE SEQUENCE s2 START 50;
CREATE TABLE a (id int DEFAULT NEXTVAL(s1), x int DEFAULT NEXTVAL(s2), y int DEFAULT (LASTVAL(s1) + SETVAL(s2, 70)), t varchar(20) DEFAULT 'nextval(');
CREATE TABLE b (id int DEFAULT (NEXTVAL(s2) + NEXTVAL(s1)), z int DEFAULT NEXTVAL(s1));
CREATE VIEW v AS SELECT * FROM a;
EOF
    must load prod swappr "$WORK/in.sql"
    ok "$1: two defaults from sequences in one table" copy
    same_tables "$1" "they name the target's sequences" a b v
    ok "$1: and again" copy --keep-previous 1
    same_tables "$1" "the same" a b v
    must q staging swapst "INSERT INTO b (z) VALUES (1)"
    ok "$1: back" dbtwin rollback "$(url staging swapst)" -q
    same_tables "$1" "back again" a b v
    must q staging swapst "INSERT INTO b (z) VALUES (1)"
}

# An account that may do all in the shadow, but make no view in the target: fails behind the swap.
stuck() { # KIND
    local u
    fresh_db prod swappr
    fresh_db staging swapst
    cat >"$WORK/in.sql" <<'EOF'
CREATE TABLE t (a int PRIMARY KEY); INSERT INTO t VALUES (1),(2);
CREATE VIEW v AS SELECT a FROM t;
CREATE FUNCTION f() RETURNS int DETERMINISTIC RETURN 3;
EOF
    must load prod swappr "$WORK/in.sql"
    must q staging '' "DROP USER IF EXISTS half@localhost; CREATE USER half@localhost;
        GRANT ALL ON \`swapst\\_\\_dbtwin\\_%\`.* TO half@localhost;
        GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX, REFERENCES, TRIGGER, EVENT, SHOW VIEW, CREATE ROUTINE, ALTER ROUTINE, EXECUTE, LOCK TABLES, CREATE TEMPORARY TABLES ON swapst.* TO half@localhost"
    u=$(url staging swapst half)
    expect_exit 2 "$1: a statement that fails behind the swap is an error" dbtwin copy "$(url prod swappr)" "$u" -q
    err_has "$1: which says what state things are in" "has its new tables"
    is "$1: the rest was made" "$(q staging swapst 'SELECT f(), COUNT(*) FROM t')" "3	2"
    expect_exit 2 "$1: the next run is not stuck behind it" dbtwin copy "$(url prod swappr)" "$u" -q
    err_has "$1: it says what it gives up" "not recreated in"
    must q staging '' "GRANT CREATE VIEW ON swapst.* TO half@localhost"
    ok "$1: and one that may do it succeeds" dbtwin copy "$(url prod swappr)" "$u" -q
    is "$1: with all there is" "$(q staging swapst 'SELECT f(), COUNT(*) FROM v')" "3	2"
    must q staging '' "REVOKE CREATE VIEW ON swapst.* FROM half@localhost"
    expect_exit 2 "$1: broken once more, with the earlier state kept" dbtwin copy "$(url prod swappr)" "$u" -q --keep-previous 2
    must q staging '' "GRANT CREATE VIEW ON swapst.* TO half@localhost"
    ok "$1: rollback is not stuck either" dbtwin rollback "$u" -q
    is "$1: the earlier state is whole" "$(q staging swapst 'SELECT f(), COUNT(*) FROM v')" "3	2"
    is "$1: nothing is left over" "$(q staging '' "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'swapst__dbtwin_shadow' OR TABLE_NAME = 'dbtwin_journal'")" 0
}

# Killed as soon as the journal stands in the target: behind the swap, while programs are being made.
killed() { # KIND
    local i pid seen=''
    fresh_db prod swappr
    fresh_db staging swapst
    {
        echo "CREATE TABLE t (a int PRIMARY KEY); INSERT INTO t VALUES (1),(2);"
        for ((i = 0; i < 60; i++)); do echo "CREATE FUNCTION f$i() RETURNS int DETERMINISTIC RETURN $i;"; done
        echo "CREATE VIEW v AS SELECT a, f59() AS f FROM t;"
    } >"$WORK/many.sql"
    must load prod swappr "$WORK/many.sql"
    "$DBTWIN" copy --create "$(url prod swappr)" "$(url staging swapst)" -q >/dev/null 2>&1 &
    pid=$!
    for ((i = 0; i < 6000; i++)); do
        kill -0 $pid 2>/dev/null || break
        if compgen -G "$(server_dir staging)/*/swapst/dbtwin_journal.ibd" >/dev/null || compgen -G "$(server_dir staging)/swapst/dbtwin_journal.ibd" >/dev/null; then
            kill -KILL $pid && seen=yes
            break
        fi
        sleep 0.005
    done
    wait $pid 2>/dev/null
    [ -n "$seen" ] || { skip "$1: a kill behind the swap" "the run was over before"; return; }
    expect_exit 0 "$1: the run after a kill behind the swap" dbtwin copy "$(url prod swappr)" "$(url staging swapst)"
    err_has "$1: it finished what was left" "an interrupted run had swapped the tables"
    is "$1: and all is there" "$(q staging swapst "SELECT COUNT(*), MAX(f), (SELECT COUNT(*) FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE()) FROM v")" "2	59	60"
}

for kind in $(servers my); do
    start "$kind" prod staging
    keys "$kind"
    case $kind in mariadb*) sequences "$kind" ;; esac
    stuck "$kind"
    killed "$kind"
done
done_testing
