#!/bin/bash
# A role that may not read rows compares schemas all the same; a snapshot names what it may not read,
# with the GRANT that would help.
. "$(dirname "$0")/../lib/live.sh"

for kind in $(servers pg); do
    start "$kind" prod
    fresh_db prod rights
    fresh_db prod rights2
    for db in rights rights2; do
        must q prod "$db" 'CREATE TABLE open (a int); CREATE TABLE "clo.sed" (a int); CREATE SCHEMA hid;
            CREATE TABLE hid.t (a int); GRANT SELECT ON open TO PUBLIC; GRANT SELECT ON hid.t TO PUBLIC;'
    done
    must q prod rights "DO \$\$ BEGIN CREATE ROLE dbtwin_lowly LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END \$\$"

    ok "$kind: the owner misses nothing" dbtwin diff "$(url prod rights)" "$(url prod rights2)"
    ok "$kind: nor does a role without rights" dbtwin diff "$(url prod rights dbtwin_lowly)" "$(url prod rights2)"
    expect_exit 2 "$kind: but it copies nothing" dbtwin snapshot "$(url prod rights dbtwin_lowly)" -o "$WORK/s.$kind"
    err_has "$kind: the table is named, and the right that is missing" 'GRANT SELECT ON public."clo.sed" TO dbtwin_lowly'
    err_has "$kind: the schema is named too" 'GRANT USAGE ON SCHEMA hid TO dbtwin_lowly'
    err_lacks "$kind: what may be read is not named" 'public.open'
    must q prod rights2 'ALTER TABLE "clo.sed" ADD b int'
    expect_exit 1 "$kind: drift is seen without any right on the table" \
        dbtwin diff "$(url prod rights dbtwin_lowly)" "$(url prod rights2)"

    # many tables of a schema: one line and one statement for all of them, which is all it takes
    must q prod rights 'DROP TABLE "clo.sed"; DROP SCHEMA hid CASCADE; CREATE SCHEMA "Da.rk"; GRANT USAGE ON SCHEMA "Da.rk" TO dbtwin_lowly'
    for i in 1 2 3 4 5 6 7; do
        must q prod rights "CREATE TABLE \"Da.rk\".t$i (a int); INSERT INTO \"Da.rk\".t$i VALUES ($i)"
    done
    must q prod rights 'CREATE TABLE closed (a int)'
    must q prod postgres "DROP DATABASE rights2"
    must q prod postgres "CREATE DATABASE rights2 TEMPLATE rights"
    ok "$kind: the owner misses nothing of a copy" dbtwin diff "$(url prod rights)" "$(url prod rights2)"
    expect_exit 2 "$kind: many tables that may not be read" dbtwin snapshot "$(url prod rights dbtwin_lowly)" -o "$WORK/s.$kind"
    err_has "$kind: are two lines: a schema's, and that of a single one" "2 objects of the source cannot be copied"
    err_has "$kind: with their number" 'table "Da.rk".* ('
    err_has "$kind: and one statement" '7 of them: permission denied for SELECT (copy and verify need it): GRANT SELECT ON ALL TABLES IN SCHEMA "Da.rk" TO dbtwin_lowly'
    err_has "$kind: the single one's is its own" 'GRANT SELECT ON public.closed TO dbtwin_lowly'
    while read -r line; do must q prod rights "$line"; done < <(grep -o 'GRANT SELECT ON [^;)]* TO dbtwin_lowly' "$ERR")
    ok "$kind: when that is done nothing is missing" dbtwin snapshot "$(url prod rights dbtwin_lowly)" -o "$WORK/s.$kind"
done
done_testing
