#!/bin/bash
# Ways to log in and server settings of old installations change nothing in what is read: latin1 as
# default, ANSI_QUOTES, NO_BACKSLASH_ESCAPES, names in lower case; TLS, caching_sha2_password,
# ed25519, unix_socket.
. "$(dirname "$0")/../lib/live.sh"

schema() { # the same by either way of quoting, whatever the server's sql_mode
    must q "$1" "$2" "SET NAMES utf8mb4; SET sql_mode = '';
        CREATE TABLE t (a int PRIMARY KEY, b varchar(20) DEFAULT 'it''s \\\\ \"x\"', c varchar(9) AS (concat(b, '\\\\')))
            CHARSET utf8mb4 COLLATE utf8mb4_bin COMMENT 'ü \\\\ ''';
        CREATE VIEW v AS SELECT a, 'ü\\\\' AS x FROM t;
        CREATE DEFINER=root@localhost TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET @a = 'ü\\\\';"
}

for kind in $(servers my); do
    server_start "$kind" plain --own || bail "$kind did not start"
    server_start "$kind" odd --tcp -- --character-set-server=latin1 --collation-server=latin1_swedish_ci \
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
            must q odd '' "CREATE USER sha@'%' IDENTIFIED WITH caching_sha2_password BY 'p'; GRANT ALL ON shop.* TO sha@'%'"
            expect_exit 0 "$kind: caching_sha2_password over TLS" dbtwin inspect \
                "$(url_tcp odd shop sha:p)?ssl-mode=REQUIRED" -o "$WORK/model.xml"
            expect_exit 2 "$kind: a wrong password is refused" dbtwin inspect "$(url_tcp odd shop sha:wrong)?ssl-mode=REQUIRED"
            ;;
        *)
            if q odd '' "INSTALL SONAME 'auth_ed25519'" 2>/dev/null; then
                must q odd '' "CREATE USER ed@'%' IDENTIFIED VIA ed25519 USING PASSWORD('p'); GRANT ALL ON shop.* TO ed@'%'"
                expect_exit 0 "$kind: ed25519" dbtwin inspect "$(url_tcp odd shop ed:p)" -o "$WORK/model.xml"
                expect_exit 2 "$kind: a wrong password is refused" dbtwin inspect "$(url_tcp odd shop ed:wrong)"
            else
                skip "$kind: ed25519" "the plugin is not installed"
            fi
            me=$(id -un)
            must q odd '' "CREATE USER IF NOT EXISTS '$me'@localhost; ALTER USER '$me'@localhost IDENTIFIED VIA unix_socket; GRANT ALL ON *.* TO '$me'@localhost"
            expect_exit 0 "$kind: unix_socket" dbtwin inspect "$(url odd shop "$me")" -o "$WORK/model.xml"
            ;;
    esac
    server_stop plain
    server_stop odd

    server_start "$kind" plain --own || bail "$kind did not start"
    lower=(-- --lower-case-table-names=1)
    case $kind in mysql*) skip "$kind: lower_case_table_names" "can be set when the data folder is made only" ;; *)
        server_start "$kind" lower --own "${lower[@]}" || bail "$kind did not start"
        for s in plain lower; do
            must q "$s" '' "CREATE DATABASE shop CHARACTER SET utf8mb4"
            must q "$s" shop "CREATE TABLE users (Id int PRIMARY KEY); CREATE VIEW names AS SELECT Id FROM users;
                CREATE TABLE posts (a int, CONSTRAINT k FOREIGN KEY (a) REFERENCES users (Id))"
        done
        expect_exit 0 "$kind: names in lower case: no drift" dbtwin diff "$(url plain shop)" "$(url lower shop)"
        out_has "$kind: and all was compared" "Same: no drift"
        ;;
    esac
    server_stop plain
done
done_testing
