#!/bin/bash
# models.sh DBTWIN - files that are no model, in whatever way: one error, and nothing said of the
# schemas; models that come by a pipe.
dbtwin=$(realpath "$1") || exit 2
unset PAGER DBTWIN_PAGER
top=$(cd "$(dirname "$0")" && pwd)
. "$top/../lib/tap.sh"
cd "$top/same" || bail "no case same"
head -c 300 from.xml >"$WORK/cut.xml"
expect_exit 2 "a model that is cut short" "$dbtwin" diff from.xml "$WORK/cut.xml"
err_has "a model that is cut short: is named" "cut.xml: line"

no_model() { # NAME TEXT, in $WORK/none
    expect_exit 2 "$1" "$dbtwin" diff from.xml "$WORK/none"
    err_has "$1: says what is wrong" "$2"
    is "$1: in one error" "$(grep -c 'error:' "$ERR")" 1
    out_empty "$1: no report"
    expect_exit 2 "$1: as FROM" "$dbtwin" diff "$WORK/none" to.xml
}
: >"$WORK/none"
no_model "an empty file" "none is empty"
head -c 4096 /dev/zero >"$WORK/none"
no_model "zeros" "not a dbtwin snapshot"
head -c 5000 "$dbtwin" >"$WORK/none"
no_model "a program" "not a dbtwin snapshot"
{ cat from.xml; head -c 5000 "$dbtwin"; } >"$WORK/none"
no_model "something follows its end" "none: line"
awk 'BEGIN { for (i = 0; i < 100000; i++) printf "<a>" }' >"$WORK/none"
no_model "deep" "not a model"
{ sed '/<database/q' from.xml; awk 'BEGIN { for (i = 0; i < 100000; i++) printf "<schema name=\"a\">" }'; } >"$WORK/none"
no_model "deep within" "none: line"
size=$(stat -c %s ../drift/from.xml) bad=
for ((i = 1; i < size - 1; i += 1 + RANDOM % 61)); do
    head -c "$i" ../drift/from.xml >"$WORK/none"
    "$dbtwin" diff from.xml "$WORK/none" >"$OUT" 2>"$ERR"
    [ $? = 2 ] && [ ! -s "$OUT" ] && [ "$(grep -c 'error:' "$ERR")" = 1 ] || bad="$bad $i: $(cat "$ERR")"
done
is "cut anywhere: one error" "$bad" ''
expect_exit 2 "a folder" "$dbtwin" diff from.xml "$WORK"
err_has "a folder: says so" "is a folder"
expect_exit 2 "a file that never ends is no snapshot" timeout --preserve-status -k 10 10 "$dbtwin" diff from.xml /dev/zero
expect_exit 2 "nor from the other side" timeout --preserve-status -k 10 10 "$dbtwin" diff /dev/zero from.xml
expect_exit 2 "check of such a file" timeout --preserve-status -k 10 10 "$dbtwin" check /dev/zero
# A pipe that says nothing more: only a signal ends it.
silent() { head -c 300 from.xml; exec sleep 3; }
expect_exit 130 "a pipe that goes silent, and a signal" timeout --preserve-status -k 10 1 "$dbtwin" diff from.xml <(silent)
# pipes
ok "a model by a pipe" "$dbtwin" diff <(cat from.xml) to.xml
expect_exit 1 "two of them" "$dbtwin" diff <(cat ../drift/from.xml) <(sleep 0.2; cat ../drift/to.xml)
expect_exit 1 "one from standard input" bash -c '"$1" diff - "$2" <"$3"' - "$dbtwin" ../drift/to.xml ../drift/from.xml
expect_exit 1 "by a pipe" bash -c '"$1" diff - "$2" < <(cat "$3")' - "$dbtwin" ../drift/to.xml ../drift/from.xml
out_has "by a pipe: is called so" "standard input"
expect_exit 2 "a pipe without anything" "$dbtwin" diff <(:) to.xml
done_testing
