#!/bin/bash
# --resume of several MySQL or MariaDB databases that are copied as one: each continues with what is loaded,
# wherever the run was killed, also where foreign keys between them stand already and one shadow is gone. A
# set gives way to who waits for a table of any of them.
# slow
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/live/copies.sh"

chunks() { # DB: tables of its shadow that are noted as loaded
    local n
    n=$(q staging "${1}__dbtwin_shadow" "SELECT count(*) FROM dbtwin_progress WHERE name LIKE 'chunk %'" 2>/dev/null)
    echo "${n:-0}"
}
small_are_there() { [ "$(chunks re_a)" = 2 ] && [ "$(chunks re_b)" = 2 ] || ! server_alive "$run"; }
key_is_there() {
    [ "$(q staging '' "SELECT count(*) FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA LIKE 're\\_b%shadow'
        AND UNIQUE_CONSTRAINT_SCHEMA LIKE 're\\_a%'")" = 1 ] || ! server_alive "$run"
}
big_is_begun() {
    [ "$(q staging '' "SELECT count(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = 're_c__dbtwin_shadow' AND TABLE_NAME = 'big'")" = 1 ] ||
        ! server_alive "$run"
}
cut() { # EVENT UNTIL [OPTION...]: a run that is ended so
    local event=$1 until=$2
    shift 2
    "$DBTWIN" copy --databases 're_*' "$p" "$s" --resume --create -j 2 "$@" >"$OUT" 2>"$ERR" </dev/null &
    run=$!
    until_true 60 "$until"
    server_alive "$run" || fail "$kind: the run is cut in time" "$(cat "$ERR")"
    kill "-$event" "$run" 2>/dev/null
    wait "$run" 2>/dev/null
    code=$?
}
resumed() { # NAME: the next run continues, and all is as production has it
    ok "$kind: $1" dbtwin copy --databases 're_*' "$p" "$s" --resume -j 2
    for db in re_a re_b re_c; do
        dump prod $db >"$WORK/p" && dump staging $db >"$WORK/s"
        same_files "$kind: $1: $db is as production's dump" "$WORK/p" "$WORK/s"
    done
    is "$kind: $1: no shadow is left" "$(shadows staging)" ''
}

for kind in $(servers my | head -n 1); do # those that DBTWIN_SERVERS names, one a run
    opts=
    [ "$kind" != mysql9 ] || opts="--log-bin=bin --server-id=1" # its states are told apart by the binlog
    # shellcheck disable=SC2086
    server_start "$kind" prod --own -- $opts || bail "$kind did not start"
    server_start "$kind" staging --own || bail "$kind did not start"
    p=$(url prod '') s=$(url staging '')
    {
        cat <<'SQL'
CREATE DATABASE re_a; CREATE DATABASE re_b; CREATE DATABASE re_c;
CREATE TABLE re_a.t (id int PRIMARY KEY, v varchar(20)) ENGINE=InnoDB; INSERT INTO re_a.t VALUES (1, 'x'), (2, 'y');
CREATE TABLE re_a.u (id int PRIMARY KEY) ENGINE=InnoDB; INSERT INTO re_a.u VALUES (7);
CREATE TABLE re_b.k (id int PRIMARY KEY, t int, CONSTRAINT k_t FOREIGN KEY (t) REFERENCES re_a.t (id)) ENGINE=InnoDB;
INSERT INTO re_b.k VALUES (1, 1), (2, 2); CREATE TABLE re_b.l (id int PRIMARY KEY) ENGINE=InnoDB;
CREATE TABLE re_c.big (id int AUTO_INCREMENT PRIMARY KEY, d text) ENGINE=InnoDB;
INSERT INTO re_c.big (d) WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 900) SELECT RPAD(SHA2(i, 256), 2000, 'z') FROM n;
SQL
        for ((i = 0; i < 60; i++)); do echo "CREATE VIEW re_c.v$i AS SELECT b.id + $i AS n, t.v FROM re_c.big b JOIN re_a.t ON t.id = b.id;"; done
    } | my prod '' || bail "no databases"

    cut INT small_are_there --max-rate 200k
    is "$kind: interrupted" "$code" 130
    is "$kind: the target is as it was" "$(q staging '' "SELECT count(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE 're__'")" 0
    resumed "interrupted among the rows"
    err_has "$kind: re_a was there already" "re_a: resumed: 2 of 2 tables were there already, 3 rows"
    err_has "$kind: so was re_b" "re_b: resumed: 2 of 2 tables were there already, 2 rows"

    cut KILL key_is_there
    resumed "killed behind the keys"
    err_has "$kind: all rows were there" "re_c: resumed: 1 of 1 tables were there already, 900 rows"

    cut KILL key_is_there
    must q staging '' "SET foreign_key_checks = 0; DROP DATABASE re_a__dbtwin_shadow"
    resumed "one shadow is gone"
    err_lacks "$kind: it starts over" "re_a: resumed"
    err_has "$kind: the others do not" "re_b: resumed: 2 of 2 tables"
    q staging re_b "INSERT INTO k VALUES (3, 99)" >"$OUT" 2>&1 && fail "$kind: the key holds" "it took a row" || pass "$kind: the key holds"

    # What is left is another state's once production has changed.
    cut KILL key_is_there
    must q prod re_a "INSERT INTO u VALUES (8)"
    resumed "production has changed"
    err_has "$kind: it says why it starts over" "has changed since"

    # Who waits for a table of the first database is seen while the last one is read.
    "$DBTWIN" copy --databases 're_*' "$p" "$s" -j 1 --max-rate 100k >"$OUT" 2>"$ERR" </dev/null &
    run=$!
    until_true 60 big_is_begun
    must q prod '' "ALTER TABLE re_a.u ADD x int"
    wait "$run"
    is "$kind: the copy gives way" "$?" 2
    err_like "$kind: and says to whom" 'waits for an exclusive lock on a table \(ALTER\)'
    is "$kind: none is swapped" "$(q staging re_a "SELECT count(*) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = 're_a' AND COLUMN_NAME = 'x'")" 0
    server_stop prod
    server_stop staging
done
done_testing
