#!/bin/bash
# SQL of --after that would not stay, because it leaves a transaction open or takes it back, or that
# would change another database than the copy, is refused, and the target is as it was; what stays, stays.
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/live/copies.sh"

db=masks
masked() { q staging masks "SELECT email FROM users ORDER BY id"; }

for kind in $(some_servers); do
    start "$kind" prod staging
    for n in prod staging; do
        fresh_db $n masks
        fresh_db $n masks_other
        must q $n masks "CREATE TABLE users (id int PRIMARY KEY, email varchar(50))"
        must q $n masks "INSERT INTO users VALUES (1, '$n')"
        must q $n masks_other "CREATE TABLE users (id int PRIMARY KEY, email varchar(50))"
        must q $n masks_other "INSERT INTO users VALUES (1, 'other')"
    done
    from=$(url prod masks) to=$(url staging masks) s="UPDATE users SET email = 'anon'"
    server_is_pg staging && s="UPDATE public.users SET email = 'anon'"
    bad=("BEGIN; $s" "begin" "/* x */ BEGIN; $s" "START TRANSACTION; $s" "$s; START TRANSACTION; $s" "BEGIN; $s; ROLLBACK")
    good=("$s" "BEGIN; $s; COMMIT" "-- BEGIN
        $s" "START TRANSACTION; $s; COMMIT; SELECT 1")
    if server_is_pg staging; then
        bad+=("$s; ROLLBACK" "$s; /* a /* b */ c */ ABORT" "BEGIN; SAVEPOINT a; $s; ROLLBACK TO a; COMMIT" "COPY public.users FROM STDIN")
        good+=("DO \$\$ BEGIN $s; END \$\$")
    else
        bad+=("set autocommit=0" "SET autocommit = 0; $s" "SET @@session.autocommit=OFF; $s" "XA START 'a'; $s; XA END 'a'"
            "XA START 'b'; $s; XA END 'b'; XA PREPARE 'b'" "/*!40000 begin */; $s"
            "UPDATE masks.users SET email = 'anon'" "UPDATE \`masks\`.users SET email = 'anon'"
            "UPDATE masks_other /* x */ . /* y */ users SET email = 'anon'" "/*! UPDATE masks.users SET email = 'anon' */"
            "USE masks; $s" "SELECT 1; use masks_other; $s" "DELETE FROM u USING masks_other.users u"
            "SET @s = 'UPDATE mas'; SET @s = CONCAT(@s, 'ks.users SET email=1'); PREPARE p FROM @s; EXECUTE p"
            "TRUNCATE masks.users" "INSERT INTO users SELECT 9, email FROM masks.users WHERE id = 9")
        good+=("UPDATE users u SET u.email = 'anon'" "UPDATE users SET email = 'anon' WHERE email <> 'masks.users' -- masks.users"
            "LOCK TABLES users WRITE; $s")
    fi
    i=0
    for sql in "${bad[@]}"; do
        i=$((i + 1))
        if dbtwin copy -q "$from" "$to" --replace "$db" --after "$sql" >"$OUT" 2>"$ERR"; then fail "$kind: refused: ${sql//$'\n'/ }" "it was carried out"
        elif grep -q "while running --after" "$ERR"; then pass "$kind: refused: ${sql//$'\n'/ }"
        else fail "$kind: refused: ${sql//$'\n'/ }" "$(cat "$ERR")"; fi
        is "$kind: $i: the target is as it was" "$(masked)" staging
        is "$kind: $i: no other database was changed" "$(q staging masks_other "SELECT email FROM users")" other
    done
    is "$kind: no shadow is left" "$(shadows_of staging "$db")" ''
    expect_exit 4 "$kind: it is a refusal" dbtwin copy -q "$from" "$to" --replace "$db" --after "BEGIN; $s"
    err_has "$kind: which says what to do" "leave"
    for sql in "${good[@]}"; do
        must q staging masks "UPDATE users SET email = 'staging'"
        ok "$kind: carried out: ${sql//$'\n'/ }" dbtwin copy -q "$from" "$to" --replace "$db" --after "$sql"
        is "$kind: and masked: ${sql//$'\n'/ }" "$(masked)" anon
    done
    expect_exit 4 "$kind: BEGIN and COMMIT in two" dbtwin copy -q "$from" "$to" --replace "$db" --after BEGIN --after "$s" --after COMMIT
done

# Schema by schema: one transaction, which nothing may end.
for kind in $(servers pg | tail -n 1); do
    start "$kind" prod staging
    db=masked
    for n in prod staging; do
        q $n postgres "DROP DATABASE IF EXISTS masked" >/dev/null
        q $n postgres "DROP ROLE IF EXISTS mask_own" >/dev/null
        must q $n postgres "CREATE ROLE mask_own LOGIN"
        must q $n postgres "CREATE DATABASE masked OWNER mask_own"
        must q $n masked "ALTER SCHEMA public OWNER TO mask_own; SET ROLE mask_own; CREATE TABLE users (id int PRIMARY KEY, email text)"
        must q $n masked "SET ROLE mask_own; INSERT INTO users VALUES (1, '$n')"
    done
    from=$(url prod masked mask_own) to=$(url staging masked mask_own) s="UPDATE public.users SET email = 'anon'"
    rows() { q staging masked "SELECT email FROM users"; }
    for sql in "/* x */ ROLLBACK" "ROLLBACK" "-- x
COMMIT" ";commit" "/* /* */ x */ END" "COMMIT AND CHAIN" "ROLLBACK AND CHAIN" "PREPARE TRANSACTION 'x'" "BEGIN; $s" "$s; COMMIT" "ABORT"; do
        if dbtwin copy -q "$from" "$to" --replace "$db" --after "$sql" >"$OUT" 2>"$ERR"; then fail "$kind: in place: refused: ${sql//$'\n'/ }" "it was carried out"
        elif grep -q "while running --after" "$ERR"; then pass "$kind: in place: refused: ${sql//$'\n'/ }"
        else fail "$kind: in place: refused: ${sql//$'\n'/ }" "$(cat "$ERR")"; fi
        is "$kind: in place: the target is as it was after ${sql//$'\n'/ }" "$(rows)" staging
    done
    ok "$kind: in place: carried out" dbtwin copy -q "$from" "$to" --replace "$db" --after "/* x */ $s"
    is "$kind: in place: and masked" "$(rows)" anon
    for n in prod staging; do q $n postgres "DROP DATABASE masked" >/dev/null; q $n postgres "DROP ROLE mask_own" >/dev/null; done
done
done_testing
