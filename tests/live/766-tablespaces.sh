#!/bin/bash
# MySQL: a general tablespace that the target has is kept; one that it lacks is named beforehand and left to the
# default, or mapped; either way the rest of the table is proven, and a mapped one is no drift.
. "$(dirname "$0")/../lib/live.sh"

need mysql9
server_start mysql9 tsprod --own || bail tsprod
server_start mysql9 tsstage --own || bail tsstage
clause() { q tsstage tspace "SHOW CREATE TABLE $1" | grep -o 'TABLESPACE[^*]*`' || echo none; }
copy() { expect_exit 0 "$1" dbtwin copy "$(url tsprod tspace)" "$(url tsstage tspace)" "${@:2}"; }

must q tsprod '' "CREATE TABLESPACE here ADD DATAFILE 'here.ibd'; CREATE TABLESPACE common ADD DATAFILE 'both.ibd'"
must q tsstage '' "CREATE TABLESPACE common ADD DATAFILE 'both.ibd'; CREATE TABLESPACE there ADD DATAFILE 'there.ibd'"
fresh_db tsprod tspace
fresh_db tsstage tspace
must q tsprod tspace "CREATE TABLE a (id int PRIMARY KEY, v varchar(10) NOT NULL, KEY (v)) TABLESPACE here; CREATE TABLE b (id int PRIMARY KEY) TABLESPACE common;
    CREATE TABLE f (id int PRIMARY KEY) TABLESPACE innodb_file_per_table; CREATE TABLE n (id int PRIMARY KEY); INSERT INTO a VALUES (1, 'x')"
ok "preflight says go" dbtwin preflight "$(url tsprod tspace)" "$(url tsstage tspace)"
out_like "and names the table and its tablespace" 'left out: table a: its tablespace here'
out_lacks "not one that is there" "tablespace common"
copy "a copy"
err_has "warns" "left out: table a: its tablespace here"
is "the default" "$(clause a)" none
is "kept" "$(clause b)" 'TABLESPACE `common`'
is "kept, written" "$(clause f)" 'TABLESPACE `innodb_file_per_table`'
is "its rows" "$(q tsstage tspace "SELECT * FROM a")" "1	x"
printf 'databases:\n  p: {url: "%s", role: production}\n  s: {url: "%s"}\nmap:\n  tablespaces: {here: there}\n' "$(url tsprod tspace)" "$(url tsstage tspace)" >"$WORK/c.yaml"
ok "mapped" dbtwin -c "$WORK/c.yaml" copy p s
err_lacks "nothing is left out" "left out"
is "it lies there" "$(clause a)" 'TABLESPACE `there`'
ok "and is no drift" dbtwin -c "$WORK/c.yaml" diff p s -q
expect_exit 1 "without the map it is" dbtwin diff -q "$(url tsprod tspace)" "$(url tsstage tspace)"
done_testing
