#!/bin/bash
# Persons stay in production: a copy, a snapshot and a restore under mask: hold none of the planted
# values; joins, uniqueness, NULLs and lengths hold; verify masks what it compares; two nights are alike;
# a new column about a person stops the night (exit 4), and so does a rule that cannot fit.
. "$(dirname "$0")/../lib/live.sh"

schema() { # NAME: persons in places that one forgets, too
    local serial="bigint AUTO_INCREMENT PRIMARY KEY" json=json bytes="varbinary(40)" stamp="timestamp NULL" ip="varchar(45)"
    server_is_pg "$1" && serial="bigserial PRIMARY KEY" json=jsonb bytes=bytea stamp=timestamptz ip=inet
    cat <<SQL
CREATE TABLE users (id $serial, email varchar(120) NOT NULL UNIQUE, name varchar(60), phone varchar(30), born date,
    card varchar(24), settings $json, token $bytes, last_ip $ip, seen_at $stamp, note text, status varchar(10) NOT NULL);
CREATE TABLE orders (id $serial, user_email varchar(80) NOT NULL, address text, total decimal(10,2) NOT NULL,
    FOREIGN KEY (user_email) REFERENCES users (email) ON DELETE CASCADE);
CREATE TABLE login_log (id $serial, login varchar(120), message text);
INSERT INTO users (email, name, phone, born, card, settings, token, last_ip, seen_at, note, status) VALUES
    ('Zacharias.Quux@planted.example.com', 'Zacharias Quux', '+49 171 5550123', '1971-03-04', '4111 1111 1111 1111',
     '{"contact": {"mail": "zacharias.quux@planted.example.com"}, "theme": "dark", "tags": ["Quux", 7]}',
     'quuxsecret', '203.0.113.77', '2024-05-06 07:08:09', 'Call Quux after five, line 1
and a tab	and a \\\\ backslash', 'open'),
    ('wilhelmina@planted.example.com', 'Wilhelmina Plantée', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '', 'open'),
    ('kept@ours.example', '李小龍', '', '2001-02-03', '5500005555555559', '[]', '', '::1', NULL, NULL, 'shut');
INSERT INTO orders (user_email, address, total) VALUES
    ('Zacharias.Quux@planted.example.com', '12 Quux Street, Plantedville', 10.50),
    ('Zacharias.Quux@planted.example.com', NULL, 0), ('wilhelmina@planted.example.com', 'Plantedville', 3.99);
INSERT INTO login_log (login, message) VALUES ('zacharias.quux@planted.example.com', 'Quux logged in from 203.0.113.77');
SQL
}

rules() { # LINE...: the config, with further rules
    cat <<YAML
mask:
  key_file: $WORK/mask.key
  require: pii
  columns:
    "*.users.email": {email: {host: staging.invalid, keep_hosts: [ours.example]}}
    "*.login_log.login": {email: {host: staging.invalid, keep_hosts: [ours.example]}}
    "*.login_log.message": {text: {}}
    "*.users.name": {name: {}}
    "*.users.phone": {phone: {}}
    "*.users.born": {date: {within: 90d, together: id}}
    "*.users.card": {digits: {}}
    "*.users.settings": {json: {"\$.contact.mail": {email: {host: staging.invalid}}, "\$.theme": keep}}
    "*.users.token": {bytes: {}}
    "*.users.last_ip": {ip: {}}
    "*.users.seen_at": {date: {within: 90d, together: id}}
    "*.users.note": {text: {}}
    "*.orders.address": {text: {}}
YAML
    printf '    %s\n' "$@"
}

holds_nobody() { # LABEL FILE: in any spelling, in text, JSON, hexadecimal
    local found
    found=$(grep -aoiE 'quux|planted|zacharias|wilhelmina|李小龍|555.?0123|4111 1111|203\.0\.113|7175757873' "$2" | sort | uniq -c | head -5)
    if [ -s "$2" ] && [ -z "$found" ]; then pass "$1"; else fail "$1" "${found:-an empty file}"; fi
}

(umask 077; od -An -tx1 -N32 /dev/urandom | tr -d ' \n' >"$WORK/mask.key")
for kind in $(servers all); do
    start "$kind" prod staging
    fresh_db prod gdpr
    fresh_db staging gdpr
    fresh_db staging back
    schema prod >"$WORK/s.sql"
    must load prod gdpr "$WORK/s.sql"
    from=$(url prod gdpr) to=$(url staging gdpr) conf=$WORK/c.yaml
    rules '"*.users.status": keep' >"$conf"

    expect_exit 0 "$kind: copied" dbtwin copy --config "$conf" --verify full "$from" "$to"
    err_like "$kind: says how many" "masking: rules [0-9a-f]{16} mask 14 columns and keep 1"
    dump staging gdpr >"$WORK/a.sql"
    holds_nobody "$kind: nobody is in the copy" "$WORK/a.sql"
    is "$kind: rows" "$(q staging gdpr "SELECT count(*) FROM users"),$(q staging gdpr "SELECT count(*) FROM orders")" "3,3"
    is "$kind: joins hold" "$(q staging gdpr "SELECT count(*) FROM orders o JOIN users u ON u.email = o.user_email")" 3
    is "$kind: also those that no key declares" "$(q staging gdpr "SELECT count(*) FROM login_log l JOIN users u ON u.email = l.login")" 1
    is "$kind: no mail arrives" "$(q staging gdpr "SELECT count(*) FROM users WHERE email LIKE '%@staging.invalid'")" 2
    is "$kind: testers keep their account" "$(q staging gdpr "SELECT count(*) FROM users WHERE email = 'kept@ours.example'")" 1
    is "$kind: NULL stays" "$(q staging gdpr "SELECT count(*) FROM users WHERE phone IS NULL AND settings IS NULL AND token IS NULL")" 1
    is "$kind: empty stays" "$(q staging gdpr "SELECT count(*) FROM users WHERE note = '' OR phone = ''")" 2
    is "$kind: what is kept" "$(q staging gdpr "SELECT count(*) FROM users WHERE status IN ('open', 'shut')")" 3
    is "$kind: other columns are as they were" "$(q staging gdpr "SELECT sum(total) FROM orders")" 14.49
    days="seen_at::date - born"
    server_is_pg prod || days="DATEDIFF(seen_at, born)"
    is "$kind: intervals stay" "$(q staging gdpr "SELECT $days FROM users WHERE seen_at IS NOT NULL")" \
        "$(q prod gdpr "SELECT $days FROM users WHERE seen_at IS NOT NULL")"
    expect_exit 0 "$kind: verify compares masked rows" dbtwin verify --config "$conf" "$from" "$to"
    q staging gdpr "UPDATE users SET name = 'Zacharias Quux' WHERE status = 'shut'" >/dev/null
    expect_exit 1 "$kind: and finds what differs" dbtwin verify --config "$conf" "$from" "$to"
    out_lacks "$kind: without a value" "Quux"

    expect_exit 0 "$kind: a second night" dbtwin copy --config "$conf" "$from" "$to"
    dump staging gdpr >"$WORK/b.sql"
    same_files "$kind: is like the first" "$WORK/a.sql" "$WORK/b.sql"

    expect_exit 0 "$kind: a snapshot" dbtwin snapshot --config "$conf" "$from" -o "$WORK/masked.snap" --force
    expect_exit 0 "$kind: comes back" dbtwin restore --config "$conf" "$WORK/masked.snap" "$(url staging back)"
    err_has "$kind: and is not masked twice" "not masked again"
    dump staging back >"$WORK/c.sql"
    same_files "$kind: as the copy is" "$WORK/a.sql" "$WORK/c.sql"
    expect_exit 0 "$kind: a raw snapshot" dbtwin snapshot "$from" -o "$WORK/raw.snap" --force
    expect_exit 0 "$kind: is masked on its way in" dbtwin restore --config "$conf" "$WORK/raw.snap" "$(url staging back)"
    dump staging back >"$WORK/c.sql"
    same_files "$kind: alike" "$WORK/a.sql" "$WORK/c.sql"

    # The night after somebody added a column.
    q prod gdpr "ALTER TABLE orders ADD COLUMN delivery_phone varchar(30)" >/dev/null
    expect_exit 4 "$kind: a new column about a person stops the night" dbtwin copy --config "$conf" "$from" "$to"
    err_has "$kind: says which line to add" "orders.delivery_phone: {phone:"
    is "$kind: staging is as it was" "$(q staging gdpr "SELECT count(*) FROM users")" 3
    expect_exit 2 "$kind: unmasked without a reason" dbtwin copy --config "$conf" --unmasked " " "$from" "$to"
    q prod gdpr "ALTER TABLE orders DROP COLUMN delivery_phone" >/dev/null

    rules '"*.users.statsu": keep' >"$conf"
    expect_exit 2 "$kind: a rule that fits nothing" dbtwin copy --config "$conf" "$from" "$to"
    err_has "$kind: with its line" "c.yaml:18:5: mask: \"*.users.statsu\" fits no column"
    rules '"*.users.status": {email: {}}' >"$conf"
    expect_exit 2 "$kind: a rule that does not fit" dbtwin copy --config "$conf" "$from" "$to"
    err_has "$kind: with its column" "users.status: email: an address at example.invalid does not fit into"
    rules '"*.orders.user_email": {hash: {}}' >"$conf"
    expect_exit 2 "$kind: a child that is masked otherwise" dbtwin copy --config "$conf" "$from" "$to"
    err_has "$kind: with its parent" "so both need the same rule"
    rules | sed 's/"\*.users.email": .*/"*.users.email": {name: {}}/' >"$conf"
    expect_exit 2 "$kind: a name for a unique column" dbtwin copy --config "$conf" "$from" "$to"
    err_has "$kind: says why" "may give two rows one value"

    rules >"$conf"
    chmod 644 "$WORK/mask.key"
    expect_exit 4 "$kind: a key that others may read" dbtwin copy --config "$conf" "$from" "$to"
    chmod 600 "$WORK/mask.key"
    expect_exit 0 "$kind: unmasked, with a reason" dbtwin copy --config "$conf" --unmasked "a restore drill" "$from" "$to"
    mark="SELECT value FROM dbtwin.mark WHERE key = 'masked'"
    server_is_pg staging || mark="SELECT v FROM dbtwin_mark WHERE k = 'masked'"
    is "$kind: which the mark keeps" "$(q staging gdpr "$mark")" "no: a restore drill"
done
done_testing
