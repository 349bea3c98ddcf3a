#!/bin/bash
# A copy keeps, and a diff sees, what hangs on objects by ways of its own: DEPENDS ON EXTENSION, keys
# whose triggers are disabled, chains of grants, large objects' rights, unproven checks of domains,
# casts, members of operator families, inherited defaults and expressions, rows of materialized views.
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/live/copies.sh"

roles='CREATE ROLE copies_alice; CREATE ROLE copies_bob; CREATE ROLE copies_carl; CREATE ROLE copies_dora; CREATE ROLE copies_aaa'
# What no pg_dump tells: the state of the triggers behind constraints, names of NOT NULL constraints (whether
# a partition's is local too depends on how it was made: a dump and restore makes them all so)
triggers="SELECT c.conname, p.proname, t.tgrelid::regclass::text, t.tgenabled FROM pg_trigger t JOIN pg_constraint c ON c.oid = t.tgconstraint
    JOIN pg_proc p ON p.oid = t.tgfoid WHERE t.tgisinternal ORDER BY 1, 2, 3"
not_nulls="SELECT conrelid::regclass::text, conname, coninhcount, connoinherit FROM pg_constraint WHERE contype = 'n' AND oid >= 16384 AND connamespace <> coalesce(to_regnamespace('dbtwin'), 0) ORDER BY 1, 2"

# pg_dump gives the disabled triggers of a partition by names that hold an oid
twin() { dump "$@" >"$WORK/.twin" && [ -s "$WORK/.twin" ] && sed 's/RI_ConstraintTrigger_\([ac]\)_[0-9]*/RI_\1/' "$WORK/.twin" | cksum; }

for kind in $(servers pg); do
    server_start "$kind" prod --own || bail "$kind did not start"
    server_start "$kind" staging --own || bail "$kind did not start"
    for s in prod staging; do must q $s postgres "$roles"; done
    for name in catalog more casts; do
        fresh_db prod $name
        fresh_db staging $name
        must load prod $name "$TOP/fixtures/copies/postgres/$name.sql"
        ok "$kind: $name: copied" dbtwin copy "$(url prod $name)" "$(url staging $name)"
        is "$kind: $name: the twin, by dump" "$(twin staging $name)" "$(twin prod $name)"
        is "$kind: $name: the triggers of constraints" "$(q staging $name "$triggers")" "$(q prod $name "$triggers")"
        is "$kind: $name: names of NOT NULL" "$(q staging $name "$not_nulls")" "$(q prod $name "$not_nulls")"
        ok "$kind: $name: and diff says so" dbtwin diff "$(url prod $name)" "$(url staging $name)"
        ok "$kind: $name: and verify" dbtwin verify "$(url prod $name)" "$(url staging $name)"
    done
    is "$kind: some of them are disabled" "$(q staging catalog "$triggers" | grep -c "D$")" 11

    # what only one side has is drift
    must q staging catalog "ALTER TABLE off.c ENABLE TRIGGER ALL; REVOKE SELECT ON chain.t FROM copies_aaa"
    expect_exit 1 "$kind: an enforced key is drift" dbtwin diff "$(url prod catalog)" "$(url staging catalog)"
    out_has "$kind: and named" 'c_p'

    # through a file, and a snapshot of large objects only
    ok "$kind: snapshot" dbtwin snapshot -o "$WORK/$kind.dbtwin" "$(url prod catalog)"
    ok "$kind: restore" dbtwin restore "$WORK/$kind.dbtwin" "$(url staging catalog)"
    is "$kind: the twin again" "$(twin staging catalog)" "$(twin prod catalog)"
    fresh_db prod objects
    fresh_db staging objects
    must q prod objects "SELECT lo_create(7)"
    ok "$kind: large objects only: copied" dbtwin copy "$(url prod objects)" "$(url staging objects)"
    ok "$kind: and compared" dbtwin diff "$(url prod objects)" "$(url staging objects)"
    server_stop prod
    server_stop staging
done
done_testing
