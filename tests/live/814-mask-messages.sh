#!/bin/bash
# Servers write values into their errors. Of a masked copy that fails, on load, in an index, by a CHECK, a foreign
# key or a rule's own SQL, none is in the messages, the log, the status or the history. preflight
# shows masking as a check, go or no-go, and keys of references: join columns.
. "$(dirname "$0")/../lib/live.sh"

schema() {
    cat <<'SQL'
CREATE TABLE people (mail varchar(80) PRIMARY KEY, alias varchar(80) NOT NULL UNIQUE, note varchar(80) DEFAULT 'secretquux11', n int NOT NULL, CONSTRAINT checked CHECK (n < 1000));
CREATE TABLE orders (id int PRIMARY KEY, mail varchar(80) NOT NULL, note varchar(80), CONSTRAINT of_people FOREIGN KEY (mail) REFERENCES people (mail));
CREATE TABLE visits (id int PRIMARY KEY, who varchar(80), note varchar(80));
INSERT INTO people VALUES ('secretquux1@quux.org', 'secretquux2', 'secretquux3', 1), ('secretquux4@quux.org', 'secretquux5', 'secretquux6', 2);
INSERT INTO orders VALUES (1, 'secretquux1@quux.org', 'secretquux7'), (2, 'secretquux4@quux.org', 'secretquux8');
INSERT INTO visits VALUES (1, 'secretquux1@quux.org', 'secretquux9'), (2, 'secretquux4@quux.org', 'secretquux10');
SQL
}

config() { # RULE... to $WORK/c.yaml
    { printf 'mask:\n  key_file: %s\n  require: none\n  columns:\n' "$WORK/mask.key"; printf '    %s\n' "$@"; } >"$WORK/c.yaml"
}

fails() { # NAME WHAT: the copy by this config
    expect_exit 2 "$1" dbtwin copy --config "$WORK/c.yaml" "$from" "$to"
    err_like "$1: what it was" "$2"
    cat "$OUT" "$ERR" >"$WORK/said"
    dbtwin copy --log-format json --config "$WORK/c.yaml" "$from" "$to" >>"$WORK/said" 2>&1
    dbtwin status --format json "$to" >>"$WORK/said" 2>&1
    dbtwin status "$to" >>"$WORK/said" 2>&1
    dump staging hushed | grep -i 'failed: ' >>"$WORK/said"
    is "$1: no value is shown" "$(grep -ci 'secretquux' "$WORK/said")" 0
}

(umask 077; od -An -tx1 -N32 /dev/urandom | tr -d ' \n' >"$WORK/mask.key")
for kind in $(servers all); do
    start "$kind" prod staging
    fresh_db prod hushed
    fresh_db staging hushed
    schema >"$WORK/s.sql"
    must load prod hushed "$WORK/s.sql"
    from=$(url prod hushed) to=$(url staging hushed) number="CAST(mail AS integer)"
    server_is_pg prod || number="extractvalue(concat(mail, n, n), concat(mail, note))"

    config '"*.people.mail": {email: {}}' '"*.people.alias": {username: {}}'
    expect_exit 0 "$kind: a masked copy" dbtwin copy --config "$WORK/c.yaml" "$from" "$to"
    config '"*.people.mail": {email: {}}' '"*.people.note": {text: {}}'
    expect_exit 0 "$kind: a masked column with a default" dbtwin copy --config "$WORK/c.yaml" "$from" "$to"
    err_has "$kind: is named" "people.note (default)"
    err_lacks "$kind: and not shown" "secretquux"
    expect_exit 0 "$kind: preflight" dbtwin preflight --config "$WORK/c.yaml" "$from" "$to"
    out_like "$kind: shows masking" "masking.*go: rules [0-9a-f]{16} mask 3 columns and keep 0"

    config '"*.people.mail": {email: {}}' "\"*.people.alias\": {sql: {expression: \"concat('secretquux', '0')\"}}"
    fails "$kind: a duplicate" "([Dd]uplicate|unique).*[*][*][*]"
    config '"*.people.mail": {email: {}}' '"*.people.n": {sql: {expression: "n + 1000"}}'
    fails "$kind: a CHECK" "checked"
    config '"*.people.mail": {sql: {expression: "concat(mail, note)"}}' '"*.orders.mail": {sql: {expression: "concat(mail, note)"}}'
    fails "$kind: a foreign key" "foreign[ _]key"
    config '"*.people.mail": {email: {}}' "\"*.people.note\": {sql: {expression: \"$number\"}}"
    fails "$kind: a rule's own SQL" "people"

    # The schema's own literals, where everything must be decided.
    config '"*.people.mail": {email: {}}' '"*.people.note": {text: {}}' '"*.people.alias": keep' '"*.people.n": keep' '"*.orders.id": keep' '"*.orders.note": keep' '"*.visits.*": keep'
    sed -i 's/require: none/require: all/' "$WORK/c.yaml"
    expect_exit 4 "$kind: a literal that nobody looked at" dbtwin copy --config "$WORK/c.yaml" "$from" "$to"
    err_like "$kind: names it, with the line" "^.*- '(public.)?people.note'   # default"
    err_lacks "$kind: and does not show it" "secretquux"
    sed -i "s/  columns:/  literals: ['*people.note']\n  columns:/" "$WORK/c.yaml"
    expect_exit 0 "$kind: somebody did" dbtwin copy --config "$WORK/c.yaml" "$from" "$to"

    # A condition: rows of which it is false keep their value.
    config "\"*.people.note\": {text: {}, when: \"n = 1 OR note = 'x'\"}" '"*.visits.note": {text: {}}'
    expect_exit 0 "$kind: only some rows are masked" dbtwin copy --config "$WORK/c.yaml" --verify full "$from" "$to"
    is "$kind: those" "$(q staging hushed "SELECT count(*) FROM people WHERE note = 'secretquux6' OR (n = 1 AND note NOT LIKE 'secret%')")" 2
    expect_exit 0 "$kind: verify knows which" dbtwin verify --config "$WORK/c.yaml" "$from" "$to"
    config '"*.people.alias": {username: {}, when: "n = 1"}'
    expect_exit 2 "$kind: not in what is unique" dbtwin copy --config "$WORK/c.yaml" "$from" "$to"
    err_has "$kind: which is said" "people.alias: when: is not possible"
    must dbtwin snapshot "$from" --force -o "$WORK/raw.dbtwin"
    config '"*.people.note": {text: {}, when: "n = 1"}'
    expect_exit 4 "$kind: nor of a file's rows" dbtwin restore --config "$WORK/c.yaml" "$WORK/raw.dbtwin" "$to"
    config '"*.people.note": {sql: {expression: "upper(note)"}}'
    expect_exit 4 "$kind: nor is SQL" dbtwin restore --config "$WORK/c.yaml" "$WORK/raw.dbtwin" "$to"
    err_has "$kind: which would come as they are" "people.note: its rule is SQL"

    # A column that looks personal and has no rule.
    config '"*.people.mail": {email: {}}'
    sed -i 's/require: none/require: all/' "$WORK/c.yaml"
    expect_exit 4 "$kind: preflight without a rule" dbtwin preflight --config "$WORK/c.yaml" "$from" "$to"
    out_like "$kind: names the columns" "masking.*NO"
    out_has "$kind: and what to add" "people.alias"
    out_like "$kind: and the other checks" "^ *versions"
    expect_exit 0 "$kind: not masked" dbtwin preflight --unmasked "a test" --config "$WORK/c.yaml" "$from" "$to"
    out_like "$kind: is a warning" "masking.*not masked: a test"

    # A key that no constraint declares.
    path=$(server_is_pg prod && echo public.)
    config '"*.people.mail": {email: {}}'
    printf 'references:\n  %svisits.who: %speople.mail\n' "$path" "$path" >>"$WORK/c.yaml"
    expect_exit 0 "$kind: with a key of the config's" dbtwin copy --config "$WORK/c.yaml" "$from" "$to"
    is "$kind: joins hold" "$(q staging hushed "SELECT count(*) FROM visits v JOIN people p ON p.mail = v.who WHERE p.mail NOT LIKE '%quux%'")" 2
    config '"*.people.mail": {email: {}}' '"*.visits.who": {text: {}}'
    printf 'references:\n  %svisits.who: %speople.mail\n' "$path" "$path" >>"$WORK/c.yaml"
    expect_exit 2 "$kind: two rules for one key" dbtwin copy --config "$WORK/c.yaml" "$from" "$to"
    err_has "$kind: are refused" "by references:, so both need the same rule"
done
done_testing
