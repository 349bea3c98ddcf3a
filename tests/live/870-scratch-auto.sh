#!/bin/bash
# --scratch auto: SQL against SQL without any server that is there already, from files, git, standard input, dumps and
# gzip; nothing is left of the server, however the run ends; a stranger's SQL reaches nothing beyond it, and ends in time.
# SCRATCH=all: on MariaDB and MySQL all of it, too (each run starts a server of its own).
. "$(dirname "$0")/../lib/live.sh"

cd "$WORK" || exit 2
export TMPDIR=$WORK/tmp
mkdir -m 755 "$TMPDIR"
chmod 755 "$WORK"
nothing_left() { # NAME
    is "$1: no folder is left" "$(ls "$TMPDIR")" ""
    is "$1: no process is left" "$(pgrep -f "$TMPDIR/dbtwin-scratch" | wc -l)" 0
}

# ---- without a server ----------------------------------------------------------------------------
echo "CREATE TABLE t (a serial)" >pg.sql
echo 'CREATE TABLE `t` (a int AUTO_INCREMENT PRIMARY KEY)' >my.sql
echo "CREATE TABLE t (a int PRIMARY KEY)" >plain.sql
mkdir empty
for file in pg my plain; do
    DBTWIN_SCRATCH_PATH=$WORK/empty expect_exit 2 "none installed: $file" dbtwin diff $file.sql $file.sql
    err_has "none installed: $file: what to do" "install the package"
done
nothing_left "none installed"
for kind in $(servers all); do
    case $kind in pg15 | mariadb | mysql9) ;; *) continue ;; esac
    case $kind in
        pg*) path=$(server_pg_bin "$kind") engine=postgresql ;;
        mariadb) path=/usr/sbin engine=mariadb ;;
        *)
            [ -n "${SCRATCH:-}" ] || continue
            path=$(server_my_base "$kind")/sbin engine=mysql
            ;;
    esac
    export DBTWIN_SCRATCH_PATH=$path
    # MySQL takes seconds to begin: what it has by itself, and what is hostile, in two runs.
    if [ "$engine" = postgresql ]; then
        cat >a.sql <<'SQL'
CREATE TABLE users (id serial PRIMARY KEY, email text NOT NULL);
SQL
        cat >b.sql <<'SQL'
SET transaction_timeout = 0;
BEGIN;
CREATE TABLE users (id serial PRIMARY KEY, email text);
ALTER TABLE users OWNER TO shop;
GRANT SELECT ON users TO shop;
CREATE POLICY own ON users TO app_user USING (true);
CREATE POLICY other ON users TO "O'Neil ""x""" USING (true);
COMMIT;
SQL
    else
        cat >a.sql <<'SQL'
CREATE TABLE `users` (id int AUTO_INCREMENT PRIMARY KEY, email varchar(50) NOT NULL);
SQL
        cat >b.sql <<'SQL'
CREATE DATABASE /*!32312 IF NOT EXISTS*/ `shop` /*!40100 DEFAULT CHARACTER SET latin1 */;
USE `shop`;
CREATE TABLE `users` (id int AUTO_INCREMENT PRIMARY KEY, email varchar(50));
GRANT SELECT ON *.* TO nobody@localhost;
DELIMITER //
CREATE DEFINER=`gone`@`%` PROCEDURE p() BEGIN SELECT 1; END//
DELIMITER ;
SET @sql = 'CREATE TABLE prepared (a int)';
PREPARE s FROM @sql;
EXECUTE s;
SQL
    fi
    expect_exit 1 "$kind: two files" dbtwin diff a.sql b.sql --engine "$engine"
    out_has "$kind: two files: what differs" "not_null: yes → no"
    out_lacks "$kind: owners and roles are no drift" "role "
    err_has "$kind: what is skipped is said" "b.sql: skipped"
    [ "$engine" != postgresql ] || err_has "$kind: a newer client's setting is skipped" "b.sql: line 1 is skipped"
    [ "$engine" = postgresql ] || out_has "$kind: a database's character set counts" "latin1"
    nothing_left "$kind: two files"
    [ "$engine" = postgresql ] || [ -n "${SCRATCH:-}" ] || continue

    expect_exit 2 "$kind: an error" dbtwin diff a.sql <(printf '\n\nCREATE TABEL x (a int);\n') --engine "$engine"
    err_like "$kind: an error: where" "/dev/fd/[0-9]*: line 3"
    nothing_left "$kind: an error"

    # ---- however it ends
    for signal in $([ "$engine" = postgresql ] && echo INT || echo TERM) KILL; do
        # A run that waits: its statement takes longer than the test.
        if [ "$engine" = postgresql ]; then echo "SELECT pg_sleep(100);" >long.sql; else echo "DO SLEEP(100);" >long.sql; fi
        "$DBTWIN" diff long.sql a.sql --engine "$engine" >"$OUT" 2>"$ERR" &
        pid=$!
        for ((i = 0; i < 300; i++)); do
            [ -f "$(echo "$TMPDIR"/dbtwin-scratch.*/pid)" ] && break
            sleep 0.1
        done
        sleep 1
        kill -$signal $pid
        wait $pid 2>/dev/null
        code=$?
        if [ $signal = KILL ]; then
            for ((i = 0; i < 100; i++)); do pgrep -f "$TMPDIR/dbtwin-scratch" >/dev/null || break; sleep 0.1; done
            is "$kind: killed: the server ends with it" "$(pgrep -f "$TMPDIR/dbtwin-scratch" | wc -l)" 0
            isnt "$kind: killed: its folder is left" "$(ls "$TMPDIR")" ""
        else
            is "$kind: SIG$signal: the code" $code 130
            nothing_left "$kind: SIG$signal"
        fi
    done
    # What is not such a folder, or another's, stays.
    mkdir "$TMPDIR/dbtwin-scratch.mine00" "$TMPDIR/dbtwin-scratch.longer-name"
    ln -s "$WORK/empty" "$TMPDIR/dbtwin-scratch.linked"
    touch "$WORK/empty/file"
    expect_exit 0 "$kind: the next run" dbtwin diff a.sql a.sql --engine "$engine"
    err_has "$kind: the next run deletes what a killed one left" "which a killed run left"
    is "$kind: and nothing else" "$(ls "$TMPDIR" | tr '\n' ' ')" "dbtwin-scratch.linked dbtwin-scratch.longer-name dbtwin-scratch.mine00 "
    ok "$kind: a link is not followed" test -f "$WORK/empty/file"
    rm -r "$TMPDIR"/* "$WORK/empty/file"
    [ "$engine" = postgresql ] || continue
    # Circles that no order of tables takes apart: keys both ways, a sequence that its column's default names, a view by its key
    cat >circles.sql <<'SQL'
CREATE TABLE a (id int PRIMARY KEY, b int);
CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a);
ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b;
CREATE SEQUENCE q;
CREATE TABLE t (id bigint DEFAULT nextval('q'));
ALTER SEQUENCE q OWNED BY t.id;
CREATE VIEW v AS SELECT id, b FROM a GROUP BY id;
SQL
    echo "CREATE TABLE z (i int)" >none.sql
    ok "$kind: circles are made" dbtwin plan circles.sql none.sql --prove --engine "$engine"
    err_like "$kind: circles are made: proven" "proven in a scratch .* lead to FROM"
    ok "$kind: and dropped" dbtwin plan none.sql circles.sql --prove --engine "$engine"
    err_like "$kind: and dropped: proven" "proven in a scratch .* lead to FROM"
done
export -n DBTWIN_SCRATCH_PATH
unset DBTWIN_SCRATCH_PATH

# ---- a stranger's SQL ----------------------------------------------------------------------------
hostile() { # ENGINE NAME, SQL at stdin: exit code 2 with the line, and no file of it
    cat >hostile.sql
    rm -f /tmp/dbtwin-870-*
    expect_exit 2 "hostile: $2" dbtwin inspect hostile.sql --engine "$1"
    err_has "hostile: $2: where" "hostile.sql: line "
    is "hostile: $2: nothing came of it" "$(ls /tmp/dbtwin-870-* 2>/dev/null)" ""
}
# Without a server first: what is refused by its words.
for line in '\! touch /tmp/dbtwin-870-a' '\i /etc/passwd' '\copy t from /etc/passwd' '\o |touch /tmp/dbtwin-870-a' '\gexec' \
    "COPY t FROM PROGRAM 'touch /tmp/dbtwin-870-a'" "COPY t TO '/tmp/dbtwin-870-a'" "copy (select 1) to program 'id'" \
    "LOAD 'x'" "ALTER SYSTEM SET work_mem = 1"; do
    echo "$line" >>refused.pg
done
for line in 'system touch /tmp/dbtwin-870-a' 'source /etc/passwd' "LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE t" \
    "SELECT 'x' INTO OUTFILE '/tmp/dbtwin-870-a'" "/*!50003 SELECT 'x' INTO DUMPFILE '/tmp/dbtwin-870-a' */" \
    "SET GLOBAL general_log_file = '/tmp/dbtwin-870-a'" "INSTALL PLUGIN x SONAME 'x.so'" "/*! INSTALL PLUGIN x SONAME 'x.so' */" \
    "CREATE FUNCTION f RETURNS STRING SONAME 'x.so'" "SHUTDOWN"; do
    echo "$line" >>refused.my
done
for kind in $(servers all); do
    case $kind in
        pg15) engine=postgresql refused=refused.pg ;;
        mariadb) engine=mariadb refused=refused.my ;;
        mysql9)
            [ -n "${SCRATCH:-}" ] || continue
            engine=mysql refused=refused.my
            export DBTWIN_SCRATCH_PATH=$(server_my_base "$kind")/sbin
            ;;
        *) continue ;;
    esac
    # One server for all of them: they are refused by their words, whatever the server.
    start "$kind" one
    while read -r line; do
        echo "$line" >hostile.sql
        expect_exit 2 "$kind: $line" dbtwin inspect hostile.sql --scratch "$(url one "$([ $engine = postgresql ] && echo postgres || echo mysql)")"
        err_has "$kind: $line: where" "hostile.sql: line 1"
    done <"$refused"
    # What is hidden from the words meets the account's rights.
    if [ $engine = postgresql ]; then
        hostile postgresql "COPY PROGRAM in a block" <<<"DO \$\$ BEGIN EXECUTE 'COPY (SELECT 1) TO PROGRAM ''touch /tmp/dbtwin-870-a'''; END \$\$;"
        err_has "hostile: COPY PROGRAM in a block: what to do" "--scratch URL"
        cat >hostile.sql <<'SQL'
CREATE TABLE t (a serial);
DO $$
DECLARE bad text := '';
BEGIN
    FOR i IN 1..9 LOOP
        BEGIN
            CASE i
                WHEN 1 THEN PERFORM pg_read_file('/etc/passwd');
                WHEN 2 THEN PERFORM pg_ls_dir('/');
                WHEN 3 THEN PERFORM lo_import('/etc/passwd');
                WHEN 4 THEN CREATE EXTENSION dblink;
                WHEN 5 THEN CREATE FUNCTION c() RETURNS int LANGUAGE c AS 'x', 'y';
                WHEN 6 THEN SET SESSION AUTHORIZATION dbtwin_admin;
                WHEN 7 THEN SET ROLE dbtwin_admin;
                WHEN 8 THEN GRANT pg_execute_server_program TO dbtwin;
                WHEN 9 THEN PERFORM lo_export(lo_from_bytea(0, 'x'), '/tmp/dbtwin-870-a');
            END CASE;
            bad := bad || ' ' || i;
        EXCEPTION WHEN insufficient_privilege THEN NULL;
        END;
    END LOOP;
    IF bad <> '' THEN RAISE 'succeeded:%', bad; END IF;
END $$;
SQL
        expect_exit 0 "hostile: nothing of it is allowed" dbtwin inspect hostile.sql
        ok "hostile: nothing of it: no file" test ! -e /tmp/dbtwin-870-a
        [ -z "${SCRATCH:-}" ] || {
            hostile postgresql "an untrusted extension" <<<"CREATE EXTENSION file_fdw;"
            err_has "hostile: an untrusted extension: which" "file_fdw"
        }
        # Cancelling it is not enough, on a server of the user's, too.
        cat >hostile.sql <<'SQL'
CREATE TABLE t (a serial);
DO $$ BEGIN LOOP BEGIN PERFORM pg_sleep(1000); EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP; END $$;
SQL
        expect_exit 2 "endless" dbtwin inspect hostile.sql --scratch "$(url one postgres)" --scratch-timeout 1s
        err_has "endless: where" "hostile.sql: line 2: the SQL was not loaded within 1 second"
        err_has "endless: what to do" "--scratch-timeout TIME"
        until_true 10 [ "$(q one postgres "SELECT count(*) FROM pg_stat_activity WHERE datname LIKE 'dbtwin_sql%'")" = 0 ]
        is "endless: no database is left" "$(q one postgres "SELECT count(*) FROM pg_database WHERE datname LIKE 'dbtwin_sql%'")" 0
        # Each statement is short, and there are many.
        printf "SELECT pg_sleep(0.2);\\n%.0s" {1..30} >hostile.sql
        expect_exit 2 "many" dbtwin inspect hostile.sql --scratch "$(url one postgres)" --scratch-timeout 1s
        err_like "many: where" "hostile.sql: line [2-6]: the SQL was not loaded within 1 second"
    else
        my_database() { q one mysql "SELECT count(*) FROM information_schema.schemata WHERE schema_name LIKE 'dbtwin_sql%'"; }
        cat >hostile.sql <<'SQL'
CREATE TABLE `t` (a int);
DELIMITER //
CREATE PROCEDURE p() BEGIN DECLARE CONTINUE HANDLER FOR SQLEXCEPTION SET @x = 1; WHILE 1 DO DO SLEEP(1000); END WHILE; END//
DELIMITER ;
CALL p();
SQL
        expect_exit 2 "$kind: endless" dbtwin inspect hostile.sql --scratch "$(url one mysql)" --scratch-timeout 1s
        err_has "$kind: endless: where" "hostile.sql: line 5: the SQL was not loaded within 1 second"
        is "$kind: endless: no database is left" "$(my_database)" 0
        hostile $engine "an outfile through a definer" <<'SQL'
CREATE TABLE `t` (a int);
DELIMITER //
CREATE DEFINER=`root`@`localhost` PROCEDURE p() SQL SECURITY DEFINER BEGIN SELECT 'x' INTO OUTFILE '/tmp/dbtwin-870-a'; END//
DELIMITER ;
CALL p();
SQL
        [ -n "${SCRATCH:-}" ] || continue
        hostile $engine "an outfile through a statement" <<'SQL'
SET @x = 'SELECT 1 INTO OUTFILE "/tmp/dbtwin-870-a"';
PREPARE s FROM @x;
EXECUTE s;
SQL
        hostile $engine "an account" <<'SQL'
SET @x = 'CREATE USER u@localhost';
PREPARE s FROM @x;
EXECUTE s;
SQL
        printf 'CREATE TABLE `t` (a longtext);\nINSERT INTO t SELECT LOAD_FILE("/etc/passwd");\nALTER TABLE t ADD CHECK (a IS NULL);\n' >hostile.sql
        expect_exit 0 "hostile: LOAD_FILE gives nothing" dbtwin inspect hostile.sql --engine $engine
    fi
    server_stop one
done
unset DBTWIN_SCRATCH_PATH
nothing_left "hostile"
done_testing
