#!/bin/bash
# Ways to log in and server settings of old installations change nothing in what is read: latin1 or
# utf16 as default, ANSI_QUOTES, NO_BACKSLASH_ESCAPES, names in lower case or compared so; TLS,
# caching_sha2_password, ed25519, unix_socket.
. "$(dirname "$0")/../lib/live.sh"

schema() { # the same by either way of quoting, whatever the server's sql_mode
    must q "$1" "$2" "SET NAMES utf8mb4; SET sql_mode = '';
        CREATE TABLE t (a int PRIMARY KEY, b varchar(20) DEFAULT 'it''s \\\\ \"x\"', c varchar(9) AS (concat(b, '\\\\')))
            CHARSET utf8mb4 COLLATE utf8mb4_bin COMMENT 'ü \\\\ ''';
        CREATE VIEW v AS SELECT a, 'ü\\\\' AS x FROM t;
        CREATE DEFINER=root@localhost TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET @a = 'ü\\\\';"
}

# lower_case_table_names=1; MySQL wants to know when it makes the folder. (2, names as given and
# compared in lower case, is for file systems that do not tell cases apart: on others it becomes 0.)
lower_start() { # lower_start KIND
    local base bin share common extra user data=$WORK/lower
    chmod 755 "$WORK"
    case $1 in
        mysql*)
            server_my_setup "$1"
            user=$(server_user "$1")
            mkdir -m 700 "$data"
            [ "$(id -u)" != 0 ] || chown "$user:" "$data"
            # shellcheck disable=SC2086
            must server_as "$user" timeout -k 5 180 "$bin" $common --datadir="$data" --initialize-insecure \
                --lower-case-table-names=1
            rm -f "$data/auto.cnf"
            eval "$(declare -f server_template | sed '1s/server_template/usual_template/')"
            eval "server_template() { echo '$data'; }"
            server_start "$1" lower --own -- --lower-case-table-names=1
            eval "$(declare -f usual_template | sed '1s/usual_template/server_template/')"
            ;;
        *) server_start "$1" lower --own -- --lower-case-table-names=1 ;;
    esac
    [ -n "${server_ID[lower]:-}" ]
}

for kind in $(servers my); do
    server_start "$kind" plain --own || bail "$kind did not start"
    plugins=()
    case $kind in mariadb*) fetch_get "$kind-plugins" && plugins=(--plugin-dir="$DBTWIN_CACHE/$kind-plugins") ;; esac
    server_start "$kind" odd --tcp -- "${plugins[@]}" --character-set-server=latin1 --collation-server=latin1_swedish_ci \
        --sql-mode=ANSI_QUOTES,NO_BACKSLASH_ESCAPES || bail "$kind did not start"
    for s in plain odd; do
        must q "$s" '' "CREATE DATABASE shop CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
        schema "$s" shop
    done
    expect_exit 0 "$kind: latin1, ANSI_QUOTES, NO_BACKSLASH_ESCAPES: no drift" dbtwin diff \
        "$(url plain shop)" "$(url odd shop)"
    out_has "$kind: and all was compared" "Same: no drift"
    must q odd shop "ALTER TABLE t ALTER COLUMN b SET DEFAULT 'x'"
    expect_exit 1 "$kind: a difference is seen there" dbtwin diff "$(url plain shop)" "$(url odd shop)"

    tls=$(url_tcp odd shop)
    case $kind in
        mysql*)
            must q odd '' "CREATE USER sha@'%' IDENTIFIED WITH caching_sha2_password BY 'p'; GRANT ALL ON *.* TO sha@'%'"
            expect_exit 0 "$kind: caching_sha2_password over TLS" dbtwin inspect \
                "$(url_tcp odd shop sha:p)?ssl-mode=REQUIRED" -o "$WORK/model.xml"
            expect_exit 2 "$kind: a wrong password is refused" dbtwin inspect "$(url_tcp odd shop sha:wrong)?ssl-mode=REQUIRED"
            ;;
        *)
            if q odd '' "INSTALL SONAME 'auth_ed25519'" 2>/dev/null; then
                must q odd '' "CREATE USER ed@'%' IDENTIFIED VIA ed25519 USING PASSWORD('p'); GRANT ALL ON *.* TO ed@'%'"
                expect_exit 0 "$kind: ed25519" dbtwin inspect "$(url_tcp odd shop ed:p)" -o "$WORK/model.xml"
                expect_exit 2 "$kind: a wrong password is refused" dbtwin inspect "$(url_tcp odd shop ed:wrong)"
            else
                skip "$kind: ed25519" "the plugin cannot be had here"
            fi
            me=$(id -un)
            must q odd '' "CREATE USER IF NOT EXISTS '$me'@localhost; ALTER USER '$me'@localhost IDENTIFIED VIA unix_socket; GRANT ALL ON *.* TO '$me'@localhost"
            expect_exit 0 "$kind: unix_socket" dbtwin inspect "$(url odd shop "$me")" -o "$WORK/model.xml"
            ;;
    esac
    server_stop plain
    server_stop odd

    server_start "$kind" plain --own || bail "$kind did not start"
    server_start "$kind" wide --own -- --character-set-server=utf16 || bail "$kind did not start"
    lower_start "$kind" || bail "$kind did not start with lower_case_table_names=1"
    is "$kind: names are kept in lower case" "$(q lower '' 'SELECT @@lower_case_table_names')" 1
    server_start "$kind" two --own -- --lower-case-table-names=2 || bail "$kind did not start with lower_case_table_names=2"
    n=$(q two '' 'SELECT @@lower_case_table_names')
    case $n in
        2) ;;
        *) is "$kind: a file system that tells cases apart has no lower_case_table_names=2" "$n" 0; server_stop two ;;
    esac
    [ "$n" = 2 ] && lowers='lower two' || lowers=lower
    for s in plain wide $lowers; do
        must q "$s" '' "CREATE DATABASE Shop CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
        must q "$s" Shop "CREATE TABLE users (Id int PRIMARY KEY, b varchar(9) DEFAULT 'ü\\\\'); CREATE VIEW names AS SELECT Id, 'ü' AS x FROM users;
            CREATE TABLE posts (a int, CONSTRAINT k FOREIGN KEY (a) REFERENCES users (Id));
            CREATE USER IF NOT EXISTS app@localhost; GRANT SELECT ON Shop.* TO app@localhost; GRANT INSERT ON users TO app@localhost"
    done
    for s in wide $lowers; do
        expect_exit 0 "$kind: $s: no drift" dbtwin diff "$(url plain Shop)" "$(url $s Shop)"
        out_has "$kind: $s: and all was compared" "Same: no drift"
        must q $s '' "CREATE DATABASE Twin"
        expect_exit 0 "$kind: $s: copy" dbtwin copy -q "$(url plain Shop)" "$(url $s Twin)"
        expect_exit 0 "$kind: $s: and what came of it" dbtwin diff --ignore kind:grant --ignore kind:role "$(url plain Shop)" "$(url $s Twin)"
        must q $s Shop "GRANT UPDATE ON users TO app@localhost"
        expect_exit 1 "$kind: $s: a grant more is seen" dbtwin diff --scope server "$(url plain Shop)" "$(url $s Shop)"
        if [ $s = lower ]; then # several databases that name each other, in whatever case
            must q lower '' "CREATE DATABASE Set_A; CREATE DATABASE Set_B; CREATE TABLE Set_A.Tab (a int PRIMARY KEY); CREATE TABLE Set_B.Kid (a int, CONSTRAINT far FOREIGN KEY (a) REFERENCES Set_A.Tab (a));
                CREATE VIEW Set_B.Vw AS SELECT a FROM SET_A.TAB; CREATE PROCEDURE Set_B.pr() DELETE FROM Set_A.Tab; INSERT INTO set_a.tab VALUES (1), (2); INSERT INTO set_b.kid VALUES (2)"
            expect_exit 0 "$kind: a set by a pattern in capitals" dbtwin copy -q --databases 'SET_*=put_*' "$(url lower '')" "$(url lower '')"
            expect_exit 0 "$kind: and to a server that tells cases apart" dbtwin copy -q --databases 'Set_*=Put_*' "$(url lower '')" "$(url plain '')"
            for to in lower:put plain:Put; do
                db=${to#*:} t=${to%:*}
                [ $t = lower ] && db=${db,,}
                is "$kind: $t: its view names the copy" "$(q $t ${db}_b "SELECT SUM(a) FROM vw")" 3
                is "$kind: $t: so does its key" "$(q $t '' "SELECT UNIQUE_CONSTRAINT_SCHEMA FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = '${db}_b'")" "${db}_a"
                is "$kind: $t: and a procedure, as written" "$(q $t '' "SELECT ROUTINE_DEFINITION FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = '${db}_b'" | tr -d '\`' | tr A-Z a-z)" "delete from ${db,,}_a.tab"
            done
            expect_exit 2 "$kind: a server that tells cases apart does so in patterns" dbtwin copy -q --databases 'PUT_*' "$(url plain '')" "$(url lower '')"
            err_has "$kind: and says so" "has no such database"
            expect_exit 0 "$kind: to names in capitals, where they become small" dbtwin copy -q --databases 'Set_*=Big_*' "$(url lower '')" "$(url lower '')"
            expect_exit 0 "$kind: and again" dbtwin copy -q --databases 'Set_*=Big_*' "$(url lower '')" "$(url lower '')"
        fi
        if [ $s = two ]; then
            for t in plain two; do
                must q $t '' "CREATE DATABASE Cased CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
                must q $t Cased "CREATE TABLE Mixed (Id int PRIMARY KEY); CREATE TABLE Kid (a int, CONSTRAINT k FOREIGN KEY (a) REFERENCES Mixed (Id));
                    CREATE VIEW Names AS SELECT Id FROM Mixed; CREATE TRIGGER Tr BEFORE INSERT ON Mixed FOR EACH ROW SET NEW.Id = 1; INSERT INTO Kid VALUES (NULL)"
            done
            expect_exit 0 "$kind: names in capitals where they are compared in small letters" dbtwin diff "$(url plain Cased)" "$(url two Cased)"
            expect_exit 0 "$kind: a copy from there" dbtwin copy -q "$(url two Cased)" "$(url plain Twin)"
            expect_exit 0 "$kind: keeps them" dbtwin diff "$(url plain Cased)" "$(url plain Twin)"
        fi
        server_stop $s
    done
    server_stop plain
done
done_testing
