#!/bin/bash
# Programs, defaults and partitions arrive as the server itself shows them: the dumps of both sides are
# equal, heads of triggers included; events that are over, packages' character sets, sql_mode words of the
# other flavor, TIMESTAMP defaults, SETs with an empty member, one partition.
. "$(dirname "$0")/../lib/live.sh"

# mariadb-dump's own text, untouched but for the names of the databases; no row of dbtwin's own tables
raw() { # NAME DB
    local dir bin=mariadb-dump opts=''
    dir=$(server_dir "$1")
    if [ "$(server_kind "$1")" = mysql9 ]; then bin=$DBTWIN_CACHE/mysql9/usr/bin/mysqldump opts='--set-gtid-purged=OFF --no-tablespaces'; fi
    # shellcheck disable=SC2086
    "$bin" --no-defaults -S "$dir/s" -uroot --skip-comments --skip-dump-date --routines --triggers --events $opts \
        --ignore-table="$2.dbtwin_mark" --ignore-table="$2.dbtwin_run" "$2" | sed "s/\`$2\`\.//g; s/\b$2\.//g; s/ ENABLE DO / DISABLE DO /"
}
equal_dumps() { # KIND WHAT
    raw prod progpr >"$WORK/a.sql" && raw staging progst >"$WORK/b.sql"
    same_files "$1: $2" "$WORK/a.sql" "$WORK/b.sql"
}

for kind in $(servers my); do
    start "$kind" prod staging
    fresh_db prod progpr
    fresh_db staging progst
    cat >"$WORK/in.sql" <<'EOF'
CREATE TABLE t (a int, b int);
CREATE TABLE h (a int NOT NULL, b varchar(10), PRIMARY KEY (a)) PARTITION BY HASH (a);
CREATE TABLE h1 (a int NOT NULL, PRIMARY KEY (a)) PARTITION BY HASH (a) PARTITIONS 3;
CREATE TABLE k (a int NOT NULL, PRIMARY KEY (a) USING BTREE) PARTITION BY KEY (a);
CREATE TABLE k2 (a int NOT NULL, b int, KEY kb (b) USING BTREE, PRIMARY KEY (a)) PARTITION BY LINEAR KEY ();
CREATE TABLE k3 (a int, b date) PARTITION BY RANGE (to_days(b)) SUBPARTITION BY HASH(a) (PARTITION p0 VALUES LESS THAN (to_days('2020-01-01')), PARTITION p1 VALUES LESS THAN MAXVALUE);
CREATE TABLE k4 (a int, b int) PARTITION BY RANGE (b) SUBPARTITION BY KEY ALGORITHM=1 (a) (PARTITION P0 VALUES LESS THAN (9) (SUBPARTITION A, SUBPARTITION É), PARTITION `p D` VALUES LESS THAN MAXVALUE (SUBPARTITION c, SUBPARTITION Dd));
CREATE TABLE se (id int PRIMARY KEY, s set('','a'), s2 set('x','','y') NOT NULL); INSERT INTO se VALUES (1,1,0),(2,3,7),(3,0,2),(4,2,5),(5,NULL,4);
SET time_zone='+02:00';
CREATE TABLE ts (id int PRIMARY KEY, valid_to timestamp NOT NULL DEFAULT '2037-12-31 23:59:59', f timestamp(3) NULL DEFAULT '2000-01-01 00:00:00.125', d datetime DEFAULT '2037-12-31 23:59:59');
SET timestamp=UNIX_TIMESTAMP('2020-06-01 00:00:00');
CREATE EVENT past_at ON SCHEDULE AT '2020-07-01 00:00:00' DISABLE DO SET @a=1;
CREATE EVENT past_ends ON SCHEDULE EVERY 1 DAY STARTS '2020-06-01 10:00:00' ENDS '2020-08-01 00:00:00' DISABLE DO SET @a=1;
CREATE EVENT past_keep ON SCHEDULE AT '2020-07-01 00:00:00' ON COMPLETION PRESERVE DISABLE DO SET @a=1;
SET timestamp=DEFAULT;
CREATE EVENT future ON SCHEDULE EVERY 1 DAY STARTS '2035-06-01 10:00:00' DISABLE DO SET @a=1;
DELIMITER $$
create   /* c1 */  trigger    T1
   before   insert  on   t
   for
 each row
   set new.a = 1$$
CREATE DEFINER=CURRENT_USER TRIGGER progpr.T2 AFTER INSERT ON progpr.t FOR EACH ROW BEGIN END$$
create   procedure  P1 ( in  a int ,
  OUT b   varchar(10) )
  comment 'x'  sql security invoker
begin   select 1;  end$$
create  function  `F1`(  x  INT )  returns   varchar( 20 )   charset utf8mb4
 deterministic   no sql   return   concat(x)$$
create definer=root@localhost event  E1  on   schedule every  '1:10'   DAY_HOUR
   starts   '2035-01-01 00:00:00'  on completion   preserve  disable  comment 'c'  do
  begin  select 1; end$$
create trigger f1 before delete on t for each row set @o = 1$$
create trigger `f 2` before delete on t for each row   precedes
  f1 set @o = 2$$
create trigger f3 before delete on t for each row /* c */ follows `f 2`  set @o = 3$$
SET sql_mode='ANSI_QUOTES'$$
create trigger "T 5" after update on "t" for each row set @x = "b"$$
EOF
    must load prod progpr "$WORK/in.sql"
    case $kind in mariadb*)
        cat >"$WORK/maria.sql" <<'EOF'
CREATE TABLE a (id int); CREATE TABLE b (id int); CREATE TABLE c (id int);
CREATE VIEW v1 AS SELECT a.id FROM a RIGHT JOIN b ON a.id = b.id;
CREATE VIEW v6 AS SELECT a.id FROM a, b, c, v1 WHERE a.id = v1.id;
CREATE VIEW v7 AS SELECT v6.id FROM v6, v1 LEFT JOIN (b JOIN c ON b.id = c.id) ON v1.id = b.id;
SET NAMES utf8mb4 COLLATE utf8mb4_general_ci;
SET sql_mode=ORACLE;
DELIMITER $$
CREATE FUNCTION fo(a INT) RETURN INT AS BEGIN RETURN a + 1; END$$
CREATE PACKAGE pk AS FUNCTION same(a VARCHAR2) RETURN INT; END$$
CREATE PACKAGE BODY pk AS FUNCTION same(a VARCHAR2) RETURN INT AS BEGIN RETURN a = 'ADMIN'; END; END$$
SET character_set_client=latin1$$
SET collation_connection=latin1_german1_ci$$
CREATE PACKAGE pl AS FUNCTION n RETURN INT; END$$
SET collation_connection=latin1_bin$$
CREATE PACKAGE BODY pl AS FUNCTION n RETURN INT AS BEGIN RETURN LENGTH('x'); END; END$$
EOF
        must load prod progpr "$WORK/maria.sql"
        ;;
    esac
    ok "$kind: a copy" dbtwin copy "$(url prod progpr)" "$(url staging progst)" -q
    equal_dumps "$kind" "the dumps are equal, byte for byte"
    is "$kind: triggers fire in production's order" "$(q staging progst "SELECT GROUP_CONCAT(TRIGGER_NAME ORDER BY ACTION_ORDER) FROM information_schema.TRIGGERS
        WHERE TRIGGER_SCHEMA = 'progst' AND EVENT_MANIPULATION = 'DELETE'")" "f 2,f3,f1"
    is "$kind: a SET's empty member" "$(q staging progst "SELECT id, s + 0, s2 + 0 FROM se ORDER BY id")" "$(q prod progpr "SELECT id, s + 0, s2 + 0 FROM se ORDER BY id")"
    is "$kind: a TIMESTAMP's default in any time zone" "$(q staging progst "SET time_zone='-07:00'; SHOW CREATE TABLE ts")" "$(q prod progpr "SET time_zone='-07:00'; SHOW CREATE TABLE ts")"
    ok "$kind: no drift" dbtwin diff "$(url prod progpr)" "$(url staging progst)" -q
    ok "$kind: verify" dbtwin verify "$(url prod progpr)" "$(url staging progst)" -q
    ok "$kind: again, keeping the earlier state" dbtwin copy "$(url prod progpr)" "$(url staging progst)" -q --keep-previous 1
    ok "$kind: and back" dbtwin rollback "$(url staging progst)" -q
    equal_dumps "$kind" "the dumps are equal after a rollback, events that are over included"
    ok "$kind: a snapshot" dbtwin snapshot "$(url prod progpr)" -o "$WORK/s.dbtwin" -q --force
    ok "$kind: restored" dbtwin restore "$WORK/s.dbtwin" "$(url staging progst)" -q
    equal_dumps "$kind" "the dumps are equal after a restore"

    # a written USING BTREE is information
    must q staging progst "ALTER TABLE k2 DROP KEY kb, ADD KEY kb (b)"
    ok "$kind: USING BTREE is no drift" dbtwin diff "$(url prod progpr)" "$(url staging progst)" -q
    expect_exit 1 "$kind: but with --strict" dbtwin diff "$(url prod progpr)" "$(url staging progst)" -q --strict

    # names that another server would fold (MySQL decides that when its data folder is made)
    case $kind in mysql*) continue ;; esac
    server_start "$kind" folds --own -- --lower-case-table-names=1 || bail "folds"
    fresh_db prod foldpr
    must q prod foldpr "CREATE TABLE Customers (id int PRIMARY KEY); CREATE VIEW small AS SELECT id FROM Customers; CREATE VIEW VBig AS SELECT 1"
    expect_exit 4 "$kind: preflight refuses capitals" dbtwin preflight "$(url prod foldpr)" "$(url folds foldst)"
    out_has "$kind: and says why" "lower_case_table_names=1"
    expect_exit 4 "$kind: so does a copy, before anything moves" dbtwin copy "$(url prod foldpr)" "$(url folds foldst)" -q
    must q prod foldpr "DROP VIEW VBig; DROP VIEW small; RENAME TABLE Customers TO customers"
    ok "$kind: small names are fine" dbtwin copy "$(url prod foldpr)" "$(url folds foldst)" -q
    server_stop folds KILL
done
done_testing
