#!/bin/bash
# A role that may not read something is told so by name, with the GRANT that would help, and the
# verdict is incomplete; the schema is compared all the same.
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
    expect_exit 3 "$kind: without rights nothing differs, but not all was compared" \
        dbtwin diff "$(url prod rights dbtwin_lowly)" "$(url prod rights2)" --format json
    out_has "$kind: the table is named" 'clo.sed'
    out_has "$kind: and the right that is missing" 'GRANT SELECT ON public.\"clo.sed\" TO dbtwin_lowly'
    out_has "$kind: the schema is named too" 'GRANT USAGE ON SCHEMA hid TO dbtwin_lowly'
    out_lacks "$kind: what may be read is not named" 'public.open'
    must q prod rights2 'ALTER TABLE "clo.sed" ADD b int'
    expect_exit 1 "$kind: drift is seen without any right on the table" \
        dbtwin diff "$(url prod rights dbtwin_lowly)" "$(url prod rights2)"
done
done_testing
