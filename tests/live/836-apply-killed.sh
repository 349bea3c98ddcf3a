#!/bin/bash
# An apply is ended at one of its steps, by SIGKILL or SIGTERM of dbtwin or by the death of the server: PostgreSQL's schema is
# old or new; MySQL's and MariaDB's is what a number of whole steps leave, as the history says; rows are there; and the next
# apply arrives. A few points; KILL_POINTS=30 by hand for as many an engine.
. "$(dirname "$0")/../lib/live.sh"
points=${KILL_POINTS:-3}
SCENARIO_TIMEOUT=${SCENARIO_TIMEOUT:-${KILL_POINTS:+3000}}
SCENARIO_TIMEOUT=${SCENARIO_TIMEOUT:-300}

there_pg() {
    cat <<'SQL'
CREATE TYPE mood AS ENUM ('a', 'b');
CREATE TABLE t (id int PRIMARY KEY, a int, b text, m mood, gone int);
CREATE TABLE u (id int PRIMARY KEY, t int REFERENCES t);
CREATE TABLE old (a int);
CREATE INDEX by_b ON t (b);
CREATE VIEW v AS SELECT id, a FROM t;
CREATE VIEW w AS SELECT a FROM v;
INSERT INTO t SELECT i, i, i, 'a', i FROM generate_series(1, 500) i;
INSERT INTO u SELECT i, i FROM generate_series(1, 500) i;
SQL
}
wanted_pg() {
    cat <<'SQL'
CREATE TYPE mood AS ENUM ('b', 'a', 'c');
CREATE TABLE t (id bigint PRIMARY KEY, a bigint NOT NULL, b varchar(30), m mood, n text DEFAULT 'x');
CREATE TABLE u (id int PRIMARY KEY, t bigint REFERENCES t ON DELETE CASCADE, CHECK (t > 0));
CREATE TABLE new (a int PRIMARY KEY, t int REFERENCES u);
CREATE INDEX by_b ON t (b, a);
CREATE VIEW v AS SELECT id, a, n FROM t;
CREATE VIEW w AS SELECT a FROM v WHERE a > 1;
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();
COMMENT ON TABLE t IS 'x';
SQL
}
there_my() {
    cat <<'SQL'
CREATE TABLE t (id int PRIMARY KEY, a int, b varchar(40), gone int, KEY by_b (b)) ENGINE=InnoDB;
CREATE TABLE u (id int PRIMARY KEY, t int, CONSTRAINT of_t FOREIGN KEY (t) REFERENCES t (id)) ENGINE=InnoDB;
CREATE TABLE old (a int) ENGINE=InnoDB;
CREATE VIEW v AS SELECT id, a FROM t;
CREATE VIEW w AS SELECT a FROM v;
CREATE PROCEDURE p() SELECT 1;
CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1;
SQL
    seq 1 300 | sed 's/.*/INSERT INTO t (id, a, b, gone) VALUES (&, &, &, &); INSERT INTO u VALUES (&, &);/'
}
wanted_my() {
    cat <<'SQL'
CREATE TABLE t (id bigint PRIMARY KEY, a bigint NOT NULL, b varchar(30), n varchar(9) DEFAULT 'x', KEY by_b (b, a)) ENGINE=InnoDB;
CREATE TABLE u (id int PRIMARY KEY, t bigint, CONSTRAINT of_t FOREIGN KEY (t) REFERENCES t (id) ON DELETE CASCADE) ENGINE=InnoDB COMMENT='u';
CREATE TABLE new (a int PRIMARY KEY, t int, CONSTRAINT of_u FOREIGN KEY (t) REFERENCES u (id)) ENGINE=InnoDB;
CREATE VIEW v AS SELECT id, a, n FROM t;
CREATE VIEW w AS SELECT a FROM v WHERE a > 1;
CREATE PROCEDURE p() SELECT 2;
CREATE PROCEDURE q() SELECT 3;
CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 2;
CREATE TRIGGER h AFTER INSERT ON u FOR EACH ROW DO 1;
SQL
}
schema_of() {
    if server_is_pg one; then dump one "$1" -s; else dump one "$1" --no-data --routines --triggers; fi |
        sed -e '/^--/d' -e 's/`stag`\.//g; s/`prod`\.//g' | LC_ALL=C sort
}
rows_there() { q one stag "SELECT (SELECT count(*) FROM t), (SELECT count(*) FROM u), (SELECT sum(a) FROM t)"; }
boot() {
    local dir k
    dir=$(server_dir one)
    k=$(cat "$dir/kind")
    case $k in
        pg*) server_start_pg "$k" "$(server_user "$k")" "$dir" "$(cat "$dir/where")" "$(cat "$dir/port")" ;;
        *) server_start_my "$k" "$(server_user "$k")" "$dir" "$(cat "$dir/where")" "$(cat "$dir/port")" ;;
    esac
}
apply() { "$@" "$DBTWIN" apply prod stag --config "$WORK/c.yaml" --no-rehearsal --yes --verbose --allow data,rewrite,scan,lock,meaning,index,order,commit; }
make_stag() {
    fresh_db one stag
    there_$engine | load one stag - >"$OUT"
}
# What each number of whole steps leaves: $WORK/state.K
states() {
    local k=0
    make_stag
    schema_of stag >"$WORK/state.0"
    dbtwin plan prod stag --config "$WORK/c.yaml" --format json >"$WORK/plan.json" 2>"$ERR"
    python3 - "$WORK/plan.json" "$WORK" <<'PY'
import json, sys
steps = json.load(open(sys.argv[1]))["steps"]
for k, s in enumerate(steps):
    open(f"{sys.argv[2]}/step.{k + 1}", "w").write("DELIMITER $$\n" + s["sql"] + "$$\n")
PY
    while [ -f "$WORK/step.$((k + 1))" ]; do
        k=$((k + 1))
        [ "$engine" = pg ] || { cat "$WORK/step.$k" >>"$WORK/so.far"; }
        [ "$engine" = pg ] || my one stag <"$WORK/step.$k" >"$OUT" 2>"$ERR" || bail "step $k: $(cat "$ERR")"
        schema_of stag >"$WORK/state.$k"
    done
    steps=$k
}

for kind in $(servers all); do
    case $kind in pg15 | mariadb) ;; *) [ -n "${KILL_POINTS:-}" ] || continue ;; esac
    server_start "$kind" one --own || bail "$kind did not start"
    engine=my
    server_is_pg one && engine=pg
    rm -f "$WORK"/step.* "$WORK"/state.*
    printf 'databases:\n  prod:\n    url: %s\n  stag:\n    url: %s\n    role: staging\n' "$(url one prod)" "$(url one stag)" >"$WORK/c.yaml"
    chmod 600 "$WORK/c.yaml"
    fresh_db one prod
    wanted_$engine | load one prod - >"$OUT"
    schema_of prod >"$WORK/new"
    states
    make_stag
    rows_there >"$WORK/rows"
    bad=
    at=
    for ((n = 0; n < points; n++)); do
        step=$((1 + n * steps / points))
        make_stag
        how=$((n % 3))
        case $how in
            0) apply python3 "$TOP/tests/lib/killat.py" "step $step of $steps (" KILL self >"$OUT" 2>"$ERR" ;;
            1) apply python3 "$TOP/tests/lib/killat.py" "step $step of $steps (" TERM self >"$OUT" 2>"$ERR" ;;
            2) apply python3 "$TOP/tests/lib/killat.py" "step $step of $steps (" KILL "$(server_pid one)" >"$OUT" 2>"$ERR" ;;
        esac
        code=$?
        [ "$how" != 2 ] || {
            for ((i = 0; i < 100; i++)); do server_alive "$(server_pid one)" || break; sleep 0.1; done
            for ((i = 0; i < 30; i++)); do # the children of a killed PostgreSQL may still be leaving
                boot 2>"$WORK/boot" && break
                sleep 0.5
            done
            [ $i -lt 30 ] || bail "$kind: it does not start again: $(tail -2 "$WORK/boot")"
        }
        [ "$how" = 2 ] || sleep 0.3 # the server may be at the last statement still
        schema_of stag >"$WORK/after"
        found=
        for ((i = 0; i <= steps; i++)); do
            if [ "$engine" = pg ] && [ $i != 0 ] && [ $i != "$steps" ]; then continue; fi
            [ "$engine" = pg ] && [ $i = "$steps" ] && cp "$WORK/new" "$WORK/state.$i"
            cmp -s "$WORK/after" "$WORK/state.$i" && { found=$i; break; }
        done
        at="$at $step:${found:-none}"
        [ -n "$found" ] || bad="$bad step $step, how $how, code $code: is no state of the plan;"
        [ "$(rows_there 2>/dev/null)" = "$(cat "$WORK/rows")" ] || [ "$engine" = my ] || bad="$bad step $step: rows are gone;"
        apply env >"$OUT" 2>"$ERR" || bad="$bad step $step, how $how: the next apply: $(grep -m1 error "$ERR");"
        schema_of stag >"$WORK/after"
        cmp -s "$WORK/after" "$WORK/new" || bad="$bad step $step, how $how: the next apply does not arrive;"
        [ "$(rows_there)" = "$(cat "$WORK/rows")" ] || bad="$bad step $step: rows are gone afterwards;"
    done
    is "$kind: $points points of $steps steps (step:whole steps that stand$at)" "$bad" ""
    server_stop one
done
done_testing
