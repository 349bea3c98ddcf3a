#!/bin/bash
# A week of nightly copies, played quickly: a writer changes production all the time, its schema too,
# and a reader works on staging all the time. The reader sees whole states of one moment only, and no
# error but the one that ends its session at a swap (PostgreSQL) or sends its transaction back to the
# start (MySQL).
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/live/copies.sh"
shopt -s nullglob

# ---- production: every transaction keeps the sums, and counts itself in gen ----

tables() {
    local id='int PRIMARY KEY' text='text'
    server_is_pg prod || text='varchar(200)'
    cat <<SQL
CREATE TABLE accounts (id $id, balance int NOT NULL);
CREATE TABLE orders (id $id, account int NOT NULL, n_lines int NOT NULL, note $text, FOREIGN KEY (account) REFERENCES accounts (id));
CREATE TABLE parts (id $id, ord int NOT NULL, t $text, FOREIGN KEY (ord) REFERENCES orders (id));
CREATE TABLE gen (id $id, n int NOT NULL, n_orders int NOT NULL, n_lines int NOT NULL);
CREATE VIEW last_orders AS SELECT * FROM orders WHERE id > 100;
CREATE INDEX parts_t ON parts (t);
INSERT INTO gen VALUES (1, 0, 0, 0);
SQL
    local i v=
    for ((i = 0; i < 50; i++)); do v="$v${v:+,}($i,0)"; done
    echo "INSERT INTO accounts VALUES $v;"
}
# one transaction: a transfer, an order of three lines; now and then an order goes, with its lines
turn() { # N
    local n=$1 a=$(($1 % 50)) b=$(($1 * 7 % 49)) o=1 l=3
    printf 'BEGIN;UPDATE accounts SET balance=balance-%d WHERE id=%d;UPDATE accounts SET balance=balance+%d WHERE id=%d;' \
        "$n" "$a" "$n" "$b"
    printf "INSERT INTO orders (id,account,n_lines,note) VALUES (%d,%d,3,'order %d');" "$n" "$a" "$n"
    printf "INSERT INTO parts (id,ord,t) VALUES (%d,%d,'%s'),(%d,%d,'b'),(%d,%d,NULL);" \
        $((n * 3)) "$n" "$n" $((n * 3 + 1)) "$n" $((n * 3 + 2)) "$n"
    if [ $((n % 5)) = 0 ]; then
        printf 'DELETE FROM parts WHERE ord=%d;DELETE FROM orders WHERE id=%d;' $((n - 3)) $((n - 3))
        o=0 l=0
    fi
    printf 'UPDATE gen SET n=n+1,n_orders=n_orders+%d,n_lines=n_lines+%d;COMMIT;' $o $l
}
migration() { # NIGHT: what a release does to the schema; while rows are written
    case $1 in
        2) echo "ALTER TABLE orders ADD colour varchar(20) DEFAULT 'red';" ;;
        3) echo "CREATE TABLE extra (id int PRIMARY KEY, n int); INSERT INTO extra VALUES (1, 1);" ;;
        4) if server_is_pg prod; then echo 'CREATE INDEX orders_note ON orders (note);'
            else echo 'ALTER TABLE orders ADD KEY orders_note (note), ADD z int AS (n_lines * 2);'; fi ;;
        6) echo 'ALTER TABLE orders DROP COLUMN colour; DROP TABLE extra;' ;;
    esac
}

going() { [ -d "$WORK" ] && [ ! -e "$WORK/stop" ]; }

# talk NAME PIPES ERR: a session of the server's own client, statements to fd 7, rows from fd 8; $talker
talk() {
    rm -f "$2.in" "$2.out"
    mkfifo "$2.in" "$2.out"
    if server_is_pg "$1"; then
        psql -X -q -At -h "$(server_dir "$1")" -U postgres -d week
    else
        mariadb --no-defaults -S "$(server_dir "$1")/s" -uroot -N -B -n -f -D week
    fi <"$2.in" >"$2.out" 2>>"$3" &
    talker=$!
    exec 7>"$2.in" 8<"$2.out"
}
hang_up() {
    exec 7>&- 8<&-
    kill "$talker" 2>/dev/null
    wait "$talker" 2>/dev/null
}

# The writer: waits where there is a file `pause`, and says so in `paused`
writer() {
    local n=0 line night
    trap '' PIPE
    talk prod "$WORK/writer" "$WORK/writer.err"
    while going; do
        if [ -e "$WORK/pause" ]; then
            : >"$WORK/paused"
            sleep 0.02
            continue
        fi
        rm -f "$WORK/paused"
        n=$((n + 1))
        { turn $n; for night in "$WORK"/migrate.*; do
            migration "${night##*.}"; rm -f "$night"; done
            echo "SELECT 'said';"; } >&7 || break
        IFS= read -r -t 60 -u 8 line || break
        [ "$line" = said ] || { echo "unexpected: $line" >>"$WORK/writer.err"; break; }
        echo $n >"$WORK/turns"
    done
    going && echo "the writer ended early" >>"$WORK/writer.err"
    hang_up
}
turns() { # the file is empty for the moment in which it is written
    local n=
    until n=$(cat "$WORK/turns") && [ -n "$n" ]; do sleep 0.01; done
    echo "$n"
}
pause() { : >"$WORK/pause"; until_true 20 [ -e "$WORK/paused" ] || bail "the writer does not pause"; }

# The reader: in each transaction gen, and what the tables say, in an order of their own
reader() {
    local id=$1 order=$2 line fields select begin="BEGIN ISOLATION LEVEL REPEATABLE READ"
    local a="SELECT concat_ws(' ', 'accounts', count(*), coalesce(sum(balance), 0)) FROM accounts;"
    local o="SELECT concat_ws(' ', 'orders', count(*), coalesce(sum(n_lines), 0)) FROM orders;"
    local l="SELECT concat_ws(' ', 'lines', count(*), count(o.id)) FROM parts l LEFT JOIN orders o ON o.id = l.ord;"
    local g="SELECT concat_ws(' ', 'gen', n, n_orders, n_lines) FROM gen;"
    local v="SELECT concat_ws(' ', 'view', count(*)) FROM last_orders;"
    server_is_pg staging || begin='START TRANSACTION'
    case $order in
        1) select="$a$g$l$v$o" ;;
        *) select="$o$l$g$a$v" ;;
    esac
    trap '' PIPE
    while going; do
        : >"$WORK/reader.$id.err"
        talk staging "$WORK/reader.$id" "$WORK/reader.$id.err"
        while going; do
            echo "$begin;$select COMMIT;SELECT 'said';" >&7 || break
            fields=
            while IFS= read -r -t 60 -u 8 line && [ "$line" != said ]; do fields="$fields $line"; done
            [ "$line" = said ] || break
            # the last answer and the end of the session came together
            ! grep -q 'terminating connection' "$WORK/reader.$id.err" || break
            if [ -s "$WORK/reader.$id.err" ]; then # a statement failed, the session lives
                sed 's/^/statement: /' "$WORK/reader.$id.err" >>"$WORK/reader.$id.said"
                : >"$WORK/reader.$id.err"
                continue
            fi
            echo "$fields" >>"$WORK/reader.$id.seen"
        done 2>/dev/null
        hang_up
        going && { echo "-- disconnected"; cat "$WORK/reader.$id.err"; } >>"$WORK/reader.$id.said"
    done
}
# Each line that a reader saw is a state: sums are zero, counts are those that gen says
judge() {
    awk '{ split("", v)
        for (i = 1; i <= NF; i++) if ($i ~ /^[a-z]+$/) { k = $i; n = 0 } else v[k, ++n] = $i
        if (NF != 15 || v["accounts", 1] != 50 || v["accounts", 2] != 0 ||
            v["orders", 1] != v["gen", 2] || v["orders", 2] != v["gen", 3] ||
            v["lines", 1] != v["gen", 3] || v["lines", 2] != v["gen", 3] ||
            v["view", 1] > v["orders", 1])
            { print FILENAME ": " $0; bad++ }
        if (v["gen", 1] + 0 < last[FILENAME] + 0) { print FILENAME ": back in time: " $0; bad++ }
        last[FILENAME] = v["gen", 1]; states[v["gen", 1]] = 1 }
        END { for (s in states) n++; print n + 0 " states" ; exit bad > 0 }' "$@"
}

for kind in $(one_of_each); do
    start "$kind" prod staging
    fresh_db prod week
    fresh_db staging week
    rm -f "$WORK"/{stop,pause,paused,turns,writer.err} "$WORK"/reader.*
    tables >"$WORK/week.sql"
    must load prod week "$WORK/week.sql"
    # enough rows that a copy takes a while
    { echo 'BEGIN;'; for ((i = 1; i <= 1500; i++)); do
        printf "INSERT INTO orders (id,account,n_lines,note) VALUES (%d,1,1,'%0150d');INSERT INTO parts (id,ord,t) VALUES (%d,%d,'%0100d');\n" \
            $((-i)) "$i" $((-i)) $((-i)) "$i"; done
        echo 'UPDATE gen SET n_orders=1500,n_lines=1500;COMMIT;'; } >"$WORK/fill.sql"
    must load prod week "$WORK/fill.sql"
    from=$(url prod week) to=$(url staging week)
    ok "$kind: the first copy" dbtwin copy -q "$from" "$to" # not of the week: gives the reader something
    before_week=$(dbtwin status "$to" --format json | python3 -c 'import json,sys; print(len(json.load(sys.stdin)["runs"]))')

    writer & writer=$!
    reader 1 1 & reader1=$!
    reader 2 2 & reader2=$!
    until_true 20 [ -s "$WORK/turns" ] || bail "the writer does not write"
    again=0
    for night in 1 2 3 4 5 6 7; do
        : >"$WORK/migrate.$night" # its release runs while the night begins
        still=
        case $night in 1 | 4 | 7) still=1; pause ;; esac
        for try in 1 2 3 4; do
            low=$(turns)
            dbtwin copy -q "$from" "$to" >"$OUT" 2>"$ERR" && break
            again=$((again + 1)) # a release that came in between: nothing happened, and it says what
            err_like "$kind: night $night: a copy that met a release says so" 'definition|changed|truncated, rewritten or dropped|does not exist|check|differ|1412|1146'
            [ "$try" != 4 ] || fail "$kind: night $night" "$(cat "$ERR")"
        done
        high=$(turns)
        at=$(q staging week "SELECT n FROM gen")
        [ "$at" -ge "$low" ] && [ "$at" -le $((high + 1)) ] && pass "$kind: night $night: the state of that night" ||
            fail "$kind: night $night: the state of that night" "$at is not in $low..$high"
        if [ -n "$still" ]; then
            ok "$kind: night $night: verify" dbtwin verify -q "$from" "$to"
            is "$kind: night $night: equal by dump" "$(sum_of staging week)" "$(sum_of prod week)"
        fi
        rm -f "$WORK/pause"
        sleep 0.3
    done
    : >"$WORK/stop"
    rm -f "$WORK/pause"
    wait $writer $reader1 $reader2

    [ ! -s "$WORK/writer.err" ] && pass "$kind: the writer met no error" || fail "$kind: the writer met no error" "$(head -n 5 "$WORK/writer.err")"
    judge "$WORK"/reader.*.seen >"$WORK/judged" && pass "$kind: the readers saw whole states only" ||
        fail "$kind: the readers saw whole states only" "$(head -n 5 "$WORK/judged")"
    states=$(sed -n 's/ states$//p' "$WORK/judged")
    [ "$states" -ge 7 ] && pass "$kind: the states of the nights" || fail "$kind: the states of the nights" "$states"
    # what else it heard: PostgreSQL ends its session for the swap; MySQL sends a transaction that stands
    # in the swap's way back to its start (1213)
    cat "$WORK"/reader.*.said 2>/dev/null >"$WORK/said"
    if server_is_pg staging; then
        rest=$(grep -vE '^-- disconnected|^(psql: error: .*)?FATAL:  terminating connection due to administrator command|^server closed the connection unexpectedly|^(	| )|^connection to server was lost|^no connection to the server|^$' "$WORK/said" |
            grep -vE 'FATAL:  database "week" (was concurrently renamed|does not exist)|DETAIL:  (It seems to have just been dropped or renamed|The database subdirectory)')
    else
        rest=$(grep '^statement: ERROR\|^--\|^ERROR' "$WORK/said" | grep -v '^statement: -\|^statement: ERROR 1213')
    fi
    is "$kind: and met no error but the announced ones" "$rest" ''
    tap_say "$kind: $(turns) transactions of the writer, $(cat "$WORK"/reader.*.seen | wc -l) of the readers in $states states, $(wc -l <"$WORK/said") lines of interruptions, $again copies tried again"
    is "$kind: the history has the week" "$(dbtwin status "$to" --format json | python3 -c 'import json,sys; print(len(json.load(sys.stdin)["runs"]))')" $((before_week + 7))
    is "$kind: no shadow is left" "$(shadows staging)" ''
done
done_testing
