# shellcheck shell=bash
# sql.sh: talking to the servers of servers.sh with their own clients. Sourced by servers.sh.

url_quoted() { # percent-encoding, byte by byte, in REPLY: without a process of its own, as below
    local LC_ALL=C s=$1 i c n
    REPLY=
    for ((i = 0; i < ${#s}; i++)); do
        c=${s:i:1}
        case $c in
            [a-zA-Z0-9._~-]) ;;
            *) printf -v n '%d' "'$c" && printf -v c '%%%02X' $((n & 255)) ;;
        esac
        REPLY+=$c
    done
}
url_quote() { url_quoted "$1" && printf '%s' "$REPLY"; }

# url NAME DB [USER]: what dbtwin takes, over the unix socket
url() {
    local REPLY
    server_look "$1" || return 1
    url_quoted "$2"
    if [[ $look_KIND == pg* ]]; then
        echo "postgresql://${3:-postgres}@/$REPLY?host=$look_DIR${look_PORT:+&port=$look_PORT}"
    else
        echo "mysql://${3:-root}@localhost/$REPLY?socket=$look_DIR/s"
    fi
}

# url_tcp NAME DB [USER[:PASSWORD]]: over TCP, for a server started with --tcp
url_tcp() {
    local REPLY
    server_look "$1" || return 1
    url_quoted "$2"
    if [[ $look_KIND == pg* ]]; then
        echo "postgresql://${3:-postgres}@127.0.0.1:$look_PORT/$REPLY"
    else
        echo "mysql://${3:-test:test}@127.0.0.1:$look_PORT/$REPLY"
    fi
}

# pg NAME DB PSQL-OPTION...      my NAME DB MARIADB-OPTION...     (DB may be '' for my)
pg() {
    local name=$1 db=$2
    server_look "$name" || return 1
    shift 2
    timeout -k 5 "${SQL_TIMEOUT:-120}" psql -X -q -v ON_ERROR_STOP=1 -h "$look_DIR" \
        -p "${look_PORT:-5432}" -U "${PGUSER:-postgres}" -d "$db" "$@"
}
my() {
    local name=$1 db=$2
    server_look "$name" || return 1
    shift 2
    timeout -k 5 "${SQL_TIMEOUT:-120}" mariadb --no-defaults -S "$look_DIR/s" -uroot \
        --default-character-set=utf8mb4 ${db:+--database="$db"} "$@"
}

# q NAME DB SQL: the bare values, tab between columns      load NAME DB FILE|-: a script
q() {
    if server_is_pg "$1"; then
        pg "$1" "$2" -At -F $'\t' -c "$3"
    else
        my "$1" "$2" -N -B -r -e "$3"
    fi
}
load() {
    if server_is_pg "$1"; then
        pg "$1" "$2" -o /dev/null -f "$3"
    elif [ "$3" = - ]; then
        my "$1" "$2"
    else
        my "$1" "$2" <"$3"
    fi
}

# fresh_db NAME DB: an empty database of that name, whatever was there
fresh_db() {
    local id
    if server_is_pg "$1"; then
        id=\"${2//\"/\"\"}\"
        pg "$1" postgres -c "SET client_min_messages = warning" \
            -c "DROP DATABASE IF EXISTS $id WITH (FORCE)" \
            -c "CREATE DATABASE $id TEMPLATE template0"
    else
        id=\`${2//\`/\`\`}\`
        my "$1" '' -e "DROP DATABASE IF EXISTS $id; CREATE DATABASE $id"
    fi
}

# Rows of a table come in no order: each block of data lines is sorted.
dump_sort() { # dump_sort BEGIN-REGEX IN-REGEX END-REGEX
    LC_ALL=C awk -v begin="$1" -v keep="$2" -v end="$3" '
        function stop() { if (on) close("LC_ALL=C sort"); on = 0 }
        on && end != "" && $0 ~ end { stop(); print; next }
        on && keep != "" && $0 !~ keep { stop() }
        on { print | "LC_ALL=C sort"; next }
        $0 ~ begin { on = 1; if (keep == "") { print; fflush(); next } fflush(); print | "LC_ALL=C sort"; next }
        { print } END { stop() }'
}

# MariaDB keeps the words in which a trigger was created: CREATE TRIGGER a, create trigger `a` and
# line breaks between them are one and the same up to FOR EACH ROW. The body is left alone.
dump_trigger_heads() {
    LC_ALL=C awk '
        /^\/\*!50003 CREATE\*\/.*TRIGGER/ { head = ""; on = 1 }
        on { head = head (head == "" ? "" : " ") $0
             at = match(toupper(head), /FOR[ \t]+EACH[ \t]+ROW/)
             if (!at) next
             body = substr(head, at + RLENGTH); head = toupper(substr(head, 1, at + RLENGTH - 1))
             gsub(/`/, "", head); gsub(/[ \t]+/, " ", head); print head
             sub(/^[ \t]+/, "", body); if (body != "") print body
             on = 0; lead = body == ""; next }
        lead { sub(/^[ \t]+/, ""); if ($0 == "") next; lead = 0 }
        { print }'
}

# dump NAME DB [OPTION...]: the server's own dump, as text to compare: no versions, dates, random
# tokens, row order, AUTO_INCREMENT positions or pg_attver, and without the mark that dbtwin leaves
# on a target (schema dbtwin, table dbtwin_mark), nor PostgreSQL 18's own names of NOT NULL
# constraints, which count as information (on a partition they tell how it was made). False when no dumper fits the server.
dump() {
    if server_is_pg "$1"; then dump_pg "$@"; else dump_my "$@"; fi
}
dump_pg() {
    local dir name=$1 db=$2 bin=pg_dump kind port
    dir=$(server_dir "$name") || return 1
    kind=$(server_kind "$name")
    port=$(cat "$dir/port")
    shift 2
    if [ "${kind#pg}" -gt "$(pg_dump -V | sed 's/[^0-9]*\([0-9]*\).*/\1/')" ]; then
        bin=$(server_pg_bin "$kind")/pg_dump # only builds of a distribution bring it along
        if [ ! -x "$bin" ]; then
            fetch_get pgclient18 || return 1
            bin=$DBTWIN_CACHE/pgclient18/usr/lib/postgresql/18/bin/pg_dump
        fi
    fi
    (
        set -o pipefail
        timeout -k 5 "${SQL_TIMEOUT:-120}" "$bin" -h "$dir" -p "${port:-5432}" -U postgres \
            --exclude-schema=dbtwin "$@" -d "$db" | sed -E -e '/^\\(un)?restrict /d' \
            -e '/^-- (Dumped (from|by)|Started on|Completed on)/d' \
            -e '/^ALTER TABLE .* ALTER COLUMN .* SET \(pg_attver=[0-9]+\);$/d' \
            -e 's/ CONSTRAINT [^ ]+_not_null NOT NULL/ NOT NULL/' |
            dump_sort '^COPY .* FROM stdin;$' '' '^\\\.$'
    )
}
dump_my() {
    local dir name=$1 db=$2 bin=mariadb-dump opts="--skip-dump-date"
    dir=$(server_dir "$name") || return 1
    shift 2
    if [ "$(server_kind "$name")" = mysql9 ]; then
        bin=$DBTWIN_CACHE/mysql9/usr/bin/mysqldump
        opts="--set-gtid-purged=OFF --no-tablespaces"
    fi
    (
        set -o pipefail
        # shellcheck disable=SC2086
        timeout -k 5 "${SQL_TIMEOUT:-120}" "$bin" --no-defaults -S "$dir/s" -uroot $opts \
            --skip-comments --skip-extended-insert --single-transaction --routines --events \
            --triggers --hex-blob --complete-insert --default-character-set=utf8mb4 \
            --ignore-table="$db.dbtwin_mark" --ignore-table="$db.dbtwin_run" "$@" "$db" |
            sed -E -e '/^\/\*M!999999/d' -e '/^-- /d' \
                -e 's/^(\) ENGINE=.*) AUTO_INCREMENT=[0-9]+/\1/' |
            dump_trigger_heads | dump_sort '^INSERT INTO ' '^INSERT INTO ' ''
    )
}
