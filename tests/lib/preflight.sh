# shellcheck shell=bash
# preflight.sh: asks preflight, and does what it asks for. From prod to staging, database pre; $admin_db is
# where statements about roles go. Sourced after live.sh and copies.sh.

# what JSON says in $OUT: todo SIDE CHECK... gives the statements; result CHECK the worst result
todo() { python3 -c '
import json, sys
for c in json.load(open(sys.argv[1]))["checks"]:
    if c["side"] == sys.argv[2] and c["check"] in sys.argv[3:] and c["todo"] and c["result"] in ("cannot", "refused", "warning"):
        print(c["todo"].split(", or ")[0].rstrip("."))' "$OUT" "$@"; }
result() { python3 -c '
import json, sys
order = ["ok", "note", "warning", "cannot", "refused"]
print(max((c["result"] for c in json.load(open(sys.argv[1]))["checks"] if c["check"] == sys.argv[2]), key=order.index, default="none"))' "$OUT" "$1"; }
value() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$OUT" "$1"; }
look() { dbtwin preflight --no-rehearsal -c "$WORK/c.yaml" "$@" --format json; }
last() { tail -n 1 "$OUT"; }

config() { # URL URL
    printf 'databases:\n  prod:\n    url: %s\n    role: production\n  staging:\n    url: %s\n' "$1" "$2" >"$WORK/c.yaml"
}

# That nothing was changed: contents, databases, and on PostgreSQL not one transaction id was taken
state() {
    local n
    for n in prod staging; do
        sum_of $n pre
        if server_is_pg $n; then
            q $n postgres "SELECT datname, datdba, datacl FROM pg_database ORDER BY 1"
            q $n postgres "SELECT txid_snapshot_xmax(txid_current_snapshot())"
        else
            q $n '' "SHOW DATABASES"
        fi
    done
}

# by_the_book: does what preflight asks for, on either side, until it asks for nothing more
by_the_book() {
    local i side line n=0
    for i in 1 2 3 4; do
        look prod staging >"$OUT" 2>"$ERR" && return 0
        for side in prod staging; do
            while read -r line; do
                case $line in GRANT* | ALTER\ ROLE* | CREATE\ ROLE*) ;; *) continue ;; esac
                n=$((n + 1))
                q $side "$admin_db" "$line" || fail "$kind: its statement runs" "$line"
            done < <(todo $side readable rights roles)
        done
    done
    return 1
}
