#!/bin/bash
# How a copy goes about it: rows in binary only where that means the same everywhere, whole tables
# frozen, indexes and statistics of a full table while another still loads, no worker in another's
# way, and the source let go before indexes are built.
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/live/copies.sh"

begin() { # DB: starts a copy in the background: $run is its pid
    "$DBTWIN" copy --create -j 2 "$(url prod "$1")" "$(url staging "$1")" >"$OUT" 2>"$ERR" </dev/null &
    run=$!
}
ended() { # NAME DB: it ends well, and leaves the twin
    local code=0
    wait "$run" || code=$?
    is "$1: exit code" "$code" 0
    is "$1: the twin" "$(sum_of staging "$2")" "$(sum_of prod "$2")"
}
form_of() { # TABLE: how its rows left the source
    grep -F "COPY \"public\".\"$1\" " "$(server_dir prod)/log" | grep -o 'FORMAT binary\|ENCODING' | sort -u
}
shadow() { shadows staging | head -n 1; }
is_built() { [ "$(q staging "$(shadow)" "SELECT count(*) FROM pg_stats WHERE tablename = 'full'" 2>/dev/null)" = 2 ]; }
is_building() { q staging postgres "SELECT query FROM pg_stat_activity WHERE state = 'active'" | grep -q '^CREATE INDEX "slow"'; }
is_loading() { q staging postgres "SELECT query FROM pg_stat_activity WHERE state = 'active'" | grep -q 'COPY "public"."loading"'; }
readers() { q prod postgres "SELECT count(*) FROM pg_stat_activity WHERE datname = '$1' AND application_name LIKE 'dbtwin%'"; }

log='-c log_statement=all -c log_lock_waits=on -c deadlock_timeout=10ms'
for kind in $(servers pg); do
    # shellcheck disable=SC2086
    server_start "$kind" prod --own -- $log && server_start "$kind" staging --own -- $log || bail "$kind did not start"
    for db in forms early letgo busy; do fresh_db prod $db; fresh_db staging $db; done

    # every type that travels in binary, with what is hard to carry
    cat >"$WORK/forms.sql" <<'SQL'
CREATE TYPE mood AS ENUM ('sad', 'it''s ok'); CREATE DOMAIN moods AS mood; CREATE TYPE pair AS (a int, b text);
CREATE DOMAIN even AS numeric(20,3) CHECK (VALUE <> 0.5); CREATE DOMAIN evener AS even NOT NULL DEFAULT 2;
CREATE TABLE native (id bigint PRIMARY KEY, a bool, b bytea, c "char", d name, e int2, f int4, g oid, h float4, i float8,
    j numeric, k numeric(10,2), l text, m varchar(5), n char(5), o date, p time(3), q timetz, r timestamp, s timestamptz(2),
    t interval, u uuid, v json, w jsonb, x inet, y cidr, z macaddr, aa macaddr8, ab bit(3), ac varbit(9), ad mood, ae evener,
    af moods, ag int[], ah text[], ai timestamptz[], aj bigint GENERATED ALWAYS AS (f::bigint * 2) STORED, gone int);
ALTER TABLE native DROP COLUMN gone;
INSERT INTO native (id) VALUES (-9223372036854775808);
INSERT INTO native VALUES (9223372036854775807, true, '\x00ff5c0a', 'x', 'N''ame', -32768, 2147483647, 4294967295, '1e-45', '-0',
    'NaN', 12345678.90, E'tab\t\\N line\nÄ€😀', '', 'ab', '4714-11-24 BC', '23:59:59.9996', '24:00+15:59:59', '294276-12-31 23:59:59.999999',
    '0044-03-15 12:00 BC', '-178000000 years 5 mons -3 days 04:05:06.000007', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '{"a" : 1,  "a":2}',
    '{"b": [1e400, "\\u00e4"], "": null}', '::ffff:1.2.3.4/128', '10.0.0.0/8', '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05', '101',
    '', 'it''s ok', 99999999999999999.999, 'sad', '[0:2]={1,NULL,-3}', '{{"a b",NULL},{"",""}}', '{infinity,epoch}');
INSERT INTO native (id, h, i, j, l, o, r, s, t, ag, b) SELECT n, 'nan', '-infinity', -1e-300, repeat('x', n * 1000), 'infinity', '-infinity',
    'infinity', interval '1 mon -1 day', '{}', decode(repeat('00', n), 'hex') FROM generate_series(1, 50) n;
CREATE TABLE empty (a int); CREATE TABLE bare (); INSERT INTO bare DEFAULT VALUES;
CREATE TABLE composite (a pair); INSERT INTO composite VALUES ('(1,"x y")'), (NULL);
CREATE TABLE moody (a mood[]); INSERT INTO moody VALUES ('{sad,NULL}');
CREATE TABLE rest (a money, b xml, c int4range, d tsvector, e point);
INSERT INTO rest VALUES ('-12.34', '<a>ä</a>', '[1,5)', 'fat:2,4 cat:3', '(1,2)');
SQL
    must load prod forms "$WORK/forms.sql"
    ok "$kind: a table of every type" dbtwin copy "$(url prod forms)" "$(url staging forms)"
    is "$kind: arrives as it was" "$(sum_of staging forms)" "$(sum_of prod forms)"
    is "$kind: in binary" "$(form_of native)" "FORMAT binary"
    for t in composite moody rest; do
        is "$kind: $t: in text, because the form of a type may differ elsewhere" "$(form_of $t)" ENCODING
    done
    ok "$kind: and verify, which reads text, agrees" dbtwin verify "$(url prod forms)" "$(url staging forms)"
    if [ "$(q prod postgres "SELECT current_setting('server_version_num')::int >= 140000")" = t ]; then
        is "$kind: whole tables are frozen, and seen as visible" \
            "$(q staging forms "SELECT relpages > 0 AND relallvisible = relpages FROM pg_class WHERE relname = 'native'")" t
    fi

    # a full table's indexes and statistics do not wait for another table
    cat >"$WORK/early.sql" <<'SQL'
CREATE FUNCTION slow(int) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
    FOR i IN 1..600 LOOP
        EXIT WHEN current_database() NOT LIKE '%dbtwin%' OR (pg_stat_file('go-on', true)).size IS NOT NULL;
        PERFORM pg_sleep(0.05);
    END LOOP;
    RETURN true; END $$;
CREATE TABLE "full" (id int PRIMARY KEY, t text UNIQUE); INSERT INTO "full" SELECT n, n::text FROM generate_series(1, 5000) n;
CREATE TABLE loading (a int CHECK (slow(a))); INSERT INTO loading VALUES (1);
SQL
    must load prod early "$WORK/early.sql"
    go="$(cat "$(server_dir staging)/where")/go-on" # in the server's own folder, where it looks
    begin early
    if until_true 30 is_built && is_loading; then pass "$kind: a full table is finished while another loads"
    else fail "$kind: a full table is finished while another loads" "$(cat "$ERR")"; fi
    touch "$go"
    ended "$kind: after that" early
    rm "$go"

    # the source is let go when its last row is read
    cat >"$WORK/letgo.sql" <<'SQL'
CREATE TABLE t (a int); INSERT INTO t VALUES (1); CREATE INDEX slow ON t (slow(a));
SQL
    sed '/^CREATE TABLE/,$d' "$WORK/early.sql" >"$WORK/slow.sql"
    must load prod letgo "$WORK/slow.sql"
    must load prod letgo "$WORK/letgo.sql"
    begin letgo
    until_true 30 is_building || fail "$kind: no index was built" "$(cat "$ERR")"
    ok "$kind: nobody reads the source while an index is built" until_true 3 eval '[ "$(readers letgo)" = 0 ]'
    is "$kind: for it still is" "$(is_building && echo yes)" yes
    touch "$go"
    ended "$kind: a slow index" letgo

    # no worker waits for another's lock
    cat >"$WORK/busy.sql" <<'SQL'
CREATE TABLE hub (id int, a int, b int, c int, d int, e text);
INSERT INTO hub SELECT n, n % 7, -n, n % 1000, n, md5(n::text) FROM generate_series(1, 60000) n;
ALTER TABLE hub ADD PRIMARY KEY (id), ADD UNIQUE (b), ADD UNIQUE (e) DEFERRABLE;
CREATE INDEX ON hub (a); CREATE INDEX ON hub (c); CREATE INDEX ON hub (d); CREATE INDEX ON hub (e, a);
ALTER TABLE hub CLUSTER ON hub_pkey, ADD FOREIGN KEY (d) REFERENCES hub;
CREATE TABLE s1 (a int PRIMARY KEY REFERENCES hub, b int REFERENCES hub (b)); INSERT INTO s1 SELECT n, -n FROM generate_series(1, 30000) n;
CREATE TABLE s2 (a int PRIMARY KEY, b int); INSERT INTO s2 TABLE s1;
ALTER TABLE s2 ADD FOREIGN KEY (a) REFERENCES s1, ADD FOREIGN KEY (a) REFERENCES hub;
CREATE STATISTICS hub_more ON a, c FROM hub;
CREATE TABLE parts (a int, b int, PRIMARY KEY (a, b), FOREIGN KEY (b) REFERENCES hub) PARTITION BY LIST (a);
CREATE TABLE parts1 PARTITION OF parts FOR VALUES IN (1); CREATE TABLE parts2 PARTITION OF parts FOR VALUES IN (2);
CREATE INDEX ON parts (b); COMMENT ON INDEX parts1_b_idx IS 'of a part'; COMMENT ON CONSTRAINT parts2_pkey ON parts2 IS 'too'; INSERT INTO parts SELECT 1 + n % 2, n FROM generate_series(1, 30000) n;
SQL
    must load prod busy "$WORK/busy.sql"
    must q staging postgres 'ALTER SYSTEM SET log_min_messages = debug1'
    must q staging postgres 'ALTER SYSTEM SET min_parallel_table_scan_size = 0'
    must q staging postgres 'SELECT pg_reload_conf()'
    built='DEBUG:  building index "[^"]*" on table "\(hub\|s[12]\|parts[12]\)"'
    ok "$kind: a table with many keys and indexes" dbtwin copy -j 4 "$(url prod busy)" "$(url staging busy)"
    is "$kind: the twin" "$(sum_of staging busy)" "$(sum_of prod busy)"
    ok "$kind: with the same schema" dbtwin diff "$(url prod busy)" "$(url staging busy)"
    is "$kind: every index was built" "$(grep -c "$built" "$(server_dir staging)/log")" 13
    is "$kind: the last one with help" "$(grep "$built" "$(server_dir staging)/log" | grep -c 'with request for [1-3] parallel worker')" 1
    is "$kind: keys were checked one by one" "$(grep -cE '(statement|execute [^:]*): ALTER TABLE .* VALIDATE CONSTRAINT' "$(server_dir staging)/log")" 5
    is "$kind: nobody waited for a lock" "$(grep 'still waiting for' "$(server_dir staging)/log")" ''
    is "$kind: extended statistics are filled" "$(q staging busy "SELECT count(*) FROM pg_statistic_ext_data")" 1
    server_stop prod
    server_stop staging
    first=${first:-$kind}
    last=$kind
done

# an older server might not know a newer one's binary form
if [ "$first" != "$last" ]; then
    old=$(printf '%s\n' "$first" "$last" | sort -V | head -n 1) new=$(printf '%s\n' "$first" "$last" | sort -V | tail -n 1)
    # shellcheck disable=SC2086
    server_start "$new" prod --own -- $log && server_start "$old" staging --own -- $log || bail "$new to $old did not start"
    fresh_db prod down
    fresh_db staging down
    must q prod down "CREATE TABLE t (a int, b interval); INSERT INTO t VALUES (1, '1 day')"
    ok "$new to $old: copied" dbtwin copy "$(url prod down)" "$(url staging down)"
    is "$new to $old: in text" "$(form_of t)" ENCODING
fi
done_testing
