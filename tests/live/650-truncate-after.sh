#!/bin/bash
# Tables that are to arrive empty do, by name and pattern, in copy, snapshot and restore; SQL of
# --after is run before the swap, and nothing changes if it fails.
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/live/copies.sh"

for kind in $(one_of_each); do
    start "$kind" prod staging
    fresh_db prod empties
    fresh_db staging empties
    p=
    server_is_pg prod && p=public.
    for t in users session queue_mail queue_sms; do
        must q prod empties "CREATE TABLE $t (a int PRIMARY KEY, b varchar(50))"
        must q prod empties "INSERT INTO $t VALUES (1, 'one@example.org'), (2, 'two@example.org')"
    done
    must q prod empties "CREATE INDEX session_b ON session (b)"
    must q prod empties "CREATE TABLE visit (a int PRIMARY KEY, s int REFERENCES session (a))"
    from=$(url prod empties) to=$(url staging empties)
    rows() { q staging empties "SELECT count(*) FROM $1"; }

    ok "$kind: a copy" dbtwin copy "$from" "$to" --truncate "${p}session" --truncate "${p}queue_*" \
        --truncate "${p}visit"
    err_has "$kind: says what arrives empty" "arrives empty: ${p}queue_sms"
    is "$kind: by name" "$(rows session)" 0
    is "$kind: by pattern" "$(rows queue_mail)" 0
    is "$kind: both" "$(rows queue_sms)" 0
    is "$kind: others are full" "$(rows users)" 2
    ok "$kind: the schema is whole" dbtwin diff "$from" "$to"

    before=$(sum_of staging empties)
    expect_exit 2 "$kind: no such table" dbtwin copy "$from" "$to" --truncate "${p}sesion"
    err_has "$kind: is named" "--truncate ${p}sesion"
    untouched "$kind: no such table" staging empties "$before"
    must q prod empties "INSERT INTO visit VALUES (1, 1)"
    expect_exit 2 "$kind: rows that refer to it" dbtwin copy "$from" "$to" --truncate "${p}session"
    err_has "$kind: rows that refer to it: what to do" "--truncate ${p}visit"
    untouched "$kind: rows that refer to it" staging empties "$before"
    ok "$kind: unless they stay behind too" \
        dbtwin copy -q "$from" "$to" --truncate "${p}session" --truncate "${p}visit"
    is "$kind: so they do" "$(rows visit)" 0

    must dbtwin snapshot -q "$from" -o "$WORK/s" --force --truncate "${p}session" --truncate "${p}visit"
    ok "$kind: the snapshot" dbtwin check "$WORK/s"
    out_like "$kind: holds three tables' rows" ', 6 rows,'
    ok "$kind: restore" dbtwin restore -q "$WORK/s" "$to" --truncate "${p}users"
    is "$kind: without sessions" "$(rows session)" 0
    is "$kind: and users" "$(rows users)" 0
    is "$kind: with mails" "$(rows queue_mail)" 2

    # --after, from the config as a list
    cat >"$WORK/dbtwin.yaml" <<END
databases:
  s:
    url: $to
    options:
      truncate: [${p}session, ${p}visit]
      after:
        - UPDATE ${p}users SET b = 'first'
        - UPDATE ${p}users SET b = concat(b, ', then user ', a)
END
    ok "$kind: --after" dbtwin copy -q "$from" s -c "$WORK/dbtwin.yaml"
    is "$kind: was run in its order" "$(q staging empties "SELECT b FROM users WHERE a = 2")" "first, then user 2"
    is "$kind: with what else the config says" "$(rows session)" 0
    is "$kind: production knows nothing of it" "$(q prod empties "SELECT b FROM users WHERE a = 2")" two@example.org
    before=$(sum_of staging empties)
    expect_exit 2 "$kind: --after that fails" \
        dbtwin copy "$from" "$to" --after "DELETE FROM ${p}users" --after "UPDATE ${p}nowhere SET a = 1"
    err_has "$kind: names the statement" "nowhere SET a = 1"
    untouched "$kind: --after that fails" staging empties "$before"
done
done_testing
