#!/bin/bash
# mask audit: a masked copy has no value of production, though lists and permutations give names that
# some rows have; raw values planted in columns of every kind, in the schema and in masked
# columns are all found, however they are spelled, and none is shown.
. "$(dirname "$0")/../lib/live.sh"

# Rows of customers: Plantedquux123 and so on is in one row each; Christopher is what a rule may also make.
schema() { # NAME
    if server_is_pg "$1"; then
        cat <<'SQL'
CREATE TABLE customers (id bigint PRIMARY KEY, mail text UNIQUE, first_name text, last_name text, company text, phone text, doc jsonb, aliases text[], remark text);
CREATE TABLE events (id bigint PRIMARY KEY, body text, payload jsonb, old json, search tsvector, data bytea, x xml, tags text[], addr inet, code varchar(40));
CREATE MATERIALIZED VIEW people AS SELECT id, mail, first_name, 'x'::text AS extra FROM customers;
INSERT INTO customers SELECT i, 'plantedquux' || i || '@quux.example.com', CASE i WHEN 7 THEN 'Christopher' WHEN 8 THEN 'Elizabeth' WHEN 9 THEN 'Alexander' ELSE 'Quüxfred' || i END, 'Quast' || i,
    'Quux & Söhne ' || i, '+49 171 555' || 10000 + i, jsonb_build_object('mail', 'doc' || i || '@quux.example.com', 'plan', 'subscription' || i), ARRAY['alias, number ' || i, NULL], 'public remark ' || i FROM generate_series(1, 300) i;
INSERT INTO events SELECT i, 'Event number ' || i || ', done', '{"a": 1}', '{"a": 1}', to_tsvector('simple', 'nothing'), '\x00ff', '<a/>', ARRAY['a'], '192.0.2.1', i FROM generate_series(1, 300) i;
REFRESH MATERIALIZED VIEW people;
SQL
    else
        cat <<'SQL'
CREATE TABLE customers (id bigint PRIMARY KEY, mail varchar(100) UNIQUE, first_name varchar(60), last_name varchar(60), company varchar(60), phone varchar(30), doc json, aliases varchar(60), remark varchar(60)) CHARACTER SET latin1;
CREATE TABLE events (id bigint PRIMARY KEY, body text, payload json, old varchar(200), search text, data blob, x text, tags varchar(100), code varchar(40)) CHARACTER SET utf8mb4;
INSERT INTO customers WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
    SELECT i, concat('plantedquux', i, '@quux.example.com'), CASE i WHEN 7 THEN 'Christopher' WHEN 8 THEN 'Elizabeth' WHEN 9 THEN 'Alexander' ELSE concat('Quüxfred', i) END, concat('Quast', i),
    concat('Quux & Söhne ', i), concat('+49 171 555', 10000 + i), json_object('mail', concat('doc', i, '@quux.example.com'), 'plan', concat('subscription', i)), concat('alias, number ', i), concat('public remark ', i) FROM n;
INSERT INTO events WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
    SELECT i, concat('Event number ', i, ', done'), '{"a": 1}', '{"a": 1}', 'nothing', x'00ff', '<a/>', 'a', i FROM n;
SQL
    fi
}

# Each line: the place as it is named, a tab, the SQL that plants. Rows 2 to 90 are in every sample.
plants() { # NAME
    if server_is_pg "$1"; then
        cat <<'SQL'
public.events.body	UPDATE events SET body = 'Call PLANTEDQUUX3@quux.example.com, please' WHERE id = 3
public.events.payload	UPDATE events SET payload = '{"user": {"mails": ["plantedquux4@quux.example.com"]}}' WHERE id = 4
public.events.old	UPDATE events SET old = '{"n": "Qu\u00fcxfred5"}' WHERE id = 5
public.events.search	UPDATE events SET search = to_tsvector('simple', 'mail plantedquux6@quux.example.com now') WHERE id = 6
public.events.data	UPDATE events SET data = convert_to('..plantedquux7@quux.example.com..', 'UTF8') WHERE id = 7
public.events.x	UPDATE events SET x = '<a>Quux &amp; Söhne 8</a>' WHERE id = 8
public.events.tags	UPDATE events SET tags = ARRAY['a', 'x "plantedquux9@quux.example.com"'] WHERE id = 9
public.events.code	UPDATE events SET code = 'u=plantedquux10%40quux.example.com' WHERE id = 10
public.customers.mail	UPDATE customers SET mail = 'plantedquux11@quux.example.com' WHERE id = 200
public.customers.phone	UPDATE customers SET phone = '+49 171 55510012' WHERE id = 12
public.customers.first_name	UPDATE customers SET first_name = 'Quüxfred13' WHERE id = 13
public.customers.doc	UPDATE customers SET doc = '{"mail": "doc14@quux.example.com"}' WHERE id = 14
public.customers.aliases	UPDATE customers SET aliases = ARRAY['alias, number 15'] WHERE id = 15
public.customers.remark	UPDATE customers SET remark = 'of Quux & Söhne 16' WHERE id = 16
public.people.extra	DROP MATERIALIZED VIEW people; CREATE MATERIALIZED VIEW people AS SELECT 1 AS id, concat('plantedquux17', '@quux.example.com') AS extra
public.events (comment)	COMMENT ON TABLE events IS 'ask plantedquux18@quux.example.com'
public.events.code (default)	ALTER TABLE events ALTER code SET DEFAULT 'Quüxfred19'
public.events.c (check|expression|definition)	ALTER TABLE events ADD CONSTRAINT c CHECK (code <> 'plantedquux20@quux.example.com')
public.kinds (enum_label name)	CREATE TYPE kinds AS ENUM ('plantedquux21@quux.example.com', 'x')
large objects	SELECT lo_from_bytea(0, 'of plantedquux22@quux.example.com')
public.parts_1 (partition_bound|bound)	CREATE TABLE parts (a text) PARTITION BY LIST (a); CREATE TABLE parts_1 PARTITION OF parts FOR VALUES IN ('plantedquux23@quux.example.com')
public.v (query)	CREATE VIEW v AS SELECT 'plantedquux24@quux.example.com'::text AS a
public.events.h	CREATE EXTENSION hstore; ALTER TABLE events ADD h hstore; UPDATE events SET h = hstore('who', 'plantedquux25@quux.example.com') WHERE id = 25
public.events.at	CREATE TYPE place AS (street text, who text); ALTER TABLE events ADD at place; UPDATE events SET at = ('x, "y"', 'plantedquux26@quux.example.com') WHERE id = 26
public.events.grid	ALTER TABLE events ADD grid text[][]; UPDATE events SET grid = ARRAY[['a', 'b'], ['c', 'plantedquux27@quux.example.com']] WHERE id = 27
public.events.dom	CREATE DOMAIN many AS text[]; ALTER TABLE events ADD dom many; UPDATE events SET dom = ARRAY['plantedquux28@quux.example.com'] WHERE id = 28
public.events.b64	ALTER TABLE events ADD b64 text; UPDATE events SET b64 = 'x=' || encode(convert_to('to plantedquux29@quux.example.com', 'UTF8'), 'base64') WHERE id = 29
public.events.hex	ALTER TABLE events ADD hex text; UPDATE events SET hex = upper(encode('plantedquux30@quux.example.com', 'hex')) WHERE id = 30
public.events.plain	ALTER TABLE events ADD plain text; UPDATE events SET plain = 'mrs QUUXFRED31' WHERE id = 31
public.events.tel	ALTER TABLE events ADD tel text; UPDATE events SET tel = 'call 0171 / 55-510.032' WHERE id = 32
public.events.whole	ALTER TABLE events ADD whole text; UPDATE events SET whole = 'Quüxfred33 Quast33' WHERE id = 33
public.events.keys	ALTER TABLE events ADD keys jsonb; UPDATE events SET keys = '{"plantedquux34@quux.example.com": 1}' WHERE id = 34
public.trail.note	CREATE TABLE trail (note text); CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO trail VALUES (NEW.body); RETURN NEW; END'; CREATE TRIGGER keep AFTER UPDATE ON events FOR EACH ROW EXECUTE FUNCTION keep(); UPDATE events SET body = 'plantedquux35@quux.example.com' WHERE id = 35; UPDATE events SET body = 'x' WHERE id = 35
public.says*	CREATE FUNCTION says() RETURNS text LANGUAGE sql AS $$SELECT 'plantedquux36@quux.example.com'::text$$
public.events.events_idx (predicate)	CREATE INDEX events_idx ON events (id) WHERE code = 'plantedquux37@quux.example.com'
public.events.pol (using)	CREATE POLICY pol ON events USING (code <> 'plantedquux38@quux.example.com')
public.events.code (comment)	COMMENT ON COLUMN events.code IS 'like plantedquux39@quux.example.com'
public.mails*	CREATE DOMAIN mails AS text CHECK (VALUE <> 'plantedquux40@quux.example.com')
public.events.r*	CREATE RULE r AS ON DELETE TO events WHERE OLD.code = 'plantedquux41@quux.example.com' DO INSTEAD NOTHING
public (table name)	CREATE TABLE "plantedquux42@quux.example.com" (id int)
the schema (schema name)	CREATE SCHEMA "plantedquux43@quux.example.com"
public.events.gen (expression)	ALTER TABLE events ADD gen text GENERATED ALWAYS AS (CASE WHEN id < 0 THEN 'plantedquux44@quux.example.com' END) STORED
public.events.trg (condition|when|definition)	CREATE TRIGGER trg AFTER UPDATE ON events FOR EACH ROW WHEN (NEW.code = 'plantedquux45@quux.example.com') EXECUTE FUNCTION keep()
SQL
    else
        cat <<'SQL'
events.body	UPDATE events SET body = 'Call PLANTEDQUUX3@quux.example.com, please' WHERE id = 3
events.payload	UPDATE events SET payload = '{"user": {"mails": ["plantedquux4@quux.example.com"]}}' WHERE id = 4
events.old	UPDATE events SET old = '{"n": "Qu\\u00fcxfred5"}' WHERE id = 5
events.search	UPDATE events SET search = 'mail <plantedquux6@quux.example.com> now' WHERE id = 6
events.data	UPDATE events SET data = concat(x'0001', 'plantedquux7@quux.example.com', x'ff') WHERE id = 7
events.x	UPDATE events SET x = '<a>Quux &amp; Söhne 8</a>' WHERE id = 8
events.tags	UPDATE events SET tags = 'a,plantedquux9@quux.example.com' WHERE id = 9
events.code	UPDATE events SET code = 'u=plantedquux10%40quux.example.com' WHERE id = 10
customers.mail	UPDATE customers SET mail = 'plantedquux11@quux.example.com' WHERE id = 200
customers.phone	UPDATE customers SET phone = '+49 171 55510012' WHERE id = 12
customers.first_name	UPDATE customers SET first_name = 'Quüxfred13' WHERE id = 13
customers.doc	UPDATE customers SET doc = '{"mail": "doc14@quux.example.com"}' WHERE id = 14
customers.aliases	UPDATE customers SET aliases = 'alias, number 15' WHERE id = 15
customers.remark	UPDATE customers SET remark = 'of Quux & Söhne 16' WHERE id = 16
events (comment)	ALTER TABLE events COMMENT 'ask plantedquux18@quux.example.com'
events.code (default)	ALTER TABLE events ALTER code SET DEFAULT 'Quüxfred19'
events.kind (type)	ALTER TABLE events ADD kind enum('plantedquux21@quux.example.com', 'x')
v (query)	CREATE VIEW v AS SELECT 'plantedquux24@quux.example.com' AS a
events.b64	ALTER TABLE events ADD b64 text; UPDATE events SET b64 = concat('x=', to_base64('to plantedquux29@quux.example.com')) WHERE id = 29
events.hex	ALTER TABLE events ADD hex text; UPDATE events SET hex = hex('plantedquux30@quux.example.com') WHERE id = 30
events.plain	ALTER TABLE events ADD plain text; UPDATE events SET plain = 'mrs QUUXFRED31' WHERE id = 31
events.tel	ALTER TABLE events ADD tel text; UPDATE events SET tel = 'call 0171 / 55-510.032' WHERE id = 32
events.whole	ALTER TABLE events ADD whole text; UPDATE events SET whole = 'Quüxfred33 Quast33' WHERE id = 33
events.keys	ALTER TABLE events ADD `keys` json; UPDATE events SET `keys` = '{"plantedquux34@quux.example.com": 1}' WHERE id = 34
trail.note	CREATE TABLE trail (note text); CREATE TRIGGER keep AFTER UPDATE ON events FOR EACH ROW INSERT INTO trail VALUES (NEW.body); UPDATE events SET body = 'plantedquux35@quux.example.com' WHERE id = 35; UPDATE events SET body = 'x' WHERE id = 35
says (body|definition)	CREATE FUNCTION says() RETURNS text DETERMINISTIC RETURN 'plantedquux36@quux.example.com'
does (body|definition)	CREATE PROCEDURE does() SELECT 'plantedquux37@quux.example.com'
tick (body|definition)	CREATE EVENT tick ON SCHEDULE EVERY 1 DAY DISABLE DO SELECT 'plantedquux38@quux.example.com'
events.code (comment)	ALTER TABLE events MODIFY code varchar(40) DEFAULT 'Quüxfred19' COMMENT 'like plantedquux39@quux.example.com'
events.many (type)	ALTER TABLE events ADD many set('plantedquux40@quux.example.com', 'x')
parts.p*	CREATE TABLE parts (a varchar(60)) PARTITION BY LIST COLUMNS (a) (PARTITION p VALUES IN ('plantedquux41@quux.example.com'))
the schema (table name)	CREATE TABLE `plantedquux42@quux.example.com` (id int)
events.gen (expression)	ALTER TABLE events ADD gen varchar(60) AS (CASE WHEN x = 'no' THEN 'plantedquux44@quux.example.com' END) STORED
events.trg (body|definition)	CREATE TRIGGER trg BEFORE UPDATE ON events FOR EACH ROW SET NEW.tags = IF(NEW.tags = 'plantedquux45@quux.example.com', 'x', NEW.tags)
events.chk (expression|check)	ALTER TABLE events ADD CONSTRAINT chk CHECK (x <> 'plantedquux46@quux.example.com')
SQL
    fi
}

(umask 077; od -An -tx1 -N32 /dev/urandom | tr -d ' \n' >"$WORK/mask.key")
cat >"$WORK/c.yaml" <<YAML
mask:
  key_file: $WORK/mask.key
  require: pii
  columns:
    "*.customers.mail": {email: {}}
    "*.customers.first_name": {first: {}}
    "*.customers.last_name": {last: {}}
    "*.customers.company": {company: {}}
    "*.customers.phone": {phone: {}}
    "*.customers.doc": {json: {"\$.mail": {email: {}}, "\$.plan": keep}}
    "*.customers.aliases": {text: {}}
YAML
for kind in $(some_servers); do
    start "$kind" prod staging
    fresh_db prod audited
    fresh_db staging audited
    schema prod >"$WORK/s.sql"
    must load prod audited "$WORK/s.sql"
    from=$(url prod audited) to=$(url staging audited)
    # What nobody's data is in is kept, by name, as an officer has to say
    sed -i '/: keep$/d' "$WORK/c.yaml"
    for column in customers.remark events.body events.payload events.old events.search events.data events.x events.tags $(server_is_pg prod && echo events.addr); do
        echo "    $(server_is_pg prod && echo public.)$column: keep" >>"$WORK/c.yaml"
    done
    expect_exit 2 "$kind: against what must be said" dbtwin mask audit --config "$WORK/c.yaml" "$to"
    err_has "$kind: by an option" "--against"
    expect_exit 0 "$kind: a masked copy" dbtwin copy --config "$WORK/c.yaml" "$from" "$to"
    expect_exit 0 "$kind: is clean" dbtwin mask audit --config "$WORK/c.yaml" "$to" --against "$from"
    out_like "$kind: many values were looked for" "^[0-9,]{3,} values of .* were looked for in [23] tables"
    expect_exit 1 "$kind: production itself is not" dbtwin mask audit --config "$WORK/c.yaml" "$from" --against "$from"
    out_lacks "$kind: and no value is shown" "quux.example"

    expect_exit 3 "$kind: the first rows are not all" dbtwin mask audit --limit 1 --config "$WORK/c.yaml" "$to" --against "$from"
    out_has "$kind: which is said" "only the first 1 rows"

    plants staging >"$WORK/plants"
    while IFS=$'\t' read -r place sql; do
        echo "$sql;" >"$WORK/plant.sql"
        must load staging audited "$WORK/plant.sql" </dev/null
    done <"$WORK/plants"
    expect_exit 1 "$kind: planted values are found" dbtwin mask audit --verbose --config "$WORK/c.yaml" "$to" --against "$from"
    while IFS=$'\t' read -r place sql; do
        escaped=$(sed 's/[.]/[.]/g; s/(/[(](/; s/)/)[)]/' <<<"${place%\**}")
        out_like "$kind: in $place" "^  $escaped.*: [12] values? of "
    done <"$WORK/plants"
    is "$kind: and in no other place" "$(grep '^  ' "$OUT" | grep -vcE '(says[(][)]|^  [a-z ]+) [(]definition[)]')" "$(wc -l <"$WORK/plants")"
    is "$kind: no value is shown" "$(cat "$OUT" "$ERR" | grep -ciE 'planted|quux[.]|fred1|doc14|55510')" 0
done
done_testing
