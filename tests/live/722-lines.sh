#!/bin/bash
# What stands in a database neither steers the terminal nor forges a line of what dbtwin says; and a
# run that is dated in the future is not trusted.
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/live/copies.sh"

esc=$'\e'
clean() { # NAME: neither output holds a control character but the line's end
    is "$1: nothing steers the terminal" "$(cat "$OUT" "$ERR" | LC_ALL=C tr -d '\n\040-\176\200-\377' | wc -c)" 0
    is "$1: no line is forged" "$(cat "$OUT" "$ERR" | grep -c '^forged')" 0
}

for kind in $(one_of_each); do
    start "$kind" prod staging
    fresh_db prod lines
    fresh_db staging lines
    from=$(url prod lines) to=$(url staging lines)
    bad="a${esc}[2Jb"
    if server_is_pg prod; then
        bad="a${esc}[2J"$'\nforged: b'
        must q prod lines "CREATE TABLE \"$bad\" (a varchar(60) PRIMARY KEY, b int)"
        must q prod lines "INSERT INTO \"$bad\" VALUES (E'k\\x1b[2J\\nforged', 1)"
        must q prod lines "CREATE FUNCTION \"$bad\"() RETURNS int LANGUAGE sql AS 'SELECT 1'"
        must q prod lines "CREATE PUBLICATION \"$bad\" FOR ALL TABLES"
        table="\"$bad\"" runs=dbtwin.run
    else
        must q prod lines "CREATE TABLE \`$bad\` (a varchar(60) PRIMARY KEY, b int)"
        must q prod lines "INSERT INTO \`$bad\` VALUES (CONCAT('k', CHAR(27 USING utf8mb4), '[2J'), 1)"
        must q prod lines "CREATE EVENT \`$bad\` ON SCHEDULE EVERY 1 DAY DO SELECT 1"
        table="\`$bad\`" runs=dbtwin_run
    fi
    ok "$kind: preflight" dbtwin preflight "$from" "$to"
    clean "$kind: preflight"
    ok "$kind: copy" dbtwin copy -v "$from" "$to"
    clean "$kind: copy"
    must q staging lines "UPDATE $table SET b = 2"
    expect_exit 1 "$kind: verify" dbtwin verify "$from" "$to"
    clean "$kind: verify"
    out_has "$kind: verify: the key is readable" '\x1B[2J'
    must q staging lines "DROP TABLE $table"
    expect_exit 1 "$kind: diff" dbtwin diff "$from" "$to"
    clean "$kind: diff"
    expect_exit 2 "$kind: a word of the command line" dbtwin copy "$from" "$to" --without "$bad"
    clean "$kind: a word of the command line"
    ok "$kind: inspect" dbtwin inspect "$from" -f tree
    clean "$kind: inspect"

    ok "$kind: status" dbtwin status "$to"
    must q staging lines "UPDATE $runs SET source = '${esc}[2J'"
    ok "$kind: status of a strange source" dbtwin status "$to"
    clean "$kind: status"
    soon=$(date -u -d '+2 minutes' +%FT%TZ) late=$(date -u -d '+1 day' +%FT%TZ)
    must q staging lines "UPDATE $runs SET taken_at = '$soon', finished_at = '$soon'"
    ok "$kind: a clock may be some minutes ahead" dbtwin status "$to" --max-age 1h
    must q staging lines "UPDATE $runs SET taken_at = '$late', finished_at = '$late'"
    expect_exit 1 "$kind: a run of tomorrow" dbtwin status "$to" --max-age 1h
    out_has "$kind: a run of tomorrow: says so" "in the future"
    expect_exit 1 "$kind: a run of tomorrow, without an age" dbtwin status "$to" --format json
    out_has "$kind: a run of tomorrow: in JSON" '"verdict": "future"'
    out_lacks "$kind: a run of tomorrow: has no age" age_seconds
done
done_testing
