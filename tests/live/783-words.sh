#!/bin/bash
# What people type by mistake, against live servers: the same database twice, a target that is not there; what a
# snapshot leaves out is counted nowhere.
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/live/copies.sh"

for kind in $(one_of_each); do
    start "$kind" prod
    fresh_db prod words
    must q prod words "CREATE TABLE t (a int PRIMARY KEY)"
    expect_exit 3 "$kind: a database against itself" dbtwin diff "$(url prod words)" "$(url prod words)"
    out_has "$kind: is no comparison" "one and the same database"
    spelt=$(url prod words | sed 's/words/w%6Frds/')
    expect_exit 3 "$kind: nor is it under another spelling" dbtwin diff "$(url prod words)" "$spelt"
    out_has "$kind: which is seen" "one and the same database"
    fresh_db prod words2
    expect_exit 1 "$kind: another database of the server is one" dbtwin diff "$(url prod words)" "$(url prod words2)"
    expect_exit 2 "$kind: rollback of a database that is not there" dbtwin rollback "$(url prod absent)"
    err_has "$kind: says that" "there is no such database"

    # What a snapshot leaves out is not in the file, and so in no count, nor restored.
    must q prod words "CREATE TABLE gone (a int PRIMARY KEY); CREATE TABLE needs_it (a int, CONSTRAINT k FOREIGN KEY (a) REFERENCES gone (a));
        CREATE VIEW of_it AS SELECT a FROM gone; INSERT INTO gone VALUES (1), (2); INSERT INTO t VALUES (7)"
    ok "$kind: a snapshot without a table" dbtwin snapshot "$(url prod words)" -o "$WORK/$kind.dbtwin" --without table:gone --without view:of_it --without foreign_key
    err_like "$kind: counts the others" ': 2 tables, 1 rows?,'
    ok "$kind: check" dbtwin check "$WORK/$kind.dbtwin"
    out_like "$kind: check counts alike" ': 2 tables, 1 rows?,'
    ok "$kind: restore" dbtwin restore "$WORK/$kind.dbtwin" "$(url prod words2)"
    err_like "$kind: so does restore" ': 2 tables, 1 rows?,'
    is "$kind: the table is not there" "$(q prod words2 "SELECT count(*) FROM information_schema.tables WHERE table_name IN ('t', 'needs_it', 'gone', 'of_it') AND table_schema IN ('public', 'words2')")" 2
done
done_testing
