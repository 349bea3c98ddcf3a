#!/bin/bash
# What is computed while rows are loaded (stored generated columns, CHECKs, indexes on expressions,
# materialized views) is computed under the settings of production's database, and what rows
# travel as is read as it was written.
. "$(dirname "$0")/../lib/live.sh"

schema() { # schema DB: settings of the database, of an owner in it, and of the owner everywhere
    cat <<SQL
DO \$\$ BEGIN CREATE ROLE kiosk; EXCEPTION WHEN duplicate_object THEN NULL; END \$\$;
DO \$\$ BEGIN CREATE ROLE office; EXCEPTION WHEN duplicate_object THEN NULL; END \$\$;
ALTER DATABASE $1 SET TimeZone = 'America/New_York';
ALTER DATABASE $1 SET DateStyle = 'SQL, DMY';
ALTER DATABASE $1 SET IntervalStyle = 'sql_standard';
ALTER DATABASE $1 SET default_text_search_config = 'words';
ALTER DATABASE $1 SET bytea_output = 'escape';
ALTER DATABASE $1 SET extra_float_digits = -8;
ALTER DATABASE $1 SET app.tenant = 'north; "o''clock"';
ALTER DATABASE $1 SET plperl.on_init = 'die';
ALTER ROLE kiosk IN DATABASE $1 SET TimeZone = 'Asia/Tokyo';
ALTER ROLE kiosk SET TimeZone = 'Africa/Cairo';
ALTER ROLE office SET app.tenant = 'south';
\c $1
CREATE TEXT SEARCH CONFIGURATION public.words (COPY = pg_catalog.german);
\c $1
CREATE FUNCTION tv(text) RETURNS tsvector LANGUAGE sql IMMUTABLE AS 'SELECT to_tsvector(\$1)';
CREATE FUNCTION told(timestamptz, interval, bytea, float8) RETURNS text LANGUAGE sql IMMUTABLE
    AS \$\$SELECT concat_ws('|', \$1, \$2, \$3, \$4, current_setting('app.tenant'))\$\$;
CREATE TABLE s (id int PRIMARY KEY, d timestamptz NOT NULL, day date NOT NULL, i interval, b bytea, f float8, m money,
    body text, t tsvector GENERATED ALWAYS AS (tv(body)) STORED,
    said text GENERATED ALWAYS AS (told(d, i, b, f)) STORED, CHECK (d::date = day));
INSERT INTO s(id, d, day, i, b, f, m, body) VALUES
    (1, timestamptz '2024-03-01 22:30:00-05', date '2024-03-01', interval '-1 year 2 days -03:04:05', '\x00ff41', 1 / 3.0::float8, 1234.5, 'die Häuser'),
    (2, timestamptz '2024-12-02 10:00:00-05', date '2024-12-02', interval '-3 hours', '\x5c27', 0.1 + 0.2::float8, -7, 'the houses'),
    (3, 'infinity', 'infinity', interval '-1 mon -1 day', '', 'NaN', null, null);
CREATE INDEX ON s USING gin (tv(body));
CREATE UNIQUE INDEX ON s (told(d, i, b, f));
CREATE MATERIALIZED VIEW mv AS SELECT id, d::text AS d, to_tsvector(body) AS tv, told(d, i, b, f), m::text AS m FROM s;
CREATE TABLE wages (d timestamptz, m money, t money[]); -- no form but text's will do
INSERT INTO wages VALUES ('2024-03-01 22:30:00-05', 1234.5, '{"\$1,000.25"}');
SET TimeZone = 'Asia/Tokyo'; -- a session as its owner's is
CREATE FUNCTION day_of(timestamptz) RETURNS date LANGUAGE sql IMMUTABLE AS 'SELECT \$1::date';
CREATE TABLE k (id int, d timestamptz, day date GENERATED ALWAYS AS (day_of(d)) STORED);
INSERT INTO k VALUES (1, timestamptz '2024-03-01 22:30:00+00'), (2, timestamptz '2024-03-01 14:00:00+00');
CREATE INDEX ON k (day_of(d));
ALTER TABLE k OWNER TO kiosk;
SQL
}

# Every row as text in sessions of the database's own settings; not verify's word.
rows_of() { # rows_of SERVER DB
    pg "$1" "$2" -At -c "SELECT 's', md5(string_agg(s::text, E'\n' ORDER BY id)) FROM s" \
        -c "SELECT 'k', string_agg(k::text, E'\n' ORDER BY id) FROM k" \
        -c "SELECT 'mv', md5(string_agg(mv::text, E'\n' ORDER BY id)) FROM mv" \
        -c "SET enable_seqscan = off; SELECT count(*) FROM s WHERE tv(body) @@ to_tsquery('haus')"
}

for kind in $(servers pg); do
    start "$kind" prod staging
    fresh_db prod own
    schema own >"$WORK/schema.sql"
    must pg prod postgres -q -v ON_ERROR_STOP=1 -f "$WORK/schema.sql"
    q staging postgres 'CREATE ROLE kiosk' >/dev/null 2>&1
    q staging postgres 'CREATE ROLE office' >/dev/null 2>&1
    rows_of prod own >"$WORK/prod" 2>"$WORK/why"
    is "$kind: production's index finds by its own words" "$(tail -n 1 "$WORK/prod")" 1
    is "$kind: the owner's zone" "$(grep -c '02/03/2024)' "$WORK/prod")" 1
    dump prod own >"$WORK/prod.sql"
    for way in shadow in-place restore text; do
        fresh_db staging own
        case $way in
            restore)
                piped() { dbtwin snapshot -q "$(url prod own)" -o - | dbtwin restore -q - "$(url staging own)"; }
                (set -o pipefail && piped)
                is "$kind, $way: done" $? 0
                ;;
            text) expect_exit 0 "$kind, $way: done" dbtwin copy --verify full "$(url prod own)" "$(url staging own)" ;;
            in-place) expect_exit 0 "$kind, $way: done" dbtwin copy --in-place "$(url prod own)" "$(url staging own)" ;;
            *) expect_exit 0 "$kind, $way: done" dbtwin copy "$(url prod own)" "$(url staging own)" ;;
        esac
        rows_of staging own >"$WORK/staging" 2>"$WORK/why"
        same_files "$kind, $way: rows under the database's settings" "$WORK/prod" "$WORK/staging"
        dump staging own >"$WORK/staging.sql"
        same_files "$kind, $way: dumps" "$WORK/prod.sql" "$WORK/staging.sql"
    done
    expect_exit 0 "$kind: verify" dbtwin verify "$(url prod own)" "$(url staging own)"
    expect_exit 0 "$kind: diff" dbtwin diff "$(url prod own)" "$(url staging own)"
done
done_testing
