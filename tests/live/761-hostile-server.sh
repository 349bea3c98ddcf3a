#!/bin/bash
# Whatever a server's defaults are, and what init_connect does to a plain account's session: a copy is the
# copy. And who waits on the source for a table to itself (ALTER) goes first: the copy ends.
. "$(dirname "$0")/../lib/live.sh"

hostile_common="completion_type=2 sql_select_limit=1 max_join_size=1 sql_safe_updates=1 div_precision_increment=0
lc_time_names='de_DE' default_week_format=3 sql_auto_is_null=1 low_priority_updates=1 sql_buffer_result=1 max_error_count=0
innodb_lock_wait_timeout=1 lock_wait_timeout=1 wait_timeout=2 interactive_timeout=2 net_read_timeout=1 net_write_timeout=1
group_concat_max_len=4 max_sort_length=8 sql_notes=0 sql_big_selects=0 foreign_key_checks=1 unique_checks=1 sql_mode='ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT'
default_storage_engine='MyISAM' time_zone='+05:00' collation_connection='latin1_swedish_ci' character_set_client='latin1' character_set_results='latin1' innodb_strict_mode=0 autocommit=0"
hostile_maria="idle_transaction_timeout=1 idle_write_transaction_timeout=1 idle_readonly_transaction_timeout=1 max_statement_time=1
tx_isolation='READ-COMMITTED' old_mode='ZERO_DATE_TIME_CAST' explicit_defaults_for_timestamp=0 alter_algorithm='INSTANT' sql_if_exists=1 system_versioning_asof='1999-01-01' standard_compliant_cte=0"
hostile_mysql="max_execution_time=1000 transaction_isolation='READ-UNCOMMITTED' sql_require_primary_key=1 sql_generate_invisible_primary_key=1
information_schema_stats_expiry=86400 show_create_table_verbosity=1 show_gipk_in_create_table_and_information_schema=0 explicit_defaults_for_timestamp=0 default_tmp_storage_engine='MyISAM'"

hostile() { # NAME KIND
    local v n=0
    # shellcheck disable=SC2086
    for v in $hostile_common $(case $2 in mariadb*) echo $hostile_maria ;; *) echo $hostile_mysql ;; esac); do
        q "$1" '' "SET GLOBAL $v" >/dev/null 2>&1 && n=$((n + 1))
    done
    q "$1" '' "SET GLOBAL init_connect='SET SESSION sql_safe_updates=1, completion_type=1, sql_select_limit=1, div_precision_increment=0'" || return 1
    [ "$n" -ge 25 ] || { echo "only $n settings were taken" >&2; return 1; }
}
reading() { sane hprod '' "SHOW FULL PROCESSLIST" | grep -q 'hostile.*FROM `big`'; }
# the plain client's own session would be as hostile
sane() { # NAME DB SQL
    q "$1" "$2" "SET SESSION sql_select_limit=18446744073709551615, sql_big_selects=1, autocommit=1, sql_mode='', completion_type=0, sql_safe_updates=0, sql_buffer_result=0; SET NAMES utf8mb4; $3"
}

for kind in $(servers my); do
    server_start "$kind" hprod --own || bail "hprod"
    server_start "$kind" hstage --own || bail "hstage"
    fresh_db hprod hostile
    cat >"$WORK/in.sql" <<'EOF'
CREATE TABLE t (a int NOT NULL, b varchar(20), d decimal(10,2), ts timestamp NULL, KEY (b)) ENGINE=InnoDB;
INSERT INTO t SELECT seq.n, CONCAT('ü', seq.n), seq.n / 7, '2024-01-02 03:04:05' FROM (WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 900) SELECT n FROM r) AS seq;
CREATE TABLE ts2 (a timestamp NULL, b timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP, c timestamp NULL DEFAULT '2030-01-01 00:00:00') ENGINE=InnoDB;
CREATE TABLE nn (a int) ENGINE=InnoDB; INSERT INTO nn VALUES (1),(NULL),(3);
CREATE TABLE child (id int PRIMARY KEY, p int, CONSTRAINT k FOREIGN KEY (p) REFERENCES parent (id)) ENGINE=InnoDB;
CREATE VIEW v AS SELECT a / 3 AS third, DATE_FORMAT(ts, '%M') AS m FROM t;
EOF
    sed -i '1i SET foreign_key_checks=0;' "$WORK/in.sql"
    must load hprod hostile "$WORK/in.sql"
    must q hprod hostile "CREATE TABLE parent (id int PRIMARY KEY) ENGINE=InnoDB; INSERT INTO parent VALUES (1),(2); INSERT INTO child VALUES (5,1),(6,2)"
    must q hprod '' "CREATE USER plain@localhost; GRANT SELECT, SHOW VIEW, TRIGGER, EVENT, LOCK TABLES ON hostile.* TO plain@localhost"
    must q hstage '' "CREATE DATABASE hostile; CREATE USER plain@localhost; GRANT ALL ON hostile.* TO plain@localhost; GRANT ALL ON \`hostile\\_\\_dbtwin\\_%\`.* TO plain@localhost; GRANT CREATE, DROP ON *.* TO plain@localhost"
    must hostile hprod "$kind"
    must hostile hstage "$kind"
    sums="SELECT COUNT(*), SUM(CRC32(CONCAT_WS('|', a, HEX(b), d, UNIX_TIMESTAMP(ts)))) FROM t"
    for who in root plain; do
        # root may do anything; CREATE VIEW as another's definer needs a right that plain has not
        if [ $who = plain ]; then set -- --without view --without routine; else set --; fi
        # nor may it drop what root has made there (SYSTEM_USER, MySQL 8.2): preflight says so
        if [ $who = plain ]; then
            case $kind in mysql*)
                "$DBTWIN" preflight "$(url hprod hostile $who)" "$(url hstage hostile $who)" --no-rehearsal "$@" >"$WORK/out" 2>&1
                is "$kind: $who: what it may not drop" "$(grep -c 'have another definer, such as root@localhost' "$WORK/out")" 1
                ;;
            esac
            must sane hstage hostile "DROP VIEW v"
        fi
        expect_exit 0 "$kind: $who: between hostile servers" dbtwin copy "$(url hprod hostile $who)" "$(url hstage hostile $who)" --max-rate 20k --replace hostile "$@"
        is "$kind: $who: every row" "$(sane hstage hostile "$sums")" "$(sane hprod hostile "$sums")"
        is "$kind: $who: a NULL stays one" "$(sane hstage hostile "SELECT COUNT(*), COUNT(a) FROM nn")" "3	2"
        # plain may not switch off the key that its server adds where there is none
        [ "$kind $who" != "mysql9 plain" ] || err_has "$kind: $who: a key of the server's own is named" "table nn gets the invisible key my_row_id"
        for t in t ts2 nn child parent; do
            is "$kind: $who: table $t" "$(sane hstage hostile "SHOW CREATE TABLE $t")" "$(sane hprod hostile "SHOW CREATE TABLE $t")"
        done
        [ $who = plain ] || ok "$kind: $who: verify" dbtwin verify "$(url hprod hostile)" "$(url hstage hostile)" -q
    done

    # who waits for a table to itself goes first
    must sane hprod hostile "CREATE TABLE big (a int, b text) ENGINE=InnoDB; INSERT INTO big SELECT a, REPEAT('x', 2000) FROM t"
    "$DBTWIN" copy --create "$(url hprod hostile)" "$(url hstage hostile)" --max-rate 100k --replace hostile >"$WORK/out" 2>"$WORK/err" </dev/null &
    run=$!
    at_exit kill $run
    until_true 10 reading
    sleep 1
    began=$SECONDS
    case $kind in mysql*) must q hprod '' "SET GLOBAL sql_require_primary_key=0" ;; *) must q hprod '' "SET GLOBAL max_statement_time=0" ;; esac
    must q hprod hostile "SET SESSION lock_wait_timeout=60; ALTER TABLE big ADD x int"
    ok "$kind: an ALTER on the source waits some seconds, not for the copy's end: $((SECONDS - began)) s" test $((SECONDS - began)) -lt 20
    wait $run
    is "$kind: the copy that was in the way ends" $? 2
    is "$kind: and says for whom" "$(grep -c 'behind the copy' "$WORK/err")" 1
    server_stop hprod KILL
    server_stop hstage KILL
done
done_testing
