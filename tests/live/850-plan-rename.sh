#!/bin/bash
# --rename: what is called otherwise in FROM is renamed and keeps its rows; keys, views and columns that name it follow;
# the reverse plan renames it back; without the option plan says how to write it.
. "$(dirname "$0")/../lib/live.sh"

# Names of NOT NULLs (PostgreSQL 18) stay as they were, and are no drift.
schema_of() {
    if server_is_pg one; then dump one "$1" -s; else dump one "$1" --no-data; fi | grep -v '^--' |
        sed 's/ CONSTRAINT [a-z_]*_not_null NOT NULL/ NOT NULL/'
}
# Labels, attributes and the constraints of a domain, in everything that the server keeps as names.
parts_of_types() {
    local names
    for names in "ptypes open town ok" "stypes new city fine"; do
        # shellcheck disable=SC2086
        set -- $names
        fresh_db one "$1"
        load one "$1" - <<SQL
CREATE TYPE status AS ENUM ('$2', 'paid', 'it''s');
CREATE TYPE place AS (street text, $3 text);
CREATE DOMAIN positive AS int CONSTRAINT $4 CHECK (VALUE > 0);
CREATE TABLE o (id int PRIMARY KEY, st status DEFAULT '$2' CHECK (st <> '$2' OR id > 0), many status[] DEFAULT '{$2}',
    at place, n positive, word text DEFAULT '$2');
CREATE INDEX by_st ON o (id) WHERE st = '$2';
CREATE TABLE p (st status, id int) PARTITION BY LIST (st);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN ('$2');
CREATE VIEW v AS SELECT id, (at).$3 AS place FROM o WHERE st = '$2' AND word <> '$2';
CREATE FUNCTION f() RETURNS status LANGUAGE sql AS \$\$ SELECT '$2'::status \$\$;
INSERT INTO o (id, at, n) VALUES (1, ('a', 'b'), 3);
INSERT INTO p VALUES ('$2', 1);
SQL
    done
    ok "$kind: types: apply" dbtwin apply "$(url one ptypes)" "$(url one stypes)" --yes --allow meaning,scan,lock,untracked \
        --rename 'public.status.new=open' --rename 'public.place.city=town' --rename 'public.positive.fine=public.positive.ok'
    schema_of ptypes >"$WORK/a"
    schema_of stypes >"$WORK/b"
    same_files "$kind: types: the dump of one is that of the other" "$WORK/a" "$WORK/b"
    is "$kind: types: rows survive" "$(q one stypes "SELECT st, many, at, n, word, (SELECT st FROM p) FROM o")" \
        "$(printf 'open\t{open}\t(a,b)\t3\tnew\topen')"
}

for kind in $(servers all); do
    case $kind in pg15 | pg18 | mariadb | mysql9) ;; *) continue ;; esac
    start "$kind" one
    for names in "prod clients email" "stag users mail"; do
        # shellcheck disable=SC2086
        set -- $names
        fresh_db one "$1"
        q one "$1" "CREATE TABLE $2 (id int NOT NULL, $3 varchar(40) NOT NULL, PRIMARY KEY (id))" >"$OUT"
        q one "$1" "CREATE INDEX by_mail ON $2 ($3)" >"$OUT"
        q one "$1" "CREATE TABLE orders (id int PRIMARY KEY, client int, CONSTRAINT of_client FOREIGN KEY (client) REFERENCES $2 (id))" >"$OUT"
    done
    # The server follows a new name in these, but for views on MySQL and MariaDB.
    q one prod "CREATE VIEW v AS SELECT c.id, c.email AS mail FROM clients c" >"$OUT"
    q one stag "CREATE VIEW v AS SELECT c.id, c.mail FROM users c" >"$OUT"
    q one prod "CREATE VIEW of_v AS SELECT mail FROM v" >"$OUT"
    q one stag "CREATE VIEW of_v AS SELECT mail FROM v" >"$OUT"
    ! server_is_pg one || for names in "prod clients" "stag users"; do
        q one "${names% *}" "CREATE PUBLICATION pub FOR TABLE ${names#* }" >"$OUT" 2>&1
        q one "${names% *}" "CREATE FUNCTION of_row(r ${names#* }) RETURNS int LANGUAGE sql AS 'SELECT 1'" >"$OUT"
        q one "${names% *}" "CREATE TABLE child () INHERITS (${names#* })" >"$OUT"
    done
    ! server_is_pg one || for db in prod stag; do
        q one $db "ALTER TABLE $([ $db = prod ] && echo clients || echo users) RENAME CONSTRAINT $([ $db = prod ] && echo clients || echo users)_pkey TO the_key" >"$OUT"
    done
    q one stag "INSERT INTO users VALUES (1, 'a'), (2, 'b')" >"$OUT"
    q one stag "INSERT INTO orders VALUES (1, 1)" >"$OUT"
    prod=$(url one prod) stag=$(url one stag)
    path=users new=clients
    if server_is_pg one; then path=public.users new=public.clients; fi
    expect_exit 2 "$kind: no such object" dbtwin plan "$prod" "$stag" --rename "nosuch=x"
    schema_of stag >"$WORK/before"
    ok "$kind: plan" dbtwin plan "$prod" "$stag" --rename "$path=$new" --rename "$new.mail=email" --reverse -o "$WORK/plan.sql" -o "$WORK/plan.json"
    is "$kind: nothing but renames, and the view" "$(python3 -c 'import json, sys
print(*(s["sql"].split()[0] for s in json.load(open(sys.argv[1]))["steps"]))' "$WORK/plan.json")" \
        "$(server_is_pg one && echo ALTER ALTER || echo RENAME ALTER SET CREATE)"
    is "$kind: none loses rows" "$(grep -c '"data"' "$WORK/plan.json")" 0
    # The config's, which stay there when they are done, or are another database's.
    cat >"$WORK/twin.yaml" <<YAML
renames: [nosuch=other, "$path=$new"]
databases:
  prod: {url: "$prod"}
  stag: {url: "$stag", renames: "$new.mail=$new.email"}
  other: {url: "$stag", renames: "$path=wrong"}
YAML
    dbtwin plan "$prod" "$stag" --rename "$path=$new" --rename "$new.mail=email" 2>&1 | grep -v '^-- \(FROM\|TO\)' >"$WORK/said"
    dbtwin plan -c "$WORK/twin.yaml" prod stag 2>&1 | grep -v '^-- \(FROM\|TO\)' >"$WORK/config"
    same_files "$kind: the config's renames are those of the options" "$WORK/said" "$WORK/config"
    ok "$kind: apply" dbtwin apply -c "$WORK/twin.yaml" prod stag --yes --allow meaning
    ok "$kind: done renames stay in the config" dbtwin apply -c "$WORK/twin.yaml" prod stag --yes
    schema_of prod >"$WORK/a"
    schema_of stag >"$WORK/b"
    same_files "$kind: the dump of one is that of the other" "$WORK/a" "$WORK/b"
    is "$kind: rows survive" "$(q one stag "SELECT count(*) FROM clients WHERE email <> ''")" 2
    # The reverse plan, as JSON has it, brings the names back.
    python3 - "$WORK/plan.json" >"$WORK/back.sql" <<'PY'
import json, sys
for s in json.load(open(sys.argv[1]))["reverse"]["steps"]:
    print(s["sql"] + ";")
PY
    load one stag "$WORK/back.sql" >"$OUT" 2>"$ERR" && pass "$kind: the reverse plan" || fail "$kind: the reverse plan" "$(cat "$ERR")"
    schema_of stag >"$WORK/b"
    same_files "$kind: the reverse plan: the names are back" "$WORK/before" "$WORK/b"
    ! server_is_pg one || parts_of_types
    server_stop one
done
done_testing
