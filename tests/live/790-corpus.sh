#!/bin/bash
# Every schema there is to try, copied within each version and from each to the next: exit 0, or 4
# with a reason; what was built is what the servers' own dump and restore builds, and so is a snapshot's.
# By hand, in parts: CORPUS=real, faults or pairs, or all of them, of the folders beside the checkout (pairs: hundreds of
# small schemas, some seconds each); DBTWIN_SERVERS says which servers; CORPUS_ONLY=REGEX takes those whose label fits. Else a few.
# slow
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/lib/cases.sh"
. "$TOP/tests/lib/restore.sh"
PAIRS=$TOP/../shared/pairs
[ -z "${CORPUS:-}" ] || SCENARIO_TIMEOUT=${SCENARIO_TIMEOUT:-7200}
copied=0 refused=0 empty=0 by_rows=0
# What a copy does not let act on the world
neutral="DO \$\$ DECLARE r record; BEGIN
    FOR r IN SELECT pubname AS n FROM pg_publication LOOP EXECUTE format('DROP PUBLICATION %I', r.n); END LOOP; END \$\$"

# The schemas of an engine, one a line: label and file; of equal files one
corpus() { # pg or my
    local f few='roundcube/|openstreetmap/new|rt/new|zoneminder/new|powerdns/' part=${CORPUS:-few}
    {
        case $part in few | real | all)
            [ "$1" = my ] || for f in "$TOP"/fixtures/restore/*.sql; do echo "fixture-$(basename "$f" .sql) $f"; done
            for f in "$CASES/$1"-*/old.sql "$CASES/$1"-*/new.sql "$CASES"/data-*-"$1"/*.sql; do
                [ -f "$f" ] || continue
                [ "$part" != few ] || grep -qE "$few" <<<"$f" || continue
                echo "$(basename "$(dirname "$f")")/$(basename "$f") $f"
            done
            ;;
        esac
        case $part in faults | all) printf '%s\n' "$CASES"/faults-"$1"/*/prod.sql ;; esac
        case $part in pairs | all) printf '%s\n' "$PAIRS/$1"/*/[ab].sql ;; esac
    } | while read -r f; do
        case $f in /*) [ ! -s "$f" ] || echo "$(basename "$(dirname "$f")")/$(basename "$f") $f" ;; *) echo "$f" ;; esac
    done | grep -E -- "${CORPUS_ONLY:-.}" |
        while read -r label f; do echo "$(cksum <"$f" | tr ' ' -) $label $f"; done | awk '!seen[$1]++ { print $2, $3 }'
}

# What of a script a server takes; a fixture wholly, but for what says which version it is for
fill() { # SERVER DB FILE
    fresh_db "$1" "$2" || return 1
    if server_is_pg "$1"; then
        load_roles "$1" "$(basename "$(dirname "$3")")"
        awk -v version="$(server_kind "$1" | tr -d 'a-z')" '/^--@ from/ { skip = version < $3 } !skip' "$3" |
            pg "$1" "$2" -q -v ON_ERROR_STOP=0 -o /dev/null -f - >"$WORK/fill" 2>&1
        q "$1" "$2" "$portable" >/dev/null 2>&1
    else
        case $3 in
            */my-mediawiki/*) q "$1" "$2" "ALTER DATABASE \`$2\` CHARACTER SET binary" ;;
            */my-powerdns/*) q "$1" "$2" "ALTER DATABASE \`$2\` CHARACTER SET latin1" ;;
        esac
        my "$1" "$2" -f <"$3" >"$WORK/fill" 2>&1
    fi
    return 0
}

# The schema as its own server dumps it. Events do not run in a copy; the order of storage options is nobody's.
schema_of() { # SERVER DB
    if server_is_pg "$1"; then
        dump "$1" "$2" -s | perl -pe 's/\bWITH \(([^()]*)\)/"WITH (" . join(", ", sort split(", ", $1)) . ")"/ge'
    else # MySQL shows a column's character set beside its collation if somebody once wrote both
        dump "$1" "$2" --no-data | sed -E -e 's/ CHARACTER SET ([a-z0-9]+) COLLATE \1_/ COLLATE \1_/' \
            -e '/ EVENT /s/ (ON COMPLETION (NOT )?PRESERVE) ENABLE/ \1 DISABLE/' -e "s/\`$2\`/\`db\`/g"
    fi
}

# What a dump and restore by the servers' own tools builds there
by_hand() { # FROM TO
    if server_is_pg "$1"; then
        move "$1" corpus "$2" moved >"$WORK/move.out" 2>&1 && q "$2" moved "$neutral" >/dev/null 2>&1
    else
        fresh_db "$2" moved && dump "$1" corpus >"$WORK/moved.sql" && my "$2" moved <"$WORK/moved.sql" >"$WORK/move.out" 2>&1
    fi
}

# Rows, by the servers' own tools, which give tables that refer to each other in any order
rows_of() { # SERVER DB
    if server_is_pg "$1"; then dump "$1" "$2" --data-only
    else dump "$1" "$2" --no-create-info --skip-triggers --skip-routines --skip-events; fi
}
rows_arrive() { # LABEL FROM TO DB
    [ -n "${CORPUS:-}" ] && [ "$(server_kind "$2")" = "$(server_kind "$3")" ] || return 0
    rows_of "$2" corpus 2>/dev/null | grep -v '^--' | sort >"$WORK/rows1"
    rows_of "$3" "$4" 2>/dev/null | grep -v '^--' | sort >"$WORK/rows2"
    grep -qE '^(COPY|INSERT) ' "$WORK/rows1" || return 0
    by_rows=$((by_rows + 1))
    if ! cmp -s "$WORK/rows1" "$WORK/rows2" && with_rows_by_hand "$2" "$3"; then
        # What no text keeps (types inside JSON) is no more than restoring a dump keeps.
        rows_of "$3" moved 2>/dev/null | grep -v '^--' | sort >"$WORK/rows1"
    fi
    cmp -s "$WORK/rows1" "$WORK/rows2" && pass "$1: its rows" || fail "$1: its rows" "$(diff "$WORK/rows1" "$WORK/rows2" | head -n 12)"
}

# Whether the servers' own tools can move it with its rows: production may not be able to, either
with_rows_by_hand() { # FROM TO
    fresh_db "$2" moved || return 1
    if server_is_pg "$1"; then
        timeout 120 "$(dumper "$2")" -h "$(server_dir "$1")" -U postgres corpus 2>"$WORK/move.out" |
            sed -E -e '/^SET transaction_timeout/d' -e '/SET \(pg_attver=[0-9]+\);$/d' -e '/^\\(un)?restrict /d' >"$WORK/rows.sql"
    else
        dump "$1" corpus >"$WORK/rows.sql" 2>"$WORK/move.out"
    fi
    load "$2" moved "$WORK/rows.sql" >"$WORK/move.out" 2>&1
}

try() { # LABEL FROM TO
    local label=$1 from=$2 to=$3 rc=0
    fresh_db "$to" target
    dbtwin copy -q "$(url "$from" corpus)" "$(url "$to" target)" >"$OUT" 2>"$ERR" || rc=$?
    if [ $rc = 4 ]; then
        refused=$((refused + 1))
        grep -qE 'cannot be copied|nothing to copy|has no role' "$ERR" && pass "$label: refused, with a reason" ||
            fail "$label: refused" "$(head -n 3 "$ERR")"
        return
    fi
    if [ $rc = 2 ] && grep -q 'nothing to copy' "$ERR"; then empty=$((empty + 1)); return; fi # not one statement of it was for this server
    if [ $rc = 2 ] && ! with_rows_by_hand "$from" "$to"; then
        pass "$label: no more than a dump and restore with its rows ($(tail -n 1 "$WORK/move.out" | cut -c1-120))"
        return
    fi
    if [ $rc != 0 ]; then
        fail "$label: copied" "exit $rc: $(head -n 4 "$ERR")"
        return
    fi
    copied=$((copied + 1))
    schema_of "$to" target >"$WORK/copied"
    if by_hand "$from" "$to"; then
        schema_of "$to" moved >"$WORK/moved"
        # A copy keeps what restoring a dump of MySQL's loses: events that are over, the database's new name
        server_is_pg "$from" || cmp -s "$WORK/moved" "$WORK/copied" || schema_of "$from" corpus >"$WORK/moved"
        if faithful "$WORK/moved" "$WORK/copied"; then
            pass "$label: as a dump and restore"
        else
            fail "$label: as a dump and restore" "$(diff "$WORK/moved" "$WORK/copied" | head -n 12)"
        fi
    fi
    rows_arrive "$label" "$from" "$to" target
    if dbtwin snapshot -q "$(url "$from" corpus)" -o - 2>"$ERR" | dbtwin restore -q - "$(url "$to" target)" >>"$ERR" 2>&1; then
        schema_of "$to" target >"$WORK/restored"
        cmp -s "$WORK/restored" "$WORK/copied" && pass "$label: and so is a snapshot's" ||
            fail "$label: and so is a snapshot's" "$(diff "$WORK/restored" "$WORK/copied" | head -n 12)"
        rows_arrive "$label: restored" "$from" "$to" target
    else
        fail "$label: a snapshot is restored" "$(head -n 4 "$ERR")"
    fi
}

through() { # ENGINE KIND...: within each kind, and from each to the next
    local engine=$1 label file kind before
    shift
    for kind; do start "$kind" "c$kind"; done
    while read -r label file; do
        before=
        for kind; do
            fill "c$kind" corpus "$file" || { fail "$kind: $label" "no database"; continue; }
            try "$kind: $label" "c$kind" "c$kind"
            [ -z "$before" ] || try "$before to $kind: $label" "c$before" "c$kind"
            before=$kind
        done
    done < <(corpus "$engine")
}

through pg $(servers pg | sort -V)
for kind in $(servers my); do through my "$kind"; done
echo "# $copied copied (of these $by_rows times with rows), $refused refused with a reason, $empty nothing to copy"
done_testing
