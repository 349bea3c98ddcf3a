#!/bin/bash
# What users put into an extension's own tables (pg_extension_config_dump) is copied as rows: by its
# condition, over what CREATE EXTENSION puts there, sequences too; in copies, snapshots, verify, and
# as no drift.
. "$(dirname "$0")/../lib/live.sh"

all_ways() { # all_ways KIND DB: copied each way, the other database holds what $3... print
    local kind=$1 db=$2 way
    shift 2
    "$@" prod >"$WORK/prod.rows"
    for way in shadow restore in-place again; do
        [ "$way" = again ] || fresh_db staging "$db"
        case $way in
            restore)
                piped() { dbtwin snapshot -q "$(url prod "$db")" -o - | dbtwin restore -q - "$(url staging "$db")"; }
                (set -o pipefail && piped)
                is "$kind $db, $way: done" $? 0
                ;;
            in-place) expect_exit 0 "$kind $db, $way: done" dbtwin copy -q --in-place "$(url prod "$db")" "$(url staging "$db")" ;;
            *) expect_exit 0 "$kind $db, $way: done" dbtwin copy "$(url prod "$db")" "$(url staging "$db")" ;;
        esac
        "$@" staging >"$WORK/staging.rows"
        same_files "$kind $db, $way: rows" "$WORK/prod.rows" "$WORK/staging.rows"
        dump prod "$db" >"$WORK/prod.sql"
        dump staging "$db" >"$WORK/staging.sql"
        same_files "$kind $db, $way: dumps" "$WORK/prod.sql" "$WORK/staging.sql"
    done
    expect_exit 0 "$kind $db: verify" dbtwin verify "$(url prod "$db")" "$(url staging "$db")"
    expect_exit 0 "$kind $db: diff" dbtwin diff "$(url prod "$db")" "$(url staging "$db")"
}

# An extension made here: a condition, rows of the script's own, keys, a sequence, keys between tables
# against the order of their names, triggers, and columns that only the server fills.
make_extension() { # make_extension DIR
    mkdir -p "$1/extension"
    printf "default_version = '1'\nrelocatable = false\nschema = 'house'\n" >"$1/extension/dbtwin_house.control"
    cat >"$1/extension/dbtwin_house--1.sql" <<'SQL'
CREATE TABLE house.z_kind (kind text PRIMARY KEY, own boolean NOT NULL DEFAULT false, price money, at timestamptz);
INSERT INTO house.z_kind VALUES ('lamp', true, 1, '2020-01-01Z'), ('chair', false, 2, NULL), ('table', true, 3, NULL);
CREATE TABLE house.a_thing (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, kind text REFERENCES house.z_kind,
    "odd, name" text, twice bigint GENERATED ALWAYS AS (length(kind) * 2) STORED);
CREATE SEQUENCE house.ticket;
CREATE TABLE house.bare (v text);
CREATE TABLE house.quiet (v text);
INSERT INTO house.quiet VALUES ('the script''s');
CREATE FUNCTION house.never() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no''; END';
SELECT pg_catalog.pg_extension_config_dump('house.z_kind', 'WHERE NOT own');
SELECT pg_catalog.pg_extension_config_dump('house.a_thing', '');
SELECT pg_catalog.pg_extension_config_dump('house.a_thing_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('house.ticket', '');
SELECT pg_catalog.pg_extension_config_dump('house.bare', '');
SQL
}

house_rows() {
    q "$1" house "SELECT * FROM house.z_kind ORDER BY 1; SELECT * FROM house.a_thing ORDER BY 1; SELECT * FROM house.bare ORDER BY 1;
        SELECT * FROM house.quiet; SELECT last_value, is_called FROM house.ticket; SELECT last_value FROM house.a_thing_id_seq"
}

house() {
    fresh_db prod house
    must q prod house "CREATE SCHEMA house; CREATE EXTENSION dbtwin_house SCHEMA house;
        CREATE TABLE public.own (id int PRIMARY KEY, t text); INSERT INTO own VALUES (1, 'x');
        INSERT INTO house.z_kind VALUES ('bed', false, 1234.5, '2024-03-01 22:30Z'); UPDATE house.z_kind SET price = 9 WHERE kind = 'chair';
        INSERT INTO house.a_thing (kind, \"odd, name\") VALUES ('bed', E'a\\tb\\\\n'), ('lamp', NULL);
        DELETE FROM house.a_thing WHERE kind = 'lamp'; INSERT INTO house.bare VALUES ('same'), ('same');
        SELECT setval('house.ticket', 41)" >/dev/null
    all_ways pg18 house house_rows
    must q staging house "UPDATE house.z_kind SET price = 8 WHERE kind = 'bed'; DELETE FROM house.bare"
    expect_exit 1 "pg18: verify sees a row that differs" dbtwin verify "$(url prod house)" "$(url staging house)"
    out_has "pg18: and names the table" "z_kind"
    out_has "pg18: and the other" "house.bare"
    must q prod house "CREATE ROLE reads_all LOGIN; GRANT pg_read_all_data TO reads_all"
    must q prod house "CREATE ROLE reads_own LOGIN; GRANT SELECT ON own TO reads_own; GRANT USAGE ON SCHEMA house TO reads_own"
    expect_exit 0 "pg18: a role that may read" dbtwin snapshot -q "$(url prod house reads_all)" -o "$WORK/snap"
    expect_exit 2 "pg18: one that may not read them" dbtwin snapshot -q "$(url prod house reads_own)" -o "$WORK/snap2"
    err_has "pg18: is told the right" "GRANT SELECT ON house.z_kind TO reads_own"
}

if [ -n "$(servers pg | grep -x pg18)" ]; then
    make_extension "$WORK/ext"
    chmod -R a+rX "$WORK" "$WORK/ext"
    for name in prod staging; do
        server_start pg18 $name --own -- -c "extension_control_path=\$system:$WORK/ext"
    done
    house
    server_stop prod
    server_stop staging
fi

has_extension() { [ "$(q prod postgres "SELECT count(*) FROM pg_available_extensions WHERE name = '$1'")" = 1 ]; }

postgis_rows() {
    q "$1" gis "SELECT * FROM spatial_ref_sys WHERE srid > 990000; SELECT count(*) FROM spatial_ref_sys;
        SELECT * FROM topology.topology; SELECT last_value FROM topology.topology_id_seq; SELECT md5(string_agg(p::text, ',' ORDER BY id)) FROM gis.places p"
}

partman_rows() {
    q "$1" parts "SELECT parent_table, partition_interval, retention, premake FROM partman.part_config; SELECT count(*) FROM ev"
}

for kind in $(servers pg | grep -x pg15); do
    start "$kind" prod staging
    if has_extension postgis_topology; then
        fresh_db prod gis
        must q prod gis "CREATE EXTENSION postgis; CREATE EXTENSION postgis_topology; CREATE SCHEMA gis;
            CREATE TABLE gis.places (id int PRIMARY KEY, geom geometry(Point, 4326) NOT NULL, geog geography(Polygon, 4326),
                area float8 GENERATED ALWAYS AS (st_area(geog)) STORED, CHECK (st_srid(geom) = 4326));
            INSERT INTO gis.places (id, geom, geog) SELECT g, st_setsrid(st_makepoint(g, g / 2.0), 4326),
                st_buffer(st_setsrid(st_makepoint(g, g / 2.0), 4326)::geography, 100 * g) FROM generate_series(1, 20) g;
            CREATE INDEX ON gis.places USING gist (geom);
            CREATE FUNCTION gis.bbox(geometry) RETURNS geometry LANGUAGE sql IMMUTABLE AS 'SELECT st_envelope(\$1)';
            CREATE INDEX ON gis.places USING gist (gis.bbox(geom));
            CREATE MATERIALIZED VIEW gis.hull AS SELECT st_convexhull(st_collect(geom)) AS h FROM gis.places;
            INSERT INTO spatial_ref_sys VALUES (990001, 'me', 990001, 'LOCAL_CS[\"x\"]', '+proj=longlat');
            SELECT topology.CreateTopology('streets', 4326)" >/dev/null
        all_ways "$kind" gis postgis_rows
    else
        skip "$kind: PostGIS" "package postgresql-15-postgis-3 is not installed"
    fi
    if has_extension pg_partman; then
        fresh_db prod parts
        must q prod parts "CREATE SCHEMA partman; CREATE EXTENSION pg_partman SCHEMA partman;
            CREATE TABLE public.ev (id bigint GENERATED ALWAYS AS IDENTITY, at timestamptz NOT NULL DEFAULT now(), v text) PARTITION BY RANGE (at);
            CREATE INDEX ON public.ev (at); SELECT partman.create_parent('public.ev', 'at', 'native', 'monthly', p_premake := 2);
            INSERT INTO public.ev (at, v) SELECT now() - g * interval '1 day', 'x' || g FROM generate_series(0, 20) g;
            UPDATE partman.part_config SET retention = '3 months'" >/dev/null
        all_ways "$kind" parts partman_rows
    else
        skip "$kind: pg_partman" "package postgresql-15-partman is not installed"
    fi

    if has_extension pg_cron; then
        server_start "$kind" timer --own -- -c shared_preload_libraries=pg_cron -c cron.database_name=jobs
        fresh_db timer jobs
        must q timer jobs "CREATE EXTENSION pg_cron; CREATE TABLE t (a int PRIMARY KEY); INSERT INTO t VALUES (1);
            SELECT cron.schedule('0 3 * * *', 'DELETE FROM t')" >/dev/null
        fresh_db staging jobs
        expect_exit 0 "$kind pg_cron: copied without its jobs" dbtwin copy "$(url timer jobs)" "$(url staging jobs)"
        err_like "$kind pg_cron: which is said" "cron.*extension pg_cron"
        is "$kind pg_cron: nothing of it is there" "$(q staging jobs "SELECT count(*) FROM pg_extension WHERE extname = 'pg_cron'")" 0
        is "$kind pg_cron: what is production's is" "$(q staging jobs "SELECT count(*) FROM t")" 1
        expect_exit 0 "$kind pg_cron: verify" dbtwin verify "$(url timer jobs)" "$(url staging jobs)"
        out_lacks "$kind pg_cron: and its rows are not missed" "cron.job"
    else
        skip "$kind: pg_cron" "package postgresql-15-cron is not installed"
    fi
done
done_testing
