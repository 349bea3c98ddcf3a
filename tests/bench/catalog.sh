#!/bin/bash
# catalog.sh postgres|mysql N [SCHEMAS]: SQL for a catalog of N tables of 10 columns, each with a
# primary key and one more index (2 indexes), a view for every 10 tables and a function for every 20;
# on PostgreSQL in 100 schemas, or as many as are asked for.
# Deterministic; a few rows' worth of variety in types, defaults and nullability, and no data.
set -eu
engine=${1:?postgres or mysql} n=${2:?number of tables} schemas=${3:-100}

if [ "$engine" = postgres ]; then
    # in one round trip; the commits keep the lock table small
    cat <<SQL
SET client_min_messages = warning;
SET synchronous_commit = off;
DO \$do\$
BEGIN
    FOR i IN 1..$schemas LOOP
        EXECUTE format('CREATE SCHEMA s%s', i);
        IF i % 1000 = 0 THEN COMMIT; END IF;
    END LOOP;
    FOR i IN 1..$n LOOP
        PERFORM set_config('search_path', format('s%s, s%s', i % $schemas + 1, (i - 1) % $schemas + 1), false);
        EXECUTE format('CREATE TABLE t%1\$s (id bigint PRIMARY KEY, a integer NOT NULL DEFAULT %1\$s,
            b text, c varchar(%2\$s) NOT NULL DEFAULT ''x'', d numeric(12,2), e timestamptz DEFAULT now(),
            f boolean NOT NULL DEFAULT false, g jsonb, h date, k double precision)', i, 10 + i % 200);
        EXECUTE format('CREATE INDEX t%1\$s_idx ON t%1\$s (a, c)', i);
        IF i % 10 = 0 THEN
            EXECUTE format('CREATE VIEW v%1\$s AS SELECT t.id, t.a, u.b FROM t%1\$s t JOIN t%2\$s u
                ON u.id = t.a WHERE t.f AND u.h > date ''2020-01-01''', i, i - 1);
        END IF;
        IF i % 20 = 0 THEN
            EXECUTE format('CREATE FUNCTION f%1\$s(x integer) RETURNS bigint LANGUAGE sql STABLE AS
                ''SELECT count(*) FROM t%1\$s WHERE a > x''', i);
        END IF;
        IF i % 200 = 0 THEN COMMIT; END IF;
    END LOOP;
END
\$do\$;
SQL
else
    awk -v n="$n" 'BEGIN {
        for (i = 1; i <= n; i++) {
            printf "CREATE TABLE t%d (id bigint NOT NULL PRIMARY KEY, a int NOT NULL DEFAULT %d, " \
                "b text, c varchar(%d) NOT NULL DEFAULT \"x\", d decimal(12,2), " \
                "e timestamp NULL DEFAULT CURRENT_TIMESTAMP, f tinyint(1) NOT NULL DEFAULT 0, " \
                "g json, h date, k double, KEY t%d_idx (a, c));\n", i, i, 10 + i % 200, i
            if (i % 10 == 0)
                printf "CREATE VIEW v%d AS SELECT t.id, t.a, u.b FROM t%d t JOIN t%d u " \
                    "ON u.id = t.a WHERE t.f AND u.h > \"2020-01-01\";\n", i, i, i - 1
            if (i % 20 == 0)
                printf "CREATE FUNCTION f%d(x int) RETURNS bigint READS SQL DATA " \
                    "RETURN (SELECT count(*) FROM t%d WHERE a > x);\n", i, i
        }
    }'
fi
