#!/bin/bash
# man.sh DBTWIN ROOT - the pages say what the program says: each command has a page with exactly the
# options of its --help, dbtwin(1) lists the commands, and every kind and property comes into dbtwin-model(7).
dbtwin=$(realpath "$1") || exit 2
root=$(realpath "$2")
. "$(dirname "$0")/../lib/tap.sh"
page=$root/man/dbtwin.1.scd
def=$root/include/dbtwin/kinds.def

# "  -o, --output FILE" of --help is "*-o*, *--output* _FILE_" in a page.
as_written() {
    grep -oE '^  (-., )?--[a-z-]+( [A-Z]+)?' |
        sed -E 's/^  //; s/(-.), /*\1*, /; s/(--[a-z-]+)/*\1*/; s/ ([A-Z]+)$/ _\1_/' | sort
}
option_lines() {
    grep -E '^\*-[^ ]*\*(, \*--[^ ]*\*)?( _[A-Z]+_)?$' "$1" | sort
}
mkdir "$WORK/pages"
for file in "$root"/man/*.scd; do
    name=$(basename "$file")
    if awk -f "$root/man/page.awk" "$def" "$root/man/options.part" "$file" >"$WORK/pages/$name" 2>"$ERR"; then
        pass "$name: its shared parts are there"
    else
        fail "$name: its shared parts are there" "$(cat "$ERR")"
    fi
done

ok "--help" "$dbtwin" --help
sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' "$OUT" | sort >"$WORK/commands"
while read -r command; do
    name=dbtwin-$command.1
    written=$WORK/pages/$name.scd
    if ! [ -s "$written" ]; then
        fail "$command has a page" "man/$name.scd"
        continue
    fi
    "$dbtwin" "$command" --help | as_written >"$WORK/wanted"
    option_lines "$written" >"$WORK/written"
    same_files "$name: the options of --help, and no others" "$WORK/wanted" "$WORK/written"
    ok "$name: a line of the synopsis" grep -q "^\*dbtwin $command\* " "$written"
    ok "$name: says what the exit code is" grep -qx "# EXIT STATUS" "$written"
    ok "$name: is installed" grep -qF "'$name'" "$root/man/meson.build"
    ok "dbtwin(1) leads to $name" grep -qF "*dbtwin-$command*(1)" "$page"
    is "$name: examples come first" \
        "$(grep -E '^# (EXAMPLES|DESCRIPTION|OPTIONS)' "$written" | tr '\n' ' ')" \
        "# EXAMPLES # DESCRIPTION # OPTIONS "
done <"$WORK/commands"
sed -n '/^# COMMANDS/,/^# OPTIONS/s/^\*\([a-z]*\)\* _.*/\1/p' "$page" | sort >"$WORK/paragraphs"
same_files "the commands of --help are those of dbtwin(1)" "$WORK/commands" "$WORK/paragraphs"
# What every command has stands in dbtwin(1), and nothing else.
while read -r command; do
    "$dbtwin" "$command" --help | as_written
done <"$WORK/commands" | sort | uniq -c | awk -v n="$(wc -l <"$WORK/commands")" '$1 == n { sub(/^ *[0-9]+ /, ""); print }' >"$WORK/wanted"
option_lines "$WORK/pages/dbtwin.1.scd" >"$WORK/written"
same_files "dbtwin(1) has the options of every command" "$WORK/wanted" "$WORK/written"
for code in 0 1 2 3 4 130; do ok "exit code $code" grep -qx "\*$code\*" "$page"; done

# Every option paragraph of several pages is used, and every page that is referred to is there.
while read -r option; do
    ok "options.part: $option is used" grep -qE "^@option .*\<$option\>" "$root"/man/*.scd
done < <(sed -n 's/^@option //p' "$root/man/options.part")
while read -r name; do
    ok "$name is a page" test -f "$root/man/$name.scd"
done < <(grep -ohE '\*?dbtwin[a-z.-]*\*?\([157]\)' "$root"/man/*.scd "$root"/man/options.part \
    "$root"/README.md "$root"/src/*/*.c "$root"/src/driver/*/*/*.c | tr -d '*' | sed -E 's/\((.)\)/.\1/' | sort -u)
# A reference such as dbtwin-concepts(7), THE MARK names a heading of that page.
while IFS='|' read -r name heading; do
    ok "$name has $heading" grep -qixE "#+ $heading" "$root/man/$name.scd"
done < <(sed -e ':a' -e 'N;$!ba' -e 's/,\n[ \t]*/, /g' "$root"/man/*.scd "$root"/man/options.part |
    grep -oE '\*dbtwin[a-z.-]*\*\([157]\), \*[A-Z][A-Z ]*\*' |
    sed -E 's/\*//g; s/\((.)\), /.\1|/' | sort -u)
while IFS='|' read -r name heading; do
    ok "a message's $name has $heading" grep -qixE "#+ $heading" "$root/man/$name.scd"
done < <(grep -ohE 'dbtwin[a-z-]*\([157]\), \\"[A-Za-z ]+' "$root"/src/*/*.c "$root"/src/driver/*/*/*.c |
    sed -E 's/\((.)\), \\"/.\1|/' | sort -u)

# Every library of the build is in README's table of packages, and no other.
grep -oE "dependency\(('[^']*'(, )?)+" "$root/meson.build" "$root/tests/unit/meson.build" | grep -oE "'[^']+'" | tr -d "'" |
    grep -v '^threads$' | sort -u >"$WORK/wanted"
sed -n '/^| pkg-config/,/^$/p' "$root/README.md" | cut -d'|' -f2 | grep -oE '`[^`]+`' | tr -d '`' | sort -u >"$WORK/written"
same_files "README names the libraries of meson.build" "$WORK/wanted" "$WORK/written"

# Documents name files that are there; CONTRIBUTING.md's made-up report format is none of them.
while read -r name; do
    [[ $name == src/diff/report_csv.c || $name == *NNN* ]] || ok "documents: $name is there" test -e "$root/$name"
done < <(grep -ohE '`(src|include|tests|fixtures|man|contrib|examples|docs)/[A-Za-z0-9_./+-]*`' "$root"/*.md \
    "$root"/tests/lib/README.md | tr -d '`' | sort -u)

is "all kinds are in dbtwin-model(7)" \
    "$(sed -n '/^# KINDS/,$p' "$WORK/pages/dbtwin-model.7.scd" | grep -c '^## ')" "$(grep -c '^KIND(' "$def")"
is "all properties are in dbtwin-model(7)" \
    "$(sed -n '/^# KINDS/,$p' "$WORK/pages/dbtwin-model.7.scd" |
        grep -cE '^\*.*\* \((bool|int|name|type|expr|text|body)')" "$(grep -c '^PROP(' "$def")"
is "no property without a word of help" \
    "$(sed -n '/^# KINDS/,$p' "$WORK/pages/dbtwin-model.7.scd" | grep -cE '^	[^ ]')" "$(grep -c '^PROP(' "$def")"

# Transformers, and their parameters.
"$dbtwin" mask --list | sed -n 's/^\([a-z_]*\): .*/*\1*/p' >"$WORK/wanted"
sed -n '/^# TRANSFORMERS/,/^# RECIPES/s/\\\\_/_/g; /^# TRANSFORMERS/,/^# RECIPES/s/^\(\*.*\*\)$/\1/p' "$root/man/dbtwin-mask.5.scd" | tr -d '\\' >"$WORK/written"
same_files "the transformers of mask --list are those of dbtwin-mask(5)" "$WORK/wanted" "$WORK/written"

# What the examples and the config's page say is accepted.
# Each example of the config's page, by itself.
awk -v dir="$WORK" '/^```$/ { inside = !inside; n += inside; next } inside { print >(dir "/c" n ".yaml") }' "$root/man/dbtwin.conf.5.scd"
export STAGING_PASSWORD=x HOOK_URL=https://hooks.example.org/x
mkdir -p "$HOME/team"
touch "$WORK/databases.yaml" "$HOME/team/mask.yaml"
for file in "$WORK"/c[0-9]*.yaml; do
    chmod 600 "$file"
    expect_exit 2 "dbtwin.conf(5): $(basename "$file")" "$dbtwin" -c "$file" inspect nobody
    if grep -q HOOK_URL "$file" && grep -q 'built without libcurl' "$ERR"; then
        skip "dbtwin.conf(5): $(basename "$file") is read" "built without libcurl"
        continue
    fi
    err_has "dbtwin.conf(5): $(basename "$file") is read" '"nobody" is neither a name'
done
expect_exit 2 "the config of dbtwin.conf(5)" "$dbtwin" -c "$WORK/c1.yaml" inspect nobody
err_has "the config of dbtwin.conf(5) is read" "the config names prod, staging"
for key in url role passwordcmd; do
    ok "dbtwin.conf(5): $key" grep -qx "\*$key\*" "$root/man/dbtwin.conf.5.scd"
done
if command -v scdoc >/dev/null; then
    for file in "$WORK"/pages/*.scd; do
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
