#!/bin/bash
# The old database gives way to the new in one moment: what hung on it is carried over, readers who
# keep coming back see only whole states, and a run killed anywhere leaves one of the two.
. "$(dirname "$0")/../lib/live.sh"

copy() { dbtwin copy "$(url prod shop)" "$(url staging stage)" "$@"; }
state() { q staging stage "SELECT count(*), min(v), max(v) FROM public.t"; }
beside() { # what hangs on the database and not on its contents
    q staging postgres "SELECT datconnlimit, datacl, pg_get_userbyid(datdba),
        shobj_description(oid, 'pg_database'), datallowconn, (SELECT string_agg(
        setrole::text || ':' || c, '; ' ORDER BY setrole, c) FROM pg_db_role_setting s,
        unnest(setconfig) c WHERE setdatabase = d.oid) FROM pg_database d WHERE datname = 'stage'"
}
leftovers() { q staging postgres "SELECT count(*) FROM pg_database WHERE datname LIKE '%\_\_dbtwin\_%'"; }
round() { must q prod shop "UPDATE t SET v = '$1'"; }

reader() { # until the file is gone: counts, and keeps what went wrong
    while [ -e "$WORK/go" ]; do
        q staging stage "SELECT count(*) || ' ' || count(DISTINCT v) FROM public.t; SELECT pg_sleep(0.1)" \
            >>"$WORK/seen.$1" 2>>"$WORK/errors.$1"
    done
}

for kind in $(servers pg); do
    start "$kind" prod staging
    fresh_db prod shop
    fresh_db staging stage
    must q prod shop "CREATE TABLE t (id int PRIMARY KEY, v text);
        INSERT INTO t SELECT i, 'first' FROM generate_series(1, 1000) i"

    # carried over
    q staging postgres "DROP ROLE IF EXISTS shadow_app" 2>/dev/null
    must q staging postgres "CREATE ROLE shadow_app"
    must pg staging postgres -c "ALTER DATABASE stage CONNECTION LIMIT 33" \
        -c "COMMENT ON DATABASE stage IS 'it''s \\ staging'" \
        -c "ALTER DATABASE stage SET search_path = '', \"a b\", \"q\"\"x\", public" \
        -c "ALTER DATABASE stage SET work_mem = '5MB'" \
        -c "ALTER DATABASE stage SET \"my.var\" = 'x, \"y'" \
        -c "ALTER ROLE shadow_app IN DATABASE stage SET statement_timeout = '7s'" \
        -c "REVOKE ALL ON DATABASE stage FROM public" \
        -c "GRANT CONNECT ON DATABASE stage TO shadow_app WITH GRANT OPTION" \
        -c "ALTER DATABASE stage OWNER TO shadow_app"
    before=$(beside)
    for i in 1 2; do
        ok "$kind: copy $i" copy
        is "$kind: settings, rights, limit, owner and comment stay, copy $i" "$(beside)" "$before"
    done
    is "$kind: the rows are there" "$(state)" "1000	first	first"
    is "$kind: the mark says so in plain SQL" \
        "$(q staging stage "SELECT value FROM dbtwin.mark WHERE key = 'role'")" copy

    # readers who come back all the time
    touch "$WORK/go"
    pids=()
    for i in 1 2 3; do
        rm -f "$WORK/seen.$i" "$WORK/errors.$i"
        reader "$i" &
        pids+=($!)
    done
    for i in 1 2 3; do
        round "r$i"
        ok "$kind: copy under readers, $i" copy
        is "$kind: and it is the new one, $i" "$(state)" "1000	r$i	r$i"
    done
    rm "$WORK/go"
    wait "${pids[@]}"
    is "$kind: no reader ever saw anything but a whole state" \
        "$(cat "$WORK"/seen.* | grep -v '^$' | sort -u)" "1000 1"
    is "$kind: no reader was told anything but to come back" "$(cat "$WORK"/errors.* |
        grep -E 'ERROR|FATAL' | grep -vE 'terminating connection due to admin|does not exist' |
        grep -v 'relation "public.t"')" ""
    is "$kind: the table was never missing" "$(cat "$WORK"/errors.* | grep -c 'relation "public.t"')" 0

    # killed at some moment
    wrong=0 killed=0
    last=r3
    for i in 1 2 3 4 5 6 7 8; do
        round "k$i"
        timeout -k 5 60 "$DBTWIN" copy --create -q "$(url prod shop)" "$(url staging stage)" 2>/dev/null &
        pid=$!
        sleep "0.$((i * 7 % 10))$((i * 3 % 10))"
        child=$(pgrep -P "$pid" | head -n 1)
        [ -z "$child" ] || { kill -9 "$child" 2>/dev/null && killed=$((killed + 1)); }
        wait "$pid" 2>/dev/null
        case $(state) in
            "1000	$last	$last") ;;
            "1000	k$i	k$i") last=k$i ;;
            *) wrong=$((wrong + 1)) ;;
        esac
    done
    is "$kind: killed at any moment, it is the old or the new" "$wrong" 0
    round end
    ok "$kind: the next run works" copy
    is "$kind: and leaves nothing of the others ($killed were killed)" "$(leftovers)" 0
    is "$kind: but the new rows" "$(state)" "1000	end	end"
done
done_testing
