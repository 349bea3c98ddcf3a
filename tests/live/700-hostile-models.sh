#!/bin/bash
# Nothing that a model says acts on the server that diff asks. A model that inspect wrote is edited as
# a stranger would: each of its texts becomes, in turn, each of the texts below. The target's log shows
# what was sent; its tables, sequences, large objects and catalogs are looked at from outside.
. "$(dirname "$0")/../lib/live.sh"

# @ is the text that stood there, # its number, FILE what must never come to be.
hostile=$TOP/tests/lib/hostile_texts.txt
n=$(grep -c . "$hostile")
ok "more than a hundred of them" test "$n" -gt 100

# Objects with a text for each: pay_7 is in all texts that number 7 takes the place of.
make_target() { # make_target SERVER DB
    pg "$1" "$2" -q -v ON_ERROR_STOP=1 -v n="$n" <<'SQL'
SET client_min_messages = warning;
CREATE SCHEMA app;
CREATE SEQUENCE app.s;
CREATE TABLE app.victim (a text);
INSERT INTO app.victim VALUES ('kept');
CREATE FUNCTION app.touch(text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS 'BEGIN PERFORM setval(''app.s'', 99); RETURN $1; END';
CREATE FUNCTION app.program() RETURNS void LANGUAGE plpgsql AS 'BEGIN COPY (SELECT 1) TO PROGRAM ''cat >owned''; END';
CREATE FUNCTION app.shell(text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS 'BEGIN PERFORM app.program(); RETURN $1; END';
CREATE FUNCTION app.trg() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE PROCEDURE app.act() LANGUAGE sql AS 'SELECT setval(''app.s'', 99)';
SELECT set_config('test.n', :'n', false), set_config('test.v', current_setting('server_version_num'), false) \g /dev/null
DO $do$
DECLARE v int = current_setting('test.v')::int; made text;
BEGIN
    IF v >= 140000 THEN -- a constant of it is checked when it is read: by whom may not do it
        CREATE DOMAIN app.checked AS text CHECK (app.touch(VALUE) <> '' AND app.shell(VALUE) <> '');
    END IF;
    FOR i IN 1..current_setting('test.n')::int LOOP
        made := $make$
            CREATE DOMAIN app.d# AS text DEFAULT lower('pay_#') CHECK (VALUE <> 'pay_#');
            CREATE TABLE app.t# (a text DEFAULT lower('pay_#') CHECK (a <> 'pay_#'), n int, r int4range,
                g bool GENERATED ALWAYS AS (a = 'pay_#') STORED, CONSTRAINT ex# EXCLUDE USING gist (r WITH &&) WHERE (a <> 'pay_#'));
            CREATE INDEX i# ON app.t# ((a || 'pay_#')) WHERE a <> 'pay_#';
            CREATE POLICY po ON app.t# USING (a <> 'pay_#') WITH CHECK (a = 'pay_#');
            CREATE RULE ru AS ON INSERT TO app.t# WHERE new.a = 'pay_#' DO INSTEAD NOTHING;
            CREATE TRIGGER tr BEFORE UPDATE ON app.t# FOR EACH ROW WHEN (new.a = 'pay_#') EXECUTE FUNCTION app.trg();
            CREATE VIEW app.v# AS SELECT a FROM app.t# WHERE a = 'pay_#';
            CREATE MATERIALIZED VIEW app.m# AS SELECT a FROM app.t# WHERE a = 'pay_#' WITH NO DATA;
            CREATE TABLE app.p# (a text) PARTITION BY LIST ((a || 'pay_#'));
            CREATE TABLE app.pb# PARTITION OF app.p# FOR VALUES IN ('pay_#');
            CREATE FUNCTION app.f#(a text DEFAULT lower('pay_#')) RETURNS text LANGUAGE sql AS 'SELECT 1::text';
            CREATE PROCEDURE app.pr#(a text DEFAULT lower('pay_#')) LANGUAGE sql AS 'SELECT 1'$make$;
        IF v >= 140000 THEN
            made := made || $make$;
            CREATE STATISTICS app.st# ON (a || 'pay_#'), n FROM app.t#;
            CREATE FUNCTION app.b#() RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT a FROM app.t# WHERE a = 'pay_#'; END;
            CREATE PROCEDURE app.pb#() LANGUAGE sql BEGIN ATOMIC DELETE FROM app.t# WHERE a = 'pay_#'; END$make$;
        END IF;
        IF v >= 150000 THEN
            made := made || $make$;
            CREATE PUBLICATION pub# FOR TABLE app.t# WHERE (a = 'pay_#') WITH (publish = 'insert')$make$;
        END IF;
        EXECUTE replace(made, '#', i::text);
    END LOOP;
END $do$;
SQL
}

# Puts the hostile texts into the model's attributes and texts.
cat >"$WORK/edit.py" <<'PY'
import re, sys
import xml.etree.ElementTree as tree
model, hostile, file, out = sys.argv[1:]
texts = [line.rstrip('\n').replace('FILE', file) for line in open(hostile, encoding='utf-8') if line.strip()]
put = 0
def edit(old):
    global put
    m = re.search(r'pay_(\d+)', old or '')
    if not m:
        return old
    put += 1
    i = int(m.group(1))
    return texts[i - 1].replace('@', old.strip().rstrip(';')).replace('#', str(i))
t = tree.parse(model)
for e in t.iter():
    e.text = edit(e.text)
    for k, v in e.attrib.items():
        e.attrib[k] = edit(v)
t.write(out, encoding='utf-8', xml_declaration=True)
print(put)
PY

# Rows, sequences, large objects and every row of every catalog, with their places.
state() { # state SERVER DB
    local query
    q "$1" "$2" "SELECT last_value, is_called, (SELECT string_agg(a, ',') FROM app.victim), (SELECT count(*) FROM pg_largeobject_metadata) FROM app.s"
    query=$(q "$1" "$2" "SELECT string_agg(format('SELECT %L, md5(coalesce(string_agg(md5(t.ctid::text || t.xmin::text || t::text), '''' ORDER BY t.ctid), '''')) FROM pg_catalog.%I t',
        relname, relname), ' UNION ALL ' ORDER BY relname) FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'r'
        AND relname NOT IN ('pg_statistic', 'pg_class')") # what autovacuum writes
    q "$1" "$2" "$query" | LC_ALL=C sort
    q "$1" "$2" "SELECT oid, relname, relkind, relfilenode FROM pg_class ORDER BY oid"
}

# Statements of the program in the log, each on a line.
sent() { # sent SERVER
    awk '/^\t/ { line = line " " substr($0, 2); next } { if (line != "") print line; line = $0 } END { print line }' "$(server_dir "$1")/log" |
        sed -n -E 's/^dbtwin\|.*(statement|execute [^:]*): //p'
}
# What may be sent beside what reads the schema: it begins with words of ours, and where those go on
# with a text of the model, that is within a view, a rule or a body.
ours="^BEGIN; SET LOCAL statement_timeout = '10s';SET LOCAL |^SET LOCAL ROLE pg_read_all_data\$|^ROLLBACK\$"
ours="$ours|^SELECT pg_get_(viewdef\('pg_temp|ruledef\(oid\) FROM pg_rewrite WHERE ev_class = 'pg_temp|function_sqlbody\(oid\) FROM pg_proc WHERE pronamespace = pg_my_temp_schema)"
# whether there is a domain whose CHECK calls what is another role's: always the same words
ours="$ours|^WITH trusted AS \(SELECT oid FROM pg_catalog\.pg_roles WHERE rolsuper .*\) ORDER BY 1 LIMIT 1\$"
ours="$ours|^CREATE TEMP TABLE dbtwin_scratch \(LIKE \"app\"\.\"[a-z0-9]*\"\)\$"
texts='^CREATE (OR REPLACE )?TEMP VIEW dbtwin_scratch AS |^CREATE (OR REPLACE )?RULE dbtwin_scratch AS ON (INSERT|UPDATE|DELETE) TO pg_temp\.dbtwin_scratch '
texts="$texts|^CREATE (OR REPLACE )?(FUNCTION|PROCEDURE) pg_temp\.\"[a-z0-9]+\"\(\)( RETURNS text)? LANGUAGE sql (BEGIN ATOMIC|RETURN) "
asked() { # asked SERVER BEFORE: what was sent that was not before
    sent "$1" | LC_ALL=C sort -u | LC_ALL=C comm -23 - "$2"
}

for kind in $(servers pg); do
    case $kind in pg13 | pg15 | pg18) ;; *) continue ;; esac # before and with pg_read_all_data; the newest
    server_start "$kind" target --own -- -c log_statement=all -c log_line_prefix='%a|' -c autovacuum=off ||
        bail "$kind did not start"
    fresh_db target staging
    must make_target target staging
    file=$(server_dir target)/owned
    must dbtwin inspect "$(url target staging)" -o "$WORK/model.xml"
    put=$(python3 "$WORK/edit.py" "$WORK/model.xml" "$hostile" "$file" "$WORK/hostile.xml")
    ok "$kind: the texts are in some fifteen slots each" test "$put" -gt $((n * 14))

    # What is sent whatever the model says: it reads both sides, and asks about one pair of parentheses.
    sed "s/lower('pay_1'::text)/(&)/" "$WORK/model.xml" >"$WORK/spelled.xml"
    : >"$(server_dir target)/log"
    expect_exit 0 "$kind: its own model is the same" dbtwin diff "$WORK/spelled.xml" "$(url target staging)"
    sent target | LC_ALL=C sort -u >"$WORK/reading"
    ok "$kind: in other words" grep -qE "$texts.*lower\('pay_1'" "$WORK/reading"

    state target staging >"$WORK/before"
    : >"$(server_dir target)/log"
    expect_exit 1 "$kind: a model that says other things is drift" \
        dbtwin diff "$WORK/hostile.xml" "$(url target staging)" --format json -v
    cp "$OUT" "$WORK/report"
    cp "$ERR" "$WORK/said"
    state target staging >"$WORK/after"
    same_files "$kind: rows, sequences and catalogs are as they were" "$WORK/before" "$WORK/after"
    ok "$kind: no program ran" test ! -e "$file"
    asked target "$WORK/reading" >"$WORK/asked"
    ok "$kind: the server was asked" test "$(grep -cE "$texts" "$WORK/asked")" -gt 100
    is "$kind: by no statement but ours" "$(grep -vE "$ours|$texts" "$WORK/asked" | head -n 3)" ""
    is "$kind: the question about domains has one wording" "$(grep -c '^WITH trusted' "$WORK/asked")" 1
    is "$kind: which hold nothing that does not belong there" "$(grep -E "$texts" "$WORK/asked" | sed "s/'[^']*'//g" |
        grep -E '[$][$]|/[*]|--|PROGRAM|DROP|SECURITY|LANGUAGE (c|internal)|INTO (TEMP|app\.made)|U&|; *[^ ].*LANGUAGE' | head -n 3)" ""
    is "$kind: and change rows in a rule or a body only" "$(grep -E "$texts" "$WORK/asked" | sed "s/'[^']*'//g" |
        grep 'VIEW' | grep -E 'DELETE FROM|INSERT INTO|UPDATE app' | head -n 3)" ""
    if [ "$(q target staging "SHOW server_version_num")" -ge 140000 ]; then
        ok "$kind: asked as who can only read" grep -q '^SET LOCAL ROLE pg_read_all_data' "$WORK/reading"
    else
        ok "$kind: asked as superuser, and that is said" grep -q 'asked about as superuser' "$WORK/said"
    fi
    python3 - "$WORK/report" >"$WORK/named" <<'PY'
import json, sys
d = json.load(open(sys.argv[1]))
named = [g for g in d["not_compared"] if g.get("path") and "was not asked" in g["why"]]
print(" ".join(sorted({g["kind"] for g in named})))
paths = {g["path"] for g in named}
print(" ".join(p for p in ("app.t1.tr", "app.t2.ru", "app.v27", "app.m1", "app.d1", "app.p1") if p not in paths))
PY
    is "$kind: what was not asked is named, of every kind" "$(head -n 1 "$WORK/named" | sed 's/ publication_table//; s/ statistics//')" \
        "check column domain exclusion function index index_part materialized_view policy procedure rule table trigger view"
    is "$kind: each by its path" "$(sed -n 2p "$WORK/named")" ""

    # Nothing at all is asked
    : >"$(server_dir target)/log"
    dbtwin diff "$WORK/hostile.xml" "$(url target staging)" --no-opinion >"$OUT" 2>"$ERR"
    out_has "$kind: --no-opinion is told as the reason" "--no-opinion"
    is "$kind: and nothing is asked" "$(asked target "$WORK/reading")" ""
    is "$kind: not even once" "$(sent target | grep -c dbtwin_scratch)" 0

    # What is looked for can be seen
    must q target staging "SELECT app.touch('x'), app.shell('x')"
    ok "$kind: what the program would have made is seen" test -e "$(server_dir target)/data/owned" -o -e "$file"
    isnt "$kind: and so is a sequence that moved" "$(state target staging | head -n 1)" "$(head -n 1 "$WORK/before")"
    server_stop target
done
done_testing
