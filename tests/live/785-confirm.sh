#!/bin/bash
# Rows that dbtwin did not put there are replaced where a person types the database's name, and by no
# other answer; the progress line stands still while somebody is asked.
. "$(dirname "$0")/../lib/live.sh"

ask() { python3 "$TOP/tests/lib/ask.py" "$@"; }

for kind in $(one_of_each); do # asks nothing of a version
    start "$kind" prod staging
    fresh_db prod shop
    must q prod shop "CREATE TABLE t (a int PRIMARY KEY); INSERT INTO t VALUES (1), (2)"
    fresh_db staging stage
    must q staging stage "CREATE TABLE mine (a int); INSERT INTO mine VALUES (7)"
    copy=("$DBTWIN" copy "$(url prod shop)" "$(url staging stage)")

    expect_exit 4 "$kind: yes is no name" ask yes "${copy[@]}"
    out_has "$kind: the question names the database" "Type the database's name (stage)"
    out_like "$kind: and the rows" 'table (public\.)?mine'
    out_has "$kind: nothing is drawn over it" "after the question: 0"
    export ASK_PAUSE=0.2
    expect_exit 4 "$kind: nor is nothing" ask '' "${copy[@]}"
    expect_exit 4 "$kind: nor the end of input" ask ^D "${copy[@]}"
    expect_exit 130 "$kind: an interrupt is one" ask ^C "${copy[@]}"
    is "$kind: all is as it was" "$(q staging stage "SELECT a FROM mine")" 7
    expect_exit 0 "$kind: the name is the answer" ask stage "${copy[@]}"
    is "$kind: the copy is there" "$(q staging stage "SELECT count(*) FROM t")" 2
    must q staging stage "INSERT INTO t VALUES (3)"
    expect_exit 0 "$kind: a copy of ours is replaced without a question" ask '' "${copy[@]}"
    out_lacks "$kind: none at all" "Type the"
    unset ASK_PAUSE
done
done_testing
