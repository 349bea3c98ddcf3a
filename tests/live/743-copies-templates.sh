#!/bin/bash
# A target that is a template is copied to and stays one; a prepared transaction in the way is named.
# Privileges that the target's version does not have are left out by name.
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/live/copies.sh"

is_template() { q staging postgres "SELECT datistemplate FROM pg_database WHERE datname = 'tmpl'"; }

for kind in $(servers pg | tail -n 1); do
    server_start "$kind" prod --own || bail "$kind did not start"
    server_start "$kind" staging --own -- -c max_prepared_transactions=5 || bail "$kind did not start"
    fresh_db prod tmpl
    fresh_db staging tmpl
    must q prod tmpl "CREATE TABLE t (a int); INSERT INTO t VALUES (1)"
    must q staging postgres "ALTER DATABASE tmpl IS_TEMPLATE true"
    for n in 1 2; do
        ok "$kind: a template, copy $n" dbtwin copy "$(url prod tmpl)" "$(url staging tmpl)"
        is "$kind: it is the twin" "$(sum_of staging tmpl)" "$(sum_of prod tmpl)"
        is "$kind: and a template" "$(is_template)" t
        is "$kind: nothing is left" "$(shadows staging)" ''
    done

    must q staging tmpl "BEGIN; CREATE TABLE prepared (a int); PREPARE TRANSACTION 'the night''s'"
    expect_exit 2 "$kind: a prepared transaction is in the way" dbtwin copy "$(url prod tmpl)" "$(url staging tmpl)"
    err_has "$kind: it is named" "'the night''s' of postgres"
    must q staging tmpl "ROLLBACK PREPARED 'the night''s'"
    server_stop prod
    server_stop staging
done

set -- $(servers pg)
if [ "${1#pg}" -lt 17 ] && [ "$(servers pg | tail -n 1 | tr -d pg)" -ge 17 ]; then
    new=$(servers pg | tail -n 1)
    server_start "$new" prod --own || bail "$new did not start"
    server_start "$1" staging --own || bail "$1 did not start"
    for s in prod staging; do must q $s postgres "CREATE ROLE keeper"; fresh_db $s maintain; done
    must q prod maintain "CREATE TABLE t (a int); GRANT SELECT, MAINTAIN ON t TO keeper; CREATE TABLE u (a int); GRANT MAINTAIN ON u TO keeper;
        ALTER DEFAULT PRIVILEGES GRANT SELECT, MAINTAIN ON TABLES TO keeper"
    dbtwin preflight "$(url prod maintain)" "$(url staging maintain)" >"$OUT" 2>"$ERR"
    out_has "$new to $1: preflight names what is left out" "MAINTAIN needs PostgreSQL 17"
    dbtwin copy "$(url prod maintain)" "$(url staging maintain)" >"$OUT" 2>"$ERR"
    err_has "$new to $1: copy names it" "MAINTAIN needs PostgreSQL 17"
fi
done_testing
