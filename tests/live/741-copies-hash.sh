#!/bin/bash
# Rows of tables that are partitioned by the hash of an enum, of what is made of one, or by a class of
# the user's belong to other partitions on another server: they are loaded through the partitioned table.
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/live/copies.sh"

make="CREATE TYPE mood AS ENUM ('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h');
CREATE TABLE votes (m mood NOT NULL, n int, t text, PRIMARY KEY (m, n)) PARTITION BY HASH (m);
CREATE TABLE votes_0 PARTITION OF votes FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE votes_1 PARTITION OF votes FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE votes_2 PARTITION OF votes FOR VALUES WITH (MODULUS 3, REMAINDER 2) PARTITION BY LIST (n);
CREATE TABLE votes_2_1 PARTITION OF votes_2 FOR VALUES IN (1, 2, 3); CREATE TABLE votes_2_d PARTITION OF votes_2 DEFAULT; CREATE INDEX ON votes (t);
INSERT INTO votes SELECT e, g, 'x' FROM unnest(enum_range(null::mood)) e, generate_series(1, 5) g;
CREATE TABLE of_votes (m mood, n int, FOREIGN KEY (m, n) REFERENCES votes); INSERT INTO of_votes VALUES ('a', 1), ('h', 5);
CREATE DOMAIN moods AS mood; CREATE TABLE \"By D\" (d moods, g int GENERATED ALWAYS AS (1) STORED) PARTITION BY HASH (d);
CREATE TABLE d0 PARTITION OF \"By D\" FOR VALUES WITH (MODULUS 2, REMAINDER 0); CREATE TABLE d1 PARTITION OF \"By D\" FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO \"By D\" SELECT unnest(enum_range(null::mood));
CREATE TABLE years (y int, m mood[]) PARTITION BY LIST (y); CREATE TABLE y1 PARTITION OF years FOR VALUES IN (1) PARTITION BY HASH (m);
CREATE TABLE y1_0 PARTITION OF y1 FOR VALUES WITH (MODULUS 2, REMAINDER 0); CREATE TABLE y1_1 PARTITION OF y1 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE y2 PARTITION OF years FOR VALUES IN (2); INSERT INTO years SELECT 1 + g % 2, ARRAY[e] FROM unnest(enum_range(null::mood)) e, generate_series(1, 2) g;
CREATE TABLE plain (a int, b text) PARTITION BY HASH (a, b); CREATE TABLE plain_0 PARTITION OF plain FOR VALUES WITH (MODULUS 1, REMAINDER 0); INSERT INTO plain VALUES (1, 'x');"
rows="SELECT m::text, n::text, t FROM votes UNION ALL SELECT d::text, g::text, 'd' FROM \"By D\" UNION ALL SELECT y::text, m::text, 'y' FROM years ORDER BY 1, 2, 3"
# Without the rows: they may lie in any partition
shape() { dump "$1" hash -s | cksum; }

set -- $(servers pg)
first=$1
shift
for to in $(printf '%s\n' "$first" "${@: -1}" | awk '!seen[$0]++'); do
    server_start "$first" prod --own || bail "$first did not start"
    server_start "$to" staging --own || bail "$to did not start"
    fresh_db prod hash
    fresh_db staging hash
    must q staging hash "CREATE TYPE oids_differ AS ENUM ('x', 'y', 'z')"
    must q prod hash "$make"
    ok "$first to $to: copied" dbtwin copy "$(url prod hash)" "$(url staging hash)"
    is "$first to $to: all rows" "$(q staging hash "$rows")" "$(q prod hash "$rows")"
    is "$first to $to: as many as there are" "$(q staging hash "$rows" | wc -l)" 64
    [ "$first" != "$to" ] || is "$first: the same schema, by dump" "$(shape staging)" "$(shape prod)"
    is "$first to $to: partitions have statistics" "$(q staging hash "SELECT count(*) > 0 FROM pg_stats WHERE tablename IN ('votes_0', 'votes_1')")" t
    ok "$first to $to: verify finds the same" dbtwin verify "$(url prod hash)" "$(url staging hash)"
    must q staging hash "UPDATE votes SET t = 'y' WHERE m = 'c' AND n = 4"
    expect_exit 1 "$first to $to: verify sees a row that differs" dbtwin verify "$(url prod hash)" "$(url staging hash)"
    ok "$first to $to: in place too" dbtwin copy --in-place --replace hash "$(url prod hash)" "$(url staging hash)"
    is "$first to $to: in place: all rows" "$(q staging hash "$rows")" "$(q prod hash "$rows")"
    ok "$first to $to: snapshot" dbtwin snapshot -o "$WORK/$to" "$(url prod hash)"
    ok "$first to $to: restore" dbtwin restore "$WORK/$to" "$(url staging hash)"
    is "$first to $to: restored: all rows" "$(q staging hash "$rows")" "$(q prod hash "$rows")"
    server_stop prod
    server_stop staging
done
done_testing
