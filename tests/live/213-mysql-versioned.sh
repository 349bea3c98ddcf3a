#!/bin/bash
# Tables with a history arrive with the rows that are valid now, with their periods and keys over
# them; where files lie is left out, which is said.
. "$(dirname "$0")/../lib/live.sh"
need mariadb

start mariadb prod staging
fresh_db prod versioned
fresh_db staging versioned_s
must q prod versioned "
CREATE TABLE v (id int PRIMARY KEY, x int) WITH SYSTEM VERSIONING;
INSERT INTO v VALUES (1, 1), (2, 2), (3, 3);
UPDATE v SET x = 5 WHERE id = 1;
DELETE FROM v WHERE id = 3;
CREATE TABLE vp (id int PRIMARY KEY, s timestamp(6) GENERATED ALWAYS AS ROW START, e timestamp(6) GENERATED ALWAYS AS ROW END,
    n int WITHOUT SYSTEM VERSIONING, PERIOD FOR SYSTEM_TIME (s, e)) WITH SYSTEM VERSIONING;
INSERT INTO vp (id, n) VALUES (7, 8);
CREATE TABLE per (id int, a date, b date, PERIOD FOR p (a, b), UNIQUE (id, p WITHOUT OVERLAPS));
INSERT INTO per VALUES (1, '2020-01-01', '2021-01-01');
CREATE TABLE geo (g point REF_SYSTEM_ID = 4326 NOT NULL, c varchar(90) COMPRESSED);
INSERT INTO geo VALUES (ST_GeomFromText('POINT(1 2)', 4326), 'c');
CREATE TABLE pd (a int) PARTITION BY RANGE (a) (
    PARTITION p0 VALUES LESS THAN (10) DATA DIRECTORY = '$(server_dir prod)' MAX_ROWS = 5, PARTITION p1 VALUES LESS THAN MAXVALUE);
INSERT INTO pd VALUES (1), (20)"

ok "all of it is copied" dbtwin copy "$(url prod versioned)" "$(url staging versioned_s)"
err_has "history is said to be left out" "left out: table v: its history"
err_has "and where a partition's file lies" "left out: partition pd.p0: its directory"
for t in v vp per geo pd; do
    is "rows of $t" "$(q staging versioned_s "SELECT count(*) FROM $t")" "$(q prod versioned "SELECT count(*) FROM $t")"
    created() { q "$1" "$2" "SHOW CREATE TABLE $t" | sed "s| DATA DIRECTORY = '[^']*'||"; }
    is "SHOW CREATE of $t" "$(created staging versioned_s)" "$(created prod versioned)"
done
is "as they are now" "$(q staging versioned_s "SELECT id, x FROM v ORDER BY id" | tr '\t\n' ',;')" "1,5;2,2;"
is "REF_SYSTEM_ID is kept" "$(q staging versioned_s "SELECT SRID FROM information_schema.GEOMETRY_COLUMNS WHERE F_TABLE_NAME = 'geo' AND F_TABLE_SCHEMA = DATABASE()")" 4326
ok "and nothing else differs" dbtwin diff "$(url prod versioned)" "$(url staging versioned_s)"
out_has "but the directory, alone" "left out or disabled by the copy: 1 difference"
done_testing
