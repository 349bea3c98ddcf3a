#!/bin/bash
# Every property that is compared, changed by a plan: all pairs of fixtures/drift/postgres in one database a
# side, staging made what prod is and back. What the plan did not call manual is the same afterwards by pg_dump,
# and none of its statements fails. PLAN_KEEP=FOLDER keeps the plans and what differs.
# slow
. "$(dirname "$0")/../lib/live.sh"
. "$(dirname "$0")/../lib/mutation.sh"
. "$(dirname "$0")/../lib/plan.sh"

fixtures=$TOP/fixtures/drift/postgres
# These pairs were made by changing the catalog by force: no statement makes what one side is, or its role may not.
forced='access_method_type collation_deterministic collation_icu_rules collation_locale_icu collation_provider
conversion_function event_trigger_owner foreign_data_wrapper_owner foreign_key_period function_language procedure_language
security_label_added security_label_label security_label_label_column'

# reach LABEL SERVER FROM TO: the plan on a copy of TO, and what it leaves
reach() {
    local label=$1 s=$2 from=$3 to=$4 code
    must q "$s" postgres "DROP DATABASE IF EXISTS reached"
    must q "$s" postgres "CREATE DATABASE reached TEMPLATE $to"
    dbtwin plan --scope server "$(url "$s" "$from")" "$(url "$s" reached)" >"$WORK/plan.sql" 2>"$WORK/plan.err"
    code=$?
    case $code in 0 | 3) ;; *) fail "$label: plan" "$(cat "$WORK/plan.err")"; return ;; esac
    # each statement for itself, so that one that fails does not hide others
    sed -e '/^BEGIN;$/d' -e '/^COMMIT;$/d' "$WORK/plan.sql" >"$WORK/plan.each"
    pg "$s" reached -b -v ON_ERROR_STOP=0 -f "$WORK/plan.each" >"$WORK/plan.out" 2>&1
    plan_keyed "$s" "$from" >"$WORK/plan.b"
    plan_keyed "$s" reached >"$WORK/plan.a"
    diff "$WORK/plan.b" "$WORK/plan.a" >"$WORK/plan.diff"
    grep '^-- manual: ' "$WORK/plan.sql" >"$WORK/plan.manual"
    is "$label: statements that fail" "$(plan_failed "$WORK/plan.out" "$forced")" ""
    is "$label: what differs but was not called manual ($(wc -l <"$WORK/plan.manual") manual)" \
        "$(plan_judge "$WORK/plan.diff" "$WORK/plan.manual" "$forced")" ""
    [ -z "${PLAN_KEEP:-}" ] || { mkdir -p "$PLAN_KEEP"; for f in sql out diff manual; do cp "$WORK/plan.$f" "$PLAN_KEEP/${label// /-}.$f"; done; }
}

for kind in $(servers pg); do
    server_start "$kind" one --own -- -c max_locks_per_transaction=1024 || bail "$kind did not start"
    must load one postgres "$fixtures/cluster.sql"
    version=$(q one postgres "SHOW server_version_num")
    for side in prod staging; do
        fresh_db one "$side"
        must load one "$side" "$fixtures/setup.sql"
        mutation script "$version" "$side" >"$WORK/$side.sql"
        must load one "$side" "$WORK/$side.sql"
    done
    reach "$kind to prod" one prod staging
    reach "$kind to staging" one staging prod
    server_stop one
done
done_testing
