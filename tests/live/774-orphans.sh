#!/bin/bash
# Rows that production's own foreign keys forbid do not end the night: a key arrives NOT VALID, or is left
# out where a partitioned table cannot have one, by name; MySQL and MariaDB take them as they are.
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/live/copies.sh"

keys() { q "$1" orphans "SELECT conrelid::regclass, conname, convalidated FROM pg_constraint WHERE contype = 'f' AND conparentid = 0 ORDER BY 1, 2"; }
rows() { q "$1" orphans "SELECT 'c', c::text FROM c UNION ALL SELECT 'd', d::text FROM d UNION ALL SELECT 'h', h::text FROM h ORDER BY 1, 2"; }

for kind in $(servers pg | sed -n '1p;$p' | sort -u); do
    start "$kind" prod staging
    fresh_db prod orphans
    fresh_db staging orphans
    cat >"$WORK/in.sql" <<'SQL'
CREATE TABLE p (a int, b text, PRIMARY KEY (a, b));
CREATE TABLE c (id int PRIMARY KEY, a int, b text, CONSTRAINT c_p FOREIGN KEY (a, b) REFERENCES p);
COMMENT ON CONSTRAINT c_p ON c IS 'kept';
CREATE TABLE d (id int PRIMARY KEY, up int CONSTRAINT d_up REFERENCES d DEFERRABLE, good int CONSTRAINT d_good REFERENCES c);
CREATE TABLE h (id int, k int, c int CONSTRAINT h_c REFERENCES c) PARTITION BY LIST (k);
CREATE TABLE h1 PARTITION OF h FOR VALUES IN (1);
ALTER TABLE h ADD PRIMARY KEY (id, k);
CREATE TABLE "To h" (id int, k int, CONSTRAINT to_h FOREIGN KEY (id, k) REFERENCES h);
CREATE TABLE off (id int PRIMARY KEY, c int CONSTRAINT off_c REFERENCES c);
ALTER TABLE off DISABLE TRIGGER ALL;
INSERT INTO p VALUES (1, 'x'); INSERT INTO c VALUES (1, 1, 'x'), (2, NULL, 'y');
SET session_replication_role = replica;
INSERT INTO c VALUES (3, 7, 'x'), (4, 8, 'x'); INSERT INTO d VALUES (1, 9, 1), (2, 1, 1);
INSERT INTO h VALUES (1, 1, 1), (2, 1, 99); INSERT INTO "To h" VALUES (1, 1), (5, 5);
INSERT INTO off VALUES (1, 77);
SQL
    must load prod orphans "$WORK/in.sql"
    from=$(url prod orphans) to=$(url staging orphans) all=rows
    ok "$kind: copy" dbtwin copy "$from" "$to"
    err_has "$kind: says how many" "foreign key public.c.c_p arrives NOT VALID: 2 rows of public.c refer to nothing"
    err_has "$kind: and that of one" "public.d.d_up arrives NOT VALID: 1 row of public.d refers to nothing"
    err_has "$kind: a key to a partitioned table" "public.To h.to_h arrives NOT VALID"
    is "$kind: every row" "$($all staging)" "$($all prod)"
    want=$(printf '%s\n' "c	c_p	f" "d	d_good	t" "d	d_up	f" "off	off_c	f" '"To h"	to_h	f')
    [ "$(q staging orphans "SHOW server_version_num")" -lt 180000 ] || want="$want
h	h_c	f"
    is "$kind: which keys hold" "$(keys staging | sort)" "$(sort <<<"$want")"
    is "$kind: the comment came" "$(q staging orphans "SELECT obj_description(oid) FROM pg_constraint WHERE conname = 'c_p'")" kept
    is "$kind: disabled triggers stay so" "$(q staging orphans "SELECT DISTINCT tgenabled FROM pg_trigger WHERE tgrelid = 'off'::regclass")" D
    expect_sql() { if q staging orphans "$2" >/dev/null 2>&1; then fail "$1" "it was taken"; else pass "$1"; fi; }
    expect_sql "$kind: what is written from now on is looked at" "INSERT INTO c VALUES (5, 7, 'x')"
    ok "$kind: diff knows" dbtwin diff "$from" "$to"
    out_has "$kind: and says so" "by the copy"
    ok "$kind: verify" dbtwin verify "$from" "$to"
    must dbtwin snapshot -q "$from" -o "$WORK/s.dbtwin" --force
    ok "$kind: restore, with jobs" dbtwin restore "$WORK/s.dbtwin" "$to" -j 4
    is "$kind: restored: which keys hold" "$(keys staging | sort)" "$(sort <<<"$want")"
    ok "$kind: in place" dbtwin copy "$from" "$to" --in-place
    err_has "$kind: in place: says which" "c_p arrives NOT VALID"
    is "$kind: in place: which keys hold" "$(keys staging | sort)" "$(sort <<<"$want")"
    must q prod orphans "SET session_replication_role = replica; DELETE FROM c WHERE id > 2; DELETE FROM d WHERE id = 1"
    ok "$kind: corrected" dbtwin copy "$from" "$to"
    err_lacks "$kind: corrected: nothing to say of it" "c_p arrives"
    is "$kind: corrected: it holds" "$(q staging orphans "SELECT convalidated FROM pg_constraint WHERE conname = 'c_p'")" t
done

for kind in $(some_servers | grep -v ^pg); do
    start "$kind" prod staging
    fresh_db prod orphans
    fresh_db staging orphans
    must q prod orphans "CREATE TABLE p (a int PRIMARY KEY); CREATE TABLE c (id int PRIMARY KEY, a int, CONSTRAINT c_p FOREIGN KEY (a) REFERENCES p (a))"
    must q prod orphans "SET foreign_key_checks = 0; INSERT INTO c VALUES (1, 7), (2, NULL)"
    ok "$kind: copy" dbtwin copy "$(url prod orphans)" "$(url staging orphans)"
    is "$kind: every row" "$(q staging orphans "SELECT * FROM c ORDER BY 1")" "$(q prod orphans "SELECT * FROM c ORDER BY 1")"
    is "$kind: the key" "$(q staging orphans "SHOW CREATE TABLE c")" "$(q prod orphans "SHOW CREATE TABLE c")"
    ok "$kind: diff" dbtwin diff "$(url prod orphans)" "$(url staging orphans)"
done
done_testing
