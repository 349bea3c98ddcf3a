#!/bin/bash
# diff leaves nothing behind and touches production never: both servers' catalogs are the same row by
# row before and after, and production has not even begun a transaction that writes; the same when dbtwin
# is killed in the middle of a question. Production is never asked, on whichever side it stands.
. "$(dirname "$0")/../lib/live.sh"
. "$(dirname "$0")/../lib/restore.sh"

# A hash over every row of every catalog of the database and its server, with the rows' own places.
fingerprint() { # fingerprint SERVER DB
    local query
    query=$(q "$1" "$2" "SELECT string_agg(format('SELECT %L, md5(coalesce(string_agg(md5(t.ctid::text || t.xmin::text || t::text), '''' ORDER BY t.ctid), '''')) FROM pg_catalog.%I t',
        relname, relname), ' UNION ALL ' ORDER BY relname) FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'r'")
    q "$1" "$2" "$query" | LC_ALL=C sort # the catalogs may be read side by side
}
next_xid() { q "$1" postgres "SELECT pg_snapshot_xmax(pg_current_snapshot())"; }
# What the target's server was given to write anew, as its log has it
questions() { grep 'execute <unnamed>: .*dbtwin_scratch\|execute <unnamed>: CREATE.* pg_temp\.' "$(server_dir to)/log"; }

for kind in $(servers pg); do
    { server_start "$kind" from --own && server_start "$kind" to --own -- -c log_statement=all; } ||
        bail "$kind did not start"
    fresh_db from shop
    must load from shop "$TOP/fixtures/restore/postgres.sql"
    must move from shop to shop

    fingerprint from shop >"$WORK/from.before"
    fingerprint to shop >"$WORK/to.before"
    ok "$kind: all catalogs were hashed" test "$(wc -l <"$WORK/to.before")" -gt 55
    xid=$(next_xid from)
    ok "$kind: other words for the same are no drift" dbtwin diff "$(url from shop)" "$(url to shop)"
    questions >"$WORK/asked"
    isnt "$kind: the target was asked" "$(wc -l <"$WORK/asked")" 0
    ok "$kind: about a partition key" grep -q 'VIEW.* FROM "re.st"."halves"' "$WORK/asked"
    ok "$kind: about a view's trigger" grep -q 'VIEW.* FROM "re.st"."vi" AS old, ' "$WORK/asked"
    is "$kind: by nothing that plans or runs an expression" \
        "$(grep -cE 'PARTITION BY|CREATE (TRIGGER|STATISTICS|INDEX)|ADD CONSTRAINT' "$WORK/asked")" 0
    if [ "$(q to shop "SHOW server_version_num")" -ge 140000 ]; then
        ok "$kind: about a procedure's body" grep -q 'CREATE PROCEDURE.*BEGIN ATOMIC' "$WORK/asked"
    fi
    fingerprint from shop >"$WORK/from.after"
    fingerprint to shop >"$WORK/to.after"
    same_files "$kind: the source's catalogs are as they were" "$WORK/from.before" "$WORK/from.after"
    same_files "$kind: and the target's" "$WORK/to.before" "$WORK/to.after"
    is "$kind: no transaction wrote anything on the source's server" "$(next_xid from)" "$xid"

    # Killed while the server is at work on a question: somebody keeps new views from being made.
    mkfifo "$WORK/hold-$kind"
    pg to shop <"$WORK/hold-$kind" >"$WORK/held-$kind" 2>&1 &
    holder=$!
    exec 8>"$WORK/hold-$kind"
    echo "BEGIN; LOCK TABLE pg_catalog.pg_rewrite IN SHARE MODE; SELECT 'held' AS held;" >&8
    for _ in $(seq 100); do grep -q held "$WORK/held-$kind" && break; sleep 0.1; done
    "$DBTWIN" diff "$(url from shop)" "$(url to shop)" >"$WORK/killed" 2>&1 &
    reader=$!
    waiting=0
    for _ in $(seq 400); do
        waiting=$(q to postgres "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'dbtwin'
            AND wait_event_type = 'Lock' AND query LIKE 'CREATE TEMP VIEW%'")
        [ "$waiting" = 0 ] || break
        sleep 0.02
    done
    kill -KILL $reader
    wait $reader 2>/dev/null
    is "$kind: it was killed while it asked" "$waiting" 1
    exec 8>&-
    wait "$holder"
    for _ in $(seq 100); do
        [ "$(q to postgres "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'dbtwin'")" = 0 ] && break
        sleep 0.1
    done
    fingerprint from shop >"$WORK/from.after"
    fingerprint to shop >"$WORK/to.after"
    same_files "$kind: killed, the source's catalogs are as they were" "$WORK/from.before" "$WORK/from.after"
    same_files "$kind: killed, and the target's" "$WORK/to.before" "$WORK/to.after"

    # Production on the side that is judged
    questions >"$WORK/asked"
    printf 'databases:\n  prod:\n    url: %s\n    role: production\n' "$(url to shop)" >"$WORK/dbtwin.yaml"
    expect_exit 3 "$kind: by its role production is not asked" dbtwin diff -c "$WORK/dbtwin.yaml" "$(url from shop)" prod
    out_has "$kind: and that is said" "never asked to reformat an expression"
    must q to shop "CREATE SCHEMA dbtwin; CREATE TABLE dbtwin.mark (key text PRIMARY KEY, value text);
        INSERT INTO dbtwin.mark VALUES ('role', 'production')"
    expect_exit 3 "$kind: by its mark production is not asked" dbtwin diff "$(url from shop)" "$(url to shop)"
    out_has "$kind: and that is said too" "production mark"
    questions >"$WORK/asked.after"
    same_files "$kind: nothing of that reached the server" "$WORK/asked" "$WORK/asked.after"
    server_stop from
    server_stop to
done
done_testing
