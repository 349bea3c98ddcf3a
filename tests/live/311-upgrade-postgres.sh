#!/bin/bash
# Restored into the next version, nothing is called drift: what the version reformats is the same,
# what only one of them has is not comparable.
# slow
. "$(dirname "$0")/../lib/live.sh"
. "$(dirname "$0")/../lib/restore.sh"

kinds=$(servers pg | sort -V)
for kind in $kinds; do start "$kind" "r$kind"; done
[ "$(wc -w <<<"$kinds")" -gt 1 ] || skip_all "one version of PostgreSQL is not enough"

for case in $restore_LIST; do
    from=
    for kind in $kinds; do
        load_roles "r$kind" "$case"
        # Half of pg-regress needs a library that only the machine's own server has.
        [ "$case" != pg-regress ] || [ -n "$from" ] || [ "$kind" = "$(server_default_pg)" ] || continue
        if [ -z "$from" ]; then
            load_case "r$kind" "chain" "$case" >/dev/null 2>&1 || { skip "$case from $kind" "does not load there"; continue; }
            must q "r$kind" chain "SET client_min_messages = error; $portable"
        elif move "r$from" chain "r$kind" chain >"$WORK/move.out" 2>&1; then
            dbtwin diff "$(url "r$from" chain)" "$(url "r$kind" chain)" >"$OUT" 2>"$ERR"
            case $? in
                0 | 3) pass "$case from $from to $kind: no drift" ;;
                *) fail "$case from $from to $kind: no drift" "$(head -n 40 "$OUT" "$ERR")" ;;
            esac
        else
            skip "$case from $from to $kind" "$(grep -m 1 ERROR "$WORK/move.out" || tail -n 1 "$WORK/move.out")"
            continue
        fi
        from=$kind
    done
done
done_testing
