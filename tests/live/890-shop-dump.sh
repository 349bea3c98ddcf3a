#!/bin/bash
# After a copy, the server's own dump of staging is that of production: schema, rows, positions.
. "$(dirname "$0")/../lib/live.sh"

positions() { # where the counters stand, which dump_my leaves out
    if server_is_pg "$1"; then
        q "$1" dumpshop "SELECT schemaname, sequencename, last_value FROM pg_sequences ORDER BY 1, 2"
    else
        q "$1" dumpshop "ANALYZE TABLE customers, products" >/dev/null
        q "$1" dumpshop "SELECT table_name, auto_increment FROM information_schema.tables
            WHERE table_schema = 'dumpshop' AND auto_increment IS NOT NULL
                AND table_name <> 'dbtwin_run' ORDER BY 1"
    fi
}

for kind in $(servers all); do
    start "$kind" prod staging
    folder=mysql
    ! server_is_pg prod || folder=postgres
    fresh_db prod dumpshop
    fresh_db staging dumpshop
    must load prod dumpshop "$TOP/fixtures/demo/$folder/prod.sql"
    must load staging dumpshop "$TOP/fixtures/demo/$folder/staging.sql"
    dump prod dumpshop >"$WORK/prod"
    expect_exit 0 "$kind: copied" dbtwin copy "$(url prod dumpshop)" "$(url staging dumpshop)" \
        --replace dumpshop
    dump staging dumpshop >"$WORK/staging"
    is "$kind: production is as it was" "$(dump prod dumpshop | cksum)" "$(cksum <"$WORK/prod")"
    same_files "$kind: the dumps are the same" "$WORK/prod" "$WORK/staging"
    is "$kind: and where the counters stand" "$(positions staging)" "$(positions prod)"
done
done_testing
