#!/bin/bash
# Real projects' databases: a dump-and-restore by the servers' own tools shows no drift; a copy and
# a snapshot piped into restore leave both sides' own dumps equal.
# slow
. "$(dirname "$0")/../lib/live.sh"
. "$(dirname "$0")/../lib/cases.sh"
need_cases

# The servers' own tools, but for ALTER DATABASE SET, which pg_dump leaves to pg_dumpall.
restore_by_hand() { # restore_by_hand DB: from server prod into server staging
    local from to
    from=$(server_dir prod) to=$(server_dir staging)
    fresh_db staging "$1"
    if server_is_pg prod; then
        pg_dump -h "$from" -U postgres -d "$1" | psql -X -q -h "$to" -U postgres -d "$1" >/dev/null 2>&1
        q prod "$1" "SELECT format('ALTER DATABASE %I SET %s = %s;', d.datname,
            split_part(c, '=', 1), substr(c, strpos(c, '=') + 1))
            FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase, unnest(setconfig) c
            WHERE d.datname = current_database()" | pg staging postgres -o /dev/null
    else
        mariadb-dump --no-defaults -S "$from/s" -uroot --routines --events --triggers "$1" |
            my staging "$1"
    fi
}

restored() { # restored CASE DB
    restore_by_hand "$2"
    expect_exit 0 "$1: restored by the server's own tools, no drift" dbtwin diff \
        "$(url prod "$2")" "$(url staging "$2")"
    out_has "$1: and something was compared" "Same: no drift"
}

copied() { # copied CASE DB
    dump prod "$2" >"$WORK/prod"
    isnt "$1: production has something to dump" "$(wc -l <"$WORK/prod")" 0
    fresh_db staging "$2"
    expect_exit 0 "$1: copy" dbtwin copy -q "$(url prod "$2")" "$(url staging "$2")"
    err_empty "$1: a quiet copy says nothing"
    dump staging "$2" >"$WORK/staging"
    same_files "$1: after copy both dumps are equal" "$WORK/prod" "$WORK/staging"
    expect_exit 0 "$1: verify agrees" dbtwin verify -q "$(url prod "$2")" "$(url staging "$2")"
    fresh_db staging "$2"
    piped() { dbtwin snapshot -q "$(url prod "$2")" -o - | dbtwin restore -q - "$(url staging "$2")"; }
    (set -o pipefail && piped "$@")
    is "$1: snapshot piped into restore" $? 0
    dump staging "$2" >"$WORK/staging"
    same_files "$1: after restore both dumps are equal" "$WORK/prod" "$WORK/staging"
}

if [ -n "$(servers pg | grep -x pg15)" ]; then
    start pg15 prod staging
    must case_load prod pagila pg-pagila/new.sql pg-pagila/new-data.sql
    restored pg-pagila pagila
    copied pg-pagila pagila
    must case_load prod roundcube pg-roundcube/new.sql
    restored pg-roundcube roundcube
    must case_load prod zabbix data-zabbix-pg/schema.sql data-zabbix-pg/data.sql
    copied data-zabbix-pg zabbix
    for case in chinook northwind; do
        must case_load prod "$case" "data-$case-pg/data.sql"
        copied "data-$case-pg" "$case"
    done
    if q prod postgres "SELECT 1 FROM pg_available_extensions WHERE name = 'plperl'" | grep -q 1; then
        must case_load prod evergreen pg-evergreen/new.sql
        restored pg-evergreen evergreen
        copied pg-evergreen evergreen
    else
        skip "pg-evergreen" "PL/Perl is not installed (postgresql-plperl-15)"
    fi
    server_stop prod
    server_stop staging
fi
if [ -n "$(servers my | grep -x mariadb)" ]; then
    start mariadb prod staging
    for case in my-zoneminder my-roundcube my-rt; do
        must case_load prod "${case#my-}" "$case/new.sql"
        restored "$case" "${case#my-}"
    done
    copied my-zoneminder zoneminder
    must case_load prod sakila data-sakila-my/schema.sql data-sakila-my/data.sql
    copied data-sakila-my sakila
    must case_load prod world data-world-my/data.sql
    copied data-world-my world
fi
done_testing
