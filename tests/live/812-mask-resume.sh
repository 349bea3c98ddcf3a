#!/bin/bash
# A run that failed is resumed only with the same rules and the same key: a twin never holds rows of two.
. "$(dirname "$0")/../lib/live.sh"

rules() { printf 'mask:\n  key_file: %s\n  require: none\n  columns:\n    "*.a.mail": {%s: {}}\n' "$WORK/$1" "$2" >"$WORK/c.yaml"; }
key() { (umask 077; od -An -tx1 -N32 /dev/urandom | tr -d ' \n' >"$WORK/$1"); }
cut() { # LABEL: b takes ten seconds, and a is there when the run gives up
    expect_exit 2 "$1" dbtwin copy --config "$WORK/c.yaml" --resume -j 2 --max-rate 300k --max-snapshot-age 2s "$from" "$to"
    err_has "$1: by its limit" "snapshot"
}

key one
key two
for kind in $(servers pg); do
    start "$kind" prod staging
    fresh_db prod maskres
    fresh_db staging maskres
    must q prod maskres "CREATE TABLE a (id int PRIMARY KEY, mail varchar(80)); INSERT INTO a VALUES (1, 'planted@quux.example'), (2, NULL);
        CREATE TABLE b (id int PRIMARY KEY, t text)"
    must q prod maskres "INSERT INTO b SELECT i, repeat(md5(i::text), 30) FROM generate_series(1, 3000) i"
    from=$(url prod maskres) to=$(url staging maskres)
    rules one email
    cut "$kind: a run that gives up"
    expect_exit 0 "$kind: the same rules and key" dbtwin copy --config "$WORK/c.yaml" --resume "$from" "$to"
    err_has "$kind: resume it" "; resumed: "
    one=$(q staging maskres "SELECT mail FROM a WHERE id = 1")
    cut "$kind: another one"
    rules two email
    expect_exit 0 "$kind: another key" dbtwin copy --config "$WORK/c.yaml" --resume "$from" "$to"
    err_lacks "$kind: begins again" "; resumed: "
    isnt "$kind: with another value" "$(q staging maskres "SELECT mail FROM a WHERE id = 1")" "$one"
done
done_testing
