#!/bin/bash
# Dumped and restored on the same version nothing differs; into the next versions nothing is called
# drift. What is spelled anew is given to the target's server to say what it means, and that leaves
# nothing behind; what it may not be asked is unknown, and what really differs still is drift.
. "$(dirname "$0")/../lib/live.sh"

export SCENARIO_TIMEOUT=${SCENARIO_TIMEOUT:-600}
cases=${DBTWIN_CASES:-$TOP/../shared/cases}
texts="SELECT string_agg(pg_get_constraintdef(oid), ';' ORDER BY conname) FROM pg_constraint WHERE contype = 'c'"

# The oldest pg_dump that knows both servers: a newer one writes settings that older servers lack.
dumper() { # dumper SERVER
    local kind bin
    kind=$(server_kind "$1")
    bin=$(server_pg_bin "$kind")/pg_dump
    if [ -x "$bin" ]; then echo "$bin"; return 0; fi
    if [ "${kind#pg}" -le "$(pg_dump -V | sed 's/[^0-9]*\([0-9]*\).*/\1/')" ]; then echo pg_dump; return 0; fi
    fetch_get pgclient18 || return 1
    echo "$DBTWIN_CACHE/pgclient18/usr/lib/postgresql/18/bin/pg_dump"
}

move() { # move SERVER DB SERVER DB: the schema, through pg_dump
    local tool settings
    tool=$(dumper "$1") || return 1
    timeout 120 "$tool" -s -h "$(server_dir "$1")" -U postgres "$2" |
        sed -E -e '/^SET transaction_timeout/d' -e '/SET \(pg_attver=[0-9]+\);$/d' -e '/^\\(un)?restrict /d' >"$WORK/dump.sql"
    [ -s "$WORK/dump.sql" ] && fresh_db "$3" "$4" && load "$3" "$4" "$WORK/dump.sql" || return 1
    # ALTER DATABASE comes with --create, and so with the name, only.
    settings=$(q "$1" "$2" "SELECT quote_literal(setconfig) FROM pg_db_role_setting s
        JOIN pg_database d ON d.oid = setdatabase WHERE datname = current_database() AND setrole = 0")
    [ -z "$settings" ] || q "$3" "$4" "INSERT INTO pg_db_role_setting
        SELECT oid, 0, $settings FROM pg_database WHERE datname = current_database()"
}

load_case() { # load_case SERVER DB NAME: a fixture wholly; of a case what this server takes
    fresh_db "$1" "$2" || return 1
    if [ "$3" = fixture ]; then
        load "$1" "$2" "$TOP/fixtures/restore/postgres.sql"
        return
    fi
    [ ! -f "$cases/$3/roles.sql" ] || pg "$1" postgres -v ON_ERROR_STOP=0 -o /dev/null -f "$cases/$3/roles.sql" 2>/dev/null
    pg "$1" "$2" -v ON_ERROR_STOP=0 -o /dev/null -f "$cases/$3/new.sql" >/dev/null 2>&1
    [ "$(q "$1" "$2" "SELECT count(*) FROM pg_class WHERE oid >= 16384 AND relkind = 'r'")" -gt 5 ]
}

# What needs a library that only one server has cannot move to another.
portable="DO \$\$ DECLARE r record; BEGIN
    FOR r IN SELECT format('EXTENSION %I', extname) AS what FROM pg_extension WHERE extname LIKE 'plperl%'
        UNION ALL SELECT 'ROUTINE ' || oid::regprocedure FROM pg_proc p WHERE prolang = 13 AND oid >= 16384
            AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
    LOOP BEGIN EXECUTE 'DROP ' || r.what || ' CASCADE'; EXCEPTION WHEN undefined_function THEN NULL; END; END LOOP;
END \$\$"

list="fixture"
[ ! -d "$cases" ] || list="$list $(cd "$cases" && echo pg-*)"
kinds=$(servers pg | sort -V)

for kind in $kinds; do
    start "$kind" "r$kind"
    s=r$kind
    for case in $list; do
        load_case "$s" prod "$case" || { skip "$kind: $case" "does not load on this version"; continue; }
        must move "$s" prod "$s" staging
        ok "$kind: $case: its own restore is the same" dbtwin diff "$(url "$s" prod)" "$(url "$s" staging)"
        [ "$case" = fixture ] || continue
        isnt "$kind: though not spelled the same" "$(q "$s" prod "$texts")" "$(q "$s" staging "$texts")"
        is "$kind: and nothing is left behind" \
            "$(q "$s" staging "SELECT count(*) FROM pg_class WHERE relname LIKE 'dbtwin%'")" 0
        q "$s" postgres "DROP ROLE IF EXISTS dbtwin_plain" 2>/dev/null
        must q "$s" postgres "CREATE ROLE dbtwin_plain LOGIN"
        for db in prod staging; do must q "$s" postgres "REVOKE TEMP ON DATABASE $db FROM PUBLIC"; done
        expect_exit 3 "$kind: without TEMP it cannot be told" dbtwin diff "$(url "$s" prod)" "$(url "$s" staging dbtwin_plain)"
        must q "$s" staging "ALTER TABLE \"re.st\".\"Ta\"\"b\" DROP CONSTRAINT \"Ta\"\"b_a_check\", ADD CHECK (a IN ('x', 'y'))"
        expect_exit 1 "$kind: another list is drift" dbtwin diff "$(url "$s" prod)" "$(url "$s" staging)"
        out_has "$kind: and the only one" "1 "
    done
done

# From each version to the next
for case in $list; do
    from=
    for kind in $kinds; do
        if [ -z "$from" ]; then
            load_case "r$kind" "chain" "$case" >/dev/null 2>&1 || { skip "$case from $kind" "does not load there"; continue; }
            must q "r$kind" chain "SET client_min_messages = error; $portable"
        elif move "r$from" chain "r$kind" chain >"$WORK/move.out" 2>&1; then
            dbtwin diff "$(url "r$from" chain)" "$(url "r$kind" chain)" >"$OUT" 2>"$ERR"
            case $? in
                0 | 3) pass "$case from $from to $kind: no drift" ;;
                *) fail "$case from $from to $kind: no drift" "$(head -n 40 "$OUT" "$ERR")" ;;
            esac
        else
            skip "$case from $from to $kind" "$(grep -m 1 ERROR "$WORK/move.out" || tail -n 1 "$WORK/move.out")"
            continue
        fi
        from=$kind
    done
done
done_testing
