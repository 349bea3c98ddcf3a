#!/bin/bash
# What people type by mistake, against live servers: the same database twice, a target that is not there.
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/live/copies.sh"

for kind in $(one_of_each); do
    start "$kind" prod
    fresh_db prod words
    must q prod words "CREATE TABLE t (a int PRIMARY KEY)"
    expect_exit 3 "$kind: a database against itself" dbtwin diff "$(url prod words)" "$(url prod words)"
    out_has "$kind: is no comparison" "one and the same database"
    fresh_db prod words2
    expect_exit 1 "$kind: another database of the server is one" dbtwin diff "$(url prod words)" "$(url prod words2)"
    expect_exit 2 "$kind: rollback of a database that is not there" dbtwin rollback "$(url prod absent)"
    err_has "$kind: says that" "there is no such database"
done
done_testing
