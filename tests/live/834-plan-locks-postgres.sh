#!/bin/bash
# What a step of a plan is said to cost on PostgreSQL is what it costs. Each step runs in a transaction of its own, on tables
# with rows, and before it commits pg_locks has the locks that it took, pg_class says which tables got new files, and
# the server's own messages tell what was read: rewritten if and only if the step carries hazard rewrite, read (or an
# index built) if and only if it carries scan, and the strongest lock on the table is the one that the manual gives.
. "$(dirname "$0")/../lib/live.sh"

# Name, what is there, what should be, the lock on table t (ALTER TABLE, CREATE INDEX and so on in the manual), the versions.
changes() {
    cat <<'SQL'
add_nullable|CREATE TABLE t (a int)|CREATE TABLE t (a int, n int)|AccessExclusiveLock
add_constant|CREATE TABLE t (a int)|CREATE TABLE t (a int, n int NOT NULL DEFAULT 5)|AccessExclusiveLock
add_stable|CREATE TABLE t (a int)|CREATE TABLE t (a int, n timestamptz DEFAULT now())|AccessExclusiveLock
add_volatile|CREATE TABLE t (a int)|CREATE TABLE t (a int, n uuid DEFAULT gen_random_uuid())|AccessExclusiveLock
add_clock|CREATE TABLE t (a int)|CREATE TABLE t (a int, n timestamptz DEFAULT clock_timestamp())|AccessExclusiveLock
add_immutable|CREATE TABLE t (a int)|CREATE TABLE t (a int, n text DEFAULT lower('X'))|AccessExclusiveLock
add_sum|CREATE TABLE t (a int)|CREATE TABLE t (a int, n int DEFAULT (1 + 2) * 3)|AccessExclusiveLock
add_random|CREATE TABLE t (a int)|CREATE TABLE t (a int, n float8 DEFAULT random() * 2)|AccessExclusiveLock
add_array|CREATE TABLE t (a int)|CREATE TABLE t (a int, n int[] DEFAULT ARRAY[1, 2])|AccessExclusiveLock
add_interval|CREATE TABLE t (a int)|CREATE TABLE t (a int, n timestamptz DEFAULT now() + interval '1 day')|AccessExclusiveLock
add_identity|CREATE TABLE t (a int)|CREATE TABLE t (a int, n int GENERATED ALWAYS AS IDENTITY)|AccessExclusiveLock
add_serial|CREATE TABLE t (a int)|CREATE TABLE t (a int, n serial)|AccessExclusiveLock
add_stored|CREATE TABLE t (a int)|CREATE TABLE t (a int, n int GENERATED ALWAYS AS (a + 1) STORED)|AccessExclusiveLock
add_virtual|CREATE TABLE t (a int)|CREATE TABLE t (a int, n int GENERATED ALWAYS AS (a + 1) VIRTUAL)|AccessExclusiveLock|18
add_plain_domain|CREATE DOMAIN d AS int; CREATE TABLE t (a int)|CREATE DOMAIN d AS int; CREATE TABLE t (a int, n d)|AccessExclusiveLock
add_checked_domain|CREATE DOMAIN d AS int CHECK (VALUE > 0); CREATE TABLE t (a int)|CREATE DOMAIN d AS int CHECK (VALUE > 0); CREATE TABLE t (a int, n d)|AccessExclusiveLock
drop_column|CREATE TABLE t (a int, n int)|CREATE TABLE t (a int)|AccessExclusiveLock
set_default|CREATE TABLE t (a int)|CREATE TABLE t (a int DEFAULT 3)|AccessExclusiveLock
drop_default|CREATE TABLE t (a int DEFAULT 3)|CREATE TABLE t (a int)|AccessExclusiveLock
drop_not_null|CREATE TABLE t (a int NOT NULL)|CREATE TABLE t (a int)|AccessExclusiveLock
drop_expression|CREATE TABLE t (a int, n int GENERATED ALWAYS AS (a + 1) STORED)|CREATE TABLE t (a int, n int)|AccessExclusiveLock
set_expression|CREATE TABLE t (a int, n int GENERATED ALWAYS AS (a + 1) STORED)|CREATE TABLE t (a int, n int GENERATED ALWAYS AS (a + 2) STORED)|AccessExclusiveLock|17
set_virtual_expression|CREATE TABLE t (a int, n int GENERATED ALWAYS AS (a + 1) VIRTUAL)|CREATE TABLE t (a int, n int GENERATED ALWAYS AS (a + 2) VIRTUAL)|AccessExclusiveLock|18
set_not_null|CREATE TABLE t (a int)|CREATE TABLE t (a int NOT NULL)|AccessExclusiveLock
set_statistics|CREATE TABLE t (a int)|CREATE TABLE t (a int); ALTER TABLE t ALTER a SET STATISTICS 200|ShareUpdateExclusiveLock
set_n_distinct|CREATE TABLE t (a int)|CREATE TABLE t (a int); ALTER TABLE t ALTER a SET (n_distinct = 5)|ShareUpdateExclusiveLock
set_storage|CREATE TABLE t (a text)|CREATE TABLE t (a text); ALTER TABLE t ALTER a SET STORAGE EXTERNAL|AccessExclusiveLock
set_compression|CREATE TABLE t (a text)|CREATE TABLE t (a text COMPRESSION pglz)|AccessExclusiveLock|14
longer|CREATE TABLE t (a varchar(10))|CREATE TABLE t (a varchar(20))|AccessExclusiveLock
to_text|CREATE TABLE t (a varchar(10))|CREATE TABLE t (a text)|AccessExclusiveLock
to_text_indexed|CREATE TABLE t (a varchar(10)); CREATE INDEX i ON t (a)|CREATE TABLE t (a text); CREATE INDEX i ON t (a)|AccessExclusiveLock
to_varchar|CREATE TABLE t (a text)|CREATE TABLE t (a varchar(20))|AccessExclusiveLock
to_free_varchar|CREATE TABLE t (a text)|CREATE TABLE t (a varchar)|AccessExclusiveLock
shorter|CREATE TABLE t (a varchar(20))|CREATE TABLE t (a varchar(10))|AccessExclusiveLock
char_longer|CREATE TABLE t (a char(5))|CREATE TABLE t (a char(7))|AccessExclusiveLock
more_digits|CREATE TABLE t (a numeric(8,2))|CREATE TABLE t (a numeric(12,2))|AccessExclusiveLock
no_digits|CREATE TABLE t (a numeric(8,2))|CREATE TABLE t (a numeric)|AccessExclusiveLock
another_scale|CREATE TABLE t (a numeric(8,2))|CREATE TABLE t (a numeric(8,3))|AccessExclusiveLock
bigger|CREATE TABLE t (a int)|CREATE TABLE t (a bigint)|AccessExclusiveLock
cidr_to_inet|CREATE TABLE t (a int, n cidr)|CREATE TABLE t (a int, n inet)|AccessExclusiveLock
to_timestamptz|CREATE TABLE t (a int, n timestamp)|CREATE TABLE t (a int, n timestamptz)|AccessExclusiveLock
timestamp_digits|CREATE TABLE t (a int, n timestamp)|CREATE TABLE t (a int, n timestamp(3))|AccessExclusiveLock
timestamp_more_digits|CREATE TABLE t (a int, n timestamp(3))|CREATE TABLE t (a int, n timestamp)|AccessExclusiveLock
interval_digits|CREATE TABLE t (a int, n interval(3))|CREATE TABLE t (a int, n interval)|AccessExclusiveLock
varbit_longer|CREATE TABLE t (a int, n bit varying(5))|CREATE TABLE t (a int, n bit varying(9))|AccessExclusiveLock
to_jsonb|CREATE TABLE t (a int, n json)|CREATE TABLE t (a int, n jsonb)|AccessExclusiveLock
to_plain_domain|CREATE DOMAIN d AS text; CREATE TABLE t (a text)|CREATE DOMAIN d AS text; CREATE TABLE t (a d)|AccessExclusiveLock
to_checked_domain|CREATE DOMAIN d AS text CHECK (VALUE <> 'z'); CREATE TABLE t (a text)|CREATE DOMAIN d AS text CHECK (VALUE <> 'z'); CREATE TABLE t (a d)|AccessExclusiveLock
from_domain|CREATE DOMAIN d AS text CHECK (VALUE <> 'z'); CREATE TABLE t (a d)|CREATE DOMAIN d AS text CHECK (VALUE <> 'z'); CREATE TABLE t (a text)|AccessExclusiveLock
to_enum|CREATE TYPE e AS ENUM ('1', '2', '3'); CREATE TABLE t (a text)|CREATE TYPE e AS ENUM ('1', '2', '3'); CREATE TABLE t (a e)|AccessExclusiveLock
less_labels|CREATE TYPE e AS ENUM ('1', '2', '3', '4'); CREATE TABLE t (a e)|CREATE TYPE e AS ENUM ('1', '2', '3'); CREATE TABLE t (a e)|AccessExclusiveLock
set_collation|CREATE TABLE t (a text)|CREATE TABLE t (a text COLLATE "C")|AccessExclusiveLock
set_collation_indexed|CREATE TABLE t (a text); CREATE INDEX i ON t (a)|CREATE TABLE t (a text COLLATE "C"); CREATE INDEX i ON t (a)|AccessExclusiveLock
identity|CREATE TABLE t (a int NOT NULL)|CREATE TABLE t (a int GENERATED ALWAYS AS IDENTITY)|AccessExclusiveLock
set_generated|CREATE TABLE t (a int GENERATED ALWAYS AS IDENTITY)|CREATE TABLE t (a int GENERATED BY DEFAULT AS IDENTITY)|AccessExclusiveLock
add_check|CREATE TABLE t (a int)|CREATE TABLE t (a int, CONSTRAINT k CHECK (a > 0))|AccessExclusiveLock
add_check_not_valid|CREATE TABLE t (a int)|CREATE TABLE t (a int); ALTER TABLE t ADD CONSTRAINT k CHECK (a > 0) NOT VALID|AccessExclusiveLock
validate_check|CREATE TABLE t (a int); ALTER TABLE t ADD CONSTRAINT k CHECK (a > 0) NOT VALID|CREATE TABLE t (a int, CONSTRAINT k CHECK (a > 0))|ShareUpdateExclusiveLock
drop_check|CREATE TABLE t (a int, CONSTRAINT k CHECK (a > 0))|CREATE TABLE t (a int)|AccessExclusiveLock
rename_check|CREATE TABLE t (a int, CONSTRAINT k CHECK (a > 0))|CREATE TABLE t (a int, CONSTRAINT k2 CHECK (a > 0))|AccessExclusiveLock
check_not_enforced|CREATE TABLE t (a int)|CREATE TABLE t (a int, CONSTRAINT k CHECK (a > 0) NOT ENFORCED)|AccessExclusiveLock|18
add_foreign|CREATE TABLE r (x int PRIMARY KEY); INSERT INTO r VALUES (1), (2), (3); CREATE TABLE t (a int)|CREATE TABLE r (x int PRIMARY KEY); CREATE TABLE t (a int REFERENCES r)|ShareRowExclusiveLock
add_foreign_not_valid|CREATE TABLE r (x int PRIMARY KEY); CREATE TABLE t (a int)|CREATE TABLE r (x int PRIMARY KEY); CREATE TABLE t (a int); ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES r NOT VALID|ShareRowExclusiveLock
validate_foreign|CREATE TABLE r (x int PRIMARY KEY); INSERT INTO r VALUES (1), (2), (3); CREATE TABLE t (a int); ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES r NOT VALID|CREATE TABLE r (x int PRIMARY KEY); CREATE TABLE t (a int, CONSTRAINT k FOREIGN KEY (a) REFERENCES r)|ShareUpdateExclusiveLock
drop_foreign|CREATE TABLE r (x int PRIMARY KEY); INSERT INTO r VALUES (1), (2), (3); CREATE TABLE t (a int REFERENCES r)|CREATE TABLE r (x int PRIMARY KEY); CREATE TABLE t (a int)|AccessExclusiveLock
foreign_deferrable|CREATE TABLE r (x int PRIMARY KEY); INSERT INTO r VALUES (1), (2), (3); CREATE TABLE t (a int REFERENCES r)|CREATE TABLE r (x int PRIMARY KEY); CREATE TABLE t (a int REFERENCES r DEFERRABLE)|AccessExclusiveLock
add_unique|CREATE TABLE t (a int)|CREATE TABLE t (a int UNIQUE)|AccessExclusiveLock
add_primary|CREATE TABLE t (a int NOT NULL)|CREATE TABLE t (a int PRIMARY KEY)|AccessExclusiveLock
add_exclusion|CREATE TABLE t (a int)|CREATE TABLE t (a int, CONSTRAINT k EXCLUDE USING btree (a WITH =))|AccessExclusiveLock
drop_unique|CREATE TABLE t (a int UNIQUE)|CREATE TABLE t (a int)|AccessExclusiveLock
create_index|CREATE TABLE t (a int)|CREATE TABLE t (a int); CREATE INDEX i ON t (a)|ShareLock
drop_index|CREATE TABLE t (a int); CREATE INDEX i ON t (a)|CREATE TABLE t (a int)|AccessExclusiveLock
index_option|CREATE TABLE t (a int); CREATE INDEX i ON t (a)|CREATE TABLE t (a int); CREATE INDEX i ON t (a) WITH (fillfactor = 70)|none
create_trigger|CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; CREATE TABLE t (a int)|CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; CREATE TABLE t (a int); CREATE TRIGGER g AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()|ShareRowExclusiveLock
drop_trigger|CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; CREATE TABLE t (a int); CREATE TRIGGER g AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()|CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; CREATE TABLE t (a int)|AccessExclusiveLock
disable_trigger|CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; CREATE TABLE t (a int); CREATE TRIGGER g AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()|CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; CREATE TABLE t (a int); CREATE TRIGGER g AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f(); ALTER TABLE t DISABLE TRIGGER g|ShareRowExclusiveLock
create_policy|CREATE TABLE t (a int)|CREATE TABLE t (a int); CREATE POLICY p ON t USING (a > 0)|AccessExclusiveLock
row_security|CREATE TABLE t (a int)|CREATE TABLE t (a int); ALTER TABLE t ENABLE ROW LEVEL SECURITY|AccessExclusiveLock
create_rule|CREATE TABLE t (a int)|CREATE TABLE t (a int); CREATE RULE r AS ON UPDATE TO t DO ALSO NOTHING|AccessExclusiveLock
create_view|CREATE TABLE t (a int)|CREATE TABLE t (a int); CREATE VIEW v AS SELECT a FROM t|AccessShareLock
create_matview|CREATE TABLE t (a int)|CREATE TABLE t (a int); CREATE MATERIALIZED VIEW m AS SELECT a FROM t|AccessShareLock
replica_identity|CREATE TABLE t (a int)|CREATE TABLE t (a int); ALTER TABLE t REPLICA IDENTITY FULL|AccessExclusiveLock
set_option|CREATE TABLE t (a int)|CREATE TABLE t (a int) WITH (fillfactor = 70, autovacuum_enabled = false)|ShareUpdateExclusiveLock
cluster_on|CREATE TABLE t (a int); CREATE INDEX i ON t (a)|CREATE TABLE t (a int); CREATE INDEX i ON t (a); ALTER TABLE t CLUSTER ON i|ShareUpdateExclusiveLock
unlogged|CREATE TABLE t (a int)|CREATE UNLOGGED TABLE t (a int)|AccessExclusiveLock
logged|CREATE UNLOGGED TABLE t (a int)|CREATE TABLE t (a int)|AccessExclusiveLock
inherit|CREATE TABLE r (a int); CREATE TABLE t (a int)|CREATE TABLE r (a int); CREATE TABLE t (a int) INHERITS (r); ALTER TABLE t ALTER a DROP DEFAULT|AccessExclusiveLock
attach|CREATE TABLE r (a int) PARTITION BY RANGE (a); CREATE TABLE t (a int)|CREATE TABLE r (a int) PARTITION BY RANGE (a); CREATE TABLE t PARTITION OF r FOR VALUES FROM (0) TO (9)|AccessExclusiveLock
attach_proven|CREATE TABLE r (a int, CONSTRAINT k CHECK (a IS NOT NULL AND a >= 0 AND a < 9)) PARTITION BY RANGE (a); CREATE TABLE t (a int, CONSTRAINT k CHECK (a IS NOT NULL AND a >= 0 AND a < 9))|CREATE TABLE r (a int, CONSTRAINT k CHECK (a IS NOT NULL AND a >= 0 AND a < 9)) PARTITION BY RANGE (a); CREATE TABLE t PARTITION OF r FOR VALUES FROM (0) TO (9)|AccessExclusiveLock
detach|CREATE TABLE r (a int) PARTITION BY RANGE (a); CREATE TABLE t PARTITION OF r FOR VALUES FROM (0) TO (9)|CREATE TABLE r (a int) PARTITION BY RANGE (a); CREATE TABLE t (a int)|AccessExclusiveLock|14
new_partition|CREATE TABLE t (a int) PARTITION BY RANGE (a); CREATE TABLE r PARTITION OF t DEFAULT|CREATE TABLE t (a int) PARTITION BY RANGE (a); CREATE TABLE r PARTITION OF t DEFAULT; CREATE TABLE n PARTITION OF t FOR VALUES FROM (7) TO (9)|ShareUpdateExclusiveLock
create_statistics|CREATE TABLE t (a int, n int)|CREATE TABLE t (a int, n int); CREATE STATISTICS s ON a, n FROM t|ShareUpdateExclusiveLock
comment|CREATE TABLE t (a int)|CREATE TABLE t (a int); COMMENT ON TABLE t IS 'x'|ShareUpdateExclusiveLock
move_sequence|CREATE SEQUENCE t|CREATE SEQUENCE t INCREMENT 5|ShareRowExclusiveLock
add_label|CREATE TYPE e AS ENUM ('1', '2', '3'); CREATE TABLE t (a e)|CREATE TYPE e AS ENUM ('1', '2', '3', '4'); CREATE TABLE t (a e)|none
domain_check|CREATE DOMAIN d AS int; CREATE TABLE t (a d)|CREATE DOMAIN d AS int CONSTRAINT k CHECK (VALUE > 0); CREATE TABLE t (a d)|ShareLock
replace_function|CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE TABLE t (a int)|CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 2'; CREATE TABLE t (a int)|none
SQL
}

# The changes for this version: name, there, wanted, lock
for_version() { changes | awk -F'|' -v OFS='|' -v v="${kind#pg}" '$5 == "" || v >= $5 { print $1, $2, $3, $4 }'; }

side() { # side COLUMN ROWS: one script, each change in a schema of its own
    for_version | while IFS='|' read -r name there wanted _; do
        text=$there
        [ "$1" = 2 ] || text=$wanted
        echo "CREATE SCHEMA $name; SET search_path = $name; $text;"
        [ "$2" = no ] || case $text in *"SEQUENCE t"*) ;; *) for i in 1 2 3; do echo "INSERT INTO t (a) OVERRIDING SYSTEM VALUE VALUES ('$i');" ; done ;; esac
    done
}

# Each step in its own transaction: a line for what was locked (of t in its schema) and written again, and the server's messages
runs() {
    python3 - "$WORK/plan.json" <<'EOF'
import json, re, sys
for n, step in enumerate(json.load(open(sys.argv[1]))["steps"]):
    names = [h if isinstance(h, str) else h["name"] for h in step.get("hazards", [])]
    schema = step["path"].split(".")[0]
    print(f"""\\warn == step {n} {schema} {','.join(names) or '-'} {' '.join(step['sql'].split())}
BEGIN;
CREATE TEMP TABLE before ON COMMIT DROP AS SELECT c.oid, relkind, pg_relation_filenode(c.oid) AS file FROM pg_class c
    WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = '{schema}');
SET client_min_messages = debug1;
{step['sql']};
RESET client_min_messages;
SELECT '== locks ' || coalesce((SELECT string_agg(DISTINCT mode, ' ') FROM pg_locks l JOIN pg_class c ON c.oid = relation
    WHERE pid = pg_backend_pid() AND granted AND relname = 't' AND relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = '{schema}')), 'none')
    || ' files ' || (SELECT count(*) FROM before b WHERE relkind = 'r' AND EXISTS (SELECT FROM pg_class WHERE oid = b.oid) AND file IS DISTINCT FROM pg_relation_filenode(b.oid)) AS line \\gset
\\warn :line
COMMIT;""")
EOF
}

judge() { # the messages of psql: a line for each step whose cost is not what was said
    python3 - "$1" "$2" <<'EOF'
import re, sys
ORDER = ["none", "AccessShareLock", "RowShareLock", "RowExclusiveLock", "ShareUpdateExclusiveLock", "ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock"]
wanted = {l.split("|")[0]: l.rstrip("\n").split("|")[3] for l in open(sys.argv[2])}
watched, strongest = 0, {}
steps = re.split(r"^== step ", open(sys.argv[1]).read(), flags=re.M)[1:]
for text in steps:
    head, rest = text.split("\n", 1)
    n, schema, hazards, sql = head.split(" ", 3)
    hazards = hazards.split(",")
    m = re.search(r"^== locks (.*) files (\d+)", rest, re.M)
    if not m:
        print(f"{schema}: {sql[:60]}: {rest[:200]}")
        continue
    watched += 1
    lock = max(m[1].split(), key=ORDER.index)
    strongest[schema] = max(strongest.get(schema, "none"), lock, key=ORDER.index)
    rewritten = int(m[2]) > 0
    read = not rewritten and not re.match(r"CREATE (UNLOGGED )?TABLE ", sql) and bool(re.search(r"DEBUG: +(verifying table|building index \"(?!pg_toast)|validating foreign key)", rest))
    if rewritten != ("rewrite" in hazards):
        print(f"{schema}: {sql[:90]}: rewritten: {rewritten}, said: {','.join(hazards)}")
    strong = lock in ("ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock")
    if (rewritten or (read and strong)) and "lock" not in hazards:
        print(f"{schema}: {sql[:90]}: read under {lock}, said: {','.join(hazards)}")
    # of a domain's values it says nothing; that a check proves a bound is not looked at
    if sql.startswith("ALTER DOMAIN") or schema == "attach_proven":
        read = "scan" in hazards
    if not rewritten and read != ("scan" in hazards):
        print(f"{schema}: {sql[:90]}: read: {read}, said: {','.join(hazards)}")
for schema, lock in wanted.items():
    if schema not in strongest:
        print(f"{schema}: no step")
    elif strongest[schema] != lock:
        print(f"{schema}: {strongest[schema]}, the manual says {lock}")
print(f"watched {watched} steps of {len(strongest)} changes", file=sys.stderr)
EOF
}

for kind in $(servers pg); do
    case $kind in pg13 | pg15 | pg18) ;; *) [ -n "${LOCKS:-}" ] || continue ;; esac
    start "$kind" one
    fresh_db one a
    fresh_db one b
    for_version >"$WORK/changes"
    side 2 yes | load one a - >"$WORK/out" 2>"$WORK/err" || bail "$kind: $(cat "$WORK/err")"
    side 3 no | load one b - >"$WORK/out" 2>"$WORK/err" || bail "$kind: $(cat "$WORK/err")"
    dbtwin plan --format json "$(url one b)" "$(url one a)" >"$WORK/plan.json" 2>"$WORK/err"
    is "$kind: the plan needs nobody" "$? $(grep -v -- --rename "$WORK/err")" "0 "
    { echo "SET timezone = 'UTC';"; runs; } >"$WORK/run.sql"
    pg one a -f "$WORK/run.sql" >"$WORK/out" 2>"$WORK/watched" || fail "$kind: a step fails" "$(tail -3 "$WORK/watched")"
    judge "$WORK/watched" "$WORK/changes" >"$WORK/bad" 2>"$WORK/count"
    is "$kind: $(cat "$WORK/count"): each costs what is said" "$(cat "$WORK/bad")" ""
done
done_testing
