#!/bin/bash
# No catalog is forgotten: each one of the server is read for some kind, or stands in the list of
# dbtwin-model(7) with a reason; what is in none of the kinds is a gap, and the verdict says so.
. "$(dirname "$0")/../lib/live.sh"

sql=$TOP/src/driver/postgres/source/sql
page=$TOP/man/dbtwin-model.7.scd
# The queries that make objects or their properties, without comments
queries=$(cd "$sql" && for f in *.sql; do
    case $f in probe.sql | depend.sql | gap.sql | range_end.sql | moved.sql) ;; *) sed -e 's/^ *-- .*//' "$f" ;; esac
done | tr '\n' ' ')
left_out=$(awk '/^On PostgreSQL every catalog/ { on = 1; next } on && /^-/ { print } on && /^A catalog that/ { exit }' "$page" |
    sed 's/:.*//' | grep -oE 'pg_[a-z_]+[a-z]')

is_read() { grep -qE "(FROM|JOIN|,) +(pg_catalog\.)?$1( |,|\)|$)" <<<"$queries"; }

isnt "the page lists what is left out" "$(wc -l <<<"$left_out")" 0
for kind in $(servers pg); do
    start "$kind" cov
    fresh_db cov cov
    catalogs=$(q cov cov "SELECT relname FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'r'
        AND oid < 16384 ORDER BY 1")
    isnt "$kind: catalogs were found" "$(wc -l <<<"$catalogs")" 0
    for c in $catalogs; do
        case $c in
            pg_user_mapping) grep -q 'FROM pg_user_mappings' <<<"$queries"; read_as=$? ;; # the view may be read by all
            pg_shdescription) grep -q 'shobj_description(' <<<"$queries"; read_as=$? ;;
            pg_authid) read_as=1 ;;
            *) is_read "$c"; read_as=$? ;;
        esac
        if grep -qxF "$c" <<<"$left_out" || [ $read_as = 0 ]; then
            pass "$kind: $c is read or left out on purpose"
        else
            fail "$kind: $c is read or left out on purpose" "no query reads it, and dbtwin-model(7) does not name it"
        fi
    done
    for c in $left_out; do
        grep -qxF "$c" <<<"$catalogs" || fail "$kind: dbtwin-model(7) names a catalog that is not there" "$c"
    done

    # A catalog that nobody has heard of looks like one that the probe's list lacks.
    must q cov cov "CREATE TABLE t (a int)"
    ok "$kind: nothing is missing" dbtwin diff "$(frozen cov cov)" "$(url cov cov)"
    must q cov cov "SET allow_system_table_mods = on; CREATE TABLE pg_catalog.pg_news (a int)"
    must q cov cov "CREATE FUNCTION pg_catalog.my() RETURNS int LANGUAGE sql AS 'SELECT 1'"
    must q cov cov "SET allow_system_table_mods = on; CREATE DOMAIN pg_catalog.mine AS int"
    expect_exit 3 "$kind: what is in no kind makes it incomplete" dbtwin diff "$(frozen cov cov)" "$(url cov cov)"
    out_has "$kind: a table among the catalogs is named" "pg_class in pg_catalog"
    out_has "$kind: a function" "pg_proc in pg_catalog"
    out_has "$kind: a type" "pg_type in pg_catalog"
    fresh_db cov cov
    must q cov cov "CREATE TABLE t (a int)"
    must q cov cov "GRANT USAGE ON TYPE t TO PUBLIC; REVOKE USAGE ON TYPE t FROM PUBLIC"
    expect_exit 3 "$kind: privileges on a row type" dbtwin diff "$(frozen cov cov)" "$(url cov cov)"
    out_has "$kind: are named" "on its row type"
done
done_testing
