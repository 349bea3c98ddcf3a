#!/bin/bash
# Expressions as people write them are what the server makes of them, though that takes it more than
# one reading (v IN ('a', 'b') over varchar), in every slot that holds one; and another constant in
# them is another text, in every slot too.
. "$(dirname "$0")/../lib/live.sh"
. "$(dirname "$0")/../lib/restore.sh"

# Element, name, property and the text as fixtures/restore/postgres.sql has it (defaults with the type that
# the server gives them, for they are asked about alone); a tab between.
cat >"$WORK/written" <<'LIST'
check	colour_check	expression	VALUE IN ('r', 'g', 'b')
domain	colour	default	'r'::varchar
column	a	default	substr('xy', 1, 1)
check	Ta"b_a_check	expression	a IN ('x', 'y', 'z')
check	Ta"b_b_check	expression	b NOT IN ('p', 'q')
check	Ta"b_n_check	expression	n BETWEEN 1 AND 5 AND n NOT BETWEEN 2 AND 3
column	g	expression	a IN ('x', 'y')
exclusion	ex	definition	EXCLUDE USING gist (r WITH &&) WHERE (a IN ('x', 'y'))
index	part	predicate	a IN ('x', 'y')
index_part	1	expression	(CASE WHEN a IN ('x', 'y') THEN 1 END)
policy	pol	using	a IN ('x', 'y')
policy	pol	with_check	a IN ('x', 'z') AND id IN (SELECT id FROM "re.st"."Ta""b")
view	vi	query	SELECT t.id, u.a, extract(month FROM t.d)::numeric AS m FROM "re.st"."Ta""b" t LEFT JOIN "re.st"."Ta""b" u USING (id) WHERE t.a IN ('x', 'y') OR u.a = ANY ('{x,y}')
materialized_view	mv	query	SELECT v.id, (v.a IN ('x', 'y')) AS f FROM "re.st".vi v JOIN LATERAL (SELECT 1 AS one) l ON true
rule	ru	definition	CREATE RULE ru AS ON UPDATE TO "re.st"."Ta""b" WHERE (NEW.a IN ('x', 'y') AND OLD.a <> NEW.a) DO INSERT INTO "re.st".log (t) VALUES (NEW.a)
trigger	tr	definition	CREATE TRIGGER tr BEFORE UPDATE OF a ON "re.st"."Ta""b" FOR EACH ROW WHEN (NEW.a IN ('x', 'y')) EXECUTE FUNCTION "re.st".trg('a', 'b c')
trigger	vtr	definition	CREATE TRIGGER vtr AFTER INSERT ON "re.st".vi FOR EACH STATEMENT WHEN (current_user::varchar IN ('x', 'y')) EXECUTE FUNCTION "re.st".trg()
table	halves	partition_key	LIST ((a IN ('x', 'y')))
function	de(character varying, boolean)	arguments	a character varying DEFAULT 'x'::varchar, b boolean DEFAULT 'y'::varchar IN ('x', 'y')
14 function	atomic(character varying)	body	BEGIN ATOMIC SELECT a IN ('x', 'y') FROM "re.st"."Ta""b" WHERE "Ta""b".a = x; END
14 procedure	doing(character varying)	body	BEGIN ATOMIC INSERT INTO "re.st".log (t) SELECT 'z' WHERE x IN ('x', 'y'); END
14 function	ret(character varying)	body	RETURN x IN ('x', 'y')
14 statistics	st.ex	definition	CREATE STATISTICS "re.st"."st.ex" (ndistinct, mcv) ON b, (a IN ('x', 'y')) FROM "re.st"."Ta""b"
15 publication_table	"re.st".log	filter	t BETWEEN 'x' AND 'y'
18 column	vg	expression	a IN ('x', 'z')
LIST

cat >"$WORK/edit.py" <<'PY'
import sys
import xml.etree.ElementTree as tree
model, written, version, how, out = sys.argv[1:]
wanted = {}
for line in open(written):
    what, name, prop, text = line.rstrip('\n').split('\t')
    least, _, what = what.rpartition(' ')
    if int(least or 0) <= int(version):
        wanted[what, name, prop] = text
t = tree.parse(model)
parent = {c: p for p in t.iter() for c in p}
put = 0
def change(text): # another constant
    for old, new in (("'y'", "'Q'"), ("'g'", "'Q'"), ("'q'", "'Q'"), ("'z'", "'Q'"), ("5", "6"), ("'r'", "'Q'"), ("'xy'", "'Qy'")):
        if old in text:
            return text.replace(old, new, 1)
    raise Exception(text)
for (what, name, prop), text in wanted.items():
    text = text if how == 'written' else change(text)
    for e in t.iter(what):
        if e.get('name') != name:
            continue
        if what == 'index_part' and parent[e].get('name') != 'expr' or what == 'column' and parent[e].get('name') != 'Ta"b':
            continue
        if what == 'rule' and parent[e].get('name') != 'Ta"b':
            continue
        child = e.find(prop)
        if child is not None:
            child.text = text
        elif e.get(prop) is not None:
            e.set(prop, text)
        else:
            continue
        put += 1
t.write(out, encoding='utf-8', xml_declaration=True)
print(put, len(wanted))
PY

for kind in $(servers pg); do
    start "$kind" "r$kind"
    fresh_db "r$kind" written
    must load "r$kind" written "$TOP/fixtures/restore/postgres.sql"
    version=$(($(q "r$kind" written "SHOW server_version_num") / 10000))
    must dbtwin inspect "$(url "r$kind" written)" -o "$WORK/model.xml"
    must move "r$kind" written "r$kind" staging
    read -r put all <<<"$(python3 "$WORK/edit.py" "$WORK/model.xml" "$WORK/written" "$version" written "$WORK/written.xml")"
    is "$kind: each text found its slot" "$put" "$all"
    expect_exit 0 "$kind: as written is as restored" dbtwin diff "$WORK/written.xml" "$(url "r$kind" staging)"
    must python3 "$WORK/edit.py" "$WORK/model.xml" "$WORK/written" "$version" other "$WORK/other.xml"
    expect_exit 1 "$kind: other constants are drift" dbtwin diff "$WORK/other.xml" "$(url "r$kind" staging)" --format json
    is "$kind: each of them" "$(python3 -c 'import json, sys
print(sum(len(c.get("properties", [])) for c in json.load(sys.stdin)["changes"] if c["change"] == "changed"))' <"$OUT")" "$all"
done
done_testing
