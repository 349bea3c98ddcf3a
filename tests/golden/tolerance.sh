#!/bin/bash
# tolerance.sh DBTWIN - what is no drift: the baseline's life from file to file, names that are
# mapped, patterns of the config and what is wrong with them. No server.
dbtwin=$(realpath "$1") || exit 2
top=$(cd "$(dirname "$0")" && pwd)
. "$top/../lib/tap.sh"
cd "$WORK" || exit 2

# model FILE ATTRIBUTES-OF-DATABASE: standard input is what is in the database
model() {
    {
        echo '<?xml version="1.0" encoding="UTF-8"?>'
        echo '<model dbtwin="1" engine="postgresql" version="150020" server_version="15.20" database="'"$2"'">'
        echo "<database name=\"$2\">"
        cat
        echo '</database></model>'
    } >"$1"
}

# wrong NAME TEXT ARGUMENT...: exit code 2 with TEXT in the message
wrong() {
    local name=$1 text=$2
    shift 2
    expect_exit 2 "$name" "$dbtwin" "$@"
    err_has "$name: says so" "$text"
}

model from.xml shop <<'END'
<schema name="public">
  <table name="users" owner="shop"><column name="id" type="bigint"/></table>
  <view name="v" owner="shop"><query>SELECT 1</query></view>
</schema>
END
model to.xml stage <<'END'
<schema name="public">
  <table name="users" owner="bob"><column name="id" type="integer"/></table>
</schema>
END

# ---- the baseline ------------------------------------------------------------------------------
digest() { printf %s "$1" | sha256sum | cut -c1-64; }
expect_exit 1 "without a baseline: drift" "$dbtwin" diff from.xml to.xml
ok "--write-baseline: all is accepted" "$dbtwin" diff from.xml to.xml --write-baseline b.json \
    --reason 'they moved; see "#7"'
out_has "--write-baseline: says so" "accepted by the baseline: 3 differences"
out_has "--write-baseline: verdict" "Same: no drift"
cp b.json "$OUT"
out_has "the file has the reason" '"reason": "they moved; see \"#7\""'
out_has "the file has the day" "\"accepted\": \"$(date +%F)\""
out_has "the file has digests: of FROM" "sha256:$(digest shop)"
out_has "the file has digests: of TO" "sha256:$(digest integer)"
out_lacks "the file has no values" bigint
is "the file is whole" "$(ls b.json*)" b.json
ok "--baseline" "$dbtwin" diff from.xml to.xml --baseline b.json -o r.json
cp r.json "$OUT"
out_has "--baseline: JSON counts" '"accepted": 3'
out_has "--baseline: JSON's verdict" '"verdict": "same"'
is "--baseline: JSON has no changes" "$(grep -c '"change":' r.json)" 0
expect_exit 1 "the other way round it accepts nothing" "$dbtwin" diff to.xml from.xml --baseline b.json
out_has "the other way round: outdated" "accepted for other values: table public.users, owner"
out_has "the other way round: the view" "no longer needed: view public.v (they moved"

sed 's/type="integer"/type="smallint"/' to.xml >to2.xml
expect_exit 1 "a value that changed since is drift again" "$dbtwin" diff from.xml to2.xml --baseline b.json
out_has "changed since: is listed" "type: bigint → smallint"
out_has "changed since: is noted" "accepted for other values: column public.users.id, type"
out_lacks "changed since: the owner is still accepted" "owner:"
sed 's/owner="bob"/owner="shop"/' to.xml >to3.xml
ok "what is needed no more is no drift" "$dbtwin" diff from.xml to3.xml --baseline b.json
out_has "no longer needed: is named" "no longer needed: table public.users, owner"

ok "until a day that comes" "$dbtwin" diff from.xml to.xml --write-baseline u.json --reason r --until 2999-12-31
ok "until a day that comes: accepted" "$dbtwin" diff from.xml to.xml --baseline u.json
sed 's/2999-12-31/2020-02-29/' u.json >old.json
expect_exit 1 "until a day that is past" "$dbtwin" diff from.xml to.xml --baseline old.json -o xml:old.xml
out_has "past: is noted" "expired after 2020-02-29: view public.v (r)"
out_has "past: is listed" "- view public.v: missing in to.xml"
cp old.xml "$OUT"
out_has "past: XML" '<expired kind="view" path="public.v" reason="r" until="2020-02-29"/>'
ok "accepting again renews what is past" "$dbtwin" diff from.xml to.xml --write-baseline old.json --reason again
is "accepting again: the old entries are gone" "$(grep -c '"until"' old.json)" 0
is "accepting again: all have the new reason" "$(grep -c '"reason": "again"' old.json)" 3
ok "accepting more" "$dbtwin" diff from.xml to2.xml --write-baseline b.json --reason more
is "accepting more: what was accepted keeps its reason" "$(grep -c 'they moved' b.json)" 2
is "accepting more: and the new has its own" "$(grep -c '"reason": "more"' b.json)" 1

wrong "no reason" "--write-baseline needs --reason" diff from.xml to.xml --write-baseline x.json
wrong "an empty reason" "--write-baseline needs --reason" diff from.xml to.xml --write-baseline x.json --reason ""
wrong "a reason for nothing" "--reason needs --write-baseline" diff from.xml to.xml --reason r
wrong "no such day" '--until takes a day as YYYY-MM-DD, not "2026-02-30"' diff from.xml to.xml \
    --write-baseline x.json --reason r --until 2026-02-30
wrong "no such baseline" "cannot read the baseline none.json" diff from.xml to.xml --baseline none.json
is "nothing was written" "$(ls x.json* 2>/dev/null)" ""
head -c 100 b.json >cut.json
wrong "a baseline that was cut short" "cut.json: " diff from.xml to.xml --baseline cut.json
wrong "a baseline that cannot be written" "no/such/x.json" diff from.xml to.xml \
    --write-baseline no/such/x.json --reason r

mkdir conf
cp u.json conf/accepted.json
echo 'baseline: accepted.json' >conf/c.yaml
ok "the config names a baseline beside itself" "$dbtwin" -c conf/c.yaml diff from.xml to.xml

# ---- the map -----------------------------------------------------------------------------------
model prod.xml shop <<'END'
<role name="shop_app"/>
<schema name="shop" owner="shop_app">
  <table name="users" owner="shop_app" tablespace="fast">
    <column name="id" type="shop.number"><default>nextval('shop.ids'::regclass)</default></column>
    <column name="note" type="text"><default>'shop.users'::text</default></column>
    <grant name="shop_app" grantee="shop_app" grantor="shop_app" privileges="SELECT"/>
  </table>
  <sequence name="ids" owned_by="shop.users.id"/>
  <view name="v" owner="shop_app"><query>SELECT shop.id, 'shop.users' FROM shop.users shop</query></view>
  <function name="f(shop.number)" owner="shop_app"/>
</schema>
END
sed 's/\bshop_app\b/web/g; s/tablespace="fast"/tablespace="slow"/; s/schema name="shop"/schema name="st age"/
    s/shop\.number/"st age".number/; s/type=""st age"\.number"/type="\&quot;st age\&quot;.number"/
    s/f("st age"\.number)/f(\&quot;st age\&quot;.number)/; s/owned_by="shop\./owned_by="\&quot;st age\&quot;./
    s/nextval(.shop\.ids/nextval('"'"'"st age".ids/; s/FROM shop\.users/FROM "st age".users/' prod.xml >stage.xml
cat >map.yaml <<'END'
map:
  schemas: {shop: st age}
  roles: {shop_app: web}
  tablespaces: {fast: slow}
END
expect_exit 1 "without the map: drift" "$dbtwin" diff prod.xml stage.xml
ok "mapped names are no drift" "$dbtwin" -c map.yaml diff prod.xml stage.xml
sed "s/'shop.users'::text/'x.users'::text/" stage.xml >stage2.xml
expect_exit 1 "a text constant is not mapped" "$dbtwin" -c map.yaml diff prod.xml stage2.xml
out_has "a text constant: is shown as it is" "default: 'shop.users'::text → 'x.users'::text"
cat >map2.yaml <<'END'
map:
  schemas: {shop: st age, other: st age}
END
sed 's|</database>|<schema name="other"/></database>|' prod.xml >prod2.xml
wrong "two schemas become one" "the config's map gives two objects one name" -c map2.yaml diff prod2.xml stage.xml

# ---- patterns ----------------------------------------------------------------------------------
cp "$top/ignore/from.xml" a.xml
cp "$top/ignore/to.xml" b.xml
cat >c.yaml <<'END'
ignore:
  - "*.audit_*"
  - kind:grant
  - public.users.*:comment
  - table.owner
kind: [table, column]
table: "items"
END
expect_exit 1 "patterns of the config" "$dbtwin" -c c.yaml diff a.xml b.xml
out_has "patterns of the config: drift" "comment: 'key' → 'other'"
ok "patterns of options are added" "$dbtwin" -c c.yaml diff a.xml b.xml --ignore column.comment
expect_exit 3 "nothing that fits is not the same" "$dbtwin" diff a.xml b.xml --table nothing
out_has "nothing that fits: says so" "neither database has what was selected"
expect_exit 3 "no schema that fits" "$dbtwin" diff a.xml b.xml --schema privat
ok "inspect takes patterns" "$dbtwin" inspect a.xml --table users --ignore kind:grant --ignore nowhere
out_has "inspect: the table" "table users"
out_lacks "inspect: no other" "items"
out_lacks "inspect: no grant" "grant"
err_has "inspect: warns of a pattern that matches nothing" "pattern nowhere matches nothing"

wrong "an unknown kind" '--kind: pattern tabel, column 1: there is no kind "tabel"' diff a.xml b.xml --kind tabel
wrong "an unknown kind in a pattern" 'column 6: there is no kind "grnt"' diff a.xml b.xml --ignore kind:grnt
wrong "an unknown property" 'column 8: column has no property "positon"' diff a.xml b.xml --ignore column.positon
err_has "an unknown property: those that there are" "type, charset, collation"
wrong "an open quote" "column 8: this quote is not closed" diff a.xml b.xml --ignore 'public."x'
# config NAME MESSAGE: standard input is the file
config() {
    cat >w.yaml
    wrong "config: $1" "$2" -c w.yaml diff a.xml b.xml
}
config "a bad pattern, with its place" 'w.yaml:2:5: pattern kind:x, column 6: there is no kind "x"' <<'END'
ignore:
  - kind:x
END
config "a pattern that is a mapping" 'w.yaml:1:9: "ignore" must be a single value' <<'END'
ignore: {a: b}
END
config "an unknown sort of name" 'w.yaml:2:3: unknown key "schema"' <<'END'
map:
  schema: {a: b}
END
config "a name twice" 'w.yaml:2:18: "a" is given twice, the first time in line 2' <<'END'
map:
  roles: {a: b,  a: c}
END
config "an empty name" 'a name is empty' <<'END'
map:
  roles: {a: ""}
END
config "a map that is a list" '"map" must be a mapping' <<'END'
map: [a]
END
config "no baseline" '"baseline" names no file' <<'END'
baseline: ""
END
done_testing
