#!/bin/bash
# Functions that call others without their schema, used where rows are loaded, indexes built and
# materialized views filled: built with production's search_path, by the owner, and told; what needs
# nothing of the kind is built with the empty one.
. "$(dirname "$0")/../lib/live.sh"

schema() {
    cat <<SQL
DO \$\$ BEGIN CREATE ROLE kiosk; EXCEPTION WHEN duplicate_object THEN NULL; END \$\$;
ALTER DATABASE $1 SET search_path = "\$user", public, tools;
\c $1
CREATE SCHEMA tools;
CREATE SCHEMA kiosk;
CREATE SCHEMA shut;
CREATE FUNCTION tools.half(numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT \$1 / 2';
CREATE FUNCTION kiosk.own(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT upper(\$1)';
CREATE FUNCTION shut.half(numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT \$1 * 1000';
GRANT USAGE ON SCHEMA tools TO kiosk;
GRANT ALL ON SCHEMA kiosk TO kiosk;
CREATE FUNCTION calls(numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT half(\$1)';
CREATE FUNCTION says(numeric) RETURNS numeric LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN half(\$1) + 1; END';
CREATE FUNCTION mine(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN own(\$1); END';
CREATE FUNCTION who(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN current_user || own(\$1); END';
CREATE TABLE plain (id int PRIMARY KEY, n numeric, CHECK (says(n) > 0), g numeric GENERATED ALWAYS AS (says(n)) STORED);
INSERT INTO plain(id, n) SELECT i, i FROM generate_series(1, 500) i;
CREATE INDEX plain_half ON plain (says(n)) WHERE says(n) > 3;
CREATE DOMAIN small AS numeric CHECK (says(VALUE) < 100);
CREATE TABLE dom (id int PRIMARY KEY, v small);
INSERT INTO dom VALUES (1, 5);
CREATE TABLE fine (id int PRIMARY KEY, n numeric);
CREATE INDEX ON fine (tools.half(n));
CREATE TABLE theirs (id int PRIMARY KEY, name text);
ALTER TABLE theirs OWNER TO kiosk;
INSERT INTO theirs SELECT i, 'n' || i FROM generate_series(1, 20) i;
CREATE INDEX theirs_own ON theirs (mine(name));
CREATE INDEX theirs_who ON theirs (who(name));
SQL
    [ "$2" -ge 17 ] || cat <<'SQL'
CREATE TABLE late (id int PRIMARY KEY, n numeric, g numeric GENERATED ALWAYS AS (calls(n)) STORED);
INSERT INTO late(id, n) VALUES (1, 4);
CREATE INDEX late_half ON late (calls(n));
CREATE MATERIALIZED VIEW mv AS SELECT id, says(n) FROM plain;
CREATE UNIQUE INDEX ON mv (id);
SQL
}

for kind in $(servers pg); do
    major=${kind#pg}
    # From 17 on the server builds indexes with a path of its own: such ones come by upgrade only.
    [ "$major" -lt 17 ] || { skip "$kind: indexes over unqualified names" "the server refuses to build them"; continue; }
    start "$kind" prod staging
    fresh_db prod names
    schema names "$major" >"$WORK/schema.sql"
    must pg prod postgres -q -v ON_ERROR_STOP=1 -f "$WORK/schema.sql"
    q staging postgres 'CREATE ROLE kiosk' >/dev/null 2>&1
    dump prod names >"$WORK/prod.sql"
    for way in shadow restore in-place; do
        fresh_db staging names
        case $way in
            restore)
                piped() { dbtwin snapshot -q "$(url prod names)" -o - | dbtwin restore - "$(url staging names)"; }
                (set -o pipefail && piped 2>"$WORK/why")
                is "$kind, $way: done" $? 0
                ;;
            in-place) expect_exit 0 "$kind, $way: done" dbtwin copy --in-place "$(url prod names)" "$(url staging names)" ;;
            *) expect_exit 0 "$kind, $way: done" dbtwin copy "$(url prod names)" "$(url staging names)" ;;
        esac
        dump staging names >"$WORK/staging.sql"
        same_files "$kind, $way: dumps" "$WORK/prod.sql" "$WORK/staging.sql"
        [ "$way" != shadow ] || {
            err_like "$kind: an index is told" 'index public.plain.plain_half is built with production.s own search_path = .*public, tools'
            err_like "$kind: a table's rows are told" 'table public.plain is built with'
            err_like "$kind: by its owner" 'theirs_own is built with .*as role kiosk'
            err_lacks "$kind: what needs no path has none" "public.fine"
            is "$kind: a table is told once" "$(grep -c 'table public.plain is' "$ERR")" 1
            is "$kind: the index was built as its owner" "$(q staging names "SET enable_seqscan = off; SET search_path = kiosk, public;
                SELECT count(*) FROM theirs WHERE who(name) = 'kioskN3'" | tail -n 1)" 1
            is "$kind: nobody has more rights than in production" \
                "$(q staging names "SELECT has_schema_privilege('kiosk', 'shut', 'USAGE')")" f
        }
    done
    expect_exit 0 "$kind: once more, over the first" dbtwin copy --verify full "$(url prod names)" "$(url staging names)"
    expect_exit 0 "$kind: verify" dbtwin verify "$(url prod names)" "$(url staging names)"
    expect_exit 0 "$kind: diff" dbtwin diff "$(url prod names)" "$(url staging names)"
    # What no path finds fails as before.
    must q prod names "CREATE FUNCTION lost(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN shut(\$1); END'"
    must q prod names "CREATE FUNCTION shut(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1'"
    must q prod names "CREATE INDEX lost ON fine (lost(id)); INSERT INTO fine VALUES (1, 1); ALTER FUNCTION shut(int) SET SCHEMA shut"
    expect_exit 2 "$kind: what production's own path lacks" dbtwin copy "$(url prod names)" "$(url staging names)"
    err_has "$kind: is named" "lost"
done
done_testing
