#!/bin/bash
# Dumped and restored on the same version nothing differs. What the server reformats is given to the
# target's server to say what it means, and that leaves nothing behind; what it may not be asked is
# unknown, and what really differs still is drift.
# slow
. "$(dirname "$0")/../lib/live.sh"
. "$(dirname "$0")/../lib/restore.sh"

texts="SELECT string_agg(pg_get_constraintdef(oid), ';' ORDER BY conname) FROM pg_constraint WHERE contype = 'c'"

for kind in $(servers pg); do
    start "$kind" "r$kind"
    s=r$kind
    for case in $restore_LIST; do
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

done_testing
