# cases.sh - real projects' schemas and data, which are no part of this project: used where their
# folder lies beside the checkout, else the scenario says that it was skipped.
CASES=$TOP/../shared/cases

need_cases() {
    [ -d "$CASES" ] || skip_all "the folder of real schemas (shared/cases) is not beside the checkout"
}

case_load() { # case_load SERVER DB FILE...: into a fresh database, as each case's SOURCE.txt asks
    local server=$1 db=$2 file
    shift 2
    fresh_db "$server" "$db"
    case $1 in
        my-mediawiki/*) must q "$server" "$db" "ALTER DATABASE \`$db\` CHARACTER SET binary" ;;
        my-powerdns/*) must q "$server" "$db" "ALTER DATABASE \`$db\` CHARACTER SET latin1" ;;
    esac
    for file in "$@"; do
        [ -f "$CASES/$file" ] || continue
        # upgrades of joomla and mediawiki have statements that fail, which is known
        case $file in my-*/upgrade.sql) my "$server" "$db" -f <"$CASES/$file" >/dev/null 2>&1; continue ;; esac
        case $file in
            data-*-pg/*) # a statement for each row; that keys hold is for the copy to find out
                PGOPTIONS='-c session_replication_role=replica' pg "$server" "$db" -q -1 -v ON_ERROR_STOP=1 \
                    -f "$CASES/$file" >/dev/null 2>&1 || return
                continue
                ;;
        esac
        # Evergreen's Perl functions want modules that are not here; its last rows go without them.
        if server_is_pg "$server"; then
            pg "$server" "$db" -q -v ON_ERROR_STOP=0 -f "$CASES/$file" >/dev/null 2>&1 || :
        else
            load "$server" "$db" "$CASES/$file" >/dev/null || return
        fi
    done
}
