#!/bin/sh
# site.sh ROOT OUT VERSION - the documentation as a folder of HTML pages: the man pages and docs/guides by scdoc and mandoc, and
# the figures of tests/bench/README.md. No script, nothing from elsewhere.
set -eu
root=$1 out=$2 version=$3
rm -rf "$out"
mkdir -p "$out/.work"
cp "$root/docs/site.css" "$out/"

# What every page has around its text.
head_of() { # TITLE
    cat <<END
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$1</title>
<link rel="stylesheet" href="site.css">
</head>
<body>
<nav><b><a href="index.html">dbtwin</a></b> <a href="dbtwin-tutorial-developer.7.html">Developer</a>
<a href="dbtwin-tutorial-night.7.html">Night</a> <a href="dbtwin-tutorial-ci.7.html">CI</a>
<a href="dbtwin-cookbook.7.html">Cookbook</a> <a href="dbtwin-faq.7.html">FAQ</a>
<a href="dbtwin-decides.7.html">How it decides</a> <a href="dbtwin-comparison.7.html">Other tools</a>
<a href="dbtwin-performance.7.html">Performance</a> <a href="manual.html">Manual</a></nav>
<main>
END
}
foot() {
    printf '</main>\n<footer>dbtwin %s</footer>\n</body>\n</html>\n' "$version"
}

# links: references such as <b>dbtwin-diff</b>(1) to pages that there are, and addresses
links() {
    sed -E -f "$out/.work/links" -e 's#(^|[ (])(https://[A-Za-z0-9./_%?=&;~-]*[A-Za-z0-9/])#\1<a href="\2">\2</a>#g' \
        -e 's#<table class="tbl"[^>]*>#<div class="scroll"><table class="tbl">#' -e 's#</table>$#&@@#' |
        # Examples stand apart by themselves, lists are lists, and an example has no empty line before an indented one.
        awk '/<pre>/ { example = 1 } example && /^<br\/>$/ { next } /<\/pre>/ { example = 0 }
            /^<div class="Bd-indent">$/ { sub(/Bd-indent/, "code") }
            sub(/<div class="Bd-indent">&#x2022;/, "<div class=\"item\">") { }
            /class="tbl"/ { inside = 1 } /<\/table>@@/ { sub(/@@/, inside ? "</div>" : ""); inside = 0 } { print }'
}

for file in "$root"/man/*.scd "$root"/docs/guides/*.scd; do
    name=$(basename "$file" .scd)
    printf 's#<b>%s</b>\\(%s\\)#<a href="%s.html"><b>%s</b>(%s)</a>#g\n' \
        "$(echo "${name%.*}" | sed 's/[.]/[.]/g')" "${name##*.}" "$name" "${name%.*}" "${name##*.}"
done >"$out/.work/links"
echo 's#<b>dbtwin-performance</b>\(7\)#<a href="dbtwin-performance.7.html"><b>dbtwin-performance</b>(7)</a>#g' >>"$out/.work/links"

for file in "$root"/man/*.scd "$root"/docs/guides/*.scd; do
    name=$(basename "$file" .scd)
    awk -f "$root/man/page.awk" "$root/include/dbtwin/kinds.def" "$root/man/options.part" "$file" >"$out/.work/$name.scd"
    scdoc <"$out/.work/$name.scd" >"$out/.work/$name"
    mandoc -T html -O fragment "$out/.work/$name" | links >"$out/.work/$name.body"
    { head_of "${name%.*}(${name##*.})"; cat "$out/.work/$name.body"; foot; } >"$out/$name.html"
done
{ head_of "dbtwin"; cat "$out/.work/dbtwin-guide.7.body"; foot; } >"$out/index.html"
rm "$out/dbtwin-guide.7.html"

{
    head_of "dbtwin: performance"
    awk -f "$root/docs/figures.awk" "$root/tests/bench/README.md"
    foot
} >"$out/dbtwin-performance.7.html"

{
    head_of "dbtwin: manual"
    echo '<h1>The manual</h1><dl>'
    for file in "$root"/man/*.scd; do
        name=$(basename "$file" .scd)
        about=$(sed -n '/^# NAME/,/^# [^N]/s/^[a-z.-]* - //p' "$file")
        printf '<dt><a href="%s.html">%s(%s)</a></dt><dd>%s</dd>\n' "$name" "${name%.*}" "${name##*.}" "$about"
    done
    echo '</dl>'
    foot
} >"$out/manual.html"
rm -rf "$out/.work"
