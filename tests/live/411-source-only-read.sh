#!/bin/bash
# A source is only read, by its server's own log: every session of dbtwin is read-only there, and no
# statement is one that writes, whatever the verb.
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/live/copies.sh"

# "SESSION STATEMENT", one statement a line, of everything said on prod since the mark
said() {
    if server_is_pg prod; then
        tail -c "+$from" "$(server_dir prod)/log" | awk '
            /^\t/ { sub(/^\t/, " "); line = line $0; next }
            { if (line != "") print line; line = "" }
            /^[^|]*\|dbtwin[^|]*\|LOG:  (statement|execute [^:]*): / {
                id = $0; sub(/\|.*/, "", id)
                sub(/^[^|]*\|[^|]*\|LOG:  (statement|execute [^:]*): /, ""); line = id " " $0 }
            END { if (line != "") print line }'
    else
        tail -c "+$from" "$log" | awk '
            /^[0-9TZ:. \t-]*[0-9]+ [A-Z][A-Za-z ]*\t/ { # no {n}: mawk has it not
                if (line != "") print line; line = ""
                if (!match($0, /[0-9]+ (Query|Execute|Prepare)\t/)) next
                line = substr($0, RSTART); sub(/ (Query|Execute|Prepare)\t/, " ", line); next }
            line != "" { line = line " " $0 }
            END { if (line != "") print line }'
    fi
}

for kind in $(servers all); do
    case $kind in
        pg*) server_start "$kind" prod -- -c log_statement=all -c 'log_line_prefix=%c|%a|' ;;
        *) server_start "$kind" prod -- --general-log=1 --general-log-file=general.log ;;
    esac || bail "$kind did not start"
    start "$kind" staging
    fresh_db prod readonly
    fresh_db staging readonly
    folder=mysql
    ! server_is_pg prod || folder=postgres
    must load prod readonly "$TOP/fixtures/demo/$folder/prod.sql"
    log=$(server_dir prod)/log
    server_is_pg prod || log=$(cat "$(server_dir prod)/where")/general.log
    from=$(($(stat -c %s "$log") + 1))
    ok "$kind: copy" dbtwin copy "$(url prod readonly)" "$(url staging readonly)" -j 3
    ok "$kind: snapshot" dbtwin snapshot "$(url prod readonly)" -o "$WORK/$kind"
    ok "$kind: diff" dbtwin diff "$(url prod readonly)" "$(url staging readonly)"
    ok "$kind: verify" dbtwin verify "$(url prod readonly)" "$(url staging readonly)"
    said >"$WORK/said"
    if server_is_pg prod; then
        reading='COPY .* TO STDOUT'
        pinned='default_transaction_read_only = on'
    else
        reading='SELECT .*customers'
        pinned='SET SESSION TRANSACTION READ ONLY'
    fi
    isnt "$kind: the log shows the reading" "$(grep -c "$reading" "$WORK/said")" 0
    cut -d' ' -f1 "$WORK/said" | sort -u >"$WORK/sessions"
    grep -- "$pinned" "$WORK/said" | cut -d' ' -f1 | sort -u >"$WORK/pinned"
    same_files "$kind: every session is read-only on the server" "$WORK/sessions" "$WORK/pinned"
    # the first word of each statement, also of those behind a semicolon
    sed 's/^[^ ]* //' "$WORK/said" | tr ';' '\n' | sed -E 's/^[[:space:]]+//' |
        grep -oE '^[[:alpha:]]+' | tr '[:lower:]' '[:upper:]' | sort | uniq -c >"$WORK/words"
    is "$kind: nobody wrote" "$(grep -wE 'INSERT|UPDATE|DELETE|REPLACE|MERGE|CREATE|ALTER|DROP|TRUNCATE|GRANT|REVOKE|RENAME|CALL|DO|LOAD|ANALYZE|VACUUM|REFRESH|CLUSTER|REINDEX|COMMENT|SECURITY|IMPORT|OPTIMIZE|REPAIR|KILL|RESET|PURGE|INSTALL|NOTIFY|PREPARE' "$WORK/words")" ''
    is "$kind: nor through a function" "$(grep -ciE '\<(nextval|setval|lo_(create|put|unlink|from|import)|pg_terminate|set_val|get_lock)' "$WORK/said")" 0
    is "$kind: nor COPY from somewhere" "$(grep -ciE 'COPY .* FROM STDIN' "$WORK/said")" 0
    is "$kind: nor is asked, while commits wait, what --resume alone needs" "$(grep -c 'INNODB STATUS' "$WORK/said")" 0
done
done_testing
