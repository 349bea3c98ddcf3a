#!/bin/bash
# The report begins with the migrations that one side has and the other has not, whichever tool keeps
# them; patterns, map and baseline do on live databases what they do on files.
. "$(dirname "$0")/../lib/live.sh"

# One table of each tool, as the tool makes it but for defaults and indexes; %T is a type for
# moments. "TOOL|TABLE|COLUMNS|VALUES THAT BOTH HAVE|VALUES OF PROD ALONE|what is told of these"
tools="Alembic|alembic_version|version_num varchar(32)|'aaa1'|'aaa2'|aaa2
Diesel|__diesel_schema_migrations|version varchar(50), run_on %T|'1', NULL|'2024', NULL|2024
Django|django_migrations|id int, app varchar(255), name varchar(255), applied %T|1, 'auth', '0001', NULL|2, 'auth', '0002', NULL|auth.0002
Flyway|flyway_schema_history|installed_rank int, version varchar(50), description varchar(200), script varchar(1000), success boolean|1, '1', 'a', 'V1__a.sql', true|2, NULL, 'b', 'R__b.sql', true|R__b.sql
goose|goose_db_version|id int, version_id bigint, is_applied boolean, tstamp %T|1, 0, true, NULL|2, 20240102, true, NULL|20240102
Knex|knex_migrations|id int, name varchar(255), batch int, migration_time %T|1, 'one.js', 1, NULL|2, 'two.js', 1, NULL|two.js
Liquibase|databasechangelog|id varchar(255), author varchar(255), filename varchar(255), dateexecuted %T, orderexecuted int|'1', 'ann', 'log.xml', NULL, 1|'2', 'ann', 'log.xml', NULL, 2|log.xml 2 ann
Prisma|_prisma_migrations|id varchar(36), migration_name varchar(255), finished_at %T, rolled_back_at %T|'1', 'init', '2024-01-01 00:00:00', NULL|'2', 'more', '2024-01-01 00:00:00', NULL|more
refinery|refinery_schema_history|version int, name varchar(255), applied_on varchar(255), checksum varchar(255)|1, 'init', '', ''|2, 'more', '', ''|2 more
sqitch|changes|change_id varchar(40), script_hash varchar(40), #change# varchar(255), project varchar(255), planner_name varchar(255)|'x', 'x', 'users', 'app', 'ann'|'y', 'y', 'items', 'app', 'ann'|app items
sqlx|_sqlx_migrations|version bigint, description varchar(255), success boolean, checksum varchar(40)|1, 'init', true, ''|2, 'more', true, ''|2 more
TypeORM|migrations|id int, timestamp bigint, name varchar(255)|1, 1, 'Init1'|2, 2, 'More2'|More2"

# schema_migrations of four tools and Laravel's migrations share their names with others: one at a time
shared="Rails|schema_migrations|version varchar(255)|'20240101'|'20240102'|20240102
dbmate|schema_migrations|version varchar(128)|'20240101'|'20240102'|20240102
Ecto|schema_migrations|version bigint, inserted_at %T|1, NULL|20240102, NULL|20240102
golang-migrate|schema_migrations|version bigint, dirty boolean|1, false|2, true|2 (dirty)
Laravel|migrations|id int, migration varchar(255), batch int|1, 'one', 1|2, '2024_two', 1|2024_two"

# make TOOL TABLE COLUMNS BOTH ALONE: on both servers' database
make() {
    local columns=${3//%T/timestamp NULL}
    for side in prod staging; do
        must q prod "mig_$side" "CREATE TABLE $2 (${columns//#/$quote}); INSERT INTO $2 VALUES ($4)"
    done
    must q prod mig_prod "INSERT INTO $2 VALUES ($5)"
}

told() {
    out_has "$kind: $1: is recognised" "Migrations of $1 ($path$2)"
    out_has "$kind: $1: what is missing" "  - $3: missing in mig_staging"
}

for kind in $(some_servers); do
    start "$kind" prod
    quote='`' path=
    if server_is_pg prod; then quote='"' path=public.; fi
    fresh_db prod mig_prod
    fresh_db prod mig_staging
    while IFS='|' read -r tool table columns both alone what; do
        make "$tool" "$table" "$columns" "$both" "$alone"
    done <<<"$tools"
    must q prod mig_staging "INSERT INTO knex_migrations VALUES (3, 'three.js', 1, NULL)"
    must q prod mig_staging "INSERT INTO _sqlx_migrations VALUES (9, 'failed', false, '')"
    ok "$kind: migrations are information: no drift" dbtwin diff "$(url prod mig_prod)" "$(url prod mig_staging)" \
        -o json:"$WORK/report"
    while IFS='|' read -r tool table columns both alone what; do told "$tool" "$table" "$what"; done <<<"$tools"
    out_has "$kind: what staging alone has" "  + three.js: only in mig_staging"
    out_lacks "$kind: what failed did not run" "failed"
    out_lacks "$kind: goose's own row 0 is none" "- 0:"
    is "$kind: each side's migrations once" "$(grep -c 'missing in mig_staging' "$OUT")" 12
    is "$kind: JSON has them" "$(grep -c '"tool":' "$WORK/report")" 12
    cp "$WORK/report" "$OUT"
    out_has "$kind: JSON: the tool" '"tool": "Django"'
    out_has "$kind: JSON: the version" '"auth.0002"'

    must q prod mig_staging "DROP TABLE knex_migrations"
    expect_exit 1 "$kind: one side without the table" dbtwin diff "$(url prod mig_prod)" "$(url prod mig_staging)"
    out_has "$kind: one side without the table: says so" "not compared: TO has no such table"
    while IFS='|' read -r tool table columns both alone what; do
        for side in prod staging; do must q prod "mig_$side" "DROP TABLE IF EXISTS $table"; done
        make "$tool" "$table" "$columns" "$both" "$alone"
        expect_exit 0 "$kind: $tool" dbtwin diff "$(url prod mig_prod)" "$(url prod mig_staging)" --table "$table"
        told "$tool" "$table" "$what"
    done <<<"$shared"

    # Drift that is accepted, ignored or mapped, on live databases.
    must q prod mig_staging "CREATE TABLE extra (a int)"
    expect_exit 1 "$kind: drift" dbtwin diff "$(url prod mig_prod)" "$(url prod mig_staging)"
    ok "$kind: it is ignored" dbtwin diff "$(url prod mig_prod)" "$(url prod mig_staging)" \
        --ignore "${path}extra" --ignore "${path}knex_migrations"
    ok "$kind: it is accepted" dbtwin diff "$(url prod mig_prod)" "$(url prod mig_staging)" \
        --write-baseline "$WORK/b.json" --reason live
    ok "$kind: it stays accepted" dbtwin diff "$(url prod mig_prod)" "$(url prod mig_staging)" --baseline "$WORK/b.json"
    must q prod mig_staging "ALTER TABLE extra ADD b int"
    expect_exit 1 "$kind: but only as it was" dbtwin diff "$(url prod mig_prod)" "$(url prod mig_staging)" \
        --baseline "$WORK/b.json"
    out_has "$kind: as it was: is noted" "accepted for other values: table ${path}extra"
    rm "$WORK/b.json"
done
done_testing
