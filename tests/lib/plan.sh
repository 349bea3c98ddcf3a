# Round trips of dbtwin plan: a database that is as A says, changed by the plan into what B says, must be
# what B says, by its dump. Sourced by scenarios, after live.sh.

# plan_dump SERVER DB: its dump without rows; so that the order of columns and keys is aside, its lines are
# sorted, on MySQL and MariaDB those within each CREATE TABLE. How a key says its method is cosmetic there.
plan_dump() {
    if server_is_pg "$1"; then
        dump "$1" "$2" -s | sed 's/,$//' | sort
    else
        dump "$1" "$2" --no-data --routines --events --triggers | sed 's/ USING BTREE//' | LC_ALL=C awk '
            /^CREATE TABLE / { print; fflush(); on = 1; next }
            on && /^[)]/ { close("LC_ALL=C sort"); on = 0 }
            on { sub(/,$/, ""); print | "LC_ALL=C sort"; next }
            { print }'
    fi
}

# plan_reach SERVER [option…]: changes database a into what b is; sets VERDICT to same, manual (the plan
# says that a person has to do a part, and what is left differs), differs, failed (the SQL) or error (of
# dbtwin plan); the plan is in $WORK/plan.sql, the rest in $WORK/plan.err and $WORK/plan.diff.
plan_reach() {
    local s=$1 code
    shift
    dbtwin plan "$@" "$(url "$s" b)" "$(url "$s" a)" >"$WORK/plan.sql" 2>"$WORK/plan.err"
    code=$?
    VERDICT=error
    [ $code = 0 ] || [ $code = 3 ] || return 0
    VERDICT=failed
    load "$s" a "$WORK/plan.sql" >"$WORK/plan.err" 2>&1 || { [ $code = 3 ] && VERDICT=manual; return 0; }
    plan_dump "$s" a >"$WORK/plan.a"
    plan_dump "$s" b >"$WORK/plan.b"
    VERDICT=same
    diff -u "$WORK/plan.b" "$WORK/plan.a" >"$WORK/plan.diff" || VERDICT=differs
    [ $VERDICT = same ] || [ $code = 0 ] || VERDICT=manual
}

# plan_pair SERVER A B: the same with scripts; VERDICT is refused where the server does not take one.
plan_pair() {
    fresh_db "$1" a
    fresh_db "$1" b
    VERDICT=refused
    { [ ! -s "$2" ] || load "$1" a "$2" >/dev/null 2>&1; } && { [ ! -s "$3" ] || load "$1" b "$3" >/dev/null 2>&1; } || return 0
    plan_reach "$1"
}

# plan_empty SERVER DB: no rows in any table: for a plan whose statements fail with them, as it has said
plan_empty() {
    if server_is_pg "$1"; then
        q "$1" "$2" "SELECT format('TRUNCATE %I.%I CASCADE;', schemaname, tablename) FROM pg_tables
            WHERE schemaname !~ '^pg_|^information_schema$|^dbtwin'" | pg "$1" "$2" -f - >/dev/null 2>&1
    else
        {
            echo "SET SESSION foreign_key_checks = 0;"
            plan_tables "$1" "$2" | sed 's/`/``/g; s/.*/DELETE FROM `&`;/'
        } | my "$1" "$2" -f >/dev/null 2>&1
    fi
}

# plan_keyed SERVER DB: the dump of PostgreSQL, each line with the schema that it is about (or, in none, the object)
# before it, sorted; without names of NOT NULLs, which are no drift
plan_keyed() {
    dump "$1" "$2" -s | awk '
        /^-- Name: .*; Schema: / {
            key = $0
            sub(/.*; Schema: /, "", key)
            sub(/;.*/, "", key)
            if (key == "-") {
                key = $0
                sub(/^-- Name: /, "", key)
                sub(/;.*/, "", key)
                sub(/.* /, "", key)
            }
        }
        /^(--|$)/ || /^SET default_/ { next }
        / DOMAIN .* IS / || / NOT NULL/ { gsub(/CONSTRAINT [^ ]* (NOT NULL|ON DOMAIN)/, "NOT NULL") }
        { sub(/,$/, ""); print key ": " $0 }' | sort
}

# plan_failed OUTPUT EXCUSED: the errors of psql but those that name what is excused, a line each
plan_failed() {
    awk -v names="$2" '
        function told(   i) {
            for (i = 1; i <= n; i++) if (index(text, word[i])) return
            if (text) print text
        }
        BEGIN { n = split(names, word) }
        /^psql:[^ ]*: [A-Z]+: / && !/STATEMENT: / { told(); text = "" }
        /^psql:[^ ]*: ERROR: / { text = $0; next }
        text { text = text " " $0 }
        END { told() }' "$1"
}

# plan_judge DIFF MANUAL EXCUSED: the lines of a difference of two such dumps whose schema or object no manual step
# names, and which is not among those excused
plan_judge() {
    awk -v manual="$2" -v names="$3" '
        BEGIN {
            n = split(names, word)
            for (i = 1; i <= n; i++) excused[word[i]] = 1
            while ((getline line < manual) > 0) {
                sub(/^-- manual: [a-z_]* /, "", line)
                sub(/[.:].*/, "", line)
                excused[line] = 1
            }
        }
        /^[<>]/ {
            key = substr($0, 3)
            sub(/: .*/, "", key)
            if (!(key in excused)) print
        }' "$1"
}

# ---- rows, on MySQL and MariaDB ----

plan_tables() { # plan_tables SERVER DB: names of the tables that can hold rows of their own
    q "$1" information_schema "SELECT TABLE_NAME FROM TABLES WHERE TABLE_SCHEMA = '$2'
        AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED') ORDER BY 1"
}

# plan_seed SERVER DB: a row of defaults into every table, by hand of the zeros and empty texts that IGNORE
# gives to what has none; what a check, a key or a partition does not take stays empty.
plan_seed() {
    {
        echo "SET SESSION sql_mode = 'NO_ZERO_DATE,NO_ZERO_IN_DATE', foreign_key_checks = 0;"
        plan_tables "$1" "$2" | sed 's/`/``/g; s/.*/INSERT IGNORE INTO `&` () VALUES ();/'
    } | my "$1" "$2" -f >/dev/null 2>&1
}

# plan_rows SERVER DB: name and number of rows of every table
plan_rows() {
    plan_tables "$1" "$2" | sed "s/\`/\`\`/g; s/.*/SELECT '&', COUNT(*) FROM \`&\`;/" |
        my "$1" "$2" -f -N -B 2>/dev/null | tr '\t' ' '
}
