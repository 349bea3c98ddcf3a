#!/bin/bash
# man.sh DBTWIN ROOT - the pages say what the program says: every command and option stands in
# dbtwin(1) and nothing else does; every kind and property comes into dbtwin-model(7).
dbtwin=$(realpath "$1") || exit 2
root=$(realpath "$2")
. "$(dirname "$0")/../lib/tap.sh"
page=$root/man/dbtwin.1.scd

ok "--help" "$dbtwin" --help
sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' "$OUT" | sort >"$WORK/commands"
: >"$WORK/options"
while read -r command; do
    "$dbtwin" "$command" --help | grep -oE '^  (-., )?--[a-z-]+( [A-Z]+)?' >>"$WORK/options"
    ok "$command: a line of the synopsis" grep -q "^\*dbtwin $command\* " "$page"
    ok "$command: a paragraph" grep -q "^\*$command\* _" "$page"
done <"$WORK/commands"

# "  -o, --output FILE" is "*-o*, *--output* _FILE_" in the page
sort -u "$WORK/options" |
    sed -E 's/^  //; s/(-.), /*\1*, /; s/(--[a-z-]+)/*\1*/; s/ ([A-Z]+)$/ _\1_/' |
    sort >"$WORK/wanted"
grep -E '^\*-' "$page" | sort >"$WORK/written"
same_files "the options of --help are those of the page" "$WORK/wanted" "$WORK/written"
sed -n '/^# COMMANDS/,/^# OPTIONS/s/^\*\([a-z]*\)\* _.*/\1/p' "$page" | sort >"$WORK/paragraphs"
same_files "the commands of --help are those of the page" "$WORK/commands" "$WORK/paragraphs"
for code in 0 1 2 3 4 130; do ok "exit code $code" grep -qx "\*$code\*" "$page"; done

def=$root/include/dbtwin/kinds.def
awk -f "$root/man/kinds.awk" "$def" "$root/man/dbtwin-model.7.scd" >"$WORK/model.scd"
is "all kinds are in dbtwin-model(7)" "$(sed -n '/^# KINDS/,$p' "$WORK/model.scd" | grep -c '^## ')" \
    "$(grep -c '^KIND(' "$def")"
is "all properties are in dbtwin-model(7)" \
    "$(sed -n '/^# KINDS/,$p' "$WORK/model.scd" | grep -cE '^\*.*\* \((bool|int|name|type|expr|text|body)')" \
    "$(grep -c '^PROP(' "$def")"
is "no property without a word of help" \
    "$(sed -n '/^# KINDS/,$p' "$WORK/model.scd" | grep -cE '^	[^ ]')" "$(grep -c '^PROP(' "$def")"

# What the examples and the config's page say is accepted.
sed -n '/^```$/,/^```$/p' "$root/man/dbtwin.conf.5.scd" | grep -v '^```' >"$WORK/c.yaml"
chmod 600 "$WORK/c.yaml"
export STAGING_PASSWORD=x
expect_exit 2 "the config of dbtwin.conf(5)" "$dbtwin" -c "$WORK/c.yaml" inspect nobody
err_has "the config of dbtwin.conf(5) is read" "the config names prod, staging"
for key in url role passwordcmd; do
    ok "dbtwin.conf(5): $key" grep -qx "\*$key\*" "$root/man/dbtwin.conf.5.scd"
done
if command -v scdoc >/dev/null; then
    for file in "$root"/man/*.scd "$WORK/model.scd"; do
        if scdoc <"$file" >"$WORK/page" 2>"$ERR" && [ -s "$WORK/page" ]; then
            pass "$(basename "$file") is good scdoc"
        else
            fail "$(basename "$file") is good scdoc" "$(cat "$ERR")"
        fi
    done
else
    skip "good scdoc" "there is no scdoc here"
fi
done_testing
