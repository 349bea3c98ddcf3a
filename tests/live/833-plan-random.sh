#!/bin/bash
# Random schemas (tests/random), changed at random, a few things at a time: dbtwin plan or apply makes each state of the
# one before. No statement fails, the dumps and dbtwin diff say that it has arrived, and rows are still there unless a step said
# that data is lost. A few seeds; by hand SEEDS="1-500" STEPS=25 MOST=5, and RANDOM_KEEP=FOLDER for what went wrong.
. "$(dirname "$0")/../lib/live.sh"
. "$(dirname "$0")/../lib/plan.sh"
SCENARIO_TIMEOUT=${SCENARIO_TIMEOUT:-${SEEDS:+36000}}
SCENARIO_TIMEOUT=${SCENARIO_TIMEOUT:-300}
steps=${STEPS:-5} most=${MOST:-3}
all_hazards=data,rewrite,scan,lock,meaning,index,order,commit,manual

seeds() { # "1-4 9" as a list
    local s
    for s in ${SEEDS:-1 2}; do seq "${s%-*}" "${s#*-}"; done
}

rows_pg() { # the lines that rows.py reads
    pg one "$1" -At -F $'\t' <<'SQL'
SELECT format('SELECT ''table'', %L, count(*) FROM %s %I.%I', n.nspname || '.' || c.relname, CASE c.relkind WHEN 'r' THEN 'ONLY' ELSE '' END, n.nspname, c.relname)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname !~ '^pg_|^information_schema$|^dbtwin'
UNION ALL
SELECT format('SELECT ''column'', %L, %L, count(%I), coalesce(sum(hashtext(%I::text)), 0) FROM %s %I.%I', n.nspname || '.' || c.relname || '|' || a.attname,
    format_type(a.atttypid, a.atttypmod), a.attname, a.attname, CASE c.relkind WHEN 'r' THEN 'ONLY' ELSE '' END, n.nspname, c.relname)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname !~ '^pg_|^information_schema$|^dbtwin'
    AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
UNION ALL
SELECT format('SELECT ''position'', %L, last_value FROM %I.%I', n.nspname || '.' || c.relname, n.nspname, c.relname)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'S'
\gexec
SQL
}

rows_my() {
    q one information_schema "SELECT CONCAT('SELECT ''table'', ''', TABLE_NAME, ''', COUNT(*) FROM \`$1\`.\`', REPLACE(TABLE_NAME, '\`', '\`\`'), '\`;') FROM TABLES
        WHERE TABLE_SCHEMA = '$1' AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED') AND TABLE_NAME NOT LIKE 'dbtwin%'
        UNION ALL SELECT CONCAT('SELECT ''column'', ''', c.TABLE_NAME, '|', c.COLUMN_NAME, ''', ''', REPLACE(c.COLUMN_TYPE, '''', ''), ' ', IFNULL(c.CHARACTER_SET_NAME, ''),
        ''', COUNT(\`', REPLACE(c.COLUMN_NAME, '\`', '\`\`'), '\`), IFNULL(SUM(CRC32(\`', REPLACE(c.COLUMN_NAME, '\`', '\`\`'), '\`)), 0) FROM \`$1\`.\`', REPLACE(c.TABLE_NAME, '\`', '\`\`'), '\`;')
        FROM COLUMNS c JOIN TABLES t USING (TABLE_SCHEMA, TABLE_NAME) WHERE TABLE_SCHEMA = '$1' AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED')
        AND TABLE_NAME NOT LIKE 'dbtwin%' AND c.EXTRA NOT LIKE '%GENERATED'" >"$WORK/rows.sql"
    my one "$1" -N -B <"$WORK/rows.sql"
}
rows_of() { if server_is_pg one; then rows_pg "$1"; else rows_my "$1"; fi; }
# More rows, where there are few; what a check or a key does not take stays out
fill() { # fill FILE
    if server_is_pg one; then pg one a -v ON_ERROR_STOP=0 -o /dev/null -f "$1" 2>/dev/null; else my one a -f <"$1" >/dev/null 2>&1; fi
    return 0
}
reset_to() { # reset_to K: database a is as state K says, with rows
    fresh_db one a
    load one a "$WORK/$1.sql" >/dev/null 2>&1
    fill "$WORK/$1.rows"
}
# carry_out K: by psql or the client, every third by apply, which rehearses; 0, 3 (a part is manual), 2 (dbtwin), 1 (a statement)
carry_out() {
    local code options=() r
    while read -r r; do options+=(--rename "$r"); done <"$WORK/$1.renames"
    dbtwin plan "${options[@]}" "$(url one b)" "$(url one a)" >"$WORK/plan.sql" 2>"$WORK/plan.err"
    code=$?
    case $code in 0 | 3) ;; *) return 2 ;; esac
    if [ $(($1 % 3)) = 0 ] && [ -z "${NO_APPLY:-}" ]; then
        dbtwin apply "${options[@]}" "$(url one b)" "$(url one a)" --yes -q --no-row-checks --allow $all_hazards >"$WORK/apply.out" 2>"$WORK/plan.err"
        case $? in 0) ;; 1 | 3) [ $code = 3 ] || return 1 ;; *) return 1 ;; esac
    else
        load one a "$WORK/plan.sql" >"$WORK/load.out" 2>"$WORK/plan.err" || { [ $code = 3 ] || return 1; }
    fi
    return $code
}
# judge K: sets VERDICT and WHY
judge() {
    local code
    VERDICT=same WHY=
    rows_of a >"$WORK/before"
    carry_out "$1"
    code=$?
    if [ $code = 1 ] && grep -q '^-- hazard rows' "$WORK/plan.sql"; then
        cp "$WORK/plan.sql" "$WORK/first.sql"
        # without the rows, since the plan said that they may not fit
        VERDICT=empty
        reset_to $(($1 - 1))
        plan_empty one a
        rows_of a >"$WORK/before"
        carry_out "$1"
        code=$?
    fi
    rows_of a >"$WORK/after"
    case $code in
        1 | 2) VERDICT=failed; WHY=$(grep -vE '^(psql:|--)?$' "$WORK/plan.err" | head -4); return ;;
        3) VERDICT=manual; WHY=$(grep '^-- manual' "$WORK/plan.sql" | head -3); return ;;
    esac
    WHY=$(python3 "$TOP/tests/random/rows.py" "$WORK/before" "$WORK/after" "$WORK/plan.sql" "$WORK/$1.renames" "$WORK/$1.mixed" 2>&1 | head -5)
    [ -z "$WHY" ] || { VERDICT=lost; return; }
    plan_dump one a | random_dump >"$WORK/plan.a"
    plan_dump one b | random_dump >"$WORK/plan.b"
    diff -u "$WORK/plan.b" "$WORK/plan.a" >"$WORK/plan.diff" || { VERDICT=differs; WHY=$(grep '^[-+]' "$WORK/plan.diff" | sed 1,2d | head -8); return; }
    dbtwin diff "$(frozen one b)" "$(url one a)" >"$WORK/diff.out" 2>&1 || { VERDICT=differs; WHY=$(head -8 "$WORK/diff.out"); }
}
# Names of the databases, the order in which one place lists what has none, and the character set of a check's texts, which
# MySQL changes by itself when it copies the table
random_dump() {
    sed -E -e "s/_utf8mb3'/_utf8mb4'/g" -e 's/ CONSTRAINT [^ ]+_not_null[0-9]* NOT NULL/ NOT NULL/' -e 's/`(a|b)`\.//g' -e '/^DO SETVAL/d' -e 's/(FROM [^ ]*\(\) x)\([^)]*\)/\1/' | awk '
        /^CREATE STATISTICS .* ON .* FROM / { # the columns in the order of the table
            match($0, / ON .* FROM /)
            n = split(substr($0, RSTART + 4, RLENGTH - 10), c, ", "); list = ""
            for (i = 1; i <= n; i++) for (k = i + 1; k <= n; k++) if (c[k] < c[i]) { t = c[i]; c[i] = c[k]; c[k] = t }
            for (i = 1; i <= n; i++) list = list " " c[i]
            print substr($0, 1, RSTART) "ON" list " FROM " substr($0, RSTART + RLENGTH); next
        }
        { print }'
}

keep() { # keep KIND SEED K
    [ -n "${RANDOM_KEEP:-}" ] || return 0
    mkdir -p "$RANDOM_KEEP"
    {
        echo "== $VERDICT: $WHY"
        echo "== done"; cat "$WORK/$3.what"
        echo "== plan"; cat "$WORK/plan.sql"
        echo "== errors"; cat "$WORK/plan.err"
        [ ! -s "$WORK/plan.diff" ] || cat "$WORK/plan.diff"
    } >"$RANDOM_KEEP/$1.$2.$3.$VERDICT"
    cp "$WORK/$(($3 - 1)).sql" "$RANDOM_KEEP/$1.$2.$3.a.sql"
    cp "$WORK/$3.sql" "$RANDOM_KEEP/$1.$2.$3.b.sql"
}

walk() { # walk KIND SEED
    local k steps_bad=
    rm -f "$WORK"/[0-9]*.*
    python3 "$TOP/tests/random/generate.py" "$engine" "$version" "$2" "$steps" "$most" "$WORK" || { bad="$bad generator:$2"; return; }
    reset_to 0
    for ((k = 1; k <= steps; k++)); do
        rm -f "$WORK/plan.diff" "$WORK/plan.err"
        fresh_db one b
        if ! load one b "$WORK/$k.sql" >/dev/null 2>"$WORK/invalid"; then
            count[invalid]=$((${count[invalid]:-0} + 1))
            VERDICT=invalid WHY=$(head -2 "$WORK/invalid")
            [ -z "${RANDOM_KEEP:-}" ] || { mkdir -p "$RANDOM_KEEP"; echo "$1 $2 $k: $WHY" >>"$RANDOM_KEEP/invalid"; }
            k=$((steps + 1))
            continue
        fi
        judge "$k"
        count[$VERDICT]=$((${count[$VERDICT]:-0} + 1))
        case $VERDICT in same) fill "$WORK/$k.rows"; continue ;; empty | manual) ;; *) steps_bad="$steps_bad $VERDICT:$k" ;; esac
        keep "$1" "$2" "$k"
        reset_to "$k"
    done
    [ -z "$steps_bad" ] || bad="$bad seed $2:$steps_bad ($WHY)"
}

for kind in $(servers all); do
    [ -n "${SEEDS:-}" ] || case $kind in pg15 | mariadb) ;; *) continue ;; esac
    server_start "$kind" one --own || bail "$kind did not start"
    declare -A count=()
    bad=
    if server_is_pg one; then
        engine=pg version=${kind#pg}
        for r in dbtwin_r1 dbtwin_r2; do q one postgres "CREATE ROLE $r" >/dev/null 2>&1; done
    else
        engine=mysql version=$(q one '' "SELECT VERSION()")
        case $version in *MariaDB*) engine=mariadb ;; esac
    fi
    for seed in $(seeds); do walk "$kind" "$seed"; done
    said="same ${count[same]:-0}, without rows ${count[empty]:-0}, manual ${count[manual]:-0}, failed ${count[failed]:-0}"
    said="$said, lost ${count[lost]:-0}, differs ${count[differs]:-0}, not a schema ${count[invalid]:-0}"
    isnt "$kind: some states were reached" "${count[same]:-0}" 0
    is "$kind: $said" "$bad" ""
    server_stop one
done
done_testing
